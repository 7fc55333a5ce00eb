"""Places on pages: the line that is to blame and those around it, and the pages that did not load by their reasons.

What belongs here: which page, and where on it to look. What does not: how many are shown.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from etl import files
from etl.parse.decode import decode
from etl.parse.html import html_to_text
from etl.parse.page import read_page
from etl.parse.text import split_lines
from etl.quality.excerpt import ExcerptLine, each_page, excerpt
from etl.quality.report_warehouse import ShownWarehouse
from etl.quality.suite import Rule
from etl.settings import Home

LINES_AROUND = 4

_MARKS = (
    ("footer_", "footer"),
    ("dateline_", "body"),
    ("is_sidebar_cut", "-"),
    ("sidebar_label", "sidebar_heading"),
    ("site_label", "site_line"),
    ("title", "title"),
    ("has_end_mark", "-body"),
    ("unexplained", "unexplained"),
    ("published_date", "date_line"),
    ("source_", "date_line"),
    ("captured_date", "capture_header"),
    ("body", "body"),
    ("paragraph_", "body"),
    ("character_", "body"),
    ("word_", "body"),
    ("is_garbled", "body"),
)
"""By the beginning of a column that a rule speaks of, the first that fits: which part of the page is to be looked at;
with a minus the last line of it, and of the page where no part is named."""

_MARK_OF_REASON = {"bad_date": "date_line", "future_date": "date_line", "no_body": "date_line"}


def mark_for(rule: Rule | None) -> str | None:
    """The part of a page that a rule speaks of."""
    if rule is None:
        return None
    words = set(re.findall(r"\w+", json.dumps(dict(rule.kwargs))))
    return next((mark for column, mark in _MARKS if any(word.startswith(column) for word in words)), None)


@dataclass
class Spot:
    """A place on a page, by its line if that is known, else by what stands there, and the lines around it."""

    page_sha256: str
    line_number: int | None = None
    mark: str | None = None
    position: int | None = None
    lines: list[ExcerptLine] = field(default_factory=list)


def fill_excerpts(home: Home, spots: Iterable[Spot], searched_bytes: int) -> str | None:
    """Read the pages and cut out the lines around each place; returns why that was not possible, if so.

    Args:
        home: where the raw pages are.
        spots: the places; they get their lines, and their line number where it can be found.
        searched_bytes: the size up to which a page is searched for a line.
    """
    by_page: dict[str, list[Spot]] = defaultdict(list)
    for spot in spots:
        by_page[spot.page_sha256].append(spot)
    try:
        for sha256, content in each_page(home, by_page):
            for spot in by_page[sha256]:
                if not spot.line_number:
                    spot.line_number = _find_line(content, spot) if len(content) <= searched_bytes else None
                spot.lines = excerpt(content, spot.line_number, LINES_AROUND)
    except (files.DamagedFileError, OSError) as error:
        return str(error)
    return None


def _find_line(content: bytes, spot: Spot) -> int | None:
    """The number of the line that a place is about; None where there is no telling."""
    if not (spot.mark or spot.position):
        return None
    page = read_page(content)
    if not page.roles:
        return None
    if spot.position is not None:
        return next((block.line_number for block in page.blocks if block.position == spot.position), None)
    text = decode(content).text
    lines, _ = split_lines(html_to_text(text) if page.is_html else text)
    role, is_last = (spot.mark or "").removeprefix("-"), (spot.mark or "").startswith("-")
    found = [line.number for line, is_ in zip(lines, page.roles, strict=False) if role in (is_, "")]
    return found[-1 if is_last else 0] if found else None


@dataclass
class PageShown:
    """A page that did not load, and the place on it that is to blame."""

    row: dict[str, Any]
    spot: Spot


@dataclass
class ReasonGroup:
    """Pages that did not load for one reason: how many, and the first of them."""

    outcome: str
    reason: str
    sentence: str
    count: int
    pages: list[PageShown]


_REFUSED = """
    select
        outcome, reason, reason_sentence, reason_line, reason_detail, name, title, layout, page_sha256,
        count(*) over (partition by outcome, reason) as page_count
    from quality.page_outcome
    where outcome <> 'load'
    qualify row_number() over (partition by outcome, reason order by name, page_sha256) <= $shown
    order by page_count desc, outcome, reason, name, page_sha256
"""


def reasons(
    shown: ShownWarehouse, quarantined_by: Callable[[str], dict[str, Rule]], pages_per_reason: int
) -> list[ReasonGroup]:
    """Pages that did not load, by reason, the most frequent first.

    Args:
        shown: the warehouse.
        quarantined_by: gives for a reason the pages that a rule sent to quarantine, each with the rule.
        pages_per_reason: how many pages of a reason are shown.
    """
    rows = shown.rows(_REFUSED, {"shown": pages_per_reason})
    groups = []
    for (outcome, reason), pages in groupby(rows, key=lambda row: (row["outcome"], row["reason"])):
        by_rule = quarantined_by(reason)
        found = [_page_shown(row, by_rule.get(row["page_sha256"])) for row in pages]
        first = found[0].row
        sentence = first["reason_sentence"] or str(reason).replace("_", " ")
        groups.append(ReasonGroup(outcome, str(reason), sentence, first["page_count"], found))
    return groups


def _page_shown(row: dict[str, Any], rule: Rule | None) -> PageShown:
    mark = mark_for(rule) if rule else _MARK_OF_REASON.get(row["reason"])
    return PageShown(row, Spot(row["page_sha256"], row["reason_line"], mark))
