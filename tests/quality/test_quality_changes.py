"""Rules judged on what changed give the verdict that judging the whole table gives."""

import random

import duckdb
import pytest

from benchmarks.corpus import corpus
from etl.quality import changes, gate, row_rules
from etl.quality.changes import Changes, since_published
from etl.quality.check import KEYS_PER_RULE
from etl.quality.suite import SQL_RULE, SuiteError, load_suite
from etl.runs import RunStore
from etl.stages import spans
from etl.warehouse import increment
from etl.warehouse.build import changes_of
from etl.warehouse.catalog import BUILD_ORDER, SCHEMAS
from etl.warehouse.increment import KEYED, gone_rows, matches
from etl.warehouse.read import open_current
from tests import support
from tests.expectations.defects import DEFECTS, RULES, SUITES, sound_database

PAGES = [support.offer(content, f"{number:03}.txt") for number, content in enumerate(corpus(150))]
WAREHOUSE_SUITES = gate.warehouse_suites()
KEYED_SUITES = [suite for suite in SUITES.values() if suite.table in KEYED]
NEVER_SEEN = "update core.fact_sidebar_entry set first_seen_date = last_seen_date + 1"
FAULTS = {
    "fact_sidebar_entry_seen_order": f"{NEVER_SEEN} where sidebar_entry_id < '8'",
    "fact_article_capture_order": "update core.fact_article set first_captured_date = last_captured_date + 1",
    "fact_article_version_similar_to_the_one_before": "update core.fact_article_version set similarity = 0.1",
}
"""Rules that do not stop a publication, and what breaks them in many rows."""


def told(report):
    """What a check found out."""
    return report.results, report.violations.rows()


def whole(con, suite):
    """What a check of the whole table finds out."""
    results = row_rules.evaluate(con, suite)
    failing = [result.rule_id for result in results if result.rows_failed]
    return results, row_rules.find_violations(con, suite, only=failing, limit=KEYS_PER_RULE).rows()


def result_of(reports, rule_id):
    return next(result for report in reports for result in report.results if result.rule_id == rule_id)


# Between two loads ----------------------------------------------------------------------------------


@pytest.fixture
def in_small_spans(monkeypatch):
    """Many spans for few pages; every change is taken for a small one, and every table for a large one."""
    monkeypatch.setattr(spans, "SPAN_PAGES", 45)
    monkeypatch.setattr(increment, "LARGEST_SHARE", 1.0)
    monkeypatch.setattr(changes, "FEWEST_ROWS", 0)
    monkeypatch.setattr(gate.data_docs, "store", lambda *_: None)
    monkeypatch.setattr(gate.data_docs, "build", lambda *_: None)


@pytest.fixture
def load(settings, in_small_spans):
    """Build with these pages, change the work file by SQL, and check; returns the reports."""

    def check(run_id, pages, *statements, suites=WAREHOUSE_SUITES):
        support.build_warehouse(settings, pages)
        with open_current(settings) as con:
            for statement in statements:
                assert con.execute(statement).fetchone() != (0,)
        reports = gate.check_warehouse(settings, suites)
        gate.record_warehouse(settings, run_id, reports)
        return reports

    return check


@pytest.fixture
def publish(settings):
    def publish_run(run_id):
        return gate.publish_checked(settings, RunStore(settings.paths()).load(run_id))

    return publish_run


def test_loads_of_any_pages_are_judged_on_what_changed_as_on_all_rows(settings, load, publish):
    pages = PAGES[:]
    random.Random(1).shuffle(pages)
    first = load("first", pages[:70], *FAULTS.values())
    failed = {rule_id: result_of(first, rule_id).rows_failed for rule_id in FAULTS}
    publish("first")

    for run_id, start, end in (("second", 70, 76), ("third", 76, 150)):
        reports = load(run_id, pages[start:end])

        judged = [report.suite.table for report in reports if "judged" in report.validation["meta"]["batch_markers"]]
        assert set(judged) == set(KEYED)
        with open_current(settings) as con:
            for report in reports:
                assert told(report) == whole(con, report.suite)
                passed = [outcome["success"] for outcome in report.validation["results"]]
                assert sorted(passed) == sorted(result.success for result in report.results)
                assert report.validation["statistics"]["evaluated_expectations"] == len(report.results)
        publish(run_id)
    for rule_id, count in failed.items():
        # Rows that failed were replaced, and others were not.
        assert 0 < result_of(reports, rule_id).rows_failed < count


