create table marts.sidebar_only_article (
    sidebar_entry_id varchar not null,
    source_id varchar not null,
    shown_date date not null,
    title varchar not null,
    teaser varchar not null,
    first_seen_date date,
    last_seen_date date,
    appearance_count integer not null
);

comment on table marts.sidebar_only_article is 'Articles known only from sidebars, one row per entry, newest first: what to fetch next.';
comment on column marts.sidebar_only_article.sidebar_entry_id is 'Key, see core.fact_sidebar_entry.';
comment on column marts.sidebar_only_article.source_id is 'Outlet, see core.dim_source.';
comment on column marts.sidebar_only_article.shown_date is 'Date printed in the entry.';
comment on column marts.sidebar_only_article.title is 'Title as printed.';
comment on column marts.sidebar_only_article.teaser is 'Beginning of the text; all that is known of it.';
comment on column marts.sidebar_only_article.first_seen_date is 'Earliest capture of a page whose sidebar names it.';
comment on column marts.sidebar_only_article.last_seen_date is 'Latest capture of a page whose sidebar names it.';
comment on column marts.sidebar_only_article.appearance_count is 'Number of distinct pages whose sidebar names it.';

insert into marts.sidebar_only_article
select
    sidebar_entry_id,
    source_id,
    shown_date,
    title,
    teaser,
    first_seen_date,
    last_seen_date,
    appearance_count
from core.fact_sidebar_entry
where article_id is null
order by shown_date desc, title, sidebar_entry_id;
