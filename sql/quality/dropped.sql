create table quality.dropped (
    page_sha256 varchar not null,
    reason varchar not null,
    row_count bigint not null
);

comment on table quality.dropped is 'Rows that pruning removed from loaded pages, one row per page and reason with their number; the rows themselves can be found again on the page.';
comment on column quality.dropped.page_sha256 is 'The page, see core.fact_page; key together with the reason.';
comment on column quality.dropped.reason is 'sidebar_title_printed_twice and sidebar_teaser_printed_twice (the layout prints both twice), sidebar_entry_repeated_on_page, sidebar_entry_seen_on_other_page, sidebar_block_failed_rule, article_seen_on_other_page.';
comment on column quality.dropped.row_count is 'Number of rows removed for this reason.';

insert into quality.dropped
select page_sha256, reason, sum(row_count)::bigint
from clean.dropped -- a page whose sidebar names articles of distant days may be counted in several parts
group by page_sha256, reason
order by page_sha256, reason;