def test_faults_stay_counted_until_their_row_is_replaced_and_one_that_is_added_stops_the_publication(load, publish):
    shown, other = support.block(), support.block(title="Another Bridge Opened")
    load("first", support.offers(support.page(shown, other)), NEVER_SEEN)
    publish("first")

    again = support.page(shown, title="Once More", paragraphs=("Pears were picked in the mountains of the north.",))
    broken = "update core.fact_article set version_count = 0 where title = 'Once More'"
    reports = load("second", [support.offer(again, "again.txt")], broken)

    assert result_of(reports, "fact_sidebar_entry_seen_order").rows_failed == 1
    assert result_of(reports, "fact_article_has_version").rows_failed == 1
    assert {report.suite.table for report in reports if report.blocks} >= {"core.fact_article"}
    with pytest.raises(RuntimeError, match="did not pass"):
        publish("second")


def test_what_changed_is_known_from_a_build_until_it_is_published(settings, load, publish, monkeypatch):
    home = settings.paths()
    listed = changes_of(home.work_file)

    def is_known():
        with open_current(settings) as con, since_published(settings, con) as found:
            return found is not None

    load("first", PAGES[:30], suites=[])
    assert not listed.exists()
    assert not is_known()
    publish("first")
    load("second", PAGES[30:32], suites=[])
    assert is_known()

    with monkeypatch.context() as patch:
        patch.setattr("etl.stages.clean.code_digest", lambda: "other")
        assert not is_known()
    run, list_of_changes = RunStore(home).path("first"), listed.read_bytes()
    record = run.read_bytes()
    run.unlink()
    assert not is_known()
    run.write_bytes(record)
    listed.unlink()
    assert not is_known()
    listed.write_bytes(list_of_changes)
    with duckdb.connect(str(listed)) as con:
        con.execute("update built_on set version = 'kcna-other.duckdb'")
    assert not is_known()
    listed.write_bytes(list_of_changes)
    assert is_known()

    publish("second")
    assert not listed.exists()
    listed.write_bytes(list_of_changes)
    assert not is_known()


# Between any two contents ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def databases():
    """A connection to two equal databases where all rules hold; the one is `published`."""
    with sound_database() as con:
        con.execute("attach ':memory:' as published; attach ':memory:' as changed")
        for schema in SCHEMAS:
            con.execute(f"create schema published.{schema}")
            con.execute(f"create schema changed.{schema}; create schema changed.{schema}_gone")
        for table in BUILD_ORDER:
            con.execute(f"create table published.{table} as from {table}")
        # rows are changed where they are, so of none it is known that it is not among the last
        con.execute("create table changed.kept (table_name varchar, row_count bigint)")
        con.executemany("insert into changed.kept values (?, 0)", [[table] for table in KEYED])
        yield con


@pytest.fixture
def differ(databases, monkeypatch):
    """Run statements in the one that is in use, and tell for either direction what the suites find."""
    monkeypatch.setattr(changes, "FEWEST_ROWS", 0)
    monkeypatch.setattr(changes, "judge", lambda con, suite: (row_rules.evaluate(con, suite), None))
    con = databases
    (main,) = con.execute("select current_database()").fetchone()

    def compare(statements, suites):
        con.execute(statements)
        for table, keyed in KEYED.items():
            rows = [f"(from {catalog}.{table})" for catalog in ("published", main)]
            both = f"({rows[0]} except all {rows[1]}) union all ({rows[1]} except all {rows[0]})"
            con.execute(
                f"create or replace table changed.{table} as select distinct {', '.join(keyed.columns)} from ({both})"
            )
        for before, now in (("published", main), (main, "published")):
            yield from _compare(before, now, suites)

    def _compare(before, now, suites):
        with con.cursor() as old, con.cursor() as new:
            old.execute(f"use {before}")
            new.execute(f"use {now}")
            for table, keyed in KEYED.items():
                new.execute(
                    f"create or replace table {gone_rows(table)} as select part.rowid as row_id "
                    f"from {before}.{table} as part semi join changed.{table} as key "
                    f"on {matches('part', keyed.columns)}"
                )
            counts = {
                result.rule_id: (result.rows_checked, result.rows_failed)
                for suite in suites
                for result in row_rules.evaluate(old, suite)
            }
            judged = Changes(new, "before", counts)
            judged.catalogs = {changes.BEFORE: before, changes.NOW: now}
            for suite in suites:
                yield told(judged.check(suite)), whole(new, suite)

    yield compare
    for table in BUILD_ORDER:
        con.execute(f"create or replace table {table} as from published.{table}")


