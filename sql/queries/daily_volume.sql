-- Question 4: How many articles came out per source and day, and is an empty day an outage or silence?
-- Row: one source and day, from the first to the last day that is known of the source.
-- Trap: A low count may be a missing capture. But a sidebar lists the newest articles of KCNA Watch, so a whole one
--   that was saved after a day and reaches back beyond it shows all of that day. reading says `all listed` where there
--   is such a list, `none listed` where it has nothing of the day, and without such a list `in part` or, where nothing
--   is known, `not seen`: our missing capture. pages_saved alone would not do: few pages a day are enough, and none are
--   needed.
-- Cannot say: On days `none listed`, whether the source was silent or KCNA Watch did not take it in. Volume of days `in
--   part` or `not seen`. What KCNA Watch took in days later. All of it rests on sidebars naming the newest articles
--   without gaps; listed_then_gone.sql counts how often that failed. held_pages are pages in quarantine dated on that
--   day; for those without a readable date see left_out.sql.
-- Change: first_day, last_day, and source, for example 'kcna-kp-en' ('%' is all).
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day, '%' as source
),
block as (
    select
        page.page_sha256,
        page.source_id,
        page.captured_date,
        entry.shown_date,
        lag(entry.shown_date) over (partition by page.page_sha256 order by appearance.position) as shown_before
    from core.fact_sidebar_appearance as appearance
    inner join core.fact_sidebar_entry as entry on entry.sidebar_entry_id = appearance.sidebar_entry_id
    inner join core.fact_page as page on page.page_sha256 = appearance.page_sha256
    inner join quality.page_outcome as outcome
        on outcome.page_sha256 = page.page_sha256
        and not outcome.is_sidebar_cut
        and outcome.sidebar_incomplete_count = 0
    anti join quality.dropped as dropped
        on dropped.page_sha256 = page.page_sha256 and dropped.reason = 'sidebar_block_failed_rule'
    where page.captured_date is not null
),
listing as (
    select distinct source_id, captured_date, min(shown_date) as oldest_date
    from block
    group by page_sha256, source_id, captured_date
    having coalesce(bool_and(shown_before >= shown_date), true)
),
held as (
    select source.source_id, page.published_date as date, count(*) as held_pages
    from quality.page_outcome as page
    inner join core.dim_source as source on source.label_key = lower(page.source_label)
    where page.outcome = 'quarantine'
    group by all
)
select
    volume.source_id as source,
    volume.date,
    dim_date.weekday,
    case
        when exists (
            from listing
            where
                listing.source_id = volume.source_id
                and listing.oldest_date < volume.date
                and listing.captured_date > volume.date
        )
            then if(volume.known_count = 0, 'none listed', 'all listed')
        when volume.known_count > 0 then 'in part'
        else 'not seen'
    end as reading,
    volume.known_count as known,
    volume.article_count as in_full,
    volume.sidebar_only_count as sidebar_only,
    volume.captured_page_count as pages_saved,
    coalesce(held.held_pages, 0) as held_pages,
    dim_date.holiday
from marts.daily_volume as volume
inner join params on volume.date between params.first_day and params.last_day and volume.source_id like params.source
inner join core.dim_date as dim_date on dim_date.date = volume.date
left join held on held.source_id = volume.source_id and held.date = volume.date
order by volume.source_id, volume.date;
