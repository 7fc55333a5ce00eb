create table core.dim_topic (
    topic_id varchar not null,
    label varchar not null,
    topic_group varchar not null,
    position integer not null,
    basis varchar not null
);

comment on table core.dim_topic is 'Topics of articles and sidebar entries, one row per topic.';
comment on column core.dim_topic.topic_id is 'Key, for example diplomacy.messages.';
comment on column core.dim_topic.label is 'English name.';
comment on column core.dim_topic.topic_group is 'Group of topics that it belongs to.';
comment on column core.dim_topic.position is 'Place in the fixed order that settles ties.';
comment on column core.dim_topic.basis is 'Why the topic is on the list.';

insert into core.dim_topic
select topic_id, label, topic_group, position, basis
from reference.topic
order by position;
