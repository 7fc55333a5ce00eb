"""Given / expect cases of the SQL files: `tests/sql/<table>/<case>.yaml`, written without Python.

A case says what it shows, and names the rows that are given (`clean.page`, `reference.source`, `core.fact_article` ...)
with only the columns that matter; the others get the values of `DEFAULTS`, or null, 0 and false by their type. A table
of the warehouse whose rows are given is not loaded by its own SQL. Every given page has a file, unless files are given.
Expected are all rows of the table in the columns of
the first expected row, in any order; with `query`, the rows of that query.
"""

import functools
import re
import tempfile
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from etl.fetch.raw_store import RawStore
from etl.settings import Home
from etl.stages import CLEAN_TABLES, CleanStore
from etl.warehouse import build, catalog
from tests.support import FETCHED_AT, KCNA_KEY

FOLDER = Path(__file__).parent
CASES = sorted(path.relative_to(FOLDER) for path in FOLDER.glob("*/*.yaml"))
SOURCE = {"source_id": "kcna-kp-en", "kcnawatch_label": "KCNA.kp (En)", "publisher": "KCNA", "language": "en"}
DEFAULTS = {
    "outcome": "load",
    "origin": "file:///pages",
    "url": "file:///pages/page.txt",
    "name": "page.txt",
    "source_key": KCNA_KEY,
    "source_id": "kcna-kp-en",
    "title": "Orchard Harvested",
    "body": "Apples were picked.",
    "teaser": "Apples were picked.",
    "published_date": date(2024, 9, 18),
    "shown_date": date(2024, 9, 18),
    "first_fetched_at": FETCHED_AT,
    "version_number": 1,
    "version_count": 1,
    "is_current": True,
    "page_count": 1,
    "appearance_count": 1,
    "position": 1,
    "copy_count": 1,
    "section": "body",
    "kind": "place",
    "surface": "Sinuiju City",
    "rule": "place_unit",
    "role": "plain",
    "event_type": "visit",
    "date_rule": "text_day",
}
ZEROS = {"BOOLEAN": False, "INTEGER": 0, "BIGINT": 0, "UINTEGER": 0}


@functools.cache
def clean_schemas():
    """The clean tables without rows, as the pipeline makes them from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        store = CleanStore(Home(Path(folder)))
        store.update()
        return {f"clean.{table}": pl.read_parquet(store.paths(table)) for table in CLEAN_TABLES}


@functools.cache
def reference_frames():
    with tempfile.TemporaryDirectory() as folder:
        return {f"reference.{name}": frame for name, frame in build._reference_frames(RawStore(Path(folder))).items()}


def create_inputs(con, given):
    """The clean and reference tables with the given rows; reference data that is not given is the real one."""
    files = [{"page_sha256": page["page_sha256"], "outcome": "page"} for page in given.get("clean.page", [])]
    given = {"clean.origin_file": files} | given
    for table, frame in (clean_schemas() | reference_frames()).items():
        con.register("shape", frame)
        kept = "" if table in reference_frames() and table not in given else "limit 0"
        con.execute(f"create table {table} as from shape {kept}")
        con.unregister("shape")
        insert(con, table, given.get(table, []))
    if "reference.source" not in given:
        con.execute("delete from reference.source")
        insert(con, "reference.source", [SOURCE])


def insert(con, table, given_rows):
    columns = {name: kind for name, kind, *_ in con.execute(f"describe {table}").fetchall()}
    marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    for row in given_rows:
        assert set(row) <= set(columns), f"{table} has no column {set(row) - set(columns)}"
        con.execute(f"insert into {table} values ({marks})", [value(row, name, kind) for name, kind in columns.items()])


def value(row, name, kind):
    """The value that a case gives, or the one that stands in for it; of counts by name, those not given are 0."""
    if kind.startswith("STRUCT") and not kind.endswith("[]"):
        return dict.fromkeys(re.findall(r"(\w+) INTEGER", kind), 0) | row.get(name, {})
    return row.get(name, DEFAULTS.get(name, ZEROS.get(kind)))


def needed(table, given):
    """The tables to make before this one, itself last, in the order in which a run builds them."""
    found, waiting = set(), [table]
    while waiting:
        name = waiting.pop()
        if name not in found and not name.startswith("clean."):
            found.add(name)
            waiting += [] if name in given else catalog.sources(name)
    return [name for name in catalog.BUILD_ORDER if name in found]


def make(con, table, given):
    if table not in given:
        con.execute(catalog.read_sql(table))
        return
    for statement in con.extract_statements(catalog.read_sql(table)):
        if statement.type != duckdb.StatementType.INSERT:
            con.execute(statement)
    insert(con, table, given[table])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_given_these_rows_the_table_is_as_expected(case):
    content = yaml.safe_load((FOLDER / case).read_text(encoding="utf-8"))
    table, given, expected = case.parent.name, content["given"] or {}, content["expect"]

    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("attach ':memory:' as clean; attach ':memory:' as reference")
        catalog.create_schemas(con)
        create_inputs(con, given)
        for name in needed(table, given):
            make(con, name, given)
        columns = ", ".join(expected["rows"][0]) if expected["rows"] else "*"
        found = con.execute(expected.get("query") or f"select {columns} from {table}")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    assert sorted(rows, key=str) == sorted(expected["rows"], key=str)


@pytest.mark.parametrize("table", catalog.BUILD_ORDER)
def test_every_built_table_has_at_least_two_cases(table):
    assert sum(case.parent.name == table for case in CASES) >= 2


def test_every_case_is_about_a_table_and_says_what_it_shows():
    for case in CASES:
        content = yaml.safe_load((FOLDER / case).read_text(encoding="utf-8"))
        assert case.parent.name in catalog.BUILD_ORDER, case
        assert set(content) == {"shows", "given", "expect"}, case
