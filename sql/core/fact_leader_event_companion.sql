create table core.fact_leader_event_companion (
    leader_event_id varchar not null,
    rank integer not null,
    person_id varchar not null,
    title varchar
);

comment on table core.fact_leader_event_companion is 'Who was with Kim Jong Un at an appearance, one row per person in the order printed. People in photos only, or given medals, are not companions.';
comment on column core.fact_leader_event_companion.leader_event_id is 'The appearance, see core.fact_leader_event; key together with the rank.';
comment on column core.fact_leader_event_companion.rank is 'Place in the printed list, from 1; the order shows standing.';
comment on column core.fact_leader_event_companion.person_id is 'The person, see core.dim_person.';
comment on column core.fact_leader_event_companion.title is 'Office or rank as printed beside the name; null where none is.';

insert into core.fact_leader_event_companion
select event.leader_event_id, companion.rank, companion.person_id, companion.title
from clean.leader_companion as companion
inner join core.fact_leader_event as event on event.article_id = companion.article_id
order by event.leader_event_id, companion.rank;
