"""Organisations, countries and newspapers."""

import pytest

from tests.enrich.reading import DATELINE, named, read


@pytest.mark.parametrize(
    "form", ["C.C., WPK", "Central Committee of the Workers' Party of Korea", "WPK Central Committee"]
)
def test_the_central_committee_is_one_body(form):
    assert ("wpk-central-committee", form) in named(f"{DATELINE}The {form} met.", "organization")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Sinuiju Cosmetics Factory works.", ("sinuiju-cosmetics-factory", "Sinuiju Cosmetics Factory")),
        (
            "The Hwanghae Iron and Steel Complex works.",
            ("hwanghae-iron-and-steel-complex", "Hwanghae Iron and Steel Complex"),
        ),
        ("The Ministry of Light Industry works.", ("ministry-of-light-industry", "Ministry of Light Industry")),
        ("The Pugo Farm works.", ("pugo-farm", "Pugo Farm")),
    ],
)
def test_a_closing_noun_opens_the_search(text, expected):
    assert expected in named(DATELINE + text, "organization")


def test_a_noun_without_a_proper_element_is_no_organisation():
    assert named(DATELINE + "The New School is a Great Factory.", "organization") == []


def test_countries_and_their_adjectives():
    text = DATELINE + "The Russian guests left south Korea for the Russian Federation and the U.S."
    mentions = read(text)["mention"].rows(named=True)
    found = [(m["entity_id"], m["surface"], m["role"]) for m in mentions if m["kind"] == "country"]
    assert found == [
        ("RU", "Russian", "adjective"),
        ("KR", "south Korea", "plain"),
        ("RU", "Russian Federation", "plain"),
        ("US", "U.S.", "plain"),
    ]


def test_newspapers():
    assert named(DATELINE + "Rodong Sinmun says so.", "newspaper") == [("rodong-sinmun", "Rodong Sinmun")]


def test_a_press_review_lists_the_titles_of_others():
    tables = read(DATELINE + "- Kim Jong Un sent a gift to Sinuiju City.", title="Press Review")
    assert set(tables["mention"]["role"]) == {"dateline", "press_review"}
    assert tables["topic"]["topic_id"].to_list() == ["media.press_review"]
    assert tables["leader_event"].is_empty()
