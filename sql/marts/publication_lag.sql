create table marts.publication_lag (
    article_id varchar not null,
    source_id varchar not null,
    published_date date not null,
    event_date date,
    dateline_date date,
    footer_date date,
    first_captured_date date,
    event_to_published integer,
    dateline_to_published integer,
    published_to_captured integer
);

comment on table marts.publication_lag is 'How many days lie between what happened, the dateline, publication and the first capture, one row per article.';
comment on column marts.publication_lag.article_id is 'Key: the article, see core.fact_article.';
comment on column marts.publication_lag.source_id is 'Outlet, see core.dim_source.';
comment on column marts.publication_lag.published_date is 'Day in the page''s Date line.';
comment on column marts.publication_lag.event_date is 'Day of the leader''s appearance that the article reports, where the text names that day; null otherwise.';
comment on column marts.publication_lag.dateline_date is 'Day in the dateline; null without one.';
comment on column marts.publication_lag.footer_date is 'Day in the footer; null without one.';
comment on column marts.publication_lag.first_captured_date is 'Earliest capture of a page with it; null where no page says. It bounds publication from above and says nothing of when KCNA Watch took it in.';
comment on column marts.publication_lag.event_to_published is 'Days from the appearance to publication; null where either is unknown.';
comment on column marts.publication_lag.dateline_to_published is 'Days from the dateline to publication, negative where the dateline is later; null without one.';
comment on column marts.publication_lag.published_to_captured is 'Days from publication to the first capture, negative by one where the clock of the page was behind Korean time; null where no page says.';

insert into marts.publication_lag
select
    article.article_id,
    article.source_id,
    article.published_date,
    event.event_date,
    article.dateline_date,
    article.footer_date,
    article.first_captured_date,
    date_diff('day', event.event_date, article.published_date),
    date_diff('day', article.dateline_date, article.published_date),
    date_diff('day', article.published_date, article.first_captured_date)
from core.fact_article as article
left join core.fact_leader_event_report as event
    on event.article_id = article.article_id and event.date_rule in ('text_day', 'text_weekday')
order by article.published_date, article.article_id;
