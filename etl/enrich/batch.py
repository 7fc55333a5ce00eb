"""Titles and bodies of many articles as the finders see them: one text, its capitalised words, what was found so far.

The texts stand one behind the other, so that what is asked of every word is asked once for all of them. Each distinct
form is looked up once for what it can be (`marks`), and finders look only at words that can start something for them.
Between two texts stand zeros that no name runs over, and among them empty words, so that a finder may look a few words
ahead or behind without asking whether there are so many.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.enrich import lexicon
from etl.enrich.text import DATELINE, Mention, contains_any, fold
from etl.enrich.tokens import Characters, Integers, characters, find_words, ranges
from etl.enrich.vocabulary import COMMON, INSTITUTIONS, LANDSCAPE, LANDSCAPE_OPENINGS, MONTHS, RANKS, THINGS, WEEKDAYS

SURNAME, PLACE, TWIN, PHRASE, INSTITUTION, KNOWN, NO_NAME = (1 << bit for bit in range(7))
"""What a form can be: a Korean surname, the first word of a place, a name that two provinces share, the first word of a
fixed phrase, the closing noun of an institution, a word of a fixed person; the last one says that it is no word of a
foreign person's name."""

RANK, DAY_WORD, LANDSCAPE_WORD, LANDSCAPE_OPENING = (1 << bit for bit in range(7, 11))
"""Closed lists that rules ask the neighbours of a name for: `RANKS`, months and weekdays, `LANDSCAPE` and the words of
landscape that stand before a name."""

NO_NAMES = COMMON | RANKS | INSTITUTIONS | LANDSCAPE | THINGS | MONTHS.keys() | WEEKDAYS.keys()
"""Words that are no part of a foreign person's name, those of places and countries apart."""

ORGANIZATIONS = ("organization", "newspaper")
"""Kinds of mentions inside whose names others may stand."""

JOINTS = frozenset({" ", "  ", "\n"})
"""What may stand between two words of a name."""

_SOUTH_KOREA = re.compile(r"\b(?:ROK|[Ss]outh Korean?|[Pp]uppet)\b")
_OF_SOUTH_KOREA = ("ROK", "outh Korea", "uppet")
"""One of these is in whatever the pattern fits."""

_EMPTY_WORDS = 4
_SEPARATOR = "\0" * (_EMPTY_WORDS + 2)


@cache
def _marks() -> dict[str, int]:
    """What each form can be; a form that is not here may be a word of a foreign person's name and nothing else."""
    surnames = lexicon.surnames()
    marks: dict[str, int] = {}
    for mark, forms in (
        (SURNAME, surnames),
        (SURNAME, [surname.upper() for surname in surnames]),
        (PLACE, lexicon.place_forms()),
        (TWIN, lexicon.TWINS),
        (PHRASE, lexicon.phrases()),
        (INSTITUTION, INSTITUTIONS),
        (KNOWN, lexicon.people_by_word()),
        (RANK, RANKS),
        (DAY_WORD, [*MONTHS, *WEEKDAYS]),
        (LANDSCAPE_WORD, LANDSCAPE),
        (LANDSCAPE_OPENING, LANDSCAPE_OPENINGS),
        # A single letter may be an initial, whatever else it is.
        (NO_NAME, [form for form in (*NO_NAMES, *lexicon.country_words(), *lexicon.place_forms()) if len(form) > 1]),
    ):
        for form in forms:
            marks[form] = marks.get(form, 0) | mark
    return marks


