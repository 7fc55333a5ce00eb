"""Persons: Korean grammar and guards, foreign names by rank or role, one key for several forms."""

import pytest

from tests.enrich.reading import DATELINE, named, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kim Jong Un smiled.", [("kim-jong-un", "Kim Jong Un")]),
        ("ComradeKim Jong Unvisited a farm.", [("kim-jong-un", "Kim Jong Un")]),
        ("Pak Thae Song and O Su Yong came.", [("pak-thae-song", "Pak Thae Song"), ("o-su-yong", "O Su Yong")]),
        ("Mun Chol, chairman of the league, spoke.", [("mun-chol", "Mun Chol")]),
        ("A letter from Kim Jong-un came.", [("kim-jong-un", "Kim Jong-un")]),
        ("So Kim Tok Hun spoke.", [("kim-tok-hun", "Kim Tok Hun")]),
        ("Song Ko Bun Nyo is a hundred.", [("song-ko-bun-nyo", "Song Ko Bun Nyo")]),
        (
            "Choe Son Hui sent a letter. Choe in the letter was glad.",
            [("choe-son-hui", "Choe Son Hui"), ("choe-son-hui", "Choe")],
        ),
        (
            "President Vladimir Vladimirovich Putin came. Putin smiled.",
            [("vladimir-putin", "Vladimir Vladimirovich Putin"), ("vladimir-putin", "Putin")],
        ),
        (
            "Ivan Petrovich Sidorov, minister of Trade, came. Sidorov smiled, and Ivan Sidorov left.",
            [("ivan-sidorov", "Ivan Petrovich Sidorov"), ("ivan-sidorov", "Sidorov"), ("ivan-sidorov", "Ivan Sidorov")],
        ),
        ("A talk with Vice-Minister of Defence Pavel Orlov began.", [("pavel-orlov", "Pavel Orlov")]),
        (
            "They thanked Lin Gennan, Cui Yan and Wang Shuli.",
            [("lin-gennan", "Lin Gennan"), ("cui-yan", "Cui Yan"), ("wang-shuli", "Wang Shuli")],
        ),
        ("Its Executive Chairman N. Dorjin came.", [("n-dorjin", "N. Dorjin")]),
        ("A letter to V. Putin, president of Russia, left.", [("vladimir-putin", "V. Putin")]),
        ("U.S. President Biden spoke.", [("joe-biden", "Biden")]),
        ("Hamad Bin Isa al-Khalifa, king of Bahrain, wrote.", [("hamad-al-khalifa", "Hamad Bin Isa al-Khalifa")]),
    ],
)
def test_persons_are_found(text, expected):
    assert named(DATELINE + text, "person") == expected


@pytest.mark.parametrize(
    "text",
    [
        "Houses in Kim Jong Suk County are new.",
        "The players of Hong Kong lost.",
        "Song Of Youth was sung.",
        "The Workers' Party of Korea, leader of the masses, met.",
        "The Security Council, head office of nobody, met.",
        "Foreign Minister of Cuba, Prime Minister of Laos.",
    ],
)
def test_what_is_no_person_is_left_alone(text):
    assert named(DATELINE + text, "person", role=None) == []


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("He holds the Order of Kim Il Sung.", "award"),
        ("She won the Kim Jong Il Prize.", "award"),
        ("Students of Kim Il Sung University sing.", "in_org_name"),
        ("Kim Chaek University of Technology is large.", "in_org_name"),
        ("A parade on Kim Il Sung Square ended.", "in_org_name"),
    ],
)
def test_names_inside_awards_and_institutions_are_not_plain(text, role):
    mentions = read(DATELINE + text)["mention"].rows(named=True)
    assert [m["role"] for m in mentions if m["kind"] == "person"] == [role]


def test_persons_have_one_row_with_all_their_forms():
    people = read(DATELINE + "President Vladimir Vladimirovich Putin came. Vladimir Putin left.")["person"]
    assert people.rows() == [("vladimir-putin", "Vladimir Putin", ["Vladimir Putin", "Vladimir Vladimirovich Putin"])]
