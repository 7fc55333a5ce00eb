"""Organisations by their closing noun; countries, newspapers and fixed organisations by dictionary."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from etl.enrich import lexicon
from etl.enrich.section import INSTITUTION, PHRASE, Section
from etl.enrich.text import Mention, slug
from etl.enrich.vocabulary import COMMON, HEADS, INSTITUTIONS, MONTHS, RANKS, WEEKDAYS, words

_JOINTS = frozenset({" ", "  ", "'s ", "' ", "-", ""})
_ONWARD_JOINTS = _JOINTS | {" and "}
_DAY = re.compile(r" \d{1,2} ")
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
_MOST_SPANS = 4
_OUTER_ROLES = ("plain", "adjective")


def find_phrases(section: Section) -> list[tuple[int, int]]:
    """Add countries, newspapers and fixed organisations; gives the spans of the last two."""
    spans: list[tuple[int, int]] = []
    table = lexicon.phrases()
    text, taken = section.text, section.taken
    reached = section.body_start
    for index in section.indexes(PHRASE):
        first = section.starts[index]
        if first < reached or taken[first]:
            continue
        rest = section.ends[index]
        phrases = table[section.forms[index]]
        for phrase in phrases.get(text[rest : rest + lexicon.REST], phrases[""]):
            start = first - phrase.before
            if start < reached or not text.startswith(phrase.text, start):
                continue
            end = start + len(phrase.text)
            if text[end : end + 1].isalnum():
                continue
            # Its characters are not taken: a longer name may hold it.
            section.mentions.append(Mention(phrase.kind, phrase.entity_id, start, end, "dictionary", phrase.role))
            reached = end
            if phrase.kind != "country":
                spans.append((start, end))
            break
    return spans


def find_organizations(section: Section, fixed: list[tuple[int, int]], names: dict[str, str]) -> list[tuple[int, int]]:
    """Add organisations named by their closing noun; gives the spans of all organisations of the section."""
    nouns = section.indexes(INSTITUTION)
    if not nouns:
        return fixed
    spans = list(fixed)
    ends = dict(fixed)
    countries = {(mention.start, mention.end) for mention in section.mentions if mention.kind == "country"}
    reached = section.body_start
    inside = bytearray(len(section.text))
    for start, end in fixed:
        inside[start:end] = b"\x01" * (end - start)
    for index in nouns:
        noun = section.starts[index]
        if noun < reached or inside[noun] or section.taken[noun]:
            continue
        span = _span(section, index, reached, ends)
        if span is None or span in countries:
            continue
        start, reached = span
        surface = section.text[start:reached]
        key = slug(surface)
        names[key] = min(names.get(key, surface), surface)
        section.mentions.append(Mention("organization", key, start, reached, "closing_noun"))
        spans.append(span)
    return spans


def _span(section: Section, index: int, reached: int, fixed: dict[int, int]) -> tuple[int, int] | None:
    """The whole name around a closing noun, or nothing if no proper element is inside."""
    index = _last_noun(section, index)
    first = _walk_back(section, index, reached)
    last = _walk_on(section, index, fixed)
    if not _has_proper(section, first, last):
        return None
    end = section.ends[last]
    number = _NUMBER.match(section.text, end) if section.forms[last + 1] == "No" else None
    return section.starts[first], number.end() if number else end


def _last_noun(section: Section, index: int) -> int:
    """Of closing nouns in a row the last one closes the name ("Party School")."""
    for _ in range(_MOST_WORDS):
        if section.forms[index + 1] not in INSTITUTIONS or not section.joined(index):
            break
        index += 1
    return index


def _walk_back(section: Section, index: int, reached: int) -> int:
    forms, gaps, starts = section.forms, section.gaps, section.starts
    is_title = section.name == "title"
    first = index
    for _ in range(_MOST_WORDS):
        before, gap = forms[first - 1], gaps[first - 1]
        joins = gap in _JOINTS or (gap == " and " and before in _AND_BEFORE)
        joins = joins or (before in MONTHS and bool(_DAY.fullmatch(gap)))
        if first == 0 or not joins or starts[first - 1] < reached:
            break
        if is_title and before in _TITLE_VERBS:
            break
        first -= 1
    while first < index and forms[first] in _OPENING:
        first += 1
    return first


def _walk_on(section: Section, index: int, fixed: dict[int, int]) -> int:
    """Go on over "of ..." behind a head noun."""
    last = index
    for _ in range(3):
        if section.forms[last] not in HEADS or not _ONWARD.match(section.text, section.ends[last]):
            break
        last += 1
        if section.starts[last] in fixed:
            return section.index_at(fixed[section.starts[last]]) - 1
        last = _last_joined(section, last)
    return last


def _last_joined(section: Section, last: int) -> int:
    for _ in range(_MOST_WORDS):
        gap, following = section.gaps[last], section.forms[last + 1]
        if gap not in _ONWARD_JOINTS or following in RANKS:
            break
        if section.name == "title" and following in _TITLE_VERBS:
            break
        if gap == " and " and not _belongs(section, last + 1):
            break
        last += 1
    return last


def _belongs(section: Section, index: int) -> bool:
    """Whether the word behind "and" is another noun of the same name, not the next name of a list."""
    return (
        section.forms[index] not in lexicon.place_forms()
        and not section.joined(index)
        and not section.taken[section.starts[index]]
    )


def _has_proper(section: Section, first: int, last: int) -> bool:
    if last > first and section.forms[first] in _MINISTRIES:
        return True
    for index in range(first, last + 1):
        if section.taken[section.starts[index]]:
            return True
        form = section.forms[index]
        if form not in _GENERIC and not (section.name == "title" and form.endswith("s")):
            return last > first
    return False


def mark_inside(section: Section, spans: list[tuple[int, int]]) -> None:
    """Give the role `in_org_name` to whatever stands inside a longer organisation's or newspaper's name.

    The mentions must be in order.
    """
    mentions = section.mentions
    starts = [mention.start for mention in mentions] if spans else []
    outer = sorted(set(spans))
    for rank, (start, end) in enumerate(outer):
        for position in range(bisect_left(starts, start), bisect_left(starts, end)):
            mention = mentions[position]
            is_longer = mention.end <= end and end - start > mention.end - mention.start
            if is_longer and mention.role in _OUTER_ROLES and _is_near(outer, rank, mention.start):
                mentions[position] = mention._replace(role="in_org_name")


def _is_near(spans: list[tuple[int, int]], rank: int, position: int) -> bool:
    """Whether a span is one of the few that start nearest before a position."""
    return rank + _MOST_SPANS >= bisect_right(spans, (position, 1 << 60))
