"""Korean persons: a surname of the closed list and given names that fit the syllable grammar of DPRK spelling."""

from __future__ import annotations

import re

from etl.enrich import lexicon
from etl.enrich.text import Mention, Section, slug
from etl.enrich.vocabulary import AWARDS_AFTER, COMMON, INSTITUTIONS, LANDSCAPE, RANKS, THINGS

_SYLLABLE = (
    r"(?:ch|kh|th|ph|kk|tt|pp|ss|jj|[bdghjkmnprst])?"
    r"(?:yae|yeo|wae|ya|yo|yu|ye|wa|we|wo|wi|oe|ui|ae|eo|eu|oo|ee|a|e|i|o|u)(?:ng|[klmnpt])?"
)
SYLLABLE = re.compile(_SYLLABLE, re.IGNORECASE)
SYLLABLES = re.compile(rf"(?:{_SYLLABLE}){{1,3}}", re.IGNORECASE)
_HYPHENED = re.compile(r"-[a-z]{1,6}\b")
_AFTER_AWARD = re.compile(r"\b(?:Order|Medal|Prize|Badge)s? of (?:the )?$")
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
# Given names that are far likelier to be English words.
_NOT_GIVEN = frozenset({"To", "In", "At", "On", "An", "It", "Up", "So", "No", "Is", "Of", "Ten", "Men", "Man"})


def find_korean(section: Section, names: dict[str, str]) -> None:
    """Add every Korean name in a section; `names` collects the canonical name of each new key."""
    index = section.index_at(section.body_start)
    while index < len(section.words):
        index += _name_at(section, index, names) or 1


def _name_at(section: Section, index: int, names: dict[str, str]) -> int:
    """Add the name that starts with this word; gives the number of words used, 0 if none does."""
    surname = _proper(section.form(index))
    if surname not in lexicon.surnames():
        return 0
    found = _whole_name(section, index, surname)
    if found is None:
        return 0
    tokens, end, count = found
    role = _role(section, index, index + count - 1, end)
    if role is None:
        return 0
    name = " ".join(tokens)
    person_id = lexicon.unified_ids().get(slug(name), slug(name))
    name = lexicon.person_names().get(person_id, name)
    names[person_id] = min(names.get(person_id, name), name)
    rule = "korean_full" if len(tokens) > 2 else "korean_two"
    section.add(Mention("person", person_id, section.words[index].start, end, rule, role))
    return count


def _whole_name(section: Section, index: int, surname: str) -> tuple[list[str], int, int] | None:
    """The words of the name, where it ends, and how many capitalised words it took."""
    if not section.joined(index):
        return None
    first = _proper(section.form(index + 1))
    end = section.words[index + 1].end
    hyphened = _HYPHENED.match(section.text, end)
    if hyphened and SYLLABLE.fullmatch(first) and SYLLABLE.fullmatch(hyphened.group()[1:]):
        return [surname, first, hyphened.group()[1:].title()], hyphened.end(), 2
    if section.joined(index + 1) or section.gap(index + 1) == "-":
        second, end = _second_given(section, index, f"{surname} {first}")
        if second and section.joined(index + 2) and section.form(index + 3) == "Nyo":
            return [surname, first, second, "Nyo"], section.words[index + 3].end, 4
        if second and SYLLABLE.fullmatch(first) and not _starts_later(section, index, first):
            return [surname, first, second], end, 3
    return _two_words(section, index, surname, first)


def _second_given(section: Section, index: int, opening: str) -> tuple[str, int]:
    """The third word of a name if it is one, and its end; a word glued to a leader's name is cut off."""
    word = section.words[index + 2]
    form = _proper(word.form)
    if SYLLABLE.fullmatch(form) and not (section.name == "title" and form in _NOT_GIVEN):
        return form, word.end
    for last in _GLUED.get(opening, ()):
        if word.form.startswith(last):
            return last, word.start + len(last)
    return "", word.end


def _starts_later(section: Section, index: int, first: str) -> bool:
    """Whether the next word opens a whole name of its own ("So Kim Jong Un ...")."""
    if first not in _STRONG or not section.joined(index + 2):
        return False
    return bool(SYLLABLE.fullmatch(_proper(section.form(index + 3)))) and section.form(index) not in _STRONG


def _two_words(section: Section, index: int, surname: str, given: str) -> tuple[list[str], int, int] | None:
    """A name of two words, for which more evidence is asked than for one of three."""
    end = section.words[index + 1].end
    if not SYLLABLES.fullmatch(given) or given in COMMON or given in _NOT_GIVEN or f"{surname} {given}" in _NOT_NAMES:
        return None
    if given in INSTITUTIONS or given in THINGS or given in RANKS:
        return None
    following = section.form(index + 2) if section.joined(index + 1) else ""
    if following and following not in _IN_NAME_AFTER and section.name != "title":
        return None
    has_role = bool(_ROLE_AFTER.match(section.text, end))
    has_rank = index > 0 and section.joined(index - 1) and section.form(index - 1) in RANKS
    before = section.text[max(0, section.words[index].start - 5) : section.words[index].start]
    in_list = before.endswith((", ", " and ")) and section.text.startswith((", ", " and "), end)
    if has_role or has_rank or in_list or (lexicon.surnames()[surname] and SYLLABLE.fullmatch(given)):
        return [surname, given], end, 2
    return None


def _role(section: Section, first: int, last: int, end: int) -> str | None:
    """What the name does: plain, award, part of another name; None if it is a place."""
    following = section.form(last + 1) if section.text[end : end + 1] in (" ", "\n") and section.joined(last) else ""
    if following in _PLACE_AFTER or section.text.startswith((" county", " city"), end):
        return None
    start = section.words[first].start
    if following in AWARDS_AFTER or _AFTER_AWARD.search(section.text[max(0, start - 16) : start]):
        return "award"
    if section.text.startswith((" Youth Honor", " Youth Honour"), end):
        return "award"
    return "in_org_name" if following in _IN_NAME_AFTER and section.name == "body" else "plain"


def _proper(form: str) -> str:
    """A name printed in capitals as it is written otherwise."""
    return form.title() if len(form) > 1 and form.isupper() else form


def find_families(section: Section) -> None:
    """Add family names that stand alone after the full name in the same body."""
    if section.name != "body":
        return
    latest: dict[str, str] = {}
    full = {mention.start: mention for mention in section.mentions if mention.rule.startswith("korean")}
    for index, word in enumerate(section.words):
        mention = full.get(word.start)
        if mention and mention.role == "plain" and mention.entity_id not in lexicon.person_names():
            latest[word.form] = mention.entity_id
        elif word.form in latest and _stands_alone(section, index):
            section.add(Mention("person", latest[word.form], word.start, word.end, "family"))


def _stands_alone(section: Section, index: int) -> bool:
    word = section.words[index]
    if not lexicon.surnames()[word.form] or not section.is_free(word.start, word.end):
        return False
    if section.joined(index - 1) and section.form(index - 1) not in COMMON | RANKS:
        return False
    return not section.joined(index) and section.gap(index)[:1] != "-"
