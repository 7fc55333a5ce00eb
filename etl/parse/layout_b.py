"""Layout B: the capture header prints the day once (`August 19, 2024`). Captured in 2024."""

from __future__ import annotations

from collections.abc import Sequence

from etl.parse import grammar
from etl.parse.article import find_date_line, read_headed_page
from etl.parse.model import Page
from etl.parse.text import Line

NAME = "B"


def matches(lines: Sequence[Line]) -> bool:
    """Whether the first line is a date, and a site line or a Date line follows near it."""
    if grammar.long_date(lines[0].text) is None:
        return False
    return len(lines) > 1 and (
        grammar.site_label(lines[1].text) is not None or find_date_line(lines[:8], 1) is not None
    )


def read(page: Page, lines: Sequence[Line]) -> None:
    """Read the page; the day in the header is the capture date."""
    page.captured_date = grammar.long_date(lines[0].text)
    read_headed_page(page, lines)
