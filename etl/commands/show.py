"""Printing for people: tables that fit the terminal, and text that cannot steer it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from etl.text import STEERING_CATEGORIES, visible

__all__ = [
    "FAILED",
    "INTERRUPTED",
    "STEERING_CATEGORIES",
    "cell",
    "console",
    "count",
    "facts",
    "fail",
    "say",
    "table",
]

FAILED, INTERRUPTED = 2, 130
"""Exit codes of a command that did not do its work."""

PIPE_WIDTH = 240


def console(*, stderr: bool = False) -> Console:
    """A console that neither reads markup nor guesses colours into page text; a pipe has room for wide tables."""
    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = PIPE_WIDTH
    return made


def cell(value: object) -> Text:
    """A value as plain text: control and direction characters are replaced, line breaks shown as spaces."""
    if value is None:
        return Text("null", style="dim")
    if isinstance(value, bool):
        return Text(str(value).lower())
    return Text(visible(" ".join(str(value).split("\n"))))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[str] = ()) -> Table:
    """Rows under column names; columns named in `right` are aligned to the right."""
    shown = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        shown.add_column(cell(column), justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(cell(value) for value in row))
    return shown


def facts(pairs: Iterable[tuple[str, object]]) -> Table:
    """Names and values, one pair to a line."""
    shown = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for name, value in pairs:
        shown.add_row(Text(name, style="bold"), cell(value))
    return shown


def count(number: int) -> str:
    """A number with thousands set apart."""
    return f"{number:,}"


def say(message: object) -> None:
    """Print a line beside the output proper, on stderr."""
    console(stderr=True).print(cell(message), soft_wrap=True)


def fail(problem: object) -> int:
    """Say what went wrong, and return the exit code of a command that failed."""
    say(f"kcna: {problem}")
    return FAILED
