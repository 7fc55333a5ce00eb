"""The word lists, read once and turned into look-up tables: places, names, organisations, countries, newspapers."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

from etl.enrich.text import WORD, fold, slug

FOLDER = Path(__file__).resolve().parent.parent / "reference"


class Place(NamedTuple):
    """What the place finder needs to know of one row of `places.csv`."""

    place_id: str
    name: str
    kind: str
    level: int
    parent_id: str
    ambiguity: str
    is_safe: bool


REST = 2
"""Characters behind the first word of a name by which the names that may follow are told apart."""


NEVER, IN_CONTEXT, IN_THE_NORTH, ALWAYS = "never", "in context", "in the north", "always"
"""When a form of a place counts without a unit word: if other words prove it, where nothing of the south is named."""


class Form(NamedTuple):
    """One written form of a place; `with_unit` if it already ends in its unit word, `bare` if it counts without one."""

    text: str
    place_ids: tuple[str, ...]
    with_unit: bool
    bare: str = ALWAYS
    before: int = 0


class Phrase(NamedTuple):
    """One written form of a country, newspaper or organisation; `before` counts what precedes its first capital."""

    text: str
    kind: str
    entity_id: str
    role: str
    before: int = 0


Named = TypeVar("Named", Form, Phrase)
FormsByRest = dict[str, dict[str, tuple[Named, ...]]]
"""Written forms by their first capitalised word and the `REST` characters behind it."""


def rows(name: str) -> list[dict[str, str]]:
    """One reference file as dictionaries."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def split_forms(cell: str) -> list[str]:
    """The written forms in one cell, remarks in brackets removed."""
    forms = (re.sub(r"\s*\([^)]*\)", "", fold(form)).strip() for form in cell.split("|"))
    return [form for form in forms if form]


@cache
def places() -> dict[str, Place]:
    """Places by id."""
    return {
        row["place_id"]: Place(
            row["place_id"],
            fold(row["name_short"]),
            row["kind"],
            int(row["level"]),
            row["parent_id"],
            row["ambiguity"],
            row["short_form_safe"] == "1",
        )
        for row in rows("places.csv")
    }


UNITS = {
    "Province": "province",
    "Municipality": "special_city",
    "City": "city",
    "County": "county",
    "District": "district",
    "Special City": "special_city",
}
_UNIT_END = re.compile(r"\s(?:Province|Municipality|City|County|District|[Aa]rea)$|-(?:si|gun|kun|guyok|kuyok|gu|do)$")
# Spelled like words or names of other things; without a unit word they prove nothing.
_NEVER_BARE = {"Central", "Chung", "Port", "Gangwon", "Pangyo", "Chorwon", "Bosong", "Songjin", "Insan", "Tosan"}


def _by_rest(table: Mapping[str, Sequence[Named]]) -> FormsByRest[Named]:
    """Forms by their first capitalised word and what follows it; those without so many characters are in all."""
    found: FormsByRest[Named] = {}
    for first, forms in table.items():
        rests: dict[Named, str] = {form: form.text[form.before + len(first) :][:REST] for form in forms}
        ordered = sorted(rests, key=lambda form: (-len(form.text), *form))
        found[first] = {
            key: tuple(form for form in ordered if rests[form] == key or len(rests[form]) < REST)
            for key in ("", *rests.values())
        }
    return found


@cache
def place_forms() -> FormsByRest[Form]:
    """Written forms of places by their first capitalised word and what follows it, longest first.

    What follows are `REST` characters; forms that end before are under every key, and alone under the empty one.
    """
    owners: dict[str, dict[str, bool]] = defaultdict(dict)
    for row in rows("places.csv"):
        main = fold(row["name_short"])
        full = split_forms(row["name_en_kcna"])[0]
        others = split_forms(row["alternates"])
        others += [form.replace(" area", " Area") for form in others if form.endswith(" area")]
        for form in [main, full, *others]:
            is_main = form in (main, full)
            owners[form][row["place_id"]] = is_main or owners[form].get(row["place_id"], False)
    for abbreviated, whole in (("S.", "South"), ("N.", "North")):
        for form in [form for form in owners if form.startswith(whole + " ")]:
            owners[abbreviated + form[len(whole) :]].update(owners[form])
    table: dict[str, list[Form]] = defaultdict(list)
    for text, ids in owners.items():
        chosen = tuple(sorted(key for key, is_main in ids.items() if is_main)) or tuple(sorted(ids))
        first = WORD.match(text)
        if first is None or (text in _NEVER_BARE and text != "Central" and text != "Port"):
            continue
        table[first.group()].append(Form(text, chosen, bool(_UNIT_END.search(text)), _bare(text, places()[chosen[0]])))
    return _by_rest(table)


