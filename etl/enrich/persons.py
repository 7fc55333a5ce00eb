"""Korean persons: a surname of the closed list and given names that fit the syllable grammar of DPRK spelling."""

from __future__ import annotations

import re
from functools import lru_cache

from etl.enrich import lexicon
from etl.enrich.section import JOINTS, SURNAME, Section
from etl.enrich.text import CACHE_SIZE, Mention, slug
from etl.enrich.vocabulary import AWARDS_AFTER, COMMON, INSTITUTIONS, LANDSCAPE, RANKS, THINGS

_SYLLABLE = (
    r"(?:ch|kh|th|ph|kk|tt|pp|ss|jj|[bdghjkmnprst])?"
    r"(?:yae|yeo|wae|ya|yo|yu|ye|wa|we|wo|wi|oe|ui|ae|eo|eu|oo|ee|a|e|i|o|u)(?:ng|[klmnpt])?"
)
SYLLABLE = re.compile(_SYLLABLE, re.IGNORECASE)
SYLLABLES = re.compile(rf"(?:{_SYLLABLE}){{1,3}}", re.IGNORECASE)
_HYPHENED = re.compile(r"-[a-z]{1,6}\b")
_AFTER_AWARD = re.compile(r"\b(?:Order|Medal|Prize|Badge)s? of (?:the )?$")
# How the text before a name ends where the pattern can fit at all; "$" fits before a last line break, too.
_AWARD_ENDS = (" of ", " of the ", "\n")
_ROLE_AFTER = re.compile(r", (?:the |a |former |acting )?[a-z]|\(\d| \(")

# The leaders' last syllables are found even with the next word glued to them ("Unvisited").
_GLUED = {"Kim Jong": ("Un", "Il", "Suk"), "Kim Il": ("Sung",)}
_PLACE_AFTER = frozenset({"County", "City", "District", "Province", "county", "city"})
_IN_NAME_AFTER = (
    INSTITUTIONS
    | THINGS
    | LANDSCAPE
    | {"Military", "Youth", "Textile", "Silk", "Iron", "Artillery", "Guards", "Revolutionary"}
)
_STRONG = frozenset({"Kim", "Ri", "Pak", "Choe", "Jong", "Jo", "Kang"})
# These would be read as names but are words of other names.
_NOT_NAMES = frozenset({"Hong Kong", "Ho Chi", "Jong Il", "Jong Un", "Jong Suk", "Tae Kwon", "Song Of", "Kum Song"})
_BEFORE_FAMILY = COMMON | RANKS
# Given names that are far likelier to be English words.
_NOT_GIVEN = frozenset({"To", "In", "At", "On", "An", "It", "Up", "So", "No", "Is", "Of", "Ten", "Men", "Man"})


def find_korean(section: Section, names: dict[str, str]) -> None:
    """Add every Korean name in a section; `names` collects the canonical name of each new key."""
    reached = 0
    for index in section.indexes(SURNAME):
        if index >= reached and section.gaps[index] in JOINTS:
            reached = index + _name_at(section, index, names)


def _name_at(section: Section, index: int, names: dict[str, str]) -> int:
    """Add the name that starts with this surname; gives the number of words used, 0 if none does."""
    found = _whole_name(section, index, _proper(section.forms[index]))
    if found is None:
        return 0
    tokens, end, count = found
    role = _role(section, index, index + count - 1, end)
    if role is None:
        return 0
    person_id, name = identity(" ".join(tokens))
    names[person_id] = min(names.get(person_id, name), name)
    rule = "korean_full" if len(tokens) > 2 else "korean_two"
    section.add(Mention("person", person_id, section.starts[index], end, rule, role))
    return count


@lru_cache(maxsize=CACHE_SIZE)
def identity(name: str) -> tuple[str, str]:
    """Key and canonical name of a person of this name."""
    person_id = lexicon.unified_ids().get(slug(name), slug(name))
    return person_id, lexicon.person_names().get(person_id, name)


def _whole_name(section: Section, index: int, surname: str) -> tuple[list[str], int, int] | None:
    """The words of the name, where it ends, and how many capitalised words it took."""
    first, gap, end = _proper(section.forms[index + 1]), section.gaps[index + 1], section.ends[index + 1]
    hyphened = _HYPHENED.match(section.text, end) if section.text[end : end + 1] == "-" else None
    if hyphened and _is_syllable(first) and _is_syllable(hyphened.group()[1:]):
        return [surname, first, hyphened.group()[1:].title()], hyphened.end(), 2
    if gap in JOINTS or gap == "-":
        second, end = _second_given(section, index, surname, first)
        if second and section.forms[index + 3] == "Nyo" and section.joined(index + 2):
            return [surname, first, second, "Nyo"], section.ends[index + 3], 4
        if second and _is_syllable(first) and not _starts_later(section, index, first):
            return [surname, first, second], end, 3
    return _two_words(section, index, surname, first)


