"""What the finders found in a batch as a table, in the order of the texts."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from etl.enrich.batch import ORGANIZATIONS, Batch
from etl.enrich.text import Mention
from etl.enrich.tokens import Integers

_FOUND = pl.Schema(dict.fromkeys(Mention._fields, pl.String()) | {"start": pl.Int64(), "end": pl.Int64()})
_OUTER_ROLES = ("plain", "adjective")
_MOST_SPANS = 4
_RANK = "rank"
"""A column for the order in which mentions were found."""
_BITS = 32
"""Bits of a position."""


class Mentions:
    """The mentions of a batch in the order of the text, the longer first where several start.

    Whatever stands inside a longer organisation's or newspaper's name has the role `in_org_name`.

    Attributes:
        found: one row per mention with the fields of `Mention`; positions are those in the batch.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._columns = batch.found()
        found = pl.DataFrame(self._columns, schema=_FOUND).with_row_index(_RANK)
        found = found.sort("start", "end", "kind", descending=[False, True, False], maintain_order=True)
        self._ranks = found[_RANK].to_numpy()
        self._starts, ends = found["start"].to_numpy(), found["end"].to_numpy()
        is_outer = found["kind"].is_in(ORGANIZATIONS).to_numpy()
        self._are_inside = _are_inside(self._starts, ends, is_outer)
        is_in_name = pl.Series(self._are_inside) & pl.col("role").is_in(_OUTER_ROLES)
        role = pl.when(is_in_name).then(pl.lit("in_org_name")).otherwise("role")
        self.found = found.drop(_RANK).with_columns(role.alias("role"))

    def of_section(self, section: int) -> list[Mention]:
        """The mentions of one section; positions are those in its text."""
        begin, stop = self._batch.begins[section], self._batch.stops[section]
        some = slice(*np.searchsorted(self._starts, (begin, stop)).tolist())
        kinds, keys, starts, ends, rules, roles = self._columns.values()
        return [
            Mention(
                *(kinds[rank], keys[rank], starts[rank] - begin, ends[rank] - begin, rules[rank]),
                "in_org_name" if is_inside and roles[rank] in _OUTER_ROLES else roles[rank],
            )
            for rank, is_inside in zip(self._ranks[some].tolist(), self._are_inside[some].tolist(), strict=True)
        ]

    def table(self, articles: pl.DataFrame) -> pl.DataFrame:
        """The mentions with `articles`, one row each, and sections; positions and surfaces are of the stored texts."""
        starts, ends = self.found["start"], self.found["end"]
        begins = np.array(self._batch.begins, np.int64)
        sections = np.searchsorted(begins, self._starts, side="right") - 1
        printed = self._batch.printed
        surfaces = [printed[start:end] for start, end in zip(starts.to_list(), ends.to_list(), strict=True)]
        return self.found.with_columns(
            *articles[sections // 2],
            pl.Series("section", ["title", "body"], pl.String).gather(sections % 2),
            pl.Series("surface", surfaces, pl.String),
            pl.col("start", "end").sub(pl.Series(begins[sections])).cast(pl.Int32),
        )


def _are_inside(starts: Integers, ends: Integers, is_outer: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each mention stands inside a longer one of `is_outer`, of those few that start nearest before it."""
    outer = np.unique(starts[is_outer] << _BITS | ends[is_outer])
    outer_starts, outer_ends = outer >> _BITS, outer & ((1 << _BITS) - 1)
    before = np.searchsorted(outer_starts, starts, side="right")
    is_inside = np.zeros(len(starts), np.bool_)
    for back in range(1, _MOST_SPANS + 1):
        has_span = before >= back
        rank = before[has_span] - back
        end, size = outer_ends[rank], outer_ends[rank] - outer_starts[rank]
        is_inside[has_span] |= (ends[has_span] <= end) & (size > (ends - starts)[has_span])
    return is_inside
