"""Files offered to pages: which page each file was, or why it gave none."""

from __future__ import annotations

import polars as pl

from etl.fetch.raw_store import OFFER_IDENTITY


def origin_files(offers: pl.LazyFrame) -> pl.LazyFrame:
    """One row per file offered, with outcome `page`, `duplicate`, `skipped` or `unreadable`.

    Of several files with the same bytes, the one whose address comes first is the page and the others are its
    duplicates, whichever was read first. `first_fetched_at` is when its bytes were first fetched, from wherever; of a
    file that gave no page, when that was first found.
    """
    is_page = pl.col("page_sha256").is_not_null()
    is_first = pl.int_range(pl.len()).over("page_sha256") == 0
    return (
        offers.sort("fetched_at")
        .unique(OFFER_IDENTITY, keep="first", maintain_order=True)
        .sort("url", "origin", "page_sha256", nulls_last=True)
        .with_columns(
            pl.when(is_page & ~is_first).then(pl.lit("duplicate")).otherwise("outcome").alias("outcome"),
            pl.when(is_page)
            .then(pl.col("fetched_at").min().over("page_sha256"))
            .otherwise("fetched_at")
            .alias("first_fetched_at"),
        )
    )
