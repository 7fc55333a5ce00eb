"""The README says what the code does."""

import json
import re
from pathlib import Path

import pytest

from etl.parse.outcome import REASONS
from etl.parse.page import LAYOUTS
from etl.settings import Settings

README = Path(__file__).parent.parent.joinpath("README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("reason", REASONS.values(), ids=list(REASONS))
def test_every_reason_is_listed_with_its_sentence(reason):
    assert f"| `{reason.code}` | {reason.outcome} | {reason.sentence} |" in README


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.NAME)
def test_every_layout_is_listed_with_when_it_was_seen(layout):
    assert re.search(rf"^\| {layout.NAME} \|.*{re.escape(layout.SEEN)}", README, re.MULTILINE)


def test_every_setting_is_listed():
    assert set(re.findall(r"`(KCNA_[A-Z_]+)`", README)) >= {
        f"KCNA_{name.upper()}" for name in Settings.model_fields if name not in {"pack_pages", "pack_bytes"}
    }


def test_the_shown_run_is_that_of_the_sample_pages():
    totals = json.loads(Path(__file__).with_name("sample_pages_expected.json").read_text(encoding="utf-8"))["totals"]
    shown = dict(re.findall(r"^ *([a-z_ ]+?)  +([0-9]+)$", README, re.MULTILINE))
    assert int(shown["pages in the warehouse"]) == totals["distinct_pages"]
    assert int(shown["loaded"]) == totals["by_outcome"]["load"]
    assert int(shown["distinct articles"]) == totals["loaded"]["articles"]
    assert int(shown["distinct sidebar entries"]) == totals["loaded"]["sidebar_entries"]
    assert {reason: int(shown[reason]) for reason in totals["by_reason"]} == totals["by_reason"]


def test_every_image_exists():
    for image in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert Path(__file__).parent.parent.joinpath(image).stat().st_size > 0, image
