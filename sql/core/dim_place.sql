create table core.dim_place (
    place_id varchar not null,
    name varchar not null,
    short_name varchar not null,
    kind varchar not null,
    level integer not null,
    parent_place_id varchar,
    province_id varchar not null,
    iso_code varchar,
    korean_name varchar not null,
    latitude double,
    longitude double,
    geonames_id varchar,
    wikidata_id varchar,
    other_spellings varchar[] not null,
    ambiguity varchar,
    geojson varchar
);

comment on table core.dim_place is 'Administrative places of the DPRK, one row per province, special city, city, county or urban district. Compiled for this project; parts from GeoNames (CC BY 4.0) and Who''s On First (CC0).';
comment on column core.dim_place.place_id is 'Key: the ISO 3166-2 code of the first-level unit, with the names of the places below it after colons, for example KP-03:Sinuiju.';
comment on column core.dim_place.name is 'English name as KCNA writes it, for example North Phyongan Province.';
comment on column core.dim_place.short_name is 'Name without the word for its kind.';
comment on column core.dim_place.kind is 'capital, special_city, province, city, county or district.';
comment on column core.dim_place.level is '1 for the 13 first-level units, 2 for what lies directly below them, 3 for urban districts of other cities.';
comment on column core.dim_place.parent_place_id is 'The place that it belongs to; null for the first-level units.';
comment on column core.dim_place.province_id is 'The first-level unit that it belongs to; its own key for the first-level units.';
comment on column core.dim_place.iso_code is 'ISO 3166-2 code; only first-level units have one.';
comment on column core.dim_place.korean_name is 'Name in Hangul.';
comment on column core.dim_place.latitude is 'Degrees north of a point inside, WGS 84; null where unknown. From Who''s On First (CC0).';
comment on column core.dim_place.longitude is 'Degrees east of that point.';
comment on column core.dim_place.geonames_id is 'Identifier in GeoNames (CC BY 4.0); null where unknown.';
comment on column core.dim_place.wikidata_id is 'Identifier in Wikidata; null where unknown.';
comment on column core.dim_place.other_spellings is 'Other spellings under which texts name it.';
comment on column core.dim_place.ambiguity is 'What else the short name means; such a name counts as this place only with evidence. Null where nothing is known.';
comment on column core.dim_place.geojson is 'Simplified boundary of about 2010 as a GeoJSON geometry, for maps; null where unknown. Who''s On First / Mapzen Mesoshapes (CC0).';

insert into core.dim_place
select
    place_id,
    name_en_kcna,
    name_short,
    kind,
    level::integer,
    nullif(parent_id, 'KP'),
    split_part(place_id, ':', 1),
    iso_code,
    hangul,
    lat,
    lon,
    geonames_id,
    wikidata_id,
    list_filter(string_split(coalesce(alternates, ''), '|'), lambda form: form <> ''),
    ambiguity,
    geojson
from reference.place
order by place_id;
