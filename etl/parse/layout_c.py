"""Layout C: no capture header; the title comes first, a share button and newsletter lines stand around the body.

The page does not say when it was saved, so its capture date stays empty. Pages of the other layouts that lost their
header look the same and are read the same way.
"""

from __future__ import annotations

from collections.abc import Sequence

from etl.parse import grammar
from etl.parse.article import find_date_line, read_dated_page
from etl.parse.model import Page
from etl.parse.text import Line

NAME = "C"
SEEN = "older captures of pages of 2019"


def matches(lines: Sequence[Line]) -> bool:
    """Whether there is a Date line; the layouts with a capture header were asked before."""
    return find_date_line(lines, 0) is not None


def read(page: Page, lines: Sequence[Line]) -> None:
    """Read the page from its first line."""
    read_dated_page(page, lines, start=0)


def has_furniture(lines: Sequence[Line]) -> bool:
    """Whether the share button follows the Date line, or a newsletter line ends the page."""
    date_index = find_date_line(lines, 0)
    after = date_index + 1 if date_index is not None else len(lines)
    is_button = after < len(lines) and lines[after].text == grammar.SHARE_BUTTON
    return is_button or lines[-1].text.startswith(grammar.NEWSLETTER)
