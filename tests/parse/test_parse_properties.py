"""What must hold for any article and any bytes, and that both readers agree on all of them."""

import random
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from benchmarks.render import printed_paragraphs, render_page
from benchmarks.sample_pages import build_files
from etl.parse.batch import parse_batch, read_one_by_one
from etl.parse.columns import read_columns
from etl.parse.model import ROLES
from etl.parse.outcome import REASONS
from etl.parse.page import read_page
from etl.parse.schema import SCHEMAS
from tests.parse.pages import ARTICLE, CAPTURED, MARKERS, articles, frame, page, sidebars

KEYS = {"page": ["page_sha256"], "article": ["page_sha256"], "sidebar_block": ["page_sha256", "position"]}


def same_tables(pages: pl.DataFrame) -> None:
    """Both readers give the same rows."""
    together, alone = parse_batch(pages), read_one_by_one(pages)
    for name in SCHEMAS:
        assert_frame_equal(together[name].sort(KEYS[name]), alone[name].sort(KEYS[name]))
    entries = alone["sidebar_block"].drop_nulls("sidebar_entry_id").group_by("page_sha256")
    counts = alone["page"].filter(pl.col("sidebar_entry_count") > 0).select("page_sha256", "sidebar_entry_count")
    assert dict(entries.agg(pl.col("sidebar_entry_id").n_unique()).rows()) == dict(counts.rows())


@given(article=articles(), sidebar=sidebars, layout=st.sampled_from(["A", "B", "C"]), days=st.integers(-1, 400))
@settings(max_examples=300)
def test_a_rendered_article_is_read_back(article, sidebar, layout, days):
    captured = article.published + timedelta(days=days)
    text = render_page(layout, article, captured, sidebar)
    read = read_page(text.encode())
    has_end = layout == "C" or article.end_mark or article.footer != "none" or sidebar
    assert read.problems == [] or not has_end
    assert read.title == article.title
    assert read.published_date == article.published
    assert "\n\n".join(read.paragraphs) == "\n\n".join(
        [*printed_paragraphs(article)[:-1], printed_paragraphs(article)[-1].removesuffix(" -0-")]
    )
    if layout != "C":
        assert read.captured_date == captured
        assert [(b.title, b.shown_date, b.teaser) for b in read.blocks] == [
            (b.title, b.shown_on, b.teaser) for b in sidebar
        ]


@given(st.lists(st.tuples(articles(), sidebars, st.sampled_from("ABCD")), max_size=6))
@settings(max_examples=60)
def test_both_readers_agree_on_rendered_pages(made):
    same_tables(frame(render_page(layout, article, CAPTURED, sidebar).encode() for article, sidebar, layout in made))


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_any_bytes_give_one_outcome_and_both_readers_agree(contents):
    pages = frame(contents)
    same_tables(pages)
    outcomes = read_one_by_one(pages)["page"]
    assert outcomes.height == pages.height
    assert set(outcomes["outcome"]) <= {"load", "quarantine", "reject"}
    assert set(outcomes["reason"].drop_nulls()) <= set(REASONS)


def damaged(text: str, choice: random.Random) -> str:
    """A page with one to three lines lost, doubled, swapped, cut, or replaced by a line that means something."""
    lines = text.split("\n")
    for _ in range(choice.randint(1, 3)):
        at, other = choice.randrange(len(lines)), choice.randrange(len(lines))
        damage = choice.randrange(7)
        if damage == 0:
            del lines[at : at + choice.randint(1, 4)]
            lines = lines or [""]
        elif damage == 1:
            lines.insert(at, lines[other])
        elif damage == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif damage == 3:
            lines[at] = lines[at][: choice.randint(0, len(lines[at]))]
        elif damage == 4:
            lines.insert(at, choice.choice(MARKERS))
        elif damage == 5:
            lines[at] = choice.choice(["\t", "\u00a0", "\u200b", "e\u0301", "  ", "\u3000"]) + lines[at]
        else:
            lines[at] = lines[at].replace(choice.choice(" ,.-(|:0"), choice.choice(["", "  ", "\u2003", "9", "|"]), 1)
    return "\n".join(lines)


def assert_accounted(pages: pl.DataFrame) -> None:
    """Every non-blank line has a role, and no loaded page has an unexplained one."""
    rows = read_one_by_one(pages)["page"]
    roles = [pl.col("line_roles").struct.field(role) for role in ROLES]
    assert rows.select(total=pl.sum_horizontal(roles))["total"].to_list() == rows["nonblank_line_count"].to_list()
    assert rows.filter((pl.col("outcome") == "load") & (pl.col("unexplained_line_count") > 0)).is_empty()


@pytest.mark.parametrize("seed", range(20))
def test_both_readers_agree_on_damaged_pages(seed):
    choice = random.Random(seed)
    samples = [content for path, content in sorted(build_files().items()) if path.suffix == ".txt"]
    pages = frame(damaged(choice.choice(samples).decode("utf-8", "replace"), choice).encode() for _ in range(150))
    same_tables(pages)
    assert_accounted(pages)


