"""Places of the gazetteer: with a unit word, in lists that share one, or bare where the name is safe."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.enrich import lexicon
from etl.enrich.batch import PLACE, TWIN, Batch
from etl.enrich.forms import FormFinder
from etl.enrich.text import CACHE_SIZE
from etl.enrich.tokens import Integers
from etl.enrich.vocabulary import LANDSCAPE, MONTHS, RANKS, WEEKDAYS

_UNIT = re.compile(
    r" (?:Special City|Province|Municipality|City|County|District|province|municipality|city|county|district)\b"
)
_UNIT_LETTERS = [ord(letter) for letter in "SPMCDpmcd"]
_MARKS_BEHIND = [ord(mark) for mark in "'-"]
_SUFFIX = re.compile(r"-(?:si|gun|kun|guyok|kuyok|do|namdo|bukto|nam-do|buk-do)\b")
_PLURAL = re.compile(r" (?:[Pp]rovinces|[Cc]ities|[Cc]ounties|[Dd]istricts|[Mm]unicipalities)\b")
_UNIT_OF = re.compile(
    r"\b(?:[Cc]it(?:y|ies)|[Pp]rovinces?|[Cc]ount(?:y|ies)|[Dd]istricts?|[Mm]unicipalit(?:y|ies)) of $"
)
_LIST_GAP = re.compile(r",? and |, ")
_OTHER_UNIT = re.compile(r"-(?:ri|dong|up|gu|ku|myon|rodongjagu|\d)")
_LANDSCAPE_BEFORE = re.compile(r"\b(?:Mts?\.?|Mount|Lake|River|Rivers) $")
_TWIN_BEFORE = re.compile(r"\b(North|South|N\.|S\.) and $")
_TWIN_LATER = re.compile(r"\b(North|South|N\.|S\.) (?:Phyongan|Hwanghae|Hamgyong)(?:,? and |, )$")
_PREPOSITION = re.compile(r"\b(?:in|at|to|from|of|near|around|visit|visits|visited|toured|Visit|Visits|for|reached) $")
# "Tanchon and Hamhung shoe factories": the noun of the names is printed small and shared.
_SMALL_INSTITUTION = re.compile(
    r"(?:(?:, | and |, and )[A-Z][a-z]+){0,3} (?:[a-z][a-z'-]+ ){0,2}"
    r"(?:farms?|factory|factories|mines?|complex|complexes|mills?|bureaus?|power stations?|universit(?:y|ies)|plants?|"
    r"collier(?:y|ies)|hospitals?|shipyards?|railway stations?)\b"
)
# How the text before a name ends where a pattern can fit at all; "$" fits before a last line break, too.
_UNIT_OF_ENDS = (" of ", "\n")
_TWIN_ENDS = (" and ", "\n")
_LIST_ENDS = (" and ", ", ", "\n")
_LANDSCAPE_ENDS = ("Mt ", "Mts ", "Mt. ", "Mts. ", "Mount ", "Lake ", "River ", "Rivers ", "\n")
_PROVINCES = {
    ("North", "Phyongan"): "KP-03",
    ("South", "Phyongan"): "KP-02",
    ("North", "Hwanghae"): "KP-06",
    ("South", "Hwanghae"): "KP-05",
    ("North", "Hamgyong"): "KP-09",
    ("South", "Hamgyong"): "KP-08",
}
_PHYONGAN = re.compile(r"\b(?:N\.|S\.|North|South) Phyongan")
_UNSAN = ("KP-02:Unsan", "KP-03:Unsan")
_PERSON_NAMED = "named after a person"


@dataclass(slots=True)
class Candidate:
    """A written form of a place in the text, not yet judged."""

    index: int
    start: int
    end: int
    form: lexicon.Form
    has_unit: bool = False
    rule: str = "bare"


def find_places(batch: Batch) -> list[Candidate]:
    """Add the places that are certain; gives those that count only inside an organisation's name."""
    _datelines(batch)
    candidates = _candidates(batch)
    _share_units(batch, candidates)
    evident = {
        (batch.sections[candidate.index], id_)
        for candidate in candidates
        if candidate.has_unit
        for id_ in candidate.form.place_ids
    }
    held_back = []
    for candidate in candidates:
        last = batch.last_before(candidate.end, candidate.index)
        if not candidate.has_unit:
            if _is_landscape(batch, candidate, last):
                continue
            if candidate.form.bare != lexicon.ALWAYS and not _is_safe(batch, candidate, evident, last):
                held_back.append(candidate)
                continue
        role = "in_org_name" if _opens_name(batch, candidate, last) else "plain"
        batch.add("place", _place_id(batch, candidate), candidate.start, candidate.end, f"place_{candidate.rule}", role)
    return held_back


def _datelines(batch: Batch) -> None:
    for dateline in batch.datelines.values():
        place_id = _dateline_place(dateline.group("place"))
        if place_id is not None:
            batch.add("place", place_id, *dateline.span("place"), "dateline", "dateline")


