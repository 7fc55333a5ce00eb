"""What Dagster shows about a table: columns, counts, a preview. Page text goes only into table and JSON metadata."""

from collections.abc import Mapping, Sequence

import dagster as dg
import duckdb
import polars as pl

from etl.warehouse.catalog import Table

PREVIEW_ROWS = 5
PREVIEW_CHARACTERS = 80
OWNERS = ["team:data"]


def column_schema(table: Table) -> dg.TableSchema:
    """A warehouse table's columns with their meaning from the data dictionary."""
    return dg.TableSchema(
        columns=[dg.TableColumn(column.name, column.type, description=column.comment) for column in table.columns]
    )


def frame_schema(schema: pl.Schema) -> dg.TableSchema:
    """A stage table's columns."""
    return dg.TableSchema(columns=[dg.TableColumn(name, str(kind)) for name, kind in schema.items()])


def preview(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> dg.MetadataValue:
    """The first rows as table metadata; long texts are cut, and every value is text, number or truth value."""
    records = [
        dg.TableRecord({name: _cell(value) for name, value in zip(columns, row, strict=True)})
        for row in rows[:PREVIEW_ROWS]
    ]
    shown = dg.TableSchema(columns=[dg.TableColumn(name) for name in columns])
    return dg.MetadataValue.table(records, schema=shown)


def preview_table(con: duckdb.DuckDBPyConnection, table: str) -> dg.MetadataValue:
    """The first rows of a warehouse table."""
    cursor = con.execute(f"select * from {table} limit {PREVIEW_ROWS}")  # noqa: S608 - table names are ours
    return preview([column[0] for column in cursor.description or []], cursor.fetchall())


def numbers(counts: Mapping[str, int]) -> dict[str, dg.MetadataValue]:
    """Counts as numeric metadata, which Dagster plots over time."""
    return {name: dg.MetadataValue.int(count) for name, count in counts.items()}


def _cell(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if len(text) <= PREVIEW_CHARACTERS else text[: PREVIEW_CHARACTERS - 1] + "…"
