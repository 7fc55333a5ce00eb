create table core.fact_article (
    article_id varchar not null,
    source_id varchar not null,
    title varchar not null,
    published_date date not null,
    dateline_place varchar,
    dateline_date date,
    footer_calendar varchar,
    footer_date date,
    body varchar not null using compression zstd,
    paragraph_count integer not null,
    word_count integer not null,
    version_count integer not null,
    page_count integer not null,
    first_captured_date date,
    last_captured_date date
);

comment on table core.fact_article is 'Articles read from loaded pages, one row per article with the fields of its current version.';
comment on column core.fact_article.article_id is 'Key: hash of source, date, title and text of the wording captured first; later captures leave it as it is, an earlier one that is loaded later changes it.';
comment on column core.fact_article.source_id is 'Outlet, see core.dim_source.';
comment on column core.fact_article.title is 'Title, word for word as on the page.';
comment on column core.fact_article.published_date is 'Day in the page''s Date line.';
comment on column core.fact_article.dateline_place is 'Place in the dateline, as printed; null where the text has no dateline. It says where the text was filed, not what it is about.';
comment on column core.fact_article.dateline_date is 'Day in the dateline, in the year nearest to the published date; the page prints no year.';
comment on column core.fact_article.footer_calendar is 'Form of the footer''s date: juche or gregorian; null without a footer.';
comment on column core.fact_article.footer_date is 'Day in the footer, Juche years converted; null without a footer.';
comment on column core.fact_article.body is 'Text with an empty line between paragraphs; the dateline is part of it, end mark and footer are not.';
comment on column core.fact_article.paragraph_count is 'Number of paragraphs.';
comment on column core.fact_article.word_count is 'Number of words separated by white space.';
comment on column core.fact_article.version_count is 'Number of distinct wordings known, see core.fact_article_version; the fields here are those of the one captured last.';
comment on column core.fact_article.page_count is 'Number of distinct pages that hold the article.';
comment on column core.fact_article.first_captured_date is 'Earliest capture of a page with it; null where no page says.';
comment on column core.fact_article.last_captured_date is 'Latest capture of a page with it; null where no page says.';

insert into core.fact_article
-- Rows keep the order of the clean parts, by days; to sort so many takes longer than all else.
with
-- Of the few articles with several wordings only. Both conditions say so: with one, DuckDB may take this for the larger
-- side of the join, and would hold the texts of all articles in memory.
span as (
    select
        article_id,
        sum(page_count)::integer as page_count,
        min(first_captured_date) as first_captured_date,
        max(last_captured_date) as last_captured_date
    from clean.article_version
    where version_count > 1
    group by article_id
    having count(*) > 1
)
select
    version.article_id,
    source.source_id,
    version.title,
    version.published_date,
    version.dateline_place,
    version.dateline_date,
    version.footer_calendar,
    version.footer_date,
    version.body,
    version.paragraph_count,
    version.word_count,
    version.version_count,
    coalesce(span.page_count, version.page_count),
    coalesce(span.first_captured_date, version.first_captured_date),
    coalesce(span.last_captured_date, version.last_captured_date)
from clean.article_version as version
left join span on version.article_id = span.article_id
inner join core.dim_source as source on version.source_key = source.label_key
where version.is_current;