@lru_cache(maxsize=CACHE_SIZE)
def _dateline_place(name: str) -> str | None:
    forms = lexicon.place_forms().get(name.split()[0], {}).values()
    return next((form.place_ids[0] for some in forms for form in some if form.text == name), None)


def _candidates(batch: Batch) -> list[Candidate]:
    hits, forms = _forms().find(batch, PLACE), _forms().forms
    columns = (hits.words, hits.starts, hits.ends, hits.forms, _may_go_on(batch, hits.ends))
    rows: Iterable[tuple[Any, ...]] = zip(*(column.tolist() for column in columns), strict=True)
    twins = [
        (index, batch.starts[index], 0, -1, False) for index in batch.indexes(TWIN).tolist() if _in_list(batch, index)
    ]
    if twins:
        rows = sorted((*twins, *rows), key=itemgetter(0))
    found: list[Candidate] = []
    reached = 0
    for index, start, end, number, may_go_on in rows:
        if start < reached or (may_go_on and not _ends_word(batch, index, end)):
            continue
        if number < 0:
            candidate = _twin(batch, index)
        else:
            reached = start + 1  # what is no place by its longest form is none by a shorter one
            candidate = _candidate(batch, Candidate(index, start, end, forms[number]), may_go_on)
        if candidate is not None:
            found.append(candidate)
            reached = candidate.end
    return found


def _may_go_on(batch: Batch, ends: Integers) -> NDArray[np.bool_]:
    """Whether something may stand behind a form that makes it a part of a word or a unit word."""
    first, second = batch.codes[ends], batch.codes[ends + 1]
    is_unit: NDArray[np.bool_] = (first == ord(" ")) & np.isin(second, _UNIT_LETTERS)
    return np.isin(first, _MARKS_BEHIND) | is_unit


@cache
def _forms() -> FormFinder[lexicon.Form]:
    return FormFinder(lexicon.place_forms())


def _candidate(batch: Batch, candidate: Candidate, may_go_on: bool) -> Candidate | None:
    """A form with its unit word if nobody's name holds it."""
    if not batch.is_free(candidate.start, candidate.end):
        return None
    unit = _unit(batch.text, candidate.end) if may_go_on else None
    if candidate.form.with_unit:
        candidate.has_unit, candidate.rule = True, "unit"
    elif unit is not None:
        candidate.end, candidate.has_unit, candidate.rule = unit.end(), True, "unit"
    return candidate


def _unit(text: str, end: int) -> re.Match[str] | None:
    """The unit word behind a name."""
    following = text[end : end + 1]
    if following == " ":
        return _UNIT.match(text, end)
    return _SUFFIX.match(text, end) if following == "-" else None


def _ends_word(batch: Batch, index: int, end: int) -> bool:
    """Whether an apostrophe or a hyphen, if one follows, leaves a form a word of its own."""
    if batch.text[end] == "'":
        return end + 1 == batch.stops[batch.sections[index]] or batch.text[end + 1] in "s "
    return not _OTHER_UNIT.match(batch.text, end)


def _in_list(batch: Batch, index: int) -> bool:
    """Whether a word may stand behind another one of a list."""
    return batch.text.endswith(_LIST_ENDS, 0, batch.starts[index])


def _twin(batch: Batch, index: int) -> Candidate | None:
    """The word "Hwanghae" after "South Phyongan and" is South Hwanghae."""
    start, end = batch.starts[index], batch.ends[index]
    before = _TWIN_LATER.search(batch.text[max(0, start - 24) : start])
    if before is None or not batch.is_free(start, end):
        return None
    return Candidate(index, start, end, _twin_form(before.group(1), batch.forms[index]), True, "list")


def _twin_form(side: str, name: str) -> lexicon.Form:
    side = {"N.": "North", "S.": "South"}.get(side, side)
    return lexicon.Form(f"{side} {name}", (_PROVINCES[side, name],), with_unit=False)


def _share_units(batch: Batch, candidates: list[Candidate]) -> None:
    """Give a plural unit word, before or behind a list, to every place of the list; add the halves of twins."""
    text = batch.text
    for position in range(len(candidates) - 1, -1, -1):
        candidate = candidates[position]
        plural = _PLURAL.match(text, candidate.end)
        if plural:
            _mark_list(batch, candidates, position, step=-1)
            candidate.end = plural.end()
        if not text.endswith(_UNIT_OF_ENDS, 0, candidate.start):
            continue
        floor = max(candidates[position - 1].end if position else 0, candidate.start - 20, 0)
        opened = _UNIT_OF.search(text[floor : candidate.start])
        if opened:
            _mark_list(batch, candidates, position, step=1)
            if opened.group()[:-4].lower() in ("city", "province", "county", "district", "municipality"):
                candidate.start -= len(opened.group())
    for candidate in list(candidates):
        if not text.endswith(_TWIN_ENDS, 0, candidate.start):
            continue
        twin = _TWIN_BEFORE.search(text[max(0, candidate.start - 10) : candidate.start])
        name = candidate.form.text.split(" ")[-1].removesuffix(" Province")
        if twin and name in lexicon.TWINS:
            start = candidate.start - len(twin.group())
            form = _twin_form(twin.group(1), name)
            candidates.append(Candidate(batch.index_at(start), start, start + len(twin.group(1)), form, True, "list"))
            candidate.has_unit = True


