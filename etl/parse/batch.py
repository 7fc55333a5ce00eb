"""A batch of pages as columns: three tables, one row per page, per article seen, and per sidebar block seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from etl.parse.model import Page, SidebarBlock
from etl.parse.outcome import REASONS
from etl.parse.page import PARSER_VERSION, read_page
from etl.parse.text import content_key, fold

__all__ = ["PARSER_VERSION", "SCHEMAS", "parse_batch"]

PAGE_SCHEMA = pl.Schema(
    {
        "page_sha256": pl.String(),
        "outcome": pl.String(),
        "reason": pl.String(),
        "reason_line": pl.Int32(),
        "reason_detail": pl.String(),
        "layout": pl.String(),
        "encoding": pl.String(),
        "byte_count": pl.Int64(),
        "line_count": pl.Int32(),
        "nonblank_line_count": pl.Int32(),
        "unexplained_line_count": pl.Int32(),
        "line_roles": pl.List(pl.Struct({"role": pl.String(), "line_count": pl.Int32()})),
        "captured_date": pl.Date(),
        "source_label": pl.String(),
        "source_key": pl.String(),
        "site_label": pl.String(),
        "sidebar_label": pl.String(),
        "title": pl.String(),
        "published_text": pl.String(),
        "published_date": pl.Date(),
        "paragraph_count": pl.Int32(),
        "sidebar_block_count": pl.Int32(),
        "sidebar_incomplete_count": pl.Int32(),
        "is_sidebar_cut": pl.Boolean(),
    }
)
"""One row per page, whatever became of it."""

ARTICLE_SCHEMA = pl.Schema(
    {
        "page_sha256": pl.String(),
        "article_version_id": pl.String(),
        "source_key": pl.String(),
        "title": pl.String(),
        "title_key": pl.String(),
        "captured_date": pl.Date(),
        "published_date": pl.Date(),
        "dateline_place": pl.String(),
        "dateline_date": pl.Date(),
        "has_end_mark": pl.Boolean(),
        "footer_text": pl.String(),
        "footer_site": pl.String(),
        "footer_calendar": pl.String(),
        "footer_date": pl.Date(),
        "body": pl.String(),
        "lead_key": pl.String(),
        "paragraph_count": pl.Int32(),
        "word_count": pl.Int32(),
        "character_count": pl.Int32(),
    }
)
"""One row per page that the parser would load: the article on it."""

SIDEBAR_SCHEMA = pl.Schema(
    {
        "page_sha256": pl.String(),
        "position": pl.Int32(),
        "line_number": pl.Int32(),
        "is_complete": pl.Boolean(),
        "sidebar_entry_id": pl.String(),
        "source_key": pl.String(),
        "title": pl.String(),
        "shown_date": pl.Date(),
        "teaser": pl.String(),
        "title_key": pl.String(),
        "teaser_key": pl.String(),
        "teaser_character_count": pl.Int32(),
        "captured_date": pl.Date(),
    }
)
"""One row per sidebar block printed on a page, incomplete ones and repeats included."""

LEAD_LENGTH = 200
"""Characters of an article's folded beginning that are kept to match teasers, which are cut at 121 to 130."""

SCHEMAS = {"page": PAGE_SCHEMA, "article": ARTICLE_SCHEMA, "sidebar_block": SIDEBAR_SCHEMA}


@dataclass(slots=True)
class _Rows:
    page: list[tuple[Any, ...]] = field(default_factory=list)
    article: list[tuple[Any, ...]] = field(default_factory=list)
    sidebar_block: list[tuple[Any, ...]] = field(default_factory=list)


def parse_batch(pages: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Parse pages into the tables of `SCHEMAS`.

    Args:
        pages: one row per page with `page_sha256`, `content` (bytes) and `byte_count`.
    """
    rows = _Rows()
    for sha256, content, byte_count in pages.select("page_sha256", "content", "byte_count").iter_rows():
        page = read_page(content)
        rows.page.append(_page_row(sha256, byte_count, page))
        source_key = source_key_of(page)
        if not page.problems:
            rows.article.append(_article_row(sha256, page, source_key))
        rows.sidebar_block += [_block_row(sha256, page, block, source_key) for block in page.blocks]
    return {name: pl.DataFrame(getattr(rows, name), schema=schema, orient="row") for name, schema in SCHEMAS.items()}


def source_key_of(page: Page) -> str:
    """The source label as it is compared: folded, lower case; empty where the page names none."""
    return fold(page.source_label or page.site_label or "").casefold()


def _page_row(sha256: str, byte_count: int, page: Page) -> tuple[Any, ...]:
    code, line, detail = page.problems[0] if page.problems else (None, None, None)
    complete = sum(block.is_complete for block in page.blocks)
    return (
        sha256,
        REASONS[code].outcome if code else "load",
        code,
        line,
        detail,
        page.layout,
        page.encoding,
        byte_count,
        page.line_count,
        len(page.roles),
        page.roles.count("unexplained"),
        [{"role": role, "line_count": count} for role, count in page.line_roles().items()],
        page.captured_date,
        page.source_label or page.site_label,
        source_key_of(page),
        page.site_label,
        page.sidebar_label,
        page.title,
        page.published_text,
        page.published_date,
        len(page.paragraphs),
        complete,
        len(page.blocks) - complete,
        page.is_sidebar_cut,
    )


def _article_row(sha256: str, page: Page, source_key: str) -> tuple[Any, ...]:
    title_key = fold(page.title or "")
    body = "\n\n".join(page.paragraphs)
    body_key = fold(body)
    return (
        sha256,
        content_key("article", source_key, str(page.published_date), title_key, body_key),
        source_key,
        page.title,
        title_key,
        page.captured_date,
        page.published_date,
        page.dateline_place,
        page.dateline_date,
        page.has_end_mark,
        page.footer_text,
        page.footer_site,
        page.footer_calendar,
        page.footer_date,
        body,
        body_key[:LEAD_LENGTH],
        len(page.paragraphs),
        len(body.split()),
        len(body),
    )


def _block_row(sha256: str, page: Page, block: SidebarBlock, source_key: str) -> tuple[Any, ...]:
    entry_id = title_key = teaser_key = None
    if block.title is not None and block.teaser is not None:
        title_key, teaser_key = fold(block.title), fold(block.teaser)
        entry_id = content_key("entry", source_key, title_key, str(block.shown_date), teaser_key)
    return (
        sha256,
        block.position,
        block.line_number,
        block.is_complete,
        entry_id,
        source_key,
        block.title,
        block.shown_date,
        block.teaser,
        title_key,
        teaser_key,
        len(block.teaser) if block.teaser is not None else None,
        page.captured_date,
    )
