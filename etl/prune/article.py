"""Articles seen on pages to distinct wordings, each with the article that it is a version of."""

from __future__ import annotations

import polars as pl

from etl.prune.revision import link_versions
from etl.prune.sidebar import count_rows

VERSION_ORDER = ["captured_date", "page_sha256"]


def versions(articles: pl.LazyFrame) -> pl.DataFrame:
    """One row per distinct wording (source, date, title, body; white space and invisible characters apart).

    Args:
        articles: the articles of loaded pages (`parsed.article`).
    """
    rows = articles.collect().rechunk()
    found = (
        _in_order_of_capture(rows.lazy().with_row_index("row"))
        .group_by("article_version_id")
        .agg(
            pl.col("row").first(),
            pl.col("captured_date").min().alias("first_captured_date"),
            pl.col("captured_date").max().alias("last_captured_date"),
            pl.len().cast(pl.Int32).alias("page_count"),
        )
        .sort("article_version_id")
        .collect()
    )
    texts = rows.drop("article_version_id", *VERSION_ORDER)[found["row"]]  # once, when their order is known
    key, *seen = found.drop("row").get_columns()
    return pl.DataFrame([key, *texts.get_columns(), *seen])


def _in_order_of_capture(articles: pl.LazyFrame) -> pl.LazyFrame:
    return articles.sort(VERSION_ORDER, nulls_last=True)


def linked_versions(articles: pl.LazyFrame) -> pl.DataFrame:
    """The wordings of `versions` with the columns of `revision.LINK_SCHEMA`."""
    wordings = versions(articles)
    return wordings.join(link_versions(wordings), on="article_version_id", maintain_order="left")


def dropped(articles: pl.LazyFrame) -> pl.LazyFrame:
    """Pages whose article an earlier captured page already gave, one row per page."""
    repeats = (
        _in_order_of_capture(articles.select("article_version_id", *VERSION_ORDER))
        .filter(~pl.col("article_version_id").is_first_distinct())
        .select("page_sha256", pl.lit(1).alias("row_count"))
    )
    return count_rows(repeats, "article_seen_on_other_page")
