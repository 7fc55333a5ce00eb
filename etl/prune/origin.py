"""Files offered to pages: which page each file was, or why it gave none."""

from __future__ import annotations

import polars as pl


def origin_files(offers: pl.LazyFrame) -> pl.LazyFrame:
    """One row per file offered, with outcome `page`, `duplicate`, `skipped` or `unreadable`.

    Of several files with the same bytes, the one whose address comes first is the page and the others are its
    duplicates, whichever was read first.
    """
    is_page = pl.col("page_sha256").is_not_null()
    is_first = pl.col("url") == pl.col("url").min().over("page_sha256")
    return (
        offers.sort("fetched_at")
        .unique(["url", "outcome", "reason", "page_sha256"], keep="first", maintain_order=True)
        .with_columns(
            pl.when(is_page & ~is_first).then(pl.lit("duplicate")).otherwise("outcome").alias("outcome"),
        )
        .sort("url", "page_sha256", nulls_last=True)
    )
