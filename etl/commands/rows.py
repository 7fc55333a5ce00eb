"""Rows of a query, printed as a table for people or as JSON or CSV for programs."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from etl.commands import show
from etl.warehouse.formula import guarded

if TYPE_CHECKING:
    import duckdb

TABLE_ROWS = 200
"""Rows printed as a table at most; JSON and CSV print all."""


def print_rows(columns: Sequence[str], cursor: duckdb.DuckDBPyConnection, style: str) -> None:
    """Print the rows of a query.

    Args:
        columns: the names of the columns; two may be equal.
        cursor: the rows, taken one by one where a table shows only the first.
        style: `table`, `json` or `csv`; the latter two print all rows, for other programs.
    """
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
