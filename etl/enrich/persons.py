"""Korean persons: a surname of the closed list and given names that fit the syllable grammar of DPRK spelling."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import compress, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.enrich import lexicon
from etl.enrich.batch import SURNAME, Batch
from etl.enrich.spans import first_ones
from etl.enrich.text import CACHE_SIZE, slug
from etl.enrich.tokens import Integers
from etl.enrich.vocabulary import AWARDS_AFTER, COMMON, INSTITUTIONS, LANDSCAPE, RANKS, THINGS

_SYLLABLE = (
    r"(?:ch|kh|th|ph|kk|tt|pp|ss|jj|[bdghjkmnprst])?"
    r"(?:yae|yeo|wae|ya|yo|yu|ye|wa|we|wo|wi|oe|ui|ae|eo|eu|oo|ee|a|e|i|o|u)(?:ng|[klmnpt])?"
)
SYLLABLE = re.compile(_SYLLABLE, re.IGNORECASE)
SYLLABLES = re.compile(rf"(?:{_SYLLABLE}){{1,3}}", re.IGNORECASE)
_HYPHENED = re.compile(r"-[a-z]{1,6}\b")
_AFTER_AWARD = re.compile(r"\b(?:Order|Medal|Prize|Badge)s? of (?:the )?$")
# How the text before a name ends where the pattern can fit at all; "$" fits before a last line break, too.
_AWARD_ENDS = (" of ", " of the ", "\n")
_ROLE_AFTER = re.compile(r", (?:the |a |former |acting )?[a-z]|\(\d| \(")

# The leaders' last syllables are found even with the next word glued to them ("Unvisited").
_GLUED = {"Kim Jong": ("Un", "Il", "Suk"), "Kim Il": ("Sung",)}
_GLUED_FIRSTS = frozenset(names.split()[1] for names in _GLUED)
_PLACE_AFTER = frozenset({"County", "City", "District", "Province", "county", "city"})
_SMALL_PLACE_AFTER = (" county", " city")
_AWARD_AFTER = (" Youth Honor", " Youth Honour")
_LETTERS_AFTER = [ord(letter) for letter in "cY"]
"""With one of these the words in small letters, or of an award, begin that make a name a part of another one."""
_IN_NAME_AFTER = (
    INSTITUTIONS
    | THINGS
    | LANDSCAPE
    | {"Military", "Youth", "Textile", "Silk", "Iron", "Artillery", "Guards", "Revolutionary"}
)
_STRONG = frozenset({"Kim", "Ri", "Pak", "Choe", "Jong", "Jo", "Kang"})
# These would be read as names but are words of other names.
_NOT_NAMES = frozenset({"Hong Kong", "Ho Chi", "Jong Il", "Jong Un", "Jong Suk", "Tae Kwon", "Song Of", "Kum Song"})
_NO_PERSON = "place"
_BEFORE_FAMILY = COMMON | RANKS
# Given names that are far likelier to be English words.
_NOT_GIVEN = frozenset({"To", "In", "At", "On", "An", "It", "Up", "So", "No", "Is", "Of", "Ten", "Men", "Man"})


(
    *(_ONE_SYLLABLE, _GIVEN, _NO_GIVEN, _STRONG_GIVEN, _STRONG_SURNAME, _GLUED_FIRST, _CLOSING, _INSIDE, _OF_PLACE),
    _OF_AWARD,
) = (1 << bit for bit in range(10))
"""What a word can be in a Korean name or behind it: one syllable; the given name of a name of two words; a syllable
that is no given name in titles; a surname of `_STRONG` as a given name and as it is printed; a given name to which the
next word may be glued; "Nyo"; a word behind a name that makes it a part of another name, of a place's or of an
award's."""


