"""What a query means, and that both ways of searching find what an independent reading of it finds."""

import random
import unicodedata
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.warehouse.search import MOST_WORDS, SearchError, Word, make_scope, measure, parse_query
from tests.searching import found_ids, one_home

WAYS = ("ranked", "plain")

PAGES = {
    "test": ("Missile Launch", "A missile was launched in the morning. Nobody said where."),
    "drill": ("Fire Drill", "The launch of a missile-launch drill, with a new MISSILE."),
    "fish": ("Fish", "Fishermen launch new boats; the missiles are not theirs."),
    "korean": ("미사일 시험", "전략미사일을 발사하였다. 훈련은 새 방식으로 진행되였다."),
    "chinese": ("朝鲜中央通讯社", "朝鲜劳动党中央委员会发表声明。"),
    "spanish": ("Camión", "El camión llegó a la CAÑADA a las 7,5."),
    "nfd": (unicodedata.normalize("NFD", "Café"), unicodedata.normalize("NFD", "훈련 뉴스 é")),
    "spaces": ("Spaces", "general\u00a0secretary of\n\nthe party\u3000committee, 20×10 policy, 100% done, C:\\new_dir"),
    "title only": ("Orchard", "Nothing."),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return one_home(tmp_path_factory.mktemp("search"), PAGES)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("query", "found"),
    {
        "missile": ["drill", "test"],
        "MISSILE": ["drill", "test"],
        "missile launch": ["drill", "test"],
        "missile launched": ["test"],
        "launch": ["drill", "fish", "test"],
        "launch*": ["drill", "fish", "test"],
        "launched": ["test"],
        "missile*": ["drill", "fish", "test"],
        "missile* new": ["drill", "fish"],
        "orchard nothing": ["title only"],
        "the": ["drill", "fish", "spaces", "test"],
        '"missile launch"': ["test"],
        '"Missile-Launch"': ["drill"],
        '"a missile was"': ["test"],
        '"missile a"': [],
        '"sile wa"': ["test"],
        '"morning. nobody"': ["test"],
        '"morning nobody"': [],
        "“missile launch”": ["test"],
        '"launch" fire': ["drill"],
        '"general secretary of the party committee"': ["spaces"],
        '"launch a missile"': [],
        '"Launch A"': [],
        "미사일": ["korean"],
        "미사일을": [],
        "전략미사일*": ["korean"],
        '"미사일을 발사"': ["korean"],
        '"사일"': ["korean"],
        "훈련": ["nfd"],
        "훈련*": ["korean", "nfd"],
        "朝鲜": [],
        '"朝鲜" "声明"': ["chinese"],
        "朝鲜*": ["chinese"],
        "camión": ["spanish"],
        "camion": [],
        "CAÑADA": ["spanish"],
        "cafe": [],
        "CAFÉ": ["nfd"],
        unicodedata.normalize("NFD", "café 뉴스 é"): ["nfd"],
        "7,5": ["spanish"],
        "20×10": ["spaces"],
        '"20×10"': ["spaces"],
        '"20x10"': [],
        '"100% done"': ["spaces"],
        '"100_ done"': [],
        '"c:\\new_"': ["spaces"],
        "new_dir": ["spaces"],
        '"new.dir"': [],
    }.items(),
)
def test_both_ways_find(query, found, way, home):
    assert found_ids(home, query, way) == found


@pytest.mark.parametrize("way", WAYS)
def test_a_hit_in_the_title_counts_three_times(way, tmp_path):
    filling = "other words that fill the text"
    home = one_home(
        tmp_path,
        {
            "two in the body": ("Bread", f"orchard orchard {filling}"),
            "one in the title": ("Orchard", f"bread {filling} again"),
            "four in the body": ("Bread", f"orchard orchard orchard orchard {filling}"),
        },
    )

    best = home.search("orchard", way)

    assert [row["article_id"] for row in best] == ["four in the body", "one in the title", "two in the body"]
    assert all(first["score"] > second["score"] for first, second in pairwise(best))


