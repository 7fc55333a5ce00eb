"""Foreign persons: a rank before the name or a role behind it; then the same name, or its family name alone, again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple

from etl.enrich import lexicon
from etl.enrich.persons import identity
from etl.enrich.section import JOINTS, KNOWN, NO_NAME, NO_NAMES, Section
from etl.enrich.text import Mention
from etl.enrich.vocabulary import COMMON, INSTITUTIONS, LANDSCAPE, NAMED_BY, RANKS, THINGS, words

_OFFICE = (
    r"(?:president|chairman|chairwoman|chairperson|minister|premier|secretary|ambassador|director|head|leader|king|"
    r"queen|emir|sultan|chief|member|governor|mayor|professor|commander|representative|envoy|charge d'affaires|editor|"
    r"speaker|rector|dean|manager|coach|deputy|first deputy|advisor|adviser|counsellor|chancellor|attache|spokesman|"
    r"spokesperson|spokeswoman|vice-[a-z]+|secretary-general|prosecutor|chair|coordinator|director-general|co-chairman|"
    r"president-elect|journalist|writer|author|scholar|researcher|expert|analyst|lawyer|doctor|ex-president)"
)
ROLE_AFTER = re.compile(
    r",? ?(?:the |a |an |its |their )?(?:[a-z]+(?:-[a-z]+)? |[A-Z][a-z]+(?:-[A-Z]?[a-z]+)? ){0,3}?" + _OFFICE + r"s?\b",
)
_ROLE_BEFORE = re.compile(rf"\b{_OFFICE} $")
_PASSIVE_BEFORE = re.compile(
    r"\b(?:death of|bier of|memory of|demise of|photo of|portrait of|led by|headed by|demise of the late) "
    r"(?:the late )?(?:Comrade )?$"
)
_ON_HIS = re.compile(r" (?:up)?on (?:his|her) (?:election|re-?election|appointment|birthday|assumption|inauguration)")
_PARTICLES = words("bin ibn de da dos del van von der la el al")
_LINKS = JOINTS.union((f" {particle} " for particle in _PARTICLES), (" al-", "-al-", "-", ""))
"""What may stand between two words of a foreign name."""
_LIST_GAP = re.compile(r", |,? and ")

_VIETNAMESE = words("Nguyen Tran Le Pham Hoang Huynh Phan Vu Vo Dang Bui Do Ho Ngo Duong Ly Truong To Dinh Luong")
_CHINESE = words(
    """
    Xi Li Wang Zhang Liu Chen Yang Zhao Huang Zhou Wu Xu Sun Hu Zhu Gao Lin He Guo Ma Luo Liang Song Zheng Xie
    Tang Feng Deng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lu Ding Ren Yao Cui
    Qian Sai Shen Nguyen Tran Le Pham Vo Dang Bui Luong To Phan
    """
)
# Those of them that are no English words, and some that Vietnam does not know.
_PINYIN_SURNAMES = (
    _CHINESE
    - {"He", "Song", "Sun", "Pan", "Ma", "To", "Le", "Ding", "Long", "Sai", "Gao", "Ren", "Phan", "Tran", "Pham"}
) | {"Jin", "Jia", "Qiu", "Gui", "Luan", "Piao", "Sai", "Gao", "Shi", "Fan", "Fu", "Hao", "Qin", "Quan", "Cong"}
_PINYIN = re.compile(
    r"[A-Z](?:h?(?:[aeiou]{1,3}(?:ng?|r)?)(?:(?:[bpmfdtnlgkhjqxzcsrwy]|[zcs]h)[aeiou]{1,3}(?:ng?|r)?)?)"
)
_LONGEST = 8
_TWO_WORDS = bytes(2)


@dataclass(slots=True)
class Known:
    """The words that a person's forms are made of, and the one that may stand alone."""

    family: str
    words: set[str]


class Run(NamedTuple):
    """Capitalised words that stand together, as a half-open range of word indexes."""

    first: int
    stop: int