@lru_cache(maxsize=CACHE_SIZE)
def _class(form: str) -> int:
    """What a word can be, as the bits above."""
    proper, syllable = _proper(form), _syllable(form)
    is_word = proper in COMMON or proper in _NOT_GIVEN or proper in INSTITUTIONS or proper in THINGS or proper in RANKS
    answers = (
        (_ONE_SYLLABLE, syllable),
        (_GIVEN, SYLLABLES.fullmatch(proper) and not is_word),
        (_NO_GIVEN, syllable in _NOT_GIVEN),
        (_STRONG_GIVEN, proper in _STRONG),
        (_STRONG_SURNAME, form in _STRONG),
        (_GLUED_FIRST, proper in _GLUED_FIRSTS),
        (_CLOSING, form == "Nyo"),
        (_INSIDE, form in _IN_NAME_AFTER),
        (_OF_PLACE, form in _PLACE_AFTER),
        (_OF_AWARD, form in AWARDS_AFTER),
    )
    return sum(bit for bit, answer in answers if answer)


_USUAL = 3
"""Words of a Korean name."""


class _Names:
    """Words that may open a name, one row each, with what stands behind them; rules are asked of all rows at once.

    Attributes:
        batch: the texts.
        words: the surnames.
        counts: of how many words the name is that each one opens; 0 if it opens none.
        ends: where the names end.
        seconds: the second given names that are cut out of longer words or stand behind a hyphen, by row.
    """

    def __init__(self, batch: Batch, words: Integers) -> None:
        self.batch = batch
        self.words = words
        self._classes = np.array([*map(_class, batch.distinct_forms)], np.int64)
        self._is_title = ~batch.is_in_body[words]
        self.counts = np.zeros(len(words), np.int64)
        self.ends = batch.word_ends[words + 1]
        self.seconds: dict[int, str] = {}
        self._read_hyphened()
        self._read_three_words()
        self._read_two_words()

    def are(self, step: int, mark: int) -> NDArray[np.bool_]:
        """Whether the word so many words behind each surname can be something."""
        return self._classes[self.batch.numbers[self.words + step]] & mark > 0

    def joined(self, step: int) -> NDArray[np.bool_]:
        """Whether the word so many words behind each surname is joined to the next one."""
        return self.batch.are_joined[self.words + step]

    def _set(self, rows: NDArray[np.bool_], count: int, ends: Integers) -> None:
        self.counts[rows] = count
        self.ends[rows] = ends[rows]

    def _read_hyphened(self) -> None:
        """A surname, a syllable and a small one behind a hyphen ("Kim Yong-nam")."""
        self._is_hyphened = self.batch.codes[self.ends] == ord("-")
        for row in np.flatnonzero(self._is_hyphened & self.are(1, _ONE_SYLLABLE)).tolist():
            found = _HYPHENED.match(self.batch.text, int(self.ends[row]))
            if found and _syllable(found.group()[1:]):
                self.counts[row], self.ends[row] = 2, found.end()
                self.seconds[row] = found.group()[1:].title()

    def _read_three_words(self) -> None:
        """A surname and two syllables ("Kim Yong Nam"), or two given names before "Nyo"."""
        words, starts, ends = self.words, self.batch.word_starts, self.batch.word_ends
        is_close = self._is_hyphened & (starts[words + 2] == ends[words + 1] + 1)
        is_open = (self.counts == 0) & (self.joined(1) | is_close)
        has_second = is_open & self.are(2, _ONE_SYLLABLE) & ~(self.are(2, _NO_GIVEN) & self._is_title)
        second_ends = ends[words + 2]
        for row in np.flatnonzero(is_open & ~has_second & self.are(1, _GLUED_FIRST)).tolist():
            second = _glued(self.batch, int(words[row]))
            if second:
                has_second[row], self.seconds[row] = True, second
                second_ends[row] = starts[words[row] + 2] + len(second)
        # "So Kim Jong Un ...": the next word opens a whole name of its own.
        starts_later = self.joined(2) & ~self.are(0, _STRONG_SURNAME) & self.are(3, _ONE_SYLLABLE)
        is_three = has_second & self.are(1, _ONE_SYLLABLE) & ~(self.are(1, _STRONG_GIVEN) & starts_later)
        self._set(is_three, 3, second_ends)
        self._set(has_second & self.are(3, _CLOSING) & self.joined(2), 4, ends[words + 3])

    def _read_two_words(self) -> None:
        """A surname and a given name, for which more evidence is asked than for one of three words."""
        is_open = (self.counts == 0) & self.are(1, _GIVEN)
        is_open &= ~self.joined(1) | self.are(2, _INSIDE) | self._is_title
        for row in np.flatnonzero(is_open).tolist():
            self.seconds.pop(row, None)
            if _has_evidence(self.batch, int(self.words[row])):
                self.counts[row] = 2

    def are_followed_by(self, mark: int) -> NDArray[np.bool_]:
        """Whether a word that can be something is joined to the last word of each name."""
        last = self.words + np.maximum(self.counts, 1) - 1
        is_so: NDArray[np.bool_] = self._classes[self.batch.numbers[last + 1]] & mark > 0
        return is_so & self.batch.are_joined[last]

    def spellings(self, rows: Integers) -> list[str]:
        """The names in some rows as they are written in full."""
        proper = np.array([*map(_proper, self.batch.distinct_forms)], object)
        parts = [proper[self.batch.numbers[self.words[rows] + step]].tolist() for step in range(3)]
        spellings = [f"{surname} {first} {second}" for surname, first, second in zip(*parts, strict=True)]
        counts = self.counts[rows]
        is_other = (counts != _USUAL) | np.isin(rows, [*self.seconds])
        for place in np.flatnonzero(is_other).tolist():
            surname, first, second = (part[place] for part in parts)
            known = self.seconds.get(int(rows[place]), second if counts[place] > 2 else "")
            nyo = "Nyo" if counts[place] > _USUAL else ""
            spellings[place] = " ".join(filter(None, (surname, first, known, nyo)))
        return spellings


