"""Printing for people: text that cannot steer the terminal, and tables that fit it."""

import io

import pytest
from rich.console import Console

from etl.commands import show
from etl.text import visible


def printed(renderable, width=80):
    out = io.StringIO()
    Console(file=out, width=width, markup=False, highlight=False, emoji=False, force_terminal=True).print(renderable)
    return out.getvalue()


@pytest.mark.parametrize("sign", ["\x1b", "\x9b", "\x07", "\x08", "\r", "\x00", "\x7f", "\u202e", "\u2066", "\u200b"])
def test_control_and_direction_characters_become_a_visible_sign(sign):
    assert visible(f"a{sign}b") == "a\ufffdb"
    assert sign not in printed(show.cell(f"a{sign}b")).replace("\x1b[0m", "")[:-1]


@pytest.mark.parametrize("text", ["plain", "한글", "“quotes” – ℃ 20×10", "e\u0301", ""])
def test_ordinary_text_stays_as_it_is(text):
    assert visible(text) == text


def test_nothing_is_told_apart_from_the_word():
    assert visible(None) == ""
    assert show.cell(None).plain == show.cell("null").plain
    assert show.cell(None).style != show.cell("null").style


def test_markup_and_emoji_codes_are_text():
    out = io.StringIO()
    console = show.console()
    console.file = out
    console.print("[bold]x[/bold] :smile:")

    assert out.getvalue() == "[bold]x[/bold] :smile:\n"


def test_line_breaks_in_a_cell_do_not_break_the_row():
    assert len(printed(show.table(["a"], [["one\ntwo"]])).splitlines()) == 3


def test_a_table_folds_long_words_and_loses_none_of_their_letters():
    word = "x" * 100

    assert printed(show.table(["a", "b"], [[word, 1]]), width=30).count("x") == 100


def test_thousands_are_set_apart():
    assert show.count(1234567) == "1,234,567"
