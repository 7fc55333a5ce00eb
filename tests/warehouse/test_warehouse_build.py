"""The private warehouse file: built from the clean tables alone, with sums that agree."""

import ast
import json
import os
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from etl.files import DamagedFileError
from etl.runs import RunRecord, RunStore
from etl.settings import Settings
from etl.stages import CleanStore
from etl.warehouse import build, catalog
from tests import support
from tests.support import PUBLISHED_AT, block, broken_page, offer, offers, page, rows

EXPECTED = json.loads((Path(__file__).parent.parent / "sample_pages_expected.json").read_text(encoding="utf-8"))


def counts(path, query):
    return dict(rows(path, query))


def test_the_sample_pages_give_what_was_written_into_them(published):
    totals, path = EXPECTED["totals"], published.paths().warehouse

    assert counts(path, "select outcome, count(*) from quality.page_outcome group by 1") == totals["by_outcome"]
    assert (
        counts(path, "select reason, count(*) from quality.page_outcome where reason is not null group by 1")
        == totals["by_reason"]
    )
    assert rows(
        path,
        "select (select count(*) from core.fact_article_version), (select count(*) from core.fact_sidebar_entry), "
        "(select count(*) from core.fact_sidebar_appearance)",
    ) == [
        (
            totals["loaded"]["article_versions"],
            totals["loaded"]["sidebar_entries"],
            totals["loaded"]["sidebar_blocks_distinct_per_page"],
        )
    ]


def test_every_sample_file_is_accounted_for(published):
    totals = EXPECTED["totals"]
    found = counts(published.paths().warehouse, "select outcome, count(*) from quality.origin_file group by 1")

    assert found == {
        "page": totals["distinct_pages"],
        "duplicate": totals["copies"],
        "skipped": len(EXPECTED["other_files"]),
    }


def test_the_sums_of_the_sample_pages_agree(published):
    differing = "select identity, left_count, right_count from quality.accounting where left_count <> right_count"

    assert rows(published.paths().warehouse, differing) == []
    assert rows(published.paths().warehouse, "select count(*) > 5 from quality.accounting") == [(True,)]


def test_good_pages_load_beside_a_broken_one_which_says_why(settings):
    good = [page(title=title) for title in ("One", "Two")]

    work_file = support.build_warehouse(settings, offers(*good, broken_page()))

    found = rows(work_file, "select outcome, reason, reason_sentence from quality.page_outcome order by 1")
    assert found[:2] == [("load", None, None)] * 2
    assert found[2][:2] == ("quarantine", "missing_title")
    assert found[2][2].endswith(".")


def test_a_build_without_a_single_page_works(settings):
    work_file = support.build_warehouse(settings)

    assert rows(work_file, "select count(*) from core.fact_page") == [(0,)]
    assert rows(work_file, "select count(*) from core.dim_date") == [(38716,)]


def test_a_build_again_replaces_what_an_earlier_one_left(settings):
    work_file = support.build_warehouse(settings, offers(page(block())))
    before = support.fingerprint(work_file)
    log = work_file.with_name(work_file.name + ".wal")
    work_file.write_bytes(b"half a file")
    log.write_bytes(b"half a log")

    support.build_warehouse(settings)

    assert support.fingerprint(work_file) == before
    assert not log.exists()


def test_a_file_holds_nothing_but_its_own_tables(settings):
    work_file = support.build_warehouse(settings, offers(page()))

    found = rows(work_file, "select schema_name || '.' || table_name from duckdb_tables()")
    assert {table for (table,) in found} == set(catalog.BUILD_ORDER)
    assert rows(work_file, "select count(*) from duckdb_views() where not internal") == [(0,)]


def test_damaged_clean_tables_are_never_built_from(settings):
    support.build_warehouse(settings, offers(page()))
    (path,) = CleanStore(settings.paths()).paths("page")
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(DamagedFileError):
        build.build(settings, settings.paths().work_file)


def test_row_counts_are_those_of_the_tables_there_are(settings):
    work_file = support.build_warehouse(settings, offers(page(block()), page(title="Two")))

    with support.opened(work_file) as con:
        found = build.row_counts(con)

    assert set(found) == set(catalog.BUILD_ORDER)  # run records come later
    assert (found["core.fact_page"], found["core.fact_sidebar_entry"]) == (2, 1)


