"""A first look at many texts at once: which patterns may fit where, by how the words of the texts begin.

Each pattern is searched for by walking through the whole text, but few fit. So the literal beginnings of what patterns
match are put into a small table, and one walk over the beginnings of all words says which patterns are worth searching
for. It may name too many, because it sees only beginnings and several may share a place of the table; never too few.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

LENGTHS = (2, 3, 4, 6)
"""Bytes of a beginning that are compared; of a longer one the first ones."""

MOST_GROUPS = 64

_PART_BYTES = 50_000
"""Text looked at together: so little that the memory for it is used again and not asked for anew, which halves time."""

_TABLE_BITS = 16
"""So many places that words seldom share one with a beginning that is not theirs."""
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""An odd number that spreads beginnings over the table (Fibonacci hashing)."""

_WINDOW = 8
"""Bytes read from a word's start on."""

_OTHER, _BEYOND_ASCII, _WORD = range(3)
_CLASSES = bytes(
    _WORD if chr(byte).isalnum() or byte == ord("_") else _OTHER if byte < 128 else _BEYOND_ASCII
    for byte in (*range(128), *[128] * 128)
)

_PIECE = re.compile(r"\\.|\[(?:\\.|[^]\\])+\]|.", re.DOTALL)
_LITERAL = re.compile(r"(?:(?:[^\\()\[\]{}?*+|.^$]|\\\W)(?![?*+{]))*")
_OPTIONAL = re.compile(r"(\\?[^\[(])\?")
_BEFORE_WORD = re.compile(r"\^|\\b|\\s")


class FirstLook:
    """Says of texts which groups of patterns may fit them.

    Args:
        groups: patterns by group, each of which begins at a word boundary or with what is no part of a word.
    """

    def __init__(self, groups: Sequence[Iterable[str]]) -> None:
        if len(groups) > MOST_GROUPS:
            raise ValueError(f"{len(groups)} groups of patterns are more than the {MOST_GROUPS} bits of a number")
        self._always = np.uint64(0)
        self._tables = {length: np.zeros(1 << _TABLE_BITS, np.uint64) for length in LENGTHS}
        for number, patterns in enumerate(groups):
            self._add(np.uint64(1 << number), {found for pattern in patterns for found in beginnings(pattern)})

    def _add(self, bit: np.uint64, found: set[str]) -> None:
        keys = defaultdict(list)
        for raw in (beginning.encode() for beginning in found):
            length = max((length for length in LENGTHS if length <= len(raw)), default=0)
            keys[length].append(int.from_bytes(raw[:length], "little"))
        if keys.pop(0, None):
            self._always |= bit
        for length, numbers in keys.items():
            self._tables[length][_places(np.array(numbers, np.uint64))] |= bit

    def groups(self, texts: pl.Series) -> pl.Series:
        """For each text a number whose bit n is set where a pattern of group n may fit it."""
        found = [np.zeros(0, np.uint64)]
        part = texts.str.len_bytes().cast(pl.Int64).cum_sum() // _PART_BYTES
        start = 0
        for size in part.rle().struct.field("len"):
            found.append(self._groups(texts.slice(start, size)))
            start += size
        return pl.Series(np.concatenate(found))

    def _groups(self, texts: pl.Series) -> NDArray[np.uint64]:
        joined = b"\n" + texts.str.join("\n").cast(pl.Binary).item() + bytes(_WINDOW)
        classes = np.frombuffer(joined.translate(_CLASSES), np.uint8)[:-_WINDOW]
        # a byte beyond ASCII may be part of a word or not: before it and behind it a word may begin
        starts = np.flatnonzero((classes[1:] != _OTHER) & (classes[:-1] != _WORD)) + 1
        windows = np.ndarray((len(joined) - _WINDOW + 1,), "<u8", joined, strides=(1,))[starts]
        found = np.zeros(len(starts), np.uint64)
        for length, table in self._tables.items():
            found |= table[_places(windows & np.uint64((1 << 8 * length) - 1))]
        hits = np.flatnonzero(found)
        ends = np.cumsum(texts.str.len_bytes().cast(pl.Int64).to_numpy() + 1)
        groups = np.full(len(texts), self._always)
        np.bitwise_or.at(groups, np.searchsorted(ends, starts[hits]), found[hits])
        return groups


def _places(beginnings: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The places of beginnings in a table."""
    return (beginnings * _SPREAD) >> np.uint64(64 - _TABLE_BITS)


def beginnings(pattern: str, head: str = "") -> Iterator[str]:
    """How the words begin with which a match of the pattern does, as far as that is literal; "" if it is not at all.

    Args:
        pattern: a regular expression; what is not understood of its syntax ends a beginning.
        head: what stands before it.
    """
    for choice in _alternatives(pattern):
        literal = next(_LITERAL.finditer(choice))[0]
        known = re.sub(r"^\W+", "", head + re.sub(r"\\(.)", r"\1", literal))
        yield from _continued(known, choice[len(literal) :])


def _continued(known: str, rest: str) -> Iterator[str]:
    """Beginnings of which so much is known and the rest is a pattern that begins with something not literal."""
    if len(known) >= max(LENGTHS) or not rest:
        yield known
    elif rest.startswith("(?:"):
        yield from _with_group(known, *_split_group(rest))
    elif optional := _OPTIONAL.match(rest):
        after = rest[optional.end() :]
        yield from beginnings(after, known)
        yield from beginnings(optional[1] + after, known)
    elif not known and (before := _BEFORE_WORD.match(rest)):
        yield from beginnings(rest[before.end() :])
    else:
        yield known


def _with_group(known: str, inside: str, after: str) -> Iterator[str]:
    if after.startswith(("*", "+", "{")):
        yield known
        return
    if after.startswith("?"):
        after = after[1:]
        yield from beginnings(after, known)
    for choice in _alternatives(inside):
        yield from beginnings(choice + after, known)


def _alternatives(pattern: str) -> list[str]:
    """The pattern split at the bars that stand in no group."""
    found = [""]
    depth = 0
    for piece in _PIECE.findall(pattern):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and depth == 0:
            found.append("")
        else:
            found[-1] += piece
    return found


def _split_group(pattern: str) -> tuple[str, str]:
    """What stands in the group with which the pattern begins, and what follows it."""
    depth = 0
    for piece in _PIECE.finditer(pattern):
        depth += (piece[0] == "(") - (piece[0] == ")")
        if depth == 0:
            return pattern[len("(?:") : piece.start()], pattern[piece.end() :]
    raise ValueError(f"a bracket is not closed in {pattern!r}")
