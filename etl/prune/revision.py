"""Wordings to articles: which wordings of one source and day are one article, in which order, and what changed.

Pages carry no address, one article stands under several titles, and different articles share a title and a date. So
identity is decided by evidence, for every pair of wordings of the same source and published date:

1. Their words agree in order to at least `SAME_TEXT`: silent edits measured lie between 0.69 and 0.95, different
   articles of one day at up to 0.63, save for letters that follow a formula.
2. Short texts may be formulas with other names put in ("Greetings to ..."). Where at least one of two texts has fewer
   than `FORMULA_WORDS` words, they are one article only if not both titles hold a proper name that the other lacks.

What these rules join is one article, also over several steps. A crawler's fault (the text of another article under a
title, measured similarity 0.05) fails rule 1 against the real text, so it is never taken for a revision of it.

Nearly all pairs fail rule 1 by far. So the words of all texts are counted first, in `BUCKETS` counters to a text that
several words may share; two texts have at most as many words in common as their counters have counts in common. Pairs
that pass this bound, mostly long texts, are bounded again by `FINE_BUCKETS` counters, and only what is left is compared
word by word.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import compress, groupby, islice
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz.distance import Indel, LCSseq

SAME_TEXT = 0.65
FORMULA_WORDS = 250

BUCKETS = 512
FINE_BUCKETS = 2_048
"""Powers of two."""
_PART_BYTES = 100_000
"""Text counted at once, and..."""
_PAIRS = 1_024
"""... pairs of texts bounded at once: few enough for the processor's cache, which doubles the speed."""

_WORD = re.compile(r"\w+")
_NAME_IN_TEXT = re.compile(r"(?<=[a-z,;] )[A-Z]\w*|\b[A-Z]{2,}\b")
"""Capitalised words within a sentence, and words in capitals."""

_NOT_MET = 1
"""Stands for the number of a character that no text had so far."""

_DAY = ("source_key", "published_date")
_FIELDS = ("article_version_id", "first_captured_date", "last_captured_date", "title_key", "body")

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


@dataclass(frozen=True)
class _Wording:
    version_id: str
    first_captured: date | None
    last_captured: date | None
    title: str
    body: str
    words: list[str]

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(_NAME_IN_TEXT.findall(self.body))

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


def link_versions(versions: pl.LazyFrame | pl.DataFrame) -> pl.DataFrame:
    """Which article each wording belongs to, with the columns of `LINK_SCHEMA`; rows in no particular order.

    Args:
        versions: one row per wording: `article_version_id`, `source_key`, `published_date`, `title_key`, `body`,
            `first_captured_date`, `last_captured_date`. All wordings of a source and day belong in one call.
    """
    frame = versions.lazy().select(*_DAY, *_FIELDS).collect()
    compared = frame.filter(pl.len().over(_DAY) > 1)
    rows = [row for article in _linked_articles(compared) for row in _article_rows(article)]
    linked = pl.DataFrame(rows, schema=LINK_SCHEMA)
    return pl.concat([_only_wordings(frame.join(linked, on="article_version_id", how="anti")), linked])


def _only_wordings(wordings: pl.DataFrame) -> pl.DataFrame:
    """The rows of articles in one wording."""
    one = pl.lit(1, pl.Int32)
    return wordings.select(
        "article_version_id",
        article_id="article_version_id",
        version_number=one,
        version_count=one,
        is_current=pl.lit(True),
        similarity=pl.lit(None, LINK_SCHEMA["similarity"]),
        word_changes=pl.lit(None, LINK_SCHEMA["word_changes"]),
    )


