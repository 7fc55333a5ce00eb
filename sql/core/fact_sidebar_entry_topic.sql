create table core.fact_sidebar_entry_topic (
    sidebar_entry_id varchar not null,
    topic_id varchar not null,
    score integer not null,
    is_primary boolean not null
);

comment on table core.fact_sidebar_entry_topic is 'Topics of sidebar entries by title and teaser, one row per entry and topic; exactly one per entry is primary. They rest on a line or two of text and are less certain than those of articles.';
comment on column core.fact_sidebar_entry_topic.sidebar_entry_id is 'The entry, see core.fact_sidebar_entry; key together with the topic.';
comment on column core.fact_sidebar_entry_topic.topic_id is 'The topic, see core.dim_topic; other where no pattern fits.';
comment on column core.fact_sidebar_entry_topic.score is 'Weight of the patterns found, for comparison within the entry only.';
comment on column core.fact_sidebar_entry_topic.is_primary is 'Whether it is the entry''s one main topic.';

insert into core.fact_sidebar_entry_topic
select sidebar_entry_id, topic_id, score, is_primary
from clean.sidebar_entry_topic
order by sidebar_entry_id, topic_id;
