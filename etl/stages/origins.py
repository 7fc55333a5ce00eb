"""The table of files offered, in parts: a page's offers are all in the part of the files that offered it first.

So a part stays as it is when other pages come, and memory holds one part at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl import files
from etl.faults import step
from etl.fetch.raw_store import OFFER_SCHEMA
from etl.prune.origin import origin_files

ORIGIN_FILE = "origin_file"

OFFERS_TOGETHER = 150_000
"""Files offered that are looked at together."""


@dataclass(frozen=True, slots=True)
class OriginPart:
    """One part to be made of files of offers.

    Attributes:
        own: the files whose pages are in this part, as far as no earlier one offered them.
        earlier: the files that were recorded before.
        later: the files recorded afterwards that offer pages of this part again.
    """

    own: tuple[Path, ...]
    earlier: tuple[Path, ...]
    later: tuple[Path, ...]


def _subject() -> pl.Expr:
    """What the offers of one page have in common, or those of a file that gave none, in 8 bytes.

    Should two pages ever share the number, they are in the same part, which does no harm.
    """
    return pl.coalesce("page_sha256", "url").hash().alias("subject")


def plan(paths: Sequence[Path], row_counts: Sequence[int]) -> list[OriginPart]:
    """Which parts are to be made, at least one.

    Args:
        paths: the files of offers, in the order they were recorded; new ones come last.
        row_counts: the rows of each.
    """
    part_of, before = [], 0
    for row_count in row_counts:
        part_of.append(before // OFFERS_TOGETHER)
        before += row_count
    again = _offered_again(paths, part_of)
    return [
        OriginPart(
            own=tuple(path for path, its in zip(paths, part_of, strict=True) if its == part),
            earlier=tuple(path for path, its in zip(paths, part_of, strict=True) if its < part),
            later=tuple(paths[number] for number in again.get(part, ())),
        )
        for part in range(max(part_of, default=0) + 1)
    ]


def _offered_again(paths: Sequence[Path], part_of: Sequence[int]) -> dict[int, list[int]]:
    """For each part the numbers of the later files that offer its pages again."""
    if not paths:
        return {}
    offered = pl.concat(
        files.scan_parquet([path], OFFER_SCHEMA).select(_subject(), file=pl.lit(number, pl.Int32))
        for number, path in enumerate(paths)
    )
    numbers = pl.LazyFrame({"file": range(len(paths)), "part": part_of}, schema={"file": pl.Int32, "part": pl.Int32})
    parts = offered.join(numbers, on="file").with_columns(first=pl.col("part").min().over("subject"))
    later = parts.filter(pl.col("part") > pl.col("first")).select("first", "file").unique().sort("first", "file")
    grouped = later.group_by("first", maintain_order=True).agg("file").collect()
    return dict(grouped.iter_rows())


def write_part(part: OriginPart, path: Path) -> list[files.FileRecord]:
    """Make one part of the table, and write it; returns its record."""

    def offers(paths: Sequence[Path]) -> pl.LazyFrame:
        return files.scan_parquet(paths, OFFER_SCHEMA)

    wanted = (
        offers([*part.own, *part.later])
        .with_columns(_subject())
        .join(offers(part.own).select(_subject()).unique(), on="subject", how="semi")
        .join(offers(part.earlier).select(_subject()).unique(), on="subject", how="anti")
        .drop("subject")
    )
    with step("clean.part"):
        return [files.write_parquet(origin_files(wanted).collect(), path, ORIGIN_FILE)]
