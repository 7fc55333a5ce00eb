"""What all finders share: folded text, capitalised words, datelines, mentions, keys."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

FOLDED = (
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\uff07", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
    | dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f\u3000\t", " ")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
    | {"\u00d7": "x", "\r": "\n"}
)
"""Every character stands for exactly one, so that offsets into the folded text are offsets into the stored one."""
_FOLDED_ASCII = [special for special in FOLDED if special.isascii()]

# A capital after a small letter opens a new word: names are printed glued to their neighbours ("ComradeKim").
WORD = re.compile(r"[A-Z]+(?![a-z\u00c0-\u024f])|[A-Z\u00c0-\u00de\u0100-\u024f][a-z\u00df-\u024f]*(?:'(?!s\b)[a-z]+)*")
"""What a capitalised word is; `etl.enrich.tokens` finds the same words in long texts."""

DATELINE = re.compile(
    r"\s*(?P<place>[A-Z][A-Za-z]+(?: [A-Z][a-z]+)?), (?P<month>[A-Z][a-z]+)\.? (?P<day>\d{1,2})(?:, \d{4})? ?"
    r"\((?:KCNA|Rodong Sinmun|Minju Joson|Naenara)[^)\n]{0,40}\)(?: ?-{1,2} ?)?"
)

CACHE_SIZE = 20_000
"""Entries of each cache: names and their words come again and again, and memory stays bounded."""


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
    # Some thirty searches for one character are far faster than one walk over all characters.
    for special in _FOLDED_ASCII if text.isascii() else FOLDED:
        text = text.replace(special, FOLDED[special])
    return text


def contains_any(text: str, parts: Iterable[str]) -> bool:
    """Whether any of some words stands in a text; a first look that is much cheaper than a pattern of them."""
    for part in parts:  # noqa: SIM110 - a generator would cost more than the search
        if part in text:
            return True
    return False


@lru_cache(maxsize=CACHE_SIZE)
def slug(name: str) -> str:
    """A stable key: lower-case ASCII words with hyphens between."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
