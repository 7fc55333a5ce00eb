"""Records of runs: stored whole, read back, and turned into the tables of run records."""

import json
from datetime import UTC, datetime

import pytest

from etl.files import DamagedFileError
from etl.runs import RESULT_SCHEMA, RUN_SCHEMA, VIOLATION_SCHEMA, RunRecord, RunStore

RESULT = {
    "suite": "core_dim_date",
    "rule_id": "dim_date_complete",
    "table_name": "core.dim_date",
    "severity": "critical",
    "is_blocking": True,
    "action": "report",
    "description": "All days are there.",
    "rows_checked": 3,
    "rows_failed": 1,
    "success": False,
    "error": None,
}
VIOLATION = {"suite": "core_dim_date", "rule_id": "dim_date_complete", "key": "2024-01-01"}


def record(run_id, day, verdict="passed", **fields):
    """A run that ended on a day of January 2026."""
    times = {"started_at": f"2026-01-{day:02}T10:00:00+00:00", "finished_at": f"2026-01-{day:02}T10:01:00+00:00"}
    return RunRecord(run_id, verdict=verdict, **(times | fields))


@pytest.fixture
def store(settings):
    return RunStore(settings.paths())


def test_a_record_is_read_back_as_it_was_stored(store):
    stored = record("a", 1, origins=["한글/pages"], counts={"page_count": 3}, rule_results=[RESULT])
    store.save(stored)

    assert store.load("a") == stored


def test_a_run_that_begins_is_on_disk_at_once(store):
    begun = store.begin("a", ["pages"])

    assert store.load("a") == begun
    assert (begun.verdict, begun.finished_at) == ("running", None)
    assert datetime.fromisoformat(begun.started_at).tzinfo is UTC


def test_a_part_of_the_pipeline_run_on_its_own_gets_a_record(store):
    assert store.load("unknown").run_id == "unknown"
    assert store.path("unknown").exists()


def test_records_come_oldest_first_and_the_latest_is_the_last(store):
    for run_id, day in (("b", 3), ("a", 2), ("c", 1)):
        store.save(record(run_id, day))

    assert [each.run_id for each in store.all()] == ["c", "a", "b"]
    assert store.latest().run_id == "b"


def test_without_runs_there_is_no_latest_and_nothing_is_created(store):
    assert store.latest() is None
    assert not store.folder.exists()


@pytest.mark.parametrize("content", [b"", b"no json", b"[]", b"{}", b'{"run_id": "a"}', b"\xff"])
def test_a_damaged_record_is_named_and_says_what_to_do(content, store):
    store.save(record("a", 1))
    store.path("a").write_bytes(content)

    with pytest.raises(DamagedFileError, match="move the file away") as raised:
        store.all()

    assert str(store.path("a")) in str(raised.value)


def test_a_record_of_an_older_version_is_read_with_defaults(store):
    store.save(record("a", 1, rule_results=[RESULT]))
    content = json.loads(store.path("a").read_text())
    del content["rule_results"][0]["action"]
    content["a field that is gone"] = 1
    store.path("a").write_text(json.dumps(content))

    assert store.load("a").rule_results[0]["action"] == "report"


def test_failed_rules_are_those_without_success(store):
    warning = RESULT | {"rule_id": "warning", "is_blocking": False}
    held = RESULT | {"rule_id": "held", "success": True}
    run = record("a", 1, rule_results=[RESULT, warning, held])

    assert [row["rule_id"] for row in run.failed_rules()] == ["dim_date_complete", "warning"]
    assert [row["rule_id"] for row in run.failed_rules(blocking_only=True)] == ["dim_date_complete"]


def test_the_history_holds_runs_whose_checks_ended_blocked_ones_included(store):
    store.save(record("blocked", 1, "blocked", rule_results=[RESULT], violations=[VIOLATION]))
    store.begin("killed", [])
    current = record("current", 2, rule_results=[RESULT | {"success": True, "rows_failed": 0}])
    store.save(current)

    history = store.history(current)

    assert dict(history["run"].select("run_id", "failed_rule_count").iter_rows()) == {"blocked": 1, "current": 0}
    assert history["rule_result"].select("run_id", "success").rows() == [("blocked", False), ("current", True)]
    assert history["rule_violation"].is_empty()  # violations are those of the current run's warehouse


def test_the_history_has_the_types_of_its_tables_even_without_rows(store):
    history = store.history(record("current", 1))

    assert history["run"].schema == RUN_SCHEMA
    assert history["rule_result"].schema == RESULT_SCHEMA
    assert history["rule_violation"].schema == VIOLATION_SCHEMA


def test_only_the_newest_runs_are_kept_and_only_the_newest_names_its_failing_keys(store):
    for day in range(1, 6):
        store.save(record(f"run {day}", day, rule_results=[RESULT], violations=[VIOLATION]))

    store.prune(3, "run 5")

    kept = store.all()
    assert [run.run_id for run in kept] == ["run 3", "run 4", "run 5"]
    assert [run.violations for run in kept] == [[], [], [VIOLATION]]
    assert [run.rule_results for run in kept] == [[RESULT]] * 3


def test_pruning_again_changes_nothing(store):
    for day in (1, 2):
        store.save(record(f"run {day}", day, violations=[VIOLATION]))
    store.prune(2, "run 2")
    before = {path.name: path.stat().st_mtime_ns for path in store.folder.iterdir()}

    store.prune(2, "run 2")

    assert {path.name: path.stat().st_mtime_ns for path in store.folder.iterdir()} == before


def test_the_current_run_keeps_its_record_and_its_failing_keys_whatever_the_clock_says(store):
    store.save(record("current", 1, violations=[VIOLATION]))
    store.save(record("with a later clock", 9, violations=[VIOLATION]))

    store.prune(1, "current")

    assert store.all() == [record("current", 1, violations=[VIOLATION])]


def test_a_failure_of_a_run_that_never_began_leaves_no_record(store):
    store.note_failure("busy", "another run is writing")

    assert store.all() == []


def test_a_failure_is_noted_with_its_error_and_only_while_the_run_is_unfinished(store):
    store.begin("a", [])
    store.save(record("b", 2))

    store.note_failure("a", "the disk is full")
    store.note_failure("b", "late")

    assert [(run.verdict, run.error) for run in store.all()] == [("passed", None), ("failed", "the disk is full")]
