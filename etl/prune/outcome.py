"""What finally becomes of every page: the parser's outcome, and the rules' where the parser would have loaded it."""

from __future__ import annotations

import polars as pl

from etl.prune.sidebar import count_rows

PAGE_TABLES = ("parsed.page", "parsed.article")
"""A row of these that fails a quarantine rule takes its page into quarantine; both have the page as their key."""

QUARANTINE_SCHEMA = pl.Schema(
    {
        "table": pl.String(),
        "page_sha256": pl.String(),
        "position": pl.Int32(),
        "reason": pl.String(),
        "detail": pl.String(),
        "rule_order": pl.Int32(),
    }
)
"""Rows that failed a quarantine rule; `position` is that of the sidebar block, null for a page or an article."""


def final_outcomes(pages: pl.LazyFrame, quarantined: pl.DataFrame) -> pl.LazyFrame:
    """Parsed pages with the rules' verdict; the first rule of the suite that a page fails gives its reason."""
    failed = (
        quarantined.lazy()
        .filter(pl.col("table").is_in(PAGE_TABLES))
        .sort("table", "rule_order")
        .group_by("page_sha256")
        .agg(pl.col("reason").first().alias("rule_reason"), pl.col("detail").first().alias("rule_detail"))
    )
    stopped = (pl.col("outcome") == "load") & pl.col("rule_reason").is_not_null()
    return (
        pages.join(failed, on="page_sha256", how="left")
        .with_columns(
            pl.when(stopped).then(pl.lit("quarantine")).otherwise("outcome").alias("outcome"),
            pl.when(stopped).then("rule_reason").otherwise("reason").alias("reason"),
            pl.when(stopped).then("rule_detail").otherwise("reason_detail").alias("reason_detail"),
        )
        .drop("rule_reason", "rule_detail")
    )


def refused_pages(pages: pl.LazyFrame) -> pl.Series:
    """The keys of the pages that are not loaded, of pages as `final_outcomes` gives them."""
    return pages.filter(pl.col("outcome") != "load").select("page_sha256").collect()["page_sha256"]


def split_blocks(blocks: pl.DataFrame, quarantined: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sidebar blocks that pass every quarantine rule, and the count of the others per page for `quality.dropped`."""
    key = ["page_sha256", "position"]
    failed = quarantined.filter(pl.col("table") == "parsed.sidebar_block").select(key).unique()
    marked = blocks.select(key).join(failed.with_columns(failed=True), on=key, how="left", maintain_order="left")
    is_refused = marked["failed"].fill_null(value=False)
    counts = blocks.filter(is_refused).group_by("page_sha256").agg(pl.len().alias("row_count"))
    return blocks.filter(~is_refused), count_rows(counts.lazy(), "sidebar_block_failed_rule").collect()


def describe(pages: pl.LazyFrame, articles: pl.LazyFrame, versions: pl.LazyFrame) -> pl.LazyFrame:
    """One row per distinct page with its outcome and its article's keys.

    Args:
        pages: as `final_outcomes` gives them.
        articles: the articles of the loaded ones among them.
        versions: their wordings.
    """
    links = articles.select("page_sha256", "article_version_id").join(
        versions.select("article_version_id", "article_id"), on="article_version_id"
    )
    return pages.join(links, on="page_sha256", how="left").sort("page_sha256")
