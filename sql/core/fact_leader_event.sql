create table core.fact_leader_event (
    leader_event_id varchar not null,
    event_date date not null,
    date_rule varchar not null,
    event_type varchar not null,
    place_id varchar,
    title varchar not null,
    article_id varchar not null,
    report_count integer not null,
    companion_count integer not null
);

comment on table core.fact_leader_event is 'Public appearances of Kim Jong Un as articles report them, one row per day and title: one report in several outlets is one row, two articles with different titles about one occasion are two. Letters, gifts and messages are no appearances. They are read from English texts. A day without a row is no proof of absence: see the gaps in marts.daily_volume.';
comment on column core.fact_leader_event.leader_event_id is 'Key: hash of day and title.';
comment on column core.fact_leader_event.event_date is 'Day of the appearance: as the text says, else the day of the dateline, else of publication.';
comment on column core.fact_leader_event.date_rule is 'Where the day comes from: text_day or text_weekday (named in the text), dateline, published.';
comment on column core.fact_leader_event.event_type is 'visit, inspection, military, ceremony, meeting, talks, speech, performance, photo or other.';
comment on column core.fact_leader_event.place_id is 'The most exact place that the report names for it, see core.dim_place; null where it names none. Never from the dateline.';
comment on column core.fact_leader_event.title is 'Title of the report.';
comment on column core.fact_leader_event.article_id is 'The report that the row is taken from, see core.fact_article: of several the one with most companions, then the one published first.';
comment on column core.fact_leader_event.report_count is 'Articles with this report, see core.fact_leader_event_report.';
comment on column core.fact_leader_event.companion_count is 'Companions named, see core.fact_leader_event_companion.';

insert into core.fact_leader_event
with
companions as (
    select article_id, count(*)::integer as companion_count
    from clean.leader_companion
    group by article_id
),
report as (
    select
        linked.leader_event_id,
        linked.event_date,
        linked.date_rule,
        event.event_type,
        event.place_id,
        article.title,
        linked.article_id,
        article.published_date,
        coalesce(companions.companion_count, 0) as companion_count
    from core.fact_leader_event_report as linked
    inner join clean.leader_event as event on event.article_id = linked.article_id
    inner join core.fact_article as article on article.article_id = linked.article_id
    left join companions on companions.article_id = linked.article_id
)
select
    leader_event_id,
    event_date,
    date_rule,
    event_type,
    place_id,
    title,
    article_id,
    count(*) over (partition by leader_event_id)::integer as report_count,
    companion_count
from report
qualify row_number() over (partition by leader_event_id order by companion_count desc, published_date, article_id) = 1
order by event_date, leader_event_id;
