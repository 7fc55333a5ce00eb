create table core.dim_newspaper (
    newspaper_id varchar not null,
    name varchar not null,
    aliases varchar[] not null
);

comment on table core.dim_newspaper is 'Newspapers that articles quote or review, one row per paper.';
comment on column core.dim_newspaper.newspaper_id is 'Key: the name in lower case with hyphens.';
comment on column core.dim_newspaper.name is 'English name.';
comment on column core.dim_newspaper.aliases is 'Other spellings.';

insert into core.dim_newspaper
select entity_id, name, aliases
from reference.newspaper
order by entity_id;
