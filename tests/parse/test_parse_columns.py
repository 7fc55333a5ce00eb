"""The column reader: which pages it takes, and the claims that its short cuts rest on."""

import hashlib
import re
import unicodedata
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.render import render_page
from etl.parse import columns
from etl.parse.batch import parse_batch, read_one_by_one
from etl.parse.columns import read_columns
from etl.parse.schema import SCHEMAS
from etl.parse.text import content_key, content_keys, fold
from tests.parse.pages import ARTICLE, CAPTURED, SIDEBAR, frame, lines, page
from tests.parse.test_parse_properties import same_tables

KOREAN = replace(
    ARTICLE,
    title="저수지가 보수되였다",
    source_label="KCNA.kp (Kr)",
    paragraphs=("(평양 9월 18일발 조선중앙통신)", "저수지가 보수되였다."),
    dateline_place=None,
)
SPANISH = replace(
    ARTICLE, paragraphs=("Pyongyang, 18 de septiembre (ACNC) -- Se reparó un embalse.",), dateline_place=None
)
REGULAR = {
    "layout A": page(),
    "layout B": page("B"),
    "layout C": page("C"),
    "layout C without a share button": page("C").replace("Share Button\n\n", ""),
    "layout C with one newsletter line": page("C").rpartition("\n\n")[0],
    "layout C with a footer": page("C").replace("-0-\n\n", "-0-\n\nwww.kcna.kp (2024.09.18.)\n\n"),
    "Korean": page(article=KOREAN),
    "Spanish": page(article=SPANISH),
    "curly quotes": page(article=replace(ARTICLE, title="“Quoted”", paragraphs=("It’s “quoted”.",))),
    "no-break spaces": page(article=replace(ARTICLE, paragraphs=("It\u00a0is\u3000so.",))),
    "combining marks": page(article=replace(ARTICLE, title="Cafe\u0301", paragraphs=("The cafe\u0301 opened.",))),
    "two spaces": page(article=replace(ARTICLE, paragraphs=("It  is so.",))),
    "no sidebar": page().partition("\n\nMore From")[0],
    "an empty sidebar": page(sidebar=()),
    "a footer of no real day": page().replace("113.9.18.", "113.9.31."),
    "line ends at the end": page() + "\n\n\n",
}


@pytest.mark.parametrize("name", REGULAR)
def test_a_regular_page_is_read_as_columns_and_as_the_careful_reader_reads_it(name):
    pages = frame([REGULAR[name].encode()])
    assert read_columns(pages)["page"].height == 1
    same_tables(pages)


def test_a_page_that_is_not_in_utf8_leaves_the_others_where_they_are():
    made = [page(article=replace(ARTICLE, title=f"Title {number}")).encode() for number in range(9)]
    for broken in range(9):
        pages = frame([*made[:broken], b"\xff" + made[broken], *made[broken + 1 :]])
        taken = read_columns(pages)["page"]["title"].to_list()
        assert taken == [f"Title {number}" for number in range(9) if number != broken]
        same_tables(pages)


def test_texts_of_one_hash_are_left_to_the_careful_reader(monkeypatch):
    pages = frame([page().encode(), page("B").encode()])
    expected = read_one_by_one(pages)
    monkeypatch.setattr(pl.DataFrame, "hash_rows", lambda rows: pl.Series([1] * rows.height, dtype=pl.UInt64))
    read = parse_batch(pages)
    assert all(read[name].equals(expected[name]) for name in SCHEMAS)


def test_the_day_of_fetching_bounds_the_date_of_a_page_without_a_capture_date():
    article = replace(ARTICLE, published=date(2026, 1, 3), footer="none")
    for day, taken in ((3, 1), (4, 0)):
        pages = frame([page("C", replace(article, published=date(2026, 1, day))).encode()])
        assert read_columns(pages)["page"].height == taken
        same_tables(pages)


@given(lines, lines, lines, st.sampled_from(["A", "B", "C"]))
@settings(max_examples=150)
def test_both_readers_agree_on_any_line_of_text(title, paragraph, teaser, layout):
    sidebar = [replace(SIDEBAR[0], title=title, teaser=teaser), SIDEBAR[1]]
    article = replace(ARTICLE, title=title, paragraphs=(paragraph, teaser))
    same_tables(frame([render_page(layout, article, CAPTURED, sidebar).encode()]))


_PIECES = [
    "a",
    " ",
    "\n",
    "\n\n",
    "-0-",
    "\u00a0",
    "\u200b",
    "\x00",
    "\x7f",
    "\x85",
    "\u2028",
    "\u3000",
    "e\u0301",
    "가",
]


