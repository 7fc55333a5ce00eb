"""Places of the gazetteer: with a unit word, in lists that share one, or bare where the name is safe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import accumulate, repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from etl.enrich import lexicon
from etl.enrich.batch import DAY_WORD, LANDSCAPE_OPENING, LANDSCAPE_WORD, PLACE, RANK, TWIN, Batch
from etl.enrich.forms import FormFinder, Hits
from etl.enrich.spans import first_ones
from etl.enrich.text import CACHE_SIZE
from etl.enrich.tokens import Integers

_UNIT = re.compile(
    r" (?:Special City|Province|Municipality|City|County|District|province|municipality|city|county|district)\b"
)
_UNIT_LETTERS = [ord(letter) for letter in "SPMCDpmcd"]
_PLURAL_LETTERS = [ord(letter) for letter in "PpCcDdMm"]
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
_TWIN_ENDS = (" and ", "\n")
_LIST_ENDS = (" and ", ", ", "\n")
_PREPOSITION_ENDS = (
    *("in ", "at ", "to ", "from ", "of ", "near ", "around ", "visit ", "visits ", "visited ", "toured ", "Visit "),
    *("Visits ", "for ", "reached ", "\n"),
)
_UNIT_OF_ENDS = (
    *("ity of ", "ities of ", "ince of ", "inces of ", "ounty of ", "ounties of ", "istrict of ", "istricts of "),
    "\n",
)
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


_RULES = np.array(["place_bare", "place_unit", "place_list"], object)
_BARE, _UNIT_RULE, _LIST_RULE = range(len(_RULES))
"""Which rule found a candidate, as its place in `_RULES`."""


class _Places(FormFinder[lexicon.Form]):
    """Finds the forms of places; what the rules ask of a form is at its number.

    Behind the forms of the gazetteer stand the halves of twins, which are found by rules of their own.

    Attributes:
        twins: the numbers of the halves of twins by side and name.
        are_with_unit: whether forms end in their unit word.
        are_safe: whether forms always count without one.
        halves: which name of twins forms end in, if any.
        keys: the ids of places; empty for forms that several places have.
    """

    def __init__(self) -> None:
        super().__init__(lexicon.place_forms())
        self.twins = {twin: number for number, twin in enumerate(_PROVINCES, start=len(self.forms))}
        self.forms += [
            lexicon.Form(" ".join(twin), (place_id,), with_unit=False) for twin, place_id in _PROVINCES.items()
        ]
        self.are_with_unit = np.array([form.with_unit for form in self.forms])
        self.are_safe = np.array([form.bare == lexicon.ALWAYS for form in self.forms])
        names = [form.text.split(" ")[-1].removesuffix(" Province") for form in self.forms]
        self.halves = [name if name in lexicon.TWINS else "" for name in names]
        self.are_halves = np.array(self.halves) != ""
        self.keys = np.array([form.place_ids[0] if len(form.place_ids) == 1 else "" for form in self.forms], object)


_forms = cache(_Places)


class Candidates(NamedTuple):
    """Written forms of places in the text, not yet judged; one row each.

    Attributes:
        words: the first capitalised word.
        starts: where they start.
        ends: where they end.
        forms: the number of the form.
        has_unit: whether a unit word proves them.
        rules: which of `_RULES` found them.
    """

    words: Integers
    starts: Integers
    ends: Integers
    forms: Integers
    has_unit: NDArray[np.bool_]
    rules: Integers

    def at(self, rows: Integers | NDArray[np.bool_]) -> Candidates:
        """Some of them."""
        columns: Iterable[Any] = (column[rows] for column in self)
        return Candidates(*columns)

    def form(self, row: int) -> lexicon.Form:
        """The form of one."""
        form: lexicon.Form = _forms().forms[self.forms[row]]
        return form

    def followed_by(self, others: Candidates) -> Candidates:
        """These and behind them others."""
        columns: Iterable[Any] = map(np.concatenate, zip(self, others, strict=True))
        return Candidates(*columns)


def _candidates_of(rows: Sequence[tuple[int, int, int, int]], *, has_unit: bool, rule: int) -> Candidates:
    """Candidates by word, start, end and form, all found by one rule."""
    words, starts, ends, forms = np.array(rows, np.int64).reshape(-1, 4).T
    return Candidates(words, starts, ends, forms, np.full(len(rows), has_unit), np.full(len(rows), rule))


def find_places(batch: Batch) -> Candidates:
    """Add the places that are certain; gives those that count only inside an organisation's name."""
    _datelines(batch)
    candidates = _candidates(batch)
    _share_units(batch, candidates)
    candidates = candidates.followed_by(_halves_of_twins(batch, candidates))
    last = np.searchsorted(batch.word_starts, candidates.ends) - 1
    is_place = candidates.has_unit | ~_are_landscape(batch, candidates, last)
    is_doubtful = is_place & ~candidates.has_unit & ~_forms().are_safe[candidates.forms]
    is_held_back = is_doubtful.copy()
    is_held_back[is_doubtful] = ~_are_safe(batch, candidates, np.flatnonzero(is_doubtful), last)
    is_place &= ~is_held_back
    _add(batch, candidates.at(is_place), last[is_place])
    return candidates.at(is_held_back)


