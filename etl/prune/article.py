"""Articles seen on pages to distinct wordings, each with the article that it is a version of."""

from __future__ import annotations

import polars as pl

from etl.prune.revision import link_versions
from etl.prune.sidebar import count_rows

VERSION_ORDER = ["captured_date", "page_sha256"]


def versions(articles: pl.LazyFrame) -> pl.LazyFrame:
    """One row per distinct wording (source, date, title, body; white space and invisible characters apart).

    Args:
        articles: the articles of loaded pages (`parsed.article`).
    """
    grouped = articles.sort(VERSION_ORDER, nulls_last=True).group_by("article_version_id")
    texts = pl.exclude("article_version_id", "page_sha256", "captured_date").first()
    return grouped.agg(
        texts,
        pl.col("captured_date").min().alias("first_captured_date"),
        pl.col("captured_date").max().alias("last_captured_date"),
        pl.len().cast(pl.Int32).alias("page_count"),
    ).sort("article_version_id")


def linked_versions(articles: pl.LazyFrame) -> pl.DataFrame:
    """The wordings of `versions` with the columns of `revision.LINK_SCHEMA`."""
    wordings = versions(articles).collect()
    return wordings.join(link_versions(wordings), on="article_version_id", maintain_order="left")


def dropped(articles: pl.LazyFrame) -> pl.LazyFrame:
    """Pages whose article an earlier captured page already gave, one row per page."""
    repeats = (
        articles.sort(VERSION_ORDER, nulls_last=True)
        .with_columns(pl.col("page_sha256").first().over("article_version_id").alias("first_page"))
        .filter(pl.col("page_sha256") != pl.col("first_page"))
        .select("page_sha256", pl.lit(1).alias("row_count"))
    )
    return count_rows(repeats, "article_seen_on_other_page")
