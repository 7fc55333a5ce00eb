"""Packs whose pages come in no order are sorted by span first, which changes no byte of what is made of them."""

import errno
import os
import random
from datetime import date
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.corpus import corpus
from etl import files
from etl.settings import Settings
from etl.stages import CleanStore, ParsedStore, clean, sorting, spans
from etl.stages.spans import Span
from etl.warehouse import lock
from tests import support

PAGES = [support.offer(content, f"{number:03}.txt") for number, content in enumerate(corpus(220))]
PAGES += [
    support.offer(support.page(support.block(), layout="C", title=f"Undated {number}"), f"undated {number}.txt")
    for number in range(3)
]
DAYS_APART = [date(2016, 1, 4), date(2024, 9, 17)]
# a footer of another day: a rule takes the page to quarantine, with what it shows of other days
PAGES += [
    support.offer(
        support.page(*(support.block(f"Shown {number}", day) for day in DAYS_APART), title=f"Refused {number}").replace(
            b"(Juche113.9.18.)", b"(Juche113.9.1.)"
        ),
        f"refused {number}.txt",
    )
    for number in range(6)
]
# a block that a rule refuses, on a page that it does not
PAGES += [
    support.offer(
        support.page(support.block("Too early", date(1900, 1, 1)), title=f"Shows {number}"), f"shows {number}.txt"
    )
    for number in range(3)
]


@pytest.fixture
def sorted_groups(monkeypatch):
    """The groups of packs of each time that packs are sorted, with spans of a day or two."""
    found = []
    groups = sorting._groups

    def note(page_counts):
        found.append(groups(page_counts))
        return found[-1]

    monkeypatch.setattr(sorting, "_groups", note)
    monkeypatch.setattr(sorting, "PAGES_TOGETHER", 50)
    monkeypatch.setattr(spans, "SPAN_PAGES", 20)
    return found


def parsed(settings, pages):
    """A store of clean tables whose pages were parsed in packs of twenty."""
    for start in range(0, len(pages), 20):
        support.add(settings, pages[start : start + 20])
    ParsedStore(settings.paths()).update()
    return CleanStore(settings.paths())


def shuffled(pages):
    return random.Random(7).sample(pages, len(pages))


def made_anew(store, workers=1):
    """The bytes of all clean files, by name."""
    store.manifest.replace([])
    store.update(workers)
    return {path.name: path.read_bytes() for path in store.folder.glob("*.parquet")}


def failed_rows(store):
    """How many rows of each parsed table a rule refuses."""
    paths = [store.parsed.folder / pack["failed"].name for pack in store.parsed.packs()]
    return dict(pl.read_parquet(paths)["table"].value_counts().iter_rows())


@pytest.mark.parametrize("workers", [1, 2])
def test_sorted_packs_give_the_very_same_files(workers, settings, sorted_groups, monkeypatch):
    monkeypatch.setattr(clean, "SMALL", 0)
    store = parsed(settings, shuffled(PAGES))
    monkeypatch.setattr(sorting, "FEW_READS", 1_000)
    unsorted = made_anew(store)
    assert sorted_groups == []
    assert failed_rows(store).keys() >= {"parsed.article", "parsed.sidebar_block"}
    monkeypatch.setattr(sorting, "FEW_READS", 0)

    assert made_anew(store, workers) == unsorted
    (groups,) = sorted_groups
    assert len(groups) > 4
    assert len({name.split("-", 1)[1] for name in unsorted if name.startswith("page-")}) > 4


def test_pages_in_no_order_are_sorted_and_others_are_not(settings, sorted_groups, tmp_path):
    made_anew(parsed(settings, PAGES))
    assert sorted_groups == []

    made_anew(parsed(Settings(home=tmp_path / "other"), shuffled(PAGES)))
    assert len(sorted_groups) == 1


def test_only_what_is_missing_is_sorted(settings, sorted_groups):
    store = parsed(settings, shuffled(PAGES))
    store.update()
    sorted_groups.clear()

    assert store.update() == 0
    assert sorted_groups == []


def test_a_sort_that_fails_leaves_no_file(settings, sorted_groups, monkeypatch):
    store = parsed(settings, shuffled(PAGES))
    write = sorting._write

    def fail_at_the_blocks(target, *others):
        write(target, *others)
        if "sidebar_block-2" in target.name:
            raise OSError(errno.ENOSPC, "No space left on device", str(target))

    monkeypatch.setattr(sorting, "_write", fail_at_the_blocks)
    monkeypatch.setattr(store, "_sweep", lambda: None)
    with pytest.raises(OSError, match="No space left"):
        store.update()

    assert sorted_groups
    assert list(store.folder.glob(f"*{files.TEMPORARY_SUFFIX}")) == []


def test_what_a_killed_sort_leaves_is_nobodys(tmp_path):
    for target in sorting._targets(tmp_path, 3).values():
        target.touch()
    assert len(lock.left_behind(tmp_path)) == len(sorting.TABLES)


def test_what_a_living_sort_writes_is_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getpid", os.getppid)
    targets = sorting._targets(tmp_path, 3)
    monkeypatch.undo()
    for target in targets.values():
        target.touch()

    assert lock.left_behind(tmp_path) == []


@given(st.lists(st.integers(1, 80_000), max_size=30))
def test_every_pack_is_in_one_group_and_groups_are_small(page_counts):
    groups = [page_counts[group] for group in sorting._groups(page_counts)]

    assert [count for group in groups for count in group] == page_counts
    assert all(len(group) == 1 or sum(group) <= sorting.PAGES_TOGETHER for group in groups if group)


DAYS = st.one_of(st.dates(), st.dates(date(2024, 1, 1), date(2024, 1, 20)), st.sampled_from([date.min, date.max]))


@given(st.lists(st.none() | DAYS, max_size=30), st.lists(DAYS, min_size=2, max_size=8, unique=True), st.data())
def test_a_day_goes_to_the_span_that_holds_it(days, bounds, data):
    starts = sorted(bounds)
    all_spans = [Span(*each) for each in pairwise([*starts, date.max]) if each[0] < each[1]]
    chosen = [span for span in all_spans if data.draw(st.booleans())] or all_spans
    frame = pl.DataFrame({"day": days}, schema={"day": pl.Date})

    found = sorting.span_numbers(frame["day"], chosen)

    for number, span in enumerate(chosen):
        assert (found == number).tolist() == frame.select(span.holds(pl.col("day")).fill_null(value=False))[
            "day"
        ].to_list()
