create table core.fact_sidebar_entry (
    sidebar_entry_id varchar not null,
    source_id varchar not null,
    title varchar not null,
    shown_date date not null,
    teaser varchar not null,
    first_seen_date date,
    last_seen_date date,
    appearance_count integer not null,
    article_id varchar
);

comment on table core.fact_sidebar_entry is 'Articles named in sidebars, one row per distinct source, title, date and teaser.';
comment on column core.fact_sidebar_entry.sidebar_entry_id is 'Key: hash of source, title, date and teaser.';
comment on column core.fact_sidebar_entry.source_id is 'Outlet, see core.dim_source; sidebars name articles of the page''s own source.';
comment on column core.fact_sidebar_entry.title is 'Title as printed. The same title on another date is another entry.';
comment on column core.fact_sidebar_entry.shown_date is 'Date printed in the entry.';
comment on column core.fact_sidebar_entry.teaser is 'Beginning of the text, cut at about 125 characters.';
comment on column core.fact_sidebar_entry.first_seen_date is 'Earliest capture of a page whose sidebar names it.';
comment on column core.fact_sidebar_entry.last_seen_date is 'Latest capture of a page whose sidebar names it.';
comment on column core.fact_sidebar_entry.appearance_count is 'Number of distinct pages whose sidebar names it.';
comment on column core.fact_sidebar_entry.article_id is 'The full article where a loaded page has it (same source, title and date, and the text begins with the teaser), see core.fact_article; null where it is known only from sidebars.';

insert into core.fact_sidebar_entry
select
    entry.sidebar_entry_id,
    source.source_id,
    entry.title,
    entry.shown_date,
    entry.teaser,
    entry.first_seen_date,
    entry.last_seen_date,
    entry.appearance_count,
    entry.article_id
from clean.sidebar_entry as entry
inner join core.dim_source as source on entry.source_key = source.label_key
order by entry.shown_date, entry.sidebar_entry_id;
