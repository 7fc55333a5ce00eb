create table quality.run (
    run_id varchar not null,
    started_at timestamp with time zone not null,
    finished_at timestamp with time zone not null,
    verdict varchar not null,
    build_digest varchar not null,
    parser_version integer not null,
    origins varchar[] not null,
    offered_count bigint not null,
    new_page_count bigint not null,
    known_page_count bigint not null,
    skipped_count bigint not null,
    unreadable_count bigint not null,
    page_count bigint not null,
    loaded_page_count bigint not null,
    quarantined_page_count bigint not null,
    rejected_page_count bigint not null,
    article_count bigint not null,
    sidebar_entry_count bigint not null,
    failed_rule_count bigint not null
);

comment on table quality.run is 'Runs of the pipeline whose checks ended, up to the one that published this version, one row per run; the oldest are forgotten beyond KCNA_KEEP_RUNS.';
comment on column quality.run.run_id is 'Key: the run''s id in Dagster.';
comment on column quality.run.started_at is 'When the run began.';
comment on column quality.run.finished_at is 'When its checks were done.';
comment on column quality.run.verdict is 'passed (no blocking rule failed) or blocked (one did, so nothing was published).';
comment on column quality.run.build_digest is 'Digest of raw pages and code; equal digests give equal content.';
comment on column quality.run.parser_version is 'Version of the page parser; 0 for runs before it was recorded.';
comment on column quality.run.origins is 'What the run was told to read.';
comment on column quality.run.offered_count is 'Files that the run was offered.';
comment on column quality.run.new_page_count is 'Pages among them that were not stored before.';
comment on column quality.run.known_page_count is 'Files whose bytes were stored already.';
comment on column quality.run.skipped_count is 'Files skipped, each with its reason in quality.origin_file.';
comment on column quality.run.unreadable_count is 'Files that could not be read.';
comment on column quality.run.page_count is 'Distinct pages in the warehouse that the run built.';
comment on column quality.run.loaded_page_count is 'Loaded pages among them.';
comment on column quality.run.quarantined_page_count is 'Pages in quarantine among them.';
comment on column quality.run.rejected_page_count is 'Rejected pages among them.';
comment on column quality.run.article_count is 'Distinct articles in it.';
comment on column quality.run.sidebar_entry_count is 'Distinct sidebar entries in it.';
comment on column quality.run.failed_rule_count is 'Rules that failed or could not be evaluated, of every severity.';

insert into quality.run by name
select * from history.run
order by started_at, run_id;