@pytest.mark.parametrize("way", WAYS)
def test_equal_scores_come_newest_first_then_by_id(way, tmp_path):
    days = {"b": date(2024, 1, 2), "d": date(2024, 1, 1), "a": date(2024, 1, 2), "c": date(2024, 1, 3)}
    home = one_home(tmp_path, dict.fromkeys(days, ("Orchard", "Apples.")), days=days)

    assert [row["article_id"] for row in home.search("orchard", way)] == ["c", "a", "b", "d"]
    assert [row["article_id"] for row in home.search("orchard", way, limit=2)] == ["c", "a"]


@pytest.mark.parametrize("way", WAYS)
def test_limits_of_day_and_source_are_kept_with_both_days_included(way, tmp_path):
    days = {str(number): date(2024, 1, number) for number in range(1, 6)}
    sources = {"2": "rodong-en", "3": "rodong-en"}
    home = one_home(tmp_path, dict.fromkeys(days, ("Orchard", "Apples.")), days=days, sources=sources)

    def ids(*limits):
        return sorted(row["article_id"] for row in home.search("apples", way, *limits))

    assert ids(date(2024, 1, 2), date(2024, 1, 4)) == ["2", "3", "4"]
    assert ids(date(2024, 1, 4)) == ["4", "5"]
    assert ids(None, date(2024, 1, 2)) == ["1", "2"]
    assert ids(None, None, ["rodong-en"]) == ["2", "3"]
    assert ids(None, None, ["RODONG  sinmun (En)", "kcna-kp-en"]) == ["1", "2", "3", "4", "5"]
    assert ids(date(2024, 1, 3), None, ["rodong-en"]) == ["3"]


def test_a_scope_is_measured_against_all_articles_and_names_what_sidebars_know(tmp_path):
    days = {str(number): date(2024, 1, number) for number in range(1, 6)}
    home = one_home(tmp_path, dict.fromkeys(days, ("Orchard", "Apples.")), days=days, sidebar_only=3)

    with home.connect() as con:
        some = measure(con, make_scope(con, date(2024, 1, 2), date(2024, 1, 3), []))
        none = measure(con, make_scope(con, date(2025, 1, 1), None, []))

    assert (some.articles, some.first, some.last) == (2, date(2024, 1, 2), date(2024, 1, 3))
    assert (some.all_articles, some.sidebar_only) == (5, 0)
    assert (none.articles, none.first, none.last) == (0, None, None)
    with home.connect() as con:
        assert measure(con, make_scope(con, None, None, [])).sidebar_only == 3


@pytest.mark.parametrize(
    ("body", "query", "text"),
    [
        ("Apples fell.\n\nNobody  came.", "nobody", "Apples fell. Nobody came."),
        ("start " * 30 + "needle" + " end" * 60, "NEEDLE", "… " + "start " * 10 + "needle" + " end" * 33 + " …"),
        ("needles " * 30 + "needle.", "needle", "… " + "needles " * 7 + "needle."),
        ("start " * 30 + "needles", "needle*", "… " + "start " * 10 + "needles"),
        ("start " * 30 + "the\nneedle", '"e needle"', "… " + "start " * 9 + "the needle"),
        ("start " * 30, "title", "start " * 23 + "…"),
        ("朝" * 100 + "鲜" + "朝" * 200, '"鲜"', "… " + "朝" * 60 + "鲜" + "朝" * 139 + " …"),
        ("", "title", ""),
    ],
)
def test_the_shown_text_is_that_around_the_first_hit(body, query, text, tmp_path):
    home = one_home(tmp_path, {"x": ("Title", body)})

    ((shown,),) = [[row["text"]] for row in home.search(query, "plain")]

    assert shown == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no word"),
        (" \n ", "no word"),
        ("%", "no word"),
        ('"', "not closed"),
        ('missile "launch', "not closed"),
        ('""', "no word"),
        ('"%"', "no word"),
        ("\0", "no word"),
        ("*", "star"),
        ("mis*le", "star"),
        ("*le", "star"),
        ("le**", "star"),
        ("(le)*", "star"),
        ("missile.*", "star"),
        ("a " * 10_000, "10,000 words are too many"),
        ('"' + "a " * 10_000 + '"', "10,000 words are too many"),
    ],
)
def test_a_query_without_sense_is_refused(text, message):
    with pytest.raises(SearchError, match=message):
        parse_query(text)


