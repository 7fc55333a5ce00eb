create table marts.field_completeness (
    source_id varchar not null,
    month date not null,
    field varchar not null,
    filled_count bigint not null,
    article_count bigint not null,
    share double not null
);

comment on table marts.field_completeness is 'How many articles have which field, one row per source, month with articles and field. A share that drops shows a changed page or a parser that lost something.';
comment on column marts.field_completeness.source_id is 'Outlet, see core.dim_source; key together with month and field.';
comment on column marts.field_completeness.month is 'First day of the month of publication.';
comment on column marts.field_completeness.field is 'dateline, footer, juche_footer, capture_date, two_paragraphs, place, person, organization or topic; the last four are found in the text, in English only.';
comment on column marts.field_completeness.filled_count is 'Articles that have it.';
comment on column marts.field_completeness.article_count is 'Articles of the source in the month.';
comment on column marts.field_completeness.share is 'Share of articles that have it, 0 to 1.';

insert into marts.field_completeness
with
named as (
    select
        article_id,
        bool_or(kind = 'place') as has_place,
        bool_or(kind = 'person') as has_person,
        bool_or(kind = 'organization') as has_organization
    from core.fact_mention
    where role <> 'dateline'
    group by article_id
),
counted as (
    select
        article.source_id,
        date_trunc('month', article.published_date)::date as month,
        count(*) as article_count,
        count(article.dateline_date) as dateline,
        count(article.footer_date) as footer,
        count(*) filter (where article.footer_calendar = 'juche') as juche_footer,
        count(article.first_captured_date) as capture_date,
        count(*) filter (where article.paragraph_count > 1) as two_paragraphs,
        count(*) filter (where named.has_place) as place,
        count(*) filter (where named.has_person) as person,
        count(*) filter (where named.has_organization) as organization,
        count(*) filter (where topic.topic_id <> 'other') as topic
    from core.fact_article as article
    left join named on named.article_id = article.article_id
    left join core.fact_article_topic as topic on topic.article_id = article.article_id and topic.is_primary
    group by all
),
fields as (
    unpivot counted
    on dateline, footer, juche_footer, capture_date, two_paragraphs, place, person, organization, topic
    into name field value filled_count
)
select source_id, month, field, filled_count, article_count, filled_count / article_count
from fields
order by source_id, month, field;
