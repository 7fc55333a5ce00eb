"""Topics: forms, words and their weights, what forbids a topic, exactly one primary, and that scores are explained."""

import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.enrich import topics
from etl.enrich.topics import NEEDED, OTHER, SCHEMA, explain, find_topics, find_topics_of
from tests.enrich.reading import DATELINE, read

LEADER = "Respected Comrade Kim Jong Un"
APPOSITION = (
    "Kim Jong Un, general secretary of the Workers' Party of Korea and president of the State Affairs of the DPRK,"
)


def frame(*articles):
    rows = [(f"a{number:05d}", *article) for number, article in enumerate(articles)]
    return pl.DataFrame(rows, schema=dict.fromkeys(["article_id", "title", "body"], pl.String), orient="row")


def given_topics(title, body=""):
    """The topics in their order, the primary one first."""
    return find_topics(frame((title, body)))["topic_id"].to_list()


def scores(title, body=""):
    return dict(find_topics(frame((title, body))).select("topic_id", "score").rows())


@pytest.mark.parametrize(
    ("title", "body", "topic_id"),
    [
        ("Rice Harvest Begins", "Farmers cut rice.", "economy.agriculture"),
        ("New Missile Tested", "A missile flew.", "military.weapons"),
        ("School Uniform Show", "Uniforms were shown.", "economy.light_industry"),
        ("Pupils in School", "Students and children learn in schools.", "society.education"),
        (f"{LEADER} Visits Rice Farm", "Rice, rice and rice.", "leadership.activity"),
        (f"{LEADER} Has Photo Session", "", "leadership.activity"),
        ("Kim Jong Un Sends Birthday Spread to Centenarian", "A spread.", "leadership.gift_message"),
        ("Kim Jong Un Sends Reply Message to Lao President", "A message.", "diplomacy.messages"),
        ("Premier Greets Ruritanian President", "He sent a message of greeting.", "diplomacy.messages"),
        ("Kim Jong Un Receives Ruritanian Delegation", "", "leadership.activity"),
        ("Floral Baskets to Statues from Abroad", "They were laid.", "leadership.cult"),
        ("Enlarged Meeting of Political Bureau Held", "", "party.congress"),
        ("Ruritanian Delegation Arrives", "It came by air.", "diplomacy.contacts"),
        ("Press Statement of Spokesman", "He denounced the drills.", "foreign.commentary"),
        ("Foundation Day Marked in Ruritania", "A meeting was held.", "anniversary"),
        ("DPRK Player Wins Gold Medal", "She won a match.", "society.sports"),
        ("Young People Volunteer for Coal Mines", "They went to a coal mine.", "society.youth_labour"),
        ("Typhoon Damage Repaired", "Roads were mended.", "disaster.weather"),
        ("New Road Built", "A road.", "economy.construction"),
        ("Coal Output Grows", "Miners cut coal.", "economy.mining_metal"),
        ("Power Station Praised", "Electricity flows.", "economy.energy_chem"),
        ("Fishing Brisk", "Fishermen catch fish.", "economy.fishery"),
        ("Economic Plan Fulfilled", "Workers met it.", "economy.production"),
        ("New Hospital Opens", "Doctors see patients.", "society.health"),
        ("Folk Songs and Dances", "Music was heard.", "society.culture"),
        ("Soldiers Help", "Soldiers came.", "military.army"),
        ("Press Review", "- Rice. - Missiles.", "media.press_review"),
        ("Papers Call for Unity", "Rodong Sinmun carries an article.", "media.press_review"),
        ("Wheels Turn Round", "More training of the many in the shore.", OTHER),
        ("평양", "조선", OTHER),
        ("", "", OTHER),
    ],
)
def test_primary_topic(title, body, topic_id):
    topic = read(body, title=title)["topic"]
    assert topic.filter("is_primary")["topic_id"].to_list() == [topic_id]


@pytest.mark.parametrize(
    ("title", "topic_id"),
    [
        ("경애하는 김정은동지께서 농장을 현지지도하시였다", "leadership.activity"),
        ("미싸일 시험발사", "military.weapons"),
        ("로씨야 대표단 도착", "diplomacy.contacts"),
        ("큰물피해를 가시기 위한 투쟁", "disaster.weather"),
        ("외무성 대변인담화", OTHER),  # words are looked for at word starts
        ("외무성 대변인 담화", "foreign.commentary"),
    ],
)
def test_korean_titles(title, topic_id):
    assert given_topics(title)[0] == topic_id


def test_words_are_looked_for_at_word_starts():
    assert given_topics("More Training", "The score of the training is more than before.") == [OTHER]