def _add(batch: Batch, places: Candidates, last: Integers) -> None:
    """Add places; `last` are the last words of their names."""
    roles = np.where(_open_names(batch, places, last), "in_org_name", "plain").tolist()
    starts, ends = places.starts.tolist(), places.ends.tolist()
    rules = _RULES[places.rules].tolist()
    batch.add_all(
        places.starts,
        places.ends,
        zip(repeat("place"), _place_ids(batch, places), starts, ends, rules, roles, strict=False),
    )


def _datelines(batch: Batch) -> None:
    places = ((_dateline_place(dateline.group("place")), dateline) for dateline in batch.datelines.values())
    found = [("place", key, *dateline.span("place"), "dateline", "dateline") for key, dateline in places if key]
    starts, ends = (np.array([mention[field] for mention in found], np.int64) for field in (2, 3))
    batch.add_all(starts, ends, found)


@lru_cache(maxsize=CACHE_SIZE)
def _dateline_place(name: str) -> str | None:
    forms = lexicon.place_forms().get(name.split()[0], {}).values()
    return next((form.place_ids[0] for some in forms for form in some if form.text == name), None)


def _candidates(batch: Batch) -> Candidates:
    """Forms that are no parts of words or of anybody's name, with their unit words."""
    hits = _forms().find(batch, PLACE)
    hits = hits.at(_end_words(batch, hits))
    # What is no place by its longest form is none by a shorter one.
    hits = hits.at(np.diff(hits.words, prepend=-1) > 0)
    hits = hits.at(batch.are_free(hits.starts, hits.ends))
    # Halves of twins first, for at the same word they go before what else the word may be.
    found = _later_twins(batch).followed_by(_with_units(batch, hits))
    found = found.at(np.argsort(found.words, kind="stable"))
    return found.at(first_ones(found.starts, found.ends))


def _with_units(batch: Batch, hits: Hits) -> Candidates:
    """Forms that hold a unit word, or with the one behind them, or without any."""
    first, second = batch.codes[hits.ends], batch.codes[hits.ends + 1]
    may_follow = (first == ord("-")) | (first == ord(" ")) & np.isin(second, _UNIT_LETTERS)
    ends, has_unit = hits.ends.copy(), _forms().are_with_unit[hits.forms]
    for row in np.flatnonzero(may_follow & ~has_unit).tolist():
        unit = _unit(batch.text, int(ends[row]))
        if unit is not None:
            ends[row], has_unit[row] = unit.end(), True
    return Candidates(hits.words, hits.starts, ends, hits.forms, has_unit, np.where(has_unit, _UNIT_RULE, _BARE))


def _unit(text: str, end: int) -> re.Match[str] | None:
    """The unit word behind a name."""
    following = text[end : end + 1]
    if following == " ":
        return _UNIT.match(text, end)
    return _SUFFIX.match(text, end) if following == "-" else None


def _end_words(batch: Batch, hits: Hits) -> NDArray[np.bool_]:
    """Whether an apostrophe or a hyphen, if one follows, leaves a form a word of its own."""
    end_words = np.ones(len(hits.ends), np.bool_)
    for row in np.flatnonzero(np.isin(batch.codes[hits.ends], _MARKS_BEHIND)).tolist():
        end_words[row] = _ends_word(batch, int(hits.words[row]), int(hits.ends[row]))
    return end_words


def _ends_word(batch: Batch, index: int, end: int) -> bool:
    if batch.text[end] == "'":
        return end + 1 == batch.stops[batch.sections[index]] or batch.text[end + 1] in "s "
    return not _OTHER_UNIT.match(batch.text, end)


