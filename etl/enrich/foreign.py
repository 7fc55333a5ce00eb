"""Foreign persons: a rank before the name or a role behind it; then the same name, or its family name alone, again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from etl.enrich import lexicon
from etl.enrich.text import Mention, Section, slug
from etl.enrich.vocabulary import (
    COMMON,
    INSTITUTIONS,
    LANDSCAPE,
    MONTHS,
    NAMED_BY,
    RANKS,
    THINGS,
    WEEKDAYS,
    words,
)

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
_PARTICLE = re.compile(r" (?:bin|ibn|de|da|dos|del|van|von|der|la|el|al) | al-|-al-|-|")
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
_BLOCKED = COMMON | RANKS | INSTITUTIONS | LANDSCAPE | THINGS | MONTHS.keys() | WEEKDAYS.keys()
_LONGEST = 8


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
    _find_again(body, found)
    _find_again(title, found)


def _runs(section: Section) -> list[Run]:
    """Maximal runs of free capitalised words."""
    runs: list[Run] = []
    first = None
    for index in range(section.index_at(section.body_start), len(section.words)):
        word = section.words[index]
        if section.taken[word.start]:
            first = None
            continue
        first = index if first is None else first
        goes_on = section.joined(index) or _is_particle(section.gap(index)) or _is_initial(section, index)
        if not goes_on or index + 1 == len(section.words) or section.taken[section.words[index + 1].start]:
            runs.append(Run(first, index + 1))
            first = None
    return runs


def _is_initial(section: Section, index: int) -> bool:
    """Whether a word is the initial of a name ("N. Name"), not the end of an abbreviation ("U.S. Name")."""
    word = section.words[index]
    if len(word.form) != 1 or section.gap(index) != ". ":
        return False
    return section.text[word.start - 1 : word.start] == " "


def _is_particle(gap: str) -> bool:
    return len(gap) < 6 and bool(_PARTICLE.fullmatch(gap))


def _named_run(section: Section, run: Run, previous: Run | None) -> Run | None:
    """The part of a run that is a person's name, if there is evidence for one."""
    name = _strip_ranks(section, run)
    if name.stop <= name.first or name.stop - name.first > _LONGEST or not _is_namelike(section, name):
        return None
    has_rank = name.first > run.first and section.form(name.first - 1) in NAMED_BY
    if name.stop - name.first == 1:
        return None
    start, end = section.words[name.first].start, section.words[name.stop - 1].end
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
        form = section.form(first)
        if form not in RANKS and form not in adjectives and form not in COMMON and form != "Traitor":
            break
        first += 1
    return Run(first, run.stop)


def _is_namelike(section: Section, run: Run) -> bool:
    for index in range(run.first, run.stop):
        form = section.form(index)
        if _is_initial(section, index):
            continue
        if form in _BLOCKED or form in lexicon.country_words() or form in lexicon.place_forms():
            return False
        if len(form) < 2 or (form.isupper() and len(form) > 2):
            return False
    return True


def _is_ministry(section: Section, run: Run) -> bool:
    """Whether a run opens with the field of a minister ("Vice-Minister of Defence X Y")."""
    start = section.words[run.first].start
    return bool(re.search(r"[Mm]inister of (?:the )?$", section.text[max(0, start - 24) : start]))


def _is_chinese(section: Section, name: Run, start: int, end: int) -> bool:
    """A Chinese surname and one given name in pinyin, with nothing capitalised around them."""
    if name.stop - name.first != 2 or section.form(name.first) not in _PINYIN_SURNAMES:
        return False
    if not _PINYIN.fullmatch(section.form(name.first + 1)) or section.gap(name.first) != " ":
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
    between = section.text[section.words[previous.stop - 1].end : section.words[run.first].start]
    return len(between) < 7 and bool(_LIST_GAP.fullmatch(between))


def _keep(section: Section, run: Run, found: dict[str, Known], names: dict[str, str]) -> None:
    start, end = section.words[run.first].start, section.words[run.stop - 1].end
    tokens = section.text[start:end].split()
    # A Vietnamese name is one name of three words; of others the middle names come and go between texts.
    short = " ".join(tokens) if tokens[0] in _VIETNAMESE else f"{tokens[0]} {tokens[-1]}"
    person_id = lexicon.unified_ids().get(slug(short), slug(short))
    name = lexicon.person_names().get(person_id, short)
    names[person_id] = min(names.get(person_id, name), name)
    forms = [section.form(index) for index in range(run.first, run.stop)]
    family = forms[0] if forms[0] in _CHINESE else forms[-1]
    found.setdefault(person_id, Known(family, set())).words.update(forms)
    section.add(Mention("person", person_id, start, end, "foreign_full"))


def _add_known(title: Section, body: Section, found: dict[str, Known], names: dict[str, str]) -> None:
    """Let the fixed persons who are named anywhere in the article be found by their words too."""
    forms = {word.form for section in (title, body) for word in section.words}
    for text, known in lexicon.people().items():
        if text.startswith("Kim ") or text.isupper():
            continue
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
    if not by_last:
        return
    for index in range(section.index_at(section.body_start), len(section.words)):
        word = section.words[index]
        for person_id in by_last.get(word.form, [])[:5]:
            if not section.taken[word.start] and _add_again(section, index, person_id, found[person_id]):
                break


def _add_again(section: Section, index: int, person_id: str, known: Known) -> bool:
    first = last = index
    while (
        first > 0
        and index - first < _LONGEST
        and section.form(first - 1) in known.words
        and _touches(section, first - 1)
    ):
        first -= 1
    while last - index < _LONGEST and section.form(last + 1) in known.words and _touches(section, last):
        last += 1
    alone = first == last
    if alone and (section.form(index) != known.family or not _may_stand_alone(section, index)):
        return False
    start, end = section.words[first].start, section.words[last].end
    if not section.is_free(start, end):
        return False
    section.add(Mention("person", person_id, start, end, "foreign_family" if alone else "foreign_again"))
    return True


def _touches(section: Section, index: int) -> bool:
    return section.joined(index) or _is_particle(section.gap(index))


def _may_stand_alone(section: Section, index: int) -> bool:
    """Whether a family name is no part of a longer name of somebody or something else."""
    if section.form(index) in _BLOCKED:
        return False
    following = section.form(index + 1) if section.joined(index) else ""
    if following in INSTITUTIONS or following in THINGS or following in LANDSCAPE:
        return False
    if section.name == "title":
        return True
    if following:
        return False
    before = section.form(index - 1) if section.joined(index - 1) else ""
    return not before or before in RANKS or before in COMMON or before in lexicon.country_words()
