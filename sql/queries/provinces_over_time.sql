-- Question 5: Which provinces and cities are in the news, month by month?
-- Row: one month, source and province, also where it is never named; the most named first.
-- Trap: The dateline says Pyongyang under nearly every text, Press Reviews repeat other titles, factories carry the
--   names of cities, and spellings differ (S. Hamgyong, Jagang). marts.province_month leaves the first three out and
--   knows the spellings; written_as shows them.
-- Cannot say: Where a thing happened: a province that is named is not the scene. Compare share, not articles: out_of
--   changes with capture. Names that also mean something else count only with evidence, so short forms are
--   undercounted.
-- Change: first_month, last_month and source ('%' is all).
with
params as (
    select date '1945-01-01' as first_month, date '2050-12-01' as last_month, '%' as source
),
mention as (
    select
        article.source_id,
        date_trunc('month', article.published_date)::date as month,
        place.province_id,
        place.name,
        place.level,
        mention.surface,
        article.article_id
    from core.fact_mention as mention
    inner join core.fact_article as article on article.article_id = mention.article_id
    inner join core.dim_place as place on place.place_id = mention.entity_id
    anti join core.fact_article_topic as review
        on review.article_id = article.article_id and review.topic_id = 'media.press_review' and review.is_primary
    where mention.kind = 'place' and mention.role = 'plain'
),
town as (
    select source_id, month, province_id, name, count(distinct article_id) as articles
    from mention
    where level > 1
    group by source_id, month, province_id, name
    qualify row_number() over (partition by source_id, month, province_id order by articles desc, name) = 1
),
spelling as (
    select source_id, month, province_id, string_agg(distinct surface, ', ' order by surface) as surfaces
    from mention
    where level = 1
    group by all
)
select
    count.month,
    count.source_id as source,
    province.name as province,
    count.article_count as articles,
    count.source_article_count as out_of,
    round(count.article_share, 3) as share,
    town.name as most_named_town,
    town.articles as town_articles,
    spelling.surfaces as written_as,
    count.empty_day_count as empty_days
from marts.province_month as count
inner join params on count.month between params.first_month and params.last_month and count.source_id like params.source
inner join core.dim_place as province on province.place_id = count.province_id
left join town
    on town.source_id = count.source_id and town.month = count.month and town.province_id = count.province_id
left join spelling
    on spelling.source_id = count.source_id
    and spelling.month = count.month
    and spelling.province_id = count.province_id
order by count.month, count.source_id, count.article_count desc, province.name;
