"""Layout B: the capture header prints the day once (`August 19, 2024`)."""

from __future__ import annotations

from collections.abc import Sequence

from etl.parse import grammar
from etl.parse.article import find_date_line, read_dated_page
from etl.parse.layout_c import has_furniture
from etl.parse.model import Page
from etl.parse.text import Line

NAME = "B"
SEEN = "captures of 2024"


def matches(lines: Sequence[Line]) -> bool:
    """Whether the first line is a date that is no title: a page of layout C may have a date for its title."""
    if grammar.long_date(lines[0].text) is None or len(lines) == 1:
        return False
    if find_date_line(lines[:2], 1) == 1:
        return not has_furniture(lines)
    return grammar.site_label(lines[1].text) is not None or find_date_line(lines, 1) is not None


def read(page: Page, lines: Sequence[Line]) -> None:
    """Read the page; the day in the header is the capture date."""
    page.captured_date = grammar.long_date(lines[0].text)
    read_dated_page(page, lines, start=1)