@pytest.mark.parametrize(
    "beginning",
    [
        f"Pyongyang, September 18 (KCNA){' ' * 90}-- Text",
        "²Rason, September 18 (KCNA) -- Text",
        "\u0300Rason, September 18 (KCNA) -- Text",
        "Éire, September 18 (KCNA) -- Text",
        f"{'P' * 60}, September 18 (KCNA) -- Text",
        f"{'P' * 61}, September 18 (KCNA) -- Text",
    ],
)
def test_both_readers_agree_on_odd_datelines(beginning):
    same_tables(frame([page(article=replace(ARTICLE, paragraphs=(beginning,), dateline_place=None)).encode()]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("September 19, 2024", "September 19, 0000"),  # a year that Polars knows and Python does not
        ("Juche113.9.18.", "0000.9.18."),
        ("took part in it. -0-\n\nwww.kcna.kp (Juche113.9.18.)", "took part in it.\n\n-0-"),
        ("September 20, 2024Sep 20, 2024", "September 20, 0000Sep 20, 0000"),
    ],
)
def test_both_readers_agree_on_odd_parts(old, new):
    assert old in page()
    same_tables(frame([page().replace(old, new).encode()]))


def test_a_body_of_nothing_but_the_end_mark_is_no_body():
    before, _, after = page().partition("Pyongyang, September 18")
    pages = frame([f"{before}-0-\n\nMore From{after.partition('More From')[2]}".encode()])
    same_tables(pages)
    assert parse_batch(pages)["page"]["reason"].to_list() == ["no_body"]


def test_a_fault_of_the_column_reader_leaves_the_batch_to_the_other(monkeypatch):
    monkeypatch.setattr("etl.parse.columns._read_blocks", lambda texts: int("no number"))
    pages = frame([page().encode(), page("B").encode()])
    assert parse_batch(pages)["page"]["outcome"].to_list() == ["load", "load"]


@pytest.mark.parametrize("layout", ["A", "B", "C"])
def test_the_last_day_of_the_calendar_is_no_fault(layout):
    last = date(9999, 12, 31)
    pages = frame([page(layout, replace(ARTICLE, published=last, footer="none"), last).encode()])
    same_tables(pages)
    assert "parser_error" not in read_one_by_one(pages)["page"]["reason"].to_list()


def test_the_column_reader_takes_the_regular_sample_pages():
    """It must not quietly leave everything to the other reader."""
    samples = [content for path, content in build_files().items() if path.suffix == ".txt"]
    pages = frame(samples)
    regular = read_columns(pages)["page"]
    loaded = read_one_by_one(pages)["page"].filter(
        (pl.col("outcome") == "load") & pl.col("layout").is_in(["A", "B", "C"])
    )
    assert regular.height >= 0.85 * loaded.height
    assert set(regular["layout"]) == {"A", "B", "C"}


def test_a_batch_without_any_page_gives_empty_tables():
    tables = parse_batch(frame([]))
    assert {name: (table.height, table.schema) for name, table in tables.items()} == {
        name: (0, schema) for name, schema in SCHEMAS.items()
    }


HEAD = page().partition("\n\nPyongyang")[0]
GROWING = {
    "headings": (HEAD, "\n\nMore From KCNA.kp (En)"),
    "date lines": (HEAD.partition("\n\nDate")[0], "\n\nDate: 01/01/2020 | Source: x | Read original version at source"),
    "footers": (HEAD, "\n\nwww.kcna.kp (2024.09.18.)"),
    "half blocks": (f"{HEAD}\n\nText. -0-\n\nMore From KCNA.kp (En)", "\n\na\n\na\n\nb"),
    "spaces": (f"{HEAD}\n\nText", "      "),
    "one long line": (f"{HEAD}\n\n", "x"),
    "bars": (f"{HEAD.partition('Date')[0]}Date:", "|"),
    "invisible characters": (f"{HEAD}\n\n", "\u200b"),
    "brackets": (f"{HEAD}\n\nwww.", "("),
}


@pytest.mark.parametrize("shape", GROWING)
def test_the_work_grows_with_the_length_of_the_page(shape):
    """Counted in calls and lines of Python, not in seconds: twice the page, about twice the work."""
    start, unit = GROWING[shape]
    work = [count_lines(f"{start}{unit * number}") for number in (400, 800)]
    assert work[1] <= 2.5 * work[0] + 500


def count_lines(text: str) -> int:
    """Lines of Python run while reading a page."""
    import sys

    steps = 0

    def trace(*_):
        nonlocal steps
        steps += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        read_page(text.encode())
    finally:
        sys.settrace(before)
    return steps


def test_a_page_of_two_megabytes_is_read():
    paragraphs = "\n\n".join(f"Paragraph {i} of a long statement on many matters." for i in range(40_000))
    text = f"{HEAD}\n\n{paragraphs} -0-"
    read = read_page(text.encode())
    assert len(text) > 2_000_000
    assert (read.problems, len(read.paragraphs)) == ([], 40_000)
