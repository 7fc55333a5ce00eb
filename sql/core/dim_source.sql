create table core.dim_source (
    source_id varchar not null,
    label varchar not null,
    label_key varchar not null,
    outlet varchar,
    language varchar,
    site varchar,
    status varchar,
    is_listed boolean not null
);

comment on table core.dim_source is 'Outlets behind the source labels, one row per label: the known ones, and every other label that a page carried.';
comment on column core.dim_source.source_id is 'Key: a short name for a known label; unlisted- and a hash for a label that is not on the list; unknown for pages that name none.';
comment on column core.dim_source.label is 'The label as KCNA Watch prints it after Source:, for example KCNA.kp (En).';
comment on column core.dim_source.label_key is 'The label in lower case with white space folded; labels that differ only in case are one source.';
comment on column core.dim_source.outlet is 'Who publishes it; null where unknown.';
comment on column core.dim_source.language is 'Language codes, several separated by commas; for unlisted labels the two letters in brackets; null where unknown.';
comment on column core.dim_source.site is 'Address of the outlet''s own site; null where unknown.';
comment on column core.dim_source.status is 'Whether the outlet is active, as far as known.';
comment on column core.dim_source.is_listed is 'Whether the label is on the project''s list of sources.';

insert into core.dim_source
with
listed as (
    select
        source_id,
        kcnawatch_label as label,
        lower(kcnawatch_label) as label_key,
        publisher as outlet,
        language,
        site,
        status
    from reference.source
),
seen as (
    select source_key as label_key, min(source_label) as label
    from clean.page
    where outcome = 'load'
    group by source_key
)
select source_id, label, label_key, outlet, language, site, status, true as is_listed
from listed
union all by name
select
    case when label_key = '' then 'unknown' else 'unlisted-' || left(sha256(label_key), 8) end as source_id,
    coalesce(label, '') as label,
    label_key,
    null as outlet,
    nullif(regexp_extract(label_key, '\(([a-z]{2})\)$', 1), '') as language,
    null as site,
    null as status,
    false as is_listed
from seen
anti join listed using (label_key)
order by source_id;
