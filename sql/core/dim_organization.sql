create table core.dim_organization (
    organization_id varchar not null,
    name varchar not null,
    aliases varchar[] not null,
    is_listed boolean not null
);

comment on table core.dim_organization is 'Organisations and institutions named in articles (parties, ministries, factories, farms, schools), one row per name.';
comment on column core.dim_organization.organization_id is 'Key: the name in lower case with hyphens; for bodies on the project''s list, the key there.';
comment on column core.dim_organization.name is 'Canonical name.';
comment on column core.dim_organization.aliases is 'Forms of the name that the list has or the texts use, sorted.';
comment on column core.dim_organization.is_listed is 'Whether it is on the project''s list of bodies with fixed keys; all others are found by the noun that closes their name.';

insert into core.dim_organization
with
found as (
    select entity_id, min(name) as name, flatten(list(aliases)) as aliases
    -- Most articles write a name in the same way: few rows are left, and then few lists to join.
    from (select distinct entity_id, name, aliases from clean.organization)
    group by entity_id
)
select
    coalesce(listed.entity_id, found.entity_id),
    coalesce(listed.name, found.name),
    list_sort(list_distinct(coalesce(listed.aliases, []) || coalesce(found.aliases, []))),
    listed.entity_id is not null
from found
full join reference.organization as listed on found.entity_id = listed.entity_id
order by 1;
