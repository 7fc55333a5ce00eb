"""Foreign persons: a rank before the name or a role behind it; then the same name, or its family name alone, again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np

from etl.enrich import lexicon
from etl.enrich.batch import JOINTS, KNOWN, NO_NAMES, Batch
from etl.enrich.persons import identity
from etl.enrich.tokens import Integers
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
_LONGEST_LIST_GAP = 7

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
_MOST_PERSONS = 5
"""Persons of an article who may be meant by one word."""
_LONGEST_LINK = max(map(len, _LINKS))


@dataclass(slots=True)
class Known:
    """The words that a person's forms are made of, and the one that may stand alone."""

    family: str
    words: set[str]


class Run(NamedTuple):
    """Capitalised words that stand together, as a half-open range of word indexes."""

    first: int
    stop: int


def find_foreign(batch: Batch, names: dict[str, str]) -> None:
    """Add the foreign persons of every article; `names` collects the canonical name of each new key."""
    found: dict[int, dict[str, Known]] = defaultdict(dict)
    previous: Run | None = None
    for run in _runs(batch):
        named = _named_run(batch, run, previous)
        if named is not None:
            _keep(batch, named, found[batch.sections[named.first] // 2], names)
            previous = named
    _add_known(batch, found, names)
    _find_again(batch, found)


def _runs(batch: Batch) -> Iterator[Run]:
    """Maximal runs of free capitalised words in bodies, those left out in which no two neighbours can be of a name."""
    starts, taken = batch.starts, batch.taken
    reached = 0
    for index in batch.pairs(_LONGEST_LINK):
        if index < reached or taken[starts[index]] or not _goes_on(batch, index):
            continue
        first, reached = index, index + 2
        while not taken[starts[first - 1]] and _goes_on(batch, first - 1):
            first -= 1
        while _goes_on(batch, reached - 1):
            reached += 1
        yield Run(first, reached)


def _goes_on(batch: Batch, index: int) -> bool:
    """Whether the next word is free and stands together with this one."""
    if batch.gap(index) not in _LINKS and not _is_initial(batch, index):
        return False
    return not batch.taken[batch.starts[index + 1]]


def _is_initial(batch: Batch, index: int) -> bool:
    """Whether a word is the initial of a name ("N. Name"), not the end of an abbreviation ("U.S. Name")."""
    if len(batch.forms[index]) != 1 or batch.gap(index) != ". ":
        return False
    return batch.text[batch.starts[index] - 1] == " "


def _named_run(batch: Batch, run: Run, previous: Run | None) -> Run | None:
    """The part of a run that is a person's name, if there is evidence for one."""
    name = _strip_ranks(batch, run)
    if name.stop <= name.first or name.stop - name.first > _LONGEST or not _is_namelike(batch, name):
        return None
    has_rank = name.first > run.first and batch.forms[name.first - 1] in NAMED_BY
    if name.stop - name.first == 1:
        return None
    start, end = batch.starts[name.first], batch.ends[name.stop - 1]
    has_rank = has_rank or (name.first > run.first and _is_ministry(batch, run))
    if (
        has_rank
        or _is_chinese(batch, name, start, end)
        or _has_role(batch, start, end)
        or _continues_list(batch, previous, run)
    ):
        return name
    return None


def _strip_ranks(batch: Batch, run: Run) -> Run:
    """Leave out ranks, nationalities and opening words before a name."""
    first = run.first
    adjectives = lexicon.country_words()
    while first < run.stop:
        form = batch.forms[first]
        if form not in RANKS and form not in adjectives and form not in COMMON and form != "Traitor":
            break
        first += 1
    return Run(first, run.stop)


def _is_namelike(batch: Batch, run: Run) -> bool:
    for index in range(run.first, run.stop):
        if _is_initial(batch, index):
            continue
        form = batch.forms[index]
        if form in NO_NAMES or form in lexicon.country_words() or form in lexicon.place_forms():
            return False
        if len(form) < 2 or (form.isupper() and len(form) > 2):
            return False
    return True


def _is_ministry(batch: Batch, run: Run) -> bool:
    """Whether a run opens with the field of a minister ("Vice-Minister of Defence X Y")."""
    start = batch.starts[run.first]
    return bool(re.search(r"[Mm]inister of (?:the )?$", batch.text[max(0, start - 24) : start]))


def _is_chinese(batch: Batch, name: Run, start: int, end: int) -> bool:
    """A Chinese surname and one given name in pinyin, with nothing capitalised around them."""
    if name.stop - name.first != 2 or batch.forms[name.first] not in _PINYIN_SURNAMES:
        return False
    if not _PINYIN.fullmatch(batch.forms[name.first + 1]) or batch.gap(name.first) != " ":
        return False
    if batch.text[start - 1] != " ":
        return False
    stop = batch.stops[batch.sections[name.first]]
    return batch.text[end : min(end + 2, stop)] in (", ", " a", "'s", " o", " w", ".", ".\n")


def _has_role(batch: Batch, start: int, end: int) -> bool:
    text = batch.text
    before = text[max(0, start - 40) : start]
    if text.startswith(", ", end) and ROLE_AFTER.match(text, end, end + 90):
        return True
    if _ON_HIS.match(text, end) or _PASSIVE_BEFORE.search(before):
        return True
    return bool(_ROLE_BEFORE.search(before))


def _continues_list(batch: Batch, previous: Run | None, run: Run) -> bool:
    """Whether a run follows a person in a list of names."""
    if previous is None or run.stop - run.first > 4:
        return False
    end, start = batch.ends[previous.stop - 1], batch.starts[run.first]
    return start - end < _LONGEST_LIST_GAP and bool(_LIST_GAP.fullmatch(batch.text, end, start))


def _keep(batch: Batch, run: Run, found: dict[str, Known], names: dict[str, str]) -> None:
    start, end = batch.starts[run.first], batch.ends[run.stop - 1]
    tokens = batch.text[start:end].split()
    # A Vietnamese name is one name of three words; of others the middle names come and go between texts.
    short = " ".join(tokens) if tokens[0] in _VIETNAMESE else f"{tokens[0]} {tokens[-1]}"
    person_id, name = identity(short)
    names[person_id] = min(names.get(person_id, name), name)
    forms = batch.forms[run.first : run.stop]
    family = forms[0] if forms[0] in _CHINESE else forms[-1]
    found.setdefault(person_id, Known(family, set())).words.update(forms)
    batch.add("person", person_id, start, end, "foreign_full")


def _add_known(batch: Batch, found: dict[int, dict[str, Known]], names: dict[str, str]) -> None:
    """Let the fixed persons who are named anywhere in an article be found by their words too."""
    called: dict[int, set[int]] = defaultdict(set)
    for index in batch.indexes(KNOWN).tolist():
        called[batch.sections[index] // 2].update(lexicon.people_by_word()[batch.forms[index]])
    people = list(lexicon.people().items())
    for article, ranks in called.items():
        first, stop = batch.first_words[2 * article], batch.first_words[2 * article + 2]
        forms = set(batch.forms[first:stop])
        for rank in sorted(ranks):
            text, known = people[rank]
            family = next((one for one in known.families if one in forms), "")
            if family or all(token in forms for token in text.split()):
                person = found[article].setdefault(known.person_id, Known(family, set()))
                person.words.update((*text.split(), family))
                names[known.person_id] = known.name


def _find_again(batch: Batch, found: dict[int, dict[str, Known]]) -> None:
    """Add every later form of the persons found: the whole name, parts of it, the family name alone."""
    by_word = {article: _by_word(persons) for article, persons in found.items()}
    for index in _words_to_find_again(batch, by_word).tolist():
        article = batch.sections[index] // 2
        for person_id in by_word[article].get(batch.forms[index], ())[:_MOST_PERSONS]:
            if batch.taken[batch.starts[index]] or _add_again(batch, index, person_id, found[article][person_id]):
                break


def _by_word(persons: dict[str, Known]) -> dict[str, list[str]]:
    """The persons of an article by the words that their forms are made of."""
    by_word: dict[str, list[str]] = {}
    for person_id, known in persons.items():
        for form in known.words:
            by_word.setdefault(form, []).append(person_id)
    by_word.pop("", None)
    return by_word


def _words_to_find_again(batch: Batch, by_word: dict[int, dict[str, list[str]]]) -> Integers:
    """The free words behind datelines that persons of any article have, in the articles with persons."""
    wanted = set(chain.from_iterable(by_word.values()))
    is_wanted = np.array([form in wanted for form in batch.distinct_forms])
    has_persons = np.zeros(len(batch.begins) // 2 + 1, np.bool_)  # the last one stands for what is in no article
    has_persons[[*by_word]] = True
    words = np.flatnonzero(is_wanted[batch.numbers])
    words = words[has_persons[batch.word_sections[words] // 2] & ~batch.are_in_dateline[words]]
    return words[~batch.are_taken(batch.word_starts[words])]


def _add_again(batch: Batch, index: int, person_id: str, known: Known) -> bool:
    forms = batch.forms
    first = last = index
    while index - first < _LONGEST and forms[first - 1] in known.words and batch.gap(first - 1) in _LINKS:
        first -= 1
    while last - index < _LONGEST and forms[last + 1] in known.words and batch.gap(last) in _LINKS:
        last += 1
    alone = first == last
    if alone and (forms[index] != known.family or not _may_stand_alone(batch, index)):
        return False
    start, end = batch.starts[first], batch.ends[last]
    if not batch.is_free(start, end):
        return False
    batch.add("person", person_id, start, end, "foreign_family" if alone else "foreign_again")
    return True


def _may_stand_alone(batch: Batch, index: int) -> bool:
    """Whether a family name is no part of a longer name of somebody or something else."""
    if batch.forms[index] in NO_NAMES:
        return False
    following = batch.forms[index + 1] if batch.joined[index] else ""
    if following in INSTITUTIONS or following in THINGS or following in LANDSCAPE:
        return False
    if batch.is_title(index):
        return True
    if following:
        return False
    before = batch.forms[index - 1] if batch.joined[index - 1] else ""
    return not before or before in RANKS or before in COMMON or before in lexicon.country_words()
