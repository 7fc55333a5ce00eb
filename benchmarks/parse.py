"""Measures the column reader against the careful per-page reader on the same pages: `python -m benchmarks.parse`.

Prints CPU microseconds per page and their ratio. CPU time is the figure to trust on a shared machine; it counts the
work of all threads.
"""

import argparse
import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import polars as pl

from benchmarks.corpus import corpus
from etl.parse.batch import parse_batch, read_one_by_one
from etl.parse.columns import read_columns

BATCH = 2_000
Reader = Callable[[pl.DataFrame], dict[str, pl.DataFrame]]


def batches(page_count: int) -> list[pl.DataFrame]:
    """The pages in batches as the raw store hands them over."""
    fetched = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [(hashlib.sha256(page).hexdigest(), page, len(page), fetched) for page in corpus(page_count)]
    schema = {
        "page_sha256": pl.String,
        "content": pl.Binary,
        "byte_count": pl.Int64,
        "first_fetched_at": pl.Datetime("us", "UTC"),
    }
    return [
        pl.DataFrame(rows[start : start + BATCH], schema=schema, orient="row") for start in range(0, len(rows), BATCH)
    ]


def measure(reader: Reader, parts: Sequence[pl.DataFrame]) -> tuple[float, float]:
    """CPU and wall seconds of one reader over all batches."""
    cpu, wall = time.process_time(), time.perf_counter()
    for part in parts:
        reader(part)
    return time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    parts = batches(arguments.pages)
    pages = sum(part.height for part in parts)
    size = sum(int(part["byte_count"].sum()) for part in parts)
    taken = sum(read_columns(part)["page"].height for part in parts)
    print(f"{pages:,} pages, {size / pages / 1000:.1f} KB each; the column reader takes {taken / pages:.0%} of them")
    print(f"{'reader':34}{'CPU us/page':>12}{'pages/s':>10}")
    readers: dict[str, Reader] = {
        "careful, page by page": read_one_by_one,
        "columns, then careful (production)": parse_batch,
        "columns alone, regular pages": read_columns,
    }
    best: dict[str, float] = {}
    for name, reader in readers.items():
        results = [measure(reader, parts) for _ in range(arguments.rounds)]
        cpu, wall = min(results)
        best[name] = cpu
        print(f"{name:34}{cpu / pages * 1e6:12.0f}{pages / wall:10,.0f}")
    first, second, _ = best.values()
    print(f"production takes {first / second:.1f} times less CPU than page by page")


if __name__ == "__main__":
    main()
