"""Organisations by their closing noun; countries, newspapers and fixed organisations by dictionary."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from etl.enrich import lexicon
from etl.enrich.batch import INSTITUTION, PHRASE, Batch
from etl.enrich.forms import FormFinder
from etl.enrich.spans import first_ones
from etl.enrich.text import CACHE_SIZE, slug
from etl.enrich.tokens import Integers
from etl.enrich.vocabulary import COMMON, HEADS, INSTITUTIONS, MONTHS, RANKS, WEEKDAYS, words

# What may stand between two words of a name; `_Around` asks for the same, without " and ".
_ONWARD_JOINTS = frozenset({" ", "  ", "'s ", "' ", "-", "", " and "})
_DAY = re.compile(r" \d{1,2} ")
_AND_BEFORE = words(
    """
    Iron Metal Trade Industry Science Education Arts Land Culture Party Fish Press Coal Music Dance
    """
)
_ONWARD = re.compile(r" (?:of|for|under) (?:the )?(?=[A-Z])")
_ONWARD_LETTERS = [ord(letter) for letter in "ofu"]
_NUMBER = re.compile(r" No\. \d+")
_GENERIC = (
    COMMON | INSTITUTIONS | RANKS | MONTHS.keys() | WEEKDAYS.keys() | {"Training", "Provincial", "Model", "Modern"}
)
_MINISTRIES = frozenset({"Ministry"})
_OPENING = COMMON - words(
    """
    General Supreme Special Central National State People Socialist Communist Democratic Revolutionary Party
    Government North South East West Asian European African Arab American Olympic International World Korean
    Youth Women Children Workers Political Military Foreign Economic External Security Health Education Cultural
    Science Scientific Technology Trade Light Heavy Chemical Metal Coal Electric Power Machine Building
    Materials Construction Land Sea Air Nuclear Weapons Art Film Folk Standing Committee City County District
    Province April May Liberation Fatherland War Victory Hero Labour Sports Human Rights Red New Grand Young
    """
)
_TITLE_VERBS = words(
    """
    Built Held Visit Visits Inspect Inspects Tour Tours Gives Give Arrives Leaves Returns Return Move Moves
    Opens Open Meets Meet Makes Make Made Receives Receive Sends Send Sent Marks Mark Marked Launch Launched
    Brisk Hastened Finished Produced Produces Conveyed Issues Issued Attends Attend Guides Pays Pay Oversees
    Conclude Concludes Boosts Increases Increased Learns Takes Take Given Opened Closes Staged Intensified
    Celebrates Celebrate Observed Awarded Prepared Stage Wins Win Advances Calls Call Steps Warns Censures
    Comments Dubs Denies Denounces Condemns Newly Constructed Inaugurated Completed Commissioned
    """
)
_MOST_WORDS = 10


_NOTHING = -1
(_OPENS, _IS_GENERIC, _IS_PLURAL, _OPENS_MINISTRY, _TAKES_AND, _IS_MONTH, _IS_VERB, _GOES_ON, _IS_NUMBER) = (
    1 << bit for bit in range(9)
)
"""What a word can be in the name of an organisation: one that opens none; one that many have; one that ends in "s"; one
that makes a name of any noun; one that "and" may join to the next; a month; the verb of a title; a noun that may go on
with "of ..."; the "No" of a number."""


@lru_cache(maxsize=CACHE_SIZE)
def _class(form: str) -> int:
    """What a word can be, as the bits above."""
    answers = (
        (_OPENS, form in _OPENING),
        (_IS_GENERIC, form in _GENERIC),
        (_IS_PLURAL, form.endswith("s")),
        (_OPENS_MINISTRY, form in _MINISTRIES),
        (_TAKES_AND, form in _AND_BEFORE),
        (_IS_MONTH, form in MONTHS),
        (_IS_VERB, form in _TITLE_VERBS),
        (_GOES_ON, form in HEADS),
        (_IS_NUMBER, form == "No"),
    )
    return sum(bit for bit, answer in answers if answer)


class Spans(NamedTuple):
    """Where countries, and where organisations and newspapers end, by their start."""

    countries: dict[int, int]
    organizations: dict[int, int]


class _Phrases(FormFinder[lexicon.Phrase]):
    """Finds the fixed phrases; what a mention of one says about it is at the phrase's number."""

    def __init__(self) -> None:
        super().__init__(lexicon.phrases())
        self.kinds, self.keys, self.roles = (
            np.array([getattr(form, field) for form in self.forms], object) for field in ("kind", "entity_id", "role")
        )
        self.are_countries = self.kinds == "country"


_phrases = cache(_Phrases)


