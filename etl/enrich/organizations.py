"""Organisations by their closing noun; countries, newspapers and fixed organisations by dictionary."""

from __future__ import annotations

import re
from bisect import bisect_right

from etl.enrich import lexicon
from etl.enrich.text import Mention, Section, Word, slug
from etl.enrich.vocabulary import COMMON, HEADS, INSTITUTIONS, MONTHS, RANKS, WEEKDAYS, words

_JOINTS = (" ", "  ", "'s ", "' ", "-", "")
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


def find_phrases(section: Section) -> list[tuple[int, int]]:
    """Add countries, newspapers and fixed organisations; gives the spans of the last two."""
    spans: list[tuple[int, int]] = []
    table = lexicon.phrases()
    reached = section.body_start
    for index in range(section.index_at(section.body_start), len(section.words)):
        word = section.words[index]
        if word.start < reached or section.taken[word.start]:
            continue
        for phrase in table.get(word.form, ()):
            start = _phrase_start(word, phrase)
            end = start + len(phrase.text)
            if (
                start < reached
                or not section.text.startswith(phrase.text, start)
                or section.text[end : end + 1].isalnum()
            ):
                continue
            section.add(Mention(phrase.kind, phrase.entity_id, start, end, "dictionary", phrase.role), takes=False)
            reached = end
            if phrase.kind != "country":
                spans.append((start, end))
            break
    return spans


def _phrase_start(word: Word, phrase: lexicon.Phrase) -> int:
    """Phrases that open with a small letter ("south Korea") are kept under their first capitalised word."""
    return word.start - phrase.text.index(word.form) if phrase.text[0].islower() else word.start


def find_organizations(section: Section, fixed: list[tuple[int, int]], names: dict[str, str]) -> list[tuple[int, int]]:
    """Add organisations named by their closing noun; gives the spans of all organisations of the section."""
    spans = list(fixed)
    ends = dict(fixed)
    countries = {(mention.start, mention.end) for mention in section.mentions if mention.kind == "country"}
    reached = section.body_start
    inside = bytearray(len(section.text))
    for start, end in fixed:
        inside[start:end] = b"\x01" * (end - start)
    for index in range(section.index_at(section.body_start), len(section.words)):
        word = section.words[index]
        if word.form not in INSTITUTIONS or word.start < reached or inside[word.start] or section.taken[word.start]:
            continue
        span = _span(section, index, reached, ends)
        if span is None or span in countries:
            continue
        start, end = span
        reached = end
        surface = section.text[start:end]
        key = slug(surface)
        names[key] = min(names.get(key, surface), surface)
        section.add(Mention("organization", key, start, end, "closing_noun"), takes=False)
        spans.append(span)
    return spans


def _span(section: Section, index: int, reached: int, fixed: dict[int, int]) -> tuple[int, int] | None:
    """The whole name around a closing noun, or nothing if no proper element is inside."""
    index = _last_noun(section, index)
    first = _walk_back(section, index, reached)
    last = _walk_on(section, index, fixed)
    if not _has_proper(section, first, last):
        return None
    end = section.words[last].end
    number = _NUMBER.match(section.text, end)
    return section.words[first].start, number.end() if number else end


def _last_noun(section: Section, index: int) -> int:
    """Of closing nouns in a row the last one closes the name ("Party School")."""
    for _ in range(_MOST_WORDS):
        if not section.joined(index) or section.form(index + 1) not in INSTITUTIONS:
            break
        index += 1
    return index


def _walk_back(section: Section, index: int, reached: int) -> int:
    first = index
    for _ in range(_MOST_WORDS):
        gap = section.gap(first - 1)
        joins = gap in _JOINTS or (gap == " and " and section.form(first - 1) in _AND_BEFORE)
        joins = joins or bool(re.fullmatch(r" \d{1,2} ", gap) and section.form(first - 1) in MONTHS)
        if first == 0 or not joins or section.words[first - 1].start < reached:
            break
        if section.name == "title" and section.form(first - 1) in _TITLE_VERBS:
            break
        first -= 1
    while first < index and section.form(first) in _OPENING:
        first += 1
    return first


def _walk_on(section: Section, index: int, fixed: dict[int, int]) -> int:
    """Go on over "of ..." behind a head noun."""
    last = index
    for _ in range(3):
        onward = _ONWARD.match(section.text, section.words[last].end)
        if onward is None or section.form(last) not in HEADS:
            break
        last = section.index_at(onward.end())
        if section.words[last].start in fixed:
            return section.index_at(fixed[section.words[last].start]) - 1
        for _ in range(_MOST_WORDS):
            gap = section.gap(last)
            if gap not in (*_JOINTS, " and ") or section.form(last + 1) in RANKS:
                break
            if section.name == "title" and section.form(last + 1) in _TITLE_VERBS:
                break
            if gap == " and " and not _belongs(section, last + 1):
                break
            last += 1
    return last


def _belongs(section: Section, index: int) -> bool:
    """Whether the word behind "and" is another noun of the same name, not the next name of a list."""
    return section.form(index) not in lexicon.place_forms() and not section.joined(index) and _is_free(section, index)


def _is_free(section: Section, index: int) -> bool:
    return index < len(section.words) and not section.taken[section.words[index].start]


def _has_proper(section: Section, first: int, last: int) -> bool:
    if last > first and section.form(first) in _MINISTRIES:
        return True
    for index in range(first, last + 1):
        word = section.words[index]
        if section.taken[word.start]:
            return True
        if word.form not in _GENERIC and not (section.name == "title" and word.form.endswith("s")):
            return last > first
    return False


def mark_inside(section: Section, spans: list[tuple[int, int]]) -> None:
    """Give the role `in_org_name` to whatever stands inside a longer organisation's or newspaper's name."""
    outer = sorted(set(spans))
    for position, mention in enumerate(section.mentions):
        if mention.role not in ("plain", "adjective"):
            continue
        longer = mention.end - mention.start
        near = _covering(outer, mention.start)
        if any(start <= mention.start and mention.end <= end and end - start > longer for start, end in near):
            section.mentions[position] = mention._replace(role="in_org_name")


def _covering(spans: list[tuple[int, int]], position: int) -> list[tuple[int, int]]:
    """The few spans that may cover a position: those that start nearest before it."""
    stop = bisect_right(spans, (position, 1 << 60))
    return spans[max(0, stop - 4) : stop]
