"""One name everywhere: every table has its SQL file, its comments and its suite, and the graph says what is read."""

import re

import duckdb
import pytest

from etl import reference
from etl.quality.suite import load_suites
from etl.settings import project_folder
from etl.stages import CLEAN_TABLES
from etl.warehouse import catalog
from tests.support import opened

TABLES = (*catalog.BUILD_ORDER, *catalog.RECORD_ORDER)
WITHOUT_SUITE = set(catalog.RECORD_ORDER)
"""Filled after the checks, so no rule can look at them before they are published."""


@pytest.fixture(scope="module")
def suites():
    return load_suites(project_folder("expectations"))


def test_every_table_has_an_sql_file_and_every_sql_file_a_table():
    files = {f"{path.parent.name}.{path.stem}" for schema in catalog.SCHEMAS for path in _sql_files(schema)}

    assert files == set(TABLES)
    assert len(set(TABLES)) == len(TABLES)


def _sql_files(schema):
    return (project_folder("sql") / schema).glob("*.sql")


@pytest.mark.parametrize("table", TABLES)
def test_an_sql_file_creates_its_own_table_and_no_other(table):
    created = re.findall(r"create (?:or replace )?(?:table|view) ([\w.]+)", catalog.read_sql(table))

    assert created == [table]


@pytest.mark.parametrize("table", TABLES)
def test_every_table_and_every_column_has_a_comment_that_is_a_sentence(table):
    described = catalog.dictionary()[table]
    comments = {table: described.comment} | {column.name: column.comment for column in described.columns}

    assert [name for name, comment in comments.items() if not comment.endswith(".")] == []
    assert described.columns


def test_a_table_or_column_without_a_comment_would_be_noticed():
    with duckdb.connect() as con:
        con.execute("create schema core; create table core.silent (without_comment integer)")

        described = catalog.read_dictionary(con)["core.silent"]

    assert (described.comment, described.columns[0].comment) == ("", "")


def test_the_published_file_carries_the_same_comments(published):
    with opened(published.paths().warehouse) as con:
        assert catalog.read_dictionary(con) == catalog.dictionary()


def test_every_built_table_and_no_other_has_a_suite(suites):
    tables = {suite.table for suite in suites.values() if not suite.table.startswith("parsed.")}

    assert tables == set(TABLES) - WITHOUT_SUITE


def test_a_suite_is_named_like_its_table_and_its_key_is_made_of_columns(suites):
    dictionary = catalog.dictionary()
    for suite in suites.values():
        assert suite.name == suite.table.replace(".", "_")
        if suite.table in dictionary:
            assert set(suite.key) <= {column.name for column in dictionary[suite.table].columns}


def test_every_suite_guards_its_key(suites):
    unique = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")
    for suite in suites.values():
        guarded = [
            rule.kwargs.get("column_list") or [rule.kwargs["column"]] for rule in suite.rules if rule.type in unique
        ]
        by_page = suite.table == "parsed.article"  # a page has one article, and the pages' own key is guarded
        assert by_page or list(suite.key) in guarded, suite.name


@pytest.mark.parametrize("table", TABLES)
def test_the_sources_of_a_table_are_what_its_sql_reads(table):
    # What DuckDB itself says the load reads, instead of a pattern.
    (load,) = [
        statement
        for statement in duckdb.extract_statements(catalog.read_sql(table))
        if statement.type == duckdb.StatementType.INSERT
    ]
    query = re.sub(r"^\s*insert into [\w.]+( by name)?\s", "", load.query.strip())
    named = {name.split(" AS ")[0] for name in duckdb.get_table_names(query, qualified=True)}
    read = {name for name in named if "." in name}  # without the queries named by WITH

    layers = {name for name in read if name.split(".")[0] not in ("reference", "history")}
    assert catalog.sources(table) == sorted(layers)
    assert read, f"{table} reads nothing"


def test_a_table_is_built_after_the_tables_that_it_reads():
    for place, table in enumerate(catalog.BUILD_ORDER):
        earlier = set(catalog.BUILD_ORDER[:place]) | {f"clean.{name}" for name in CLEAN_TABLES}
        assert set(catalog.sources(table)) <= earlier, table


@pytest.mark.parametrize("table", [table for table in TABLES if not table.startswith("quality.")])
def test_layers_read_only_what_their_rule_allows(table):
    allowed = {"core": {"clean", "core"}, "marts": {"core"}}[table.split(".")[0]]

    assert {name.split(".")[0] for name in catalog.sources(table)} <= allowed


def test_run_ids_and_times_live_in_the_run_tables_only():
    named = re.compile(r"run_id|started_at|finished_at")
    for table in catalog.BUILD_ORDER:
        assert [column.name for column in catalog.dictionary()[table].columns if named.search(column.name)] == []


def test_reference_data_has_unique_keys_and_what_it_must_know():
    sources, reasons = reference.sources(), reference.reasons()

    assert sources["source_id"].is_unique().all()
    assert sources["kcnawatch_label"].str.to_lowercase().is_unique().all()
    assert {"KCNA.kp (En)", "Rodong Sinmun (En)", "Minju Choson (EN)"} <= set(sources["kcnawatch_label"])
    assert set(reasons["outcome"]) == {"quarantine", "reject"}
    assert reference.holidays()["date"].is_unique().all()
    assert reference.file_reasons()["sentence"].str.len_chars().min() > 10
