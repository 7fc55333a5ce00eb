"""A batch of pages as three tables: one row per page, per article seen, and per sidebar block seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from etl.parse.columns import read_columns
from etl.parse.model import UNEXPLAINED, Page, SidebarBlock
from etl.parse.outcome import REASONS
from etl.parse.page import read_page
from etl.parse.schema import (
    GARBLED,
    LEAD_LENGTH,
    SCHEMAS,
    SIDEBAR_SCHEMA,
    article_version_key,
    sidebar_entry_key,
    source_key_of,
)
from etl.parse.text import fold

_ENTRY_ID = SIDEBAR_SCHEMA.names().index("sidebar_entry_id")


@dataclass(slots=True)
class _Rows:
    page: list[tuple[Any, ...]] = field(default_factory=list)
    article: list[tuple[Any, ...]] = field(default_factory=list)
    sidebar_block: list[tuple[Any, ...]] = field(default_factory=list)


def parse_batch(pages: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Parse pages into the tables of `SCHEMAS`: regular ones as columns, the others one by one.

    Args:
        pages: one row per page with `page_sha256`, `content` (bytes), `byte_count` and `first_fetched_at`.
    """
    try:
        regular = read_columns(pages)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError):
        return read_one_by_one(pages)  # one page that trips the column reader must not stop the others
    others = read_one_by_one(pages.join(regular["page"], on="page_sha256", how="anti"))
    return {name: pl.concat([regular[name], others[name]]) for name in SCHEMAS}


def read_one_by_one(pages: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Parse pages with the careful reader alone; gives what `parse_batch` gives, rows in the order of the pages."""
    rows = _Rows()
    columns = ("page_sha256", "content", "byte_count", "first_fetched_at")
    for sha256, content, byte_count, fetched_at in pages.select(columns).iter_rows():
        page = read_page(content, fetched_at.date() if isinstance(fetched_at, datetime) else None)
        source_key = source_key_of(page.source_label or page.site_label)
        blocks = [_block_row(sha256, page, block, source_key) for block in page.blocks]
        entries = {row[_ENTRY_ID] for row in blocks} - {None}
        rows.page.append(_page_row(sha256, byte_count, page, source_key, len(entries)))
        if not page.problems:
            rows.article.append(_article_row(sha256, page, source_key))
        rows.sidebar_block += blocks
    return {name: pl.DataFrame(getattr(rows, name), schema=schema, orient="row") for name, schema in SCHEMAS.items()}


def _page_row(sha256: str, byte_count: int, page: Page, source_key: str, entry_count: int) -> tuple[Any, ...]:
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
        page.is_html,
        byte_count,
        page.line_count,
        len(page.roles),
        page.roles.count(UNEXPLAINED),
        page.line_roles(),
        page.captured_date,
        page.source_label or page.site_label,
        source_key,
        page.site_label,
        page.sidebar_label,
        page.title,
        page.published_text,
        page.published_date,
        len(page.paragraphs),
        complete,
        entry_count,
        len(page.blocks) - complete,
        page.is_sidebar_cut,
    )


def _article_row(sha256: str, page: Page, source_key: str) -> tuple[Any, ...]:
    title_key = fold(page.title or "")
    body = "\n\n".join(page.paragraphs)
    body_key = fold(body)
    return (
        sha256,
        article_version_key(source_key, page.published_date, title_key, body_key),
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
        any(sign in text for sign in GARBLED for text in (page.title or "", body)),
    )


def _block_row(sha256: str, page: Page, block: SidebarBlock, source_key: str) -> tuple[Any, ...]:
    entry_id = title_key = teaser_key = None
    if block.title is not None and block.teaser is not None:
        title_key, teaser_key = fold(block.title), fold(block.teaser)
        entry_id = sidebar_entry_key(source_key, title_key, block.shown_date, teaser_key)
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
