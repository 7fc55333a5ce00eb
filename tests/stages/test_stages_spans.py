"""Spans of days: together they hold every day, each once; what is there stays."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from etl.stages import spans
from etl.stages.parsed import DAY_SCHEMA
from etl.stages.spans import UNDATED, Span, plan

FIRST = date(1998, 1, 1)
DAYS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.dates(), st.sampled_from([date.min, date.max, FIRST])),
        st.integers(0, 30_000),
        st.integers(0, 200_000),
    ),
    max_size=30,
)
STARTS = st.sets(st.dates(max_value=date(9999, 12, 30)), max_size=5)


def days(*rows):
    return pl.DataFrame(list(rows), schema=DAY_SCHEMA, orient="row")


def held(span, frame):
    return frame.filter(span.holds(pl.col("date"))).height


@given(DAYS, STARTS)
def test_every_day_is_in_exactly_one_span(rows, starts):
    frame = days(*rows)

    found = plan(frame, starts)

    assert sum(held(span, frame) for span in (*found, UNDATED)) == frame.height
    assert held(UNDATED, frame) == frame["date"].null_count()
    assert [span.end for span in found[:-1]] == [span.start for span in found[1:]]
    assert (found[0].start, found[-1].end) == (date.min, date.max)


@given(DAYS, STARTS)
def test_spans_that_are_there_stay_and_a_second_plan_changes_nothing(rows, starts):
    first = {span.start for span in plan(days(*rows), starts)}

    assert starts <= first
    assert {span.start for span in plan(days(*rows), first)} == first


def test_no_pages_make_one_span():
    assert plan(days(), set()) == [Span(date.min, date.max)]


def test_many_pages_are_split_into_spans_of_the_wanted_size(monkeypatch):
    monkeypatch.setattr(spans, "SPAN_PAGES", 100)
    frame = days(*((FIRST + timedelta(days=number), 10, 150) for number in range(100)))

    found = plan(frame, set())

    pages = [frame.filter(span.holds(pl.col("date")))["page_count"].sum() for span in found]
    assert pages == [100] * 10


def test_a_day_cannot_be_split(monkeypatch):
    monkeypatch.setattr(spans, "SPAN_PAGES", 100)

    assert [span.start for span in plan(days((FIRST, 5_000, 0)), set())] == [date.min]


def test_pages_without_a_date_belong_to_no_days():
    frame = days((None, 3, 0), (FIRST, 10, 0))

    (span,) = plan(frame, set())

    assert frame.filter(span.holds(pl.col("date"))).height == 1
    assert frame.filter(UNDATED.holds(pl.col("date")))["date"].null_count() == 1
