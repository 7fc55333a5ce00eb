"""What holds for any text: columns, offsets, order, time."""

import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import enrich
from etl.enrich import SCHEMAS, enrich_articles
from etl.enrich.topics import find_topics
from tests.enrich.reading import DATELINE, frame, read

PIECES = (
    "Sinuiju City",
    "South Phyongan and North Hwanghae provinces",
    "Kim Jong Un",
    "ComradeKim Jong Unvisited",
    "Hwasong-11",
    "President Vladimir Putin",
    "C.C., WPK",
    "Rodong Sinmun",
    "the Sinuiju Cosmetics Factory",
    "south Korea",
    "’s",
    "“",
    "\u00a0",
    ", ",
    ". ",
    "\n\n",
    " and ",
    "accompanied by ",
    "on August 4",
    "-",
    "20×10",
    "조선",
    "ñandú",
    "S. Hamgyong Province",
    "Ri ",
    "😀",
    DATELINE,
    "Order of ",
    "Press Review",
    "visited ",
    "cities of ",
    "Mt ",
    "North and ",
    " provinces",
    "One day in ",
    "\x00",
)
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=25).map("".join)


@settings(max_examples=200, deadline=None)
@given(texts, texts)
def test_offsets_point_at_the_surface_and_tables_keep_their_columns(title, body):
    tables = enrich_articles(frame((title, body)))
    assert {name: table.schema for name, table in tables.items()} == SCHEMAS
    stored = {"title": title, "body": body}
    for mention in tables["mention"].rows(named=True):
        assert stored[mention["section"]][mention["start"] : mention["end"]] == mention["surface"] != ""
    assert tables["topic"]["is_primary"].sum() == 1
    people = tables["mention"].filter(pl.col("kind") == "person")["entity_id"]
    assert set(people) == set(tables["person"]["entity_id"])
    assert set(tables["event_companion"]["article_id"]) <= set(tables["leader_event"]["article_id"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(texts, texts), min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_order_and_batches_change_nothing(articles, random):
    whole = frame(*articles)
    shuffled = enrich_articles(whole.sample(fraction=1, shuffle=True, seed=random.randint(0, 9)))
    alone = [enrich_articles(whole[[number]]) for number in range(len(whole))]
    for name, table in enrich_articles(whole).items():
        assert table.equals(shuffled[name])
        if "article_id" in table.columns:
            assert table.equals(pl.concat([tables[name] for tables in alone]))


def test_nothing_gives_empty_tables():
    tables = enrich_articles(frame())
    assert {name: table.schema for name, table in tables.items()} == SCHEMAS
    assert all(table.is_empty() for table in tables.values())


def test_missing_texts_are_empty_texts():
    missing = pl.lit(None, pl.String)
    articles = frame(("x", "y")).with_columns(missing.alias("body"), missing.alias("title"))
    assert enrich_articles(articles)["mention"].is_empty()


HOSTILE = (
    "Sinuiju, ",
    "South ",
    "Kangwon ",
    "Kim Jong ",
    "Unsan County ",
    "Ivan Sidorov, minister ",
    "Putin ",
    "President ",
    "Central Committee of the ",
    "Pugo Farm ",
    "A",
    "Aa",
    "\n",
    " ",
    ".",
    '."',
    "brands as ",
    "Kim Jong Un, ",
    "North and ",
    "accompanied by Pak Jong Chon, ",
    "One day ",
    "Wang Li, ",
    "조",
    "on August 4 ",
    " provinces",
    "Anju, Tokchon cities ",
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_length_of_the_text(piece):
    def seconds(length):
        text = piece * (length // len(piece))
        best = []
        for _ in range(3):
            begin = time.process_time()
            read(DATELINE + text, title=text)
            best.append(time.process_time() - begin)
        return min(best)

    read("warm up")
    # Four times the text may take some six times the time on a busy machine; quadratic work would take sixteen.
    assert seconds(60_000) < 8 * seconds(15_000) + 0.05


@pytest.mark.parametrize("count", [0, 1, 5])
def test_reading_in_batches_changes_nothing(monkeypatch, count):
    monkeypatch.setattr(enrich, "BATCH_SIZE", 2)
    articles = frame(*[(f"Wheat in Sinuiju {number}", "Pak Pong Ju visited Hamhung.") for number in range(count)])
    entries = frame(("Wheat", "Rice."), ("Medals", None)).rename(
        {"article_id": "sidebar_entry_id", "body": "teaser", "published_date": "shown_date"}
    )
    found = enrich.enrich_in_batches(articles, entries, lambda _: None)
    topic = find_topics(frame(("Wheat", "Rice."), ("Medals", None)))
    assert found.pop("entry_topic").rows() == topic.rows()
    assert {name: table.rows() for name, table in found.items()} == {
        name: table.rows() for name, table in enrich_articles(articles).items()
    }
