create table core.dim_person (
    person_id varchar not null,
    name varchar not null,
    aliases varchar[] not null,
    is_listed boolean not null
);

comment on table core.dim_person is 'Persons named in articles, one row per person as far as names can tell: two people of one name are one row.';
comment on column core.dim_person.person_id is 'Key: the name in lower case with hyphens; for persons on the project''s list, the key there.';
comment on column core.dim_person.name is 'Canonical name, Korean names with the family name first.';
comment on column core.dim_person.aliases is 'Forms of the name that the list has or the texts use, sorted.';
comment on column core.dim_person.is_listed is 'Whether the person is on the project''s list of persons with fixed keys; all others are found by the form of their names.';

insert into core.dim_person
with
found as (
    select entity_id, min(name) as name, flatten(list(aliases)) as aliases
    -- Most articles write a name in the same way: few rows are left, and then few lists to join.
    from (select distinct entity_id, name, aliases from clean.person)
    group by entity_id
)
select
    coalesce(listed.entity_id, found.entity_id),
    coalesce(listed.name, found.name),
    list_sort(list_distinct(coalesce(listed.aliases, []) || coalesce(found.aliases, []))),
    listed.entity_id is not null
from found
full join reference.person as listed on found.entity_id = listed.entity_id
order by 1;
