"""Which wordings are one article: short cases for the two rules, the order of versions, and what changed."""

from datetime import date

import polars as pl
import pytest

from etl.prune.revision import link_versions

TEXT = " ".join(f"In village number {number} the people built a hall and planted trees." for number in range(30))
"""330 words: too long for a formula."""

GREETING = (
    "{}, foreign minister, sent a message of greeting to {}, minister of International Relations, on the "
    "occasion of the anniversary of the establishment of diplomatic relations between the two countries. "
    "The message expressed belief that the friendly relations would grow stronger in the future."
)


def wordings(*rows):
    """Versions of one day: id, title, body, day of September on which they were first and last captured."""
    return pl.LazyFrame(
        [
            (
                key,
                "kcna.kp (en)",
                date(2024, 9, 18),
                title,
                body,
                day and date(2024, 9, day),
                day and date(2024, 9, day),
            )
            for key, title, body, day in rows
        ],
        schema={
            "article_version_id": pl.String,
            "source_key": pl.String,
            "published_date": pl.Date,
            "title_key": pl.String,
            "body": pl.String,
            "first_captured_date": pl.Date,
            "last_captured_date": pl.Date,
        },
        orient="row",
    )


def articles(*rows):
    """The groups of version ids that are one article each, in the order of their versions."""
    links = link_versions(wordings(*rows)).sort("article_id", "version_number")
    return sorted(
        links.group_by("article_id", maintain_order=True).agg("article_version_id")["article_version_id"].to_list()
    )


def test_an_edited_text_is_the_same_article():
    assert articles(("v", "Hall Built", TEXT, 18), ("w", "Halls Built", TEXT.replace("planted", "cared for"), 19)) == [
        ["v", "w"]
    ]


def test_texts_that_share_little_are_different_articles_whatever_their_titles():
    other = " ".join(f"At mine {number} a new conveyor carries coal since spring." for number in range(30))
    assert articles(("v", "Press Review", TEXT, 18), ("w", "Press Review", other, 18)) == [["v"], ["w"]]


def test_a_half_of_a_text_is_another_article():
    assert articles(("v", "Hall Built", TEXT, 18), ("w", "Hall Built", TEXT[: len(TEXT) // 3], 18)) == [["v"], ["w"]]


def test_letters_of_one_formula_to_different_people_are_different_articles():
    assert articles(
        ("v", "Greetings to DPRK FM", GREETING.format("Ronald Lamola", "Choe Son Hui"), 18),
        ("w", "Greetings to South African FM", GREETING.format("Choe Son Hui", "Ronald Lamola of South Africa"), 18),
    ) == [["v"], ["w"]]


def test_a_short_text_with_a_corrected_word_is_the_same_article():
    body = GREETING.format("Choe Son Hui", "Ronald Lamola")
    assert articles(("v", "Greetings", body, 18), ("w", "Greetings", body.replace("stronger", "closer"), 19)) == [
        ["v", "w"]
    ]


def test_wordings_are_joined_over_several_steps():
    first, second = TEXT, TEXT.replace("planted", "put up fences and watered")
    third = second.replace("the people built", "young families and old built")
    assert articles(("a", "T", first, 18), ("b", "T", second, 19), ("c", "T", third, 20)) == [["a", "b", "c"]]


def test_versions_are_in_the_order_of_capture_and_the_key_is_that_of_the_first():
    rows = [("z", "T", TEXT, 18), ("a", "T", TEXT + " More.", 20), ("m", "T", TEXT + " Less.", 19)]
    for order in (rows, rows[::-1]):
        links = link_versions(wordings(*order)).sort("version_number")
        assert links["article_version_id"].to_list() == ["z", "m", "a"]
        assert links["article_id"].unique().to_list() == ["z"]
        assert links["is_current"].to_list() == [False, False, True]
        assert links["version_count"].to_list() == [3, 3, 3]


def test_a_wording_without_a_capture_date_comes_first_and_ties_go_by_key():
    links = link_versions(wordings(("b", "T", TEXT, 18), ("a", "T", TEXT + " x", 18), ("c", "T", TEXT + " y", None)))
    assert links.sort("version_number")["article_version_id"].to_list() == ["c", "a", "b"]


def test_what_changed_is_told_in_words_title_first():
    links = link_versions(
        wordings(
            ("v", "Leader Visits Farm", TEXT, 18), ("w", "Leader Tours Farm", TEXT.replace("number 7", "number 8"), 19)
        )
    )
    later = links.filter(pl.col("version_number") == 2).row(0, named=True)
    changes = [(change["old"], change["new"]) for change in later["word_changes"]]
    assert ("Visits", "") in changes[:2]
    assert ("", "Tours") in changes[:2]
    assert {word for pair in changes[2:] for word in pair} == {"7", "8", ""}
    assert 0.99 < later["similarity"] < 1


def test_the_first_version_has_nothing_to_differ_from():
    (row,) = link_versions(wordings(("v", "T", TEXT, 18))).iter_rows(named=True)
    assert (row["similarity"], row["word_changes"], row["is_current"]) == (None, None, True)


@pytest.mark.parametrize("column", ["source_key", "published_date"])
def test_only_wordings_of_one_source_and_day_are_compared(column):
    frame = wordings(("v", "T", TEXT, 18), ("w", "T", TEXT + " More.", 18)).collect()
    other = frame.with_columns(
        pl.Series("source_key", ["a", "b"])
        if column == "source_key"
        else pl.Series(column, [date(2024, 1, 1), date(2024, 1, 2)])
    )
    assert link_versions(other.lazy())["article_id"].n_unique() == 2


def test_no_wordings_give_no_rows():
    assert link_versions(wordings()).is_empty()


def test_the_current_wording_is_the_one_captured_last_also_when_it_was_the_first():
    frame = wordings(("a", "T", TEXT, 1), ("b", "T", TEXT + " More.", 10)).with_columns(
        last_captured_date=pl.when(pl.col("article_version_id") == "a")
        .then(date(2024, 9, 30))
        .otherwise("last_captured_date")
    )
    links = link_versions(frame).sort("version_number")
    assert links.select("article_version_id", "is_current").rows() == [("a", True), ("b", False)]


def test_a_wording_without_a_capture_date_does_not_rename_the_article():
    alone = link_versions(wordings(("v", "T", TEXT, 18)))["article_id"].to_list()
    both = link_versions(wordings(("v", "T", TEXT, 18), ("a", "T", TEXT + " More.", None)))["article_id"].unique()
    assert both.to_list() == alone == ["v"]
