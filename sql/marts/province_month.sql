create table marts.province_month (
    source_id varchar not null,
    month date not null,
    province_id varchar not null,
    mention_count bigint not null,
    place_mention_count bigint not null,
    article_count bigint not null,
    source_article_count bigint not null,
    article_share double not null,
    empty_day_count bigint not null
);

comment on table marts.province_month is 'How often articles name the provinces, one row per source, month with articles other than Press Reviews and first-level unit, also where it is never named. Datelines, Press Reviews and names of organisations do not count. Names are read in English only, so the zeros of a Korean source say nothing.';
comment on column marts.province_month.source_id is 'Outlet, see core.dim_source; key together with month and province.';
comment on column marts.province_month.month is 'First day of the month of publication.';
comment on column marts.province_month.province_id is 'First-level unit, see core.dim_place.';
comment on column marts.province_month.mention_count is 'Mentions of the unit itself.';
comment on column marts.province_month.place_mention_count is 'Mentions of it and of places in it.';
comment on column marts.province_month.article_count is 'Articles that name it or a place in it.';
comment on column marts.province_month.source_article_count is 'Articles of the source in the month, Press Reviews left out: what the count is out of.';
comment on column marts.province_month.article_share is 'Share of these articles that name it, 0 to 1; use it, not the count, to compare months.';
comment on column marts.province_month.empty_day_count is 'Days of the month of which no article of the source is known, in full or from sidebars: silence, or a missing capture. Days after the last capture count too.';

insert into marts.province_month
with
article as (
    select article.article_id, article.source_id, date_trunc('month', article.published_date)::date as month
    from core.fact_article as article
    anti join core.fact_press_review_item as item on item.article_id = article.article_id
),
denominator as (
    select source_id, month, count(*) as source_article_count
    from article
    group by all
),
named as (
    select
        article.source_id,
        article.month,
        place.province_id,
        count(*) filter (where place.level = 1) as mention_count,
        count(*) as place_mention_count,
        count(distinct article.article_id) as article_count
    from core.fact_mention as mention
    inner join article on article.article_id = mention.article_id
    inner join core.dim_place as place on place.place_id = mention.entity_id
    where mention.kind = 'place' and mention.role = 'plain'
    group by all
),
known_day as (
    select source_id, published_date as date from core.fact_article
    union
    select source_id, shown_date from core.fact_sidebar_entry
),
known_days as (
    select source_id, date_trunc('month', date)::date as month, count(*) as day_count
    from known_day
    group by all
)
select
    denominator.source_id,
    denominator.month,
    province.place_id,
    coalesce(named.mention_count, 0),
    coalesce(named.place_mention_count, 0),
    coalesce(named.article_count, 0),
    denominator.source_article_count,
    coalesce(named.article_count, 0) / denominator.source_article_count,
    day(last_day(denominator.month)) - coalesce(known_days.day_count, 0)
from denominator
inner join core.dim_place as province on province.level = 1
left join named
    on named.source_id = denominator.source_id
    and named.month = denominator.month
    and named.province_id = province.place_id
left join known_days on known_days.source_id = denominator.source_id and known_days.month = denominator.month
order by denominator.source_id, denominator.month, province.place_id;