def find_phrases(batch: Batch) -> Spans:
    """Add countries, newspapers and fixed organisations, whose characters a longer name may hold; gives their spans."""
    hits = _phrases().find(batch, PHRASE)
    free = hits.at(~batch.are_taken(batch.word_starts[hits.words]))
    _, starts, ends, forms = free.at(first_ones(free.starts, free.ends))
    kinds, keys, roles = (column[forms].tolist() for column in (_phrases().kinds, _phrases().keys, _phrases().roles))
    batch.note_all(zip(kinds, keys, starts.tolist(), ends.tolist(), repeat("dictionary"), roles, strict=False))
    is_country = _phrases().are_countries[forms]
    return Spans(
        *(dict(zip(starts[some].tolist(), ends[some].tolist(), strict=True)) for some in (is_country, ~is_country))
    )


def find_organizations(batch: Batch, fixed: Spans, names: dict[str, str]) -> dict[int, int]:
    """Add organisations named by their closing noun; gives where organisations and newspapers end, by their start."""
    starts, ends = _found(batch, fixed)
    surfaces = [batch.text[start:end] for start, end in zip(starts, ends, strict=True)]
    for surface in set(surfaces):
        key = slug(surface)
        names[key] = min(names.get(key, surface), surface)
    rest = repeat("closing_noun"), repeat("plain")
    batch.note_all(zip(repeat("organization"), map(slug, surfaces), starts, ends, *rest, strict=False))
    spans = dict(fixed.organizations)
    for start, end in zip(starts, ends, strict=True):
        spans[start] = max(end, spans.get(start, 0))
    return spans


def _found(batch: Batch, fixed: Spans) -> tuple[list[int], list[int]]:
    """Where the names around closing nouns start and end; none starts before the end of the one before."""
    around = _Around(batch, _free_nouns(batch, fixed.organizations), fixed.organizations)
    starts: list[int] = []
    ends: list[int] = []
    reached = 0
    nouns = batch.word_starts[around.nouns].tolist()
    for row, (noun, start, end) in enumerate(zip(nouns, around.starts(), around.ends(), strict=True)):
        if noun < reached:
            continue
        begin = start if start >= reached else around.start_behind(row, reached)
        if begin != _NOTHING and fixed.countries.get(begin) != end:
            starts.append(begin)
            ends.append(end)
            reached = end
    return starts, ends


def _free_nouns(batch: Batch, fixed: dict[int, int]) -> Integers:
    """The closing nouns outside of fixed organisations and of what is taken."""
    nouns = batch.indexes(INSTITUTION)
    positions = batch.word_starts[nouns]
    starts, ends = (np.array([0, *some], np.int64) for some in (fixed, fixed.values()))
    is_inside = positions < ends[np.searchsorted(starts, positions, side="right") - 1]
    return nouns[~is_inside & ~batch.are_taken(positions)]


