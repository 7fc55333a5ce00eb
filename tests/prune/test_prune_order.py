"""The content is a pure function of the set of pages: order, split and repetition of loads change nothing."""

import tempfile
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from etl.settings import Settings
from etl.stages import sorting, spans
from etl.warehouse.catalog import BUILD_ORDER
from tests import support
from tests.support import FETCHED_AT, block, broken_page, offer, page, refusal

BRIDGE, MILL = block("New Bridge Opened"), block("Mill Rebuilt", date(2024, 9, 16), "A paper mill was rebuilt.")
LOOSE_BRIDGE = block("New  Bridge\u200b Opened")
ORCHARD = block("Orchard Harvested", date(2024, 9, 18), "Pyongyang, September 18 (KCNA) -- Apples")
DAY_1, DAY_2 = date(2024, 9, 19), date(2024, 9, 20)

LONG = " ".join(f"Sentence number {number} tells of a harvest." for number in range(12))

# Ties on purpose: captures of one day, words that differ only in white space, one page in several files.
FILES = [
    offer(page(BRIDGE, MILL, BRIDGE, captured=DAY_1), "b.txt"),
    offer(page(BRIDGE, MILL, BRIDGE, captured=DAY_1), "a.txt"),
    offer(page(LOOSE_BRIDGE, ORCHARD, captured=DAY_1, title="Another"), "c.txt"),
    offer(page(LOOSE_BRIDGE, captured=DAY_1, layout="B", title="An\u00adother"), "d.txt"),
    offer(page(BRIDGE, captured=DAY_2, paragraphs=("Apples  of the Taedonggang farm.",)), "e.txt"),
    offer(
        page(captured=DAY_2, paragraphs=("Apples of the Taedonggang farm.",), source_label="Kite Post (En)"), "f.txt"
    ),
    offer(page(captured=DAY_2, title="Third", source_label="KITE  POST (EN)"), "g.txt"),
    offer(page(ORCHARD, captured=DAY_1).replace(b"(Juche113.9.18.)", b"(Juche113.9.1.)"), "h.txt"),
    offer(broken_page(captured=DAY_1), "i.txt"),
    offer(page(title="Without a Capture", layout="C"), "j.txt"),
    offer(page(captured=DAY_1, title="Long", paragraphs=(LONG,)), "m.txt"),
    offer(page(captured=DAY_2, title="Longer", paragraphs=(LONG.replace("number 7", "number seven"),)), "n.txt"),
    offer(support.leader_page(), "o.txt"),
    offer(support.leader_page(source_label="Kite Post (En)"), "p.txt"),
    offer(support.press_review_page(), "q.txt"),
    offer(b"no page", "k.txt"),
    refusal("l.txt"),
]


def load_all(loads, pack_pages=1_000, *, span_pages=spans.SPAN_PAGES, few_reads=sorting.FEW_READS):
    """The fingerprint after these loads, a week apart."""
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(spans, "SPAN_PAGES", span_pages),
        patch.object(sorting, "FEW_READS", few_reads),
    ):
        settings = Settings(home=Path(folder), pack_pages=pack_pages)
        for number, load in enumerate(loads):
            support.add(settings, load, FETCHED_AT + timedelta(weeks=number))
        return support.fingerprint(support.build_warehouse(settings))


@pytest.fixture(scope="module")
def expected():
    """The fingerprint after one load of all files in order."""
    return load_all([FILES])


@st.composite
def several_loads(draw):
    """All files in any order, in several loads, some of them more than once."""
    files = draw(st.permutations(FILES)) + draw(st.lists(st.sampled_from(FILES), max_size=3))
    cuts = sorted(draw(st.sets(st.integers(1, len(files) - 1), max_size=3)))
    return [files[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(files)], strict=True)]


@hypothesis_settings(max_examples=10, deadline=None)
@given(
    loads=several_loads(),
    pack_pages=st.sampled_from([1, 3, 1_000]),
    span_pages=st.sampled_from([1, 5_000]),
    few_reads=st.sampled_from([0, 1_000]),
)
def test_any_order_split_and_repetition_gives_the_same_content(loads, pack_pages, span_pages, few_reads, expected):
    assert load_all(loads, pack_pages, span_pages=span_pages, few_reads=few_reads) == expected


def test_another_page_changes_the_content(expected):
    assert load_all([[*FILES, offer(page(title="One More"), "z.txt")]]) != expected


def test_the_fingerprint_sees_every_table_with_rows(expected):
    assert len(expected) == len(BUILD_ORDER)
    assert [table for table, (row_count, _) in expected.items() if row_count == 0] == []
