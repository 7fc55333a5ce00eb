"""Wordings to articles: which wordings of one source and day are one article, in which order, and what changed.

Pages carry no address, one article stands under several titles, and different articles share a title and a date. So
identity is decided by evidence, for every pair of wordings of the same source and published date:

1. Their words agree in order to at least `SAME_TEXT`: silent edits measured lie between 0.69 and 0.95, different
   articles of one day at up to 0.63, save for letters that follow a formula.
2. Short texts may be formulas with other names put in ("Greetings to ..."). Where at least one of two texts has fewer
   than `FORMULA_WORDS` words, they are one article only if not both titles hold a proper name that the other lacks.

What these rules join is one article, also over several steps. A crawler's fault (the text of another article under a
title, measured similarity 0.05) fails rule 1 against the real text, so it is never taken for a revision of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

import polars as pl
from rapidfuzz.distance import Indel, LCSseq

SAME_TEXT = 0.65
FORMULA_WORDS = 250

_WORD = re.compile(r"\w+")
_NAME_IN_TEXT = re.compile(r"(?<=[a-z,;] )[A-Z]\w*|\b[A-Z]{2,}\b")
"""Capitalised words within a sentence, and words in capitals."""

LINK_SCHEMA = pl.Schema(
    {
        "article_version_id": pl.String(),
        "article_id": pl.String(),
        "version_number": pl.Int32(),
        "version_count": pl.Int32(),
        "is_current": pl.Boolean(),
        "similarity": pl.Float64(),
        "word_changes": pl.List(pl.Struct({"old": pl.String(), "new": pl.String()})),
    }
)
"""One row per wording: its article, its place among the versions, and how it differs from the version before."""


@dataclass(frozen=True, slots=True)
class _Wording:
    version_id: str
    first_captured: date | None
    last_captured: date | None
    title: str
    words: tuple[str, ...]
    names: frozenset[str]
    counts: Counter[str]

    @property
    def order(self) -> tuple[date, date, str]:
        """Earliest capture first; what no page dates comes before, and ties are broken by content."""
        return self.first_captured or date.min, self.last_captured or date.min, self.version_id

    @property
    def key_order(self) -> tuple[date, date, str]:
        """The first in this order gives the article its key: the earliest capture that a page dates."""
        return self.first_captured or date.max, self.last_captured or date.max, self.version_id

    @property
    def recency(self) -> tuple[date, date, str]:
        """The last in this order is the current wording: the one captured last."""
        return self.last_captured or date.min, self.first_captured or date.min, self.version_id


def link_versions(versions: pl.LazyFrame) -> pl.DataFrame:
    """Which article each wording belongs to, with the columns of `LINK_SCHEMA`.

    Args:
        versions: one row per wording: `article_version_id`, `source_key`, `published_date`, `title_key`, `body`,
            `first_captured_date`, `last_captured_date`.
    """
    columns = ["article_version_id", "first_captured_date", "last_captured_date", "title_key", "body"]
    years = versions.select(pl.col("published_date").dt.year().unique().sort()).collect().to_series().to_list()
    rows: list[dict[str, Any]] = []
    for year in years:  # one at a time, so that memory holds the texts of a year
        frame = versions.filter(pl.col("published_date").dt.year() == year)
        grouped = frame.group_by("source_key", "published_date").agg(columns).collect()
        for group in grouped.select(columns).iter_rows():
            rows += _link_day(list(zip(*group, strict=True)))
    return pl.DataFrame(rows, schema=LINK_SCHEMA)


def _link_day(day: list[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """The rows of one source and day."""
    if len(day) == 1:
        return iter([_only_wording(day[0][0])])
    wordings = sorted((_wording(*values) for values in day), key=lambda wording: wording.order)
    return (row for article in _components(wordings) for row in _article_rows(article))


def _wording(version_id: str, first: date | None, last: date | None, title: str, body: str) -> _Wording:
    words = tuple(_WORD.findall(body))
    return _Wording(version_id, first, last, title, words, frozenset(_NAME_IN_TEXT.findall(body)), Counter(words))


def _components(wordings: list[_Wording]) -> list[list[_Wording]]:
    """Wordings joined by the rules, each group in the order of the list."""
    group = list(range(len(wordings)))
    for first, second in combinations(range(len(wordings)), 2):
        if group[first] != group[second] and is_same_article(wordings[first], wordings[second]):
            old, new = max(group[first], group[second]), min(group[first], group[second])
            group = [new if number == old else number for number in group]
    return [[w for w, g in zip(wordings, group, strict=True) if g == number] for number in sorted(set(group))]


def is_same_article(first: _Wording, second: _Wording) -> bool:
    """Whether two wordings of one source and day are one article, by the two rules above."""
    shorter, longer = sorted((len(first.words), len(second.words)))
    needed = SAME_TEXT * (shorter + longer)
    if 2 * shorter < needed or 2 * (first.counts & second.counts).total() < needed:
        return False  # too few words in common, in whatever order: a bound that costs little
    if Indel.normalized_similarity(first.words, second.words, score_cutoff=SAME_TEXT) < SAME_TEXT:
        return False
    return shorter >= FORMULA_WORDS or not _titles_name_different_things(first, second)


def _titles_name_different_things(first: _Wording, second: _Wording) -> bool:
    """Whether each title holds a word that the other title lacks and that is a proper name.

    That is: the texts write it with a capital inside a sentence, or the title writes it in capitals throughout.
    """
    titles = set(_WORD.findall(first.title)), set(_WORD.findall(second.title))
    acronyms = {word for title in titles for word in title if len(word) > 1 and word.isupper()}
    names = first.names | second.names | acronyms
    return bool((titles[0] - titles[1]) & names) and bool((titles[1] - titles[0]) & names)


def _article_rows(article: list[_Wording]) -> Iterator[dict[str, Any]]:
    """The rows of one article; its key is that of the wording captured first, so later captures do not change it."""
    article_id = min(article, key=lambda wording: wording.key_order).version_id
    current = max(article, key=lambda wording: wording.recency)
    before: _Wording | None = None
    for number, wording in enumerate(article, start=1):
        similarity, words = _changes(before, wording) or (None, None)
        yield {
            "article_version_id": wording.version_id,
            "article_id": article_id,
            "version_number": number,
            "version_count": len(article),
            "is_current": wording is current,
            "similarity": similarity,
            "word_changes": words,
        }
        before = wording


def _only_wording(version_id: str) -> dict[str, Any]:
    """The row of an article in one wording."""
    return {
        "article_version_id": version_id,
        "article_id": version_id,
        "version_number": 1,
        "version_count": 1,
        "is_current": True,
        "similarity": None,
        "word_changes": None,
    }


def _changes(before: _Wording | None, after: _Wording) -> tuple[float, list[dict[str, str]]] | None:
    """Similarity to the version before and the runs of words that were replaced, removed or added."""
    if before is None:
        return None
    similarity = Indel.normalized_similarity(before.words, after.words)
    return similarity, list(_word_changes((before.title, before.words), (after.title, after.words)))


def _word_changes(before: tuple[str, Iterable[str]], after: tuple[str, Iterable[str]]) -> Iterator[dict[str, str]]:
    """Changed runs of words, those of the title first."""
    pairs = ((before[0].split(), after[0].split()), (list(before[1]), list(after[1])))
    for old, new in pairs:
        for step in LCSseq.opcodes(old, new):
            if step.tag != "equal":
                yield {
                    "old": " ".join(old[step.src_start : step.src_end]),
                    "new": " ".join(new[step.dest_start : step.dest_end]),
                }