def test_generic_words_alone_give_no_topic():
    """The party, its workers, the factories and the production are in every second report."""
    assert given_topics("Party and Workers", "Production and industry, economy and army, health and technology.") == [
        OTHER
    ]


def test_weak_words_add_to_a_strong_one():
    alone, beside = scores("Coal", "Miners."), scores("Output of Socialist Emulation", "The economy.")
    assert alone == {"economy.mining_metal": 4 + 2}
    assert beside == {"economy.production": 4 + 2 + 1}


def test_a_hit_is_worth_more_the_earlier_it_stands_and_one_word_repeated_is_limited():
    far = "x " * 250
    assert scores("Wheat and Barley and Maize") == {"economy.agriculture": 8}
    assert scores("", "Wheat. " * 9) == {"economy.agriculture": 6}
    assert scores("", "Wheat. Rice." + far + "Wheat. " * 9) == {"economy.agriculture": 4 + 3}
    assert scores("", far + "Wheat. " * 9) == {OTHER: 0}
    assert scores("Wheat", "x " * 2000 + "Missiles. " * 99) == {"economy.agriculture": 4}


def test_things_named_in_passing_give_no_topic():
    harvest = "Wheat, maize and barley. They also saw a hospital and a school."
    assert given_topics("Wheat and Barley Harvest", harvest) == ["economy.agriculture"]


def test_forms_go_before_points():
    topic = find_topics(
        frame((f"{LEADER} Inspects Missile Unit of KPA Navy", "Missiles, ballistic missiles, warheads."))
    )
    assert topic["topic_id"].to_list() == ["leadership.activity", "military.weapons", "military.army"]
    assert topic["score"].to_list()[0] < topic["score"].to_list()[1]


def test_the_form_counts_once():
    title, body = "Press Statement of Foreign Ministry", "It denounced them."
    assert scores(title, body) == {"foreign.commentary": 6 + 4 + 2}
    anniversary = scores("76th Founding Anniversary Marked", "On the 76th founding anniversary a meeting was held.")
    assert anniversary == {"anniversary": 6 + 4 + 2}


@pytest.mark.parametrize(
    "title",
    ["Press Review", " press review ", "Review of Rodong Sinmun", "Review of Minju Joson on Friday"],
)
def test_a_press_review_has_that_topic_alone(title):
    body = f"{LEADER} visited a coal mine. Missiles were launched on the 76th founding anniversary."
    assert given_topics(title, body) == ["media.press_review"]
    assert frame((title, body)).select(topics.is_press_review()).item()


def test_an_article_about_a_paper_is_no_press_review():
    title = "Rodong Sinmun Calls for Flood Recovery Campaign"
    assert not frame((title, "")).select(topics.is_press_review()).item()
    assert not frame((None, None)).select(topics.is_press_review()).item()


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("New Houses Built at Apple Farm", "Farmers of the apple farm moved into new houses and sang songs."),
        ("Press Statement of Spokesman", "Missiles and nuclear weapons, warships and submarines."),
        ("101st Candlelight Rally Held", "Joint military drills and nuclear weapons were denounced."),
    ],
)
def test_reports_about_one_thing_have_one_topic(title, body):
    assert len(given_topics(title, body)) == 1


def test_new_houses_in_an_anecdote_do_not_stand_alone():
    body = (
        "One day in June Juche 102 (2013), the General Secretary visited the new houses of a fish farm. Fish is good."
    )
    found = given_topics("Move into New Houses", body)
    assert found[0] == "leadership.cult"
    assert "economy.construction" in found


@pytest.mark.parametrize(
    "opening",
    [
        "One day in June Juche 102 (2013), the respected Kim Jong Un visited a farm.",
        "Chairman Kim Jong Il visited a farm in May, Juche 91 (2002).",
        "It was one day in May Juche 63 (1974). The President went to a farm.",
    ],
)
def test_anecdotes_are_no_activities(opening):
    found = given_topics("Kim Jong Un Visits Farm", DATELINE + opening)
    assert found[0] == "leadership.cult"
    assert "leadership.activity" not in found


def test_what_opens_with_a_former_leader_is_history():
    assert given_topics("Line of Building", "President Kim Il Sung made a speech.") == ["leadership.cult"]


@pytest.mark.parametrize(
    "title",
    [
        f"{LEADER} Receives Message of Greeting from Ruritanian President",
        f"{LEADER} Sends Wreath to Ruritanian Embassy",
        f"{LEADER} Sends Gifts to War Veterans",
        f"Tenth Anniversary of {LEADER}'s Field Guidance Marked",
        "Kim Jong Il Congratulates Ruritanian President",
    ],
)
def test_letters_gifts_and_anniversaries_of_visits_are_no_activities(title):
    assert "leadership.activity" not in given_topics(title, f"{APPOSITION} attended.")


