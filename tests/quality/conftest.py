"""Rules, suites and a database for the tests of the quality engine."""

import json

import duckdb
import pytest

from etl.quality.suite import Rule, Suite

TABLE = "parsed.article"


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        connection.execute("create schema parsed")
        yield connection


@pytest.fixture
def make_rule():
    def make(type_, kwargs, rule_id="the_rule", key=("id",), **fields):
        defaults = {"severity": "critical", "description": "It is right.", "why": "It matters."}
        defaults |= {"action": "report", "table": TABLE}
        return Rule(rule_id=rule_id, suite="parsed_article", key=key, type=type_, kwargs=kwargs, **(defaults | fields))

    return make


@pytest.fixture
def make_suite():
    def make(*rules, key=("id",)):
        return Suite("parsed_article", TABLE, key, "one row per article", rules)

    return make


@pytest.fixture
def fill(con):
    """Create the table from its column definitions and its rows."""

    def create(columns, rows):
        con.execute(f"create or replace table {TABLE} (id varchar, {columns})")
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            con.executemany(f"insert into {TABLE} values ({marks})", rows)

    return create


@pytest.fixture
def write_suite(tmp_path):
    """Write a rule file from Great Expectations' own shape; every part can be replaced."""

    def write(*expectations, name="parsed_article", **document):
        content = {
            "name": name,
            "meta": {"table": name.replace("_", ".", 1), "key": ["page_sha256"], "grain": "one row per article"},
            "expectations": list(expectations),
        } | document
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return write


@pytest.fixture
def expectation():
    """Make one rule in the shape of the file; every part can be replaced."""

    def make(meta=None, **fields):
        meta = {"rule_id": "title_present", "why": "Nobody finds it.", "action": "report"} | (meta or {})
        defaults = {
            "type": "expect_column_values_to_not_be_null",
            "kwargs": {"column": "title"},
            "severity": "critical",
            "description": "Every article has a title.",
            "meta": meta,
        }
        return defaults | fields

    return make
