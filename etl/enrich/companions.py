"""Who was with the leader: the persons named after "accompanied by" and the like, in printed order, with titles."""

from __future__ import annotations

import re
from typing import NamedTuple

from etl.enrich import lexicon
from etl.enrich.section import Section
from etl.enrich.text import Mention

_OPENING = re.compile(
    r"\b(?:accompanied by|Accompanying (?:him|the General Secretary|Kim Jong Un|the respected Comrade Kim Jong Un) "
    r"(?:was|were)|(?:Present|present) (?:there|at [^.]{3,120}?|on hand) (?:was|were)|together with|"
    r"[Oo]n hand (?:was|were)|Among (?:them|those present|the participants|the attendants) (?:was|were)|"
    r"(?:Attending|Taking part in) [^.]{3,100}? (?:was|were)|[Aa]ttended by)\b"
)
# One of these is in every opening.
_OPENING_WORDS = (
    *("accompanied by", "Accompanying ", "resent ", "together with", "n hand ", "Among ", "ttending ", "Taking part"),
    "ttended by",
)
_NO_COMPANION = re.compile(r"\b(?:photos?|medals?|music|gun salutes?)\b[^.]{0,30}$")
_BETWEEN_NAMES = re.compile(r",? and |, |,? as well as ")
_SEPARATOR = re.compile(r",? (?:and|as well as) $|, $|; $")
_RANK_BEFORE = re.compile(
    r"((?:Vice[- ]|Army |Air Force )?(?:Marshal|Admiral|Colonel|Lieutenant|Major|Col\.|Lt\.|Maj\.)?"
    r"(?: ?General| Gen\.)?) $"
)
_OTHERS = re.compile(r"^,? ?(?:and )?(?:the )?other ")
# Behind the last name stand those who are not named.
_FURTHER = re.compile(
    r",? and (?:other|commanding|officials|leading|senior|members|relevant|functionaries)\b|,? as well as\b|"
    r", (?:the |major |relevant |other |senior )?(?:officials|commanders|commanding|officers|functionaries|cadres)\b"
)
_NO_TITLE = frozenset({"officials", "senior officials", "leading officials", "officials concerned", "cadres", "others"})
_LONGEST_RANK = 40
_MOST_COMPANIONS = 60
_REACH = 3000


class Companion(NamedTuple):
    """One person of a list; `title` as printed."""

    person_id: str
    title: str | None


def find_companions(body: Section, sentence: tuple[int, int]) -> list[Companion]:
    """The companions of the appearance that one sentence reports: lists in that sentence or behind it."""
    persons = [one for one in body.mentions if one.kind == "person" and one.role == "plain"]
    found: list[Companion] = []
    openings = (body.text.find(words, sentence[0]) for words in _OPENING_WORDS)
    first = min((one for one in openings if one >= 0), default=len(body.text))
    for start, end in body.sentences:
        if end <= first or start < sentence[0] or start > sentence[0] + _REACH:
            continue
        opened = _OPENING.search(body.text, start, end)
        if opened is None or _NO_COMPANION.search(body.text[start : opened.start()]):
            continue
        if opened.group().endswith("together with") and not _names_leader(body, start, opened.start()):
            continue
        found += _list(body, opened.end(), end, persons)
        if found:
            break
    unique: dict[str, Companion] = {}
    for companion in found:
        unique.setdefault(companion.person_id, companion)
    return list(unique.values())[:_MOST_COMPANIONS]


def _names_leader(body: Section, start: int, end: int) -> bool:
    return "Kim Jong" in body.text[start:end]


def _list(body: Section, start: int, end: int, persons: list[Mention]) -> list[Companion]:
    inside = [one for one in persons if start <= one.start < end][: _MOST_COMPANIONS + 1]
    inside = [one for one in inside if one.entity_id not in lexicon.person_names()]
    found: list[Companion] = []
    group: list[Mention] = []
    for position, person in enumerate(inside):
        stop = inside[position + 1].start if position + 1 < len(inside) else end
        between = body.text[person.end : stop]
        group.append(person)
        if position + 1 < len(inside) and _BETWEEN_NAMES.fullmatch(_without_rank(between)):
            continue
        title = _title(between)
        found += [Companion(one.entity_id, title or _rank(body, one)) for one in group]
        group = []
    return found


def _without_rank(between: str) -> str:
    rank = _RANK_BEFORE.search(between, max(0, len(between) - _LONGEST_RANK))
    return between[: rank.start()] if rank and rank.group(1) else between


def _title(between: str) -> str | None:
    """The words behind a name (or a group of names) up to the next name, without what joins them."""
    text = _without_rank(between)
    text = _OTHERS.sub("", text)
    text = _FURTHER.split(text, maxsplit=1)[0]
    text = _SEPARATOR.sub("", text).strip().strip(",.;").strip()
    return text if text and text not in _NO_TITLE else None


def _rank(body: Section, person: Mention) -> str | None:
    found = _RANK_BEFORE.search(body.text[max(0, person.start - 30) : person.start])
    return found.group(1).strip() or None if found else None
