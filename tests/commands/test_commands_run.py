"""`kcna run` as a whole: what is published, what is not, and what people are told."""

import contextlib
import json
import os
import shutil
from pathlib import Path

import dagster as dg
import pytest

from etl import settings as settings_module
from etl import stages
from etl.assets.raw import raw_page
from etl.assets.resources import Warehouse
from etl.commands import pipeline
from etl.fetch.raw_store import RawStore
from etl.runs import RunStore
from etl.settings import project_folder
from etl.warehouse import lock
from etl.warehouse.publish import published_version
from tests import support
from tests.support import page, rows, run_kcna

TOTALS = json.loads((Path(__file__).parent.parent / "sample_pages_expected.json").read_text(encoding="utf-8"))["totals"]
IMPOSSIBLE = "dim_date_complete"


def files_below(folder):
    """Every file below a folder with its bytes; links by what they lead to."""
    return {
        path.relative_to(folder): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def summary_counts(output):
    """The counts of the summary by their names: the rows below the heading `count`, up to the next table."""
    lines = output.split("rule that failed")[0].splitlines()
    heading = [line.strip() for line in lines].index("count")
    found = [line.rsplit(maxsplit=1) for line in lines[heading + 2 :]]
    return {line[0].strip(): int(line[1].replace(",", "")) for line in found if line[1].replace(",", "").isdigit()}


def failed_rules(output):
    """The numbers in the table of failed rules, in order."""
    table = output.split("rule that failed")[1].split("warehouse ")[0]
    return [int(word) for word in table.split() if word.isdigit()]


def test_the_sample_pages_are_published_and_the_summary_says_what_became_of_them(sample_run):
    assert sample_run.exit_code == 0

    found = summary_counts(sample_run.output)

    by_outcome = TOTALS["by_outcome"]
    assert found["files offered"] == TOTALS["files"] + 2
    assert found["new pages"] == found["pages in the warehouse"] == TOTALS["distinct_pages"]
    assert found["skipped"] == 2
    assert (found["loaded"], found["in quarantine"], found["rejected"]) == (
        by_outcome["load"],
        by_outcome["quarantine"],
        by_outcome["reject"],
    )
    assert {reason: found[reason] for reason in TOTALS["by_reason"]} == TOTALS["by_reason"]
    assert found["distinct sidebar entries"] == TOTALS["loaded"]["sidebar_entries"]


def test_a_run_leaves_a_link_a_report_and_a_record(sample_run):
    home = sample_run.settings.paths()

    assert published_version(home.warehouse).name in sample_run.output
    assert str(home.report) in sample_run.output
    assert home.report.exists()
    assert not home.work_file.exists()
    assert (sample_run.record.verdict, sample_run.record.version) == ("passed", home.warehouse.resolve().name)


def test_the_run_stands_in_the_published_tables(sample_run):
    path, record = sample_run.settings.paths().warehouse, sample_run.record

    assert rows(path, "select run_id, verdict, loaded_page_count from quality.run") == [
        (record.run_id, "passed", TOTALS["by_outcome"]["load"])
    ]
    ((results, rules),) = rows(path, "select count(*), count(distinct rule_id) from quality.rule_result")
    assert results == rules == len(record.rule_results) > 50
    orphans = "select rule_id from quality.rule_violation anti join quality.rule_result using (suite, rule_id)"
    assert rows(path, orphans) == []


def test_both_ways_of_building_give_the_same_content(sample_run, published):
    with_dagster, without = (each.paths().warehouse for each in (sample_run.settings, published))

    assert support.fingerprint(with_dagster) == support.fingerprint(without)


def test_broken_pages_among_good_ones_have_a_reason_in_a_sentence(sample_run):
    refused = rows(
        sample_run.settings.paths().warehouse,
        "select reason, reason_sentence from quality.page_outcome where outcome <> 'load'",
    )

    assert len(refused) == TOTALS["distinct_pages"] - TOTALS["by_outcome"]["load"]
    assert all(sentence.endswith(".") and sentence[0].isupper() for _, sentence in refused)


@pytest.fixture(scope="module")
def second_run(sample_run, tmp_path_factory):
    """The same run again, on a terminal of 40 columns."""
    home = tmp_path_factory.mktemp("again") / "home"
    shutil.copytree(sample_run.settings.home, home, symlinks=True)
    return run_kcna(home, columns=40)


def test_the_same_run_again_adds_nothing_and_leaves_every_published_byte(sample_run, second_run):
    before, after = (files_below(run.settings.home) for run in (sample_run, second_run))
    kept = ("raw", "stages", "versions", "kcna.duckdb")

    assert second_run.exit_code == 0
    assert {path: after.get(path) for path in before if path.parts[0] in kept} == {
        path: content for path, content in before.items() if path.parts[0] in kept
    }
    added = {path.parts[:2] if path.parts[0] == "report" else path.parts[:1] for path in set(after) - set(before)}
    assert added <= {("runs",), ("dagster",), ("report", "data-docs")}  # what is known of a run by itself


def test_the_same_run_again_says_that_nothing_is_new(second_run):
    found = summary_counts(second_run.output)

    assert found["new pages"] == 0
    assert found["known or repeated pages"] == TOTALS["files"]
    assert "unchanged:" in second_run.output
    assert second_run.record.version == "unchanged"


def test_a_narrow_terminal_loses_no_number(sample_run, second_run):
    assert max(map(len, second_run.output.splitlines())) <= 40

    wide, narrow = summary_counts(sample_run.output), summary_counts(second_run.output)

    fetched = {"files offered", "new pages", "known or repeated pages", "skipped", "unreadable"}
    assert set(wide) == set(narrow) > fetched
    assert {name: narrow[name] for name in wide if name not in fetched} == {
        name: wide[name] for name in wide if name not in fetched
    }
    assert failed_rules(second_run.output) == failed_rules(sample_run.output) != []


@contextlib.contextmanager
def impossible_rule(project):
    """A copy of the rules in which a blocking rule cannot hold: the calendar is to have one day."""
    for folder in ("sql", "expectations"):
        shutil.copytree(project_folder(folder), project / folder)
    path = project / "expectations" / "core_dim_date.json"
    suite = json.loads(path.read_text(encoding="utf-8"))
    (rule,) = [each for each in suite["expectations"] if each["meta"]["rule_id"] == IMPOSSIBLE]
    assert rule["meta"]["blocking"]
    rule["kwargs"] = {"min_value": 1, "max_value": 1}
    path.write_text(json.dumps(suite), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings_module, "PACKAGE_FOLDER", project / "etl")
        stages.code_digest.cache_clear()
        yield
    stages.code_digest.cache_clear()


@pytest.fixture(scope="module")
def blocked_run(sample_run, tmp_path_factory):
    """A run with a new page that an impossible rule blocks, and the files of its home before and after."""
    folder = tmp_path_factory.mktemp("blocked")
    shutil.copytree(sample_run.settings.home, folder / "home", symlinks=True)
    before = files_below(folder / "home")
    (folder / "new.txt").write_bytes(page(title="New"))
    with impossible_rule(folder / "project"):
        run = run_kcna(folder / "home", folder / "new.txt")
    return run, before, files_below(folder / "home")


def test_a_blocked_run_leaves_the_published_version_and_its_bytes_alone(blocked_run):
    run, *files = blocked_run

    before, after = (
        {path: content for path, content in each.items() if path.parts[0] in ("versions", "kcna.duckdb")}
        for each in files
    )
    assert run.exit_code == 1
    assert before == after
    assert len(before) == 3  # the version, its manifest and the link


def test_a_blocked_run_names_the_rule_on_the_terminal_and_on_top_of_the_report(blocked_run):
    run, _, after = blocked_run

    assert "Not published: a blocking rule failed." in run.output
    assert failed_rules(run.output) == [0]  # a rule about the table as a whole has no failing rows
    assert IMPOSSIBLE in run.output
    report = after[Path("report/index.html")].decode()
    assert "Blocked: not published" in report
    assert IMPOSSIBLE in report.split("<h2>")[0]


def test_a_blocked_run_loses_no_page_and_stands_in_the_history_of_the_next(blocked_run):
    run, _, after = blocked_run
    assert json.loads(after[Path(f"runs/{run.record.run_id}.json")])["version"] is None

    mended = run_kcna(run.settings.home)

    path = mended.settings.paths().warehouse
    assert mended.exit_code == 0
    assert rows(path, "select count(*) from core.fact_article where title = 'New'") == [(1,)]
    assert rows(path, "select verdict from quality.run order by started_at") == [
        ("passed",),
        ("blocked",),
        ("passed",),
    ]


def test_a_folder_without_any_page_is_blocked_and_publishes_nothing(tmp_path):
    (tmp_path / "empty").mkdir()

    run = run_kcna(tmp_path / "home", tmp_path / "empty")

    assert run.exit_code == 1
    assert "page_rows_present" in run.output
    assert "nothing is published yet" in run.output
    assert not run.settings.paths().warehouse.exists()
    assert "Blocked: not published" in run.settings.paths().report.read_text(encoding="utf-8")


def test_a_damaged_stage_is_made_again_from_raw(copied_run):
    part = next(copied_run.settings.paths().parsed.glob("*-page.parquet"))
    whole = part.read_bytes()
    part.write_bytes(whole[:-1])

    run = run_kcna(copied_run.settings.home)

    assert run.exit_code == 0
    assert part.read_bytes() == whole


def test_a_damaged_raw_pack_ends_the_run_with_the_name_of_the_file(copied_run):
    pack = next(copied_run.settings.paths().raw.glob("pages-*.parquet"))
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes()[:-1])

    run = run_kcna(copied_run.settings.home)

    assert run.exit_code == 2
    assert str(pack) in run.output
    assert "The published warehouse is unchanged." in run.output
    assert "Traceback" not in run.output


