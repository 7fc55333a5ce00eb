"""Render an article as the text of a saved KCNA Watch page.

Here: the four page layouts, their furniture, and the cut of a sidebar teaser.
Not here: the articles themselves, damage done to pages on purpose, and anything that reads pages.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Layout = Literal["A", "B", "C", "D"]
FooterStyle = Literal["auto", "juche", "gregorian", "none"]

END_MARK = "-0-"
TEASER_LIMIT = 130
# Rodong Sinmun dropped the Juche calendar on this day; KCNA.kp followed within weeks.
GREGORIAN_FOOTER_FROM = date(2024, 10, 13)
JUCHE_YEAR_OFFSET = 1911

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_LAST_LINE = "More Articles"
_SHARE_LINE = "Share Button"
_NEWSLETTER_LINES = (
    "Get North Korea headlines delivered to your inbox daily",
    "Subscribe to the NK News 'Daily Update' and get links to must-read stories each morning",
)


@dataclass(frozen=True)
class Article:
    """One article, free of everything that a page adds to it.

    Attributes:
        title: The headline, printed word for word.
        published: The day of the Date line and of the footer.
        source_label: The label after `Source:`, for example `KCNA.kp (En)`.
        paragraphs: The body without dateline and end mark.
        dateline_place: The place of the dateline; None for an article without a dateline.
        dateline_date: The day of the dateline; None for the day of publication.
        end_mark: Whether ` -0-` follows the last paragraph.
        footer: The form of the footer; `auto` goes by the day of publication alone.
    """

    title: str
    published: date
    source_label: str
    paragraphs: tuple[str, ...]
    dateline_place: str | None = "Pyongyang"
    dateline_date: date | None = None
    end_mark: bool = True
    footer: FooterStyle = "auto"


@dataclass(frozen=True)
class SidebarBlock:
    """One entry of the sidebar; the page prints its title and its teaser twice.

    Attributes:
        title: The headline.
        shown_on: The day printed in the block.
        teaser: The beginning of the text.
    """

    title: str
    shown_on: date
    teaser: str


def dateline_of(article: Article) -> str:
    """Write the dateline as it stands before the first paragraph.

    Args:
        article: The article.

    Returns:
        The dateline with its dashes and a final space, or an empty string.
    """
    if article.dateline_place is None:
        return ""
    day = article.dateline_date or article.published
    return f"{article.dateline_place}, {_MONTHS[day.month - 1]} {day.day} (KCNA) -- "


def printed_paragraphs(article: Article) -> list[str]:
    """Write the body as a page prints it, with dateline and end mark.

    Args:
        article: The article; one without paragraphs gives an empty body.

    Returns:
        The printed paragraphs in order.
    """
    printed = list(article.paragraphs)
    if printed:
        printed[0] = dateline_of(article) + printed[0]
        if article.end_mark:
            printed[-1] = f"{printed[-1]} {END_MARK}"
    return printed


def teaser_of(article: Article) -> str:
    """Cut the beginning of an article the way the sidebar does.

    White space is folded, no-break spaces included. The cut is the last space within the first 130
    characters; a first paragraph shorter than that is continued with the next one.

    Args:
        article: The article.

    Returns:
        The teaser; the whole text, end mark included, where that is short enough.
    """
    text = " ".join(" ".join(printed_paragraphs(article)).split())
    if len(text) <= TEASER_LIMIT:
        return text
    cut = text.rfind(" ", 0, TEASER_LIMIT + 1)
    return text[:cut] if cut > 0 else text[:TEASER_LIMIT]


def footer_of(article: Article) -> str | None:
    """Write the footer line.

    Args:
        article: The article.

    Returns:
        The line, or None for an article without a footer.
    """
    style = article.footer
    day = article.published
    if style == "auto":
        style = "juche" if day < GREGORIAN_FOOTER_FROM else "gregorian"
    if style == "juche":
        return f"www.kcna.kp (Juche{day.year - JUCHE_YEAR_OFFSET}.{day.month}.{day.day}.)"
    if style == "gregorian":
        return f"www.kcna.kp ({day.year:04}.{day.month:02}.{day.day:02}.)"
    return None


def render_page(
    layout: Layout,
    article: Article,
    captured: date,
    sidebar: Sequence[SidebarBlock],
    sidebar_label: str | None = None,
) -> str:
    """Render one page.

    Args:
        layout: The page layout. Layout C shows no sidebar and no footer; layout D shows neither title,
            Date line nor footer. Both leave out the capture date.
        article: The article.
        captured: The day on which the page was saved.
        sidebar: The sidebar blocks in printed order.
        sidebar_label: The label after `More From`; None for the article's own.

    Returns:
        The text of the page, without a final line break.
    """
    label = article.source_label if sidebar_label is None else sidebar_label
    if layout == "C":
        return _render_without_header(article)
    if layout == "D":
        return _render_bare(article, sidebar, label)
    header = _long_date(captured) + (_short_date(captured) if layout == "A" else "")
    footer = footer_of(article)
    parts = [
        f"{header}\nKCNA {article.source_label}",
        article.title,
        _date_line(article),
        *printed_paragraphs(article),
        *([] if footer is None else [footer]),
        f"More From {label}",
    ]
    for block in sidebar:
        parts += [block.title, block.title, block.teaser, _long_date(block.shown_on), block.teaser]
    parts.append(_LAST_LINE)
    return "\n\n".join(parts)


def _render_without_header(article: Article) -> str:
    """Render layout C."""
    return "\n\n".join(
        [article.title, _date_line(article), _SHARE_LINE, *printed_paragraphs(article), *_NEWSLETTER_LINES]
    )


def _render_bare(article: Article, sidebar: Sequence[SidebarBlock], label: str) -> str:
    """Render layout D."""
    lines = [*printed_paragraphs(article), f"More From {label}"]
    for block in sidebar:
        lines += [block.teaser, _long_date(block.shown_on), block.teaser]
    return "\n".join(lines)


def _date_line(article: Article) -> str:
    """Write the Date line, day first."""
    day = article.published
    return (
        f"Date: {day.day:02}/{day.month:02}/{day.year:04} | Source: {article.source_label} | "
        "Read original version at source"
    )


def _long_date(day: date) -> str:
    """Write a day as `February 03, 2026`."""
    return f"{_MONTHS[day.month - 1]} {day.day:02}, {day.year:04}"


def _short_date(day: date) -> str:
    """Write a day as `Feb 03, 2026`."""
    return f"{_MONTHS[day.month - 1][:3]} {day.day:02}, {day.year:04}"


def render_html(text: str) -> str:
    """Wrap the text of a page into HTML as a browser saves it: a head, a menu, a script, one element to a block."""
    blocks = "\n".join(f"<p>{html.escape(block).replace(chr(10), '<br>')}</p>" for block in text.split("\n\n"))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>KCNA Watch</title>\n'
        "<style>p { margin: 1em }</style></head>\n<body>\n"
        '<nav><a href="/">Home</a> <a href="/sources">Sources</a></nav>\n'
        f"<main>\n{blocks}\n</main>\n<script>track('page')</script>\n</body>\n</html>\n"
    )
