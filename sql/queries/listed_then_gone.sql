-- Question 7: Which articles were listed and later not listed any more where they should be: deleted or renamed?
-- Row: one sidebar entry that is missing from every later list that reaches back beyond its day.
-- Trap: An absence means nothing unless the list was complete. Sidebars name a limited number of articles, newest
--   first, and drop the oldest. So a list counts only if it is whole (not cut, no block incomplete or refused) and runs
--   from the newest day to the oldest. It should name an entry that was seen on an earlier day, is dated after the
--   oldest day of the list, and is not the page's own article. And an entry is shown only if the list still has
--   something that stood below it (still_below): then it was not the list's length that dropped it. An entry that comes
--   back later is not shown.
-- Cannot say: That an article was deleted: only that the list went on without it. fate is `renamed` if the list has the
--   same article, text or title in another form or a new entry of that day with half of its words, else `gone`. due is
--   how many entries the lists of the source should have named, and absent how many of these they did not: if absent is
--   more than the entries shown explain, sidebars of this source are no complete lists and nothing follows. An article
--   whose neighbours were gone before the next capture is not judged at all. On the project's reconstructed pages 0 of
--   3,303 due were absent; their sidebars were made as complete lists, so that shows the query right, not that real
--   sidebars are such lists. It was never tried on a known deletion.
-- Change: first_day and last_day (of the entry), source ('%' is all).
with
params as (
    select date '1945-01-01' as first_day, date '2050-12-31' as last_day, '%' as source
),
block as (
    select
        page.page_sha256,
        page.source_id,
        page.captured_date,
        page.article_id,
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
    select page_sha256, source_id, captured_date, article_id, min(shown_date) as oldest_date
    from block
    group by page_sha256, source_id, captured_date, article_id
    having coalesce(bool_and(shown_before >= shown_date), true)
),
due as (
    select
        entry.sidebar_entry_id,
        listing.page_sha256,
        listing.source_id,
        listing.captured_date,
        appearance.page_sha256 is not null as is_listed
    from listing
    inner join core.fact_sidebar_entry as entry
        on entry.source_id = listing.source_id
        and entry.shown_date > listing.oldest_date
        and entry.first_seen_date < listing.captured_date
        and entry.article_id is distinct from listing.article_id
    inner join params
        on entry.shown_date between params.first_day and params.last_day and entry.source_id like params.source
    left join core.fact_sidebar_appearance as appearance
        on appearance.page_sha256 = listing.page_sha256 and appearance.sidebar_entry_id = entry.sidebar_entry_id
),
source as (
    select source_id, count(*) as due, count(*) filter (where not is_listed) as absent
    from due
    group by source_id
),
missing as (
    select
        sidebar_entry_id,
        min(captured_date) as missing_since,
        count(*) as lists_without,
        arg_min(page_sha256, (captured_date, page_sha256)) as page_sha256
    from due
    where not is_listed
    group by sidebar_entry_id
),
gone as (
    select entry.*, missing.missing_since, missing.lists_without, missing.page_sha256
    from missing
    inner join core.fact_sidebar_entry as entry
        on entry.sidebar_entry_id = missing.sidebar_entry_id and entry.last_seen_date < missing.missing_since
),
above as (
    select gone.sidebar_entry_id, count(distinct below.sidebar_entry_id) as still_below
    from gone
    inner join core.fact_sidebar_appearance as listed on listed.sidebar_entry_id = gone.sidebar_entry_id
    inner join core.fact_sidebar_appearance as below
        on below.page_sha256 = listed.page_sha256 and below.position > listed.position
    inner join core.fact_sidebar_appearance as later
        on later.page_sha256 = gone.page_sha256 and later.sidebar_entry_id = below.sidebar_entry_id
    group by gone.sidebar_entry_id
),
renamed as (
    select gone.sidebar_entry_id, other.title, other.shown_date
    from gone
    inner join core.fact_sidebar_entry as other
        on other.source_id = gone.source_id
        and other.sidebar_entry_id <> gone.sidebar_entry_id
        and other.last_seen_date >= gone.missing_since
        and (
            other.article_id = gone.article_id
            or other.teaser = gone.teaser
            or (other.title = gone.title and other.shown_date = gone.shown_date)
            or (
                other.shown_date = gone.shown_date
                and other.first_seen_date > gone.last_seen_date
                and 2 * len(list_intersect(string_split(other.title, ' '), string_split(gone.title, ' ')))
                >= len(list_distinct(string_split(gone.title, ' ')))
            )
        )
    qualify
        row_number()
            over (partition by gone.sidebar_entry_id order by other.first_seen_date, other.sidebar_entry_id)
        = 1
)
select
    gone.source_id as source,
    gone.shown_date as dated,
    gone.title,
    if(renamed.title is null, 'gone', 'renamed') as fate,
    renamed.title as new_title,
    gone.first_seen_date as first_listed,
    gone.last_seen_date as last_listed,
    gone.missing_since,
    gone.lists_without,
    above.still_below,
    gone.appearance_count as lists_with,
    gone.article_id is not null as is_text_here,
    source.due,
    source.absent
from gone
inner join above on above.sidebar_entry_id = gone.sidebar_entry_id
inner join source on source.source_id = gone.source_id
left join renamed on renamed.sidebar_entry_id = gone.sidebar_entry_id
order by gone.shown_date desc, gone.source_id, gone.title, gone.sidebar_entry_id;
