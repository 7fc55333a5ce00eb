"""Articles: each distinct wording once, with the pages that hold it."""

from datetime import date

import polars as pl
import pytest

from etl.prune import article
from tests.support import broken_page, clean_tables, page

DAY_1, DAY_2, DAY_3 = date(2024, 9, 19), date(2024, 9, 20), date(2024, 9, 21)


def versions(tables):
    return tables["article_version"].sort("title", "published_date", "body").rows(named=True)


def repeats(tables):
    """Pages that repeat an article of another page."""
    return tables["dropped"].filter(pl.col("reason") == "article_seen_on_other_page")["row_count"].sum()


def test_an_article_captured_three_times_is_one_with_first_and_last_capture(settings):
    tables = clean_tables(settings, *[page(captured=day) for day in (DAY_3, DAY_1, DAY_2)])

    (version,) = versions(tables)
    assert (version["first_captured_date"], version["last_captured_date"]) == (DAY_1, DAY_3)
    assert version["page_count"] == 3
    assert repeats(tables) == 2


def test_the_page_captured_first_is_not_the_one_that_repeats(settings):
    tables = clean_tables(settings, page(captured=DAY_2), page(captured=DAY_1))

    captures = dict(tables["page"].select("page_sha256", "captured_date").iter_rows())
    repeated = tables["dropped"].filter(pl.col("reason") == "article_seen_on_other_page")["page_sha256"]
    assert [captures[sha] for sha in repeated] == [DAY_2]


def test_titles_alike_on_different_dates_are_different_articles(settings):
    tables = clean_tables(
        settings,
        page(title="Press Review", published=date(2024, 9, 17)),
        page(title="Press Review", published=date(2024, 9, 18)),
    )

    assert [(row["title"], row["published_date"].day) for row in versions(tables)] == [
        ("Press Review", 17),
        ("Press Review", 18),
    ]
    assert repeats(tables) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Orchard Harvested Early"},
        {"paragraphs": ("Pears of the Taedonggang farm were picked within a week.",)},
        {"source_label": "Rodong Sinmun (En)"},
    ],
    ids=["title", "text", "source"],
)
def test_articles_that_differ_in_a_word_or_in_their_source_are_kept_apart(fields, settings):
    assert len(versions(clean_tables(settings, page(), page(**fields)))) == 2


@pytest.mark.parametrize(
    "paragraph",
    [
        "Apples of the  Taedonggang farm were picked within a week.",
        "Apples of the Taedonggang farm were picked within a week.\u200b",
        "Apples of the\u00a0Taedonggang farm\twere picked within a week.",
    ],
)
def test_texts_that_differ_only_in_white_space_or_invisible_characters_are_one(paragraph, settings):
    (version,) = versions(clean_tables(settings, page(captured=DAY_1), page(captured=DAY_2, paragraphs=(paragraph,))))

    assert version["page_count"] == 2
    assert "of the Taedonggang farm were" in version["body"]  # the words of the earliest capture


def test_the_same_article_in_another_layout_is_one(settings):
    (version,) = versions(clean_tables(settings, page(layout="A"), page(layout="B")))

    assert version["page_count"] == 2


def test_pages_in_quarantine_give_no_article(settings):
    assert versions(clean_tables(settings, broken_page())) == []


def test_every_loaded_page_is_an_article_or_repeats_one(settings):
    pages = [page(title=title, captured=day) for title in ("One", "Two") for day in (DAY_1, DAY_2)]

    tables = clean_tables(settings, *pages, broken_page())

    loaded = tables["page"].filter(pl.col("outcome") == "load").height
    assert loaded == len(versions(tables)) + repeats(tables) == 4


def test_of_equal_captures_the_words_are_chosen_by_content_and_not_by_order():
    articles = pl.LazyFrame(
        {
            "article_version_id": ["v"] * 3,
            "page_sha256": ["c", "a", "b"],
            "captured_date": [None, DAY_1, DAY_1],
            "title": ["of page c", "of page a", "of page b"],
        }
    )

    for given in (articles, articles.reverse()):
        (version,) = article.versions(given).rows(named=True)
        assert (version["title"], version["page_count"]) == ("of page a", 3)
        assert article.dropped(given).collect()["page_sha256"].sort().to_list() == ["b", "c"]
