"""`kcna sql`: queries on the published warehouse, printed as a table, JSON or CSV."""

from __future__ import annotations

import csv
import difflib
import io
import json
import math
import sys
import unicodedata
from collections.abc import Iterable, Sequence

import duckdb

from etl.commands import show
from etl.settings import Settings
from etl.warehouse.formula import guarded
from etl.warehouse.read import connect_published

TABLE_ROWS = 200
"""Rows printed as a table at most; JSON and CSV print all."""

HELP = """\
Type SQL and end it with a semicolon. Commands that begin with a dot need none:
  .tables          lists the tables and says what a row is
  .describe TABLE  says what a table and its columns mean
  .help            shows this
  .quit            ends"""


def run_query(settings: Settings, query: str, style: str) -> int:
    """Run one query or dot command and print its rows; returns the exit code: 0, or 2 if it failed."""
    with connect_published(settings) as con:
        return _answer(con, query, style)


def _answer(con: duckdb.DuckDBPyConnection, statement: str, style: str) -> int:
    """Run SQL, or a command that begins with a dot."""
    if not statement.lstrip().startswith("."):
        return _run(con, statement, style)
    command, *table = statement.rstrip("; \n").split(maxsplit=1)
    if command == ".describe" and table:
        return _describe(con, table[0].strip(), style)
    if command in (".tables", ".describe"):
        return _run(con, _TABLES, style)
    if command == ".help":
        show.console().print(HELP)
        return 0
    return _fail(f"there is no command {command}; `.help` lists them")


def _run(con: duckdb.DuckDBPyConnection, query: str, style: str, parameters: Sequence[str] = ()) -> int:
    try:
        cursor = con.execute(query, parameters)
        if cursor is not None and cursor.description:  # an empty query gives no cursor
            _print([column[0] for column in cursor.description], cursor, style)
    except duckdb.Error as error:
        return _fail(str(error))
    return 0


def _fail(message: str) -> int:
    show.console(stderr=True).print(f"kcna: {show.cell(message)}", soft_wrap=True)
    return 2


def _describe(con: duckdb.DuckDBPyConnection, wanted: str, style: str) -> int:
    """Print what a table and its columns mean; without its schema, a name that only one table has will do."""
    comments = dict(con.execute(_COMMENTS).fetchall())
    wanted = wanted.replace('"', "").lower()
    found = [table for table in comments if wanted in (table, table.split(".")[1])]
    if len(found) != 1:
        return _fail(f"there is no table {wanted}; {_near(wanted, list(comments))}")
    if style == "table":
        show.console().print(show.cell(f"{found[0]}: {comments[found[0]]}"), end="\n\n")
    return _run(con, _COLUMNS, style, found)


def _near(wanted: str, tables: Sequence[str]) -> str:
    """Which tables have a name like the one that was wanted, with or without its schema."""
    bare = wanted.split(".")[-1]
    names = {table.split(".")[1]: table for table in tables}
    near = [*difflib.get_close_matches(wanted, tables), *(names[n] for n in difflib.get_close_matches(bare, names))]
    return f"near names: {', '.join(dict.fromkeys(near))}" if near else "`.tables` lists them"


def _print(columns: Sequence[str], cursor: duckdb.DuckDBPyConnection, style: str) -> None:
    if style == "json":
        names = _distinct(columns)
        records = [dict(zip(names, map(_json_value, row), strict=True)) for row in cursor.fetchall()]
        _write(json.dumps(records, default=str, ensure_ascii=False, allow_nan=False, indent=1) + "\n", escape=True)
    elif style == "csv":
        text = io.StringIO()
        writer = csv.writer(text)  # lines end as RFC 4180 says; cells with a carriage return are then quoted
        for row in (columns, *cursor.fetchall()):
            writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
        _write(text.getvalue(), escape=sys.stdout.isatty())
    else:
        rows = cursor.fetchmany(TABLE_ROWS + 1)
        console = show.console()
        console.print(show.table(columns, rows[:TABLE_ROWS], right=_numeric(columns, rows)))
        if len(rows) > TABLE_ROWS:
            console.print(f"(the first {TABLE_ROWS} rows; use a limit, or --format csv or json for all)")


def _distinct(columns: Sequence[str]) -> list[str]:
    """Column names of which no two are equal: a repeated one gets a number."""
    names: list[str] = []
    for column in columns:
        name, number = column, 1
        while name in names:
            name, number = f"{column}_{number}", number + 1
        names.append(name)
    return names


def _json_value(value: object) -> object:
    """JSON knows no NaN and no infinity; they become null, also inside lists and structs."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _json_value(item) for key, item in value.items()}
    return [_json_value(item) for item in value] if isinstance(value, list | tuple) else value


def _write(text: str, *, escape: bool) -> None:
    """Print text; characters that would steer a terminal become escapes, which JSON reads back as they were."""
    if escape and not text.replace("\n", "").replace("\r", "").isprintable():
        steering = {c for c in set(text) if c not in "\r\n" and unicodedata.category(c) in show.STEERING_CATEGORIES}
        text = text.translate({ord(c): _escaped(c) for c in steering})
    sys.stdout.write(text)


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1] if ord(character) != 0x7F else "\\u007f"


def _numeric(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    first = rows[0] if rows else []
    return [
        name
        for name, value in zip(columns, first, strict=False)
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]


def prompt(settings: Settings) -> int:
    """Read queries until the end of the input; returns 0, or 2 if one of them failed and nobody sat there."""
    worst = 0
    console = show.console()
    with connect_published(settings) as con:
        if sys.stdin.isatty():
            import readline  # noqa: F401 - gives input() a history and editing

            console.print(HELP)
        for statement in _statements():
            if statement in (".quit", ".exit"):
                break
            worst = max(worst, _answer(con, statement, "table"))
    return 0 if sys.stdin.isatty() else worst


_TABLES = """
    select schema_name || '.' || table_name as "table", estimated_size as "rows", comment
    from duckdb_tables()
    order by 1
"""

_COMMENTS = """
    select schema_name || '.' || table_name, coalesce(comment, '')
    from duckdb_tables()
    order by 1
"""

_COLUMNS = """
    select column_name as "column", data_type as type, comment
    from duckdb_columns()
    where schema_name || '.' || table_name = ?
    order by column_index
"""


def _statements() -> Iterable[str]:
    """Commands that begin with a dot, and statements that end with a semicolon."""
    lines: list[str] = []
    shown = sys.stdin.isatty()
    while True:
        try:
            line = input(("kcna> " if not lines else "  ... ") if shown else "")
        except (EOFError, KeyboardInterrupt):
            break
        if not lines and line.strip().startswith("."):
            yield line.strip()
            continue
        lines.append(line)
        if line.rstrip().endswith(";"):
            yield "\n".join(lines)
            lines = []
    if any(line.strip() for line in lines):
        yield "\n".join(lines)
