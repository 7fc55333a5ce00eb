"""Stage files and frames as DuckDB sees them, for rules to run on and for builds to read."""

from __future__ import annotations

import contextlib
import tempfile
import uuid
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
    with memory_database(memory_limit, threads) as con, parsed_views(con, tables):
        yield con


def memory_database(memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """An empty DuckDB in memory, with a folder of its own for what does not fit; else that were the current folder."""
    spill = Path(tempfile.gettempdir()) / f"kcna-rules-{uuid.uuid4().hex}"  # DuckDB makes it, and removes it at the end
    return duckdb.connect(config={"memory_limit": memory_limit, "threads": threads, "temp_directory": str(spill)})


@contextlib.contextmanager
def parsed_views(con: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.DataFrame | Sequence[Path]]) -> Iterator[None]:
    """Parsed tables in the schema `parsed` of a database, which has no such schema before and after.

    Args:
        con: a connection to it.
        tables: as `rules_database` takes them.
    """
    con.execute("create schema parsed")
    try:
        for name, rows in tables.items():
            columns = [column for column in SCHEMAS[name] if column not in UNCHECKED_COLUMNS[name]]
            _create_view(con, f"parsed.{name}", rows if len(rows) else SCHEMAS[name].to_frame(), columns)
        yield
    finally:
        con.execute("drop schema parsed cascade")
        for name in tables:
            con.unregister(_rows_of(f"parsed.{name}"))


def _rows_of(name: str) -> str:
    """The name by which a connection knows the frame behind a view."""
    return f"rows of {name}"


def _create_view(
    con: duckdb.DuckDBPyConnection, name: str, rows: pl.DataFrame | Sequence[Path], columns: Sequence[str]
) -> None:
    """A view of some columns of a frame or of Parquet files."""
    if isinstance(rows, pl.DataFrame):
        # older forms of Arrow would have every text copied
        con.register(_rows_of(name), rows.select(columns).to_arrow(compat_level=pl.CompatLevel.newest()))
        source = f'"{_rows_of(name)}"'
    else:
        source = parquet_sql(rows)
    listed = ", ".join(f'"{column}"' for column in columns)
    con.execute(f"create view {name} as select {listed} from {source}")  # noqa: S608 - names are ours


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
