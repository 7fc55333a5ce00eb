"""Parsed rows sorted by span, for packs that hold pages of all years.

Packs mostly hold the pages of a few days, and few spans read each of them. But where pages come in no order (files that
are named by a hash, an archive that was shuffled) all spans have rows in all packs, and the work would grow with the
square of the archive. Then the packs are read once, some at a time, and their rows are written again, a record batch
to each span, so that a span reads its own rows only; of what grows with the square, a look into each file is left. What
is written is gone when the spans are made, like the files of a database that needs more room than it has memory.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from etl import files
from etl.faults import step
from etl.parse.schema import SCHEMAS
from etl.progress import track
from etl.prune import outcome, sidebar
from etl.stages.parsed import IN_MEMORY
from etl.stages.spans import DAY_OF, Span
from etl.stages.workers import run_tasks

FEW_READS = 4
"""Packs that are read no more often than this, on average, are not sorted: that takes as long as reading them twice."""

PAGES_TOGETHER = 10_000
"""Pages that a process sorts at once, in about 200 MB, unless one pack holds more."""

TABLES = (*SCHEMAS, "failed")
"""The parts of a pack that pruning reads."""

COLUMNS = {
    "page": tuple(SCHEMAS["page"]),
    "article": tuple(SCHEMAS["article"]),
    "sidebar_block": ("is_complete", *sidebar.BLOCK_COLUMNS),
}
"""What it reads of them."""

_BEFORE_ALL_DAYS = np.iinfo(np.int64).min
_AFTER_ALL_DAYS = np.iinfo(np.int64).max


Parts = Mapping[str, Path]
"""The files of a pack, or of what was made of some packs, by table."""


@contextlib.contextmanager
def sorted_packs(
    packs: Sequence[Parts], page_counts: Sequence[int], spans: Sequence[Span], folder: Path, workers: int
) -> Iterator[Mapping[str, Sequence[Path]]]:
    """Files with the rows of these packs in the order of the spans, by table, as long as the block lasts.

    Args:
        packs: the parts of each pack, with the tables of `TABLES`.
        page_counts: the pages of each.
        spans: in their order, without `UNDATED`.
        folder: where the files are put. A killed process leaves them there; their names tell that they are nobody's.
        workers: number of processes.
    """
    groups = _groups(page_counts)
    targets = [_targets(folder, number) for number in range(len(groups))]
    calls = [partial(sort_packs, packs[group], spans, each) for group, each in zip(groups, targets, strict=True)]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with track("sort", sum(page_counts)) as tracker:
            for group, _ in zip(groups, run_tasks(calls, workers), strict=True):
                tracker.advance(sum(page_counts[group]))
        yield {table: [each[table] for each in targets] for table in TABLES}
    finally:
        for path in (path for each in targets for path in each.values()):
            path.unlink(missing_ok=True)


def _groups(page_counts: Sequence[int]) -> list[slice]:
    """Which packs are sorted together: those that follow each other, up to `PAGES_TOGETHER`, or one."""
    groups, first, pages = [], 0, 0
    for number, count in enumerate(page_counts):
        if pages and pages + count > PAGES_TOGETHER:
            groups.append(slice(first, number))
            first, pages = number, 0
        pages += count
    return [*groups, slice(first, len(page_counts))]


def _targets(folder: Path, number: int) -> dict[str, Path]:
    return {table: folder / f"sorted-{table}-{number}.{os.getpid()}{files.TEMPORARY_SUFFIX}" for table in TABLES}


@IN_MEMORY
def sort_packs(packs: Sequence[Parts], spans: Sequence[Span], targets: Parts) -> None:
    """Write the rows of some packs again, in the order of the spans; rows of other days are left out.

    Args:
        packs: the parts of each pack.
        spans: in their order.
        targets: the files to write, by table: Arrow files with a record batch to each span. Of pages that are not
            loaded only the page itself and what failed are written, and of sidebar blocks only complete ones.
    """
    quarantined = files.scan_parquet([pack["failed"] for pack in packs], outcome.QUARANTINE_SCHEMA).collect()
    parsed = {table: files.scan_parquet([pack[table] for pack in packs], SCHEMAS[table]) for table in SCHEMAS}
    refused = outcome.refused_pages(outcome.final_outcomes(parsed["page"], quarantined))
    # what a page shows belongs to other days than the page, and is judged here, where both are at hand
    is_loaded = ~pl.col("page_sha256").is_in(refused.implode())
    wanted = {"page": pl.lit(value=True), "article": is_loaded, "sidebar_block": pl.col("is_complete") & is_loaded}
    for table, condition in wanted.items():
        rows = parsed[table].filter(condition).select(COLUMNS[table]).collect()
        _write(targets[table], *_by_span(rows, rows.select(DAY_OF[table]).to_series(), spans))
    _write(targets["failed"], *_by_span(quarantined, _days_of_failed(quarantined, parsed), spans))


def _days_of_failed(quarantined: pl.DataFrame, parsed: Mapping[str, pl.LazyFrame]) -> pl.Series:
    """The day of each failed row: that of a block, or of the page which a page or an article stands for."""
    pages = parsed["page"].select("page_sha256", page_day=DAY_OF["page"])
    blocks = parsed["sidebar_block"].select("page_sha256", "position", block_day=DAY_OF["sidebar_block"])
    days = (
        quarantined.lazy()
        .join(pages, on="page_sha256", how="left", maintain_order="left")
        .join(blocks, on=["page_sha256", "position"], how="left", maintain_order="left")
    )
    is_block = pl.col("position").is_not_null()
    return days.select(pl.when(is_block).then("block_day").otherwise("page_day")).collect().to_series()


def _by_span(rows: pl.DataFrame, days: pl.Series, spans: Sequence[Span]) -> tuple[pl.DataFrame, list[int]]:
    """The rows of the spans in their order, and how many each span has."""
    numbers = span_numbers(days, spans)
    inside = rows.with_columns(pl.Series("span", numbers)).filter(pl.col("span") >= 0)
    counts = np.bincount(numbers[numbers >= 0], minlength=len(spans))
    return inside.sort("span", maintain_order=True).drop("span"), counts.tolist()


def span_numbers(days: pl.Series, spans: Sequence[Span]) -> NDArray[np.int64]:
    """The place of the span that holds each day; -1 where none does.

    Args:
        days: dates, or null.
        spans: in their order, none of them `UNDATED`; there may be days between them.
    """
    numbers = _as_numbers(days)
    starts = _as_numbers([span.start for span in spans])
    ends = np.where([span.end == date.max for span in spans], _AFTER_ALL_DAYS, _as_numbers([s.end for s in spans]))
    found = np.searchsorted(starts, numbers, side="right") - 1
    found[numbers >= ends[found]] = -1
    return found


def _as_numbers(days: pl.Series | Sequence[date]) -> NDArray[np.int64]:
    return pl.Series(days, dtype=pl.Date).to_physical().cast(pl.Int64).fill_null(_BEFORE_ALL_DAYS).to_numpy()


def _write(target: Path, rows: pl.DataFrame, counts: Sequence[int]) -> None:
    """Write an Arrow file with as many rows to each of its record batches."""
    import pyarrow as pa

    table = rows.to_arrow().combine_chunks()
    # threads wait for each other longer than such small batches take
    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    with step("clean.sort"), files.named(target), pa.ipc.new_file(target, table.schema, options=options) as writer:
        start = 0
        for count in counts:
            batches = table.slice(start, count).to_batches()
            writer.write_batch(batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema))
            start += count


def read_sorted(paths: Sequence[Path], number: int) -> pl.DataFrame:
    """The rows of one span in files that `sort_packs` wrote of one table; `number` is its place among the spans."""
    return pl.concat(_read_batch(path, number) for path in paths)


def _read_batch(path: Path, number: int) -> pl.DataFrame:
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        options = pa.ipc.IpcReadOptions(use_threads=False)
        return pl.DataFrame(pa.ipc.open_file(source, options=options).get_batch(number))
