create table core.fact_sidebar_appearance (
    page_sha256 varchar not null,
    sidebar_entry_id varchar not null,
    position integer not null,
    copy_count integer not null
);

comment on table core.fact_sidebar_appearance is 'Which page''s sidebar names which entry, one row per page and entry.';
comment on column core.fact_sidebar_appearance.page_sha256 is 'The page, see core.fact_page; key together with the entry.';
comment on column core.fact_sidebar_appearance.sidebar_entry_id is 'The entry, see core.fact_sidebar_entry.';
comment on column core.fact_sidebar_appearance.position is 'Place in the sidebar, counted from 1 at the top; the highest place where the page repeats the entry.';
comment on column core.fact_sidebar_appearance.copy_count is 'How many blocks of this page are this entry; 1 unless the page repeats it.';

insert into core.fact_sidebar_appearance
-- Rows keep the order of the clean parts, by days; to sort so many takes longer than all else.
select page_sha256, sidebar_entry_id, position, copy_count
from clean.sidebar_appearance;