def test_a_failure_after_the_publication_does_not_claim_that_nothing_changed(settings, monkeypatch):
    def publish_and_fail(settings, _):
        version = support.publish_warehouse(settings, support.offers(page()))
        record = RunStore(settings.paths()).begin("a run", [])
        record.verdict, record.version = "passed", version.name
        RunStore(settings.paths()).save(record)
        return record.run_id, "the report cannot be written"

    monkeypatch.setattr(pipeline, "fetch_and_build", publish_and_fail)
    run = run_kcna(settings.home)

    assert run.exit_code == 2
    assert "the report cannot be written" in run.output
    assert "unchanged" not in run.output


def test_a_folder_whose_own_name_is_no_utf8_can_be_loaded(tmp_path):
    folder = tmp_path / os.fsdecode(b"pages \xff")
    folder.mkdir()
    (folder / "page.txt").write_bytes(page())
    resource = Warehouse(home=str(tmp_path / "home"))

    result = dg.materialize(
        [raw_page],
        resources={"warehouse": resource},
        run_config={"ops": {"raw__page": {"config": {"origins": [str(folder)]}}}},
    )
    lock.release(resource.settings.paths())

    assert result.success
    assert resource.record(result.run_id).origins == [f"{tmp_path}/pages \\xff"]
    assert RawStore(resource.settings.paths().raw).offers().collect()["url"].to_list() == [
        f"file://{tmp_path}/pages%20%FF/page.txt"
    ]


