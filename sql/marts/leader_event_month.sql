create table marts.leader_event_month (
    month date not null,
    event_type varchar not null,
    event_count bigint not null,
    month_before_count bigint,
    year_before_count bigint,
    article_count bigint not null,
    empty_day_count bigint not null
);

comment on table marts.leader_event_month is 'Public appearances of Kim Jong Un, one row per month and type, for every month from the first to the last with articles or appearances and every type that occurs.';
comment on column marts.leader_event_month.month is 'First day of the month in which he appeared; key together with the type.';
comment on column marts.leader_event_month.event_type is 'Type, see core.fact_leader_event.';
comment on column marts.leader_event_month.event_count is 'Appearances.';
comment on column marts.leader_event_month.month_before_count is 'Appearances in the month before; null where the collection has no article of that month.';
comment on column marts.leader_event_month.year_before_count is 'Appearances in the same month of the year before; null where the collection has no article of that month.';
comment on column marts.leader_event_month.article_count is 'Articles of all sources published in the month: what the appearances were read from, in English only.';
comment on column marts.leader_event_month.empty_day_count is 'Days of the month of which no article of any source is known, in full or from sidebars: an appearance then may be missing. Days after the last capture count too, so the newest month always has some.';

insert into marts.leader_event_month
with
published as (
    select date_trunc('month', published_date)::date as month, count(*) as article_count
    from core.fact_article
    group by all
),
counted as (
    select date_trunc('month', event_date)::date as month, event_type, count(*) as event_count
    from core.fact_leader_event
    group by all
),
span as (
    select min(month) as first_month, max(month) as last_month
    from (select month from published union select month from counted)
),
calendar as (
    select dim_date.date as month
    from core.dim_date as dim_date
    inner join span on dim_date.date between span.first_month and span.last_month
    where dim_date.day = 1
),
known_day as (
    select published_date as date from core.fact_article
    union
    select shown_date from core.fact_sidebar_entry
),
known_days as (
    select date_trunc('month', date)::date as month, count(*) as day_count
    from known_day
    group by all
),
kind as (
    select distinct event_type
    from core.fact_leader_event
)
select
    calendar.month,
    kind.event_type,
    coalesce(counted.event_count, 0) as event_count,
    lag(if(published.article_count is null, null, coalesce(counted.event_count, 0)), 1) over months,
    lag(if(published.article_count is null, null, coalesce(counted.event_count, 0)), 12) over months,
    coalesce(published.article_count, 0),
    day(last_day(calendar.month)) - coalesce(known_days.day_count, 0)
from calendar
cross join kind
left join counted on counted.month = calendar.month and counted.event_type = kind.event_type
left join published on published.month = calendar.month
left join known_days on known_days.month = calendar.month
window months as (partition by kind.event_type order by calendar.month)
order by calendar.month, kind.event_type;