def find_foreign(title: Section, body: Section, names: dict[str, str]) -> None:
    """Add foreign persons of an article; `names` collects the canonical name of each new key."""
    found: dict[str, Known] = {}
    previous: Run | None = None
    for run in _runs(body):
        named = _named_run(body, run, previous)
        if named is not None:
            _keep(body, named, found, names)
            previous = named
    _add_known(title, body, found, names)
    if found:
        _find_again(body, found)
        _find_again(title, found)


def _runs(section: Section) -> Iterator[Run]:
    """Maximal runs of free capitalised words, those left out in which no two neighbours can be words of a name."""
    starts, taken = section.starts, section.taken
    no_name = section.only(NO_NAME)
    index = no_name.find(_TWO_WORDS, section.begin)
    while index >= 0:
        if taken[starts[index]] or not _goes_on(section, index):
            index = no_name.find(_TWO_WORDS, index + 1)
            continue
        first, stop = index, index + 2
        while first > section.begin and not taken[starts[first - 1]] and _goes_on(section, first - 1):
            first -= 1
        while _goes_on(section, stop - 1):
            stop += 1
        yield Run(first, stop)
        index = no_name.find(_TWO_WORDS, stop)


def _goes_on(section: Section, index: int) -> bool:
    """Whether the next word is free and stands together with this one."""
    if section.gaps[index] not in _LINKS and (len(section.forms[index]) > 1 or not _is_initial(section, index)):
        return False
    return not section.taken[section.starts[index + 1]]


def _is_initial(section: Section, index: int) -> bool:
    """Whether a word is the initial of a name ("N. Name"), not the end of an abbreviation ("U.S. Name")."""
    if len(section.forms[index]) != 1 or section.gaps[index] != ". ":
        return False
    start = section.starts[index]
    return section.text[start - 1 : start] == " "


def _named_run(section: Section, run: Run, previous: Run | None) -> Run | None:
    """The part of a run that is a person's name, if there is evidence for one."""
    name = _strip_ranks(section, run)
    if name.stop <= name.first or name.stop - name.first > _LONGEST or not _is_namelike(section, name):
        return None
    has_rank = name.first > run.first and section.forms[name.first - 1] in NAMED_BY
    if name.stop - name.first == 1:
        return None
    start, end = section.starts[name.first], section.ends[name.stop - 1]
    has_rank = has_rank or (name.first > run.first and _is_ministry(section, run))
    if (
        has_rank
        or _is_chinese(section, name, start, end)
        or _has_role(section, start, end)
        or _continues_list(section, previous, run)
    ):
        return name
    return None


def _strip_ranks(section: Section, run: Run) -> Run:
    """Leave out ranks, nationalities and opening words before a name."""
    first = run.first
    adjectives = lexicon.country_words()
    while first < run.stop:
        form = section.forms[first]
        if form not in RANKS and form not in adjectives and form not in COMMON and form != "Traitor":
            break
        first += 1
    return Run(first, run.stop)


def _is_namelike(section: Section, run: Run) -> bool:
    for index in range(run.first, run.stop):
        if _is_initial(section, index):
            continue
        form = section.forms[index]
        if form in NO_NAMES or form in lexicon.country_words() or form in lexicon.place_forms():
            return False
        if len(form) < 2 or (form.isupper() and len(form) > 2):
            return False
    return True


def _is_ministry(section: Section, run: Run) -> bool:
    """Whether a run opens with the field of a minister ("Vice-Minister of Defence X Y")."""
    start = section.starts[run.first]
    return bool(re.search(r"[Mm]inister of (?:the )?$", section.text[max(0, start - 24) : start]))


def _is_chinese(section: Section, name: Run, start: int, end: int) -> bool:
    """A Chinese surname and one given name in pinyin, with nothing capitalised around them."""
    if name.stop - name.first != 2 or section.forms[name.first] not in _PINYIN_SURNAMES:
        return False
    if not _PINYIN.fullmatch(section.forms[name.first + 1]) or section.gaps[name.first] != " ":
        return False
    before = section.text[max(0, start - 4) : start]
    return before.endswith((", ", "and ", " ")) and section.text[end : end + 2] in (
        ", ",
        " a",
        "'s",
        " o",
        " w",
        ".",
        ".\n",
    )