def _linked_articles(frame: pl.DataFrame) -> Iterator[list[_Wording]]:
    """The wordings of each article that has more than one, first version first."""
    days = frame.select(pl.struct(_DAY).rank("dense").cast(pl.Int64)).to_series().to_numpy()
    fields = frame.select(_FIELDS)
    letters = Letters()
    near = _nearer_pairs(_near_pairs(days, WordCounts.of(frame["body"], letters)), frame["body"], letters)
    for _, pairs in groupby(near, key=lambda pair: days[pair[0]]):  # texts of one day at a time are taken apart
        wordings: dict[int, _Wording] = {}
        group: dict[int, int] = {}
        for pair in pairs:
            for index in pair:
                if index not in wordings:
                    wordings[index] = _wording(fields.row(index), letters)
                    group[index] = index
            first, second = pair
            if group[first] != group[second] and is_same_article(wordings[first], wordings[second]):
                old, kept = group[second], group[first]
                group.update({index: kept for index, number in group.items() if number == old})
        for number in sorted(set(group.values())):
            article = [wordings[index] for index in group if group[index] == number]
            if len(article) > 1:
                yield sorted(article, key=lambda wording: wording.order)


def _wording(fields: tuple[Any, ...], letters: Letters) -> _Wording:
    version_id, first_captured, last_captured, title, body = fields
    return _Wording(version_id, first_captured, last_captured, title, body, letters.words(body))


def _near_pairs(days: NDArray[np.int64], words: WordCounts) -> Iterator[tuple[int, int]]:
    """Pairs of texts of one day that may have enough words in common, day after day."""
    order = np.lexsort((words.totals, days))
    totals = words.totals[order]
    # within a day shorter texts come first, so what is short enough to be compared with a text follows it directly
    longest = (totals * ((2 - SAME_TEXT) / SAME_TEXT)).astype(np.int64) + 1
    day_width = longest.max(initial=0) + 1
    places = days[order] * day_width
    stops = np.searchsorted(places + totals, places + longest, side="right")
    ends = np.cumsum(stops - np.arange(1, len(order) + 1))
    for start in range(0, int(ends[-1]) if len(ends) else 0, _PAIRS):
        numbers = np.arange(start, min(start + _PAIRS, ends[-1]))
        shorter = np.searchsorted(ends, numbers, side="right")
        longer = stops[shorter] - (ends[shorter] - numbers)
        first, second = order[shorter], order[longer]
        is_near = words.may_be_same(first, second)
        yield from zip(first[is_near].tolist(), second[is_near].tolist(), strict=True)


def _nearer_pairs(pairs: Iterator[tuple[int, int]], texts: pl.Series, letters: Letters) -> Iterator[tuple[int, int]]:
    """Those of the pairs that may have enough words in common also by counters that few words share."""
    while block := list(islice(pairs, _PAIRS)):
        indexes, places = np.unique(block, return_inverse=True)
        words = WordCounts.of(texts.gather(indexes), letters, FINE_BUCKETS)
        yield from compress(block, words.may_be_same(*places.reshape(-1, 2).T))


