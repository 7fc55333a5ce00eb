"""Sidebar blocks to entries: once per page, then once over all pages."""

from __future__ import annotations

import polars as pl

ENTRY_ORDER = ["captured_date", "page_sha256", "position"]
"""The earliest capture comes first; ties are broken by content, never by the order of loading."""


def appearances(blocks: pl.LazyFrame) -> pl.LazyFrame:
    """One row per page and entry: the highest place on the page, and how often the block stands there.

    Args:
        blocks: complete blocks of loaded pages (`parsed.sidebar_block`).
    """
    return (
        blocks.group_by("page_sha256", "sidebar_entry_id")
        .agg(
            pl.col("position").min(),
            pl.len().cast(pl.Int32).alias("copy_count"),
            pl.col("captured_date").first(),
        )
        .sort("page_sha256", "position")
    )


def entries(blocks: pl.LazyFrame) -> pl.LazyFrame:
    """One row per distinct (source, title, date, teaser), white space and invisible characters apart.

    The words are those of the earliest capture; `first_seen_date` and `last_seen_date` are capture dates.
    """
    texts = ["source_key", "title", "title_key", "shown_date", "teaser", "teaser_key"]
    return (
        blocks.sort(ENTRY_ORDER)
        .group_by("sidebar_entry_id")
        .agg(
            *(pl.col(name).first() for name in texts),
            pl.col("captured_date").min().alias("first_seen_date"),
            pl.col("captured_date").max().alias("last_seen_date"),
            pl.col("page_sha256").n_unique().cast(pl.Int32).alias("appearance_count"),
        )
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


def dropped(blocks: pl.LazyFrame, appearances: pl.LazyFrame) -> pl.LazyFrame:
    """What was removed, per page and reason: the double prints, repeats on the page, and repeats across pages."""
    per_page = blocks.group_by("page_sha256").agg(pl.len().alias("row_count"))
    on_page = (
        appearances.group_by("page_sha256")
        .agg((pl.col("copy_count") - 1).sum().alias("row_count"))
        .filter(pl.col("row_count") > 0)
    )
    across = (
        appearances.sort("captured_date", "page_sha256")
        .with_columns(pl.col("page_sha256").first().over("sidebar_entry_id").alias("first_page"))
        .filter(pl.col("page_sha256") != pl.col("first_page"))
        .group_by("page_sha256")
        .agg(pl.len().alias("row_count"))
    )
    return pl.concat(
        [
            count_rows(per_page, "sidebar_title_printed_twice"),
            count_rows(per_page, "sidebar_teaser_printed_twice"),
            count_rows(on_page, "sidebar_entry_repeated_on_page"),
            count_rows(across, "sidebar_entry_seen_on_other_page"),
        ]
    )


def count_rows(counts: pl.LazyFrame, reason: str) -> pl.LazyFrame:
    """Counts per page in the form of `quality.dropped`."""
    return counts.select("page_sha256", pl.lit(reason).alias("reason"), pl.col("row_count").cast(pl.Int64))
