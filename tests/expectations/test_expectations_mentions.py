"""The rule that a mention stands in its text, against slices taken by Python."""

from itertools import product

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.quality.suite import batch_statement
from tests.expectations.defects import RULES

RULE = RULES["fact_mention_stands_in_text"]
LETTERS = "abA .\n\x00\u00e9\u201c\ud55c\u0301\u05d0\U0001f469\u200d\U00010348"


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as database:
        database.execute(
            """
            create schema core;
            create table core.fact_article (article_id varchar, title varchar, body varchar);
            create table core.fact_mention (
                article_id varchar, section varchar, kind varchar, "start" integer, "end" integer, surface varchar
            );
            """
        )
        yield database


@given(text=st.text(LETTERS, max_size=12), wrong=st.text(LETTERS, max_size=3), place=st.sampled_from(["title", "body"]))
def test_every_mention_that_does_not_stand_in_its_text_is_found(con, text, wrong, place):
    mentions = []
    for start, length in product(range(len(text)), range(1, 4)):
        mentions += [(start, start + length, text[start : start + length]), (start, start + length, wrong)]
    con.execute("delete from core.fact_article; delete from core.fact_mention")
    con.execute(f"insert into core.fact_article (article_id, {place}) values ('a', ?)", [text])
    for mention in mentions:
        con.execute("insert into core.fact_mention values ('a', ?, 'place', ?, ?, ?)", [place, *mention])

    statement = batch_statement(RULE.table, RULE.kwargs["unexpected_rows_query"])
    found = con.execute(f'select "start", "end" from ({statement})').fetchall()

    expected = [(start, end) for start, end, surface in mentions if text[start:end] != surface]
    assert sorted(found) == sorted(expected)
