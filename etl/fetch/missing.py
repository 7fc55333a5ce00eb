"""Addresses of articles that sidebars name and the warehouse lacks, where a table says which title stands where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from etl.fetch.origin import OriginError
from etl.parse.text import fold

if TYPE_CHECKING:
    import duckdb

TITLE, ADDRESS, DATE = ("title",), ("address", "url"), ("date", "shown_date", "published_date")
"""Names of the columns that are looked for, the first that is there; the date may be missing."""


def missing_addresses(con: duckdb.DuckDBPyConnection, listing: Path) -> tuple[list[str], int]:
    """The addresses to fetch, each once and sorted, and how many articles are known only from sidebars.

    An article is found by its title, case and white space folded, and by its date where the table has one: titles
    repeat, so without a date every address of the title is taken.

    Args:
        con: the warehouse.
        listing: a CSV or Parquet file with `title`, `address` (or `url`) and perhaps `date`.

    Raises:
        OriginError: if the file cannot be read or lacks a column.
    """
    rows = con.execute("select title, shown_date from marts.sidebar_only_article").fetchall()
    wanted = pl.DataFrame(rows, schema={"title": pl.String, "date": pl.Date}, orient="row")
    listed = _read(listing)
    keys = ["key", "date"] if "date" in listed.columns else ["key"]
    found = listed.with_columns(_key()).join(wanted.with_columns(_key()), on=keys, how="semi")
    return found["address"].unique().sort().to_list(), wanted.height


def _key() -> pl.Expr:
    return pl.col("title").map_elements(fold, return_dtype=pl.String).str.to_lowercase().alias("key")


def _read(listing: Path) -> pl.DataFrame:
    try:
        is_parquet = listing.suffix == ".parquet"
        table = pl.read_parquet(listing, glob=False) if is_parquet else pl.read_csv(listing, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise OriginError(f"{listing}: cannot be read as CSV or Parquet ({str(error).splitlines()[0]})") from error
    found = {
        name: next((column for column in names if column in table.columns), None)
        for name, names in (("title", TITLE), ("address", ADDRESS), ("date", DATE))
    }
    if found["title"] is None or found["address"] is None:
        raise OriginError(f"{listing}: has no columns 'title' and 'address' (or 'url'); it has {table.columns}")
    kept = table.select(pl.col(column).alias(name) for name, column in found.items() if column)
    if kept.schema.get("date") == pl.String:
        kept = kept.with_columns(pl.col("date").str.to_date("%Y-%m-%d", strict=False))
    # a line of the list is one address; what holds white space is none
    return kept.drop_nulls(["title", "address"]).filter(pl.col("address").str.contains(r"^\S+$"))