class Letters:
    """A number for every character that was met: a random one where it is part of words, else 0."""

    def __init__(self) -> None:
        self._numbers = np.full(sys.maxunicode + 1, _NOT_MET, np.uint32)
        self._random = np.random.default_rng(0)

    def numbers(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
        """The codes of the characters of a text, and their numbers."""
        codes = np.frombuffer(text.encode("utf-32-le"), "<i4")
        numbers = np.take(self._numbers, codes)
        new = np.unique(codes[numbers == _NOT_MET]).tolist()
        if new:
            drawn = self._random.integers(_NOT_MET + 1, 1 << 32, len(new), np.uint32)
            is_letter = [_WORD.match(chr(code)) is not None for code in new]  # so that Python decides what a word is
            self._numbers[new] = drawn * np.array(is_letter)
            numbers = np.take(self._numbers, codes)
        return codes, numbers

    def words(self, text: str) -> list[str]:
        """The words of a text, as the pattern finds them, but several times faster."""
        codes, numbers = self.numbers(text)
        return np.where(numbers, codes, ord(" ")).astype("<i4").tobytes().decode("utf-32-le").split()


@dataclass(frozen=True)
class WordCounts:
    """How many words each text has, and how many of them fall into each bucket.

    Attributes:
        totals: words to a text.
        buckets: a row to a text, a column to a bucket; a count stops at 255.
        excess: words to a text that its buckets do not count for that reason.
    """

    totals: NDArray[np.int64]
    buckets: NDArray[np.uint8]
    excess: NDArray[np.int64]

    @classmethod
    def of(cls, texts: pl.Series, letters: Letters, bucket_count: int = BUCKETS) -> WordCounts:
        """Count the words of each text."""
        totals = np.zeros(len(texts), np.int64)
        buckets = np.zeros((len(texts), bucket_count), np.uint8)
        part = texts.str.len_bytes().cast(pl.Int64).cum_sum() // _PART_BYTES
        start = 0
        for size in part.rle().struct.field("len"):
            counts = _bucket_counts(texts.slice(start, size).to_list(), letters, bucket_count)
            totals[start : start + size] = counts.sum(axis=1)
            buckets[start : start + size] = counts.clip(max=255)
            start += size
        return cls(totals, buckets, totals - buckets.sum(axis=1, dtype=np.int64))

    def most_in_common(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
        """An upper bound of the number of words in common, for many pairs of texts at once.

        Different words in one bucket are taken for the same word, which can only make the number larger. A stopped
        count makes it smaller only where both have stopped, by no more than the lesser excess.
        """
        shared = np.minimum(self.buckets[first], self.buckets[second]).sum(axis=1, dtype=np.uint32)
        bound: NDArray[np.int64] = shared + np.minimum(self.excess[first], self.excess[second])
        return bound

    def may_be_same(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of many pairs of texts may have enough words in common to be one article."""
        # the very comparison of floats by which the similarity itself would be judged, on a number no smaller
        needed = SAME_TEXT * (self.totals[first] + self.totals[second])
        is_near: NDArray[np.bool_] = 2 * self.most_in_common(first, second) >= needed
        return is_near


def _bucket_counts(texts: list[str], letters: Letters, bucket_count: int) -> NDArray[np.int64]:
    """How many words of each text fall into each bucket; a word's bucket is made of the sum of its letters' numbers."""
    _, numbers = letters.numbers("".join(f"\n{text}" for text in texts))
    is_letter = numbers != 0
    starts = np.flatnonzero(is_letter[1:] > is_letter[:-1]) + 1
    sums = np.cumsum(numbers, dtype=np.uint32)
    words = np.diff(sums[starts - 1], append=sums[-1:])  # up to where the next word starts nothing else is added
    ends = np.cumsum([len(text) + 1 for text in texts])
    totals = np.diff(np.searchsorted(starts, ends), prepend=0)
    places = np.repeat(np.arange(len(texts)) * bucket_count, totals) + (words >> (33 - bucket_count.bit_length()))
    return np.bincount(places, minlength=len(texts) * bucket_count).reshape(-1, bucket_count)


def is_same_article(first: _Wording, second: _Wording) -> bool:
    """Whether two wordings of one source and day are one article, by the two rules above."""
    if Indel.normalized_similarity(first.words, second.words, score_cutoff=SAME_TEXT) < SAME_TEXT:
        return False
    is_long = min(len(first.words), len(second.words)) >= FORMULA_WORDS
    return is_long or not _titles_name_different_things(first, second)


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
    for number, (before, wording) in enumerate(zip([None, *article], article, strict=False), start=1):
        similarity, changes = _changes(before, wording) if before else (None, None)
        yield {
            "article_version_id": wording.version_id,
            "article_id": article_id,
            "version_number": number,
            "version_count": len(article),
            "is_current": wording is current,
            "similarity": similarity,
            "word_changes": changes,
        }


def _changes(before: _Wording, after: _Wording) -> tuple[float, list[dict[str, str]]]:
    """Similarity to the version before and the runs of words that were replaced, removed or added, title first."""
    title_changes, _ = _word_changes(before.title.split(), after.title.split())
    changes, changed = _word_changes(before.words, after.words)
    total = len(before.words) + len(after.words)
    return 1 - (changed / total if total else 0), title_changes + changes


def _word_changes(old: Sequence[str], new: Sequence[str]) -> tuple[list[dict[str, str]], int]:
    """The runs of words that differ, and how many words of both stand in them."""
    runs = []
    changed = 0
    for step in LCSseq.opcodes(old, new):
        if step.tag != "equal":
            before, after = old[step.src_start : step.src_end], new[step.dest_start : step.dest_end]
            runs.append({"old": " ".join(before), "new": " ".join(after)})
            changed += len(before) + len(after)
    return runs, changed
