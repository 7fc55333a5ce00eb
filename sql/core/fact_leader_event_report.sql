create table core.fact_leader_event_report (
    article_id varchar not null,
    leader_event_id varchar not null,
    event_date date not null,
    date_rule varchar not null
);

comment on table core.fact_leader_event_report is 'Articles that report a public appearance of Kim Jong Un, one row per article; an appearance has as many as outlets printed the report.';
comment on column core.fact_leader_event_report.article_id is 'Key: the article, see core.fact_article.';
comment on column core.fact_leader_event_report.leader_event_id is 'The appearance, see core.fact_leader_event.';
comment on column core.fact_leader_event_report.event_date is 'Day of the appearance as this article has it.';
comment on column core.fact_leader_event_report.date_rule is 'Where the day comes from: text_day or text_weekday (named in the text), dateline, published.';

insert into core.fact_leader_event_report
select
    event.article_id,
    sha256(concat_ws(chr(31), event.event_date, version.title_key)) as leader_event_id,
    event.event_date,
    event.date_rule
from clean.leader_event as event
inner join clean.article_version as version on version.article_id = event.article_id and version.is_current
order by event.article_id;
