"""The first looks that spare the finders work: they may leave out nothing that the careful rules would find."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.enrich import companions, foreign, leader, lexicon, persons, places, topics
from etl.enrich.section import INSTITUTION, KNOWN, NO_NAME, PHRASE, PLACE, SURNAME, Section
from etl.enrich.text import FOLDED, fold
from etl.enrich.vocabulary import INSTITUTIONS
from tests.enrich.reading import DATELINE, named

# What a capitalised word is, as plainly as it can be said; `WORD` says it so that it is found fast.
PLAIN_WORD = re.compile(
    r"[A-Z]+(?![a-z\u00c0-\u024f])|[A-Z\u00c0-\u00de\u0100-\u024f][a-z\u00df-\u024f]*(?:'(?!s\b)[a-z]+)*"
)
PIECES = ("Kim", "KIM", "DPRK", "U.S.", "Party's", "Party'll", "O'Neil", "Élan", "Ā", "ß", "ǅ", "'s", "조선", "x", " ")
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=15).map("".join)


@given(st.text(st.sampled_from([*FOLDED, "a", "'", "é", "조", "\n"])))
def test_folding_replaces_character_by_character(text):
    assert fold(text) == "".join(FOLDED.get(character, character) for character in text)


@settings(max_examples=300)
@given(texts, st.booleans())
def test_words_and_gaps_make_up_the_text(text, has_dateline):
    section = Section("body", DATELINE + text if has_dateline else text)
    words = [(found.start(), found.end(), found.group()) for found in PLAIN_WORD.finditer(section.text)]
    spans = zip(section.starts, section.ends, section.forms, strict=False)
    assert list(spans) == words
    assert section.count == len(words)
    gaps = [section.text[left[1] : right[0]] for left, right in pairwise(words)]
    assert section.gaps[: len(gaps)] == gaps
    assert (section.gaps[-1], section.forms[-1]) == (".", "")
    assert section.begin == sum(start < section.body_start for start, _, _ in words)


@pytest.mark.parametrize(
    ("mark", "forms"),
    [
        (SURNAME, [*lexicon.surnames(), *(surname.upper() for surname in lexicon.surnames())]),
        (
            PLACE,
            [form.text for by_rest in lexicon.place_forms().values() for some in by_rest.values() for form in some],
        ),
        (PLACE, lexicon.TWINS),
        (PHRASE, [one.text for by_rest in lexicon.phrases().values() for some in by_rest.values() for one in some]),
        (INSTITUTION, INSTITUTIONS),
        (KNOWN, [name for name in lexicon.people() if not name.startswith(("Kim", "KIM", "V."))]),
    ],
)
def test_whatever_can_start_something_is_marked(mark, forms):
    assert [form for form in forms if 0 not in Section("title", form).indexes(mark)] == []


@pytest.mark.parametrize("table", [lexicon.place_forms(), lexicon.phrases()])
def test_a_form_is_under_what_follows_its_first_word(table):
    for first, by_rest in table.items():
        for form in {form for some in by_rest.values() for form in some}:
            rest = form.text[form.before + len(first) :][: lexicon.REST]
            keys = {key for key, some in by_rest.items() if form in some}
            assert keys == ({rest} if len(rest) == lexicon.REST else set(by_rest))


@pytest.mark.parametrize(
    ("pattern", "ends"),
    [
        (places._UNIT_OF, places._UNIT_OF_ENDS),
        (places._TWIN_BEFORE, places._TWIN_ENDS),
        (places._TWIN_LATER, places._LIST_ENDS),
        (places._LANDSCAPE_BEFORE, places._LANDSCAPE_ENDS),
        (persons._AFTER_AWARD, persons._AWARD_ENDS),
    ],
)
def test_what_a_pattern_fits_ends_as_expected(pattern, ends):
    @given(st.from_regex(pattern))
    def check(text):
        assert text.endswith(ends)

    check()


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        (companions._OPENING, companions._OPENING_WORDS),
        (leader._SHOWN, leader._SHOWING),
        (leader._TOOK_PLACE, leader._TAKING_PLACE),
    ],
)
def test_what_a_pattern_fits_holds_one_of_its_words(pattern, parts):
    @settings(max_examples=300)
    @given(st.from_regex(pattern))
    def check(text):
        assert any(part in text for part in parts)

    check()


@given(st.from_regex(companions._RANK_BEFORE, fullmatch=True))
def test_a_rank_is_no_longer_than_what_is_looked_at(text):
    assert len(text) <= companions._LONGEST_RANK


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            (
                "Ivan ",
                "Sidorov ",
                "J. ",
                "A. ",
                "President ",
                "The ",
                "al-",
                "bin ",
                "Kim Jong Un ",
                ", ",
                ". ",
                "Xi",
                "\n",
            )
        ),
        max_size=20,
    ).map("".join)
)
def test_runs_left_out_hold_no_two_words_of_a_name(text):
    section = Section("body", text)
    persons.find_korean(section, {})
    found = list(foreign._runs(section))
    for index in range(section.count - 1):
        is_free = not section.taken[section.starts[index]]
        is_pair = is_free and foreign._goes_on(section, index)
        is_name = not (section.marks[index] | section.marks[index + 1]) & NO_NAME
        covering = [run for run in found if run.first <= index and index + 1 < run.stop]
        assert len(covering) <= 1
        if is_pair and is_name:
            assert covering
    for run in found:
        before, after = run.first - 1, run.stop - 1
        assert run.first == 0 or section.taken[section.starts[before]] or not foreign._goes_on(section, before)
        assert not foreign._goes_on(section, after)


def test_hits_in_the_rest_of_a_text_are_never_enough_alone():
    assert sum(weight.points * weight.most for weight in topics.WEIGHTS if weight.part == topics.LATE) < topics.NEEDED


def test_a_family_name_in_capitals_may_stand_alone():
    assert named("RI SONG RYONG came. RI went.", "person") == [
        ("ri-song-ryong", "RI SONG RYONG"),
        ("ri-song-ryong", "RI"),
    ]
