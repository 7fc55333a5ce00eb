"""Choosing among spans that overlap, for many spans at once."""

from __future__ import annotations

import numpy as np

from etl.enrich.tokens import Integers


def first_ones(starts: Integers, ends: Integers) -> Integers:
    """The numbers of the spans that are kept if of overlapping ones each time the first is; they are in order of start.

    A span that begins behind all before it is kept for sure. Only from those that do not are the others chosen one by
    one, which are few.
    """
    behind = np.append(0, np.maximum.accumulate(ends)[:-1]) if len(ends) else ends
    is_kept = starts >= behind
    overlapping = np.flatnonzero(~is_kept)
    reached, before = 0, -2
    for place, start, end in zip(
        overlapping.tolist(), starts[overlapping].tolist(), ends[overlapping].tolist(), strict=True
    ):
        if before != place - 1:
            reached = int(ends[place - 1])
        before = place
        if start >= reached:
            is_kept[place] = True
            reached = end
    chosen: Integers = np.flatnonzero(is_kept)
    return chosen
