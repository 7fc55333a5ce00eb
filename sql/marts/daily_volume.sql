create table marts.daily_volume (
    source_id varchar not null,
    date date not null,
    article_count bigint not null,
    sidebar_only_count bigint not null,
    known_count bigint not null,
    captured_page_count bigint not null,
    is_capture_gap boolean not null
);

comment on table marts.daily_volume is 'How many articles are known per source and day, one row for every day from the first to the last that is known of the source, with days without a capture marked.';
comment on column marts.daily_volume.source_id is 'Outlet, see core.dim_source.';
comment on column marts.daily_volume.date is 'The day, see core.dim_date; key together with the source.';
comment on column marts.daily_volume.article_count is 'Articles published on that day whose full text is here.';
comment on column marts.daily_volume.sidebar_only_count is 'Articles of that day that only sidebars name.';
comment on column marts.daily_volume.known_count is 'Articles of that day known either way; what exists may be more.';
comment on column marts.daily_volume.captured_page_count is 'Loaded pages of the source that were saved on that day.';
comment on column marts.daily_volume.is_capture_gap is 'True where no page of the source was saved on that day: a low count may then be a missing capture, not silence.';

insert into marts.daily_volume
with
article as (
    select source_id, published_date as date, count(*) as article_count
    from core.fact_article
    group by all
),
sidebar_only as (
    select source_id, shown_date as date, count(*) as sidebar_only_count
    from core.fact_sidebar_entry
    where article_id is null
    group by all
),
captured as (
    select source_id, captured_date as date, count(*) as captured_page_count
    from core.fact_page
    where outcome = 'load' and captured_date is not null
    group by all
),
known_day as (
    select source_id, date from article
    union
    select source_id, date from sidebar_only
    union
    select source_id, date from captured
),
span as (
    select source_id, min(date) as first_date, max(date) as last_date
    from known_day
    group by source_id
)
select
    span.source_id,
    dim_date.date,
    coalesce(article.article_count, 0),
    coalesce(sidebar_only.sidebar_only_count, 0),
    coalesce(article.article_count, 0) + coalesce(sidebar_only.sidebar_only_count, 0),
    coalesce(captured.captured_page_count, 0),
    captured.captured_page_count is null
from span
inner join core.dim_date as dim_date on dim_date.date between span.first_date and span.last_date
left join article on article.source_id = span.source_id and article.date = dim_date.date
left join sidebar_only on sidebar_only.source_id = span.source_id and sidebar_only.date = dim_date.date
left join captured on captured.source_id = span.source_id and captured.date = dim_date.date
order by span.source_id, dim_date.date;
