create table marts.topic_month (
    source_id varchar not null,
    month date not null,
    topic_id varchar not null,
    primary_count bigint not null,
    article_count bigint not null,
    source_article_count bigint not null,
    per_thousand double not null
);

comment on table marts.topic_month is 'How many articles are about which topic, one row per source, month with articles and topic, also where nothing is about it.';
comment on column marts.topic_month.source_id is 'Outlet, see core.dim_source; key together with month and topic.';
comment on column marts.topic_month.month is 'First day of the month of publication.';
comment on column marts.topic_month.topic_id is 'The topic, see core.dim_topic.';
comment on column marts.topic_month.primary_count is 'Articles whose one main topic it is; these add up to source_article_count.';
comment on column marts.topic_month.article_count is 'Articles with the topic among others.';
comment on column marts.topic_month.source_article_count is 'Articles of the source in the month: what the counts are out of.';
comment on column marts.topic_month.per_thousand is 'Articles with the topic per 1,000 articles of the source and month.';

insert into marts.topic_month
with
article as (
    select article_id, source_id, date_trunc('month', published_date)::date as month
    from core.fact_article
),
denominator as (
    select source_id, month, count(*) as source_article_count
    from article
    group by all
),
counted as (
    select
        article.source_id,
        article.month,
        topic.topic_id,
        count(*) filter (where topic.is_primary) as primary_count,
        count(*) as article_count
    from core.fact_article_topic as topic
    inner join article on article.article_id = topic.article_id
    group by all
)
select
    denominator.source_id,
    denominator.month,
    topic.topic_id,
    coalesce(counted.primary_count, 0),
    coalesce(counted.article_count, 0),
    denominator.source_article_count,
    1000 * coalesce(counted.article_count, 0) / denominator.source_article_count
from denominator
cross join core.dim_topic as topic
left join counted
    on counted.source_id = denominator.source_id
    and counted.month = denominator.month
    and counted.topic_id = topic.topic_id
order by denominator.source_id, denominator.month, topic.topic_id;
