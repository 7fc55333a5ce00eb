"""Layout A: the capture header prints the day twice, glued (`February 21, 2026Feb 21, 2026`)."""

from __future__ import annotations

from collections.abc import Sequence

from etl.parse import grammar
from etl.parse.article import read_dated_page
from etl.parse.model import Page
from etl.parse.text import Line

NAME = "A"
SEEN = "captures of 2026"


def matches(lines: Sequence[Line]) -> bool:
    """Whether the first line is a doubled capture date."""
    return grammar.doubled_date(lines[0].text) is not None


def read(page: Page, lines: Sequence[Line]) -> None:
    """Read the page; its own clock's day is the capture date."""
    dates = grammar.doubled_date(lines[0].text)
    assert dates is not None  # noqa: S101 - `matches` was asked first
    page.captured_date = dates[0]
    read_dated_page(page, lines, start=1)
    if dates[0] != dates[1]:
        page.stop("contradiction", lines[0], f"the capture header names {dates[0]} and {dates[1]}")
