"""Places of the gazetteer: with a unit word, in lists that share one, or bare where the name is safe."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from etl.enrich import lexicon
from etl.enrich.batch import PLACE, Batch
from etl.enrich.text import CACHE_SIZE
from etl.enrich.vocabulary import LANDSCAPE, MONTHS, RANKS, WEEKDAYS

_UNIT = re.compile(
    r" (?:Special City|Province|Municipality|City|County|District|province|municipality|city|county|district)\b"
)
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
        last = batch.index_at(candidate.end) - 1
        if not candidate.has_unit and _is_landscape(batch, candidate, last):
            continue
        if not candidate.has_unit and not _is_safe(batch, candidate, evident, last):
            held_back.append(candidate)
            continue
        role = "in_org_name" if _opens_name(batch, candidate, last) else "plain"
        place_id, rule = _place_id(batch, candidate), f"place_{candidate.rule}"
        batch.add("place", place_id, candidate.start, candidate.end, rule, role)
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
    found: list[Candidate] = []
    table = lexicon.place_forms()
    reached = 0
    for index in batch.indexes(PLACE):
        start, form = batch.starts[index], batch.forms[index]
        if start < reached:
            continue
        candidate = _twin(batch, index) if form in lexicon.TWINS else None
        if candidate is None and form in table:
            rest, forms = batch.ends[index], table[form]
            candidate = _first_form(batch, index, forms.get(batch.text[rest : rest + lexicon.REST], forms[""]))
        if candidate is not None:
            found.append(candidate)
            reached = candidate.end
    return found


def _first_form(batch: Batch, index: int, forms: tuple[lexicon.Form, ...]) -> Candidate | None:
    """The longest form that stands here as a word of its own."""
    text, start = batch.text, batch.starts[index]
    for form in forms:
        if not text.startswith(form.text, start):
            continue
        end = start + len(form.text)
        if not _ends_word(batch, index, end):
            continue
        if not batch.is_free(start, end):
            return None
        unit = _unit(text, end)
        if form.with_unit or unit is None:
            return Candidate(index, start, end, form, form.with_unit, "unit" if form.with_unit else "bare")
        return Candidate(index, start, unit.end(), form, True, "unit")
    return None


def _unit(text: str, end: int) -> re.Match[str] | None:
    """The unit word behind a name."""
    following = text[end : end + 1]
    if following == " ":
        return _UNIT.match(text, end)
    return _SUFFIX.match(text, end) if following == "-" else None


def _ends_word(batch: Batch, index: int, end: int) -> bool:
    following = batch.text[end]
    if following == "'":
        return end + 1 == batch.stops[batch.sections[index]] or batch.text[end + 1] in "s "
    return not following.isalnum() and (following != "-" or not _OTHER_UNIT.match(batch.text, end))


def _twin(batch: Batch, index: int) -> Candidate | None:
    """The word "Hwanghae" after "South Phyongan and" is South Hwanghae."""
    start, end = batch.starts[index], batch.ends[index]
    if not batch.text.endswith(_LIST_ENDS, 0, start):
        return None
    before = _TWIN_LATER.search(batch.text[max(0, start - 24) : start])
    if before is None or not batch.is_free(start, end):
        return None
    return Candidate(index, start, end, _twin_form(before.group(1), batch.forms[index]), True, "list")


def _twin_form(side: str, name: str) -> lexicon.Form:
    side = {"N.": "North", "S.": "South"}.get(side, side)
    return lexicon.Form(f"{side} {name}", (_PROVINCES[side, name],), False, True)


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
            candidates.append(Candidate(candidate.index, start, start + len(twin.group(1)), form, True, "list"))
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
        if not _LIST_GAP.fullmatch(batch.text[candidates[left].end : candidates[right].start]):
            return
        if candidates[other].rule != "bare":
            return
        position = other


def _is_landscape(batch: Batch, candidate: Candidate, last: int) -> bool:
    """Mountains, rivers and the like are no places; `last` is the last word of the name."""
    if batch.joined[last] and batch.forms[last + 1] in LANDSCAPE:
        return True
    if not batch.text.endswith(_LANDSCAPE_ENDS, 0, candidate.start):
        return False
    return bool(_LANDSCAPE_BEFORE.search(batch.text[max(0, candidate.start - 8) : candidate.start]))


def _is_safe(batch: Batch, candidate: Candidate, evident: set[tuple[int, str]], last: int) -> bool:
    """Whether a bare name may be believed."""
    if lexicon.is_never_bare(candidate.form.text):
        return False
    place = lexicon.places()[candidate.form.place_ids[0]]
    if not place.is_safe:
        return False
    section = batch.sections[candidate.index]
    if not place.ambiguity or any((section, id_) in evident for id_ in candidate.form.place_ids):
        return True
    if "south Korea" in place.ambiguity:
        return not batch.is_about_the_south(section)
    if batch.joined[last] and not batch.is_title(last):
        return True
    return bool(_PREPOSITION.search(batch.text[max(0, candidate.start - 10) : candidate.start]))


def _opens_name(batch: Batch, candidate: Candidate, last: int) -> bool:
    """In a body, a capitalised word directly behind a place makes it part of a longer proper name."""
    if candidate.rule == "bare" and _SMALL_INSTITUTION.match(batch.text, candidate.end):
        return True
    if batch.is_title(last) or not batch.joined[last] or candidate.rule == "list":
        return False
    following = batch.forms[last + 1]
    if batch.taken[batch.starts[last + 1]] or batch.text[candidate.end : candidate.end + 1] != " ":
        return False
    return following not in MONTHS and following not in WEEKDAYS and following not in RANKS


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


def add_held_back(batch: Batch, held_back: list[Candidate], spans: Iterable[tuple[int, int]]) -> None:
    """Add the unsafe names that stand inside an organisation's name, those of persons and plain words excepted."""
    outer = sorted(spans)
    begins = [start for start, _ in outer]
    reached = [0, *accumulate((end for _, end in outer), max)]
    for candidate in held_back:
        place = lexicon.places()[candidate.form.place_ids[0]]
        if place.ambiguity in (_PERSON_NAMED, "common word") or lexicon.is_never_bare(candidate.form.text):
            continue
        is_inside = candidate.end < reached[bisect_right(begins, candidate.start)]
        if is_inside and batch.is_free(candidate.start, candidate.end):
            place_id = _place_id(batch, candidate)
            batch.add("place", place_id, candidate.start, candidate.end, "place_in_name", "in_org_name")
