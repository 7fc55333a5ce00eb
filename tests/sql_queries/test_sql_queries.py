"""The ready questions run on the locked warehouse, give what the sample pages hold, and keep their promises."""

import re
from datetime import date

import pytest

from etl.settings import Settings, project_folder
from etl.warehouse import catalog
from etl.warehouse.queries import QueryFileError, load_queries
from etl.warehouse.read import connect_published
from tests.sql_queries import answers
from tests.support import publish_warehouse

QUERIES = load_queries()
BY_NAME = pytest.mark.parametrize("name", QUERIES)
README = (project_folder("sql") / "queries" / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def con(published):
    with connect_published(published) as opened:
        yield opened


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    """Settings of a home with a warehouse of no pages."""
    settings = Settings(home=tmp_path_factory.mktemp("nothing"))
    publish_warehouse(settings)
    return settings


def ask(con, name):
    return answers.answer(con, QUERIES[name].sql)


def value(con, sql):
    return con.execute(sql).fetchone()[0]


@BY_NAME
def test_the_answer_is_what_the_sample_pages_hold(con, name):
    expected, found = answers.read(name), ask(con, name)
    first = [{column: row[column] for column in wanted} for wanted, row in zip(expected["rows"], found, strict=False)]
    assert first == expected["rows"]
    assert len(found) == expected["row_count"]


def test_every_question_has_an_expected_answer_that_was_checked():
    assert {path.stem for path in answers.FOLDER.iterdir()} == set(QUERIES)
    assert all(answers.read(name)["checked"] for name in QUERIES)


@BY_NAME
def test_the_answer_is_the_same_with_other_threads(published, name):
    found = []
    for threads in (1, 2, 4):
        with connect_published(Settings(home=published.home, threads=threads)) as con:
            found.append(con.execute(QUERIES[name].sql).fetchall())
    assert found[0] == found[1] == found[2]


@BY_NAME
def test_an_empty_warehouse_gives_an_empty_answer(nothing, name):
    with connect_published(nothing) as con:
        assert ask(con, name) == []


@BY_NAME
def test_a_span_before_all_pages_gives_an_empty_answer(con, name):
    sql = QUERIES[name].sql
    if name != "left_out":
        earlier = re.sub(r"date '2050-12-(\d+)'", r"date '1950-12-\1'", sql)
        assert earlier != sql
        assert answers.answer(con, earlier) == []


@BY_NAME
def test_a_source_that_does_not_exist_gives_an_empty_answer(con, name):
    sql = QUERIES[name].sql
    if "'%' as source" in sql:
        assert answers.answer(con, sql.replace("'%' as source", "'no-such-source' as source")) == []


@BY_NAME
def test_only_documented_tables_are_read(name):
    tables = set(re.findall(r"\b(?:(?<!distinct )from|join)\s+(\w+\.\w+)", QUERIES[name].sql))
    assert tables
    assert tables <= set(catalog.dictionary())


def test_every_question_of_the_list_is_answered_once_and_named_in_the_readme():
    assert [query.number for query in QUERIES.values()] == [*range(1, 21), None]
    listed = re.findall(r"^\| (\d*) ?\| .*? \| `(\w+)\.sql` \|", README, re.MULTILINE)
    assert listed == [(str(query.number or ""), query.name) for query in QUERIES.values()]


class TestCountsAgree:
    def test_appearances(self, con):
        rows = ask(con, "leader_appearances")
        assert sum(row["events"] for row in rows) == value(con, "select count(*) from core.fact_leader_event")
        by_month = {row["month"]: row["articles"] for row in rows}
        assert sum(by_month.values()) == value(con, "select count(*) from core.fact_article")

    def test_days_in_sight_and_out_of_sight_fill_the_span(self, con):
        days = sum(row["days"] for row in ask(con, "leader_absence"))
        seen = value(con, "select count(distinct event_date) from core.fact_leader_event")
        first, last = con.execute("""
            select min(date), max(date)
            from (
                select published_date as date from core.fact_article
                union
                select shown_date from core.fact_sidebar_entry
                union
                select event_date from core.fact_leader_event
            )
        """).fetchone()
        assert days + seen == (last - first).days + 1

    def test_volume(self, con):
        rows = ask(con, "daily_volume")
        assert sum(row["in_full"] for row in rows) == value(con, "select count(*) from core.fact_article")
        assert sum(row["sidebar_only"] for row in rows) == value(con, "select count(*) from marts.sidebar_only_article")
        assert {row["reading"] for row in rows} == {"all listed", "none listed", "in part", "not seen"}
        assert all((row["known"] == 0) == (row["reading"] in ("none listed", "not seen")) for row in rows)

    def test_footers(self, con):
        rows = ask(con, "juche_dates")
        assert all(row["articles"] == row["juche_footer"] + row["gregorian_footer"] + row["no_footer"] for row in rows)
        assert sum(row["articles"] for row in rows) == value(con, "select count(*) from core.fact_article")

    def test_steps_of_publication(self, con):
        for row in ask(con, "publication_lag"):
            assert row["articles"] == row["negative"] + row["same_day"] + row["next_day"] + row["later"]
            of_source = f"select count(*) from core.fact_article where source_id = '{row['source']}'"
            assert row["articles"] + row["unknown"] == value(con, of_source)

    @pytest.mark.parametrize("name", ["topic_shifts", "naming_of_adversaries"])
    def test_months_without_press_reviews(self, con, name):
        out_of = {row["month"]: row["out_of"] for row in ask(con, name)}
        reviews = value(con, "select count(distinct article_id) from core.fact_press_review_item")
        assert sum(out_of.values()) == value(con, "select count(*) from core.fact_article") - reviews

    def test_topics(self, con):
        counted = sum(row["articles"] for row in ask(con, "topic_shifts") if row["kind"] == "topic")
        assert counted == value(
            con,
            """
            select count(*)
            from core.fact_article_topic
            where article_id not in (select article_id from core.fact_press_review_item)
            """,
        )

    def test_wordings(self, con):
        rows = ask(con, "cite_an_item")
        assert len(rows) == value(con, "select count(*) from core.fact_article_version")
        assert sum(row["pages"] for row in rows) == value(
            con, "select count(*) from core.fact_page where outcome = 'load'"
        )
        assert len({row["page_sha256"] for row in rows}) == len(rows)
        assert all(row["build_digest"] for row in rows)

    def test_pages_left_out(self, con):
        rows = [row for row in ask(con, "left_out") if row["of_what"] == "pages"]
        loaded = value(con, "select count(*) from core.fact_page where outcome = 'load'")
        assert {row["out_of"] - sum(row["count"] for row in rows) for row in rows} == {loaded}

    def test_leads_of_the_press(self, con):
        rows = ask(con, "press_review_leads")
        assert sum(row["items"] for row in rows) == value(con, "select count(*) from core.fact_press_review_item")


class TestFiles:
    HEADER = """\
-- Question 3: How long?
-- Row: one
--   stretch.
-- Trap: none.
-- Cannot say: why.
-- Change: nothing.
"""

    @pytest.fixture
    def folder(self, tmp_path):
        self.file = tmp_path / "how_long.sql"
        return tmp_path

    def refusal(self, folder, text):
        self.file.write_text(text, encoding="utf-8")
        with pytest.raises(QueryFileError, match=r"how_long\.sql: ") as refused:
            load_queries(folder)
        return str(refused.value).split("how_long.sql: ")[1]

    def test_the_header_is_read(self, folder):
        self.file.write_text(self.HEADER + "select 1;\n", encoding="utf-8")
        query = load_queries(folder)["how_long"]
        assert (query.number, query.question, query.row) == (3, "How long?", "one stretch.")
        assert (query.trap, query.cannot_say, query.change) == ("none.", "why.", "nothing.")
        assert query.sql == self.HEADER + "select 1;\n"

    @pytest.mark.parametrize("part", ["Row", "Trap", "Cannot say", "Change"])
    def test_a_part_that_is_missing_is_named(self, folder, part):
        lines = self.HEADER.replace("\n--   ", " ").splitlines(keepends=True)
        text = "".join(line for line in lines if not line.startswith(f"-- {part}:"))
        assert self.refusal(folder, text + "select 1;") == f"the header does not say {part}"

    def test_a_file_without_a_header(self, folder):
        assert self.refusal(folder, "select 1;") == ("the header does not say Question, Row, Trap, Cannot say, Change")

    def test_a_part_said_twice(self, folder):
        assert self.refusal(folder, self.HEADER + "-- Trap: more.\nselect 1;") == "the header says Trap twice"

    def test_parts_in_another_order(self, folder):
        text = self.HEADER.replace("-- Trap: none.\n", "") + "-- Trap: none.\nselect 1;"
        assert "must stand in the order Question, Row" in self.refusal(folder, text)

    def test_a_comment_that_is_no_part(self, folder):
        assert self.refusal(folder, "-- Hello\n" + self.HEADER) == "not a line of the header: '-- Hello'"

    @pytest.mark.parametrize("sql", ["", "select 1; select 2;", "create table t (a int);", "drop table core.x;"])
    def test_anything_but_one_select(self, folder, sql):
        assert self.refusal(folder, self.HEADER + sql) == "it must be one select statement"

    def test_what_is_no_sql(self, folder):
        assert "Parser Error" in self.refusal(folder, self.HEADER + "selec 1;")


def test_expected_answers_are_written_again_with_the_same_columns(tmp_path, monkeypatch):
    monkeypatch.setattr(answers, "FOLDER", tmp_path)
    (tmp_path / "one.yaml").write_text("checked: 'yes'\nrow_count: 9\nrows:\n- day: null\n", encoding="utf-8")

    answers.write("one", [{"day": date(2024, 8, 7), "count": 1}, {"day": date(2024, 8, 8), "count": 2}])

    assert answers.read("one") == {"checked": "yes", "row_count": 2, "rows": [{"day": date(2024, 8, 7)}]}
