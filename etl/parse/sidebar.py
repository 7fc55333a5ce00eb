"""The sidebar: a heading, blocks of five lines (title, title, teaser, date, teaser), and a trailer.

The double print of title and teaser is the form of a block, not a duplicate.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from etl.parse import grammar
from etl.parse.model import Page, SidebarBlock
from etl.parse.text import Line, fold

BLOCK_LINES = 5
BLOCK_ROLES = ("sidebar_title", "sidebar_title", "sidebar_teaser", "sidebar_date", "sidebar_teaser")


def block_at(lines: Sequence[Line], index: int) -> date | None:
    """The date of the complete block that starts at this line; None where there is no complete block."""
    if index + BLOCK_LINES > len(lines):
        return None
    title, again, teaser, day, teaser_again = (line.text for line in lines[index : index + BLOCK_LINES])
    if not (_same(title, again) and _same(teaser, teaser_again)):
        return None
    return grammar.long_date(day)


def find_heading(lines: Sequence[Line], start: int, label: str | None) -> int | None:
    """The index of the heading that the sidebar follows; None where there is none.

    A body or a title may hold the same words. So the heading is the first one, of the page's own source, after
    which every line to the end of the page belongs to the sidebar; failing that, the first one followed by a
    complete block or by nothing that could be text; a heading of another source counts only before a whole sidebar.
    """
    found = [i for i in range(start, len(lines)) if grammar.sidebar_label(lines[i].text) is not None]
    if not found:
        return None
    explained = _explained_to_the_end(lines, start)
    own = [i for i in found if label is None or fold(lines[i].text).casefold() == f"more from {label}".casefold()]
    for index in own:
        if explained[index + 1 - start]:
            return index
    for index in own:
        if block_at(lines, index + 1):
            return index
    for index in found:
        if explained[index + 1 - start] and block_at(lines, index + 1):
            return index
    return own[-1] if own else None


def _explained_to_the_end(lines: Sequence[Line], start: int) -> list[bool]:
    """For each index from `start` on: whether all lines from there are blocks, then a trailer or a part of a block."""
    total = len(lines)
    explained = [False] * (total - start + 1)
    for index in range(total, start - 1, -1):
        following = index + BLOCK_LINES
        explained[index - start] = (
            index == total
            or (following <= total and explained[following - start] and block_at(lines, index) is not None)
            or _is_last_trailer(lines, index)
            or _is_cut_block(lines, index)
        )
    return explained


def _is_last_trailer(lines: Sequence[Line], index: int) -> bool:
    """Whether this is the last line and the trailer, or, on a cut page, the beginning of the trailer."""
    text = lines[index].text
    return index == len(lines) - 1 and len(text) > len("More") and grammar.TRAILER.startswith(text)


def _is_cut_block(lines: Sequence[Line], index: int) -> bool:
    """Whether the few lines left could be the beginning of a block whose end was cut off."""
    if len(lines) - index > BLOCK_LINES:
        return False  # before anything is copied, so that a page takes time in proportion to its length
    rest = [line.text for line in lines[index:]]
    if not 1 <= len(rest) < BLOCK_LINES:
        return len(rest) == BLOCK_LINES and _same(rest[0], rest[1]) and rest[2].startswith(rest[4])
    if len(rest) == 1:
        return True
    doubled = _same(rest[0], rest[1]) or (len(rest) == 2 and rest[0].startswith(rest[1]))
    return doubled and (len(rest) < 4 or any(month.startswith(rest[3][:3]) for month in grammar.MONTHS))


def _same(first: str, second: str) -> bool:
    return first == second or fold(first) == fold(second)


def read_sidebar(page: Page, lines: Sequence[Line], start: int) -> None:
    """Read the blocks from line index `start` to the end of the page into `page`."""
    index = start
    page.is_sidebar_cut = True
    while index < len(lines):
        shown = block_at(lines, index)
        if shown:
            page.blocks.append(_block(page, lines, index, shown))
            page.roles[index : index + BLOCK_LINES] = BLOCK_ROLES
            index += BLOCK_LINES
        elif _is_last_trailer(lines, index):
            page.roles[index] = "more_articles"
            page.is_sidebar_cut = lines[index].text != grammar.TRAILER
            index += 1
        else:
            index = _read_incomplete(page, lines, index)


def _block(page: Page, lines: Sequence[Line], index: int, shown: date) -> SidebarBlock:
    return SidebarBlock(
        len(page.blocks) + 1,
        lines[index].number,
        lines[index].text,
        shown,
        lines[index + 2].text,
        is_complete=True,
    )


def _read_incomplete(page: Page, lines: Sequence[Line], index: int) -> int:
    """Take the lines up to the next complete block as one incomplete block, or leave them unexplained."""
    stop = index + 1
    while stop < len(lines) and not block_at(lines, stop) and not _is_last_trailer(lines, stop):
        stop += 1
    rest = lines[index:stop]
    if _resembles_block(rest) or (stop == len(lines) and _is_cut_block(lines, index)):
        page.blocks.append(SidebarBlock(len(page.blocks) + 1, rest[0].number, None, None, None, is_complete=False))
        page.roles[index:stop] = ["sidebar_incomplete"] * len(rest)
    return stop


def _resembles_block(rest: Sequence[Line]) -> bool:
    """Whether these lines are a block that lost a line: a doubled line or a date among two to five lines."""
    if not 2 <= len(rest) <= BLOCK_LINES:
        return False
    dated = any(grammar.long_date(line.text) for line in rest)
    return dated or any(_same(a.text, b.text) for a, b in pairwise(rest))
