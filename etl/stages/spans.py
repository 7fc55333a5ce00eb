"""Spans of days: the units in which duplicates are removed, so that memory is bounded and old days are left alone.

Versions of an article share its day, and so do a sidebar entry and the article that it names: nothing that pruning
compares lies in two spans. Which spans there are decides how the work is split, and nothing about what it gives.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter

import polars as pl

DAY_OF = {
    "page": pl.coalesce("published_date", "captured_date"),
    "article": pl.col("published_date"),
    "sidebar_block": pl.col("shown_date"),
}
"""The day that a row of a parsed table belongs to; a page is filed by that of its article, where it says one."""

SPAN_PAGES = 5_000
"""A span is begun with about so many pages and their sidebars, and split when it has grown to twice as many."""

BLOCKS_PER_PAGE = 15
"""As many sidebar blocks weigh as much as a page."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days from the first on, up to the day before `end`; the last span has no end."""

    start: date
    end: date

    def holds(self, day: pl.Expr) -> pl.Expr:
        """Whether a day is within the span."""
        if self == UNDATED:
            return day.is_null()
        return day >= self.start if self.end == date.max else day.is_between(self.start, self.end, closed="left")


UNDATED = Span(date.min, date.min)
"""Of pages without any date; nothing that pruning compares has none."""


def plan(days: pl.DataFrame, starts: Collection[date]) -> list[Span]:
    """Spans that together hold all days but `UNDATED`.

    Args:
        days: `date`, `page_count` and `block_count`, one row per day, with any number of rows.
        starts: first days of the spans that there are already; they stay, so that little has to be done again.
    """
    weighed = days.drop_nulls("date").group_by("date").agg(_weight()).sort("date").rows()
    bounds = sorted({date.min, *starts})
    new = [start for span in _spans(bounds) for start in _cuts(span, weighed)]
    return _spans(sorted({*bounds, *new}))


def _weight() -> pl.Expr:
    """Pages, each counted half by itself and half by the sidebar blocks of the day."""
    return ((pl.col("page_count").sum() + pl.col("block_count").sum() / BLOCKS_PER_PAGE) / 2).alias("weight")


def _spans(starts: Sequence[date]) -> list[Span]:
    ends = [*starts[1:], date.max]
    return [Span(start, end) for start, end in zip(starts, ends, strict=True)]


def _cuts(span: Span, weighed: Sequence[tuple[date, float]]) -> Iterator[date]:
    """First days of further spans inside a span that has grown too large; the days weighed are in their order."""
    first, stop = (bisect_left(weighed, day, key=itemgetter(0)) for day in (span.start, span.end))
    inside = weighed[first:] if span.end == date.max else weighed[first:stop]
    if sum(weight for _, weight in inside) < 2 * SPAN_PAGES:
        return
    reached = 0.0
    for day, weight in inside:
        if reached and reached + weight > SPAN_PAGES and day < date.max:
            yield day
            reached = 0.0
        reached += weight
