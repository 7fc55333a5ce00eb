"""Every rule finds its defect: one seeded fault at a time in a database where all rules hold.

Any rule that fails besides those that the fault names fails the test.
"""

import pytest

from docs import build, rules
from etl.quality.row_rules import find_violations
from tests.expectations.defects import DEFECTS, RULES, SUITES, broken, seeded, sound_database, verdicts


@pytest.fixture(scope="module")
def con():
    with sound_database() as database:
        yield database


@pytest.fixture(scope="module")
def documented():
    return (build.FOLDER / "rules.md").read_text(encoding="utf-8").splitlines()


def test_without_a_fault_every_rule_holds(con):
    assert broken(verdicts(con)) == set()


@pytest.mark.parametrize("rule_id", DEFECTS)
def test_a_seeded_fault_is_found_by_its_rule_and_by_no_other_and_its_rows_are_named(rule_id, con, documented):
    rule = RULES[rule_id]
    with seeded(con, rule_id):
        results = verdicts(con)

        assert broken(results) == {rule_id} | DEFECTS[rule_id].also
        if rule.gives_keys:
            keys = find_violations(con, SUITES[rule.suite], only=[rule_id])
            assert keys.height == results[rule_id].rows_failed > 0
        assert rules.row(rule, DEFECTS[rule_id], results) in documented, f"stale: run `{build.COMMAND}`"


def test_every_rule_has_a_seeded_fault_and_every_fault_a_rule():
    assert set(DEFECTS) == set(RULES)


def test_every_rule_that_blocks_or_sends_to_quarantine_is_critical():
    serious = [rule for rule in RULES.values() if rule.blocking or rule.action == "quarantine"]

    assert [rule.rule_id for rule in serious if rule.severity != "critical"] == []
    assert len(serious) > 40


def test_every_reason_for_quarantine_is_on_the_list_of_reasons():
    from etl.parse.outcome import REASONS

    reasons = {rule.reason for rule in RULES.values() if rule.action == "quarantine"}

    assert {REASONS[reason].outcome for reason in reasons} == {"quarantine"}


def test_rules_send_only_parsed_rows_to_quarantine():
    from etl.prune.outcome import PAGE_TABLES

    tables = {rule.table for rule in RULES.values() if rule.action == "quarantine"}

    assert tables <= {*PAGE_TABLES, "parsed.sidebar_block"}


def test_every_rule_says_why_in_a_sentence():
    for rule in RULES.values():
        assert rule.why.endswith("."), rule.rule_id
        assert rule.description.endswith("."), rule.rule_id
