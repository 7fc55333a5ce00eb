"""One page, read with care: bytes to fields, outcome and reason. Plain enough to be read as the specification."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from types import ModuleType

from etl.parse import layout_a, layout_b, layout_c, layout_d
from etl.parse.decode import NotTextError, UndecodableError, decode
from etl.parse.html import TooDeepError, html_to_text, is_html
from etl.parse.model import UNEXPLAINED, Page
from etl.parse.text import Line, split_lines

PARSER_VERSION = 3
"""Raise it when any page may read differently than before, or a column is new; all are then read again from raw."""

LAYOUTS: tuple[ModuleType, ...] = (layout_a, layout_b, layout_c, layout_d)
"""Asked in this order; the first that recognises the page reads it."""

FIRST_DAY = date(1946, 1, 1)
"""No earlier publication date is believed: the agency was founded in December 1946."""

CAPTURE_TOLERANCE = timedelta(days=1)
"""Korean time is ahead of the page's clock."""


def read_page(content: bytes, fetched_date: date | None = None) -> Page:
    """Read the bytes of one saved page; never raises for anything the bytes hold.

    Args:
        content: the bytes as fetched.
        fetched_date: the day the bytes were fetched; bounds the published date where the page has no capture date.
    """
    page = Page()
    try:
        _read(page, content, fetched_date)
    except Exception as error:  # noqa: BLE001,RUF100 - one page's fault must not stop the others; the type is kept
        page.stop("parser_error", None, type(error).__name__)
    return page


def _read(page: Page, content: bytes, fetched_date: date | None) -> None:
    try:
        text, page.encoding = decode(content)
    except NotTextError:
        page.stop("not_text")
        return
    except UndecodableError as error:
        page.stop("undecodable", None, str(error))
        return
    page.is_html = is_html(text)
    try:
        lines, page.line_count = split_lines(html_to_text(text) if page.is_html else text)
    except TooDeepError as error:
        page.stop("html_too_deep", None, str(error))
        return
    page.roles = [UNEXPLAINED] * len(lines)
    if not lines:
        page.stop("empty_page")
        return
    layout = next((layout for layout in LAYOUTS if layout.matches(lines)), None)
    if layout is None:
        page.stop("unknown_layout", lines[0])
        return
    page.layout = layout.NAME
    layout.read(page, lines)
    if page.published_text is not None:  # without a Date line there is no telling where the body begins
        _apply_contract(page, lines, page.captured_date or fetched_date)


def _apply_contract(page: Page, lines: Sequence[Line], captured: date | None) -> None:
    """What a page needs to load: a visible title, a real date, a paragraph, a proven end, no unexplained line."""
    published = page.published_date
    if published and published < FIRST_DAY:
        page.stop("bad_date", None, str(published))
    elif published and captured and published - captured > CAPTURE_TOLERANCE:
        page.stop("future_date", None, f"published {published}, captured {captured}")
    if not page.paragraphs:
        page.stop("no_body")
    if not page.has_body_end:
        page.stop("truncated", lines[-1])
    if UNEXPLAINED in page.roles:
        page.stop("unexplained_text", lines[page.roles.index(UNEXPLAINED)])
