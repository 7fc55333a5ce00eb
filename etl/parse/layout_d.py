"""Layout D: another extractor that lost title, date and source; one paragraph to a line, and teasers without titles.

Such a page cannot load. Its text and teasers are read all the same, so that what waits in quarantine is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from etl.parse import grammar
from etl.parse.model import Page, SidebarBlock
from etl.parse.text import Line

NAME = "D"
SEEN = "a few captures"

BLOCK_LINES = 3
END_LINES = ("KCNA", grammar.END_MARK)


def matches(lines: Sequence[Line]) -> bool:
    """Whether there is a sidebar heading or an end mark; layouts with a header or a Date line were asked before."""
    return _heading(lines) is not None or any(
        line.text == "KCNA" or grammar.ends_with_mark(line.text) or grammar.footer(line.text) for line in lines
    )


def read(page: Page, lines: Sequence[Line]) -> None:
    """Read paragraphs and teasers; the heading is the one hint of the source."""
    heading = _heading(lines)
    stop = len(lines) if heading is None else heading
    for index in range(stop):
        page.roles[index] = "end_mark" if lines[index].text in END_LINES else "body"
    page.paragraphs = [grammar.without_mark(line.text) for line in lines[:stop] if line.text not in END_LINES]
    if heading is not None:
        page.roles[heading] = "sidebar_heading"
        page.sidebar_label = grammar.sidebar_label(lines[heading].text)
        _read_teasers(page, lines, heading + 1)
    page.stop("headless", lines[0])


def _heading(lines: Sequence[Line]) -> int | None:
    """The first heading that a teaser block follows, else the last one there is."""
    found = [index for index, line in enumerate(lines) if grammar.sidebar_label(line.text) is not None]
    return next((index for index in found if _block_at(lines, index + 1)), found[-1] if found else None)


def _block_at(lines: Sequence[Line], index: int) -> bool:
    if index + BLOCK_LINES > len(lines):
        return False
    teaser, day, again = (line.text for line in lines[index : index + BLOCK_LINES])
    return teaser == again and grammar.long_date(day) is not None


def _read_teasers(page: Page, lines: Sequence[Line], start: int) -> None:
    index = start
    while index < len(lines):
        if _block_at(lines, index):
            line, day = lines[index], lines[index + 1]
            page.blocks.append(
                SidebarBlock(
                    len(page.blocks) + 1, line.number, None, grammar.long_date(day.text), line.text, is_complete=False
                )
            )
            page.roles[index : index + BLOCK_LINES] = ("sidebar_teaser", "sidebar_date", "sidebar_teaser")
            index += BLOCK_LINES
        else:
            index += 1
