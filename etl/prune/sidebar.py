"""Sidebar blocks to entries: once per page, then once over all pages."""

from __future__ import annotations

import polars as pl
import polars.selectors as cs

KEYS = ("page_sha256", "sidebar_entry_id")

_BEFORE_ALL_DAYS = -(2**30)

TEXTS = ("source_key", "title", "title_key", "shown_date", "teaser", "teaser_key")

BLOCK_COLUMNS = (*KEYS, "position", "captured_date", *TEXTS)
"""What is needed of `parsed.sidebar_block`."""


def number_keys(blocks: pl.DataFrame) -> pl.DataFrame:
    """Blocks whose keys are numbers in the order of the keys: they are sorted and grouped several times faster."""
    return blocks.with_columns(blocks[name].cast(pl.Enum(blocks[name].unique().sort())) for name in KEYS)


def name_keys(frame: pl.LazyFrame) -> pl.LazyFrame:
    """A table made of such blocks, with its keys as texts again."""
    return frame.with_columns(cs.enum().cast(pl.String))


_PAGE, _ENTRY = (pl.col(name).to_physical().cast(pl.Int64) for name in KEYS)


def _in_one(higher: pl.Expr, lower: pl.Expr) -> pl.Expr:
    """Two small numbers as one, in the same order: rows are sorted and grouped by it in half the time."""
    return higher * 2**32 + lower


def appearances(blocks: pl.LazyFrame) -> pl.LazyFrame:
    """One row per page and entry: the highest place on the page, and how often the block stands there.

    Args:
        blocks: complete blocks of loaded pages (`parsed.sidebar_block`), with the keys of `number_keys`.
    """
    return (
        blocks.group_by(_in_one(_PAGE, _ENTRY).alias("pair"))
        .agg(
            pl.col(KEYS).first(),
            pl.col("position").min(),
            pl.len().cast(pl.Int32).alias("copy_count"),
            pl.col("captured_date").first(),
        )
        .drop("pair")
        .sort(_in_one(_PAGE, pl.col("position")))
    )


def first_appearances(appearances: pl.LazyFrame) -> pl.LazyFrame:
    """One row per entry: its appearance on the page captured first, and where and when it was seen at all.

    Ties of captures are broken by content, never by the order of loading.
    """
    day = pl.col("captured_date").to_physical().cast(pl.Int64).fill_null(_BEFORE_ALL_DAYS)
    return (
        appearances.sort(_in_one(day, _PAGE))
        .group_by("sidebar_entry_id")
        .agg(
            pl.col("page_sha256", "position").first(),
            pl.col("captured_date").min().alias("first_seen_date"),
            pl.col("captured_date").max().alias("last_seen_date"),
            pl.len().cast(pl.Int32).alias("appearance_count"),
        )
    )


def entries(blocks: pl.LazyFrame, first_appearances: pl.LazyFrame) -> pl.LazyFrame:
    """One row per distinct (source, title, date, teaser), white space and invisible characters apart.

    The words are those of the earliest capture; `first_seen_date` and `last_seen_date` are capture dates.
    """
    seen = ("first_seen_date", "last_seen_date", "appearance_count")
    return (
        first_appearances.join(blocks.drop("sidebar_entry_id"), on=["page_sha256", "position"])
        .select("sidebar_entry_id", *TEXTS, *seen)
        .sort("sidebar_entry_id")
    )


def link_articles(entries: pl.LazyFrame, versions: pl.LazyFrame) -> pl.LazyFrame:
    """Entries with the `article_id` of the full article, where a page with it was loaded.

    Same source, title and date, and the teaser is how the article begins. Where two articles fit, the smaller key
    is taken, so that the choice does not depend on the order of loading.
    """
    known = versions.select("source_key", "title_key", "published_date", "lead_key", "article_id")
    links = (
        entries.join(
            known,
            left_on=["source_key", "title_key", "shown_date"],
            right_on=["source_key", "title_key", "published_date"],
        )
        # a text shorter than a teaser stands in it with its end mark, which is not part of the article
        .filter(pl.col("lead_key").str.starts_with(pl.col("teaser_key").str.strip_suffix("-0-").str.strip_chars_end()))
        .group_by("sidebar_entry_id")
        .agg(pl.col("article_id").min())
    )
    return entries.join(links, on="sidebar_entry_id", how="left").sort("sidebar_entry_id")


def dropped(appearances: pl.LazyFrame, first_appearances: pl.LazyFrame) -> pl.LazyFrame:
    """What was removed, per page and reason: the double prints, repeats on the page, and repeats across pages."""
    first = first_appearances.group_by("page_sha256").agg(pl.len().cast(pl.Int64).alias("first_count"))
    pages = (
        appearances.group_by("page_sha256")
        .agg(pl.col("copy_count").sum().alias("block_count"), pl.len().cast(pl.Int64).alias("entry_count"))
        .join(first, on="page_sha256", how="left")
    )
    new = pl.col("first_count").fill_null(0)
    removed = {
        "sidebar_title_printed_twice": pl.col("block_count"),
        "sidebar_teaser_printed_twice": pl.col("block_count"),
        "sidebar_entry_repeated_on_page": pl.col("block_count") - pl.col("entry_count"),
        "sidebar_entry_seen_on_other_page": pl.col("entry_count") - new,
    }
    counted = [count_rows(pages.with_columns(row_count=count), reason) for reason, count in removed.items()]
    return pl.concat(counted).filter(pl.col("row_count") > 0)


def count_rows(counts: pl.LazyFrame, reason: str) -> pl.LazyFrame:
    """Counts per page in the form of `quality.dropped`."""
    return counts.select("page_sha256", pl.lit(reason).alias("reason"), pl.col("row_count").cast(pl.Int64))
