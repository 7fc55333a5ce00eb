"""Fingerprints of a warehouse's content: equal for equal rows, whatever their order, threads, file or machine.

Of every row the MD5 of its text is taken, and the sums of their upper and lower halves are kept: they do not depend on
the order, notice how often a row occurs, and need no memory. Run records and times of fetching are left out.
"""

# The module's work is to write SQL: names come from the database's own catalog and are quoted.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import duckdb

from etl.progress import track
from etl.quality.suite import quote_identifier, quote_table
from etl.warehouse.catalog import RECORD_ORDER, SCHEMAS

LEFT_OUT = {"core.fact_page": ("first_fetched_at",)}
"""Columns that say when a page was fetched, and so differ between two homes with the same pages."""

LOWER_HALF = 2**64 - 1


class TableFingerprint(NamedTuple):
    """The content of one table.

    Attributes:
        table: its name with the schema.
        row_count: its rows.
        digest: hexadecimal digest of its columns and rows.
    """

    table: str
    row_count: int
    digest: str


def fingerprint(con: duckdb.DuckDBPyConnection) -> list[TableFingerprint]:
    """The fingerprints of all tables but the run records, sorted by name."""
    tables = _tables(con)
    found = []
    with track("fingerprint", len(tables)) as tracker:
        for table, columns in tables.items():
            found.append(_of_table(con, table, columns))
            tracker.advance()
    return found


def overall(fingerprints: Iterable[TableFingerprint]) -> str:
    """One digest of all tables."""
    lines = "".join(f"{table} {row_count} {digest}\n" for table, row_count, digest in fingerprints)
    return hashlib.sha256(lines.encode()).hexdigest()[:32]


def _tables(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    """Columns with their types by table."""
    found = con.execute(
        """
        select schema_name || '.' || table_name, column_name, data_type
        from duckdb_columns()
        join duckdb_tables() using (database_oid, schema_oid, table_oid, database_name, schema_name, table_name)
        where database_name = current_database() and list_contains($schemas, schema_name)
        order by 1, column_index
        """,
        {"schemas": list(SCHEMAS)},
    ).fetchall()
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, name, kind in found:
        if table not in RECORD_ORDER and name not in LEFT_OUT.get(table, ()):
            tables.setdefault(table, []).append((name, kind))
    return tables


def _of_table(con: duckdb.DuckDBPyConnection, table: str, columns: list[tuple[str, str]]) -> TableFingerprint:
    values = ", ".join(f"{_value(name, kind)} as {quote_identifier(name)}" for name, kind in columns)
    row = con.execute(
        f"""
        select count(*), sum((digest >> 64)::ubigint), sum((digest & {LOWER_HALF})::ubigint)
        from (
            select md5_number(to_json(line)::varchar)::uhugeint as digest
            from (select {values} from {quote_table(table)}) as line
        )
        """
    ).fetchall()[0]
    text = f"{columns} {row}"
    return TableFingerprint(table, int(row[0]), hashlib.sha256(text.encode()).hexdigest()[:32])


def _value(name: str, kind: str) -> str:
    """A column as it is compared: times as a number, because their text depends on the session's time zone."""
    column = quote_identifier(name)
    return f"epoch_us({column})" if kind == "TIMESTAMP WITH TIME ZONE" else column
