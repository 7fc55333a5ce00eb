"""`kcna sql`: queries on the published warehouse, printed as a table, JSON or CSV."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Sequence

import duckdb

from etl.commands import errors, show
from etl.commands.rows import print_rows
from etl.settings import Settings
from etl.warehouse.queries import load_queries
from etl.warehouse.read import connect_published

HELP = """\
Type SQL and end it with a semicolon. Commands that begin with a dot need none:
  .tables          lists the tables and says what a row is
  .describe TABLE  says what a table and its columns mean
  .questions       lists the ready questions
  .ask QUESTION    answers one, and says its trap
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
    command, *name = statement.strip("; \n").split(maxsplit=1)
    if command == ".describe" and name:
        return _describe(con, name[0].strip(), style)
    if command in (".ask", ".questions"):
        return _ask(con, name[0].strip() if name and command == ".ask" else None, style)
    if command in (".tables", ".describe"):
        return _run(con, _TABLES, style)
    if command == ".help":
        show.console().print(HELP)
        return 0
    return show.fail(f"there is no command {command}; `.help` lists them")


def _run(con: duckdb.DuckDBPyConnection, query: str, style: str, parameters: Sequence[str] = ()) -> int:
    try:
        cursor = con.execute(query, parameters)
        if cursor is not None and cursor.description:  # an empty query gives no cursor
            print_rows([column[0] for column in cursor.description], cursor, style)
    except duckdb.Error as error:
        return show.fail(errors.query_sentence(error))
    return 0


def _describe(con: duckdb.DuckDBPyConnection, wanted: str, style: str) -> int:
    """Print what a table and its columns mean; without its schema, a name that only one table has will do."""
    comments = dict(con.execute(_COMMENTS).fetchall())
    wanted = wanted.replace('"', "").lower()
    found = [table for table in comments if wanted in (table, table.split(".")[1])]
    if len(found) != 1:
        return show.fail(f"there is no table {wanted}; {_near(wanted, list(comments))}")
    if style == "table":
        show.console().print(show.cell(f"{found[0]}: {comments[found[0]]}"), end="\n\n")
    return _run(con, _COLUMNS, style, found)


def _ask(con: duckdb.DuckDBPyConnection, wanted: str | None, style: str) -> int:
    """Answer a ready question, or list them."""
    questions = load_queries()
    if wanted is None:
        rows = ", ".join("(?, ?)" for _ in questions)
        cells = [cell for query in questions.values() for cell in (query.name, query.question)]
        return _run(con, f"from (values {rows}) as ready(ask, question)", style, cells)
    query = questions.get(wanted.removesuffix(".sql"))
    if query is None:
        near = ", ".join(difflib.get_close_matches(wanted, questions))
        hint = f"near names: {near}" if near else "`.questions` lists them"
        return show.fail(f"there is no question {wanted}; {hint}")
    if style == "table":
        said = (query.question, f"A row is {query.row}", f"Trap: {query.trap}", f"It cannot say: {query.cannot_say}")
        for words in said:
            show.console().print(show.cell(words))
        show.console().print()
    return _run(con, query.sql, style)


def _near(wanted: str, tables: Sequence[str]) -> str:
    """Which tables have a name like the one that was wanted, with or without its schema."""
    bare = wanted.split(".")[-1]
    names = {table.split(".")[1]: table for table in tables}
    near = [*difflib.get_close_matches(wanted, tables), *(names[n] for n in difflib.get_close_matches(bare, names))]
    return f"near names: {', '.join(dict.fromkeys(near))}" if near else "`.tables` lists them"


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
