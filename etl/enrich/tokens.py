"""The capitalised words of a text of any length, found by operations on whole arrays of characters.

`WORD` in `etl.enrich.text` says what a word is; this gives the same words many times faster.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Characters = NDArray[np.uint16] | NDArray[np.uint32]
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_WINDOW = 8
"""Letters compared at once."""
_MOST_LETTERS = 2 * _WINDOW
"""Letters of words that are compared with others at once; longer words are few."""

_OTHER, _APOSTROPHE, _CAPITAL, _SMALL, _ACCENTED_SMALL, _EITHER, _ACCENTED_CAPITAL = range(7)
"""Kinds of characters in such an order that all but capitals of ASCII from `_SMALL` on keep a capital before them from
being one of several in a row ("Kim"). Letters behind Latin-1 may be capital or small."""


def _kinds_of_characters() -> NDArray[np.uint8]:
    # Characters of more than two bytes count as the last one of two.
    kinds = np.full(1 << 16, _OTHER, np.uint8)
    kinds[ord("'")] = _APOSTROPHE
    for first, last, kind in (
        ("A", "Z", _CAPITAL),
        ("a", "z", _SMALL),
        ("\u00c0", "\u00de", _ACCENTED_CAPITAL),
        ("\u00df", "\u00ff", _ACCENTED_SMALL),
        ("\u0100", "\u024f", _EITHER),
    ):
        kinds[ord(first) : ord(last) + 1] = kind
    return kinds


_KINDS = _kinds_of_characters()
_CONTRACTIONS = re.compile(r"(?:'(?!s\b)[a-z]+)*")


class Words(NamedTuple):
    """The words of a text in order: where they start and end, and which of the forms each one has.

    All words with one form have one number; there may be forms that no word has.
    """

    starts: Integers
    ends: Integers
    numbers: Integers
    forms: list[str]


def characters(text: str) -> Characters:
    """The code points of a text, in two bytes each if they fit."""
    encoded = text.encode("utf-16-le")
    if len(encoded) == 2 * len(text):
        return np.frombuffer(encoded, np.uint16)
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def find_words(text: str, codes: Characters) -> Words:
    """The words of a text with these characters; no letter may be among the first one and the last two."""
    kinds = _KINDS.take(codes, mode="clip")
    is_start = _are_starts(kinds)
    # A word ends where the next one starts or where no letter stands.
    bounds = np.flatnonzero(is_start | (kinds < _CAPITAL))
    openings = np.flatnonzero(is_start[bounds])
    starts, ends = bounds[openings], bounds[openings + 1]
    is_in_capitals = (kinds[starts] == _CAPITAL) & (kinds[starts + 1] < _SMALL)
    is_contracted = (kinds[ends] == _APOSTROPHE) & (kinds[ends + 1] == _SMALL) & ~is_in_capitals
    for word in np.flatnonzero(is_contracted).tolist():
        ends[word] = _end_of_contractions(text, int(ends[word]))
    accents = np.flatnonzero(kinds > _SMALL) if kinds.max() > _SMALL else starts[:0]
    return Words(starts, ends, *_numbered(text, codes, starts, ends, accents))


def _end_of_contractions(text: str, position: int) -> int:
    """Where a word ends that an apostrophe follows ("Party's", "O'Neil")."""
    found = _CONTRACTIONS.match(text, position)
    return found.end() if found else position


def _are_starts(kinds: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether a word starts with each character."""
    is_capital: NDArray[np.bool_] = kinds == _CAPITAL
    is_start = is_capital.copy()
    # Of several capitals in a row, the last one opens a word of its own if a small letter follows ("DPRKorea").
    is_start[1:-1] &= ~is_capital[:-2] | (kinds[2:] >= _SMALL)
    if kinds.max() > _SMALL:
        is_start |= kinds == _ACCENTED_CAPITAL
        is_start[_opening_letters(kinds)] = True
    return is_start


def _opening_letters(kinds: NDArray[np.uint8]) -> Integers:
    """Where letters behind Latin-1 open a word: the first one among small letters that no capital precedes."""
    letters = np.flatnonzero(kinds == _EITHER)
    before = np.flatnonzero((kinds < _SMALL) | (kinds == _ACCENTED_CAPITAL))
    last = np.searchsorted(before, letters) - 1
    is_first = np.diff(last, prepend=-1) > 0
    is_open = ~np.isin(kinds[before[last]], (_CAPITAL, _ACCENTED_CAPITAL))
    return letters[is_first & is_open]


def ranges(starts: Integers, sizes: Integers) -> Integers:
    """The numbers of ranges of these sizes, one range behind the other."""
    ends = np.cumsum(sizes)
    steps = np.repeat(starts - (ends - sizes), sizes)
    numbers: Integers = np.arange(len(steps)) + steps
    return numbers


def _numbered(
    text: str, codes: Characters, starts: Integers, ends: Integers, accents: Integers
) -> tuple[Integers, list[str]]:
    """The number of each word's form, and the forms; `accents` are the places of letters beyond ASCII."""
    sizes = ends - starts
    first, second = _letters(codes, starts, sizes)
    examples, numbers = _distinct(_hashes(first, second))
    like = examples[numbers]
    has_accent = np.searchsorted(accents, starts) < np.searchsorted(accents, ends)
    is_known = ~has_accent & (sizes <= _MOST_LETTERS)
    is_same = (first == first[like]) & (second == second[like]) & is_known & is_known[like]
    forms = [text[start:end] for start, end in zip(starts[examples].tolist(), ends[examples].tolist(), strict=True)]
    others: dict[str, int] = {}
    for word in np.flatnonzero(~is_same).tolist():
        numbers[word] = others.setdefault(text[starts[word] : ends[word]], len(forms) + len(others))
    return numbers, [*forms, *others]


def _letters(codes: Characters, starts: Integers, sizes: Integers) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The first letters of each word and those behind them, one byte each; words of ASCII up to `_MOST_LETTERS`."""
    letters = np.append(codes.astype(np.uint8), np.zeros(_MOST_LETTERS, np.uint8))
    windows = np.ndarray((len(codes) + _WINDOW,), "<u8", letters, strides=(1,))
    masks = np.array([(1 << 8 * size) - 1 for size in range(_WINDOW + 1)], np.uint64)
    first = windows[starts] & masks[np.minimum(sizes, _WINDOW)]
    second = windows[starts + _WINDOW] & masks[np.clip(sizes - _WINDOW, 0, _WINDOW)]
    return first, second


def _hashes(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return first * _FACTOR ^ second


def _distinct(hashes: NDArray[np.uint64]) -> tuple[Integers, Integers]:
    """One place of each distinct value, and the number of the value at each place; faster than `np.unique`."""
    order = np.argsort(hashes)
    ordered = hashes[order]
    is_new = np.ones(len(hashes), np.bool_)
    is_new[1:] = ordered[1:] != ordered[:-1]
    numbers = np.empty(len(hashes), np.int64)
    numbers[order] = np.cumsum(is_new) - 1
    return order[is_new], numbers
