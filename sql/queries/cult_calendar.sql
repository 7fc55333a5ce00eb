-- Question 18: On which days of the year do the leaders fill the news?
-- Row: one source and day, the day with most articles naming a leader above the source's usual share first.
-- Trap: Duplicates would make a day of the leader of every article saved often: articles are counted once, however many
--   pages and sidebars show them. Press Reviews, which name him every day, are left out, and so are names inside those
--   of universities, orders and prizes (Kim Il Sung University).
-- Cannot say: Much about a share of few articles. excess is how many more articles name a leader than out_of articles
--   would at usual_share, so it ranks days with many articles above days with one; days below least_articles are left
--   out. What was published and not captured is missing: is_gap marks days on which no page of the source was saved. A
--   text that says only "the respected General Secretary" does not count.
-- Change: first_day, last_day, source ('%' is all), least_articles.
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day, '%' as source, 2 as least_articles
),
article as (
    select article.article_id, article.source_id, article.published_date
    from core.fact_article as article
    inner join params
        on article.published_date between params.first_day and params.last_day and article.source_id like params.source
    anti join core.fact_press_review_item as review on review.article_id = article.article_id
),
naming as (
    select
        article_id,
        bool_or(entity_id = 'kim-il-sung') as names_il_sung,
        bool_or(entity_id = 'kim-jong-il') as names_jong_il,
        bool_or(entity_id = 'kim-jong-un') as names_jong_un,
        count(*) as mentions
    from core.fact_mention
    where kind = 'person' and role = 'plain' and entity_id in ('kim-il-sung', 'kim-jong-il', 'kim-jong-un')
    group by article_id
),
day as (
    select
        article.source_id,
        article.published_date as date,
        count(*) as out_of,
        count(naming.article_id) as articles,
        coalesce(sum(naming.mentions), 0)::bigint as mentions,
        count(*) filter (where naming.names_il_sung) as kim_il_sung,
        count(*) filter (where naming.names_jong_il) as kim_jong_il,
        count(*) filter (where naming.names_jong_un) as kim_jong_un
    from article
    left join naming on naming.article_id = article.article_id
    group by article.source_id, article.published_date
),
usual as (
    select source_id, sum(articles) / sum(out_of) as share
    from day
    group by source_id
)
select
    day.source_id as source,
    day.date,
    dim_date.holiday,
    day.articles,
    day.out_of,
    round(day.articles / day.out_of, 3) as share,
    round(usual.share, 3) as usual_share,
    round(day.articles - day.out_of * usual.share, 2) as excess,
    day.mentions,
    day.kim_il_sung,
    day.kim_jong_il,
    day.kim_jong_un,
    volume.sidebar_only_count as sidebar_only,
    volume.is_capture_gap as is_gap
from day
inner join params on day.out_of >= params.least_articles
inner join usual on usual.source_id = day.source_id
inner join core.dim_date as dim_date on dim_date.date = day.date
inner join marts.daily_volume as volume on volume.source_id = day.source_id and volume.date = day.date
order by excess desc, day.articles desc, day.date, day.source_id;
