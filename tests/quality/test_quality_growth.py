"""Rules on parsed tables that grew are judged on the new packs; the counts are those of the whole tables."""

import random
import shutil
from dataclasses import replace

import pytest

from benchmarks.corpus import corpus
from etl.quality import changes, gate, row_rules
from etl.quality.check import KEYS_PER_RULE
from etl.quality.growth import since_published
from etl.runs import RunStore
from etl.stages import CleanStore, ParsedStore, stage_database
from etl.warehouse import increment
from etl.warehouse.build import build
from tests import support

PAGES = [support.offer(content, f"{number:03}.txt") for number, content in enumerate(corpus(240))]


@pytest.fixture
def load(settings, monkeypatch):
    """Parse these pages as well and check the parsed tables, as the run of that name; returns the reports."""
    monkeypatch.setattr(increment, "LARGEST_SHARE", 1.0)
    monkeypatch.setattr(changes, "FEWEST_ROWS", 0)
    monkeypatch.setattr(gate.data_docs, "store", lambda *_: None)
    monkeypatch.setattr(gate.data_docs, "build", lambda *_: None)

    def check(run_id, pages):
        support.add(settings, pages)
        ParsedStore(settings.paths()).update()
        reports = gate.check_parsed(settings, gate.parsed_suites())
        gate.record_parsed(settings, run_id, reports)
        return reports

    return check


@pytest.fixture
def publish(settings):
    """Build and publish what was checked by that run."""

    def publish_run(run_id):
        CleanStore(settings.paths()).update()
        build(settings, settings.paths().work_file)
        gate.record_warehouse(settings, run_id, [])
        return gate.publish_checked(settings, RunStore(settings.paths()).load(run_id))

    return publish_run


def is_told_from_parts(report):
    return "judged" in report.validation["meta"]["batch_markers"]


def is_as_on_all_rows(settings, report):
    with stage_database(settings.paths(), "800MB", 1) as con:
        results = row_rules.evaluate(con, report.suite)
        failing = [result.rule_id for result in results if result.rows_failed]
        violations = row_rules.find_violations(con, report.suite, only=failing, limit=KEYS_PER_RULE)
    return (report.results, report.violations.rows()) == (results, violations.rows())


def test_loads_are_judged_on_their_own_packs_as_on_all_rows(settings, load, publish):
    pages = PAGES[:]
    random.Random(1).shuffle(pages)
    assert not any(map(is_told_from_parts, load("first", pages[:150])))
    publish("first")

    failed = []
    for run_id, start, end in (("second", 150, 200), ("third", 200, 240)):
        reports = load(run_id, pages[start:end])
        assert all(map(is_told_from_parts, reports))
        assert all(is_as_on_all_rows(settings, report) for report in reports)
        failed.append(sum(result.rows_failed for report in reports for result in report.results))
        publish(run_id)
    assert 0 < failed[0] < failed[1]


def test_a_load_of_nothing_new_tells_what_is_known(settings, load, publish):
    load("first", PAGES[:60])
    publish("first")

    reports = load("second", [])

    assert all(map(is_told_from_parts, reports))
    assert all(is_as_on_all_rows(settings, report) for report in reports)


@pytest.mark.parametrize("reason", ["nothing published", "pack gone", "page in two packs", "other code", "few rows"])
def test_all_rows_are_judged_where_the_numbers_before_say_nothing(reason, settings, load, publish, monkeypatch):
    load("first", PAGES[:40])
    if reason != "nothing published":
        publish("first")
    clean = CleanStore(settings.paths())
    if reason == "pack gone":
        noted = clean.published()
        monkeypatch.setattr(CleanStore, "published", lambda _: replace(noted, packs=(*noted.packs, "another")))
    elif reason == "page in two packs":
        (part,) = clean.parsed.packs()
        twice = {table: replace(record, name=f"again-{record.name}") for table, record in part.items()}
        for table, record in twice.items():
            shutil.copyfile(clean.parsed.folder / part[table].name, clean.parsed.folder / record.name)
        monkeypatch.setattr(ParsedStore, "packs", lambda _: [part, twice])
    elif reason == "other code":
        monkeypatch.setattr("etl.stages.clean.code_digest", lambda: "other")
    elif reason == "few rows":
        monkeypatch.setattr(changes, "FEWEST_ROWS", 10**9)

    with stage_database(settings.paths(), "800MB", 1) as con, since_published(settings, con) as growth:
        found = [growth.check(suite) for suite in gate.parsed_suites()] if growth else []

    assert (growth is None) == (reason != "few rows")
    assert not any(map(is_told_from_parts, found))