def _bare(text: str, place: Place) -> str:
    """When a form of a place counts without a unit word."""
    if is_never_bare(text) or not place.is_safe:
        return NEVER
    if not place.ambiguity:
        return ALWAYS
    return IN_THE_NORTH if "south Korea" in place.ambiguity else IN_CONTEXT


TWINS = ("Phyongan", "Hwanghae", "Hamgyong")
"""Names that a northern and a southern province share."""


def is_never_bare(text: str) -> bool:
    """Whether a form counts only with a unit word."""
    return text in _NEVER_BARE


def _country_phrases() -> list[Phrase]:
    phrases = []
    for row in rows("countries.csv"):
        forms = [fold(row["name"]), *split_forms(row["aliases"])]
        phrases += [Phrase(form, "country", row["country_id"], "plain") for form in forms]
        adjectives = split_forms(row["adjectives"])
        phrases += [Phrase(form, "country", row["country_id"], "adjective") for form in adjectives]
    return phrases


@cache
def phrases() -> FormsByRest[Phrase]:
    """Written forms of countries, newspapers and fixed organisations, as those of places in `place_forms`."""
    table: dict[str, list[Phrase]] = defaultdict(list)
    found = _country_phrases()
    for file, kind in (("newspapers.csv", "newspaper"), ("organizations.csv", "organization")):
        for row in rows(file):
            forms = [fold(row["name"]), *split_forms(row["aliases"])]
            found += [Phrase(form, kind, row["entity_id"], "plain") for form in forms]
    for phrase in found:
        first = WORD.search(phrase.text)
        # "south Korea" opens with a small letter: it is kept under "Korea" and its beginning is looked for backwards.
        if first is not None:
            table[first.group()].append(phrase._replace(before=first.start()))
    return _by_rest(table)


@cache
def organization_names() -> dict[str, str]:
    """Canonical names of the fixed organisations."""
    return {row["entity_id"]: row["name"] for row in rows("organizations.csv")}


@cache
def country_words() -> frozenset[str]:
    """Every capitalised word of a country's name or adjective."""
    return frozenset(word for phrase in _country_phrases() for word in WORD.findall(phrase.text))


@cache
def surnames() -> dict[str, bool]:
    """Korean surnames; the value says whether the name is no English word and may stand alone."""
    return {row["surname"]: row["alone"] == "1" for row in rows("surnames.csv")}


class KnownPerson(NamedTuple):
    """A person whose forms are fixed."""

    person_id: str
    name: str
    families: tuple[str, ...]


@cache
def people() -> dict[str, KnownPerson]:
    """Fixed persons by every written form of the full name."""
    table: dict[str, KnownPerson] = {}
    for row in rows("people.csv"):
        known = KnownPerson(row["person_id"], row["name"], tuple(split_forms(row["family"])))
        table |= dict.fromkeys([row["name"], *split_forms(row["aliases"])], known)
    return table


@cache
def people_by_word() -> dict[str, tuple[int, ...]]:
    """Fixed persons, by their place in `people`, that a word calls up: a family name, or the first of the full name.

    The leaders are left out, who are found as Korean names are.
    """
    table: dict[str, tuple[int, ...]] = {}
    for rank, (text, known) in enumerate(people().items()):
        if not text.startswith("Kim ") and not text.isupper():
            for word in {*known.families, text.split()[0]}:
                table[word] = (*table.get(word, ()), rank)
    return table


@cache
def person_names() -> dict[str, str]:
    """Canonical names of the fixed persons."""
    return {known.person_id: known.name for known in people().values()}


@cache
def unified_ids() -> dict[str, str]:
    """Keys of other spellings of fixed persons, and the key that is kept."""
    return {slug(form): known.person_id for form, known in people().items()}