def find_korean(batch: Batch, names: dict[str, str]) -> None:
    """Add every Korean name, and in bodies the family names that stand alone after a whole name.

    `names` collects the canonical name of each new key.
    """
    surnames = batch.indexes(SURNAME)
    is_opening = batch.are_joined[surnames]
    named = _Names(batch, surnames[is_opening])
    roles = _roles(named)
    rows = np.flatnonzero((named.counts > 0) & (roles != _NO_PERSON))
    rows = rows[first_ones(named.words[rows], named.words[rows] + named.counts[rows])]
    words, ends, roles = named.words[rows], named.ends[rows], roles[rows]
    keys, rules = _identify(named.spellings(rows), names)
    starts = batch.word_starts[words]
    columns = (repeat("person"), keys, starts.tolist(), ends.tolist(), rules, roles.tolist())
    batch.add_all(starts, ends, zip(*columns, strict=False))
    may_be_called = (roles == "plain") & batch.is_in_body[words]
    _add_families(batch, words[may_be_called], [*compress(keys, may_be_called)], surnames[~is_opening])


def _identify(spellings: list[str], names: dict[str, str]) -> tuple[list[str], list[str]]:
    """The keys of persons and the rules that found them."""
    identities = {spelling: identity(spelling) for spelling in set(spellings)}
    for person_id, name in identities.values():
        names[person_id] = min(names.get(person_id, name), name)
    rules = {spelling: "korean_full" if spelling.count(" ") > 1 else "korean_two" for spelling in identities}
    return [identities[spelling][0] for spelling in spellings], [rules[spelling] for spelling in spellings]


def _add_families(batch: Batch, bearers: Integers, keys: list[str], alone: Integers) -> None:
    """Add surnames that stand alone and mean whoever bore them last in the same text.

    Args:
        batch: the texts.
        bearers: surnames of whole names.
        keys: whose names these are.
        alone: surnames to which no other word is joined.
    """
    # The same surname in the same text.
    born, met = (
        batch.word_sections[some] * len(batch.distinct_forms) + batch.numbers[some] for some in (bearers, alone)
    )
    called = {int(bearers[row]): keys[row] for row in np.flatnonzero(np.isin(born, met)).tolist()}
    latest: dict[tuple[int, str], str] = {}
    for index in sorted([*called, *alone[np.isin(met, born)].tolist()]):
        place = batch.sections[index], batch.forms[index]
        if index in called:
            if called[index] not in lexicon.person_names():
                latest[place] = called[index]
        elif place in latest and _stands_alone(batch, index):
            batch.add("person", latest[place], batch.starts[index], batch.ends[index], "family")