def test_a_run_that_is_interrupted_does_not_look_like_a_blocked_one(settings, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "fetch_and_build", interrupt)

    assert run_kcna(settings.home).exit_code not in (0, 1)


def test_the_message_of_a_failed_step_cannot_steer_the_terminal(settings, monkeypatch):
    def fail(settings, _):
        return RunStore(settings.paths()).begin("a run", []).run_id, "could not convert '\x1b[31mtitle\u202e' to a date"

    monkeypatch.setattr(pipeline, "fetch_and_build", fail)
    run = run_kcna(settings.home)

    assert run.exit_code == 2
    assert "could not convert" in run.output
    assert [sign for sign in ("\x1b", "\u202e") if sign in run.output] == []


def test_a_run_beside_another_stops_and_says_who_is_writing(tmp_path):
    from tests.warehouse.test_warehouse_lock import HOLD

    with support.python_process(HOLD, tmp_path / "home") as other:
        run = run_kcna(tmp_path / "home")

    assert run.exit_code == 2
    assert f"another run is writing here (process {other.pid})" in " ".join(run.output.split())
    assert not (tmp_path / "home" / "raw").exists()


def test_a_missing_origin_is_named_before_anything_is_written(tmp_path):
    run = run_kcna(tmp_path / "home", tmp_path / "nowhere")

    assert run.exit_code == 2
    assert f"kcna: {tmp_path}/nowhere: no such file or folder" in run.output
    assert not (tmp_path / "home").exists()
