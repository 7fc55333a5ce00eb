"""The columns of the parsed tables, and the keys that are made of content."""

from __future__ import annotations

from datetime import date

import polars as pl

from etl.parse.model import ROLES
from etl.parse.text import content_key, content_keys, fold

PAGE_SCHEMA = pl.Schema(
    {
        "page_sha256": pl.String(),
        "outcome": pl.String(),
        "reason": pl.String(),
        "reason_line": pl.Int32(),
        "reason_detail": pl.String(),
        "layout": pl.String(),
        "encoding": pl.String(),
        "is_html": pl.Boolean(),
        "byte_count": pl.Int64(),
        "line_count": pl.Int32(),
        "nonblank_line_count": pl.Int32(),
        "unexplained_line_count": pl.Int32(),
        "line_roles": pl.Struct({role: pl.Int32() for role in ROLES}),
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
        "sidebar_entry_count": pl.Int32(),
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
        "is_garbled": pl.Boolean(),
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

GARBLED = ["\N{REPLACEMENT CHARACTER}", "\u00e2\u20ac"]
"""Signs that a text was damaged before it was saved: a lost character, and UTF-8 that was read as CP1252."""

LEAD_LENGTH = 200
"""Characters of an article's folded beginning that are kept to match teasers, which are cut at 121 to 130."""

SCHEMAS = {"page": PAGE_SCHEMA, "article": ARTICLE_SCHEMA, "sidebar_block": SIDEBAR_SCHEMA}


def source_key_of(label: str | None) -> str:
    """A source label as it is compared: folded, lower case; empty where the page names none."""
    return fold(label or "").casefold()


_ARTICLE_KEY = ("source_key", "published_date", "title_key", "body_key")
_ENTRY_KEY = ("source_key", "title_key", "shown_date", "teaser_key")


def article_version_key(source_key: str, published_date: date | None, title_key: str, body_key: str) -> str:
    """The key of one wording of an article: source, date, title and text, folded."""
    return content_key("article", source_key, str(published_date), title_key, body_key)


def article_version_keys(rows: pl.DataFrame) -> pl.Series:
    """`article_version_key` of each row."""
    return content_keys("article", rows.select(_ARTICLE_KEY))


def sidebar_entry_key(source_key: str, title_key: str, shown_date: date | None, teaser_key: str) -> str:
    """The key of a sidebar entry: source, title, date and teaser, folded."""
    return content_key("entry", source_key, title_key, str(shown_date), teaser_key)


def sidebar_entry_keys(rows: pl.DataFrame) -> pl.Series:
    """`sidebar_entry_key` of each row."""
    return content_keys("entry", rows.select(_ENTRY_KEY))
