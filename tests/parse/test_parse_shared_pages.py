"""Real and reconstructed pages, which are not part of the project: KCNA_SHARED_PAGES names a folder that holds them."""

import json
import os
from pathlib import Path

import pytest

from etl.parse.batch import parse_batch
from tests.parse.pages import frame
from tests.parse.test_parse_properties import same_tables

FOLDER = Path(os.environ.get("KCNA_SHARED_PAGES", "no such folder"))
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="KCNA_SHARED_PAGES names no folder of pages")


def test_reconstructed_pages_agree_with_their_truth():
    folder = FOLDER / "reconstructed"
    for expected in json.loads((folder / "truth.json").read_text())["pages"]:
        row = parse_batch(frame([(folder / expected["file"]).read_bytes()]))["page"].row(0, named=True)
        found = {
            "outcome": row["outcome"],
            "layout": row["layout"],
            "title": row["title"],
            "published": row["published_date"] and str(row["published_date"]),
            "captured": row["captured_date"] and str(row["captured_date"]),
            "n_paragraphs": row["paragraph_count"],
            "n_sidebar": row["sidebar_block_count"],
        }
        assert found == {name: expected[name] for name in found}, expected["file"]


def test_both_readers_agree_on_all_of_them():
    same_tables(frame(path.read_bytes() for path in sorted(FOLDER.rglob("*.txt"))))


def test_the_two_real_pages():
    rows = parse_batch(frame(path.read_bytes() for path in sorted((FOLDER / "kcnawatch").glob("*.txt"))))
    found = rows["page"].select(
        "outcome", "layout", "published_date", "captured_date", "paragraph_count", "sidebar_block_count",
        "unexplained_line_count",
    )  # fmt: skip
    assert sorted(map(str, found.rows())) == [
        "('load', 'A', datetime.date(2023, 12, 4), datetime.date(2026, 2, 12), 7, 18, 0)",
        "('load', 'A', datetime.date(2023, 9, 18), datetime.date(2026, 2, 21), 5, 14, 0)",
    ]
