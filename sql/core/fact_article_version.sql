create table core.fact_article_version (
    article_version_id varchar not null,
    article_id varchar not null,
    version_number integer not null,
    title varchar not null,
    body varchar not null using compression zstd,
    paragraph_count integer not null,
    word_count integer not null,
    page_count integer not null,
    first_captured_date date,
    last_captured_date date,
    is_current boolean not null,
    similarity double,
    word_changes struct(old varchar, new varchar)[]
);

comment on table core.fact_article_version is 'Distinct wordings of articles, one row per wording, in the order in which they were captured.';
comment on column core.fact_article_version.article_version_id is 'Key: hash of source, date, title and text.';
comment on column core.fact_article_version.article_id is 'The article it is a version of, see core.fact_article.';
comment on column core.fact_article_version.version_number is 'Place among the versions of the article, counted from 1 by capture.';
comment on column core.fact_article_version.title is 'Title, word for word as on the page.';
comment on column core.fact_article_version.body is 'Text with an empty line between paragraphs.';
comment on column core.fact_article_version.paragraph_count is 'Number of paragraphs.';
comment on column core.fact_article_version.word_count is 'Number of words separated by white space.';
comment on column core.fact_article_version.page_count is 'Number of distinct pages that hold this wording.';
comment on column core.fact_article_version.first_captured_date is 'Earliest capture of a page with it; null where no page says.';
comment on column core.fact_article_version.last_captured_date is 'Latest capture of a page with it; null where no page says.';
comment on column core.fact_article_version.is_current is 'Whether it is the wording captured last, whose fields core.fact_article has.';
comment on column core.fact_article_version.similarity is 'Share of words that stand in the same order in the version before, 0 to 1 (twice the longest common run of words over the sum of both lengths); null for the first version.';
comment on column core.fact_article_version.word_changes is 'Runs of words that the version before has and this one has not (old), and the reverse (new), those of the title first; null for the first version.';

insert into core.fact_article_version
-- Rows keep the order of the clean parts, by days; to sort so many takes longer than all else.
select
    article_version_id,
    article_id,
    version_number,
    title,
    body,
    paragraph_count,
    word_count,
    page_count,
    first_captured_date,
    last_captured_date,
    is_current,
    similarity,
    word_changes
from clean.article_version;
