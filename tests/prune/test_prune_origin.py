"""Files offered: which page each one was, or why it gave none."""

from datetime import timedelta

import polars as pl

from etl.prune.origin import origin_files
from tests import support
from tests.support import FETCHED_AT, offer, refusal

LATER = FETCHED_AT + timedelta(days=1)


def outcomes(settings, *loads):
    """Outcome and reason by name after these loads, one day apart."""
    for number, load in enumerate(loads):
        support.add(settings, load, FETCHED_AT + timedelta(days=number))
    tables = support.clean_tables(settings)
    return {
        name: (outcome, reason)
        for name, outcome, reason in tables["origin_file"].select("name", "outcome", "reason").iter_rows()
    }


def test_of_files_with_the_same_bytes_the_first_by_name_is_the_page_whichever_came_first(settings):
    found = outcomes(settings, [offer(b"same", "c.txt")], [offer(b"same", "b.txt")], [offer(b"same", "a.txt")])

    assert found == {"a.txt": ("page", None), "b.txt": ("duplicate", None), "c.txt": ("duplicate", None)}


def test_files_that_gave_no_page_keep_their_reason(settings):
    found = outcomes(settings, [refusal("a"), refusal("b", "unreadable", "read_error"), offer(b"page", "c")])

    assert found == {"a": ("skipped", "hidden_file"), "b": ("unreadable", "read_error"), "c": ("page", None)}


def test_files_without_a_page_are_no_duplicates_of_each_other(settings):
    assert set(outcomes(settings, [refusal("a"), refusal("b")]).values()) == {("skipped", "hidden_file")}


def test_a_file_that_changed_is_two_files(settings):
    support.add(settings, [offer(b"old")])
    support.add(settings, [offer(b"new")])

    assert support.clean_tables(settings)["origin_file"]["outcome"].to_list() == ["page", "page"]


def test_a_file_that_could_be_read_later_is_listed_with_both_outcomes(settings):
    support.add(settings, [refusal("page.txt", "unreadable", "read_error")])
    support.add(settings, [offer(b"page")], LATER)

    assert sorted(support.clean_tables(settings)["origin_file"]["outcome"]) == ["page", "unreadable"]


def test_the_same_offer_recorded_twice_is_one_file():
    row = {"origin": "o", "url": "u", "outcome": "page", "reason": None, "page_sha256": "p", "name": "n"}
    offers = pl.DataFrame([row | {"fetched_at": LATER}, row | {"fetched_at": FETCHED_AT}], infer_schema_length=None)

    files = origin_files(offers.lazy()).collect()

    assert files["fetched_at"].to_list() == [FETCHED_AT]


def test_a_folder_and_a_folder_inside_it_may_be_loaded_in_any_order(settings, tmp_path):
    other = settings.model_copy(update={"home": tmp_path / "other"})
    outer = [offer(b"page", "inner/page.txt", "file:///pages")]
    inner = [offer(b"page", "page.txt", "file:///pages/inner")]

    tables = []
    for each, loads in ((settings, (outer, inner)), (other, (inner, outer))):
        for load in loads:
            support.add(each, load)
        tables.append(support.clean_tables(each)["origin_file"].drop("fetched_at"))

    assert tables[0].equals(tables[1])
