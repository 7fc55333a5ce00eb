"""The stages between raw and the warehouse: rebuilt when they must be, only then, and never read when damaged."""

import contextlib
from pathlib import Path

import duckdb
import polars as pl
import pytest

from etl.files import DamagedFileError
from etl.parse.schema import SCHEMAS
from etl.quality.suite import suites_of
from etl.stages import (
    CLEAN_TABLES,
    CleanStore,
    ParsedStore,
    build_digest,
    clean,
    code_digest,
    digest,
    parsed,
    stage_database,
)
from etl.stages.database import memory_database, parsed_views
from etl.stages.spans import UNDATED
from tests import support

PAGES = [support.page(support.block(), title=title) for title in ("One", "Two", "Three")]


@pytest.fixture
def home(settings):
    return settings.paths()


@pytest.fixture
def three_pages(settings):
    """Three pages in the raw store, in packs of two."""
    settings.pack_pages = 2
    support.add(settings, support.offers(*PAGES))
    return settings


def flip_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def titles(home):
    return sorted(ParsedStore(home).table("page").collect()["title"])


def part_names(home):
    return {path.name for path in home.parsed.glob("*.parquet")}


def test_every_pack_is_parsed_once(three_pages, home):
    assert ParsedStore(home).update() == 3
    assert ParsedStore(home).update() == 0
    assert titles(home) == ["One", "Three", "Two"]


def test_only_new_packs_are_parsed_in_a_later_run(three_pages, home):
    ParsedStore(home).update()
    before = part_names(home)
    support.add(three_pages, [support.offer(support.page(title="Four"), "four.txt")])

    assert ParsedStore(home).update() == 1
    assert before < part_names(home)
    assert titles(home) == ["Four", "One", "Three", "Two"]


def test_a_new_parser_reads_every_page_again_and_its_parts_replace_the_old_ones(three_pages, home, monkeypatch):
    ParsedStore(home).update()
    before = part_names(home)
    monkeypatch.setattr(parsed, "PARSER_VERSION", parsed.PARSER_VERSION + 1)

    assert ParsedStore(home).update() == 3
    assert before.isdisjoint(part_names(home))
    assert titles(home) == ["One", "Three", "Two"]


def test_a_part_that_a_killed_run_left_unlisted_is_swept(three_pages, home):
    home.parsed.mkdir(parents=True)
    stray = home.parsed / "0123-p1-page.parquet"
    stray.write_bytes(b"half a part")

    ParsedStore(home).update()

    assert not stray.exists()


def test_parsing_that_dies_between_packs_goes_on_where_it_stopped(three_pages, home, monkeypatch):
    parse_batch = parsed.parse_batch
    calls = []

    def die_on_the_second(batch):
        calls.append(batch)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return parse_batch(batch)

    monkeypatch.setattr(parsed, "parse_batch", die_on_the_second)
    with pytest.raises(KeyboardInterrupt):
        ParsedStore(home).update()

    assert ParsedStore(home).update() == 1
    assert titles(home) == ["One", "Three", "Two"]


@pytest.mark.parametrize("table", SCHEMAS)
def test_a_damaged_part_is_named_before_it_is_read(table, three_pages, home):
    store = ParsedStore(home)
    store.update()
    part = next(home.parsed.glob(f"*-{table}.parquet"))
    flip_bit(part)

    with pytest.raises(DamagedFileError) as raised:
        store.table(table)

    assert str(part) in str(raised.value)


@pytest.mark.parametrize("table", CLEAN_TABLES)
def test_a_damaged_clean_table_is_named_before_it_is_read(table, three_pages):
    home = support.refine(three_pages)
    (path,) = CleanStore(home).paths(table)
    flip_bit(path)

    with pytest.raises(DamagedFileError) as raised:
        CleanStore(home).paths(table)

    assert str(path) in str(raised.value)


def test_a_clean_table_that_is_not_there_says_what_to_do(home):
    with pytest.raises(DamagedFileError, match="'page' is missing; run `kcna run` again"):
        CleanStore(home).paths("page")


