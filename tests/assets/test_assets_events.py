"""What a run tells Dagster: counts and previews, page text only where it is shown as text, and every rule's verdict."""

from types import SimpleNamespace

import dagster as dg
import pytest

from etl.quality.suite import load_suites
from etl.settings import project_folder
from tests.canaries import CANARIES
from tests.support import rows

PLAIN = (dg.TextMetadataValue, dg.JsonMetadataValue, dg.TableMetadataValue)
"""Kinds of metadata that the UI shows as text."""
SIGN = "canary"


def events_of(run):
    """The events of a run, read as the UI reads them."""
    with dg.DagsterInstance.from_config(str(run.settings.paths().dagster)) as instance:
        return [entry for entry in instance.all_logs(run.record.run_id) if entry.dagster_event]


@pytest.fixture(scope="module")
def sample_events(sample_run):
    return events_of(sample_run)


@pytest.fixture(scope="module")
def canary_events(canary_run):
    assert canary_run.exit_code == 0, canary_run.output
    return events_of(canary_run)


def materializations(events):
    return [entry.dagster_event.step_materialization_data.materialization for entry in _of(events, "MATERIALIZATION")]


def evaluations(events):
    return [entry.dagster_event.event_specific_data for entry in _of(events, "CHECK_EVALUATION")]


def _of(events, kind):
    wanted = {
        "MATERIALIZATION": dg.DagsterEventType.ASSET_MATERIALIZATION,
        "CHECK_EVALUATION": dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    }[kind]
    return [entry for entry in events if entry.dagster_event.event_type == wanted]


def all_metadata(events):
    """Every value of metadata that the run stored, with where it stands."""
    for each in materializations(events):
        yield from ((f"{each.asset_key.to_user_string()}: {name}", value) for name, value in each.metadata.items())
    for each in evaluations(events):
        yield from ((f"{each.check_name}: {name}", value) for name, value in each.metadata.items())


def test_every_asset_is_materialized_once(sample_events):
    from etl.definitions import defs

    keys = [each.asset_key for each in materializations(sample_events)]

    assert set(keys) == set(defs.resolve_asset_graph().get_all_asset_keys())
    assert len(keys) == len(set(keys))


def test_row_counts_are_those_of_the_published_tables(sample_run, sample_events):
    for each in materializations(sample_events):
        table = ".".join(each.asset_key.path)
        if table.startswith(("core.", "marts.")):
            count = rows(sample_run.settings.paths().warehouse, f"select count(*) from {table}")[0][0]
            assert each.metadata["dagster/row_count"].value == count, table


def test_every_rule_has_a_verdict_with_its_counts_and_blocks_where_it_must(sample_run, sample_events):
    rules = {
        rule.rule_id: rule for suite in load_suites(project_folder("expectations")).values() for rule in suite.rules
    }
    recorded = {row["rule_id"]: row for row in sample_run.record.rule_results}
    found = {each.check_name: each for each in evaluations(sample_events)}

    assert set(found) == set(rules) == set(recorded)
    for rule_id, each in found.items():
        assert each.passed == recorded[rule_id]["success"], rule_id
        assert each.blocking == rules[rule_id].blocking
        assert each.metadata["rows_failed"].value == recorded[rule_id]["rows_failed"]
        assert each.metadata["rows_checked"].value == recorded[rule_id]["rows_checked"]


def test_a_failed_check_names_the_keys_of_the_failing_rows(sample_events):
    failed = [each for each in evaluations(sample_events) if each.metadata["rows_failed"].value]

    assert failed
    for each in failed:
        shown = [record.data["key"] for record in each.metadata["failing_keys"].records]
        assert len(shown) == min(20, each.metadata["rows_failed"].value)


@pytest.mark.parametrize("which", ["sample_events", "canary_events"])
def test_no_metadata_is_markdown(which, request):
    found = [place for place, value in all_metadata(request.getfixturevalue(which)) if _is_markdown(value)]

    assert found == []


def _is_markdown(value):
    return isinstance(value, dg.MarkdownMetadataValue)


def test_page_text_stands_only_where_it_is_shown_as_text(canary_events):
    holding = [(place, value) for place, value in all_metadata(canary_events) if SIGN in str(value)]

    assert [place for place, value in holding if not isinstance(value, PLAIN)] == []
    assert {place.split(":")[0] for place, _ in holding} >= {"parsed/page", "core/fact_article"}  # the previews


def test_page_text_is_in_no_message_description_or_tag(canary_events):
    for entry in canary_events:
        assert SIGN not in (entry.message or ""), entry.message
    for each in materializations(canary_events):
        assert SIGN not in str(each.description)
        assert SIGN not in str(each.tags)
    for each in evaluations(canary_events):
        assert SIGN not in str(each.description)


def test_previews_cut_long_texts(canary_events, sample_events):
    previews = [value for place, value in all_metadata(canary_events + sample_events) if place.endswith(": preview")]
    cells = [cell for value in previews for record in value.records for cell in record.data.values()]

    assert max(len(cell) for cell in cells if isinstance(cell, str)) == 80
    assert max(len(value.records) for value in previews) == 5


def test_no_path_below_the_home_is_made_of_page_text(canary_run):
    assert [path for path in canary_run.settings.home.rglob("*") if SIGN in path.name] == []


def test_every_canary_was_loaded_word_for_word(canary_run):
    titles = {title for (title,) in rows(canary_run.settings.paths().warehouse, "select title from core.fact_article")}

    assert titles == {f"{canary} titled" for canary in CANARIES.values()}


def test_the_log_of_a_run_started_in_dagster_tells_of_the_progress():
    from etl.assets.progress import LogReporter

    lines = []
    reporter = LogReporter(SimpleNamespace(info=lines.append))
    reporter.begin("parse", 25_000)
    for _ in range(25):
        reporter.advance("parse", 1_000)
    reporter.end("parse")

    assert lines == [
        "parse: 25,000 to do",
        "parse: 10,000 done",
        "parse: 20,000 done",
        "parse: finished, 25,000 done",
    ]
