"""The document of the ready questions shows every question, and text of pages cannot break out of it."""

import re

import pytest
from rich.cells import cell_len

from docs import questions
from etl.warehouse.queries import load_queries


@pytest.fixture(scope="module")
def document():
    return questions.text()


def tables(document):
    return re.findall(r"^(`{3,})text\n(.*?)\n\1$", document, re.MULTILINE | re.DOTALL)


def test_every_question_stands_there_with_its_file(document):
    headings = re.findall(
        r"^## (.+)\n\n\[sql/queries/(\w+)\.sql\]\(\.\./sql/queries/\2\.sql\)$", document, re.MULTILINE
    )
    assert [name for _, name in headings] == list(load_queries())
    contents = re.findall(r"^- \[(.+)\]\(#(.+)\)$", document, re.MULTILINE)
    assert [heading for heading, _ in contents] == [heading for heading, _ in headings]


def test_tables_are_narrow_and_name_no_time_of_the_build(document):
    found = tables(document)
    assert len(found) == len(load_queries()) - document.count("The sample pages give no row.")
    assert all(cell_len(line) <= questions.WIDTH for _, table in found for line in table.splitlines())
    assert "build_digest  " not in document


def test_text_of_a_page_cannot_close_the_fence_or_steer_a_terminal():
    lines = questions._answer(["title", "day"], [["```\n\n# Gone ````` \x1b[2J\u202e", 1]])
    assert lines[0] == "``````text"
    assert lines[-1] == "``````"
    assert all(line.isprintable() for line in lines)
    assert not any(line.lstrip().startswith("#") for line in lines)


def test_long_texts_are_cut_and_columns_without_a_place_are_named():
    names = [f"column_{number}" for number in range(9)]
    lines = questions._answer(names, [["국" * 40] * 9, ["x"] * 9])
    assert max(map(cell_len, lines[1:5])) <= questions.WIDTH
    assert "…" in lines[4]
    assert lines[-1] == "Not shown: the columns `column_6`, `column_7`, `column_8`."


def test_numbers_and_days_are_never_cut():
    lines = questions._answer(["word", "number"], [["w" * 300, 123456789], ["w", -1.5]])
    assert lines[3].endswith("…  123456789")
    assert lines[4].endswith(" -1.5")


def test_rows_that_are_not_shown_are_counted():
    assert questions._answer(["a"], [[None]] * 10)[-1] == "Not shown: 2 more rows."
    assert questions._answer(["a"], []) == ["The sample pages give no row."]
    assert questions._answer(["is_new", "build_digest"], [[True, "0"]]) == [
        "```text",
        "is_new  yes",
        "```",
        "",
        "Not shown: the column `build_digest`.",
    ]


def test_words_of_a_header_cannot_become_markup():
    assert questions._escaped("<b> *all* [x] a|b `file.sql`") == r"\<b\> \*all\* \[x\] a\|b `file.sql`"
