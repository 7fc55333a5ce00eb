"""What the finders found in a batch as a table, in the order of the texts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from etl.enrich.batch import Batch
from etl.enrich.text import Mention
from etl.enrich.tokens import Integers

_FOUND = pl.Schema(dict.fromkeys(Mention._fields, pl.String()) | {"start": pl.Int64(), "end": pl.Int64()})
_OUTER_ROLES = ("plain", "adjective")
_MOST_SPANS = 4


class Mentions:
    """The mentions of a batch in the order of the text, the longer first where several start.

    Attributes:
        found: one row per mention with the fields of `Mention`; positions are those in the batch.
    """

    def __init__(self, batch: Batch, spans: Iterable[tuple[int, int]]) -> None:
        columns = zip(*batch.mentions, strict=True) if batch.mentions else ((),) * len(_FOUND)
        found = pl.DataFrame(dict(zip(_FOUND, columns, strict=True)), schema=_FOUND)
        found = found.sort("start", "end", "kind", descending=[False, True, False], maintain_order=True)
        starts, ends = found["start"].to_numpy(), found["end"].to_numpy()
        inside = pl.Series(_are_inside(starts, ends, spans))
        role = pl.when(inside & pl.col("role").is_in(_OUTER_ROLES)).then(pl.lit("in_org_name")).otherwise("role")
        self.found = found.with_columns(role.alias("role"))
        self._batch = batch

    def of_section(self, section: int) -> list[Mention]:
        """The mentions of one section; positions are those in its text."""
        begin, stop = self._batch.begins[section], self._batch.stops[section]
        first, last = np.searchsorted(self.found["start"], (begin, stop)).tolist()
        rows = self.found[first:last].iter_rows()
        return [Mention(kind, key, start - begin, end - begin, *how) for kind, key, start, end, *how in rows]

    def table(self, articles: pl.DataFrame) -> pl.DataFrame:
        """The mentions with `articles`, one row each, and sections; positions and surfaces are of the stored texts."""
        starts, ends = self.found["start"], self.found["end"]
        sections = np.searchsorted(self._batch.begins, starts.to_numpy(), side="right") - 1
        begins = pl.Series(np.array(self._batch.begins, np.int64)[sections])
        printed = self._batch.printed
        surfaces = [printed[start:end] for start, end in zip(starts.to_list(), ends.to_list(), strict=True)]
        return self.found.with_columns(
            *articles[sections // 2],
            pl.Series("section", ["title", "body"], pl.String).gather(sections % 2),
            pl.Series("surface", surfaces, pl.String),
            pl.col("start", "end").sub(begins).cast(pl.Int32),
        )


def _are_inside(starts: Integers, ends: Integers, spans: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
    """Whether each mention stands inside a longer span, of those few that start nearest before it."""
    outer = np.array(sorted(set(spans)), np.int64).reshape(-1, 2)
    before = np.searchsorted(outer[:, 0], starts, side="right")
    is_inside = np.zeros(len(starts), np.bool_)
    for back in range(1, _MOST_SPANS + 1):
        has_span = before >= back
        start, end = outer[before[has_span] - back].T
        is_inside[has_span] |= (ends[has_span] <= end) & (end - start > (ends - starts)[has_span])
    return is_inside
