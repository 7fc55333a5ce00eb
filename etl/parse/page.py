"""One page, read with care: bytes to fields, outcome and reason. Plain enough to be read as the specification."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from types import ModuleType

from etl.parse import grammar, layout_a, layout_b
from etl.parse.model import Page
from etl.parse.text import Line, NotTextError, UndecodableError, decode, is_visible, split_lines

PARSER_VERSION = 1
"""Raise it when any page may read differently than before; every page is then read again from raw."""

LAYOUTS: tuple[ModuleType, ...] = (layout_a, layout_b)
"""Asked in this order; the first that recognises the page reads it."""

FIRST_DAY = date(1946, 1, 1)
"""No earlier publication date is believed: the agency was founded in December 1946."""

CAPTURE_TOLERANCE = timedelta(days=1)
"""Korean time is ahead of the page's clock."""


def read_page(content: bytes) -> Page:
    """Read the bytes of one saved page; never raises for anything the bytes hold."""
    page = Page()
    try:
        _read(page, content)
    except Exception as error:  # noqa: BLE001,RUF100 - one page's fault must not stop the others; the type is kept
        page.stop("parser_error", None, type(error).__name__)
    return page


def _read(page: Page, content: bytes) -> None:
    try:
        text, page.encoding = decode(content)
    except NotTextError:
        page.stop("not_text")
        return
    except UndecodableError as error:
        page.stop("undecodable", None, str(error))
        return
    lines, page.line_count = split_lines(text)
    page.roles = ["unexplained"] * len(lines)
    if not lines:
        page.stop("empty_page")
        return
    layout = next((layout for layout in LAYOUTS if layout.matches(lines)), None)
    if layout is None:
        _read_unknown(page, lines)
        return
    page.layout = layout.NAME
    layout.read(page, lines)
    _apply_contract(page, lines)


def _read_unknown(page: Page, lines: Sequence[Line]) -> None:
    """A page with parts of a KCNA Watch page waits in quarantine for its layout; anything else is no such page."""
    for line in lines:
        if grammar.date_line(line.text):
            page.layout = "C"
            page.stop("layout_not_supported", line)
            return
        if grammar.sidebar_label(line.text):
            page.layout = "D"
            page.stop("layout_not_supported", line)
            return
    if any(grammar.footer(line.text) or grammar.ends_with_mark(line.text) for line in lines):
        page.stop("missing_date", lines[0])
        return
    page.stop("unknown_layout", lines[0])


def _apply_contract(page: Page, lines: Sequence[Line]) -> None:
    """What a page needs to load: a visible title, a real date, a paragraph, a proven end, no unexplained line."""
    if page.title is not None and not is_visible(page.title):
        page.stop("missing_title")
    _check_published_date(page)
    if page.published_text is None:
        return  # without a Date line there is no telling where the body begins
    if not any(is_visible(paragraph) for paragraph in page.paragraphs):
        page.stop("no_body")
    if not page.has_body_end:
        page.stop("truncated", lines[-1])
    _check_explained(page, lines)


def _check_published_date(page: Page) -> None:
    published, captured = page.published_date, page.captured_date
    if published is None:
        return
    if published < FIRST_DAY:
        page.stop("bad_date", None, str(published))
    elif captured and published > captured + CAPTURE_TOLERANCE:
        page.stop("future_date", None, f"published {published}, captured {captured}")


def _check_explained(page: Page, lines: Sequence[Line]) -> None:
    for line, role in zip(lines, page.roles, strict=True):
        if role == "unexplained":
            page.stop("unexplained_text", line)
            return
