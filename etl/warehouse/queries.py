"""The ready questions in `sql/queries/`: one file each, with a header that says what the answer can and cannot bear.

A file is a comment with the parts of `PARTS` in this order, a line each and further lines indented, and then one
statement. The header is the documentation: whoever shows a query reads it from here.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.settings import project_folder

PARTS = ("Question", "Row", "Trap", "Cannot say", "Change")
"""What a header says: the question with its number, what a row is, what spoils the answer, its limits, its settings."""

_PART = re.compile(rf"-- (?P<part>{'|'.join(PARTS)})(?: (?P<number>\d+))?: (?P<text>\S.*)")
_MORE = re.compile(r"--   (?P<text>\S.*)")


class QueryFileError(ValueError):
    """A file in `sql/queries/` is not as it should be."""


@dataclass(frozen=True, slots=True)
class ReadyQuery:
    """A question with the statement that answers it.

    Attributes:
        name: name of the file without its ending.
        number: number in the project's list of questions; None for what every question needs.
        question: the question in an analyst's words.
        row: what a row of the answer is.
        trap: what spoils the answer, and how the query avoids it.
        cannot_say: what the data cannot say.
        change: which values at the top to change.
        sql: the whole file, header included; it runs as it is.
    """

    name: str
    number: int | None
    question: str
    row: str
    trap: str
    cannot_say: str
    change: str
    sql: str


def load_queries(folder: Path | None = None) -> dict[str, ReadyQuery]:
    """The ready queries by name, in order of their numbers, those without a number last.

    Args:
        folder: where the files are; the project's own if None.

    Raises:
        QueryFileError: if a file lacks a part of the header or is not one select statement.
    """
    files = sorted((folder or project_folder("sql") / "queries").glob("*.sql"))
    queries = [_read(file) for file in files]
    queries.sort(key=lambda query: (query.number is None, query.number or 0, query.name))
    return {query.name: query for query in queries}


def _read(file: Path) -> ReadyQuery:
    sql = file.read_text(encoding="utf-8")
    header = itertools.takewhile(lambda line: line.startswith("--"), sql.splitlines())
    parts: dict[str, str] = {}
    number = None
    for line in header:
        if found := _PART.fullmatch(line):
            part = found["part"]
            if part in parts:
                raise QueryFileError(f"{file}: the header says {part} twice")
            parts[part] = found["text"]
            number = int(found["number"]) if found["number"] else number
        elif parts and (found := _MORE.fullmatch(line)):
            parts[next(reversed(parts))] += f" {found['text']}"
        else:
            raise QueryFileError(f"{file}: not a line of the header: {line!r}")
    _check(file, tuple(parts), sql)
    question, row, trap, cannot_say, change = (parts[part] for part in PARTS)
    return ReadyQuery(file.stem, number, question, row, trap, cannot_say, change, sql)


def _check(file: Path, parts: tuple[str, ...], sql: str) -> None:
    missing = [part for part in PARTS if part not in parts]
    if missing:
        raise QueryFileError(f"{file}: the header does not say {', '.join(missing)}")
    if parts != PARTS:
        raise QueryFileError(f"{file}: the parts of the header must stand in the order {', '.join(PARTS)}")
    try:
        kinds = [statement.type for statement in duckdb.extract_statements(sql)]
    except duckdb.ParserException as error:
        raise QueryFileError(f"{file}: {error}") from error
    if kinds != [duckdb.StatementType.SELECT]:
        raise QueryFileError(f"{file}: it must be one select statement")