def test_the_stages_are_made_again_from_raw_alone(three_pages, home):
    support.build_warehouse(three_pages)
    before = support.fingerprint(home.work_file)
    for path in sorted((home.root / "stages").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()

    support.build_warehouse(three_pages)

    assert support.fingerprint(home.work_file) == before


def test_clean_tables_are_made_once(three_pages, home):
    support.refine(three_pages)
    before = {path.name: path.stat().st_mtime_ns for path in home.clean.glob("*.parquet")}

    assert CleanStore(home).update() == 0
    assert {path.name: path.stat().st_mtime_ns for path in home.clean.glob("*.parquet")} == before


@pytest.mark.parametrize("table", CLEAN_TABLES)
def test_a_damaged_clean_part_is_made_again(table, three_pages, home):
    support.refine(three_pages)
    (path,) = CleanStore(home).paths(table)
    before = path.read_bytes()
    flip_bit(path)

    assert CleanStore(home).update() > 0
    assert path.read_bytes() == before


def test_tables_of_an_earlier_build_are_removed(three_pages, home):
    support.refine(three_pages)
    before = {path.name for path in home.clean.glob("*.parquet")}
    support.add(three_pages, support.offers(support.page(title="Another")))
    support.refine(three_pages)

    after = {path.name for path in home.clean.glob("*.parquet")}
    assert after == {record.name for record in CleanStore(home).manifest.records()}
    assert len(after) == len(before) == len(CLEAN_TABLES)
    assert after != before


def test_row_counts_are_those_of_the_files(three_pages):
    store = CleanStore(support.refine(three_pages))

    counts = {table: pl.read_parquet(store.paths(table)).height for table in CLEAN_TABLES}

    assert store.row_counts() == counts
    assert counts["page"] == 3


def test_a_build_digest_changes_with_every_new_page_and_only_then(three_pages, home):
    before = build_digest(home)
    support.add(three_pages, support.offers(*PAGES))

    assert build_digest(home) == before

    support.add(three_pages, [support.offer(b"a new page", "new.txt")])

    assert build_digest(home) != before


@pytest.mark.parametrize("name", ["sql/core/dim_date.sql", "expectations/core_dim_date.json"])
def test_a_build_digest_depends_on_every_file_of_sql_and_rules(name, tmp_path, monkeypatch):
    folders = {folder: tmp_path / folder for folder in ("sql", "expectations")}
    for path in ("sql/core/dim_date.sql", "expectations/core_dim_date.json"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("before")
    monkeypatch.setattr(digest, "project_folder", folders.__getitem__)
    before = code_digest.__wrapped__()

    (tmp_path / name).write_text("after")

    assert code_digest.__wrapped__() != before


def test_the_rules_find_every_column_that_they_look_at(three_pages, home):
    from etl.quality.row_rules import evaluate

    ParsedStore(home).update()

    with stage_database(home, "1GB", 1) as con:
        results = [result for suite in suites_of("parsed") for result in evaluate(con, suite)]

    assert [result.rule_id for result in results if result.error] == []
    assert {result.table for result in results} == {f"parsed.{table}" for table in SCHEMAS}


def test_what_does_not_fit_into_memory_goes_to_a_folder_that_is_removed():
    with memory_database("30MB", 1) as con:
        ((folder,),) = con.execute("select current_setting('temp_directory')").fetchall()
        con.execute("create table large as select i, hash(i) || repeat('x', 100) as text from range(500_000) as r (i)")
        assert any(Path(folder).iterdir())
        assert not Path(folder).is_relative_to(Path.cwd())

    assert not Path(folder).exists()


def test_a_new_undated_page_has_only_the_packs_just_before_it_looked_through(three_pages, home, monkeypatch):
    monkeypatch.setattr(clean, "PACKS_TOGETHER", 2)
    for number in range(5):
        support.add(three_pages, [support.offer(f"no page {number}".encode(), f"{number}.txt")])
        support.refine(three_pages)
    tasks = CleanStore(home)._prune_tasks()

    undated = [task for task in tasks if task.span == UNDATED]

    # the first pack has the three dated pages
    assert sorted((len(task.inputs["page"]), task.size) for task in undated) == [(1, 1), (2, 2), (2, 2)]
    pages = pl.read_parquet(CleanStore(home).paths("page"), glob=False)
    assert sorted(pages["outcome"]) == ["load"] * 3 + ["reject"] * 5


def test_a_database_with_parsed_tables_is_empty_again_also_after_an_error():
    tables = {name: schema.to_frame() for name, schema in SCHEMAS.items()}
    with duckdb.connect() as con:
        for _ in range(2):
            with contextlib.suppress(ZeroDivisionError), parsed_views(con, tables):
                assert con.execute("select count(*) from parsed.page").fetchall() == [(0,)]
                raise ZeroDivisionError
            assert con.execute("select view_name from duckdb_views() where not internal").fetchall() == []