def _has_role(section: Section, start: int, end: int) -> bool:
    text = section.text
    before = text[max(0, start - 40) : start]
    if text.startswith(", ", end) and ROLE_AFTER.match(text, end, end + 90):
        return True
    if _ON_HIS.match(text, end) or _PASSIVE_BEFORE.search(before):
        return True
    return bool(_ROLE_BEFORE.search(before))


def _continues_list(section: Section, previous: Run | None, run: Run) -> bool:
    """Whether a run follows a person in a list of names."""
    if previous is None or run.stop - run.first > 4:
        return False
    between = section.text[section.ends[previous.stop - 1] : section.starts[run.first]]
    return len(between) < 7 and bool(_LIST_GAP.fullmatch(between))


def _keep(section: Section, run: Run, found: dict[str, Known], names: dict[str, str]) -> None:
    start, end = section.starts[run.first], section.ends[run.stop - 1]
    tokens = section.text[start:end].split()
    # A Vietnamese name is one name of three words; of others the middle names come and go between texts.
    short = " ".join(tokens) if tokens[0] in _VIETNAMESE else f"{tokens[0]} {tokens[-1]}"
    person_id, name = identity(short)
    names[person_id] = min(names.get(person_id, name), name)
    forms = section.forms[run.first : run.stop]
    family = forms[0] if forms[0] in _CHINESE else forms[-1]
    found.setdefault(person_id, Known(family, set())).words.update(forms)
    section.add(Mention("person", person_id, start, end, "foreign_full"))


def _add_known(title: Section, body: Section, found: dict[str, Known], names: dict[str, str]) -> None:
    """Let the fixed persons who are named anywhere in the article be found by their words too."""
    called = {
        word for section in (title, body) if section.has(KNOWN) for word in compress(section.forms, section.only(KNOWN))
    }
    if not called:
        return
    forms = {*title.forms, *body.forms}
    people = list(lexicon.people().items())
    for rank in sorted({rank for word in called for rank in lexicon.people_by_word()[word]}):
        text, known = people[rank]
        family = next((one for one in known.families if one in forms), "")
        if family or all(token in forms for token in text.split()):
            found.setdefault(known.person_id, Known(family, set())).words.update((*text.split(), family))
            names[known.person_id] = known.name


def _find_again(section: Section, found: dict[str, Known]) -> None:
    """Add every later form of the persons found: the whole name, parts of it, the family name alone."""
    by_last: dict[str, list[str]] = {}
    for person_id, known in found.items():
        for form in known.words:
            by_last.setdefault(form, []).append(person_id)
    for index in range(section.begin, section.count):
        for person_id in by_last.get(section.forms[index], [])[:5]:
            if not section.taken[section.starts[index]] and _add_again(section, index, person_id, found[person_id]):
                break


def _add_again(section: Section, index: int, person_id: str, known: Known) -> bool:
    forms = section.forms
    first = last = index
    while (
        first > 0 and index - first < _LONGEST and forms[first - 1] in known.words and section.gaps[first - 1] in _LINKS
    ):
        first -= 1
    while last - index < _LONGEST and forms[last + 1] in known.words and section.gaps[last] in _LINKS:
        last += 1
    alone = first == last
    if alone and (forms[index] != known.family or not _may_stand_alone(section, index)):
        return False
    start, end = section.starts[first], section.ends[last]
    if not section.is_free(start, end):
        return False
    section.add(Mention("person", person_id, start, end, "foreign_family" if alone else "foreign_again"))
    return True


def _may_stand_alone(section: Section, index: int) -> bool:
    """Whether a family name is no part of a longer name of somebody or something else."""
    if section.forms[index] in NO_NAMES:
        return False
    following = section.forms[index + 1] if section.joined(index) else ""
    if following in INSTITUTIONS or following in THINGS or following in LANDSCAPE:
        return False
    if section.name == "title":
        return True
    if following:
        return False
    before = section.forms[index - 1] if section.joined(index - 1) else ""
    return not before or before in RANKS or before in COMMON or before in lexicon.country_words()
