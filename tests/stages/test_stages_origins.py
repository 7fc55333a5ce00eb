"""Parts of the table of files offered: together they are the whole, and new pages leave the old parts alone."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from etl.fetch.raw_store import OFFER_IDENTITY, OFFER_SCHEMA
from etl.prune.origin import origin_files
from etl.stages import CleanStore, origins
from tests import support

FETCHED_AT = datetime(2026, 3, 1, tzinfo=UTC)
OFFER = st.tuples(st.sampled_from("abc"), st.integers(0, 6), st.sampled_from(["page", "page", "skipped"]))
BATCHES = st.lists(st.lists(OFFER, min_size=1, max_size=8), max_size=6)


def frame(batch, number):
    """One file of offers: the pages of a batch, by the origin, the name and the page of each."""
    rows = [
        {
            "origin": f"file:///{origin}",
            "url": f"file:///{origin}/{page}",
            "outcome": outcome,
            "page_sha256": f"{page:064x}" if outcome == "page" else None,
            "fetched_at": FETCHED_AT + timedelta(days=number),
        }
        for origin, page, outcome in batch
    ]
    return pl.DataFrame(rows, schema=OFFER_SCHEMA)


@given(batches=BATCHES, together=st.integers(1, 12))
@limits(max_examples=40, deadline=None)
def test_parts_together_are_the_whole(batches, together, tmp_path_factory):
    folder = tmp_path_factory.mktemp("offers")
    frames = [frame(batch, number) for number, batch in enumerate(batches)]
    paths = [folder / f"{number}.parquet" for number in range(len(frames))]
    for path, one in zip(paths, frames, strict=True):
        one.write_parquet(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(origins, "OFFERS_TOGETHER", together)
        planned = origins.plan(paths, [one.height for one in frames])
    parts = []
    for number, part in enumerate(planned):
        origins.write_part(part, folder / f"part-{number}.parquet")
        parts.append(pl.read_parquet(folder / f"part-{number}.parquet"))

    whole = origin_files(pl.concat([OFFER_SCHEMA.to_frame(), *frames]).lazy()).collect()
    assert pl.concat(parts).sort(OFFER_IDENTITY).equals(whole.sort(OFFER_IDENTITY))


@pytest.fixture
def parts(settings, monkeypatch):
    """Make the table anew and list its parts, of which each has a few files offered."""
    monkeypatch.setattr(origins, "OFFERS_TOGETHER", 2)
    store = CleanStore(settings.paths())

    def make():
        support.refine(settings)
        return [path.name for path in store.paths("origin_file")]

    return make


def offers(*numbers, origin="file:///pages"):
    return [support.offer(support.page(title=f"Title {n}"), f"{n}.txt", origin) for n in numbers]


def test_new_pages_leave_the_parts_before_as_they_are(settings, parts):
    support.add(settings, offers(1, 2))
    support.add(settings, offers(3, 4))
    before = parts()

    support.add(settings, offers(5, 6))

    assert len(before) == 2
    assert parts()[:2] == before
    assert len(parts()) == 3


def test_a_page_offered_again_changes_only_the_part_of_the_page(settings, parts):
    support.add(settings, offers(1, 2))
    support.add(settings, offers(3, 4))
    support.add(settings, offers(5, 6))
    before = parts()

    support.add(settings, [*offers(7), *offers(3, origin="file:///elsewhere")])
    after = parts()

    assert [old == new for old, new in zip(before, after, strict=False)] == [True, False, True]
    assert len(after) == 4
