create table core.dim_country (
    country_id varchar not null,
    name varchar not null,
    aliases varchar[] not null
);

comment on table core.dim_country is 'Countries that articles can name, one row per country.';
comment on column core.dim_country.country_id is 'Key: ISO 3166-1 alpha-2 code.';
comment on column core.dim_country.name is 'English name.';
comment on column core.dim_country.aliases is 'Other names and adjectives that count as the country.';

insert into core.dim_country
select entity_id, name, aliases
from reference.country
order by entity_id;
