"""The first look at texts: it may name a pattern too many, never one too few."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.enrich import first_look, topics
from etl.enrich.first_look import MOST_GROUPS, FirstLook, beginnings


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("rice", {"rice"}),
        (r"\b(?:rice\b|maize)", {"rice", "maize"}),
        (r"crops?\b", {"crop", "crops"}),
        ("(?:field|on-site) guidance", {"field ", "on-site"}),
        ("(?:heavy |torrential )?rain", {"heavy ", "torrential ", "rain"}),
        (r"u\.s\.|un\b", {"u.s.", "un"}),
        (r"(?:gold|silver)?\s?medals?", {"gold", "goldmedal", "silver", "medal", "medals"}),
        (r'^press|"superpower', {"press", "superpower"}),
        (r"sends? [^\n]*gift", {"send ", "sends "}),
        ("new(?:ly)*", {"new"}),
        ("(?:rice){0,2}x", {""}),
        ("co{2}l", {"c"}),
        ("담화|론평", {"담화", "론평"}),
        ("[ab]c", {""}),
        ("(?i)rice", {""}),
        ("a|", {"a", ""}),
    ],
)
def test_beginnings(pattern, expected):
    found = set(beginnings(pattern))

    assert {text[:6] for text in found} == {text[:6] for text in expected}


def groups(texts, *patterns):
    """The numbers of the groups, of one pattern each, that may fit each text."""
    found = FirstLook([[pattern] for pattern in patterns]).groups(pl.Series(texts, dtype=pl.String))
    return [{number for number in range(len(patterns)) if bits >> number & 1} for bits in found]


def test_only_what_a_word_begins_with_is_named():
    texts = ["more rice", "price", "", "rice", "ri", "r", "maize and rice\nfields", "ricecake"]

    assert groups(texts, r"\b(?:rice)", r"\b(?:maize)") == [{0}, set(), set(), {0}, set(), set(), {0, 1}, {0}]


def test_the_end_of_a_text_is_no_part_of_the_next():
    assert groups(["coal", "mine", "coal mine"], r"\b(?:coal mine)", r"\b(?:mine)") == [set(), {1}, {0, 1}]


def test_what_has_no_literal_beginning_or_a_very_short_one_may_be_anywhere():
    assert groups(["", "x"], "[ab]c", "b", "bc") == [{0, 1}, {0, 1}]


def test_no_texts_have_no_groups():
    assert groups([], "a") == []


def test_there_are_no_more_groups_than_bits():
    assert groups(["rice"], *["rice"] * MOST_GROUPS) == [set(range(MOST_GROUPS))]
    with pytest.raises(ValueError, match="65 groups"):
        FirstLook([["rice"]] * (MOST_GROUPS + 1))


@pytest.mark.parametrize("part_bytes", [1, 7, 50])
def test_how_many_texts_are_looked_at_together_changes_nothing(part_bytes, monkeypatch):
    texts = ["rice", "", "maize\n", "평양 rice", "x" * 100, "maize rice"] * 3
    expected = groups(texts, "rice", "maize")
    monkeypatch.setattr(first_look, "_PART_BYTES", part_bytes)

    assert groups(texts, "rice", "maize") == expected == [{0}, set(), {1}, {0}, set(), {0, 1}] * 3


PATTERNS = [
    topic.patterns[column]
    for topic in topics.topics()
    for column in {column for columns in topics.LOOKED_AT.values() for column in columns}
    if column in topic.patterns
]

pieces = st.sampled_from(
    ["ab", "rice", "-", " ", "é", "조선", r"\.", "a?", r"\s?", r"\b", "[ab]", "[^b]?", ".?", "x{2}", "b*"]
)
patterns = st.recursive(
    st.lists(pieces, min_size=1, max_size=4).map("".join),
    lambda inner: st.builds(
        "{}(?:{}){}{}".format,
        st.just("") | inner,
        st.lists(inner, min_size=1, max_size=3).map("|".join),
        st.sampled_from(["", "?", "{0,2}", "*", "+"]),
        inner,
    ),
    max_leaves=6,
)


def bounded(pattern):
    """What fits this fits the pattern too; Python's engine, which draws, may take hours for repeats without an end."""
    return pattern.replace("*", "{0,2}").replace("+", "{1,3}")


def fits_and_is_named(pattern, text):
    """Whether a pattern fits a text, and whether the first look names it."""
    return pl.Series([text]).str.contains(pattern).item(), bool(groups([text], pattern)[0])


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_every_pattern_of_the_topics_is_named_where_it_fits(data):
    pattern = data.draw(st.sampled_from(PATTERNS))
    text = data.draw(st.from_regex(pattern))

    fits, is_named = fits_and_is_named(pattern, text)

    assert is_named or not fits


@given(patterns.map(r"\b(?:{})".format), st.data())
@settings(max_examples=400, deadline=None)
def test_any_pattern_is_named_where_it_fits(pattern, data):
    text = data.draw(st.from_regex(bounded(pattern)) | st.text("abrice -é조선.x", max_size=12))

    fits, is_named = fits_and_is_named(pattern, text)

    assert is_named or not fits


def test_most_patterns_of_the_topics_are_not_named_for_other_words():
    text = "Wheels turn round and round while grandmother knits quietly.".lower()

    assert len(groups([text], *PATTERNS[:MOST_GROUPS])[0]) < 5
