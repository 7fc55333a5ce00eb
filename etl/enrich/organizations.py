"""Organisations by their closing noun; countries, newspapers and fixed organisations by dictionary."""

from __future__ import annotations

import re
from functools import cache
from itertools import repeat
from typing import NamedTuple

import numpy as np

from etl.enrich import lexicon
from etl.enrich.batch import INSTITUTION, PHRASE, Batch
from etl.enrich.forms import FormFinder
from etl.enrich.spans import first_ones
from etl.enrich.text import slug
from etl.enrich.vocabulary import COMMON, HEADS, INSTITUTIONS, MONTHS, RANKS, WEEKDAYS, words

_JOINTS = frozenset({" ", "  ", "'s ", "' ", "-", ""})
_ONWARD_JOINTS = _JOINTS | {" and "}
_DAY = re.compile(r" \d{1,2} ")
_AND_BEFORE = words(
    """
    Iron Metal Trade Industry Science Education Arts Land Culture Party Fish Press Coal Music Dance
    """
)
_ONWARD = re.compile(r" (?:of|for|under) (?:the )?(?=[A-Z])")
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
    spans = dict(fixed.organizations)
    reached = 0
    for index in _free_nouns(batch, fixed.organizations):
        if batch.starts[index] < reached:
            continue
        floor = max(reached, batch.body_starts[batch.sections[index]])
        span = _span(batch, index, floor, fixed.organizations)
        if span is None or fixed.countries.get(span[0]) == span[1]:
            continue
        start, reached = span
        surface = batch.text[start:reached]
        key = slug(surface)
        if surface < names.setdefault(key, surface):
            names[key] = surface
        batch.note("organization", key, start, reached, "closing_noun")
        spans[start] = max(reached, spans.get(start, 0))
    return spans


def _free_nouns(batch: Batch, fixed: dict[int, int]) -> list[int]:
    """The closing nouns outside of fixed organisations and of what is taken."""
    nouns = batch.indexes(INSTITUTION)
    positions = batch.word_starts[nouns]
    starts, ends = (np.array([0, *some], np.int64) for some in (fixed, fixed.values()))
    is_inside = positions < ends[np.searchsorted(starts, positions, side="right") - 1]
    free: list[int] = nouns[~is_inside & ~batch.are_taken(positions)].tolist()
    return free


def _span(batch: Batch, index: int, reached: int, fixed: dict[int, int]) -> tuple[int, int] | None:
    """The whole name around a closing noun, or nothing if no proper element is inside."""
    index = _last_noun(batch, index)
    first = _walk_back(batch, index, reached)
    last = _walk_on(batch, index, fixed)
    if not _has_proper(batch, first, last):
        return None
    end = batch.ends[last]
    number = _NUMBER.match(batch.text, end) if batch.forms[last + 1] == "No" else None
    return batch.starts[first], number.end() if number else end


def _last_noun(batch: Batch, index: int) -> int:
    """Of closing nouns in a row the last one closes the name ("Party School")."""
    for _ in range(_MOST_WORDS):
        if batch.forms[index + 1] not in INSTITUTIONS or not batch.joined[index]:
            break
        index += 1
    return index


def _walk_back(batch: Batch, index: int, reached: int) -> int:
    forms, starts = batch.forms, batch.starts
    is_title = batch.is_title(index)
    first = index
    for _ in range(_MOST_WORDS):
        before, gap = forms[first - 1], batch.gap(first - 1)
        joins = gap in _JOINTS or (gap == " and " and before in _AND_BEFORE)
        joins = joins or (before in MONTHS and bool(_DAY.fullmatch(gap)))
        if not joins or starts[first - 1] < reached:
            break
        if is_title and before in _TITLE_VERBS:
            break
        first -= 1
    while first < index and forms[first] in _OPENING:
        first += 1
    return first


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


def _has_proper(batch: Batch, first: int, last: int) -> bool:
    if last > first and batch.forms[first] in _MINISTRIES:
        return True
    for index in range(first, last + 1):
        if batch.taken[batch.starts[index]]:
            return True
        form = batch.forms[index]
        if form not in _GENERIC and not (form.endswith("s") and batch.is_title(index)):
            return last > first
    return False
