"""A title or a body as the finders see it: its capitalised words, what stands between them, what was found so far.

Finders look only at words that can start something for them: each form is looked up once for what it can be (`marks`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache, cached_property
from itertools import accumulate, compress

from etl.enrich import lexicon
from etl.enrich.text import DATELINE, WORD, Mention, fold
from etl.enrich.vocabulary import COMMON, INSTITUTIONS, LANDSCAPE, MONTHS, RANKS, THINGS, WEEKDAYS

SURNAME, PLACE, PHRASE, INSTITUTION, KNOWN, NO_NAME = (1 << bit for bit in range(6))
"""What a form can be: a Korean surname, the first word of a place or of a fixed phrase, the closing noun of an
institution, a word of a fixed person; the last one says that it is no word of a foreign person's name."""

_ONLY = {
    mark: bytes(marks & mark for marks in range(256)) for mark in (SURNAME, PLACE, PHRASE, INSTITUTION, KNOWN, NO_NAME)
}
NO_NAMES = COMMON | RANKS | INSTITUTIONS | LANDSCAPE | THINGS | MONTHS.keys() | WEEKDAYS.keys()
"""Words that are no part of a foreign person's name, those of places and countries apart."""

JOINTS = frozenset({" ", "  ", "\n"})
"""What may stand between two words of a name."""

_SOUTH_KOREA = re.compile(r"\b(?:ROK|[Ss]outh Korean?|[Pp]uppet)\b")

# A full stop ends a sentence if white space and a capital, a quotation or a digit follow and no abbreviation precedes.
_STOP = re.compile(r"[.!?\n](?:(?<=[.!?])[\"')]*(?=\s+[\"'(]?[A-Z0-9])|(?<=\n)\s*\n)")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Z]|Mt|Mr|Mrs|Ms|Dr|Prof|Gen|Col|Lt|Maj|No|St|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec))$"
)
_ABBREVIATION = 5
"""Characters that show an abbreviation and where it begins."""
# Finders look a few words ahead without asking whether there are so many.
_NO_WORDS = ("",) * 4
_NO_GAPS = (".",) * 4


@cache
def _marks() -> dict[str, int]:
    """What each form can be; a form that is not here may be a word of a foreign person's name and nothing else."""
    surnames = lexicon.surnames()
    marks: dict[str, int] = {}
    for mark, forms in (
        (SURNAME, surnames),
        (SURNAME, [surname.upper() for surname in surnames]),
        (PLACE, [*lexicon.place_forms(), *lexicon.TWINS]),
        (PHRASE, lexicon.phrases()),
        (INSTITUTION, INSTITUTIONS),
        (KNOWN, lexicon.people_by_word()),
        # A single letter may be an initial, whatever else it is.
        (NO_NAME, [form for form in (*NO_NAMES, *lexicon.country_words(), *lexicon.place_forms()) if len(form) > 1]),
    ):
        for form in forms:
            marks[form] = marks.get(form, 0) | mark
    return marks


class Section:
    """A text, folded, with its capitalised words in order, counted from 0, and the mentions found in it.

    Attributes:
        name: `title` or `body`.
        text: the folded text.
        count: the number of words.
        forms: the words; some empty ones follow, so that the word before the first is empty, too.
        starts: where the words start; the end of the text follows.
        ends: where the words end.
        gaps: what stands between a word and the next one; a full stop behind the last word and before the first.
        marks: what the words can be.
        dateline: the dateline that opens a body.
        body_start: where the text after the dateline begins.
        begin: the first word after the dateline.
        mentions: what was found; in the order of the text once all finders are through.
        taken: one flag per character that already belongs to a mention of which it may not be taken away.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text = fold(text)
        parts = WORD.split(text)
        offsets = list(accumulate(map(len, parts)))
        words = parts[1::2]
        known_marks = _marks().get
        self.count = len(words)
        self.starts = offsets[::2]
        self.ends = offsets[1::2]
        self.marks = bytes([known_marks(word, 0) for word in words])
        self.forms = [*words, *_NO_WORDS]
        self.gaps = [*parts[2:-1:2], *_NO_GAPS]
        self.dateline = DATELINE.match(text) if name == "body" else None
        self.body_start = self.dateline.end() if self.dateline else 0
        self.begin = self.index_at(self.body_start)
        self._after_dateline = range(self.begin, self.count)
        self._marks_after_dateline = self.marks[self.begin :]
        self.mentions: list[Mention] = []
        self.taken = bytearray(len(text) + 1)

    def only(self, mark: int) -> bytes:
        """One byte per word, zero if it cannot be one thing."""
        return self.marks.translate(_ONLY[mark])

    def has(self, mark: int) -> bool:
        """Whether any word can be one thing."""
        return mark in self.only(mark)

    def indexes(self, mark: int) -> list[int]:
        """The words after the dateline that can be one thing."""
        return list(compress(self._after_dateline, self._marks_after_dateline.translate(_ONLY[mark])))

    def joined(self, index: int) -> bool:
        """Whether only a space (or a single line break) stands between a word and the next."""
        return self.gaps[index] in JOINTS

    def index_at(self, position: int) -> int:
        """The first word that starts at or after a position."""
        return bisect_left(self.starts, position)

    def is_free(self, start: int, end: int) -> bool:
        """Whether no character of a span belongs to a mention yet."""
        return self.taken.find(1, start, end) < 0

    def add(self, mention: Mention) -> None:
        """Keep a mention and its characters."""
        self.mentions.append(mention)
        self.taken[mention.start : mention.end] = b"\x01" * (mention.end - mention.start)

    @cached_property
    def is_about_the_south(self) -> bool:
        """Whether south Korea is named, where some names of northern places are used too."""
        return bool(_SOUTH_KOREA.search(self.text))

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Sentences as spans, the dateline left out."""
        text, spans, begin = self.text, [], self.body_start
        for stop in _STOP.finditer(text, begin):
            position, end = stop.span()
            if text[position] == "." and _ends_abbreviated(text[max(begin, position - _ABBREVIATION) : position]):
                continue
            spans.append((begin, end))
            begin = end
        spans.append((begin, len(text)))
        return [(start, end) for start, end in spans if text[start:end].strip()]


def _ends_abbreviated(before: str) -> bool:
    """Whether the few characters before a full stop end in an abbreviation, not in a longer word."""
    is_longer = len(before) == _ABBREVIATION and before.isalpha()
    return not is_longer and bool(_ABBREVIATED.search(before))