def test_the_longest_query_is_answered(home):
    query = " ".join(f"word{number}" for number in range(MOST_WORDS))

    assert found_ids(home, query, "ranked") == found_ids(home, query, "plain") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Jong-un's", [Word("Jong", "whole"), Word("un", "whole"), Word("s", "whole")]),
        ("Jong-u*", [Word("Jong", "whole"), Word("u", "start")]),
        ("e\u0301", [Word("\u00e9", "whole")]),
    ],
)
def test_a_chunk_of_a_query_is_read_as_words(text, words):
    assert list(parse_query(text).words) == words


def test_days_in_the_wrong_order_and_unknown_sources_are_refused(home):
    with home.connect() as con:
        with pytest.raises(SearchError, match="no day is from 2024-02-01 to 2024-01-01"):
            make_scope(con, date(2024, 2, 1), date(2024, 1, 1), [])
        with pytest.raises(SearchError, match=r"no source 'x'; articles are there from kcna-kp-en \(KCNA.kp \(En\)\)$"):
            make_scope(con, None, None, ["x"])


SIGNS = "aab bA é1_-'.%\\(["
WORDS = [
    "a",
    "ab",
    "abc",
    "bA",
    "é",
    "미사일",
    "미사",
    "사일",
    "朝鲜",
    "1",
    "x\u0301",
    "ab's",
    "a_b",
    "a-b",
    "%",
    "\\",
    "(",
]
SPACES = [" ", " ", " ", "  ", "\n\n", "\u00a0", "\u3000", ""]


def random_text(choice):
    return "".join(choice.choice(WORDS) + choice.choice(SPACES) for _ in range(choice.randint(1, 8)))


@pytest.fixture(scope="module")
def nasty_home(tmp_path_factory):
    choice = random.Random(1)
    pages = {str(number): (random_text(choice), random_text(choice)) for number in range(200)}
    return one_home(tmp_path_factory.mktemp("nasty"), pages)


def chunks():
    word = st.sampled_from(WORDS)
    joined = st.lists(st.one_of(word, st.sampled_from(SPACES), st.text(SIGNS, max_size=2)), max_size=4).map("".join)
    return st.one_of(word, word.map("{}*".format), joined.map('"{}"'.format), joined)


@settings(max_examples=40)
@given(parts=st.lists(chunks(), min_size=1, max_size=3))
@example(parts=['"a-b"', "ab"])
@example(parts=['"사일"'])
@example(parts=['"(a"', "%"])
def test_both_ways_find_what_a_plain_reading_of_the_rules_finds(nasty_home, parts):
    query = " ".join(parts)
    try:
        parse_query(query)
    except SearchError:
        return

    expected = sorted(name for name, page in nasty_home.pages.items() if is_found(query, page))

    assert found_ids(nasty_home, query, "ranked") == expected
    assert found_ids(nasty_home, query, "plain") == expected


def is_found(query, page):
    """The rules of search again, in Python and without any shared code."""
    parts = query.split('"')
    texts = [" ".join(unicodedata.normalize("NFC", text).lower().split()) for text in page]
    words = {word for text in texts for word in words_of(text)}
    for chunk in " ".join(parts[::2]).split():
        for word in words_of(chunk):
            is_start = chunk.endswith("*") and chunk[:-1].lower().endswith(word) and word == words_of(chunk)[-1]
            if word not in words and not (is_start and any(other.startswith(word) for other in words)):
                return False
    phrases = [" ".join(phrase.lower().split()) for phrase in parts[1::2]]
    return all(any(phrase in text for text in texts) for phrase in phrases if words_of(phrase))


def words_of(text):
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text.lower()).split()
