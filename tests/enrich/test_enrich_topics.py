"""Topics: word starts, scores, winners, exactly one primary."""

import pytest

from tests.enrich.reading import DATELINE, read


@pytest.mark.parametrize(
    ("title", "body", "topic_id"),
    [
        ("Rice Harvest Begins", "Farmers cut rice.", "economy.agriculture"),
        ("New Missile Tested", "A missile flew.", "military.weapons"),
        ("School Uniform Show", "Uniforms were shown.", "economy.light_industry"),
        ("Pupils in School", "Students and children learn in schools.", "society.education"),
        ("Respected Comrade Kim Jong Un Visits Rice Farm", "Rice, rice and rice.", "leadership.activity"),
        ("Kim Jong Un Sends Birthday Spread to Centenarian", "A spread.", "leadership.gift_message"),
        ("Kim Jong Un Sends Reply Message to Lao President", "A message.", "diplomacy.messages"),
        ("Press Review", "- Rice. - Missiles.", "media.press_review"),
        ("Wheels Turn Round", "More training of the many in the shore.", "world.news"),
        ("평양", "조선", "other"),
        ("", "", "other"),
    ],
)
def test_primary_topic(title, body, topic_id):
    topic = read(body, title=title)["topic"]
    assert topic.filter("is_primary")["topic_id"].to_list() == [topic_id]


def test_flood_hit_is_no_blow_and_the_slogan_is_read_with_both_signs():
    flood = read(DATELINE + "DPRK flood-hit people, flood-hit areas, flood-hit towns.")["topic"]
    assert "foreign.commentary" not in flood["topic_id"].to_list()
    slogan = read(DATELINE + "The 20\N{MULTIPLICATION SIGN}10 policy of the DPRK and 20x10 again.")["topic"]
    assert slogan["topic_id"].to_list() == ["economy.light_industry"]
