create table quality.rule_violation (
    suite varchar not null,
    rule_id varchar not null,
    key varchar not null
);

comment on table quality.rule_violation is 'Rows that broke a rule in this version, one row per rule and failing row, at most 1,000 for a rule.';
comment on column quality.rule_violation.suite is 'The suite, named like its table.';
comment on column quality.rule_violation.rule_id is 'The rule, see quality.rule_result.';
comment on column quality.rule_violation.key is 'Key of the failing row in its table; a JSON object where the key has several columns.';

insert into quality.rule_violation
select suite, rule_id, key
from history.rule_violation
order by suite, rule_id, key;
