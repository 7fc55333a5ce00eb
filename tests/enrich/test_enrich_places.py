"""Places: unit words, lists, abbreviations, names inside names, and what is no place."""

import pytest

from tests.enrich.reading import DATELINE, named, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A bridge in Sinuiju City was opened.", [("KP-03:Sinuiju", "Sinuiju City")]),
        ("They came from the city of Sinuiju today.", [("KP-03:Sinuiju", "city of Sinuiju")]),
        ("Schools in Hamhung are busy.", [("KP-08:Hamhung", "Hamhung")]),
        (
            "Rain fell in South Phyongan and North Hwanghae provinces.",
            [("KP-02", "South Phyongan"), ("KP-06", "North Hwanghae provinces")],
        ),
        (
            "Rain fell in Anju, Tokchon and Kaechon cities.",
            [("KP-02:Anju", "Anju"), ("KP-02:Tokchon", "Tokchon"), ("KP-02:Kaechon", "Kaechon cities")],
        ),
        (
            "Rain fell in Sinuiju City and Uiju County.",
            [("KP-03:Sinuiju", "Sinuiju City"), ("KP-03:Uiju", "Uiju County")],
        ),
        (
            "Fields in North and South Hwanghae provinces are green.",
            [("KP-06", "North"), ("KP-05", "South Hwanghae provinces")],
        ),
        (
            "Fields in South Phyongan and Hwanghae and Kangwon provinces are green.",
            [("KP-02", "South Phyongan"), ("KP-05", "Hwanghae"), ("KP-07", "Kangwon provinces")],
        ),
        (
            "Pupils in the cities of Wonsan, Sariwon and Hyesan sing.",
            [("KP-07:Wonsan", "Wonsan"), ("KP-06:Sariwon", "Sariwon"), ("KP-10:Hyesan", "Hyesan")],
        ),
        (
            "A dam in Uiju County of North Phyongan Province held.",
            [("KP-03:Uiju", "Uiju County"), ("KP-03", "North Phyongan Province")],
        ),
        ("Apples of Kwail County are red.", [("KP-05:Kwail", "Kwail County")]),
        ("Houses in Kim Chaek City are new.", [("KP-09:KimChaek", "Kim Chaek City")]),
        ("Houses in the Hwasong area are new.", [("KP-01:Hwasong", "Hwasong area")]),
        (
            "Unsan County of South Phyongan Province is far.",
            [("KP-02:Unsan", "Unsan County"), ("KP-02", "South Phyongan Province")],
        ),
        (
            "Unsan County, North Phyongan Province, is far.",
            [("KP-03:Unsan", "Unsan County"), ("KP-03", "North Phyongan Province")],
        ),
        ("They went from Sinuiju's port to Haeju.", [("KP-03:Sinuiju", "Sinuiju"), ("KP-05:Haeju", "Haeju")]),
    ],
)
def test_places_are_found_with_the_words_that_belong_to_them(text, expected):
    assert named(DATELINE + text, "place") == expected


def test_headlines_shorten_provinces():
    assert named(DATELINE + "It rained.", "place", title="Houses Built in S. Hamgyong Province") == [
        ("KP-08", "S. Hamgyong Province")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The Hwasong-11 was shown.",
        "They climbed Mt Taesong and Mt. Kumgang.",
        "The Taedong River froze.",
        "The Chollima spirit is high.",
        "The Central Committee met.",
        "Somebody lives in Anju-ri.",
        "Anjuland and Anju2 are no towns.",
        "Farms in the ROK: Kangwon is south of the line, said south Korea.",
        "A book about Kim Chaek was printed.",
    ],
)
def test_what_is_no_place_is_left_alone(text):
    assert named(DATELINE + text, "place") == []


@pytest.mark.parametrize(
    ("text", "place_id"),
    [
        ("Workers of the Sinuiju Cosmetics Factory sing.", "KP-03:Sinuiju"),
        ("Officials of the North Hamgyong Provincial People's Committee met.", "KP-09"),
        ("Engineers of the Chollima Steel Complex met.", "KP-14:Chollima"),
        ("Miners of the Hungnam Fertilizer Complex met.", "KP-08:Hamhung:Hungnam"),
        ("The Kaesong and Haeju shoe factories work.", "KP-15"),
        ("The Sinuiju City People's Committee met.", "KP-03:Sinuiju"),
    ],
)
def test_a_place_inside_a_name_has_its_own_role(text, place_id):
    assert named(DATELINE + text, "place") == []
    assert place_id in [found for found, _ in named(DATELINE + text, "place", role="in_org_name")]


def test_the_dateline_is_never_plain():
    mentions = read(DATELINE + "It rained.")["mention"].rows(named=True)
    assert [(m["entity_id"], m["role"], m["start"], m["end"]) for m in mentions] == [("KP-01", "dateline", 0, 9)]


def test_curly_quotes_and_hard_spaces_do_not_hide_a_place():
    text = "Sinuiju\N{NO-BREAK SPACE}City\N{RIGHT SINGLE QUOTATION MARK}s bridge is new."
    assert named(DATELINE + text, "place") == [("KP-03:Sinuiju", "Sinuiju\N{NO-BREAK SPACE}City")]