def test_a_letter_gives_no_diplomatic_contact():
    body = "He sent it to the embassy and the ambassador on the establishment of diplomatic relations."
    assert given_topics("Kim Jong Un Sends Wreath to Ruritanian Embassy", body)[0] == "diplomacy.messages"
    assert "diplomacy.contacts" not in given_topics("Kim Jong Un Sends Wreath to Ruritanian Embassy", body)


def test_the_leader_present_is_a_second_topic_wherever_it_is_said():
    body = "Wheat was cut. " + "x " * 1000 + f"{APPOSITION} appeared at the venue."
    found = given_topics("Wheat and Barley Harvest, Maize Sown", body)
    assert found == ["economy.agriculture", "leadership.activity"]
    assert given_topics("Wheat and Barley Harvest", "Wheat. Kim Jong Un once said so.") == ["economy.agriculture"]


def test_the_occasion_of_a_letter_is_a_second_topic():
    body = f"{APPOSITION} received a message. He in the message greeted him on the 76th founding anniversary."
    assert given_topics("Greetings to Kim Jong Un from Ruritania", body) == ["diplomacy.messages", "anniversary"]


@pytest.mark.parametrize(
    ("title", "body", "is_world"),
    [
        ("Floods in Brazil", "Rain fell in Brazil.", True),
        ("Russia Opens Factory", "A factory was opened near the Volga.", True),
        ("Russia Opens Factory", "DPRK guests saw it.", False),
        ("Russian Guests Leave", "They left here by air.", False),
        ("U.S. Crimes in Iraq", "The crimes were denounced.", False),
    ],
)
def test_news_of_the_world_do_not_name_the_country_and_are_no_criticism(title, body, is_world):
    assert (given_topics(title, body)[0] == "world.news") == is_world


@pytest.mark.parametrize(
    ("title", "body", "topic_id"),
    [
        (
            "Iron and Steel Works",
            "The operation of the works was improved; operators and operations.",
            "society.culture",
        ),
        ("Well-known Water", "Mineral water, mineral water.", "economy.mining_metal"),
        ("Song Family", "Song Ko Bun lives in Song Street.", "society.culture"),
        ("Their Hospitality", "Hospitality everywhere, warm hospitality.", "society.health"),
        ("Hwasong Area", "Flats in Hwasong Area.", "military.weapons"),
        ("Drive at Socialist Worksites", "Rotary drills. Struggle of socialist construction.", "economy.construction"),
        ("Youth Chemical Complex", "The Youth Chemical Complex made vinalon.", "society.youth_labour"),
        ("Large Fish Farm", "The fish farm bred fish.", "economy.agriculture"),
    ],
)
def test_words_that_look_like_others(title, body, topic_id):
    assert topic_id not in given_topics(title, body)


def test_flood_hit_is_no_blow_and_the_slogan_is_read_with_both_signs():
    flood = read(DATELINE + "DPRK flood-hit people, flood-hit areas, flood-hit towns.")["topic"]
    assert flood["topic_id"].to_list() == ["disaster.weather"]
    slogan = read(DATELINE + "The 20\N{MULTIPLICATION SIGN}10 policy of the DPRK and 20x10 again.")["topic"]
    assert slogan["topic_id"].to_list() == ["economy.light_industry"]


def test_curly_quotes_and_hard_spaces_are_read_like_plain_ones():
    plain = 'Kim Jong Un\'s Work "On Unity" Published Abroad'
    curly = "Kim Jong\N{NO-BREAK SPACE}Un\u2019s Work \u201cOn Unity\u201d Published Abroad"
    assert given_topics(curly) == given_topics(plain) == ["leadership.cult"]


def test_a_dateline_says_nothing():
    body = "One day in June Juche 102 (2013), he visited a farm."
    assert given_topics("x", DATELINE + body) == given_topics("x", body)


def test_a_teaser_is_enough():
    teaser = (
        "Officials and workers of the Sangsang Coal Mine boost the coal production. The mine secured deposits of coa"
    )
    assert given_topics("Increased Coal Production", teaser) == ["economy.mining_metal", "economy.production"]


# The file


def test_every_topic_has_its_row_once_and_every_pattern_says_something():
    found = topics.topics()
    ids = [topic.topic_id for topic in found]
    assert len(set(ids)) == len(ids)
    assert OTHER not in ids
    patterns = [pattern for topic in found for pattern in topic.patterns.values()]
    nothing = frame(("", "")).select(
        pl.lit(" ").str.contains(pattern).alias(str(n)) for n, pattern in enumerate(patterns)
    )
    assert not any(nothing.row(0))