class _Around:
    """The names around closing nouns, one row per noun; what can be asked of every word is asked of all at once.

    Attributes:
        nouns: the nouns.
    """

    def __init__(self, batch: Batch, nouns: Integers, fixed: dict[int, int]) -> None:
        self.nouns = nouns
        self._batch = batch
        self._classes = np.array([*map(_class, batch.distinct_forms)], np.uint16)[batch.numbers]
        # Of closing nouns in a row the last one closes the name ("Party School").
        goes_on = batch.are_joined[:-1] & (batch.classes[1:] & INSTITUTION > 0)
        self._closing = np.minimum(_next_ones(_places(~goes_on), nouns), nouns + _MOST_WORDS)
        joined_from = _last_ones(~self._join_the_next(), self._closing - 1) + 1
        self._first = np.maximum(joined_from, self._closing - _MOST_WORDS)
        self._elements = _places(self._classes & _OPENS == 0)
        self._last = self._walk_on(fixed)
        is_plural_in_title = (self._classes & _IS_PLURAL > 0) & ~batch.is_in_body
        is_proper = (self._classes & _IS_GENERIC == 0) & ~is_plural_in_title
        self._is_taken = batch.are_taken(batch.word_starts)
        self._proper = _places(is_proper | self._is_taken)

    def starts(self) -> list[int]:
        """Where the names start; `_NOTHING` where there is no name."""
        found: list[int] = self._starts(self._first, self._closing, self._last).tolist()
        return found

    def start_behind(self, row: int, reached: int) -> int:
        """Where the name of a row starts if it may not before a position, which the noun is not."""
        first = np.maximum(self._first[row : row + 1], self._batch.index_at(reached))
        return int(self._starts(first, self._closing[row : row + 1], self._last[row : row + 1])[0])

    def ends(self) -> list[int]:
        """Where the names end, a number behind them included."""
        ends = self._batch.word_ends[self._last]
        for row in np.flatnonzero(self._classes[self._last + 1] & _IS_NUMBER > 0).tolist():
            number = _NUMBER.match(self._batch.text, int(ends[row]))
            ends[row] = number.end() if number else ends[row]
        found: list[int] = ends.tolist()
        return found

    def _starts(self, first: Integers, closing: Integers, last: Integers) -> Integers:
        """Where names start that go back to some words at most: a name needs a proper element, or is a ministry's."""
        first = np.minimum(_next_ones(self._elements, first), closing)
        is_proper = _next_ones(self._proper, first) <= last
        is_name = np.where(
            last > first, is_proper | (self._classes[first] & _OPENS_MINISTRY > 0), self._is_taken[first]
        )
        return np.where(is_name, self._batch.word_starts[first], _NOTHING)

    def _join_the_next(self) -> NDArray[np.bool_]:
        """Whether each word belongs to the same name as the next one if that does."""
        batch, starts, ends = self._batch, self._batch.word_starts[1:], self._batch.word_ends[:-1]
        sizes, classes = starts - ends, self._classes[:-1]
        first, second, last = batch.codes[ends], batch.codes[ends + 1], batch.codes[starts - 1]
        joins: NDArray[np.bool_] = (sizes == 0) | (sizes == 1) & ((first == ord(" ")) | (first == ord("-")))
        joins |= (sizes == 2) & (last == ord(" ")) & ((first == ord(" ")) | (first == ord("'")))
        joins |= (sizes == 3) & (last == ord(" ")) & (first == ord("'")) & (second == ord("s"))
        may_join = (classes & _TAKES_AND > 0) & (sizes == len(" and "))
        may_join |= (classes & _IS_MONTH > 0) & (last == ord(" ")) & (first == ord(" ")) & (sizes > len("  "))
        for word in np.flatnonzero(may_join).tolist():
            gap = batch.gap(word)
            joins[word] = gap == " and " if classes[word] & _TAKES_AND else bool(_DAY.fullmatch(gap))
        is_verb_of_title = (classes & _IS_VERB > 0) & ~batch.is_in_body[:-1]
        joins &= ~is_verb_of_title & ~batch.are_in_dateline[:-1]
        return joins

    def _walk_on(self, fixed: dict[int, int]) -> Integers:
        """The last words of the names; behind a head noun they may go on."""
        batch, last = self._batch, self._closing.copy()
        ends = batch.word_ends[last]
        may_go_on = (self._classes[last] & _GOES_ON > 0) & (batch.codes[ends] == ord(" "))
        for row in np.flatnonzero(may_go_on & np.isin(batch.codes[ends + 1], _ONWARD_LETTERS)).tolist():
            last[row] = _walk_on(batch, int(last[row]), fixed)
        return last


def _places(flags: NDArray[np.bool_]) -> Integers:
    """Where flags are, and a place behind all."""
    return np.append(np.flatnonzero(flags), len(flags))


def _next_ones(flagged: Integers, places: Integers) -> Integers:
    """For each place the first one of `_places` from there on."""
    return flagged[np.searchsorted(flagged, places)]


def _last_ones(flags: NDArray[np.bool_], places: Integers) -> Integers:
    """For each place the last one up to there with a flag; -1 if there is none."""
    flagged = np.append(-1, np.flatnonzero(flags))
    return flagged[np.searchsorted(flagged, places, side="right") - 1]


def _walk_on(batch: Batch, index: int, fixed: dict[int, int]) -> int:
    """Go on over "of ..." behind a head noun."""
    last = index
    for _ in range(3):
        if batch.forms[last] not in HEADS or not _ONWARD.match(batch.text, batch.ends[last]):
            break
        last += 1
        if batch.starts[last] in fixed:
            return batch.index_at(fixed[batch.starts[last]]) - 1
        last = _last_joined(batch, last)
    return last


def _last_joined(batch: Batch, last: int) -> int:
    for _ in range(_MOST_WORDS):
        gap, following = batch.gap(last), batch.forms[last + 1]
        if gap not in _ONWARD_JOINTS or following in RANKS:
            break
        if following in _TITLE_VERBS and batch.is_title(last):
            break
        if gap == " and " and not _belongs(batch, last + 1):
            break
        last += 1
    return last


def _belongs(batch: Batch, index: int) -> bool:
    """Whether the word behind "and" is another noun of the same name, not the next name of a list."""
    return (
        batch.forms[index] not in lexicon.place_forms()
        and not batch.joined[index]
        and not batch.taken[batch.starts[index]]
    )