def _second_given(section: Section, index: int, surname: str, first: str) -> tuple[str, int]:
    """The third word of a name if it is one, and its end; a word glued to a leader's name is cut off."""
    word = section.forms[index + 2]
    form = _proper(word)
    if _is_syllable(form) and not (section.name == "title" and form in _NOT_GIVEN):
        return form, section.ends[index + 2]
    for last in _GLUED.get(f"{surname} {first}", ()):
        if word.startswith(last):
            return last, section.starts[index + 2] + len(last)
    return "", section.ends[index + 2]


def _starts_later(section: Section, index: int, first: str) -> bool:
    """Whether the next word opens a whole name of its own ("So Kim Jong Un ...")."""
    if first not in _STRONG or not section.joined(index + 2):
        return False
    return _is_syllable(_proper(section.forms[index + 3])) and section.forms[index] not in _STRONG


def _two_words(section: Section, index: int, surname: str, given: str) -> tuple[list[str], int, int] | None:
    """A name of two words, for which more evidence is asked than for one of three."""
    text, start, end = section.text, section.starts[index], section.ends[index + 1]
    if given in COMMON or given in _NOT_GIVEN or not _are_syllables(given) or f"{surname} {given}" in _NOT_NAMES:
        return None
    if given in INSTITUTIONS or given in THINGS or given in RANKS:
        return None
    following = section.forms[index + 2] if section.joined(index + 1) else ""
    if following and following not in _IN_NAME_AFTER and section.name != "title":
        return None
    has_role = bool(_ROLE_AFTER.match(text, end))
    has_rank = section.joined(index - 1) and section.forms[index - 1] in RANKS
    in_list = text[max(0, start - 5) : start].endswith((", ", " and ")) and text.startswith((", ", " and "), end)
    if has_role or has_rank or in_list or (lexicon.surnames()[surname] and _is_syllable(given)):
        return [surname, given], end, 2
    return None


def _role(section: Section, first: int, last: int, end: int) -> str | None:
    """What the name does: plain, award, part of another name; None if it is a place."""
    text, start = section.text, section.starts[first]
    following = section.forms[last + 1] if text[end : end + 1] in (" ", "\n") and section.joined(last) else ""
    if following in _PLACE_AFTER or text.startswith((" county", " city"), end):
        return None
    if following in AWARDS_AFTER:
        return "award"
    if text.endswith(_AWARD_ENDS, 0, start) and _AFTER_AWARD.search(text[max(0, start - 16) : start]):
        return "award"
    if text.startswith((" Youth Honor", " Youth Honour"), end):
        return "award"
    return "in_org_name" if following in _IN_NAME_AFTER and section.name == "body" else "plain"


@lru_cache(maxsize=CACHE_SIZE)
def _proper(form: str) -> str:
    """A name printed in capitals as it is written otherwise."""
    return form.title() if len(form) > 1 and form.isupper() else form


@lru_cache(maxsize=CACHE_SIZE)
def _is_syllable(form: str) -> bool:
    return bool(SYLLABLE.fullmatch(form))


@lru_cache(maxsize=CACHE_SIZE)
def _are_syllables(form: str) -> bool:
    return bool(SYLLABLES.fullmatch(form))


def find_families(section: Section) -> None:
    """Add family names that stand alone after the full name in the same body; so far only full names were found."""
    if section.name != "body":
        return
    known = lexicon.person_names()
    full = {one.start: one for one in section.mentions if one.role == "plain" and one.entity_id not in known}
    if not full:
        return
    latest: dict[str, str] = {}
    for index in section.indexes(SURNAME):
        start, form = section.starts[index], section.forms[index]
        mention = full.get(start)
        if mention:
            latest[form] = mention.entity_id
        elif form in latest and _stands_alone(section, index):
            section.add(Mention("person", latest[form], start, section.ends[index], "family"))


def _stands_alone(section: Section, index: int) -> bool:
    surname = _proper(section.forms[index])
    if not lexicon.surnames()[surname] or not section.is_free(section.starts[index], section.ends[index]):
        return False
    if section.joined(index - 1) and section.forms[index - 1] not in _BEFORE_FAMILY:
        return False
    return not section.joined(index) and section.gaps[index][:1] != "-"