def test_run_records_can_be_written_again(settings):
    work_file = support.build_warehouse(settings, offers(page()))
    started_at = PUBLISHED_AT.isoformat()
    record = RunRecord("a run", started_at, verdict="passed", finished_at=started_at)
    history = RunStore(settings.paths()).history(record)

    build.record(settings, work_file, history)
    build.record(settings, work_file, history)

    assert rows(work_file, "select run_id, verdict, started_at = finished_at from quality.run") == [
        ("a run", "passed", True)
    ]


def test_a_loader_downloads_nothing(tmp_path, settings):
    with build.connect_work_file(tmp_path / "file.duckdb", settings) as con:
        names = ("autoinstall_known_extensions", "autoload_known_extensions")
        found = [con.execute("select current_setting(?)", [name]).fetchone()[0] for name in names]

    assert found == [False, False]


@pytest.mark.parametrize("threads", [1, 4])
def test_the_number_of_threads_changes_nothing(threads, settings, published):
    from etl.fetch.origin import read_origin
    from etl.settings import sample_pages

    settings.threads = threads
    work_file = support.build_warehouse(settings, read_origin(str(sample_pages()), settings))

    assert support.fingerprint(work_file) == support.fingerprint(published.paths().warehouse)


@pytest.mark.parametrize("threads", [1, 4])
def test_a_table_is_loaded_when_those_that_its_sql_reads_are_there(threads, settings, monkeypatch):
    loaded = set()
    early = []
    load_table = build._load_table

    def load(con, table):
        needed = {source for source in catalog.sources(table) if source in catalog.BUILD_ORDER}
        early.extend((table, source) for source in needed - loaded)
        load_table(con, table)
        loaded.add(table)

    monkeypatch.setattr(build, "_load_table", load)
    settings.threads = threads
    support.build_warehouse(settings)

    assert loaded == set(catalog.BUILD_ORDER)
    assert early == []


def test_a_table_that_cannot_be_loaded_stops_the_build_and_the_load_of_others(settings, monkeypatch):
    begun = threading.Event()
    load_table = build._load_table

    def load(con, table):
        if table == "core.fact_mention":
            begun.set()
            con.execute("select sum(a.range * b.range) from range(100000000) as a, range(100000000) as b").fetchall()
        elif table == "core.fact_article_topic":
            assert begun.wait(60)
            time.sleep(0.5)  # until the other statement runs
            raise OSError("the disk is full")
        else:
            load_table(con, table)

    settings.threads = 2
    with monkeypatch.context() as patch:
        patch.setattr(build, "_load_table", load)
        with pytest.raises(OSError, match="the disk is full"):
            support.build_warehouse(settings, offers(page()))

    assert not settings.paths().work_file.exists()
    assert rows(support.build_warehouse(settings), "select count(*) from core.fact_article") == [(1,)]


def test_another_hash_seed_time_zone_and_locale_change_nothing(published, tmp_path):
    code = """
import sys
from pathlib import Path
from etl.fetch.origin import read_origin
from etl.settings import Settings, sample_pages
from tests import support
settings = Settings(home=Path(sys.argv[1]))
print(support.fingerprint(support.build_warehouse(settings, read_origin(str(sample_pages()), settings))))
"""
    elsewhere = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "POLARS_MAX_THREADS": "1"}

    result = support.run_python(code, tmp_path / "home", cwd=support.PROJECT, env=os.environ | elsewhere)

    assert result.returncode == 0, result.stderr
    assert ast.literal_eval(result.stdout) == support.fingerprint(published.paths().warehouse)


@pytest.mark.parametrize(
    ("table", "added"),
    [
        ("core.fact_page", 1),
        ("core.fact_article", 1),
        ("core.fact_article_version", 1),
        ("core.fact_sidebar_entry", 1),
        ("core.fact_sidebar_appearance", 1),
        ("quality.page_outcome", 1),
        ("quality.origin_file", 1),
    ],
)
def test_one_more_page_adds_its_own_rows_and_changes_no_other(table, added, grown):
    before, after = (set(rows(path, f"select to_json(t)::varchar from {table} as t")) for path in grown)

    assert before < after
    assert len(after - before) == added


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A warehouse, and the same with one more page."""
    settings = Settings(home=tmp_path_factory.mktemp("grown"))
    first = support.publish_warehouse(settings, offers(page(block("One")), page(block("Two"), title="Second")))
    more = offer(page(block("Three"), title="Third", published=date(2024, 9, 17)), "more.txt")
    return first, support.publish_warehouse(settings, [more], PUBLISHED_AT + timedelta(days=1))


def test_the_content_can_be_read_by_plain_duckdb(published):
    with duckdb.connect(str(published.paths().warehouse), read_only=True) as con:
        assert con.execute("select count(*) from core.fact_article").fetchone()[0] > 0
