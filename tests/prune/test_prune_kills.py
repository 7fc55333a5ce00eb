"""Order, types and choices that no other test of the pruning notices."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from etl.prune import article, sidebar
from etl.prune.origin import origin_files
from etl.prune.outcome import QUARANTINE_SCHEMA, describe, final_outcomes, split_blocks

DAY_1, DAY_2 = date(2024, 9, 19), date(2024, 9, 20)
TIME_1, TIME_2 = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)


def blocks(*rows):
    """Sidebar blocks: page, position, entry, day of capture."""
    texts = ["source_key", "title", "title_key", "teaser", "teaser_key"]
    found = pl.DataFrame(
        [row + ("text",) * len(texts) + (DAY_1, True) for row in rows],
        schema={"page_sha256": pl.String, "position": pl.Int32, "sidebar_entry_id": pl.String, "captured_date": pl.Date}
        | dict.fromkeys(texts, pl.String)
        | {"shown_date": pl.Date, "is_complete": pl.Boolean},
        orient="row",
    )
    return sidebar.number_keys(found).lazy()


def articles(*rows):
    """Articles: version, page, day of capture."""
    schema = {"article_version_id": pl.String, "page_sha256": pl.String, "captured_date": pl.Date, "title": pl.String}
    return pl.LazyFrame([(*row, f"of page {row[1]}") for row in rows], schema=schema, orient="row")


def offers(*rows):
    """Files offered: address, page, time."""
    columns = ("url", "page_sha256", "fetched_at", "outcome", "reason", "origin", "name")
    schema = dict.fromkeys(columns, pl.String) | {"fetched_at": pl.Datetime("us", "UTC")}
    made = [(*row, "page" if row[1] else "skipped", None, f"origin of {row[0]}", f"name of {row[0]}") for row in rows]
    return pl.LazyFrame(made, schema=schema, orient="row")


SHUFFLED = blocks(("q", 2, "c", DAY_2), ("p", 3, "a", DAY_2), ("q", 1, "b", DAY_2), ("p", 1, "d", DAY_2))
VERSIONS = pl.LazyFrame({"article_version_id": ["v", "w"], "article_id": ["v", "v"]})
"""An article in two wordings."""
MANY = [(f"{number * 7 % 30:02}", f"{number * 11 % 30:02}", DAY_1) for number in range(30)]
"""Thirty rows in no order."""


def dropped(found):
    """What was removed: page, reason, number of rows."""
    seen = sidebar.appearances(found)
    return sidebar.name_keys(sidebar.dropped(seen, sidebar.first_appearances(seen)))


def entries(found):
    """The entries of blocks."""
    return sidebar.name_keys(sidebar.entries(found, sidebar.first_appearances(sidebar.appearances(found))))


def test_appearances_are_in_the_order_of_pages_and_places():
    rows = sidebar.appearances(SHUFFLED).collect().select("page_sha256", "position").rows()

    assert rows == [("p", 1), ("p", 3), ("q", 1), ("q", 2)]


def test_entries_are_in_the_order_of_their_keys():
    many = blocks(*((page, 1, entry, day) for entry, page, day in MANY))

    assert entries(many).collect()["sidebar_entry_id"].is_sorted()


def test_versions_are_in_the_order_of_their_keys():
    assert article.versions(articles(*MANY))["article_version_id"].is_sorted()


def test_a_version_of_pages_without_a_capture_date_has_none():
    (row,) = article.versions(articles(("v", "q", None), ("v", "p", None))).rows(named=True)

    assert row == {
        "article_version_id": "v", "title": "of page p", "first_captured_date": None, "last_captured_date": None,
        "page_count": 2,
    }  # fmt: skip


@pytest.mark.parametrize("rows", [slice(None), slice(None, None, -1)], ids=["in order", "in reverse"])
def test_the_page_captured_first_is_not_the_one_that_repeats_an_entry(rows):
    made = [("a", 1, "e", DAY_2), ("b", 1, "e", DAY_1), ("c", 1, "e", DAY_1), ("c", 4, "f", DAY_1)][rows]
    found = blocks(*made)

    across = [row for row in dropped(found).collect().rows() if row[1] == "sidebar_entry_seen_on_other_page"]

    assert sorted(across) == [
        ("a", "sidebar_entry_seen_on_other_page", 1),
        ("c", "sidebar_entry_seen_on_other_page", 1),
    ]


def test_counts_have_the_types_of_their_tables():
    found = articles(("v", "p", DAY_1))
    quarantined = pl.DataFrame(schema=QUARANTINE_SCHEMA)
    removed = pl.Schema({"page_sha256": pl.String, "reason": pl.String, "row_count": pl.Int64})

    assert sidebar.appearances(SHUFFLED).collect_schema()["copy_count"] == pl.Int32
    assert entries(SHUFFLED).collect_schema()["appearance_count"] == pl.Int32
    assert article.versions(found).schema["page_count"] == pl.Int32
    assert dropped(SHUFFLED).collect_schema() == removed
    assert article.dropped(found).collect_schema() == removed
    assert split_blocks(sidebar.name_keys(SHUFFLED).collect(), quarantined)[1].schema == removed


def test_the_verdict_of_the_rules_adds_no_column():
    names = ["page_sha256", "outcome", "reason", "reason_detail"]
    pages = pl.LazyFrame({"page_sha256": ["p"], "outcome": ["load"]}).with_columns(
        reason=pl.lit(None, pl.String), reason_detail=pl.lit(None, pl.String)
    )

    assert final_outcomes(pages, pl.DataFrame(schema=QUARANTINE_SCHEMA)).collect_schema().names() == names


def test_of_failing_rules_those_of_the_article_come_before_those_of_the_page():
    pages = pl.LazyFrame({"page_sha256": ["p"], "outcome": ["load"], "reason": [""], "reason_detail": [""]})
    rows = [("parsed.page", "p", None, "of the page", "1", 0), ("parsed.article", "p", None, "of the article", "2", 5)]

    for given in (rows, rows[::-1]):
        quarantined = pl.DataFrame(given, schema=QUARANTINE_SCHEMA, orient="row")
        assert final_outcomes(pages, quarantined).collect().rows() == [("p", "quarantine", "of the article", "2")]


def test_a_block_is_refused_only_where_it_failed():
    rows = [("parsed.sidebar_block", "p", 3, "rule", "", 0), ("parsed.page", "q", 1, "rule", "", 0)]
    quarantined = pl.DataFrame(rows, schema=QUARANTINE_SCHEMA, orient="row")

    kept, counts = split_blocks(sidebar.name_keys(SHUFFLED).collect(), quarantined)

    assert sorted(kept.select("page_sha256", "position").rows()) == [("p", 1), ("q", 1), ("q", 2)]
    assert counts.rows() == [("p", "sidebar_block_failed_rule", 1)]


def test_pages_are_described_in_the_order_of_their_keys():
    pages = pl.LazyFrame({"page_sha256": ["q", "r", "p"]})

    rows = describe(pages, articles(("w", "q", DAY_1)), VERSIONS).collect().rows()

    assert rows == [("p", None, None), ("q", "w", "v"), ("r", None, None)]


def test_a_page_was_first_fetched_when_its_bytes_were_from_wherever():
    files = offers(("b", "p", TIME_2), ("a", "p", TIME_2), ("c", "p", TIME_1), ("d", None, TIME_1))

    rows = origin_files(files).collect().select("url", "first_fetched_at").rows()

    assert rows[:3] == [("a", TIME_1), ("b", TIME_1), ("c", TIME_1)]


def test_files_are_in_the_order_of_their_addresses_and_pages_before_refusals():
    files = offers(("b", "q", TIME_1), ("a", None, TIME_1), ("b", "p", TIME_2), ("a", "r", TIME_2), ("c", "p", TIME_1))

    rows = origin_files(files).collect().select("url", "page_sha256", "outcome").rows()

    assert rows == [
        ("a", "r", "page"),
        ("a", None, "skipped"),
        ("b", "p", "page"),
        ("b", "q", "page"),
        ("c", "p", "duplicate"),
    ]
