"""The parts that layouts with a Date line share: title, Date line, body, footer, and where the sidebar begins."""

from __future__ import annotations

from collections.abc import Sequence

from etl.parse import grammar
from etl.parse.model import Page
from etl.parse.sidebar import find_heading, read_sidebar
from etl.parse.text import Line, fold

MAX_TITLE_LINES = 8
"""More lines than this before the Date line are no title; something else stands there."""


def read_dated_page(page: Page, lines: Sequence[Line], start: int) -> None:
    """Read a page from line index `start`: site line, title, Date line, body, footer, sidebar, furniture between them.

    Args:
        page: filled with what is read.
        lines: all non-blank lines of the page.
        start: the index after the capture header, 0 where there is none.
    """
    page.roles[:start] = ["capture_header"] * start
    date_index = find_date_line(lines, start)
    title_start = _read_site_line(page, lines, start, date_index)
    if date_index is None:
        page.stop("missing_date", lines[min(title_start, len(lines) - 1)])
        _read_sidebar_part(page, lines, title_start, label=None)
        return
    _read_title(page, lines, title_start, date_index)
    _read_date_line(page, lines, date_index)
    body_start = _read_share_button(page, lines, date_index + 1)
    body_stop = _read_newsletter(page, lines, body_start)
    heading = _read_sidebar_part(page, lines[:body_stop], body_start, page.source_label)
    _read_body(page, lines, body_start, body_stop if heading is None else heading)


def _read_sidebar_part(page: Page, lines: Sequence[Line], start: int, label: str | None) -> int | None:
    """Read heading and sidebar, if there are any; returns the index of the heading, at which the body ends."""
    heading = find_heading(lines, start, label)
    if heading is not None:
        page.has_body_end = True
        page.roles[heading] = "sidebar_heading"
        page.sidebar_label = grammar.sidebar_label(lines[heading].text)
        read_sidebar(page, lines, heading + 1)
    return heading


def _read_share_button(page: Page, lines: Sequence[Line], index: int) -> int:
    """Step over the share button, which stands directly after the Date line; returns the next index."""
    if index < len(lines) and lines[index].text == grammar.SHARE_BUTTON:
        page.roles[index] = "share_button"
        return index + 1
    return index


def _read_newsletter(page: Page, lines: Sequence[Line], start: int) -> int:
    """Mark the newsletter lines that end the page, if any; returns the index at which they begin.

    They follow the body, so they show that it ended. The same words further up are text.
    """
    stop = len(lines)
    while stop > start and lines[stop - 1].text.startswith(grammar.NEWSLETTER):
        stop -= 1
        page.roles[stop] = "newsletter"
        page.has_body_end = True
    return stop


def find_date_line(lines: Sequence[Line], start: int) -> int | None:
    """The index of the Date line: the first of that form, or the second where a title of that form precedes it."""
    for index in range(start, len(lines)):
        if grammar.date_line(lines[index].text):
            following = index + 1
            is_title = index <= start + 1 and following < len(lines) and grammar.date_line(lines[following].text)
            return following if is_title else index
    return None


def _read_site_line(page: Page, lines: Sequence[Line], start: int, date_index: int | None) -> int:
    """Read the site line if there is one; returns the index at which the title starts.

    A title may begin with "KCNA" too. So the site line must name the source of the Date line where it is the only line
    before it, or where no capture header precedes it.
    """
    label = grammar.site_label(lines[start].text) if start < len(lines) else None
    if label is None:
        return start
    must_agree = date_index is not None and (date_index == start + 1 or start == 0)
    if date_index is not None and must_agree and not _labels_agree(label, lines[date_index]):
        return start
    page.site_label = label
    page.roles[start] = "site_line"
    return start + 1


def _labels_agree(label: str, line: Line) -> bool:
    fields = grammar.date_line(line.text)
    return fields is not None and fold(fields.source_label) == fold(label)


def _read_title(page: Page, lines: Sequence[Line], start: int, stop: int) -> None:
    """Take the lines before the Date line as the title, word for word; line breaks inside it are kept."""
    if start == stop:
        page.stop("missing_title", lines[stop])
        return
    page.title = "\n".join(line.text for line in lines[start:stop])
    if stop - start <= MAX_TITLE_LINES:
        page.roles[start:stop] = ["title"] * (stop - start)
    else:
        page.stop("unexplained_text", lines[start])


def _read_date_line(page: Page, lines: Sequence[Line], index: int) -> None:
    """Read the Date line's source label and date."""
    fields = grammar.date_line(lines[index].text)
    assert fields is not None  # noqa: S101 - the caller found the line by this form
    page.roles[index] = "date_line"
    page.source_label = fields.source_label
    page.published_text = fields.published_text
    page.published_date = grammar.day_first(fields.published_text)
    if page.published_date is None:
        page.stop("bad_date" if fields.published_text else "missing_date", lines[index], fields.published_text)


def _read_body(page: Page, lines: Sequence[Line], start: int, stop: int) -> None:
    """Read paragraphs, end mark and footer between the Date line and the sidebar's heading."""
    end = stop
    index = _find_footer(lines, start, stop)
    if index is not None and (found := grammar.footer(lines[index].text)):
        end = index
        page.roles[index] = "footer"
        page.footer_text = lines[index].text
        page.footer_site, page.footer_calendar, page.footer_date = found
        page.has_body_end = True
    _read_paragraphs(page, lines, start, end)


def _find_footer(lines: Sequence[Line], start: int, stop: int) -> int | None:
    """The index of the footer: the last line of that form.

    Text between the end mark and the footer is still body; text after the footer is not explained. But where the last
    line ends with the end mark, the text goes on to there, and the footer's words further up are part of it.
    """
    if stop > start and grammar.ends_with_mark(lines[stop - 1].text):
        return None
    return next((index for index in range(stop - 1, start - 1, -1) if grammar.footer(lines[index].text)), None)


def _read_paragraphs(page: Page, lines: Sequence[Line], start: int, stop: int) -> None:
    """Blank-line separated blocks; an end mark alone is no paragraph, and the last paragraph loses its end mark."""
    blocks: list[list[Line]] = []
    for index in range(start, stop):
        line = lines[index]
        if line.text == grammar.END_MARK:
            page.roles[index] = "end_mark"
            page.has_end_mark = page.has_end_mark or index == stop - 1
            continue
        page.roles[index] = "body"
        if line.starts_block or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    page.paragraphs = ["\n".join(line.text for line in block) for block in blocks]
    if page.paragraphs and grammar.ends_with_mark(page.paragraphs[-1]):
        page.has_end_mark = True
        page.paragraphs[-1] = grammar.without_mark(page.paragraphs[-1])
    page.has_body_end = page.has_body_end or page.has_end_mark
    _read_dateline(page)


def _read_dateline(page: Page) -> None:
    """The dateline of the first paragraph; it names no year, so the one nearest to the published date is taken."""
    found = grammar.dateline(page.paragraphs[0]) if page.paragraphs else None
    if found:
        page.dateline_place = found.place
        if page.published_date:
            page.dateline_date = grammar.nearest_date(found.month, found.day, page.published_date)
