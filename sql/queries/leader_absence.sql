-- Question 3: How long was Kim Jong Un out of sight, and how much of that is only a missing capture?
-- Row: one stretch of days without a known appearance, the longest first; seen_before or seen_after is null where the
--   collection begins or ends within the stretch.
-- Trap: A missing capture looks like an absence. On empty_days no article of any source is known, in full or from a
--   sidebar, so he may have appeared unseen; only_listed are titles known from sidebars alone that name him and are no
--   letters or gifts, each perhaps an appearance. Letters, gifts and articles that name him are counted beside it: they
--   go on while he is out of sight.
-- Cannot say: Where he was, and whether an appearance went unreported. Of other days, too, articles may be missing, see
--   daily_volume.sql. Appearances are reported a day later or more, so the days before a gap in capture weigh little.
--   held_pages are pages in quarantine that are dated within the stretch or have no readable date.
-- Change: first_day, last_day, and least_days to leave out short stretches.
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day, 1 as least_days
),
known_day as (
    select published_date as date from core.fact_article
    union
    select shown_date from core.fact_sidebar_entry
),
span as (
    select min(day.date) as first_day, max(day.date) as last_day
    from (
        select date from known_day
        union
        select event_date from core.fact_leader_event
    ) as day
    inner join params on day.date between params.first_day and params.last_day
),
appearance as (
    select distinct event.event_date as date
    from core.fact_leader_event as event
    inner join span on event.event_date between span.first_day and span.last_day
),
mark as (
    select date, date as seen from appearance
    union all
    select first_day - 1, null from span where first_day is not null
    union all
    select last_day + 1, null from span where last_day is not null
),
stretch as (
    select
        lag(seen) over dates as seen_before,
        seen as seen_after,
        lag(date) over dates + 1 as first_day,
        date - 1 as last_day
    from mark
    window dates as (order by date)
),
article as (
    select
        article.published_date as date,
        article.article_id in (
            select article_id
            from core.fact_mention
            where kind = 'person' and entity_id = 'kim-jong-un' and role = 'plain'
        )
        and article.article_id not in (select article_id from core.fact_leader_event_report) as is_about_him,
        regexp_matches(article.title, '\bKim Jong Un\b')
        and regexp_matches(article.title, '\b(?:Sends|Receives|Letters?|Messages?|Greetings)\b')
        and article.article_id not in (select article_id from core.fact_leader_event_report) as is_letter_gift
    from core.fact_article as article
)
select
    stretch.seen_before,
    stretch.seen_after,
    stretch.last_day - stretch.first_day + 1 as days,
    stretch.last_day
    - stretch.first_day
    + 1
    - (select count(*) from known_day where known_day.date between stretch.first_day and stretch.last_day) as empty_days,
    (select count(*) from article where article.date between stretch.first_day and stretch.last_day) as articles,
    (
        select count(*) from article where is_about_him and article.date between stretch.first_day and stretch.last_day
    ) as naming_him,
    (
        select count(*) from article where is_letter_gift and article.date between stretch.first_day and stretch.last_day
    ) as letters_gifts,
    (
        select count(*)
        from marts.sidebar_only_article as entry
        where
            entry.shown_date between stretch.first_day and stretch.last_day
            and regexp_matches(entry.title, '\bKim Jong Un\b')
            and not regexp_matches(entry.title, '\b(?:Sends|Receives|Letters?|Messages?|Greetings)\b')
    ) as only_listed,
    (
        select count(*)
        from quality.page_outcome as page
        where
            page.outcome = 'quarantine'
            and coalesce(page.published_date between stretch.first_day and stretch.last_day, true)
    ) as held_pages
from stretch
cross join params
where stretch.last_day - stretch.first_day + 1 >= params.least_days
order by days desc, stretch.first_day;