@given(st.lists(st.lists(st.sampled_from(_PIECES), max_size=6).map("".join), max_size=5))
@settings(max_examples=500)
def test_what_is_unusual_is_found_in_the_text_where_it_stands(texts):
    texts = [text for text in texts if not text.startswith("\n")]  # no part of a page begins so
    is_unusual, line_ends, _ = columns._look_at(pl.Series(texts, dtype=pl.String))
    expected = [
        any(unicodedata.category(c) in ("Cf", "Cc", "Zl", "Zp") and c != "\n" for c in text)
        or any(line != line.strip() for line in text.split("\n"))
        or "\n\n\n" in f"\n\n{text}\n\n"
        or "-0-" in text.split("\n")
        for text in texts
    ]
    assert is_unusual.tolist() == expected
    assert line_ends.tolist() == [text.count("\n") for text in texts]


def test_the_characters_that_are_taken_for_composed_are_so_beside_any_other():
    characters = pl.Series(list(map(chr, [*range(0xD800), *range(0xE000, 0x110000)])))
    taken = set(characters.filter(characters.str.contains(columns._COMPOSED)))
    assert {"a", "é", "가", "中", "’"} < taken
    assert all(unicodedata.is_normalized("NFC", c) and not unicodedata.combining(c) for c in taken)
    assert all(c.isprintable() or c == "\n" for c in taken)
    assert not [c for c in taken if c.isspace() and c not in " \n"]
    second = {chr(int(parts[1], 16)) for c in characters if len(parts := _canonical(c)) == 2}
    assert not taken & second


def _canonical(character):
    """The code points that a character is made of, none for compatibility forms."""
    found = unicodedata.decomposition(character)
    return [] if found.startswith("<") else found.split()


@given(st.text() | st.lists(st.sampled_from([*_PIECES, "  ", "é"])).map("".join))
@settings(max_examples=500)
def test_folding_is_what_it_says(text):
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    visible = "".join(c for c in spaced if unicodedata.category(c) not in ("Cf", "Cc"))
    assert fold(text) == " ".join(visible.split())


@given(st.lists(st.none() | st.text(), max_size=5))
def test_a_key_is_the_hash_of_the_parts_with_their_lengths_in_bytes(parts):
    joined = b"".join(b"-:" if p is None else b"%d:%b" % (len(p.encode()), p.encode()) for p in parts)
    assert content_key(*parts) == hashlib.sha256(joined).hexdigest()[:32]


@given(st.lists(st.tuples(st.none() | st.text(), st.none() | st.dates(), st.text(max_size=3)), max_size=4))
def test_keys_of_many_rows_are_those_of_each_row(rows):
    frame_of_rows = pl.DataFrame(rows, {"a": pl.String(), "b": pl.Date(), "c": pl.String()}, orient="row")
    expected = [content_key("kind", a, None if b is None else str(b), c) for a, b, c in rows]
    assert content_keys("kind", frame_of_rows).to_list() == expected


SECOND = replace(SIDEBAR[0], title="Another title", teaser="Another teaser")
IRREGULAR_SIDEBARS = {
    "a second heading": page().replace("\n\nMore Articles", "\n\nMore From KCNA.kp (En)\n\nMore Articles"),
    "a block whose title is a heading": page(sidebar=[replace(SIDEBAR[0], title="More From here")]),
    "no trailer": page().removesuffix("\n\nMore Articles"),
    "a line too few": page().replace(f"\n\n{SIDEBAR[0].title}", "", 1),
    "a second title that differs": page().replace(SIDEBAR[0].title, "Other", 1),
    "a date that is none": page().replace("\n\nSeptember 19, 2024\n\n", "\n\nSeptember 31, 2024\n\n"),
    "a heading of another source": page().replace("More From KCNA.kp (En)", "More From Rodong"),
    "a heading before the body": page().replace("\n\nDate:", "\n\nMore From\n\nDate:"),
    "a heading first": "More From x\n\n" + page("C"),
}


@pytest.mark.parametrize("name", IRREGULAR_SIDEBARS)
def test_a_page_of_an_irregular_sidebar_is_left_to_the_careful_reader_and_no_other(name):
    contents = [page().encode(), IRREGULAR_SIDEBARS[name].encode(), page(sidebar=[SIDEBAR[1], SECOND]).encode()]
    pages = frame(contents)
    taken = read_columns(pages)["page"]["page_sha256"].to_list()
    assert taken == [hashlib.sha256(content).hexdigest() for content in (contents[0], contents[2])]
    same_tables(pages)


@given(st.lists(st.lists(st.sampled_from([*SIDEBAR, SECOND]), max_size=4), min_size=1, max_size=4))
@settings(max_examples=50)
def test_pages_that_share_sidebars_or_blocks_are_read_as_if_they_did_not(sidebars):
    made = [
        page(article=replace(ARTICLE, title=f"Title {number}"), sidebar=sidebar).encode()
        for number, sidebar in enumerate(sidebars)
    ]
    assert read_columns(frame(made))["page"].height == len(made)
    same_tables(frame(made))


def test_words_are_counted_as_they_are_split():
    text = "One  two\u00a0three\u3000four"
    pages = frame([page(article=replace(ARTICLE, paragraphs=(text, "Five."), dateline_place=None)).encode()])
    assert read_columns(pages)["article"]["word_count"].to_list() == [len(re.findall(r"\w+", text)) + 1]
