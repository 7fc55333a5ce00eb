"""Sidebar entries: once per page, once over all pages, with what was removed counted."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from etl.prune import sidebar
from tests.support import article, block, broken_page, clean_tables, page

BRIDGE = block("New Bridge Opened", date(2024, 9, 17), "A bridge was opened over the Taedong River.")
MILL = block("Mill Rebuilt", date(2024, 9, 16), "A paper mill was rebuilt in Kilju County.")
DAY_1, DAY_2, DAY_3 = date(2024, 9, 19), date(2024, 9, 20), date(2024, 9, 21)


def entries(tables):
    """The entries as rows by title, sorted."""
    return tables["sidebar_entry"].sort("title", "shown_date", "teaser").rows(named=True)


def dropped(tables):
    """Rows removed for each reason."""
    return dict(tables["dropped"].group_by("reason").agg(pl.col("row_count").sum()).iter_rows())


def test_an_entry_on_one_page_is_seen_once(settings):
    (entry,) = entries(clean_tables(settings, page(BRIDGE, captured=DAY_1)))

    assert (entry["title"], entry["shown_date"], entry["teaser"]) == (BRIDGE.title, BRIDGE.shown_on, BRIDGE.teaser)
    assert (entry["first_seen_date"], entry["last_seen_date"], entry["appearance_count"]) == (DAY_1, DAY_1, 1)


def test_an_entry_repeated_on_one_page_appears_there_once_at_its_highest_place(settings):
    tables = clean_tables(settings, page(MILL, BRIDGE, MILL, MILL))

    appearances = tables["sidebar_appearance"].select("position", "copy_count").rows()

    assert appearances == [(1, 3), (2, 1)]
    assert [entry["appearance_count"] for entry in entries(tables)] == [1, 1]
    assert dropped(tables)["sidebar_entry_repeated_on_page"] == 2


def test_an_entry_on_several_pages_is_one_entry_with_first_and_last_capture(settings):
    pages = [page(BRIDGE, captured=day, title=f"Article of {day}") for day in (DAY_2, DAY_3, DAY_1)]

    tables = clean_tables(settings, *pages)

    (entry,) = entries(tables)
    assert (entry["first_seen_date"], entry["last_seen_date"], entry["appearance_count"]) == (DAY_1, DAY_3, 3)
    assert dropped(tables)["sidebar_entry_seen_on_other_page"] == 2


def test_the_page_captured_first_is_not_the_one_that_repeats_an_entry(settings):
    pages = [page(BRIDGE, captured=date(2024, 9, day), title=f"Day {day}") for day in range(19, 25)]

    tables = clean_tables(settings, *pages)

    (first,) = tables["page"].filter(pl.col("captured_date") == DAY_1)["page_sha256"]
    repeating = tables["dropped"].filter(pl.col("reason") == "sidebar_entry_seen_on_other_page")["page_sha256"]
    assert len(repeating) == 5
    assert first not in repeating


def test_the_same_page_in_two_files_counts_once(settings):
    (entry,) = entries(clean_tables(settings, page(BRIDGE), page(BRIDGE)))

    assert entry["appearance_count"] == 1


@pytest.mark.parametrize(
    "other",
    [
        block(BRIDGE.title, date(2024, 9, 16), BRIDGE.teaser),
        block(BRIDGE.title, BRIDGE.shown_on, "A bridge was opened over the Amnok River."),
        block("New bridge opened", BRIDGE.shown_on, BRIDGE.teaser),
    ],
    ids=["another date", "another teaser", "another title"],
)
def test_entries_that_differ_in_title_date_or_teaser_are_kept_apart(other, settings):
    tables = clean_tables(settings, page(BRIDGE, other))

    assert len(entries(tables)) == 2
    assert "sidebar_entry_repeated_on_page" not in dropped(tables)


def test_the_same_entry_of_another_source_is_kept_apart(settings):
    tables = clean_tables(settings, page(BRIDGE), page(BRIDGE, source_label="Rodong Sinmun (En)"))

    assert sorted(entry["source_key"] for entry in entries(tables)) == ["kcna.kp (en)", "rodong sinmun (en)"]


@pytest.mark.parametrize(
    "title",
    [
        "New  Bridge Opened",
        "New Bridge\tOpened",
        "New\u00a0Bridge Opened",
        "New Bridge Ope\u200bned",
        "\ufeffNew Bridge Opened",
        "New Bri\u00addge Opened",
    ],
)
def test_entries_that_differ_only_in_white_space_or_invisible_characters_are_one(title, settings):
    first = page(BRIDGE, captured=DAY_1)
    second = page(block(title, BRIDGE.shown_on, BRIDGE.teaser), captured=DAY_2)

    (entry,) = entries(clean_tables(settings, first, second))

    assert entry["appearance_count"] == 2
    assert entry["title"] == "New Bridge Opened"  # the words of the earliest capture


def test_composed_and_decomposed_letters_are_one_entry(settings):
    composed = block("Café in 평양", BRIDGE.shown_on, BRIDGE.teaser)
    decomposed = block("Cafe\u0301 in 평양", BRIDGE.shown_on, BRIDGE.teaser)

    assert len(entries(clean_tables(settings, page(composed, decomposed)))) == 1


def test_sidebars_of_pages_in_quarantine_do_not_count(settings):
    tables = clean_tables(settings, page(BRIDGE, captured=DAY_2), broken_page(BRIDGE, MILL, MILL, captured=DAY_1))

    (entry,) = entries(tables)
    assert (entry["title"], entry["first_seen_date"], entry["appearance_count"]) == (BRIDGE.title, DAY_2, 1)
    assert tables["sidebar_appearance"].height == 1
    assert dropped(tables) == {"sidebar_title_printed_twice": 1, "sidebar_teaser_printed_twice": 1}


def test_the_form_of_a_block_is_counted_as_printed_twice_and_is_no_duplicate(settings):
    tables = clean_tables(settings, page(BRIDGE, MILL))

    assert dropped(tables) == {"sidebar_title_printed_twice": 2, "sidebar_teaser_printed_twice": 2}


def test_a_block_dated_after_its_page_is_refused_and_counted(settings):
    future = block("Tomorrow's News", date(2024, 9, 30), "It has not happened yet.")

    tables = clean_tables(settings, page(BRIDGE, future, captured=DAY_1))

    assert [entry["title"] for entry in entries(tables)] == [BRIDGE.title]
    assert dropped(tables)["sidebar_block_failed_rule"] == 1


def test_blocks_are_appearances_repeats_refused_and_incomplete_ones(settings):
    future = block("Tomorrow's News", date(2024, 9, 30), "It has not happened yet.")
    cut = page(MILL, BRIDGE, MILL, future, block("Cut Off")).rsplit(b"\n\n", 3)[0]

    tables = clean_tables(settings, cut)

    (seen,) = tables["page"].rows(named=True)
    removed = dropped(tables)
    assert (seen["sidebar_block_count"], seen["sidebar_incomplete_count"]) == (4, 1)
    assert seen["sidebar_entry_count"] == 3  # each once, the refused one included, the incomplete one not
    assert seen["sidebar_block_count"] == (
        tables["sidebar_appearance"].height
        + removed["sidebar_entry_repeated_on_page"]
        + removed["sidebar_block_failed_rule"]
    )


FULL = article("Orchard Harvested", date(2024, 9, 18))
TEASER = "Pyongyang, September 18 (KCNA) -- Apples of the Taedonggang farm"


def linked(settings, *pages):
    """Titles of entries by whether their article is known."""
    return {entry["title"]: entry["article_id"] is not None for entry in entries(clean_tables(settings, *pages))}


def test_a_teaser_is_linked_to_the_article_that_begins_with_it(settings):
    tables = clean_tables(
        settings,
        page(block(FULL.title, FULL.published, TEASER), title="Another", captured=DAY_2),
        page(captured=DAY_1),
    )

    (entry,) = entries(tables)
    (full,) = tables["article_version"].filter(pl.col("title") == FULL.title).rows(named=True)
    assert entry["article_id"] == full["article_id"]


def test_a_teaser_is_linked_whatever_its_white_space(settings):
    loose = block(FULL.title, FULL.published, TEASER.replace(" ", "\u00a0"))

    assert linked(settings, page(loose), page(captured=DAY_2)) == {FULL.title: True}


@pytest.mark.parametrize(
    "other",
    [
        block(FULL.title, date(2024, 9, 17), TEASER),
        block("Orchard", FULL.published, TEASER),
        block(FULL.title, FULL.published, "Pears of the Taedonggang farm"),
        block(FULL.title, FULL.published, "Apples of the Taedonggang farm"),
    ],
    ids=["another date", "another title", "another beginning", "a part from the middle"],
)
def test_an_entry_that_does_not_fit_stays_known_only_from_the_sidebar(other, settings):
    assert linked(settings, page(other)) == {other.title: False}


def test_an_article_of_another_source_is_not_linked(settings):
    named = page(block(FULL.title, FULL.published, TEASER), title="Another")
    full = page(source_label="Rodong Sinmun (En)")

    assert linked(settings, named, full) == {FULL.title: False}


def test_a_page_in_quarantine_gives_no_article_to_link(settings):
    named = page(block(FULL.title, FULL.published, TEASER), title="Another")
    future = page(captured=date(2024, 9, 1))

    assert linked(settings, named, future) == {FULL.title: False}


def test_a_text_shorter_than_a_teaser_is_linked(settings):
    whole = "Pyongyang, September 18 (KCNA) -- Apples of the Taedonggang farm were picked within a week. -0-"
    named = page(block(FULL.title, FULL.published, whole), title="Another")

    assert linked(settings, named, page()) == {FULL.title: True}


def test_of_two_articles_that_fit_the_smaller_key_is_taken_in_any_order():
    entry = {"sidebar_entry_id": ["e"], "source_key": ["s"], "title_key": ["t"], "teaser_key": ["Apples"]}
    entries = pl.LazyFrame(entry | {"shown_date": [DAY_1]})
    versions = pl.LazyFrame(
        {
            "source_key": ["s"] * 3,
            "title_key": ["t"] * 3,
            "published_date": [DAY_1] * 3,
            "lead_key": ["Apples and pears", "Apples", "Pears"],
            "article_id": ["b", "c", "a"],
        }
    )

    for known in (versions, versions.reverse()):
        assert sidebar.link_articles(entries, known).collect()["article_id"].to_list() == ["b"]


def test_of_equal_captures_the_words_are_chosen_by_content_and_not_by_order():
    row = {
        "sidebar_entry_id": "e",
        "source_key": "s",
        "title_key": "t",
        "shown_date": DAY_1,
        "teaser": "x",
        "teaser_key": "x",
        "captured_date": DAY_1,
    }
    blocks = pl.DataFrame(
        [
            row | {"page_sha256": "b", "position": 1, "title": "of page b"},
            row | {"page_sha256": "a", "position": 2, "title": "of page a, below"},
            row | {"page_sha256": "a", "position": 1, "title": "of page a, on top"},
        ]
    )

    for rows in (blocks, blocks.reverse()):
        some = sidebar.number_keys(rows).lazy()
        first = sidebar.first_appearances(sidebar.appearances(some))
        (entry,) = sidebar.entries(some, first).collect().rows(named=True)
        assert (entry["title"], entry["appearance_count"]) == ("of page a, on top", 2)


captured = st.none() | st.sampled_from([DAY_1, DAY_2, DAY_3])
sidebars = st.dictionaries(
    st.text("abc0", min_size=1, max_size=2),
    st.tuples(captured, st.lists(st.text("efg", min_size=1, max_size=2), min_size=1, max_size=6)),
    max_size=6,
)
"""By page the day of its capture and the entries printed on it, from above."""


def block_frame(pages, order):
    """The blocks of these sidebars in an order drawn at random; the texts of each say where it stands."""
    schema = dict.fromkeys(sidebar.BLOCK_COLUMNS, pl.String)
    schema |= {"position": pl.Int32, "captured_date": pl.Date, "shown_date": pl.Date}
    rows = [
        (sha, entry, position, day, "s", f"{sha} {position}", "t", DAY_1, "x", "x")
        for sha, (day, shown) in pages.items()
        for position, entry in enumerate(shown, start=1)
    ]
    order.shuffle(rows)
    return pl.DataFrame(rows, schema=schema, orient="row")


def by_hand(pages):
    """The words, captures and number of pages of each entry, and the rows removed for each reason and page."""
    found, removed = {}, {}
    for sha, (day, shown) in sorted(pages.items(), key=lambda one: (one[1][0] or date.min, one[0])):
        removed[sha, "sidebar_title_printed_twice"] = removed[sha, "sidebar_teaser_printed_twice"] = len(shown)
        removed[sha, "sidebar_entry_repeated_on_page"] = len(shown) - len(set(shown))
        removed[sha, "sidebar_entry_seen_on_other_page"] = len(set(shown) & set(found))
        for entry in dict.fromkeys(shown):
            found.setdefault(entry, (f"{sha} {shown.index(entry) + 1}", []))[1].append(day)
    days = {entry: [day for day in seen if day] for entry, (_, seen) in found.items()}
    entries = [
        (entry, words, min(days[entry], default=None), max(days[entry], default=None), len(seen))
        for entry, (words, seen) in sorted(found.items())
    ]
    return entries, {key: count for key, count in removed.items() if count}


@hypothesis_settings(max_examples=200, deadline=None)
@given(sidebars, st.randoms(use_true_random=False))
def test_entries_appearances_and_what_was_removed_are_those_found_by_hand(pages, order):
    blocks = sidebar.number_keys(block_frame(pages, order)).lazy()
    seen = sidebar.appearances(blocks).collect().lazy()
    first = sidebar.first_appearances(seen).collect().lazy()

    found = sidebar.name_keys(sidebar.entries(blocks, first)).collect()
    appearances = sidebar.name_keys(seen).collect()
    removed = sidebar.name_keys(sidebar.dropped(seen, first)).collect()

    columns = ("sidebar_entry_id", "title", "first_seen_date", "last_seen_date", "appearance_count")
    assert (found.select(columns).rows(), {row[:2]: row[2] for row in removed.iter_rows()}) == by_hand(pages)
    assert appearances.select("page_sha256", "position", "sidebar_entry_id", "copy_count").rows() == [
        (sha, shown.index(entry) + 1, entry, shown.count(entry))
        for sha, (_, shown) in sorted(pages.items())
        for entry in dict.fromkeys(shown)
    ]
