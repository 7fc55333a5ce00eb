"""Pages that are not part of the project: two real ones, and pages made around real articles with known answers.

Run where the environment variable KCNA_SHARED_PAGES names their folder; their text stays where it is.
"""

import json
import os
import random
from datetime import timedelta
from pathlib import Path

import pytest

from etl.fetch.origin import read_origin
from etl.settings import Settings
from tests import support
from tests.support import FETCHED_AT, rows

FOLDER = os.environ.get("KCNA_SHARED_PAGES")
pytestmark = pytest.mark.skipif(not FOLDER, reason="KCNA_SHARED_PAGES names no folder")


def offered(name):
    """The pages of a folder as an origin offers them."""
    return [offer for offer in read_origin(str(Path(FOLDER) / name), Settings()) if offer.content]


def load(home, name):
    """Build the warehouse of a folder of pages; returns its file."""
    return support.build_warehouse(Settings(home=home), offered(name))


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    return load(tmp_path_factory.mktemp("real"), "kcnawatch")


@pytest.fixture(scope="module")
def reconstructed(tmp_path_factory):
    return load(tmp_path_factory.mktemp("reconstructed"), "reconstructed")


@pytest.fixture(scope="module")
def truth():
    return json.loads((Path(FOLDER) / "reconstructed" / "truth.json").read_text(encoding="utf-8"))


def test_both_real_pages_load_with_all_their_sidebar_blocks(real):
    found = rows(
        real,
        "select outcome, layout, sidebar_block_count, sidebar_incomplete_count, is_sidebar_cut, unexplained_line_count "
        "from quality.page_outcome order by sidebar_block_count",
    )

    assert found == [("load", "A", 14, 0, False, 0), ("load", "A", 18, 0, False, 0)]
    assert rows(real, "select source_id, footer_calendar from core.fact_article") == [("kcna-kp-en", "juche")] * 2


def test_every_reconstructed_page_has_the_outcome_and_fields_that_were_put_into_it(reconstructed, truth):
    found = {
        name: fields
        for name, *fields in rows(
            reconstructed,
            "select file.name, page.outcome, page.layout, page.paragraph_count, page.sidebar_entry_count "
            "from quality.origin_file as file inner join quality.page_outcome as page using (page_sha256)",
        )
    }

    expected = {
        page["file"]: [page["outcome"], page["layout"], page["n_paragraphs"], page["n_sidebar"]]
        for page in truth["pages"]
        if page["outcome"] == "load"
    }
    assert {name: found[name] for name in expected} == expected
    refused = [page["file"] for page in truth["pages"] if page["outcome"] != "load"]
    assert {found[name][0] for name in refused} == {"quarantine"}


def test_titles_and_dates_of_reconstructed_pages_are_word_for_word(reconstructed, truth):
    found = {
        name: (title, str(published))
        for name, title, published in rows(
            reconstructed,
            "select file.name, page.title, page.published_date "
            "from quality.origin_file as file inner join quality.page_outcome as page using (page_sha256)",
        )
    }

    for page in truth["pages"]:
        if page["outcome"] == "load":
            assert found[page["file"]] == (page["title"], page["published"])


def test_the_warehouse_of_the_reconstructed_pages_counts_what_it_should(reconstructed, truth):
    expected = truth["warehouse"]
    names = ("distinct_pages", "articles", "article_versions", "edited_articles", "sidebar_entries")
    ((*found, appearances),) = rows(
        reconstructed,
        "select (select count(*) from core.fact_page), (select count(*) from core.fact_article), "
        "(select count(*) from core.fact_article_version), (select count(distinct article_id) from marts.revision), "
        "(select count(*) from core.fact_sidebar_entry), (select count(*) from core.fact_sidebar_appearance)",
    )

    assert dict(zip(names, found, strict=True)) == {name: expected[name] for name in names}
    assert appearances == expected["sidebar_appearances"]
    assert rows(reconstructed, "select identity from quality.accounting where left_count <> right_count") == []


def test_every_sidebar_entry_of_a_loaded_article_is_linked_to_it(reconstructed):
    # Every article of these pages has a page of its own, so an entry without an article was not recognised.
    not_linked = rows(
        reconstructed,
        "select entry.sidebar_entry_id from core.fact_sidebar_entry as entry inner join core.fact_article as article "
        "on entry.title = article.title and entry.shown_date = article.published_date "
        "and entry.source_id = article.source_id where entry.article_id is null",
    )

    assert not_linked == []


@pytest.mark.parametrize("seed", [1, 2])
def test_ten_random_parts_in_any_order_give_the_same_warehouse(reconstructed, seed, tmp_path):
    settings, chance = Settings(home=tmp_path), random.Random(seed)
    pages = offered("reconstructed")
    chance.shuffle(pages)
    for part in range(10):
        support.add(settings, pages[part::10], FETCHED_AT + timedelta(days=part))
        if part in (3, 7):
            support.refine(settings)

    assert support.fingerprint(support.build_warehouse(settings)) == support.fingerprint(reconstructed)


def test_the_real_articles_name_their_provinces_and_factories_and_no_place_of_a_dateline(real):
    provinces = rows(
        real,
        'select mention.surface, mention."start", place.iso_code from core.fact_mention as mention '
        "inner join core.dim_place as place on place.place_id = mention.entity_id "
        "where mention.kind = 'place' and mention.role = 'plain' and place.level = 1 "
        "order by mention.article_id, 2",
    )
    factories = rows(
        real,
        "select surface from core.fact_mention where kind = 'organization' and "
        "regexp_matches(surface, '(Factory|Plant)$') order by 1",
    )

    assert provinces == [
        ("North Hamgyong Province", 204, "KP-09"),
        ("South Hamgyong Province", 396, "KP-08"),
        ("North Phyongan Province", 596, "KP-03"),
        ("Pyongyang Municipality", 963, "KP-01"),
        ("South Hamgyong Province", 1152, "KP-08"),
        ("South Hwanghae Province", 1278, "KP-05"),
        ("Kangwon Province", 1351, "KP-07"),
        ("South Phyongan", 1391, "KP-02"),
        ("North Hwanghae provinces", 1410, "KP-06"),
        ("Kaesong Municipality", 1439, "KP-15"),
    ]
    assert [surface for (surface,) in factories] == [
        "Hamhung Youth Electric Appliances Plant",
        "Kusong City Foodstuff Factory",
        "Paekunsan General Foodstuff Factory",
    ]
    assert rows(real, "select distinct surface, role from core.fact_mention where entity_id = 'KP-01' order by 1") == [
        ("Pyongyang", "dateline"),
        ("Pyongyang Municipality", "plain"),
    ]
    assert rows(real, "select count(*) from marts.sidebar_only_article") == [(32,)]
