"""Which wordings are one article: short cases for the two rules, the order of versions, and what changed."""

import random
import re
from collections import Counter
from datetime import date
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from etl.prune import revision
from etl.prune.revision import (
    BUCKETS,
    FINE_BUCKETS,
    FORMULA_WORDS,
    LINK_SCHEMA,
    SAME_TEXT,
    Letters,
    WordCounts,
    link_versions,
)

TEXT = " ".join(f"In village number {number} the people built a hall and planted trees." for number in range(30))
"""330 words: too long for a formula."""

GREETING = (
    "{}, foreign minister, sent a message of greeting to {}, minister of International Relations, on the "
    "occasion of the anniversary of the establishment of diplomatic relations between the two countries. "
    "The message expressed belief that the friendly relations would grow stronger in the future."
)


def wordings(*rows):
    """Versions of one day: id, title, body, day of September on which they were first and last captured."""
    return pl.LazyFrame(
        [
            (
                key,
                "kcna.kp (en)",
                date(2024, 9, 18),
                title,
                body,
                day and date(2024, 9, day),
                day and date(2024, 9, day),
            )
            for key, title, body, day in rows
        ],
        schema={
            "article_version_id": pl.String,
            "source_key": pl.String,
            "published_date": pl.Date,
            "title_key": pl.String,
            "body": pl.String,
            "first_captured_date": pl.Date,
            "last_captured_date": pl.Date,
        },
        orient="row",
    )


def articles(*rows):
    """The groups of version ids that are one article each, in the order of their versions."""
    links = link_versions(wordings(*rows)).sort("article_id", "version_number")
    return sorted(
        links.group_by("article_id", maintain_order=True).agg("article_version_id")["article_version_id"].to_list()
    )


def test_an_edited_text_is_the_same_article():
    assert articles(("v", "Hall Built", TEXT, 18), ("w", "Halls Built", TEXT.replace("planted", "cared for"), 19)) == [
        ["v", "w"]
    ]


def test_texts_that_share_little_are_different_articles_whatever_their_titles():
    other = " ".join(f"At mine {number} a new conveyor carries coal since spring." for number in range(30))
    assert articles(("v", "Press Review", TEXT, 18), ("w", "Press Review", other, 18)) == [["v"], ["w"]]


