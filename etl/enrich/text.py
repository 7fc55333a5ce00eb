"""One text as the finders see it: folded one character to one character, cut into capitalised words and sentences."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

FOLDED = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\uff07", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
    | dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f\u3000\t", " ")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
    | {"\u00d7": "x", "\r": "\n"}
)
"""Every character stands for exactly one, so that offsets into the folded text are offsets into the stored one."""

# A capital after a small letter opens a new word: names are printed glued to their neighbours ("ComradeKim").
WORD = re.compile(r"[A-Z]+(?![a-z\u00c0-\u024f])|[A-Z\u00c0-\u00de\u0100-\u024f][a-z\u00df-\u024f]*(?:'(?!s\b)[a-z]+)*")

DATELINE = re.compile(
    r"\s*(?P<place>[A-Z][A-Za-z]+(?: [A-Z][a-z]+)?), (?P<month>[A-Z][a-z]+)\.? (?P<day>\d{1,2})(?:, \d{4})? ?"
    r"\((?:KCNA|Rodong Sinmun|Minju Joson|Naenara)[^)\n]{0,40}\)(?: ?-{1,2} ?)?"
)

# A full stop ends a sentence if white space and a capital, a quotation or a digit follow and no abbreviation precedes.
_STOP = re.compile(r"[.!?][\"')]*(?=\s+[\"'(]?[A-Z0-9])|\n\s*\n")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Z]|Mt|Mr|Mrs|Ms|Dr|Prof|Gen|Col|Lt|Maj|No|St|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec))$"
)


class Word(NamedTuple):
    """A capitalised word and where it stands."""

    start: int
    end: int
    form: str


class Mention(NamedTuple):
    """One entity in one text; `rule` says which rule found it, `role` what it does there."""

    kind: str
    entity_id: str
    start: int
    end: int
    rule: str
    role: str = "plain"


def fold(text: str) -> str:
    """Curly quotes, special spaces, dashes and the multiplication sign as plain characters, length unchanged."""
    return text.translate(FOLDED)


def slug(name: str) -> str:
    """A stable key: lower-case ASCII words with hyphens between."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


_SOUTH_KOREA = re.compile(r"\b(?:ROK|[Ss]outh Korean?|[Pp]uppet)\b")


@dataclass
class Section:
    """A title or a body, folded, with its capitalised words and what has been found in it so far."""

    name: str
    text: str
    mentions: list[Mention] = field(default_factory=list)

    @cached_property
    def words(self) -> list[Word]:
        """The capitalised words in order."""
        return [Word(found.start(), found.end(), found.group()) for found in WORD.finditer(self.text)]

    @cached_property
    def starts(self) -> list[int]:
        """Where the words start."""
        return [word.start for word in self.words]

    @cached_property
    def dateline(self) -> re.Match[str] | None:
        """The dateline that opens a body."""
        return DATELINE.match(self.text) if self.name == "body" else None

    @cached_property
    def body_start(self) -> int:
        """Where the text after the dateline begins."""
        return self.dateline.end() if self.dateline else 0

    @cached_property
    def is_about_the_south(self) -> bool:
        """Whether south Korea is named, where some names of northern places are used too."""
        return bool(_SOUTH_KOREA.search(self.text))

    @cached_property
    def taken(self) -> bytearray:
        """One flag per character that already belongs to a mention of which it may not be taken away."""
        return bytearray(len(self.text))

    def gap(self, index: int) -> str:
        """What stands between a word and the next one; a full stop where there is none."""
        if not 0 <= index < len(self.words) - 1:
            return "."
        return self.text[self.words[index].end : self.words[index + 1].start]

    def joined(self, index: int) -> bool:
        """Whether only a space (or a single line break) stands between a word and the next."""
        return self.gap(index) in (" ", "  ", "\n")

    def form(self, index: int) -> str:
        """A word by its index; empty beyond the text."""
        return self.words[index].form if 0 <= index < len(self.words) else ""

    def index_at(self, position: int) -> int:
        """The first word that starts at or after a position."""
        return bisect_left(self.starts, position)

    def is_free(self, start: int, end: int) -> bool:
        """Whether no character of a span belongs to a mention yet."""
        return not any(self.taken[start:end])

    def add(self, mention: Mention, takes: bool = True) -> None:
        """Keep a mention and, unless told otherwise, its characters."""
        self.mentions.append(mention)
        if takes:
            self.taken[mention.start : mention.end] = b"\x01" * (mention.end - mention.start)

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Sentences as spans, the dateline left out."""
        spans, begin = [], self.body_start
        for stop in _STOP.finditer(self.text, begin):
            if stop.group()[0] == "." and _ABBREVIATED.search(self.text[max(begin, stop.start() - 5) : stop.start()]):
                continue
            spans.append((begin, stop.end()))
            begin = stop.end()
        spans.append((begin, len(self.text)))
        return [(start, end) for start, end in spans if self.text[start:end].strip()]
