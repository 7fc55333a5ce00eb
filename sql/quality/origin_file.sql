create table quality.origin_file (
    origin_file_id varchar not null,
    origin varchar not null,
    url varchar not null,
    name varchar not null,
    outcome varchar not null,
    reason varchar,
    reason_sentence varchar,
    page_sha256 varchar,
    byte_count bigint,
    address varchar,
    retrieved_at timestamp with time zone,
    ingested_at timestamp with time zone
);

comment on table quality.origin_file is 'Every file ever offered, one row per file and content: which page it was, or why it gave none.';
comment on column quality.origin_file.origin_file_id is 'Key: hash of origin, address, outcome, reason and page.';
comment on column quality.origin_file.origin is 'The place that offered it, as an address.';
comment on column quality.origin_file.url is 'Address of the file; bytes of its name that are not UTF-8 are percent-encoded.';
comment on column quality.origin_file.name is 'Name of the file in its origin.';
comment on column quality.origin_file.outcome is 'page, duplicate (the same bytes stand under another name), skipped or unreadable.';
comment on column quality.origin_file.reason is 'Code of the reason why it gave no page; null otherwise.';
comment on column quality.origin_file.reason_sentence is 'The reason as a sentence.';
comment on column quality.origin_file.page_sha256 is 'The page with these bytes, see core.fact_page; null where none was read.';
comment on column quality.origin_file.byte_count is 'Size in bytes; null where it is not known.';
comment on column quality.origin_file.address is 'Web address that the page was taken from; null where the origin does not know it.';
comment on column quality.origin_file.retrieved_at is 'When it was taken from there; null where the origin does not know.';
comment on column quality.origin_file.ingested_at is 'When KCNA Watch took the item in, by the Unix time that its address begins with; for items years older it is the time of an import. Null for other addresses.';

insert into quality.origin_file
select
    left(
        sha256(to_json([file.origin, file.url, file.outcome, coalesce(file.reason, ''), coalesce(file.page_sha256, '')])::varchar), 32
    ),
    file.origin,
    file.url,
    file.name,
    file.outcome,
    file.reason,
    reason.sentence,
    file.page_sha256,
    file.byte_count,
    file.address,
    file.retrieved_at,
    to_timestamp(
        try_cast(regexp_extract(file.address, '^https?://(?:www\.)?kcnawatch\.[a-z]+/newstream/(\d{9,11})-', 1) as bigint)
    )
from clean.origin_file as file
left join reference.file_reason as reason on file.reason = reason.code
order by file.url, file.page_sha256;