@pytest.mark.parametrize("rule_id", [rule_id for rule_id in DEFECTS if RULES[rule_id].table.split(".")[0] in SCHEMAS])
def test_a_fault_that_comes_or_goes_is_counted_as_on_all_rows(rule_id, differ):
    broken = {rule_id, *DEFECTS[rule_id].also}
    suites = [suite for suite in KEYED_SUITES if any(rule.rule_id in broken for rule in suite.rules)]

    for found, expected in differ(DEFECTS[rule_id].statements, suites):
        assert found == expected


@pytest.mark.parametrize("table", ["core.fact_article", "core.fact_page", "core.dim_source", "core.fact_sidebar_entry"])
def test_rows_whose_parent_vanished_or_came_are_found_though_they_did_not_change(table, differ):
    found = list(differ(f"delete from {table}", KEYED_SUITES))

    assert all(by_changes == by_all for by_changes, by_all in found)
    orphans = {result.rule_id for (results, _), _ in found for result in results if result.rows_failed}
    assert any(table in RULES[rule_id].looks_up for rule_id in orphans)


@pytest.mark.parametrize(
    ("rule_id", "statement"),
    [
        (
            "fact_article_version_key_unique",
            "update core.fact_article_version set article_version_id = (select min(article_version_id) from "
            "core.fact_article_version) where article_id = (select max(article_id) from core.fact_article_version)",
        ),
        (
            "origin_file_key_unique",
            "update quality.origin_file set origin_file_id = (select min(origin_file_id) from quality.origin_file) "
            "where url = (select max(url) from quality.origin_file)",
        ),
        (
            "fact_leader_event_report_counted",
            "insert into core.fact_leader_event_report select article.article_id, report.* exclude (article_id) "
            "from core.fact_leader_event_report as report, core.fact_article as article "
            "where article.article_id <> report.article_id limit 1",
        ),
    ],
)
def test_a_changed_row_is_compared_with_the_unchanged_rows_of_its_group(rule_id, statement, differ):
    suite = SUITES[RULES[rule_id].suite]

    failed = []
    for (results, violations), expected in differ(statement, [suite]):
        assert (results, violations) == expected
        failed += [result.rows_failed for result in results if result.rule_id == rule_id]

    assert failed[0] > 0
    assert failed[1] == 0


def test_a_verdict_on_which_the_engines_disagree_is_none_for_the_whole(differ, monkeypatch):
    suite = SUITES["core_fact_article"]
    unjudged = [changes.RuleResult.unjudged(rule, "the two engines disagree") for rule in suite.rules]
    monkeypatch.setattr(changes, "judge", lambda *_: (tuple(unjudged), None))

    for (results, _), _ in differ("delete from core.fact_page", [suite]):
        assert [result.error for result in results] == ["the two engines disagree"] * len(suite.rules)
        assert not any(result.success for result in results)


class _Parts(changes.Combined):
    """A whole of which the rows before had these counts, and the rows of a connection came since."""

    def __init__(self, con, counts, came):
        super().__init__(con, "before", counts)
        self.came = came

    def covers(self, suite):
        return True

    def judge_parts(self, suite):
        return (), changes.judge(self.came, suite)


@pytest.mark.parametrize(
    ("before", "came", "passes"),
    [("xx" * 20, "--", True), ("xx" * 20, "------", False), ("--", "xx" * 20, True), ("------", "x" * 30, False)],
    ids=["few fail", "too many fail", "failed before", "too many failed before"],
)
def test_a_share_is_that_of_the_whole_table_whatever_it_is_in_its_parts(
    before, came, passes, con, fill, make_rule, make_suite, monkeypatch
):
    monkeypatch.setattr(changes, "FEWEST_ROWS", 0)
    share = make_rule("expect_column_values_to_not_be_null", {"column": "title", "mostly": 0.9}, "share")
    all_rows = make_rule("expect_column_values_to_not_be_null", {"column": "id"}, "all_rows")
    suite = make_suite(share, all_rows)
    rows = [(str(number), None if sign == "-" else sign) for number, sign in enumerate(before + came)]
    fill("title varchar", rows)
    counts = {"share": (len(before), before.count("-")), "all_rows": (len(before), 0)}
    with duckdb.connect() as part:
        part.execute("create schema parsed")
        part.execute(f"create table {suite.table} (id varchar, title varchar)")
        part.executemany(f"insert into {suite.table} values (?, ?)", rows[len(before) :])
        report = _Parts(con, counts, part).check(suite)

    assert told(report) == whole(con, suite)
    assert [result.success for result in report.results] == [passes, True]
    assert [outcome["success"] for outcome in report.validation["results"]] == [passes, True]


