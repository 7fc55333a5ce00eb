"""Finds the written forms of the word lists in a batch: all candidates are compared at once, character by character."""

from __future__ import annotations

from typing import Generic, NamedTuple

import numpy as np
from numpy.typing import NDArray

from etl.enrich.batch import Batch
from etl.enrich.lexicon import REST, FormsByRest, Named
from etl.enrich.tokens import Characters, Integers, characters, ranges

_BITS = 21
"""Bits of a code point."""


class Hits(NamedTuple):
    """Where forms stand: the index of the first capitalised word, start, end, and the number of the form."""

    words: Integers
    starts: Integers
    ends: Integers
    forms: Integers

    def at(self, rows: Integers | NDArray[np.bool_]) -> Hits:
        """Some of them."""
        return Hits(*(column[rows] for column in self))


class FormFinder(Generic[Named]):
    """Finds the forms of one table of `etl.enrich.lexicon`.

    Attributes:
        forms: the forms by their numbers; one that several lists hold has several.
    """

    def __init__(self, table: FormsByRest[Named]) -> None:
        self._numbers = {first: number for number, first in enumerate(table)}
        by_number = enumerate(table.values())
        lists = [(number, rest, forms) for number, by_rest in by_number for rest, forms in by_rest.items()]
        self.forms: list[Named] = [form for _, _, forms in lists for form in forms]
        self._before = np.array([form.before for form in self.forms])
        self._codes = characters("".join(form.text for form in self.forms))
        self._sizes = np.array([len(form.text) for form in self.forms])
        self._offsets = np.cumsum(self._sizes) - self._sizes
        self._counts = np.array([len(forms) for _, _, forms in lists])
        self._firsts = np.cumsum(self._counts) - self._counts
        # Which list holds the forms for a word and what follows it; the lists for anything else are known by the word.
        keys = {_key(number, rest): place for place, (number, rest, _) in enumerate(lists) if len(rest) == REST}
        self._keys = np.array(sorted(keys))
        self._places = np.array([keys[key] for key in sorted(keys)])
        self._otherwise = np.array([place for place, (_, rest, _) in enumerate(lists) if not rest])

    def find(self, batch: Batch, mark: int) -> Hits:
        """Each form that stands at a word with this mark and is followed by no letter or digit.

        Hits are in the order of the words, and at one word the longest comes first. They may overlap.
        """
        words = batch.indexes(mark)
        places = self._list_of(batch, words)
        counts = self._counts[places]
        words, forms = np.repeat(words, counts), ranges(self._firsts[places], counts)
        starts = batch.word_starts[words] - self._before[forms]
        is_hit = self._are_equal(batch.codes, starts, forms)
        hits = Hits(words, starts, starts + self._sizes[forms], forms).at(is_hit)
        return hits.at(~_are_alphanumeric(batch.codes[hits.ends]))

    def _list_of(self, batch: Batch, words: Integers) -> Integers:
        """The list of forms that may stand at each word."""
        numbers = np.array([self._numbers.get(form, 0) for form in batch.distinct_forms])[batch.numbers[words]]
        rests = batch.word_ends[words]
        keys = numbers
        for step in range(REST):
            keys = keys << _BITS | batch.codes[rests + step]
        nearest = np.searchsorted(self._keys[:-1], keys)
        return np.where(self._keys[nearest] == keys, self._places[nearest], self._otherwise[numbers])

    def _are_equal(self, codes: Characters, starts: Integers, forms: Integers) -> NDArray[np.bool_]:
        """Whether each form stands where it starts."""
        sizes = self._sizes[forms]
        printed = codes.take(ranges(starts, sizes), mode="clip")
        is_equal = printed == self._codes[ranges(self._offsets[forms], sizes)]
        return np.logical_and.reduceat(is_equal, np.cumsum(sizes) - sizes) if len(forms) else is_equal


def _key(number: int, rest: str) -> int:
    for character in rest:
        number = number << _BITS | ord(character)
    return number


def _are_alphanumeric(codes: Characters) -> NDArray[np.bool_]:
    distinct, numbers = np.unique(codes, return_inverse=True)
    return np.array([chr(code).isalnum() for code in distinct.tolist()], np.bool_)[numbers]