def test_topics_that_stand_alone_are_primary_by_a_form():
    """Otherwise `alone_form` would silence the other topics of an article whose primary topic is another."""
    assert all("title_form" in topic.patterns for topic in topics.topics() if "alone_form" in topic.patterns)


# Any text

PIECES = (
    LEADER,
    APPOSITION,
    " visits",
    " sends gifts",
    " Receives Greetings from ",
    "One day in June Juche 102 (2013)",
    "flood-hit",
    "coal mine",
    "New Houses Built",
    "Press Statement",
    "Press Review",
    "on the 76th founding anniversary",
    "U.S. ",
    "production",
    "appeared at the venue",
    "\n",
    "\n\n",
    ". ",
    " ",
    "(?i)[a-z]+",
    "\\b",
    "$1",
    "*",
    "로동신문",
    "İſK",
    "😀",
    "\x00",
    DATELINE,
)
texts = st.none() | st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=14).map("".join)
articles = st.tuples(texts, texts)


@settings(max_examples=60, deadline=None)
@given(articles)
def test_one_primary_the_threshold_and_known_topics(article):
    topic = find_topics(frame(article))
    assert topic.schema == SCHEMA
    assert topic["is_primary"].to_list() == [True] + [False] * (topic.height - 1)
    assert topic["topic_id"].is_unique().all()
    assert set(topic["topic_id"]) <= {one.topic_id for one in topics.topics()} | {OTHER}
    assert topic["topic_id"].to_list() == [OTHER] or (topic["score"] >= NEEDED).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(articles, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_other_articles_never_change_the_topics_of_one(many, random):
    whole = frame(*many)
    alone = pl.concat([find_topics(whole[[number]]) for number in range(whole.height)])
    shuffled = whole.sample(fraction=1, shuffle=True, seed=random.randint(0, 99))
    assert find_topics(whole).equals(alone)
    assert find_topics(shuffled).equals(alone)


@settings(max_examples=30, deadline=None)
@given(st.lists(articles, min_size=1, max_size=3))
def test_the_hits_explain_the_score(many):
    given_scores = find_topics(frame(*many)).filter(pl.col("topic_id") != OTHER)
    explained = explain(frame(*many)).group_by("article_id", "topic_id").agg(pl.col("points").sum())
    both = given_scores.join(explained, on=["article_id", "topic_id"], how="full", coalesce=True)
    assert both.filter(pl.col("score").is_not_null())["points"].equals(both["score"].drop_nulls(), check_names=False)
    assert (both.filter(pl.col("points") >= NEEDED).height) >= given_scores.height


def test_an_explanation_names_the_words():
    hits = explain(frame(("Coal Mine Opens", "Miners came."), ("Nothing", "at all")))
    assert hits.drop("article_id").rows() == [
        ("economy.mining_metal", "strong", "title", "coal", 4),
        ("economy.mining_metal", "strong", "title", "mine", 4),
        ("economy.mining_metal", "strong", "lead", "miners", 2),
    ]
    sent = explain(frame((f"{LEADER} Sends Message", "He did.")))
    assert sent.filter(pl.col("points") == topics.FORM_POINTS)["column"].to_list() == ["title_form"]


def test_nothing_gives_an_empty_table():
    assert find_topics(frame()).schema == SCHEMA
    assert find_topics(frame()).is_empty()
    assert explain(frame()).is_empty()


def test_missing_texts_are_empty_texts():
    assert find_topics(frame((None, None), (None, "Wheat and rice."), ("Wheat", None))).rows() == [
        ("a00000", OTHER, 0, True),
        ("a00001", "economy.agriculture", 4, True),
        ("a00002", "economy.agriculture", 4, True),
    ]


@pytest.mark.parametrize("piece", [LEADER, "a ", "kim jong un, ", "1st ", "on the ", "조", "\n", ".", "sends "])
def test_huge_texts_take_no_longer_than_what_is_read_of_them(piece):
    huge = frame(*[(piece * 200_000, piece * 200_000)] * 3)
    begin = time.monotonic()
    assert find_topics(huge)["is_primary"].sum() == 3
    assert time.monotonic() - begin < 5


def test_topics_of_several_tables_are_those_of_each():
    first = frame(("Wheat", "Wheat and rice."), ("Kim Jong Un Visits Farm", ""), ("", "Nothing."))
    second = frame(("Press Statement", "Newspapers."), (None, None))
    assert [table.rows() for table in find_topics_of(first, second.clear(), second)] == [
        find_topics(first).rows(),
        [],
        find_topics(second).rows(),
    ]
