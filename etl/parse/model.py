"""What a page gives: its fields, its sidebar blocks, and what each of its lines is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from etl.parse.text import Line

FIELD_ROLES = (
    "capture_header", "site_line", "title", "date_line", "body", "end_mark", "footer",
    "sidebar_heading", "sidebar_title", "sidebar_teaser", "sidebar_date", "sidebar_incomplete",
)  # fmt: skip
FURNITURE_ROLES = ("share_button", "newsletter", "more_articles")
"""Parts of a page that hold nothing of its own."""

UNEXPLAINED = "unexplained"
ROLES = (*FIELD_ROLES, *FURNITURE_ROLES, UNEXPLAINED)
"""What a line can be; every non-blank line has exactly one role."""


@dataclass(frozen=True, slots=True)
class SidebarBlock:
    """One entry of the sidebar as printed on one page.

    Attributes:
        position: counted from 1 down the page, incomplete blocks included.
        line_number: the line of its first print.
        title: as printed; None if the block is incomplete.
        shown_date: the date printed in the block.
        teaser: the cut beginning of the article's text.
        is_complete: whether title, title, teaser, date, teaser all stand there.
    """

    position: int
    line_number: int
    title: str | None
    shown_date: date | None
    teaser: str | None
    is_complete: bool


@dataclass(slots=True)
class Page:
    """Everything one page says, as far as it could be read.

    Attributes:
        layout: name of the layout; None where none was recognised.
        problems: reason code, line number and detail of whatever stops the page from loading, first one first.
        roles: what each non-blank line is, by position in the list of lines.
        has_body_end: whether something on the page shows that the text ended.
        is_sidebar_cut: whether the sidebar ends without its trailer.
    """

    layout: str | None = None
    encoding: str | None = None
    is_html: bool = False
    line_count: int = 0
    roles: list[str] = field(default_factory=list)
    problems: list[tuple[str, int | None, str | None]] = field(default_factory=list)
    captured_date: date | None = None
    site_label: str | None = None
    source_label: str | None = None
    title: str | None = None
    published_text: str | None = None
    published_date: date | None = None
    dateline_place: str | None = None
    dateline_date: date | None = None
    paragraphs: list[str] = field(default_factory=list)
    has_end_mark: bool = False
    footer_text: str | None = None
    footer_site: str | None = None
    footer_calendar: str | None = None
    footer_date: date | None = None
    sidebar_label: str | None = None
    has_body_end: bool = False
    is_sidebar_cut: bool = False
    blocks: list[SidebarBlock] = field(default_factory=list)

    def stop(self, code: str, line: Line | None = None, detail: str | None = None) -> None:
        """Note a reason why the page cannot load."""
        self.problems.append((code, line.number if line else None, detail))

    def line_roles(self) -> dict[str, int]:
        """How many non-blank lines have each role, in the order of `ROLES`."""
        counts = Counter(self.roles)
        return {role: counts[role] for role in ROLES}
