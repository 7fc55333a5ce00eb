-- Question 17: What did the papers lead with, by the Press Reviews of the agency?
-- Row: one paper in one review, with the first item under its name; all papers stands for the items that a review
--   prints before it names any paper.
-- Trap: Bullets and headings differ by year, some days have only Rodong Sinmun, and none come on Sunday: a missing
--   review is no missing paper. reviews_in_month says how many reviews are here, days_since how long the one before was
--   ago.
-- Cannot say: What the papers had on their front pages: the review is the agency's choice and order. Reviews whose list
--   could not be read give no row; unread_in_month counts them. A paper that is not on the project's list of newspapers
--   stands as printed.
-- Change: first_day, last_day, and paper ('%' is all), for example 'Rodong Sinmun'.
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day, '%' as paper
),
review as (
    select
        article.article_id,
        article.source_id,
        article.published_date,
        date_trunc('month', article.published_date)::date as month,
        exists (from core.fact_press_review_item as item where item.article_id = article.article_id) as is_read
    from core.fact_article as article
    where
        regexp_matches(article.title, '^(?:Press Review|Review of [A-Z])')
        or article.article_id in (select article_id from core.fact_press_review_item)
),
day as (
    select
        source_id,
        published_date,
        date_diff('day', lag(published_date) over dates, published_date) as days_since
    from (select distinct source_id, published_date from review)
    window dates as (partition by source_id order by published_date)
),
month as (
    select source_id, month, count(*) as reviews, count(*) filter (where not is_read) as unread
    from review
    group by all
),
lead as (
    select
        article_id,
        source_id,
        published_date,
        coalesce(newspaper, 'all papers') as paper,
        min(position) as position,
        arg_min(text, position) as text,
        count(*) as items
    from marts.press_review_item
    group by all
)
select
    lead.published_date as date,
    dim_date.weekday,
    lead.source_id as source,
    lead.paper,
    lead.text as led_with,
    lead.items,
    lead.position,
    day.days_since,
    month.reviews as reviews_in_month,
    month.unread as unread_in_month,
    lead.article_id
from lead
inner join params on lead.published_date between params.first_day and params.last_day and lead.paper like params.paper
inner join core.dim_date as dim_date on dim_date.date = lead.published_date
inner join day on day.source_id = lead.source_id and day.published_date = lead.published_date
inner join month
    on month.source_id = lead.source_id and month.month = date_trunc('month', lead.published_date)
order by lead.published_date, lead.article_id, lead.position;
