"""Each question on pages made so that its trap is there: what must be found, and what must not."""

from datetime import date

import pytest

from etl.runs import RunRecord, RunStore
from etl.settings import Settings
from etl.warehouse import build
from etl.warehouse.queries import load_queries
from etl.warehouse.read import connect_locked
from tests.sql_queries.answers import answer
from tests.support import PUBLISHED_AT, block, build_warehouse, offers, page

QUERIES = load_queries()
LISTED = [
    block("Seventh Bridge Opened", date(2024, 9, 17), "The seventh bridge."),
    block("Orchards Bloom Again", date(2024, 9, 16), "Orchards bloom."),
    block("Choir Sings in Park", date(2024, 9, 16), "A choir sings."),
    block("Ferry Takes Up Service", date(2024, 9, 15), "A ferry runs."),
    block("Old Well Cleaned", date(2024, 9, 14), "A well was cleaned."),
]


@pytest.fixture
def ask(tmp_path):
    """Answers of a question on pages."""

    def asked(name, *pages, **changes):
        settings = Settings(home=tmp_path / "home")
        sql = QUERIES[name].sql
        for old, new in changes.items():
            assert f"{new[0]} as {old}" in sql
            sql = sql.replace(f"{new[0]} as {old}", f"{new[1]} as {old}")
        with connect_locked(recorded(settings, *pages), settings) as con:
            return answer(con, sql)

    return asked


def recorded(settings, *pages):
    """The path of a warehouse of these pages, with the record of a run."""
    path = build_warehouse(settings, offers(*pages))
    record = RunRecord("a run", PUBLISHED_AT.isoformat(), verdict="passed", finished_at=PUBLISHED_AT.isoformat())
    build.record(settings, path, RunStore(settings.paths()).history(record))
    return path


def without(title):
    return [one for one in LISTED if one.title != title]


def renamed(new):
    """The list of the next day, with an entry in place of the one on orchards."""
    return sorted([*without("Orchards Bloom Again"), new], key=lambda one: one.shown_on, reverse=True)


OWN = {
    "title": "Orchards Bloom Again",
    "published": date(2024, 9, 16),
    "paragraphs": ("Orchards bloom.",),
    "dateline_place": None,
}
LISTS = {
    "gone": [(18, LISTED, {}), (19, without("Orchards Bloom Again"), {})],
    "of the oldest day of the list": [(18, LISTED, {}), (19, LISTED[:4], {})],
    "back again": [(18, LISTED, {}), (19, without("Orchards Bloom Again"), {}), (20, LISTED, {})],
    "beside a list that is cut": [(18, LISTED, {}), (19, without("Orchards Bloom Again"), {"cut": True})],
    "beside a list in another order": [(18, LISTED, {}), (19, [*LISTED[2:], LISTED[0]], {})],
    "beside a list of the same day": [(18, LISTED, {}), (18, without("Orchards Bloom Again"), {"title": "Other"})],
    "the article of the page itself": [(18, LISTED, {}), (19, without("Orchards Bloom Again"), OWN)],
    "with another teaser": [
        (18, LISTED, {}),
        (19, renamed(block("Orchards Bloom Again", date(2024, 9, 16), "Orchards are in bloom.")), {}),
    ],
    "with another teaser on the same day": [
        (18, LISTED, {}),
        (18, renamed(block("Orchards Bloom Again", date(2024, 9, 16), "They are in bloom.")), {"title": "Other"}),
        (19, renamed(block("Orchards Bloom Again", date(2024, 9, 16), "They are in bloom.")), {}),
    ],
    "with a longer title": [
        (18, LISTED, {}),
        (19, renamed(block("Orchards Bloom Again in Autumn", date(2024, 9, 16), "Again they bloom.")), {}),
    ],
    "with another title and day": [
        (18, LISTED, {}),
        (19, renamed(block("All Over the Country", date(2024, 9, 17), "Orchards bloom.")), {}),
    ],
}
"""Captures of a source by what becomes of the entry on orchards: the day, the sidebar, and other parts of the page."""