@lru_cache(maxsize=CACHE_SIZE)
def identity(name: str) -> tuple[str, str]:
    """Key and canonical name of a person of this name."""
    person_id = lexicon.unified_ids().get(slug(name), slug(name))
    return person_id, lexicon.person_names().get(person_id, name)


def _glued(batch: Batch, index: int) -> str:
    """The last syllable of a leader's name to which the next word is glued; empty if it is none."""
    first = f"{_proper(batch.forms[index])} {_proper(batch.forms[index + 1])}"
    return next((last for last in _GLUED.get(first, ()) if batch.forms[index + 2].startswith(last)), "")


def _has_evidence(batch: Batch, index: int) -> bool:
    """Whether something proves that a surname and the word behind it are a name of two words."""
    text, start, end = batch.text, batch.starts[index], batch.ends[index + 1]
    surname, given = _proper(batch.forms[index]), _proper(batch.forms[index + 1])
    if f"{surname} {given}" in _NOT_NAMES:
        return False
    if lexicon.surnames()[surname] and _syllable(given):
        return True
    if batch.joined[index - 1] and batch.forms[index - 1] in RANKS:
        return True
    in_list = text[max(0, start - 5) : start].endswith((", ", " and ")) and text.startswith((", ", " and "), end)
    return in_list or bool(_ROLE_AFTER.match(text, end))


def _roles(named: _Names) -> NDArray[Any]:
    """What each name does: plain, award, part of another name; `_NO_PERSON` if it is a place."""
    batch, starts, ends = named.batch, named.batch.word_starts[named.words], named.ends
    is_award = _name_awards(batch, starts, named.counts > 0)
    following = batch.codes[ends]
    is_open = (following == ord(" ")) | (following == ord("\n"))
    is_place, is_inside = is_open & named.are_followed_by(_OF_PLACE), is_open & named.are_followed_by(_INSIDE)
    is_award |= is_open & named.are_followed_by(_OF_AWARD)
    for row in np.flatnonzero(is_open & np.isin(batch.codes[ends + 1], _LETTERS_AFTER)).tolist():
        is_place[row] |= batch.text.startswith(_SMALL_PLACE_AFTER, int(ends[row]))
        is_award[row] |= batch.text.startswith(_AWARD_AFTER, int(ends[row]))
    is_inside &= batch.is_in_body[named.words]
    conditions = {_NO_PERSON: is_place, "award": is_award, "in_org_name": is_inside}
    roles: NDArray[Any] = np.select([*conditions.values()], [*conditions], "plain").astype(object)
    return roles


def _name_awards(batch: Batch, starts: Integers, is_name: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether "Order of" or the like stands before each name."""
    is_award = is_name & batch.are_after(starts, _AWARD_ENDS)
    for row in np.flatnonzero(is_award).tolist():
        before = batch.text[max(0, int(starts[row]) - 16) : starts[row]]
        is_award[row] = _AFTER_AWARD.search(before) is not None
    return is_award


@lru_cache(maxsize=CACHE_SIZE)
def _proper(form: str) -> str:
    """A name printed in capitals as it is written otherwise."""
    return form.title() if len(form) > 1 and form.isupper() else form


@lru_cache(maxsize=CACHE_SIZE)
def _syllable(form: str) -> str:
    """A word of one syllable as it is written in names; an empty text for any other."""
    proper = _proper(form)
    return proper if SYLLABLE.fullmatch(proper) else ""


def _stands_alone(batch: Batch, index: int) -> bool:
    """Whether a surname with something else than a space behind it is a family name and nothing more."""
    surname = _proper(batch.forms[index])
    if not lexicon.surnames()[surname] or not batch.is_free(batch.starts[index], batch.ends[index]):
        return False
    if batch.joined[index - 1] and batch.forms[index - 1] not in _BEFORE_FAMILY:
        return False
    is_last = not batch.forms[index + 1]
    return is_last or batch.text[batch.ends[index]] != "-"
