create table quality.page_outcome (
    page_sha256 varchar not null,
    origin varchar not null,
    name varchar not null,
    outcome varchar not null,
    reason varchar,
    reason_sentence varchar,
    reason_line integer,
    reason_detail varchar,
    layout varchar,
    encoding varchar,
    is_html boolean not null,
    title varchar,
    published_date date,
    captured_date date,
    source_label varchar,
    paragraph_count integer not null,
    sidebar_block_count integer not null,
    sidebar_entry_count integer not null,
    sidebar_incomplete_count integer not null,
    is_sidebar_cut boolean not null,
    nonblank_line_count integer not null,
    unexplained_line_count integer not null,
    line_roles struct(
        capture_header integer,
        site_line integer,
        title integer,
        date_line integer,
        body integer,
        end_mark integer,
        footer integer,
        sidebar_heading integer,
        sidebar_title integer,
        sidebar_teaser integer,
        sidebar_date integer,
        sidebar_incomplete integer,
        share_button integer,
        newsletter integer,
        more_articles integer,
        unexplained integer
    ) not null
);

comment on table quality.page_outcome is 'What became of every distinct page offered, one row per page: loaded, in quarantine or rejected, and why.';
comment on column quality.page_outcome.page_sha256 is 'Key: SHA-256 of the page''s bytes.';
comment on column quality.page_outcome.origin is 'Where the page came from, as an address; of several places the first in order of name.';
comment on column quality.page_outcome.name is 'Name of the file in its origin.';
comment on column quality.page_outcome.outcome is 'load, quarantine or reject.';
comment on column quality.page_outcome.reason is 'Code of the reason; null for loaded pages.';
comment on column quality.page_outcome.reason_sentence is 'The reason as a sentence.';
comment on column quality.page_outcome.reason_line is 'Line of the page that the reason is about, counted from 1; null where it is about none.';
comment on column quality.page_outcome.reason_detail is 'What exactly was found, for example the two dates that contradict each other.';
comment on column quality.page_outcome.layout is 'Page layout, A to D; null where none was recognised.';
comment on column quality.page_outcome.encoding is 'Encoding of the bytes; null where they could not be decoded.';
comment on column quality.page_outcome.is_html is 'Whether the page was saved as HTML and reduced to its text.';
comment on column quality.page_outcome.title is 'Title as far as it could be read.';
comment on column quality.page_outcome.published_date is 'Day in the Date line as far as it could be read.';
comment on column quality.page_outcome.captured_date is 'Day the page was saved, by its own clock.';
comment on column quality.page_outcome.source_label is 'Source label as printed.';
comment on column quality.page_outcome.paragraph_count is 'Paragraphs of the text.';
comment on column quality.page_outcome.sidebar_block_count is 'Sidebar blocks seen, repeated and incomplete ones included.';
comment on column quality.page_outcome.sidebar_entry_count is 'Distinct sidebar entries on the page.';
comment on column quality.page_outcome.sidebar_incomplete_count is 'Sidebar blocks of which a part is missing.';
comment on column quality.page_outcome.is_sidebar_cut is 'Whether the sidebar ends without its last line, so that entries may be missing.';
comment on column quality.page_outcome.nonblank_line_count is 'Lines with something visible on them.';
comment on column quality.page_outcome.unexplained_line_count is 'Lines that belong to no field and to no known part of the page; 0 for every loaded page.';
comment on column quality.page_outcome.line_roles is 'How many visible lines are title, body, sidebar title and so on; they add up to nonblank_line_count.';

insert into quality.page_outcome
select
    page.page_sha256,
    file.origin,
    file.name,
    page.outcome,
    page.reason,
    reason.sentence,
    page.reason_line,
    page.reason_detail,
    page.layout,
    page.encoding,
    page.is_html,
    page.title,
    page.published_date,
    page.captured_date,
    page.source_label,
    page.paragraph_count,
    page.sidebar_block_count + page.sidebar_incomplete_count,
    page.sidebar_entry_count,
    page.sidebar_incomplete_count,
    page.is_sidebar_cut,
    page.nonblank_line_count,
    page.unexplained_line_count,
    page.line_roles
from clean.page as page
left join clean.origin_file as file on file.page_sha256 = page.page_sha256 and file.outcome = 'page'
left join reference.reason as reason on page.reason = reason.code
order by page.page_sha256;