def listing(label, day, blocks, fields):
    """A page saved on a day of September 2024."""
    parts = {"title": f"Page of Day {day}"} | fields
    cut = parts.pop("cut", False)
    content = page(*blocks, captured=date(2024, 9, day), source_label=label, **parts)
    return content.replace(b"More Articles", b"") if cut else content


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The rows of every case; each is a source of its own."""
    settings = Settings(home=tmp_path_factory.mktemp("lists"))
    path = recorded(settings, *(listing(case, *one) for case, captures in LISTS.items() for one in captures))
    with connect_locked(path, settings) as con:
        labels = dict(con.execute("select source_id, label from core.dim_source").fetchall())
        rows = answer(con, QUERIES["listed_then_gone"].sql)
    return {case: [row for row in rows if labels[row["source"]] == case] for case in LISTS}


class TestListedThenGone:
    def test_an_entry_that_later_lists_leave_out_is_gone(self, found):
        (row,) = found["gone"]
        assert (row["title"], row["fate"], row["new_title"]) == ("Orchards Bloom Again", "gone", None)
        assert (row["last_listed"], row["missing_since"]) == (date(2024, 9, 18), date(2024, 9, 19))
        assert (row["lists_without"], row["still_below"], row["due"], row["absent"]) == (1, 3, 4, 1)
        assert row["is_text_here"] is False

    @pytest.mark.parametrize("case", [case for case in LISTS if case != "gone" and not case.startswith("with ")])
    def test_an_entry_that_no_list_should_name_is_not_judged(self, found, case):
        assert found[case] == []

    @pytest.mark.parametrize(
        ("case", "title"),
        [
            ("with another teaser", "Orchards Bloom Again"),
            ("with another teaser on the same day", "Orchards Bloom Again"),
            ("with a longer title", "Orchards Bloom Again in Autumn"),
            ("with another title and day", "All Over the Country"),
        ],
    )
    def test_an_entry_in_a_new_form_is_renamed(self, found, case, title):
        assert [(row["fate"], row["new_title"]) for row in found[case]] == [("renamed", title)]


def test_a_day_without_articles_is_told_from_one_that_nobody_saw(ask):
    lake = block("Lake Stocked with Fish", date(2024, 9, 10))
    early = page(lake, title="Early", published=date(2024, 9, 12), captured=date(2024, 9, 12))
    late = page(block("New Bridge", date(2024, 9, 18)), block("Salt", date(2024, 9, 16)), captured=date(2024, 9, 19))
    readings = {row["date"].day: row["reading"] for row in ask("daily_volume", early, late)}
    assert readings == {
        10: "in part",  # the list may go on below its last entry
        11: "none listed",
        12: "in part",
        13: "not seen",
        14: "not seen",
        15: "not seen",
        16: "in part",
        17: "none listed",
        18: "all listed",
        19: "not seen",  # saved on the day itself
    }


VISIT = {
    "title": "Respected Comrade Kim Jong Un Visits Farm in Uiju County",
    "published": date(2024, 9, 18),
    "paragraphs": (
        "Kim Jong Un visited a farm in Uiju County, North Phyongan Province, on September 17.",
        "He was accompanied by Jo Tok Hwan and Pak Un Sam.",
    ),
}


class TestLeader:
    def test_letters_are_no_appearances_and_are_counted_beside_them(self, ask):
        letter = page(
            title="Respected Comrade Kim Jong Un Receives Letter from Cuban President",
            paragraphs=("Kim Jong Un received a letter from the Cuban president.",),
        )
        only_listed = page(block("Respected Comrade Kim Jong Un Inspects Mine", date(2024, 9, 17)), title="Apples")
        book = page(title="Work of Respected Comrade Kim Jong Un Published", paragraphs=("A book was published.",))
        (row,) = ask("leader_appearances", page(**VISIT), letter, only_listed, book)
        assert (row["event_type"], row["province"], row["places"]) == (
            "visit",
            "North Phyongan Province",
            "Uiju County",
        )
        assert (row["events"], row["letters_gifts"], row["only_listed"], row["articles"]) == (1, 1, 1, 4)

    def test_days_that_nobody_saw_stand_beside_an_absence(self, ask):
        back = {
            "title": "Respected Comrade Kim Jong Un Visits Mine in Musan County",
            "published": date(2024, 9, 25),
            "paragraphs": ("Kim Jong Un visited a mine in Musan County on September 24.",),
        }
        between = page(title="Apples", published=date(2024, 9, 20), captured=date(2024, 9, 21))
        rows = ask("leader_absence", page(**VISIT), between, page(captured=date(2024, 9, 26), **back))
        longest = rows[0]
        assert (longest["seen_before"], longest["seen_after"]) == (date(2024, 9, 17), date(2024, 9, 24))
        assert (longest["days"], longest["empty_days"], longest["articles"], longest["naming_him"]) == (
            6,
            4,
            2,
            0,
        )  # the report of a visit is no news

    def test_a_rank_from_an_edited_list_is_marked(self, ask):
        paragraphs = (*VISIT["paragraphs"][:1], "He was accompanied by Pak Un Sam and Jo Tok Hwan.")
        edited = page(captured=date(2024, 9, 20), **(VISIT | {"paragraphs": paragraphs}))
        rows = ask("leader_companions", page(**VISIT), edited)
        assert [(row["name"], row["best_rank"], row["edited_lists"]) for row in rows] == [
            ("Pak Un Sam", 1, 1),
            ("Jo Tok Hwan", 2, 1),
        ]


def test_persons_and_offices_in_changed_words_are_named(ask):
    def report(names, captured):
        return page(
            title="Meeting of Farm Workers Held in Haeju",
            paragraphs=(
                "A meeting of farm workers was held at the House of Culture in Haeju City to review the year.",
                f"Present there were {names}.",
                "The speakers said that the harvest was good and that the seed for the next year is ready.",
            ),
            captured=captured,
        )

    before = report("Minister Ri Song Ryong, Pak Un Sam and Jo Tok Hwan", date(2024, 9, 18))
    (row,) = ask("silent_edits", before, report("Pak Un Sam and Jo Tok Hwan", date(2024, 9, 20)))
    assert (row["days"], row["persons"], row["offices"], row["leader"]) == (2, "Ri Song Ryong", True, False)
    assert row["words"] == "[-Minister Ri Song Ryong-]"


class TestSameStory:
    WORDS = (
        "Builders finished the eastern wing of a children's hospital near the railway station, painted thirty rooms, "
        "planted trees along both fences and handed over wooden toys which carpenters had made during the winter."
    )

    def story(self, label, day, text, title="Hospital Wing Finished"):
        return page(title=title, source_label=label, published=date(2024, 9, day), paragraphs=(text,))

    def test_a_copy_with_another_date_and_title_is_found(self, ask):
        changed = self.WORDS.replace("thirty", "forty")
        (row,) = ask(
            "same_story_across_outlets",
            self.story("KCNA.kp (En)", 16, self.WORDS),
            self.story("Minju Choson (EN)", 17, changed, "New Wing for Young Patients"),
        )
        assert (row["source"], row["other_source"], row["days"]) == ("kcna-kp-en", "minju-choson", 1)
        assert "thirty" in row["only_in_first"]
        assert "forty" in row["only_in_other"]
        assert row["compared"] == 1

    def test_what_is_no_copy_is_not(self, ask):
        late = self.story("Minju Choson (EN)", 19, self.WORDS)
        short = "A delegation of the friendship society left here by air."
        rows = ask(
            "same_story_across_outlets",
            self.story("KCNA.kp (En)", 15, self.WORDS),
            late,
            self.story("KCNA.kp (En)", 16, self.WORDS.replace("hospital", "school"), "School Wing"),
            self.story("KCNA.kp (En)", 17, short, "Delegation Leaves"),
            self.story("Rodong Sinmun (En)", 17, short, "Delegation Leaves"),
        )
        assert [(row["title"], row["other_source"]) for row in rows] == [("School Wing", "minju-choson")]


def test_an_item_in_hangul_is_korean_without_a_label_and_meets_english_articles_by_place(ask):
    korean = page(
        title="·새 마을",
        source_label="Tongil Sinbo",
        paragraphs=("의주군의 한 마을에 새 살림집이 일떠섰다.",),
        layout="B",
    )
    near = page(title="Houses Built in Uiju County", paragraphs=("Houses were built in Uiju County.",))
    far = page(title="Roads of Uiju County", published=date(2024, 9, 12), paragraphs=("Uiju County has new roads.",))
    (row,) = ask("korean_without_english", korean, near, far)
    assert (row["label"], row["places"]) == ("Tongil Sinbo", "Uiju County")
    assert (row["candidates"], row["one_candidate"], row["english_known"]) == (1, "Houses Built in Uiju County", 1)


REVIEW = {
    "title": "Press Review",
    "paragraphs": (
        "Following are major news items carried by leading newspapers here on Wednesday:",
        "Rodong Sinmun",
        "- The U.S. imperialists will pay a dear price, and the ROK puppets, too.",
        "- Floods in Russia and the 20×10 policy.",
    ),
}


class TestWords:
    def test_terms(self, ask):
        rows = ask(
            "topic_shifts",
            page(**REVIEW),
            page(title="Policy of 20×10", paragraphs=("Factories rise under the 20 x 10 policy.",)),
            page(title="Flooding", paragraphs=("A flood-hit town. Floodgates are no floods.",)),
            page(title="Gate", paragraphs=("A floodgate was built.",)),
        )
        assert [(row["subject"], row["articles"], row["out_of"]) for row in rows[:3]] == [
            ("regional development", 1, 3),
            ("floods", 1, 3),
            ("Russia", 0, 3),
        ]

    def test_forms_of_names_are_counted_as_written(self, ask):
        text = (
            "The Democratic People's Republic of Korea spoke of south Korea, south Koreans, the puppet ROK, the "
            "Republic of Korea, its enemies and U.S. imperialists. ROKS is a ship."
        )
        rows = ask("naming_of_adversaries", page(**REVIEW), page(title="A Statement", paragraphs=(text,)))
        assert {row["form"]: row["times"] for row in rows if row["times"]} == {
            "ROK": 1,
            "puppet ROK": 1,
            "Republic of Korea": 1,
            "south Korea": 2,
            "U.S.": 1,
            "U.S. imperialists": 1,
            "puppet": 1,
            "enemy": 1,
            "imperialists": 1,
        }
        assert {row["out_of"] for row in rows} == {1}

    def test_a_speaker_is_one_under_several_titles(self, ask):
        office = "Kim Yo Jong, vice department director of the C.C., WPK, said:"
        rows = ask(
            "threat_language",
            page(**REVIEW),
            page(
                title="Press Statement of Vice Department Director of C.C., WPK Kim Yo Jong",
                paragraphs=(
                    office,
                    "The ROK will pay a dear price. We sternly warn Japan. Rain fell.",
                ),
            ),
            page(
                title="Press Statement of Vice Department Director of WPK Central Committee Kim Yo Jong",
                published=date(2024, 9, 17),
                paragraphs=(
                    office,
                    "The enemy will be annihilated.",
                ),
            ),
            page(
                title="Press Statement of Spokesman for DPRK Foreign Ministry",
                paragraphs=("We can never tolerate it.",),
            ),
            page(
                title="DPRK Foreign Ministry Spokesman Issues Press Statement",
                paragraphs=("It will face retaliation at once.",),
            ),
            page(title="Weather", paragraphs=("Wheat was doomed by frost.",)),
        )
        found = {(row["speaker"], row["targets"], row["kinds"], row["sentence"].split("-- ")[-1]) for row in rows}
        assert found == {
            ("Kim Yo Jong", "Republic of Korea", "price", "The ROK will pay a dear price."),
            ("Kim Yo Jong", "Japan", "warning", "We sternly warn Japan."),
            ("Kim Yo Jong", "the enemy", "annihilation", "The enemy will be annihilated."),
            ("spokesperson of DPRK Foreign Ministry", None, "no tolerance", "We can never tolerate it."),
            ("spokesperson of DPRK Foreign Ministry", None, "retaliation", "It will face retaliation at once."),
        }
        assert {row["of_articles"] for row in rows} == {5}

    def test_passages_stand_with_the_words_around_them_and_the_first_use_is_marked(self, ask):
        rows = ask(
            "first_time_phrases",
            page(published=date(2024, 9, 17), paragraphs=(f"{'word ' * 40}For the first time {'word ' * 40}",)),
            page(title="Again", paragraphs=("It was shown for the first time. Not for the first timely visit.",)),
        )
        assert [(row["phrase"], row["is_first_here"], row["times"]) for row in rows] == [
            ("for the first time", True, 2),
            ("for the first time", False, 2),
        ]
        assert all(len(row["context"]) <= 60 + len("for the first time") + 60 for row in rows)


def test_a_formula_title_counts_by_article_and_direction_is_read(ask):
    def greetings(day, body):
        return page(
            title="Respected Comrade Kim Jong Un Receives Greetings from Abroad",
            published=date(2024, 9, day),
            paragraphs=(body,),
        )

    rows = ask(
        "foreign_contacts",
        greetings(16, "Kim Jong Un received a message of greeting from the president of Cuba."),
        greetings(17, "Kim Jong Un received a letter of greeting from the premier of Cuba."),
        page(
            title="Greetings to FM of Tajikistan",
            paragraphs=("The foreign minister sent a message to her counterpart of Tajikistan.",),
        ),
        page(title="KCNA Commentary on Message from Japan", paragraphs=("Japan sent a message.",)),
        page(title="Group of Koreans in Japan Visits Museum", paragraphs=("Koreans in Japan came.",)),
    )
    assert [(row["country"], row["kind"], row["direction"], row["articles"], row["titles"]) for row in rows] == [
        ("Cuba", "message", "to the DPRK", 2, 1),
        ("Tajikistan", "message", "from the DPRK", 1, 1),
    ]


def test_a_wrong_juche_year_and_both_footers_are_counted(ask):
    (row,) = ask(
        "juche_dates",
        page(footer="juche", paragraphs=("One day in May Juche 102 (2013), and in Juche 103 (2013), it rained.",)),
        page(title="Pears", footer="gregorian", published=date(2024, 9, 17)),
    )
    assert (row["articles"], row["juche_footer"], row["gregorian_footer"]) == (2, 1, 1)
    assert (row["juche_in_text"], row["wrong_years"]) == (1, 1)


def test_an_office_is_one_in_several_forms(ask):
    def naming(day, office):
        return page(
            title=f"Visit of Day {day}",
            published=date(2024, 9, day),
            paragraphs=(f"Pak Un Sam, {office}, came to the farm.",),
        )

    rows = ask(
        "officials_titles",
        naming(14, "vice department director of the C.C., WPK"),
        naming(15, "vice department director of the Central Committee of the Workers' Party of Korea"),
        naming(16, "secretary of the WPK Central Committee"),
        page(title="Later", paragraphs=("Pak Un Sam, who came early, left.",)),
    )
    assert [(row["office"], row["articles"], row["written_as"], row["last_printed"].day) for row in rows] == [
        ("vice department director of C.C., WPK", 2, 2, 15),
        ("secretary of C.C., WPK", 1, 1, 16),
    ]
    assert {(row["named_in"], row["last_named"].day, row["silent_days"]) for row in rows} == {(4, 18, 0)}


def test_pages_and_reviews_do_not_make_a_day_of_the_leader(ask):
    named = {"title": "Song", "paragraphs": ("A song about Kim Jong Un was sung by Kim Jong Un's guests.",)}
    university = page(title="Lecture", paragraphs=("A lecture was given at Kim Il Sung University.",))
    review = REVIEW | {"paragraphs": (*REVIEW["paragraphs"], "- The respected Comrade Kim Jong Un sent a letter.")}
    (row,) = ask("cult_calendar", page(**named), page(captured=date(2024, 9, 20), **named), university, page(**review))
    assert (row["articles"], row["out_of"], row["kim_jong_un"], row["kim_il_sung"]) == (1, 2, 1, 0)


def test_an_item_is_cited_by_its_wordings(ask):
    before = page(title="Two Gates Opened", captured=date(2024, 9, 19))
    after = page(title="Two New Gates Opened", captured=date(2024, 9, 21))
    other = page(title="Pears", paragraphs=("Pears are ripe.",))
    rows = ask("cite_an_item", before, after, other, title=("'%'", "'Two %'"))
    assert [(row["title"], row["version"], row["versions"], row["first_saved"].day) for row in rows] == [
        ("Two New Gates Opened", 2, 2, 21),
        ("Two Gates Opened", 1, 2, 19),
    ]
    assert len({row["article_id"] for row in rows}) == 1
    assert len({row["page_sha256"] for row in rows}) == 2
