"""The leader's appearances: what counts, on which day, where, with whom."""

from datetime import date

import pytest

from tests.enrich.reading import DATELINE, read

ROLE = "Kim Jong Un, general secretary of the Workers' Party of Korea and president of the State Affairs of the DPRK,"


def event(title, body, published=date(2024, 8, 7)):
    rows = read(body, title=title, published=published)["leader_event"].rows(named=True)
    return rows[0] if rows else None


@pytest.mark.parametrize(
    ("title", "sentence", "event_type", "place_id"),
    [
        (
            "Respected Comrade Kim Jong Un Visits Farm",
            f"{ROLE} visited a farm in Anju City on August 4.",
            "visit",
            "KP-02:Anju",
        ),
        ("Kim Jong Un Inspects Mill", f"{ROLE} on August 4 inspected a mill.", "inspection", None),
        ("Kim Jong Un Oversees Test-fire", f"{ROLE} oversaw a test-fire on August 4.", "military", None),
        ("Kim Jong Un Meets Cadres", f"{ROLE} met cadres on August 4.", "meeting", None),
        ("Kim Jong Un Receives Ivan Sidorov", f"{ROLE} on August 4 received Ivan Sidorov.", "meeting", None),
        ("Kim Jong Un Makes Important Speech", f"{ROLE} made a speech on August 4.", "speech", None),
        ("Kim Jong Un Has Photo Session with Miners", f"{ROLE} had a photo session on August 4.", "photo", None),
        ("Grand Performance Given", f"A performance was given on August 4. {ROLE} watched it.", "performance", None),
        ("Ceremony Takes Place", f"A ceremony took place on August 4. {ROLE} attended the ceremony.", "ceremony", None),
    ],
)
def test_appearances(title, sentence, event_type, place_id):
    found = event(title, DATELINE + sentence)
    assert (found["event_date"], found["event_type"], found["place_id"], found["date_rule"]) == (
        date(2024, 8, 4),
        event_type,
        place_id,
        "text_day",
    )


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Kim Jong Un Receives Greetings from Lao President", DATELINE + f"{ROLE} received greetings on August 4."),
        ("Kim Jong Un Receives Floral Basket", DATELINE + f"{ROLE} received a floral basket."),
        ("Kim Jong Un Sends Gifts to War Veterans", DATELINE + "Kim Jong Un sent gifts."),
        ("Kim Jong Un Sends Wreath to Embassy", DATELINE + "Kim Jong Un sent a wreath."),
        ("Birthday Spread to Centenarian", DATELINE + "Kim Jong Un sent a birthday spread."),
        ("Message to Kim Jong Un from Seminar", DATELINE + "Kim Jong Un got a message."),
        ("Fish Farm", "One day in November 2014, Kim Jong Un visited a fish farm."),
        ("Fish Farm", DATELINE + "One day in November Juche 103 (2014), Kim Jong Un visited a fish farm."),
        ("Meeting Held", DATELINE + "They work under the guidance of Kim Jong Un."),
        ("Tenth Anniversary of Kim Jong Un's Visit to Farm", DATELINE + "Kim Jong Un visited it in August 2014."),
        ("Press Review", DATELINE + f"- {ROLE} visited a farm on August 4."),
        ("Rain", DATELINE + "It rained."),
    ],
)
def test_letters_memories_and_praise_are_no_appearances(title, body):
    assert event(title, body) is None


@pytest.mark.parametrize(
    ("sentence", "published", "day", "rule"),
    [
        ("visited a farm on Monday.", date(2024, 8, 7), date(2024, 8, 5), "text_weekday"),
        ("visited a farm on Wednesday.", date(2024, 8, 7), date(2024, 8, 7), "text_weekday"),
        ("visited a farm.", date(2024, 8, 7), date(2024, 8, 7), "dateline"),
        ("visited a farm.", date(2024, 8, 9), date(2024, 8, 7), "dateline"),
        ("visited a farm.", None, None, "none"),
    ],
)
def test_the_day(sentence, published, day, rule):
    found = event("Kim Jong Un Visits Farm", f"{DATELINE}{ROLE} {sentence}", published)
    assert (found["event_date"], found["date_rule"]) == (day, rule)


def test_the_day_before_new_year_belongs_to_the_old_year():
    body = f"Pyongyang, January 1 (KCNA) -- {ROLE} visited a farm on December 31."
    assert event("Kim Jong Un Visits Farm", body, date(2025, 1, 1))["event_date"] == date(2024, 12, 31)


def test_companions_in_printed_order_with_their_titles():
    body = (
        f"{DATELINE}{ROLE} visited a farm on August 4.\n\n"
        "He was accompanied by Kim Tok Hun, premier of the Cabinet, Jo Yong Won and Ri Il Hwan, secretaries of the "
        "C.C., WPK, Marshal Pak Jong Chon, and other officials.\n\n"
        "Then photos were taken, accompanied by Om Pong Guk."
    )
    companions = read(body, title="Kim Jong Un Visits Farm")["event_companion"]
    assert companions.select("rank", "person_id", "title").rows() == [
        (1, "kim-tok-hun", "premier of the Cabinet"),
        (2, "jo-yong-won", "secretaries of the C.C., WPK"),
        (3, "ri-il-hwan", "secretaries of the C.C., WPK"),
        (4, "pak-jong-chon", "Marshal"),
    ]


def test_the_place_stands_behind_the_verb():
    body = (
        f"{DATELINE}A ceremony for the towns in Jagang Province took place in Wonsan on August 4. {ROLE} attended it."
    )
    found = event("Departure Ceremony Held", body)
    assert (found["place_id"], found["event_type"]) == ("KP-07:Wonsan", "ceremony")
