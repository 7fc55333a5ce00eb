-- Question 1: How often did Kim Jong Un appear in public, by month, kind of event and province?
-- Row: one month, kind of event and province; a month without an appearance has one row that says so.
-- Trap: Most titles of the form "Kim Jong Un Receives" or "Sends" are letters and gifts, and the dateline says
--   Pyongyang wherever he was. core.fact_leader_event leaves letters and gifts out and takes day and place from the
--   text; letters_gifts counts those left out by their titles.
-- Cannot say: Appearances that nobody reported, or on days of which nothing is known (empty_days). only_listed are
--   titles known from sidebars alone that name him and are no letters or gifts, each perhaps an appearance. Two reports
--   with different titles about one occasion are two events; days counts each day once. held_pages are pages in
--   quarantine that are dated in the month or have no readable date.
-- Change: first_day and last_day.
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day
),
known_day as (
    select published_date as date from core.fact_article
    union
    select shown_date from core.fact_sidebar_entry
),
span as (
    select date_trunc('month', min(date)) as first_day, last_day(max(date)) as last_day
    from (select date from known_day union select event_date from core.fact_leader_event)
),
month as (
    select
        date_trunc('month', dim_date.date)::date as month,
        count(*) - count(known_day.date) as empty_days
    from core.dim_date as dim_date
    cross join params
    cross join span
    left join known_day on known_day.date = dim_date.date
    where
        dim_date.date between params.first_day and params.last_day
        and dim_date.date between span.first_day and span.last_day
    group by all
),
article as (
    select
        date_trunc('month', article.published_date)::date as month,
        count(*) as articles,
        count(*) filter (
            where regexp_matches(article.title, '\bKim Jong Un\b')
            and regexp_matches(article.title, '\b(?:Sends|Receives|Letters?|Messages?|Greetings)\b')
            and article.article_id not in (select article_id from core.fact_leader_event_report)
        ) as letters_gifts
    from core.fact_article as article
    inner join params on article.published_date between params.first_day and params.last_day
    group by all
),
event as (
    select
        date_trunc('month', event.event_date)::date as month,
        event.event_type,
        coalesce(province.name, '(no place named)') as province,
        count(*) as events,
        count(distinct event.event_date) as days,
        count(*) filter (where event.date_rule in ('text_day', 'text_weekday')) as day_in_text,
        string_agg(distinct place.name, ', ' order by place.name) as places
    from core.fact_leader_event as event
    inner join params on event.event_date between params.first_day and params.last_day
    left join core.dim_place as place on place.place_id = event.place_id
    left join core.dim_place as province on province.place_id = place.province_id
    group by all
),
only_listed as (
    select date_trunc('month', shown_date)::date as month
    from marts.sidebar_only_article
    where
        regexp_matches(title, '\bKim Jong Un\b')
        and not regexp_matches(title, '\b(?:Sends|Receives|Letters?|Messages?|Greetings)\b')
),
held as (
    select date_trunc('month', published_date)::date as month
    from quality.page_outcome
    where outcome = 'quarantine'
)
select
    month.month,
    coalesce(event.event_type, '(none)') as event_type,
    event.province,
    coalesce(event.events, 0) as events,
    coalesce(event.days, 0) as days,
    coalesce(article.articles, 0) as articles,
    month.empty_days,
    coalesce(article.letters_gifts, 0) as letters_gifts,
    (select count(*) from only_listed where only_listed.month = month.month) as only_listed,
    (select count(*) from held where held.month is null or held.month = month.month) as held_pages,
    coalesce(event.day_in_text, 0) as day_in_text,
    event.places
from month
left join event on event.month = month.month
left join article on article.month = month.month
order by month.month, events desc, event_type, event.province;