class Batch:
    """Texts, folded and laid end to end, with their words in order and what was found in them.

    Positions are those in the one text. A section is a title or a body: the title of the first article is section 0,
    its body section 1, the title of the second article section 2 and so on.

    Attributes:
        printed: the text as it is stored.
        text: the folded text.
        begins: where the sections begin.
        stops: where the sections end.
        datelines: the datelines that open bodies, by section.
        body_starts: where the text of each section begins behind its dateline.
        codes: the characters of the folded text.
        distinct_forms: the forms that words have, and perhaps some that none has.
        numbers: which of the distinct forms each word has.
        forms: the words.
        starts: where the words start; `word_starts` as an array.
        ends: where the words end; `word_ends` as an array.
        sections: the section of each word.
        first_words: the first word of each section, that of one more section included.
        classes: what the words can be.
        marks: the same, but words of datelines can start nothing and only call up fixed persons.
        joined: whether only a space (or a single line break) stands between each word and the next; `are_joined` as an
            array.
        word_sections: `sections` as an array.
        is_in_body: whether each word stands in a body.
        are_in_dateline: whether each word stands in the dateline of one.
        taken: one flag per character that already belongs to a mention of which it may not be taken away.
    """

    def __init__(self, titles: Sequence[str], bodies: Sequence[str]) -> None:
        texts = [*chain.from_iterable(zip(titles, bodies, strict=True))]
        self.printed = _SEPARATOR.join(["", *texts, ""])
        self.text = fold(self.printed)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        stops = np.cumsum(lengths + len(_SEPARATOR))
        self.begins: list[int] = (stops - lengths).tolist()
        self.stops: list[int] = stops.tolist()
        self.datelines = dict(self._datelines())
        self.body_starts = self.begins.copy()
        for section, dateline in self.datelines.items():
            self.body_starts[section] = dateline.end()
        self._read_words()
        self.taken = bytearray(len(self.text))
        # The fields of all mentions in one row: as objects they would keep the garbage collector busy.
        self._found: list[Any] = []
        self._southern: dict[int, bool] = {}

    def _datelines(self) -> Iterator[tuple[int, re.Match[str]]]:
        for section in range(1, len(self.begins), 2):
            dateline = DATELINE.match(self.text, self.begins[section], self.stops[section])
            if dateline:
                yield section, dateline

    def _read_words(self) -> None:
        self.codes = characters(self.text)
        words = find_words(self.text, self.codes)
        closings = np.array([0, *self.stops])
        at = np.searchsorted(words.starts, closings)
        empty = (closings[:, None] + np.arange(1, _EMPTY_WORDS + 1)).ravel()
        self.word_starts, self.word_ends, self.numbers = (
            np.insert(column, at.repeat(_EMPTY_WORDS), values)
            for column, values in ((words.starts, empty), (words.ends, empty), (words.numbers, len(words.forms)))
        )
        self.first_words: list[int] = (at + _EMPTY_WORDS * np.arange(1, len(at) + 1)).tolist()
        sections = np.repeat(np.arange(-1, len(self.begins)), np.diff(at, prepend=0) + _EMPTY_WORDS)
        # Views and no lists: the garbage collector passes over them.
        self.starts: Sequence[int] = self.word_starts.data
        self.ends: Sequence[int] = self.word_ends.data
        self.word_sections = sections
        self.sections: Sequence[int] = sections.data
        self.distinct_forms = [*words.forms, ""]
        self.forms: list[str] = np.array(self.distinct_forms, object)[self.numbers].tolist()
        known_marks = _marks().get
        of_forms = np.array([*(known_marks(form, 0) for form in words.forms), NO_NAME], np.uint32)
        self.classes = of_forms[self.numbers]
        self.are_in_dateline = self.word_starts < np.array([0, *self.body_starts])[sections + 1]
        self.marks = np.where(self.are_in_dateline, self.classes & KNOWN | NO_NAME, self.classes)
        self.is_in_body = sections % 2 == 1
        self.are_joined = _are_joined(self.codes, self.word_starts, self.word_ends)
        self.joined = bytes(self.are_joined)

    def indexes(self, mark: int) -> Integers:
        """The words after the datelines that can be one thing."""
        return np.flatnonzero(self.marks & mark)

    def followed(self, form: str, following: str) -> list[int]:
        """The words of a form that one of another form follows."""
        is_form, is_following = (
            np.array([distinct == word for distinct in self.distinct_forms])[self.numbers] for word in (form, following)
        )
        found: list[int] = np.flatnonzero(is_form[:-1] & is_following[1:]).tolist()
        return found

    def are_taken(self, positions: Integers) -> NDArray[np.bool_]:
        """Whether the character at each position belongs to a mention already."""
        return np.frombuffer(self.taken, np.bool_)[positions]

    def are_free(self, starts: Integers, ends: Integers) -> NDArray[np.bool_]:
        """Whether no character of each span belongs to a mention yet; no span may be empty."""
        sizes = ends - starts
        if not len(sizes):
            return np.zeros(0, np.bool_)
        is_held: NDArray[np.bool_] = np.logical_or.reduceat(
            self.are_taken(ranges(starts, sizes)), np.cumsum(sizes) - sizes
        )
        return ~is_held

    def are_after(self, positions: Integers, texts: Iterable[str]) -> NDArray[np.bool_]:
        """Whether one of some short texts stands directly before each position."""
        is_after = np.zeros(len(positions), np.bool_)
        for text in texts:
            letters = enumerate(map(ord, reversed(text)), start=1)
            is_after |= np.logical_and.reduce([self.codes[positions - back] == letter for back, letter in letters])
        return is_after

    def pairs(self, longest_gap: int) -> list[int]:
        """Free words of bodies that may belong to a foreign name together with the next one, which stands near."""
        may_be = ((self.marks & NO_NAME) == 0) & self.is_in_body
        is_near = self.word_starts[1:] - self.word_ends[:-1] <= longest_gap
        pairs = np.flatnonzero(may_be[:-1] & may_be[1:] & is_near)
        free: list[int] = pairs[~self.are_taken(self.word_starts[pairs])].tolist()
        return free

    def gap(self, index: int) -> str:
        """What stands between a word and the next one."""
        return self.text[self.ends[index] : self.starts[index + 1]]

    def index_at(self, position: int) -> int:
        """The first word that starts at or after a position."""
        return bisect_left(self.starts, position)

    def is_title(self, index: int) -> bool:
        """Whether a word stands in a title."""
        return self.sections[index] % 2 == 0

    def is_free(self, start: int, end: int) -> bool:
        """Whether no character of a span belongs to a mention yet."""
        return self.taken.find(1, start, end) < 0

    def add(self, kind: str, entity_id: str, start: int, end: int, rule: str, role: str = "plain") -> None:
        """Keep a mention and its characters."""
        self.note(kind, entity_id, start, end, rule, role)
        self.taken[start:end] = b"\x01" * (end - start)

    def note(self, kind: str, entity_id: str, start: int, end: int, rule: str, role: str = "plain") -> None:
        """Keep a mention whose characters another one may hold, too."""
        self._found += (kind, entity_id, start, end, rule, role)

    def add_all(
        self, starts: Integers, ends: Integers, mentions: Iterable[tuple[str, str, int, int, str, str]]
    ) -> None:
        """Keep many mentions and their characters, which are those of the spans."""
        self.note_all(mentions)
        np.frombuffer(self.taken, np.uint8)[ranges(starts, ends - starts)] = 1

    def note_all(self, mentions: Iterable[tuple[str, str, int, int, str, str]]) -> None:
        """Keep many mentions whose characters others may hold, too."""
        self._found += chain.from_iterable(mentions)

    def found(self) -> dict[str, list[Any]]:
        """The mentions so far, in the order in which they were found, as a column for each field of `Mention`."""
        return {name: self._found[place :: len(Mention._fields)] for place, name in enumerate(Mention._fields)}

    def is_about_the_south(self, section: int) -> bool:
        """Whether a section names south Korea, where some names of northern places are used too."""
        if section not in self._southern:
            text = self.text[self.begins[section] : self.stops[section]]
            self._southern[section] = contains_any(text, _OF_SOUTH_KOREA) and bool(_SOUTH_KOREA.search(text))
        return self._southern[section]


def _are_joined(codes: Characters, starts: Integers, ends: Integers) -> NDArray[np.bool_]:
    """Whether one of `JOINTS` stands between each word and the next one."""
    length = np.append(starts[1:], ends[-1:]) - ends
    first, second = codes[ends], codes[ends + 1]
    is_space = first == ord(" ")
    is_joined: NDArray[np.bool_] = (length == 1) & (is_space | (first == ord("\n")))
    is_joined |= (length == 2) & is_space & (second == ord(" "))
    return is_joined
