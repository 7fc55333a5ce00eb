-- Question: What was left out of every count, and why?
-- Row: one kind of thing that is not in the counts, with its number and what it is out of.
-- Trap: A count without this beside it looks complete.
-- Cannot say: What was never offered: articles that no saved page and no sidebar shows. Pages in quarantine may repeat
--   an article that is here. Days not saved are gaps only in saving: a later sidebar may still list the day, see
--   daily_volume.sql.
-- Change: nothing; the pages themselves are in quality.page_outcome, quality.origin_file and quality.dropped.
with
file as (
    select
        1 as position,
        'file ' || outcome as what,
        coalesce(reason, 'same_bytes') as reason,
        coalesce(any_value(reason_sentence), 'The same bytes stand under another name.') as sentence,
        count(*) as count,
        (select count(*) from quality.origin_file) as out_of,
        'files offered' as of_what
    from quality.origin_file
    where outcome <> 'page'
    group by outcome, reason
),
page as (
    select
        2 as position,
        if(outcome = 'reject', 'page rejected', 'page in quarantine') as what,
        reason,
        any_value(reason_sentence) as sentence,
        count(*) as count,
        (select count(*) from quality.page_outcome) as out_of,
        'pages' as of_what
    from quality.page_outcome
    where outcome <> 'load'
    group by outcome, reason
),
loaded as (
    select count(*) as pages, coalesce(sum(sidebar_block_count), 0)::bigint as blocks
    from quality.page_outcome
    where outcome = 'load'
),
dropped as (
    select
        3 as position,
        if(reason = 'article_seen_on_other_page', 'page', 'sidebar block') as what,
        reason,
        case reason
            when 'article_seen_on_other_page' then 'Another page has the same wording: two pages, one article.'
            when 'sidebar_entry_seen_on_other_page' then 'Another page names the same entry; its appearance is kept.'
            when 'sidebar_entry_repeated_on_page' then 'The page names the same entry twice.'
            else 'The block broke a rule.'
        end as sentence,
        sum(row_count)::bigint as count,
        (
            select if(reason = 'article_seen_on_other_page', loaded.pages, loaded.blocks)
            from loaded
        ) as out_of,
        if(reason = 'article_seen_on_other_page', 'loaded pages', 'blocks on loaded pages') as of_what
    from quality.dropped
    where reason not in ('sidebar_title_printed_twice', 'sidebar_teaser_printed_twice') -- the layout repeats itself
    group by reason
),
sidebar as (
    select
        4 as position,
        'article' as what,
        'sidebar_only' as reason,
        'Only a title and a teaser in sidebars are known; it is in no count of articles.' as sentence,
        (select count(*) from marts.sidebar_only_article) as count,
        (select count(*) from core.fact_article) + (select count(*) from marts.sidebar_only_article) as out_of,
        'articles known' as of_what
    union all
    select
        5,
        'article',
        'no_capture_date',
        'No page prints when it was saved; it is in no count by capture.',
        (select count(*) from core.fact_article where first_captured_date is null),
        (select count(*) from core.fact_article),
        'articles'
    union all
    select
        6,
        'day of ' || source_id,
        'not_saved',
        'No page of the source was saved on the day.',
        count(*) filter (where is_capture_gap),
        count(*),
        'days from its first to its last'
    from marts.daily_volume
    group by source_id
)
select what, reason, count, out_of, of_what, round(count / out_of, 4) as share, sentence
from (
    select * from file
    union all
    select * from page
    union all
    select * from dropped
    union all
    select * from sidebar
)
where count > 0
order by position, what, count desc, reason;
