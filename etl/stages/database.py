"""Stage files and frames as DuckDB sees them, for rules to run on and for builds to read."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import polars as pl

from etl.parse.schema import SCHEMAS

UNCHECKED_COLUMNS = {"page": ["line_roles"], "article": ["body", "lead_key"], "sidebar_block": ["teaser_key"]}
"""Long columns that no rule looks at; they stay out of the tables that rules are run on."""


@contextlib.contextmanager
def rules_database(
    tables: Mapping[str, pl.DataFrame | Sequence[Path]], memory_limit: str, threads: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory with these parsed tables, by name, in the schema `parsed`.

    Args:
        tables: a frame, or the files of a table, which are read as rules need them.
        memory_limit: as DuckDB takes it.
        threads: of DuckDB.
    """
    # Without a folder of its own, DuckDB puts what does not fit into memory below the current one.
    with (
        tempfile.TemporaryDirectory(prefix="kcna-rules-") as spill,
        duckdb.connect(config={"memory_limit": memory_limit, "threads": threads, "temp_directory": spill}) as con,
    ):
        con.execute("create schema parsed")
        for name, rows in tables.items():
            columns = ", ".join(f'"{column}"' for column in SCHEMAS[name] if column not in UNCHECKED_COLUMNS[name])
            create_relation(con, f"parsed.{name}", SCHEMAS[name], rows, columns)
        yield con


def create_relation(
    con: duckdb.DuckDBPyConnection,
    name: str,
    schema: pl.Schema,
    rows: pl.DataFrame | Sequence[Path],
    columns: str = "*",
) -> None:
    """A table of a frame's rows, or a view of Parquet files; an empty table where there are no files."""
    if not isinstance(rows, pl.DataFrame) and rows:
        con.execute(f"create view {name} as select {columns} from {parquet_sql(rows)}")  # noqa: S608 - names are ours
        return
    con.register("incoming", rows if isinstance(rows, pl.DataFrame) else schema.to_frame())
    con.execute(f"create table {name} as select {columns} from incoming")  # noqa: S608 - names are ours
    con.unregister("incoming")


def parquet_sql(paths: Sequence[Path]) -> str:
    """What reads these files in a query, in this order."""
    return f"read_parquet([{', '.join(map(_literal, paths))}], hive_partitioning = false)"


def _literal(path: Path) -> str:
    """The path in single quotes, with the signs that DuckDB would read as patterns taken literally.

    Beside a backslash DuckDB does not read the signs in brackets, and takes a path that exists as it stands.
    """
    text = str(path)
    if "\\" not in text:
        text = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)
    return "'" + text.replace("'", "''") + "'"
