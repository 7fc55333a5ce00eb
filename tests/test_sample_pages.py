"""The sample pages are those that the script writes, and each gives what is expected of it."""

import json
from pathlib import Path

import polars as pl

from benchmarks.sample_pages import find_differences
from etl.parse.batch import parse_batch
from etl.settings import sample_pages
from tests.parse.pages import frame

EXPECTED = json.loads(Path(__file__).with_name("sample_pages_expected.json").read_text(encoding="utf-8"))


COLUMNS = {
    "layout": "layout",
    "title": "title",
    "published": "published_date",
    "captured": "captured_date",
    "source_label": "source_label",
    "paragraph_count": "paragraph_count",
    "sidebar_block_count": "sidebar_block_count",
    "incomplete_block_count": "sidebar_incomplete_count",
}
"""What the expected fields are called in the parsed table."""


def test_the_pages_on_disk_are_those_that_the_script_writes():
    assert find_differences() == []


def test_every_sample_page_reads_as_expected():
    for name, expected in EXPECTED["pages"].items():
        row = parse_batch(frame([(sample_pages() / name).read_bytes()]))["page"].row(0, named=True)
        by_rule = expected["reason"] == "contradiction"  # found by a rule, after parsing
        assert row["outcome"] == ("load" if by_rule else expected["outcome"]), name
        assert row["reason"] == (None if by_rule else expected["reason"]), name
        if row["outcome"] == "load":
            assert {field: str(row[column]) for field, column in COLUMNS.items()} == {
                field: str(expected[field]) for field in COLUMNS
            }, name


def test_the_sample_pages_show_every_reason_that_a_page_can_have():
    shown = {page["reason"] for page in EXPECTED["pages"].values()} - {None}
    from etl.parse.outcome import REASONS

    # these need a fault of the program, a rule of the user, or a page of half a megabyte
    assert set(REASONS) - shown == {"parser_error", "failed_rule", "html_too_deep"}


def test_loaded_counts_add_up():
    contents = [(sample_pages() / name).read_bytes() for name in EXPECTED["pages"]]
    tables = parse_batch(frame(contents))
    loaded = tables["page"].filter(pl.col("outcome") == "load").height
    contradicting = EXPECTED["totals"]["by_reason"]["contradiction"]
    assert loaded == EXPECTED["totals"]["by_outcome"]["load"] + contradicting
