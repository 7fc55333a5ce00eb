"""Press reviews taken apart: which headlines KCNA says the papers carry, in printed order, with the paper.

A review opens with one sentence, lists what the papers have in common, then what each of them prints under its name.
Bullets are a custom of recent years and are missing here and there even then, so nothing hangs on them alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from etl.enrich import lexicon
from etl.enrich.text import CACHE_SIZE, DATELINE, fold
from etl.enrich.topics import is_press_review

SCHEMA = pl.Schema(
    {
        "article_id": pl.String(),
        "position": pl.Int32(),
        "newspaper_id": pl.String(),
        "newspaper": pl.String(),
        "text": pl.String(),
        "start": pl.Int32(),
        "end": pl.Int32(),
    }
)

_BULLETS = r"[-\u2022\u00b7\u2219\u2023\u25a0\u25a1\u25aa\u25b2\u25b3\u25b6\u25cb\u25cf\u25c6\u25c7\u25e6*]"
_BULLET = re.compile(rf"\s*(?P<bullet>{_BULLETS}*)\s*")
# Some copies have lost their line breaks: a bullet between the end of a sentence and a capital starts an item too.
_INLINE_BULLET = re.compile(rf"(?<=[.!?:])\s+(?={_BULLETS}+ ?[\"'(A-Z])")
_OPENING = re.compile(r"(?i)(?:the )?following (?:is|are)\b|.{0,200}\bnews items\b")
_NOTE = re.compile(r"\([^()]*\)\.?|\[[^][]*\]\.?")
_OCCASION = re.compile(
    r"(?:On the occasion of|In (?:celebration|commemoration|honou?r) of|To (?:mark|celebrate|commemorate)|"
    r"Marking|Celebrating)\b"
)
_SENTENCE_ENDS = tuple(".!?)]\"'")
# Some copies glue the leaders' names to the next word ("Kim Il Sungand").
_DANGLING = re.compile(
    r"(?:,|(?:\b|Kim (?:Il Sung|Jong Il|Jong Un))(?:and|or|of|the|an?|to|in|on|at|by|for|from|with|as|that|between)|"
    r"\b(?:President|Chairman|Comrade|Marshal|Secretary|[Ll]eader))$"
)

_DECORATION = ' .:="<>[]()'
_LONGEST_HEADING = 80
_CONNECTORS = frozenset({"and", "of", "the", "&"})
_SHORTEST_MISSPELLED = 10


class _Line(NamedTuple):
    """A line without its bullet: where it stands in the body, and its folded text."""

    start: int
    end: int
    text: str
    has_bullet: bool


class _Paper(NamedTuple):
    """A newspaper as a review names it; both are null for what the papers have in common."""

    newspaper_id: str | None
    name: str | None


_NO_PAPER = _Paper(None, None)


def find_items(articles: pl.DataFrame) -> pl.DataFrame:
    """The items of press reviews, one row per item, in order of article and position.

    Every line of a review with a letter in it is an item or part of one, except: the dateline and the opening
    sentence; a line that is the name of a newspaper; a remark in brackets that stands alone; and the naming of an
    occasion ("In celebration of the national day,") under which items follow. A line that continues an unfinished one
    belongs to the same item, whose text then holds the line break. Running text is not taken apart: without bullets,
    a line is an item.

    The newspaper is the one of the heading above the item; before the first heading, the only one that the opening
    sentence names, or else the only one that the title names; null for what several papers have in common. Its id is
    null, too, where a heading names an unknown paper, or several; one slip of the typesetter in a name is forgiven.

    Args:
        articles: one row per article with `article_id`, `title`, `body` (paragraphs joined by a blank line, dateline
            included), `published_date` and `source_key`. Articles that are no press reviews give no rows.

    Returns:
        The columns of `SCHEMA`. `start` and `end` are offsets in characters: `body.slice(start, end - start)` is
        `text`, which is the item as printed, without its bullet.
    """
    reviews = articles.filter(is_press_review()).select("article_id", "title", pl.col("body").fill_null(""))
    rows = [
        (article_id, position, *paper, body[start:end], start, end)
        for article_id, title, body in reviews.sort("article_id").iter_rows()
        for position, (paper, start, end) in enumerate(_items(title, body), start=1)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _items(title: str, body: str) -> list[tuple[_Paper, int, int]]:
    """The newspaper, start and end of each item."""
    folded = fold(body)
    opening, lines = _split_opening(folded, _lines(folded))
    paper = _paper_in(opening) or _paper_in(fold(title)) or _NO_PAPER
    items: list[tuple[_Paper, int, int]] = []
    above = ""  # the item directly above, which this line may continue
    for line, following in zip(lines, chain(lines[1:], [None]), strict=False):
        if heading := _heading(line.text):
            paper, above = heading, ""
        elif _NOTE.fullmatch(line.text) or _names_an_occasion(line, following):
            above = ""
        elif above and _continues(line, above):
            items[-1] = (paper, items[-1][1], line.end)
            above = line.text
        else:
            items.append((paper, line.start, line.end))
            above = line.text
    return items


def _lines(folded: str) -> list[_Line]:
    """The lines after the dateline that hold a letter."""
    dateline = DATELINE.match(folded)
    start = dateline.end() if dateline else 0
    lines = (_line(folded, *span) for span in _spans(folded[start:], start))
    return [line for line in lines if _has_letter(line.text)]


def _spans(text: str, start: int) -> Iterator[tuple[int, int]]:
    for line in text.splitlines(keepends=True):
        if not line.isspace():
            cuts = [0, *(found.end() for found in _INLINE_BULLET.finditer(line)), len(line)]
            yield from ((start + left, start + right) for left, right in pairwise(cuts))
        start += len(line)


def _line(folded: str, start: int, end: int) -> _Line:
    found = _BULLET.match(folded, start, end)
    begin = found.end() if found else start
    text = folded[begin:end].rstrip()
    return _Line(begin, begin + len(text), text, bool(found and found["bullet"]))


def _split_opening(folded: str, lines: list[_Line]) -> tuple[str, list[_Line]]:
    """The opening sentence, empty if there is none, and the lines after it."""
    if not lines or lines[0].has_bullet or not _OPENING.match(lines[0].text):
        return "", lines
    opening, _, rest = lines[0].text.partition(":")
    if not _has_letter(rest):
        return opening, lines[1:]
    return opening, [_line(folded, lines[0].end - len(rest), lines[0].end), *lines[1:]]


def _has_letter(text: str) -> bool:
    return any(map(str.isalpha, text))


def _names_an_occasion(line: _Line, following: _Line | None) -> bool:
    """Whether a line only names the occasion of the items after it; followed by none, it is an item itself."""
    if following is None or not _OCCASION.match(line.text):
        return False
    if _is_finished(line.text) or _heading(following.text):
        return False
    return line.text.endswith((",", ":")) or (line.has_bullet and not following.has_bullet)


def _continues(line: _Line, above: str) -> bool:
    """Whether a line goes on with the sentence above: pages break lines before the names of the leaders."""
    if line.has_bullet or _is_finished(above):
        return False
    return line.text[0].islower() or bool(_DANGLING.search(above))


def _is_finished(text: str) -> bool:
    return text.endswith(_SENTENCE_ENDS)


# Newspapers ---------------------------------------------------------------------------------------


@cache
def _papers() -> dict[str, str]:
    """Ids of newspapers by every written form of the name."""
    return {
        form: row["entity_id"]
        for row in lexicon.rows("newspapers.csv")
        for form in (fold(row["name"]), *lexicon.split_forms(row["aliases"]))
    }


@cache
def _papers_in_small_letters() -> dict[str, str]:
    return {form.lower(): newspaper_id for form, newspaper_id in _papers().items()}


@cache
def _papers_about_as_long(length: int) -> list[str]:
    """Names that one slip may turn into one of this length."""
    return [name for name in _papers_in_small_letters() if abs(len(name) - length) <= 1]


@cache
def _paper_names() -> re.Pattern[str]:
    longest_first = sorted(_papers(), key=lambda name: (-len(name), name))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


@cache
def _closing_words() -> frozenset[str]:
    """Words on which names of newspapers end: Sinmun, Joson, Times."""
    return frozenset(form.split()[-1] for form in _papers())


def _paper_in(text: str) -> _Paper | None:
    """The newspaper that a sentence names: none without a name, one without id and name for several."""
    found = {_papers()[name]: name for name in _paper_names().findall(text)}
    if len(found) > 1:
        return _NO_PAPER
    return next((_Paper(*one) for one in found.items()), None)


def _heading(text: str) -> _Paper | None:
    """The newspaper whose name is all of a line; an unknown one has no id."""
    return _short_heading(text) if len(text) <= _LONGEST_HEADING else None


@lru_cache(maxsize=CACHE_SIZE)
def _short_heading(text: str) -> _Paper | None:
    name = " ".join(text.strip(_DECORATION).split())
    newspaper_id = _paper_id(name.lower()) or _paper_id(name.lower().removeprefix("the "))
    is_name = newspaper_id is not None or (_is_titled(name) and name.split()[-1] in _closing_words())
    return _Paper(newspaper_id, name) if is_name else None


def _paper_id(name: str) -> str | None:
    """The id of a newspaper by its name in small letters, one slip of the typesetter forgiven."""
    papers = _papers_in_small_letters()
    if name in papers or len(name) < _SHORTEST_MISSPELLED:
        return papers.get(name)
    near = process.extractOne(name, _papers_about_as_long(len(name)), scorer=OSA.distance, score_cutoff=1)
    return papers[near[0]] if near else None


def _is_titled(name: str) -> bool:
    """Whether every word but connectors begins with a capital."""
    return bool(name) and all(word[0].isupper() or word in _CONNECTORS for word in name.split())
