create table quality.accounting (
    identity varchar not null,
    left_side varchar not null,
    left_count bigint not null,
    right_side varchar not null,
    right_count bigint not null
);

comment on table quality.accounting is 'Sums that must agree so that nothing is lost unseen, one row per identity; a difference stops the publication.';
comment on column quality.accounting.identity is 'Key: name of the identity.';
comment on column quality.accounting.left_side is 'What is counted on one side.';
comment on column quality.accounting.left_count is 'That count.';
comment on column quality.accounting.right_side is 'What is counted on the other side.';
comment on column quality.accounting.right_count is 'That count; equal to left_count.';

insert into quality.accounting
with
loaded as (
    select * from quality.page_outcome where outcome = 'load'
),
removed as (
    select reason, sum(row_count)::bigint as row_count
    from quality.dropped
    group by reason
)
select
    'files_recorded',
    'offers in the raw store', (select offers from reference.raw_count),
    'files', (select count(*) from quality.origin_file)
union all
select
    'files_by_outcome',
    'files', (select count(*) from quality.origin_file),
    'pages + duplicates + skipped + unreadable',
    (select count(*) from quality.page_outcome)
    + (select count(*) from quality.origin_file where outcome in ('duplicate', 'skipped', 'unreadable'))
union all
select
    'pages_recorded',
    'pages in the raw store', (select pages from reference.raw_count),
    'pages', (select count(*) from quality.page_outcome)
union all
select
    'pages_by_outcome',
    'pages', (select count(*) from core.fact_page),
    'loaded + in quarantine + rejected',
    (select count(*) from quality.page_outcome where outcome in ('load', 'quarantine', 'reject'))
union all
select
    'loaded_pages',
    'loaded pages', (select count(*) from loaded),
    'articles + pages that repeat one',
    (select count(*) from core.fact_article_version)
    + coalesce((select row_count from removed where reason = 'article_seen_on_other_page'), 0)
union all
select
    'article_pages',
    'loaded pages', (select count(*) from loaded),
    'pages counted by the articles', (select coalesce(sum(page_count), 0) from core.fact_article)
union all
select
    'sidebar_blocks',
    'blocks seen on loaded pages', (select coalesce(sum(sidebar_block_count), 0) from loaded),
    'appearances + repeated on the page + refused + incomplete',
    (select count(*) from core.fact_sidebar_appearance)
    + coalesce(
        (
            select sum(row_count)
            from removed
            where reason in ('sidebar_entry_repeated_on_page', 'sidebar_block_failed_rule')
        ),
        0
    )
    + (select coalesce(sum(sidebar_incomplete_count), 0) from loaded)
union all
select
    'sidebar_appearances',
    'appearances', (select count(*) from core.fact_sidebar_appearance),
    'entries + appearances on further pages',
    (select count(*) from core.fact_sidebar_entry)
    + coalesce((select row_count from removed where reason = 'sidebar_entry_seen_on_other_page'), 0)
union all
select
    'page_lines',
    'visible lines of loaded pages', (select coalesce(sum(nonblank_line_count), 0) from loaded),
    'lines with a known part',
    (
        select coalesce(sum(list_sum([
            line_roles.capture_header,
            line_roles.site_line,
            line_roles.title,
            line_roles.date_line,
            line_roles.body,
            line_roles.end_mark,
            line_roles.footer,
            line_roles.sidebar_heading,
            line_roles.sidebar_title,
            line_roles.sidebar_teaser,
            line_roles.sidebar_date,
            line_roles.sidebar_incomplete,
            line_roles.share_button,
            line_roles.newsletter,
            line_roles.more_articles
        ])), 0)
        from loaded
    );
