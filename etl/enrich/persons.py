"""Korean persons: a surname of the closed list and given names that fit the syllable grammar of DPRK spelling."""

from __future__ import annotations

import re
from functools import lru_cache

from etl.enrich import lexicon
from etl.enrich.batch import SURNAME, Batch
from etl.enrich.text import CACHE_SIZE, slug
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


def find_korean(batch: Batch, names: dict[str, str]) -> None:
    """Add every Korean name, and in bodies the family names that stand alone after a whole name.

    `names` collects the canonical name of each new key.
    """
    reached, section = 0, -1
    latest: dict[str, str] = {}
    for index in batch.indexes(SURNAME).tolist():
        if index < reached:
            continue
        if batch.sections[index] != section:
            section, latest = batch.sections[index], {}
        if batch.joined[index]:
            reached = index + _add_name(batch, index, names, latest)
        elif batch.forms[index] in latest and _stands_alone(batch, index):
            family = batch.forms[index]
            batch.add("person", latest[family], batch.starts[index], batch.ends[index], "family")


def _add_name(batch: Batch, index: int, names: dict[str, str], latest: dict[str, str]) -> int:
    """Add the name that starts with this surname; gives the number of words used, 0 if none does.

    `latest` keeps who may be named by the family name alone from here on.
    """
    surname = batch.forms[index]
    found = _whole_name(batch, index, _proper(surname))
    if found is None:
        return 0
    spelling, words, end = found
    role = _role(batch, index, index + words - 1, end)
    if role is None:
        return 0
    person_id, name = identity(spelling)
    if name < names.setdefault(person_id, name):
        names[person_id] = name
    rule = "korean_full" if spelling.count(" ") > 1 else "korean_two"
    batch.add("person", person_id, batch.starts[index], end, rule, role)
    if role == "plain" and not batch.is_title(index) and person_id not in lexicon.person_names():
        latest[surname] = person_id
    return words


@lru_cache(maxsize=CACHE_SIZE)
def identity(name: str) -> tuple[str, str]:
    """Key and canonical name of a person of this name."""
    person_id = lexicon.unified_ids().get(slug(name), slug(name))
    return person_id, lexicon.person_names().get(person_id, name)


def _whole_name(batch: Batch, index: int, surname: str) -> tuple[str, int, int] | None:
    """The name that a surname opens, the number of capitalised words that it takes, and where it ends."""
    first, end = batch.forms[index + 1], batch.ends[index + 1]
    is_hyphened = batch.text[end] == "-"
    hyphened = _HYPHENED.match(batch.text, end) if is_hyphened else None
    if hyphened and _syllable(first) and _syllable(hyphened.group()[1:]):
        return f"{surname} {_syllable(first)} {hyphened.group()[1:].title()}", 2, hyphened.end()
    if batch.joined[index + 1] or (is_hyphened and batch.gap(index + 1) == "-"):
        second, end = _second_given(batch, index, surname, _proper(first))
        if second and batch.forms[index + 3] == "Nyo" and batch.joined[index + 2]:
            return f"{surname} {_proper(first)} {second} Nyo", 4, batch.ends[index + 3]
        if second and _syllable(first) and not (_proper(first) in _STRONG and _starts_later(batch, index)):
            return f"{surname} {_syllable(first)} {second}", 3, end
    return _two_words(batch, index, surname, _proper(first))


def _second_given(batch: Batch, index: int, surname: str, first: str) -> tuple[str, int]:
    """The third word of a name if it is one, and its end; a word glued to a leader's name is cut off."""
    word = batch.forms[index + 2]
    form = _syllable(word)
    if form and not (form in _NOT_GIVEN and batch.is_title(index)):
        return form, batch.ends[index + 2]
    for last in _GLUED.get(f"{surname} {first}", ()):
        if word.startswith(last):
            return last, batch.starts[index + 2] + len(last)
    return "", batch.ends[index + 2]


def _starts_later(batch: Batch, index: int) -> bool:
    """Whether the next word opens a whole name of its own ("So Kim Jong Un ...")."""
    if not batch.joined[index + 2] or batch.forms[index] in _STRONG:
        return False
    return bool(_syllable(batch.forms[index + 3]))


def _two_words(batch: Batch, index: int, surname: str, given: str) -> tuple[str, int, int] | None:
    """A name of two words, for which more evidence is asked than for one of three."""
    text, start, end = batch.text, batch.starts[index], batch.ends[index + 1]
    if given in COMMON or given in _NOT_GIVEN or not _are_syllables(given) or f"{surname} {given}" in _NOT_NAMES:
        return None
    if given in INSTITUTIONS or given in THINGS or given in RANKS:
        return None
    following = batch.forms[index + 2] if batch.joined[index + 1] else ""
    if following and following not in _IN_NAME_AFTER and not batch.is_title(index):
        return None
    has_role = bool(_ROLE_AFTER.match(text, end))
    has_rank = batch.joined[index - 1] and batch.forms[index - 1] in RANKS
    in_list = text[max(0, start - 5) : start].endswith((", ", " and ")) and text.startswith((", ", " and "), end)
    if has_role or has_rank or in_list or (lexicon.surnames()[surname] and _syllable(given)):
        return f"{surname} {given}", 2, end
    return None


def _role(batch: Batch, first: int, last: int, end: int) -> str | None:
    """What the name does: plain, award, part of another name; None if it is a place."""
    text, start = batch.text, batch.starts[first]
    is_award = text.endswith(_AWARD_ENDS, 0, start) and _AFTER_AWARD.search(text[max(0, start - 16) : start])
    if text[end] not in " \n":
        return "award" if is_award else "plain"
    following = batch.forms[last + 1] if batch.joined[last] else ""
    if following in _PLACE_AFTER or text.startswith((" county", " city"), end):
        return None
    if is_award or following in AWARDS_AFTER or text.startswith((" Youth Honor", " Youth Honour"), end):
        return "award"
    return "in_org_name" if following in _IN_NAME_AFTER and not batch.is_title(first) else "plain"


@lru_cache(maxsize=CACHE_SIZE)
def _proper(form: str) -> str:
    """A name printed in capitals as it is written otherwise."""
    return form.title() if len(form) > 1 and form.isupper() else form


@lru_cache(maxsize=CACHE_SIZE)
def _syllable(form: str) -> str:
    """A word of one syllable as it is written in names; an empty text for any other."""
    proper = _proper(form)
    return proper if SYLLABLE.fullmatch(proper) else ""


@lru_cache(maxsize=CACHE_SIZE)
def _are_syllables(form: str) -> bool:
    return bool(SYLLABLES.fullmatch(form))


def _stands_alone(batch: Batch, index: int) -> bool:
    """Whether a surname with something else than a space behind it is a family name and nothing more."""
    surname = _proper(batch.forms[index])
    if not lexicon.surnames()[surname] or not batch.is_free(batch.starts[index], batch.ends[index]):
        return False
    if batch.joined[index - 1] and batch.forms[index - 1] not in _BEFORE_FAMILY:
        return False
    is_last = not batch.forms[index + 1]
    return is_last or batch.text[batch.ends[index]] != "-"