def test_a_share_whose_numbers_do_not_add_up_has_no_verdict(con, fill, make_rule, make_suite, monkeypatch):
    monkeypatch.setattr(changes, "FEWEST_ROWS", 0)
    suite = make_suite(make_rule("expect_column_values_to_not_be_null", {"column": "title", "mostly": 0.5}, "share"))
    fill("title varchar", [("1", None), ("2", "x")])

    (result,) = _Parts(con, {"share": (1, 1)}, con).check(suite).results

    assert (result.success, result.error) == (
        None,
        "found 1 of 2 rows on the whole table, but 2 of 3 rows by its parts",
    )


# What rules say of themselves -----------------------------------------------------------------------


def test_nearly_every_rule_on_a_fact_is_judged_on_what_changed():
    # that a mart is complete is judged on all of it
    rules = [rule for suite in KEYED_SUITES for rule in suite.rules if not suite.table.startswith("marts.")]

    assert [rule.rule_id for rule in rules if not changes.is_apart(rule)] == ["page_outcome_mostly_loaded"]
    assert len(rules) > 80


def test_what_is_about_the_whole_table_is_judged_on_it(make_rule):
    not_null = "expect_column_values_to_not_be_null"

    assert changes.is_apart(make_rule(not_null, {"column": "title"}))
    assert changes.is_apart(make_rule(not_null, {"column": "title", "mostly": 0.9}))
    assert not changes.is_apart(make_rule("expect_table_row_count_to_be_between", {"min_value": 1}))
    assert not changes.is_apart(make_rule(SQL_RULE, {"unexpected_rows_query": "select id from {batch}"}))


ONE = {"core.fact_article": {"article_id": "article_id"}}
JOIN = "select a.x from {batch} as a anti join core.fact_article as b on a.article_id = b.article_id"


@pytest.mark.parametrize(
    ("query", "meta", "message"),
    [
        (JOIN, {"compares": "row"}, "must read {batch} and each table of looks_up"),
        (JOIN, {"looks_up": ONE}, "compares is table"),
        (JOIN, {"compares": "cell"}, "unknown compares 'cell'"),
        (JOIN, {"compares": "row", "looks_up": {"core.fact_article": "article_id"}}, "is no object such as"),
        (JOIN, {"compares": "group", "looks_up": ONE}, "compares must be group where"),
        ("select x from {batch} where y > (select max(y) from {batch})", {"compares": "row"}, "each once"),
        ("select count(*) as x from {batch}", {"compares": "row"}, "must select columns"),
        ("select x from {batch} limit 1", {"compares": "row"}, "LIMIT_MODIFIER"),
        ("select x from {batch} qualify count(*) over (partition by y) > 1", {"compares": "row"}, "WINDOW"),
        ("select * from {batch}", {"compares": "row"}, "STAR"),
        ("select x from {batch} group by x", {"compares": "row"}, "compares must be group where"),
        ("select x from {batch} group by x", {"compares": "group"}, "names the one column"),
    ],
)
def test_what_a_query_contradicts_is_refused(query, meta, message, write_suite, expectation):
    path = write_suite(expectation(meta, type=SQL_RULE, kwargs={"unexpected_rows_query": query}))

    with pytest.raises(SuiteError, match=message):
        load_suite(path)


def test_only_rules_in_sql_say_what_they_compare(write_suite, expectation):
    with pytest.raises(SuiteError, match="is known"):
        load_suite(write_suite(expectation({"compares": "row"})))


def test_what_a_rule_looks_up_is_read(write_suite, expectation):
    meta = {"compares": "row", "looks_up": ONE}

    (rule,) = load_suite(write_suite(expectation(meta, type=SQL_RULE, kwargs={"unexpected_rows_query": JOIN}))).rules

    assert (rule.compares, rule.looks_up) == ("row", ONE)