def test_a_half_of_a_text_is_another_article():
    assert articles(("v", "Hall Built", TEXT, 18), ("w", "Hall Built", TEXT[: len(TEXT) // 3], 18)) == [["v"], ["w"]]


def test_letters_of_one_formula_to_different_people_are_different_articles():
    assert articles(
        ("v", "Greetings to DPRK FM", GREETING.format("Ronald Lamola", "Choe Son Hui"), 18),
        ("w", "Greetings to South African FM", GREETING.format("Choe Son Hui", "Ronald Lamola of South Africa"), 18),
    ) == [["v"], ["w"]]


def test_a_short_text_with_a_corrected_word_is_the_same_article():
    body = GREETING.format("Choe Son Hui", "Ronald Lamola")
    assert articles(("v", "Greetings", body, 18), ("w", "Greetings", body.replace("stronger", "closer"), 19)) == [
        ["v", "w"]
    ]


def test_wordings_are_joined_over_several_steps():
    first, second = TEXT, TEXT.replace("planted", "put up fences and watered")
    third = second.replace("the people built", "young families and old built")
    assert articles(("a", "T", first, 18), ("b", "T", second, 19), ("c", "T", third, 20)) == [["a", "b", "c"]]


def test_versions_are_in_the_order_of_capture_and_the_key_is_that_of_the_first():
    rows = [("z", "T", TEXT, 18), ("a", "T", TEXT + " More.", 20), ("m", "T", TEXT + " Less.", 19)]
    for order in (rows, rows[::-1]):
        links = link_versions(wordings(*order)).sort("version_number")
        assert links["article_version_id"].to_list() == ["z", "m", "a"]
        assert links["article_id"].unique().to_list() == ["z"]
        assert links["is_current"].to_list() == [False, False, True]
        assert links["version_count"].to_list() == [3, 3, 3]


def test_a_wording_without_a_capture_date_comes_first_and_ties_go_by_key():
    links = link_versions(wordings(("b", "T", TEXT, 18), ("a", "T", TEXT + " x", 18), ("c", "T", TEXT + " y", None)))
    assert links.sort("version_number")["article_version_id"].to_list() == ["c", "a", "b"]


def test_what_changed_is_told_in_words_title_first():
    links = link_versions(
        wordings(
            ("v", "Leader Visits Farm", TEXT, 18), ("w", "Leader Tours Farm", TEXT.replace("number 7", "number 8"), 19)
        )
    )
    later = links.filter(pl.col("version_number") == 2).row(0, named=True)
    changes = [(change["old"], change["new"]) for change in later["word_changes"]]
    assert ("Visits", "") in changes[:2]
    assert ("", "Tours") in changes[:2]
    assert {word for pair in changes[2:] for word in pair} == {"7", "8", ""}
    assert 0.99 < later["similarity"] < 1


def test_the_first_version_has_nothing_to_differ_from():
    (row,) = link_versions(wordings(("v", "T", TEXT, 18))).iter_rows(named=True)
    assert (row["similarity"], row["word_changes"], row["is_current"]) == (None, None, True)


@pytest.mark.parametrize("column", ["source_key", "published_date"])
def test_only_wordings_of_one_source_and_day_are_compared(column):
    frame = wordings(("v", "T", TEXT, 18), ("w", "T", TEXT + " More.", 18)).collect()
    other = frame.with_columns(
        pl.Series("source_key", ["a", "b"])
        if column == "source_key"
        else pl.Series(column, [date(2024, 1, 1), date(2024, 1, 2)])
    )
    assert link_versions(other.lazy())["article_id"].n_unique() == 2


def test_no_wordings_give_no_rows():
    assert link_versions(wordings()).is_empty()


def test_the_current_wording_is_the_one_captured_last_also_when_it_was_the_first():
    frame = wordings(("a", "T", TEXT, 1), ("b", "T", TEXT + " More.", 10)).with_columns(
        last_captured_date=pl.when(pl.col("article_version_id") == "a")
        .then(date(2024, 9, 30))
        .otherwise("last_captured_date")
    )
    links = link_versions(frame).sort("version_number")
    assert links.select("article_version_id", "is_current").rows() == [("a", True), ("b", False)]


def test_a_wording_without_a_capture_date_does_not_rename_the_article():
    alone = link_versions(wordings(("v", "T", TEXT, 18)))["article_id"].to_list()
    both = link_versions(wordings(("v", "T", TEXT, 18), ("a", "T", TEXT + " More.", None)))["article_id"].unique()
    assert both.to_list() == alone == ["v"]


NAME = re.compile(r"(?<=[a-z,;] )[A-Z]\w*|\b[A-Z]{2,}\b")
words = st.one_of(
    st.sampled_from(
        ["people", "built", "the", "Kim", "DPRK", "a", "-", "", "20\u00d710", "cafe\u0301", "x\u00b2", "人民", "평양"]
    ),
    st.text(max_size=4),
)
texts = st.lists(words, max_size=12).map(" ".join)
edited = st.builds(
    lambda text, at, word: (" ".join(text), " ".join([*text[:at], word, *text[at + 1 :]])),
    st.lists(words, min_size=4, max_size=10),
    st.integers(0, 9),
    words,
)
"""Two texts of which the second has one word changed, or one more."""


def are_one(first, second):
    """The two rules as they are written, for (title, body) pairs."""
    tokens = [re.findall(r"\w+", body) for _, body in (first, second)]
    if Indel.normalized_similarity(*tokens) < SAME_TEXT:
        return False
    titles = [set(re.findall(r"\w+", title)) for title, _ in (first, second)]
    names = {name for _, body in (first, second) for name in NAME.findall(body)}
    names |= {word for title in titles for word in title if len(word) > 1 and word.isupper()}
    differ = (titles[0] - titles[1]) & names and (titles[1] - titles[0]) & names
    return min(map(len, tokens)) >= FORMULA_WORDS or not differ


def joined(rows):
    """Groups of (key, title, body) found by trying every pair, keys in order."""
    groups = {key: {key} for key, *_ in rows}
    for (first, *one), (second, *other) in combinations(rows, 2):
        if are_one(one, other):
            groups[first] |= groups[second]
            for key in groups[first]:
                groups[key] = groups[first]
    return sorted({tuple(sorted(group)) for group in groups.values()})


@given(st.lists(st.one_of(texts.map(lambda text: (text,)), edited), max_size=8), st.data())
@settings(max_examples=300)
def test_the_articles_are_those_found_by_trying_every_pair(drawn, data):
    title = st.sampled_from(["Kim Visits", "Greetings to DPRK", "Greetings to ROK", "People Built", ""])
    bodies = [body for pair in drawn for body in pair]
    rows = [(f"{index:02}", data.draw(title), body) for index, body in enumerate(bodies)]
    found = articles(*((*row, 18) for row in rows))
    assert sorted(tuple(sorted(group)) for group in found) == joined(rows)


@pytest.mark.parametrize("short", [1, 13, 130, 1_300])
def test_the_longest_text_that_can_hold_a_short_one_as_another_version_is_compared_with_it(short):
    found = []
    for extra in (-1, 0, 1):
        long = short * 27 // 13 + extra
        rows = [("s", "T", "word " * short), ("t", "T", "word " * long)]
        found.append(len(joined(rows)))
        assert len(articles(*((*row, 18) for row in rows))) == found[-1]
    assert found == [1, 1, 2]


@given(st.lists(st.text(max_size=40) | texts, min_size=2, max_size=8), st.sampled_from([1, 2, BUCKETS, FINE_BUCKETS]))
@settings(max_examples=300)
def test_no_two_texts_have_more_words_in_common_than_their_counts(bodies, bucket_count):
    counts = WordCounts.of(pl.Series(bodies, dtype=pl.String), Letters(), bucket_count)
    exact = [Counter(re.findall(r"\w+", body)) for body in bodies]
    assert [Counter(Letters().words(body)) for body in bodies] == exact
    assert counts.totals.tolist() == [words.total() for words in exact]
    first, second = np.array(list(combinations(range(len(bodies)), 2))).T
    bounds = counts.most_in_common(first, second)
    assert all(bound >= (exact[a] & exact[b]).total() for bound, a, b in zip(bounds, first, second, strict=True))


@pytest.mark.parametrize("times", [(255, 256), (300, 700), (70_000, 70_001)])
def test_words_beyond_what_a_counter_holds_are_in_the_bound(times):
    counts = WordCounts.of(pl.Series(["again " * times[0], "again " * times[1]]), Letters())
    assert counts.most_in_common(np.array([0]), np.array([1])).tolist() == [times[0]]


def test_every_character_is_part_of_a_word_where_python_says_so():
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    lines = ["\n".join(characters[start : start + 64]) for start in range(0, len(characters), 64)]
    assert WordCounts.of(pl.Series(lines), Letters()).totals.tolist() == [
        len(re.findall(r"\w", line)) for line in lines
    ]


def test_unrelated_texts_are_told_apart_without_a_comparison_word_by_word(monkeypatch):
    monkeypatch.setattr(revision, "is_same_article", lambda first, second: pytest.fail("compared"))
    choice = random.Random(1)
    bodies = [" ".join(f"word{choice.randrange(5_000)}" for _ in range(200)) for _ in range(40)]
    assert len(articles(*((str(number), "T", body, 18) for number, body in enumerate(bodies)))) == 40


def test_long_texts_whose_words_share_the_counters_are_told_apart_by_finer_ones(monkeypatch):
    choice = random.Random(1)
    bodies = [" ".join(f"word{choice.randrange(5_000)}" for _ in range(1_000)) for _ in range(4)]
    coarse = WordCounts.of(pl.Series(bodies), Letters())
    assert coarse.may_be_same(np.array([0, 1]), np.array([2, 3])).all()
    monkeypatch.setattr(revision, "is_same_article", lambda first, second: pytest.fail("compared"))
    assert len(articles(*((str(number), "T", body, 18) for number, body in enumerate(bodies)))) == 4


def test_pairs_are_compared_across_the_borders_of_blocks(monkeypatch):
    rows = [(f"{n:02}", "T", f"{TEXT} {'more ' * n}", 18) for n in range(12)]
    expected = articles(*rows)
    for block, part in ((1, 1), (2, 5_000), (7, 1)):
        monkeypatch.setattr(revision, "_PAIRS", block)
        monkeypatch.setattr(revision, "_PART_BYTES", part)
        assert articles(*rows) == expected == [[key for key, *_ in rows]]


def test_a_frame_gives_what_a_lazy_frame_gives_with_the_columns_of_the_schema():
    frame = wordings(("v", "T", TEXT, 18), ("w", "T", TEXT + " More.", 19), ("x", "U", "Else.", 18))
    lazy, eager = (link_versions(given).sort("article_version_id") for given in (frame, frame.collect()))
    assert lazy.equals(eager)
    assert lazy.schema == LINK_SCHEMA
    assert link_versions(frame.filter(pl.col("article_version_id") == "x")).schema == LINK_SCHEMA