def _mark_list(batch: Batch, candidates: list[Candidate], position: int, step: int) -> None:
    """Walk along a list from one place, as long as only commas and "and" stand between."""
    while True:
        candidates[position].has_unit = True
        candidates[position].rule = "list" if candidates[position].rule == "bare" else candidates[position].rule
        other = position + step
        if not 0 <= other < len(candidates):
            return
        left, right = sorted((position, other))
        if not _LIST_GAP.fullmatch(batch.text, candidates[left].end, candidates[right].start):
            return
        if candidates[other].rule != "bare":
            return
        position = other


def _is_landscape(batch: Batch, candidate: Candidate, last: int) -> bool:
    """Mountains, rivers and the like are no places; `last` is the last word of the name."""
    if batch.forms[last + 1] in LANDSCAPE and batch.joined[last]:
        return True
    if not batch.text.endswith(_LANDSCAPE_ENDS, 0, candidate.start):
        return False
    return bool(_LANDSCAPE_BEFORE.search(batch.text[max(0, candidate.start - 8) : candidate.start]))


def _is_safe(batch: Batch, candidate: Candidate, evident: set[tuple[int, str]], last: int) -> bool:
    """Whether a bare name that does not always count may be believed here."""
    form, section = candidate.form, batch.sections[candidate.index]
    if form.bare == lexicon.NEVER:
        return False
    if any((section, id_) in evident for id_ in form.place_ids):
        return True
    if form.bare == lexicon.IN_THE_NORTH:
        return not batch.is_about_the_south(section)
    if batch.joined[last] and not batch.is_title(last):
        return True
    return bool(_PREPOSITION.search(batch.text[max(0, candidate.start - 10) : candidate.start]))


def _opens_name(batch: Batch, candidate: Candidate, last: int) -> bool:
    """In a body, a capitalised word directly behind a place makes it part of a longer proper name."""
    following = batch.text[candidate.end]
    if candidate.rule == "bare" and following in " ," and _SMALL_INSTITUTION.match(batch.text, candidate.end):
        return True
    if following != " " or not batch.joined[last] or candidate.rule == "list" or batch.is_title(last):
        return False
    word = batch.forms[last + 1]
    if batch.taken[batch.starts[last + 1]]:
        return False
    return word not in MONTHS and word not in WEEKDAYS and word not in RANKS


def _place_id(batch: Batch, candidate: Candidate) -> str:
    ids = candidate.form.place_ids
    if len(ids) == 1:
        return ids[0]
    if set(ids) == set(_UNSAN):
        return _which_unsan(batch, candidate)
    text = batch.text[candidate.start : candidate.end]
    kind = lexicon.UNITS.get(text.rsplit(" ", 1)[-1].title())
    same = [id_ for id_ in ids if lexicon.places()[id_].kind == kind]
    return (same or sorted(ids))[0]


def _which_unsan(batch: Batch, candidate: Candidate) -> str:
    """There are two Unsan counties: the nearest Phyongan, looked for behind the name first, decides."""
    section = batch.sections[candidate.index]
    found = _PHYONGAN.search(batch.text, candidate.end, min(candidate.end + 200, batch.stops[section]))
    if found is None:
        begin = max(batch.begins[section], candidate.start - 400)
        earlier = list(_PHYONGAN.finditer(batch.text, begin, candidate.start))
        found = earlier[-1] if earlier else None
    return _UNSAN[0] if found is not None and found.group().startswith("S") else _UNSAN[1]


def add_held_back(batch: Batch, held_back: list[Candidate], spans: dict[int, int]) -> None:
    """Add the unsafe names that stand inside an organisation's name, those of persons and plain words excepted.

    Args:
        batch: the texts.
        held_back: the unsafe names.
        spans: where organisations end, by their start.
    """
    starts = sorted(spans)
    reached = [0, *accumulate((spans[start] for start in starts), max)]
    for candidate in held_back:
        if candidate.end >= reached[bisect_right(starts, candidate.start)]:
            continue
        place = lexicon.places()[candidate.form.place_ids[0]]
        if place.ambiguity in (_PERSON_NAMED, "common word") or lexicon.is_never_bare(candidate.form.text):
            continue
        if batch.is_free(candidate.start, candidate.end):
            place_id = _place_id(batch, candidate)
            batch.add("place", place_id, candidate.start, candidate.end, "place_in_name", "in_org_name")