def _later_twins(batch: Batch) -> Candidates:
    """The word "Hwanghae" after "South Phyongan and" is South Hwanghae."""
    found = []
    for index in batch.indexes(TWIN).tolist():
        start, end = batch.starts[index], batch.ends[index]
        if not batch.text.endswith(_LIST_ENDS, 0, start):
            continue
        before = _TWIN_LATER.search(batch.text[max(0, start - 24) : start])
        if before is not None and batch.is_free(start, end):
            found.append((index, start, end, _twin_form(before.group(1), batch.forms[index])))
    return _candidates_of(found, has_unit=True, rule=_LIST_RULE)


def _twin_form(side: str, name: str) -> int:
    """The number of the form for one half of a twin."""
    return _forms().twins[{"N.": "North", "S.": "South"}.get(side, side), name]


def _share_units(batch: Batch, candidates: Candidates) -> None:
    """Give a plural unit word, before or behind a list, to every place of the list."""
    text = batch.text
    may_end = (batch.codes[candidates.ends] == ord(" ")) & np.isin(batch.codes[candidates.ends + 1], _PLURAL_LETTERS)
    may_open = batch.are_after(candidates.starts, (" of ", "\n"))
    for row in np.flatnonzero(may_end | may_open)[::-1].tolist():
        start, end = int(candidates.starts[row]), int(candidates.ends[row])
        plural = _PLURAL.match(text, end)
        if plural:
            _mark_list(batch, candidates, row, step=-1)
            candidates.ends[row] = plural.end()
        if not text.endswith(_UNIT_OF_ENDS, 0, start):
            continue
        opened = _UNIT_OF.search(text[max(candidates.ends[row - 1] if row else 0, start - 20, 0) : start])
        if opened:
            _mark_list(batch, candidates, row, step=1)
            if opened.group()[:-4].lower() in ("city", "province", "county", "district", "municipality"):
                candidates.starts[row] = start - len(opened.group())


def _halves_of_twins(batch: Batch, candidates: Candidates) -> Candidates:
    """The word "North" before "and South Phyongan", which is proven by it, is North Phyongan."""
    may_follow = batch.are_after(candidates.starts, _TWIN_ENDS)
    found = []
    for row in np.flatnonzero(may_follow & _forms().are_halves[candidates.forms]).tolist():
        later = int(candidates.starts[row])
        twin = _TWIN_BEFORE.search(batch.text[max(0, later - 10) : later])
        if twin:
            start = later - len(twin.group())
            form = _twin_form(twin.group(1), _forms().halves[candidates.forms[row]])
            found.append((batch.index_at(start), start, start + len(twin.group(1)), form))
            candidates.has_unit[row] = True
    return _candidates_of(found, has_unit=True, rule=_LIST_RULE)


def _mark_list(batch: Batch, candidates: Candidates, row: int, step: int) -> None:
    """Walk along a list from one place, as long as only commas and "and" stand between."""
    while True:
        candidates.has_unit[row] = True
        if candidates.rules[row] == _BARE:
            candidates.rules[row] = _LIST_RULE
        other = row + step
        if not 0 <= other < len(candidates.words):
            return
        left, right = sorted((row, other))
        if not _LIST_GAP.fullmatch(batch.text, int(candidates.ends[left]), int(candidates.starts[right])):
            return
        if candidates.rules[other] != _BARE:
            return
        row = other


def _are_landscape(batch: Batch, candidates: Candidates, last: Integers) -> NDArray[np.bool_]:
    """Mountains, rivers and the like are no places; `last` are the last words of the names."""
    are_landscape: NDArray[np.bool_] = (batch.classes[last + 1] & LANDSCAPE_WORD > 0) & batch.are_joined[last]
    may_follow = batch.classes[candidates.words - 1] & LANDSCAPE_OPENING > 0
    for row in np.flatnonzero(may_follow & ~are_landscape).tolist():
        start = int(candidates.starts[row])
        are_landscape[row] = _LANDSCAPE_BEFORE.search(batch.text[max(0, start - 8) : start]) is not None
    return are_landscape


def _are_safe(batch: Batch, candidates: Candidates, rows: Integers, last: Integers) -> NDArray[np.bool_]:
    """Whether the bare names in these rows, which do not always count, may be believed."""
    sections = batch.word_sections[candidates.words]
    is_near = candidates.has_unit & np.isin(sections, sections[rows])
    proven = zip(sections[is_near].tolist(), candidates.forms[is_near].tolist(), strict=True)
    evident = {(section, id_) for section, form in proven for id_ in _forms().forms[form].place_ids}
    safe = [
        _is_safe(batch, candidates, row, evident, word)
        for row, word in zip(rows.tolist(), last[rows].tolist(), strict=True)
    ]
    return np.array(safe, np.bool_)


