-- Question 8: How many days pass between an event, the dateline, the footer, publication and our copy?
-- Row: one source and step, with how many articles show it and how the days are spread.
-- Trap: The time in an address of KCNA Watch is that of its import, years late for old articles; where it is known
--   (quality.origin_file, ingested_at) it is not taken for publication. Datelines print no year; the nearest one was taken.
-- Cannot say: When the source's own site put an article up, and when KCNA Watch took it in: between publication and
--   first capture lies only when somebody saved the page. Only appearances of Kim Jong Un have a day of their own, and
--   only where the text names it. Articles without both days of a step are counted in unknown. The days of each article
--   are in marts.publication_lag.
-- Change: first_day, last_day (of publication) and source ('%' is all).
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day, '%' as source
),
article as (
    select lag.*, date_diff('day', lag.footer_date, lag.published_date) as footer_to_published
    from marts.publication_lag as lag
    inner join params
        on lag.published_date between params.first_day and params.last_day and lag.source_id like params.source
),
step as (
    select source_id, 1 as position, 'event to publication' as step, event_to_published as days from article
    union all
    select source_id, 2, 'dateline to publication', dateline_to_published from article
    union all
    select source_id, 3, 'footer to publication', footer_to_published from article
    union all
    select source_id, 4, 'publication to first capture', published_to_captured from article
)
select
    source_id as source,
    step,
    count(days) as articles,
    count(*) - count(days) as unknown,
    count(*) filter (where days < 0) as negative,
    count(*) filter (where days = 0) as same_day,
    count(*) filter (where days = 1) as next_day,
    count(*) filter (where days > 1) as later,
    median(days) as median_days,
    quantile_disc(days, 0.9) as nine_in_ten,
    max(days) as most_days
from step
group by source_id, position, step
order by source_id, position;
