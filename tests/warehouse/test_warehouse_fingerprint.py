"""Fingerprints: equal for the same rows however they lie, different for any other rows."""

import duckdb
import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.warehouse.fingerprint import fingerprint, overall

TYPES = (
    "number bigint, share double, text varchar, day date, moment timestamptz, list varchar[], pair struct(a integer)"
)
ROWS = [
    "(1, 0.1, 'a', date '2024-01-01', timestamptz '2024-01-01 00:00:00+00', ['x', null], {'a': 1})",
    "(2, 1e300, 'b', null, timestamptz '2024-01-01 09:00:00+09', [], {'a': null})",
    "(3, 'nan', '한글 \"q\"', date '0001-01-01', null, null, null)",
    "(null, -0.0, '', null, null, [''], {'a': 0})",
]


def made(rows, threads=1, zone="UTC", types=TYPES, table="core.made"):
    with duckdb.connect(config={"threads": threads}) as con:
        con.execute(f"set timezone = '{zone}'")
        con.execute("create schema core")
        con.execute(f"create table {table} ({types})")
        for row in rows:
            con.execute(f"insert into {table} values {row}")
        return fingerprint(con)


def test_order_threads_and_time_zone_change_nothing():
    assert made(ROWS) == made(ROWS[::-1], threads=4, zone="Asia/Seoul")


@hypothesis.settings(max_examples=20)
@given(st.lists(st.integers(0, 3), max_size=8), st.randoms())
def test_a_fingerprint_is_that_of_the_multiset(numbers, chance):
    def of(values):
        return made([f"({value})" for value in values], types="number integer")

    shuffled = chance.sample(numbers, len(numbers))
    assert of(numbers) == of(shuffled)
    assert of(numbers) != of([*numbers, 0])
    if numbers:
        assert of(numbers) != of([*numbers[1:], numbers[0] + 1])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(1, 0.1", "(1, 0.10000000000000002"),
        ("'a'", "'A'"),
        ("'a'", "null"),
        ("00:00:00+00", "00:00:00.000001+00"),
        ("'x', null", "null, 'x'"),
        ("{'a': 1}", "{'a': 2}"),
        ("2024-01-01'", "2024-01-02'"),
    ],
)
def test_one_value_more_or_less_changes_it(old, new):
    assert made(ROWS) != made([ROWS[0].replace(old, new, 1), *ROWS[1:]])


def test_values_that_change_places_between_rows_or_columns_change_it():
    assert made(["('a', 'b')"], types="x varchar, y varchar") != made(["('b', 'a')"], types="x varchar, y varchar")
    assert made(["(1, 2)", "(3, 4)"], types="x int, y int") != made(["(1, 4)", "(3, 2)"], types="x int, y int")


def test_names_and_types_of_columns_count():
    assert made(["(1)"], types="x integer") != made(["(1)"], types="y integer")
    assert made(["(1)"], types="x integer") != made(["(1)"], types="x bigint")


def test_an_empty_table_has_one_too():
    ((table, rows, digest),) = made([])

    assert (table, rows) == ("core.made", 0)
    assert len(digest) == 32


def test_run_records_and_times_of_fetching_are_left_out(published):
    from etl.warehouse.read import connect_published

    with connect_published(published) as con:
        found = fingerprint(con)
        tables = {
            name for (name,) in con.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        }

    assert tables - {each.table for each in found} == {"quality.run", "quality.rule_result", "quality.rule_violation"}
    early = made(
        ["('a', now() - interval 1 day)"],
        types="page_sha256 varchar, first_fetched_at timestamptz",
        table="core.fact_page",
    )
    late = made(["('a', now())"], types="page_sha256 varchar, first_fetched_at timestamptz", table="core.fact_page")
    assert early == late


def test_all_tables_together_have_one():
    assert overall(made(ROWS)) == overall(made(ROWS[::-1])) != overall(made(ROWS[1:]))