def _is_safe(batch: Batch, candidates: Candidates, row: int, evident: set[tuple[int, str]], last: int) -> bool:
    form, section = candidates.form(row), batch.sections[candidates.words[row]]
    if form.bare == lexicon.NEVER:
        return False
    if any((section, id_) in evident for id_ in form.place_ids):
        return True
    if form.bare == lexicon.IN_THE_NORTH:
        return not batch.is_about_the_south(section)
    if batch.joined[last] and not batch.is_title(last):
        return True
    start = int(candidates.starts[row])
    may_follow = batch.text.endswith(_PREPOSITION_ENDS, 0, start)
    return may_follow and bool(_PREPOSITION.search(batch.text[max(0, start - 10) : start]))


def _open_names(batch: Batch, places: Candidates, last: Integers) -> NDArray[np.bool_]:
    """In a body, a capitalised word directly behind a place makes it part of a longer proper name."""
    following = batch.codes[places.ends]
    goes_on = (following == ord(" ")) & batch.are_joined[last] & (places.rules != _LIST_RULE) & batch.is_in_body[last]
    is_free = ~batch.are_taken(batch.word_starts[last + 1])
    opens: NDArray[np.bool_] = goes_on & is_free & (batch.classes[last + 1] & (DAY_WORD | RANK) == 0)
    second = batch.codes[places.ends + 1]
    may_share = (following == ord(" ")) & (second >= ord("a")) & (second <= ord("z"))
    may_share |= (following == ord(",")) & (second == ord(" "))
    ends = places.ends.tolist()
    for row in np.flatnonzero(may_share & (places.rules == _BARE) & ~opens).tolist():
        opens[row] = _SMALL_INSTITUTION.match(batch.text, ends[row]) is not None
    return opens


def _place_ids(batch: Batch, places: Candidates) -> list[str]:
    """The places that are meant."""
    keys = _forms().keys[places.forms]
    for row in np.flatnonzero(keys == "").tolist():
        keys[row] = _place_id(batch, places, row)
    found: list[str] = keys.tolist()
    return found


def _place_id(batch: Batch, places: Candidates, row: int) -> str:
    """Which of several places with one name is meant."""
    ids = places.form(row).place_ids
    start, end = int(places.starts[row]), int(places.ends[row])
    if set(ids) == set(_UNSAN):
        return _which_unsan(batch, batch.sections[places.words[row]], start, end)
    kind = lexicon.UNITS.get(batch.text[start:end].rsplit(" ", 1)[-1].title())
    same = [id_ for id_ in ids if lexicon.places()[id_].kind == kind]
    return (same or sorted(ids))[0]


def _which_unsan(batch: Batch, section: int, start: int, end: int) -> str:
    """There are two Unsan counties: the nearest Phyongan, looked for behind the name first, decides."""
    found = _PHYONGAN.search(batch.text, end, min(end + 200, batch.stops[section]))
    if found is None:
        earlier = list(_PHYONGAN.finditer(batch.text, max(batch.begins[section], start - 400), start))
        found = earlier[-1] if earlier else None
    return _UNSAN[0] if found is not None and found.group().startswith("S") else _UNSAN[1]


def add_held_back(batch: Batch, held_back: Candidates, spans: dict[int, int]) -> None:
    """Add the unsafe names that stand inside an organisation's name, those of persons and plain words excepted.

    Args:
        batch: the texts.
        held_back: the unsafe names.
        spans: where organisations end, by their start.
    """
    starts = np.array(sorted(spans), np.int64)
    reached = np.array([0, *accumulate((spans[start] for start in starts.tolist()), max)])
    is_inside = held_back.ends < reached[np.searchsorted(starts, held_back.starts, side="right")]
    inside = held_back.at(is_inside)
    ids = _place_ids(batch, inside)
    for row, (start, end) in enumerate(zip(inside.starts.tolist(), inside.ends.tolist(), strict=True)):
        if _may_be_in_name(inside.form(row)) and batch.is_free(start, end):
            batch.add("place", ids[row], start, end, "place_in_name", "in_org_name")


def _may_be_in_name(form: lexicon.Form) -> bool:
    place = lexicon.places()[form.place_ids[0]]
    return place.ambiguity not in (_PERSON_NAMED, "common word") and not lexicon.is_never_bare(form.text)
