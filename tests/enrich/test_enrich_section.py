"""The first looks that spare the finders work: they may leave out nothing that the careful rules would find."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.enrich import batch as batch_module
from etl.enrich import companions, foreign, leader, lexicon, mentions, organizations, persons, places, tokens, topics
from etl.enrich.batch import (
    _EMPTY_WORDS,
    INSTITUTION,
    JOINTS,
    KNOWN,
    LANDSCAPE_OPENING,
    NO_NAME,
    PHRASE,
    PLACE,
    SURNAME,
    TWIN,
    Batch,
)
from etl.enrich.forms import FormFinder
from etl.enrich.spans import first_ones
from etl.enrich.text import FOLDED, WORD, fold
from etl.enrich.vocabulary import INSTITUTIONS, MONTHS
from tests.enrich.reading import DATELINE, named

PIECES = (
    "Kim",
    "KIM",
    "Democratisa",
    "Democratisation",
    "Internationalistic",
    "Internationalisten",
    "DPRK",
    "ABĀ",
    "À",
    "U.S.",
    "Party's",
    "Party'll",
    "O'Neil",
    "Élan",
    "Ā",
    "ß",
    "ǅ",
    "'s",
    "조선",
    "x",
    " ",
)
NAMED = [
    form.text
    for table in (lexicon.place_forms(), lexicon.phrases())
    for by_rest in table.values()
    for some in by_rest.values()
    for form in some
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=15).map("".join)


@given(st.text(st.sampled_from([*FOLDED, "a", "'", "é", "조", "\n"])))
def test_folding_replaces_character_by_character(text):
    assert fold(text) == "".join(FOLDED.get(character, character) for character in text)


def words_of(batch, section):
    """The words of one section with their spans in it."""
    begin, first, stop = batch.begins[section], batch.first_words[section], batch.first_words[section + 1]
    words = zip(batch.starts[first:stop], batch.ends[first:stop], batch.forms[first:stop], strict=True)
    return [(start - begin, end - begin, form) for start, end, form in words if form]


@settings(max_examples=300)
@given(st.lists(st.tuples(texts, texts, st.booleans()), max_size=3))
def test_words_are_those_of_each_text(articles):
    titles = [title for title, _, _ in articles]
    bodies = [DATELINE + body if has_dateline else body for _, body, has_dateline in articles]
    batch = Batch(titles, bodies)
    for number, text in enumerate(chain.from_iterable(zip(titles, bodies, strict=True))):
        folded, begin = fold(text), batch.begins[number]
        assert batch.text[begin : batch.stops[number]] == folded
        words = [(found.start(), found.end(), found.group()) for found in WORD.finditer(folded)]
        assert words_of(batch, number) == words
        last = batch.first_words[number] + len(words)
        assert batch.forms[last : last + 4] == [""] * 4
        assert batch.forms[batch.first_words[number] - 1] == ""
        for index in range(batch.first_words[number], last):
            assert batch.sections[index] == number
            assert batch.joined[index] == (index + 1 < last and batch.gap(index) in JOINTS)
            is_before = batch.starts[index] < batch.body_starts[number]
            assert not is_before or index not in batch.indexes(SURNAME | PLACE | PHRASE | INSTITUTION)


def test_words_with_the_same_hash_keep_their_forms(monkeypatch):
    monkeypatch.setattr(tokens, "_hashes", lambda first, second: first * 0)
    words = ["Abc", "Acb", "Abc", "Ad", "Internationalistic", "Internationalisten", "Ac", "Acb", "Élan", "Ac"]
    batch = Batch([" ".join(words)], [""])
    assert [form for *_, form in words_of(batch, 0)] == words


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
def test_nothing_joins_the_words_of_two_texts(pieces):
    batch = Batch(pieces, pieces)
    for section in range(len(batch.begins)):
        before, last = batch.first_words[section] - 1, batch.first_words[section + 1] - _EMPTY_WORDS - 1
        for index in {before, last}:
            assert batch.gap(index) not in foreign._LINKS | organizations._ONWARD_JOINTS
            assert not batch.joined[index]


@pytest.mark.parametrize(
    ("mark", "forms"),
    [
        (SURNAME, [*lexicon.surnames(), *(surname.upper() for surname in lexicon.surnames())]),
        (
            PLACE,
            [form.text for by_rest in lexicon.place_forms().values() for some in by_rest.values() for form in some],
        ),
        (TWIN, lexicon.TWINS),
        (PHRASE, [one.text for by_rest in lexicon.phrases().values() for some in by_rest.values() for one in some]),
        (INSTITUTION, INSTITUTIONS),
        (KNOWN, [name for name in lexicon.people() if not name.startswith(("Kim", "KIM", "V."))]),
    ],
)
def test_whatever_can_start_something_is_marked(mark, forms):
    assert [form for form in forms if Batch([form], [""]).first_words[0] not in Batch([form], [""]).indexes(mark)] == []


@pytest.mark.parametrize("table", [lexicon.place_forms(), lexicon.phrases()])
def test_a_form_is_under_what_follows_its_first_word(table):
    for first, by_rest in table.items():
        for form in {form for some in by_rest.values() for form in some}:
            rest = form.text[form.before + len(first) :][: lexicon.REST]
            keys = {key for key, some in by_rest.items() if form in some}
            assert keys == ({rest} if len(rest) == lexicon.REST else set(by_rest))


@settings(max_examples=200)
@given(
    st.sampled_from([(PLACE, lexicon.place_forms), (PHRASE, lexicon.phrases)]),
    st.lists(
        st.sampled_from(NAMED) | st.sampled_from((" ", ", ", "-", "'", "\n", "The", "Kim", "x", "é", "😀")), max_size=12
    ),
)
def test_forms_are_found_as_if_looked_for_one_by_one(searched, pieces):
    mark, read = searched
    table = {
        first: sorted({form for some in by_rest.values() for form in some}, key=lambda form: -len(form.text))
        for first, by_rest in read().items()
    }
    batch = Batch(["".join(pieces)], ["".join(reversed(pieces))])
    finder = FormFinder(read())
    hits = finder.find(batch, mark)
    found = [(word, start, end, finder.forms[form].text) for word, start, end, form in zip(*hits, strict=True)]
    expected = []
    for word in batch.indexes(mark).tolist():
        for form in table[batch.forms[word]]:
            start = batch.starts[word] - form.before
            end = start + len(form.text)
            if batch.text.startswith(form.text, start) and not batch.text[end].isalnum():
                expected.append((word, start, end, form.text))
    assert found == expected


spans = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12), st.booleans()), max_size=25)


@given(spans)
def test_what_stands_inside_is_found_as_if_looked_for_one_by_one(rows):
    starts, ends = np.array([(start, start + size) for start, size, _ in rows], np.int64).reshape(-1, 2).T
    is_outer = np.array([outer for _, _, outer in rows], np.bool_)
    outer = sorted({(start, start + size) for start, size, is_outer in rows if is_outer})
    expected = [
        any(
            end >= start + size and end - begin > size
            for begin, end in [one for one in outer if one[0] <= start][-mentions._MOST_SPANS :]
        )
        for start, size, _ in rows
    ]
    assert mentions._are_inside(starts, ends, is_outer).tolist() == expected


@pytest.mark.parametrize(
    ("pattern", "ends"),
    [
        (places._UNIT_OF, places._UNIT_OF_ENDS),
        (places._TWIN_BEFORE, places._TWIN_ENDS),
        (places._TWIN_LATER, places._LIST_ENDS),
        (places._PREPOSITION, places._PREPOSITION_ENDS),
        (persons._AFTER_AWARD, persons._AWARD_ENDS),
    ],
)
def test_what_a_pattern_fits_ends_as_expected(pattern, ends):
    @given(st.from_regex(pattern))
    def check(text):
        assert text.endswith(ends)

    check()


@given(st.from_regex(places._LANDSCAPE_BEFORE))
def test_a_word_of_landscape_before_a_name_is_marked(text):
    batch = Batch([f"{text}Hamhung"], [""])
    last = batch.index_at(batch.stops[0] - len("Hamhung"))
    assert batch.classes[last - 1] & LANDSCAPE_OPENING


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9))).map(sorted))
def test_of_overlapping_spans_the_first_are_kept(rows):
    expected, reached = [], 0
    for number, (start, size) in enumerate(rows):
        if start >= reached:
            expected.append(number)
            reached = start + size
    starts, sizes = np.array(rows, np.int64).reshape(-1, 2).T
    assert first_ones(starts, starts + sizes).tolist() == expected


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        (companions._OPENING, companions._OPENING_WORDS),
        (batch_module._SOUTH_KOREA, batch_module._OF_SOUTH_KOREA),
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
    batch = Batch(["Ivan Sidorov"], [text])
    persons.find_korean(batch, {})
    found = list(foreign._runs(batch))
    first, stop = batch.first_words[1], batch.first_words[2] - _EMPTY_WORDS
    for index in range(first, stop - 1):
        is_free = not batch.taken[batch.starts[index]]
        is_pair = is_free and foreign._goes_on(batch, index)
        is_name = not (batch.marks[index] | batch.marks[index + 1]) & NO_NAME
        covering = [run for run in found if run.first <= index and index + 1 < run.stop]
        assert len(covering) <= 1
        if is_pair and is_name:
            assert covering
    for run in found:
        before, after = run.first - 1, run.stop - 1
        assert run.first >= first
        assert batch.taken[batch.starts[before]] or not foreign._goes_on(batch, before)
        assert not foreign._goes_on(batch, after)


def test_hits_in_the_rest_of_a_text_are_never_enough_alone():
    assert sum(weight.points * weight.most for weight in topics.WEIGHTS if weight.part == topics.LATE) < topics.NEEDED


def test_a_family_name_in_capitals_may_stand_alone():
    assert named("RI SONG RYONG came. RI went.", "person") == [
        ("ri-song-ryong", "RI SONG RYONG"),
        ("ri-song-ryong", "RI"),
    ]


GAPS = (" ", "  ", "'s ", "' ", "-", "", " and ", " 5 ", " 12 ", " ٣ ", " 123 ", ", ", "\n", " x ", " (5) ")


@given(
    st.lists(
        st.tuples(st.sampled_from(("May", "Trade", "Culture", "Factory", "Visits", "Kim")), st.sampled_from(GAPS)),
        max_size=8,
    ),
    st.booleans(),
)
def test_words_of_one_name_are_joined_as_if_asked_one_by_one(pieces, is_title):
    text = "".join(word + gap for word, gap in pieces)
    batch = Batch(*([text], [""]) if is_title else ([""], [text]))
    joins = organizations._Around(batch, batch.indexes(INSTITUTION), {})._join_the_next()
    for index in range(len(batch.forms) - 1):
        form, gap = batch.forms[index], batch.gap(index)
        expected = gap in organizations._ONWARD_JOINTS - {" and "}
        expected |= gap == " and " and form in organizations._AND_BEFORE
        expected |= form in MONTHS and bool(organizations._DAY.fullmatch(gap))
        assert joins[index] == (expected and not (is_title and form in organizations._TITLE_VERBS))


@given(st.lists(st.booleans(), max_size=12))
def test_the_nearest_flags_are_found(flags):
    array, places = np.array(flags, np.bool_), np.arange(len(flags))
    following = [next((at for at in range(place, len(flags)) if flags[at]), len(flags)) for place in places]
    before = [next((at for at in range(place, -1, -1) if flags[at]), -1) for place in places]
    assert organizations._next_ones(organizations._places(array), places).tolist() == following
    assert organizations._last_ones(array, places).tolist() == before


@given(
    st.text(st.sampled_from("of and\nx"), max_size=20),
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=4),
    st.tuples(st.integers(0, 20), st.integers(1, 5)),
)
def test_spans_are_asked_as_if_one_by_one(text, taken, span):
    batch = Batch([text], [""])
    for start, size in taken:
        batch.add("person", "x", start, min(start + size, len(batch.text)), "family")
    start, end = span[0], min(sum(span), len(batch.text))
    if start < end:
        assert batch.are_free(np.array([start]), np.array([end])).tolist() == [batch.is_free(start, end)]
    ends = (" of ", " and ", "\n")
    for position in range(batch.begins[0], batch.stops[0] + 1):
        is_after = batch.are_after(np.array([position]), ends).tolist()
        assert is_after == [batch.text.endswith(ends, 0, position)]
