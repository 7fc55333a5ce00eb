"""Which tables there are, in the order they are built, and what their columns mean.

The meaning of a column is written once, in the `comment on` of its SQL file; everything else reads it from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import duckdb

from etl.settings import project_folder

BUILD_ORDER = (
    "core.dim_date",
    "core.dim_source",
    "core.dim_place",
    "core.dim_topic",
    "core.dim_person",
    "core.dim_organization",
    "core.dim_country",
    "core.dim_newspaper",
    "core.fact_article",
    "core.fact_article_version",
    "core.fact_page",
    "core.fact_sidebar_entry",
    "core.fact_sidebar_appearance",
    "core.fact_mention",
    "core.fact_article_topic",
    "core.fact_sidebar_entry_topic",
    "core.fact_leader_event_report",
    "core.fact_leader_event",
    "core.fact_leader_event_companion",
    "core.fact_press_review_item",
    "marts.daily_volume",
    "marts.sidebar_only_article",
    "marts.revision",
    "marts.province_month",
    "marts.topic_month",
    "marts.leader_event_month",
    "marts.publication_lag",
    "marts.press_review_item",
    "marts.field_completeness",
    "quality.page_outcome",
    "quality.origin_file",
    "quality.dropped",
    "quality.accounting",
)
"""Built before the checks; a table comes after those that its SQL reads."""

RECORD_ORDER = ("quality.rule_result", "quality.rule_violation", "quality.run")
"""Filled after the checks, from the records of this and earlier runs."""

_READS = re.compile(r"\b(?:from|join)\s+(\w+\.\w+)")

SCHEMAS = ("core", "marts", "quality")


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its type in DuckDB and its meaning."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its meaning and its columns."""

    name: str
    comment: str
    columns: tuple[Column, ...]


def read_sql(table: str) -> str:
    """The SQL file of a table: create, comments, load."""
    schema, name = table.split(".")
    return (project_folder("sql") / schema / f"{name}.sql").read_text(encoding="utf-8")


def sources(table: str) -> list[str]:
    """The tables that a table's load reads: clean tables and other tables of the warehouse, sorted.

    Reference data and run records are no tables of a layer and are left out.
    """
    names = set(_READS.findall(read_sql(table)))
    return sorted(name for name in names if name.split(".")[0] in ("clean", *SCHEMAS) and name != table)


def create_schemas(con: duckdb.DuckDBPyConnection) -> None:
    """Create the empty schemas of the warehouse."""
    for schema in SCHEMAS:
        con.execute(f"create schema if not exists {schema}")


@cache
def dictionary() -> dict[str, Table]:
    """Every table of the warehouse with its comments, read by running the definitions without their loads."""
    with duckdb.connect() as con:
        create_schemas(con)
        for table in (*BUILD_ORDER, *RECORD_ORDER):
            for statement in con.extract_statements(read_sql(table)):
                if statement.type != duckdb.StatementType.INSERT:
                    con.execute(statement)
        return read_dictionary(con)


def read_dictionary(con: duckdb.DuckDBPyConnection) -> dict[str, Table]:
    """The tables of an open warehouse with their comments, in order of name."""
    columns: dict[str, list[Column]] = {}
    for table, name, kind, comment in con.execute(
        """
        select schema_name || '.' || table_name, column_name, data_type, coalesce(comment, '')
        from duckdb_columns()
        where not internal and database_name = current_database() and list_contains($schemas, schema_name)
        order by 1, column_index
        """,
        {"schemas": list(SCHEMAS)},
    ).fetchall():
        columns.setdefault(table, []).append(Column(name, kind, comment))
    comments = con.execute(
        "select schema_name || '.' || table_name, coalesce(comment, '') from duckdb_tables() "
        "where database_name = current_database()"
    ).fetchall()
    return {
        table: Table(table, comment, tuple(columns[table])) for table, comment in sorted(comments) if table in columns
    }
