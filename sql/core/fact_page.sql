create table core.fact_page (
    page_sha256 varchar not null,
    outcome varchar not null,
    layout varchar,
    captured_date date,
    first_fetched_at timestamp with time zone not null,
    source_id varchar,
    article_id varchar,
    article_version_id varchar,
    byte_count bigint not null,
    line_count integer not null,
    nonblank_line_count integer not null
);

comment on table core.fact_page is 'Distinct raw pages, one row per page by its bytes, loaded or not; quality.page_outcome says why not.';
comment on column core.fact_page.page_sha256 is 'Key: SHA-256 of the page''s bytes.';
comment on column core.fact_page.outcome is 'load, quarantine or reject.';
comment on column core.fact_page.layout is 'Page layout, A to D; null where none was recognised.';
comment on column core.fact_page.captured_date is 'Day the page was saved, by the page''s own clock; null where it prints none.';
comment on column core.fact_page.first_fetched_at is 'When a file with these bytes was first read into the raw store.';
comment on column core.fact_page.source_id is 'Outlet that the page names, see core.dim_source; null for pages that did not load.';
comment on column core.fact_page.article_id is 'The article on it, see core.fact_article; null for pages that did not load.';
comment on column core.fact_page.article_version_id is 'The wording on it, see core.fact_article_version; null for pages that did not load.';
comment on column core.fact_page.byte_count is 'Size in bytes.';
comment on column core.fact_page.line_count is 'Lines, blank ones included.';
comment on column core.fact_page.nonblank_line_count is 'Lines with something visible on them.';

insert into core.fact_page
select
    page.page_sha256,
    page.outcome,
    page.layout,
    page.captured_date,
    file.first_fetched_at,
    source.source_id,
    page.article_id,
    page.article_version_id,
    page.byte_count,
    page.line_count,
    page.nonblank_line_count
from clean.page as page
left join clean.origin_file as file on file.page_sha256 = page.page_sha256 and file.outcome = 'page'
left join core.dim_source as source on page.outcome = 'load' and page.source_key = source.label_key
order by page.page_sha256;
