create table quality.rule_result (
    run_id varchar not null,
    suite varchar not null,
    rule_id varchar not null,
    table_name varchar not null,
    severity varchar not null,
    is_blocking boolean not null,
    action varchar not null,
    description varchar not null,
    rows_checked bigint,
    rows_failed bigint,
    success boolean not null,
    error varchar
);

comment on table quality.rule_result is 'Results of the rules in expectations/, one row per run and rule.';
comment on column quality.rule_result.run_id is 'The run, see quality.run; key together with the rule.';
comment on column quality.rule_result.suite is 'The suite, named like its table.';
comment on column quality.rule_result.rule_id is 'The rule''s stable name.';
comment on column quality.rule_result.table_name is 'The table that the rule is about.';
comment on column quality.rule_result.severity is 'critical, warning or info.';
comment on column quality.rule_result.is_blocking is 'Whether a failure stops the publication.';
comment on column quality.rule_result.action is 'What becomes of failing rows: quarantine, or report where they stay.';
comment on column quality.rule_result.description is 'What the rule demands.';
comment on column quality.rule_result.rows_checked is 'Rows in the rule''s scope; null where it could not be evaluated.';
comment on column quality.rule_result.rows_failed is 'Rows that broke the rule, 0 for a rule about the table as a whole; null where it could not be evaluated.';
comment on column quality.rule_result.success is 'Whether the rule held within its tolerance; false where it could not be evaluated.';
comment on column quality.rule_result.error is 'Why the rule could not be evaluated; null where it could.';

insert into quality.rule_result by name
select * from history.rule_result
order by run_id, suite, rule_id;
