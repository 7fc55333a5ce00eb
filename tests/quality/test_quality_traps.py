"""What must never happen: an error counted as a failed row, a value of the table in a verdict, a lost rule."""

import json
import logging
import re
import socket
import threading

import duckdb
import pytest

from etl.quality import check, gx_run, row_rules
from etl.quality.suite import RuleResult

NOT_NULL = "expect_column_values_to_not_be_null"
IN_SET = "expect_column_values_to_be_in_set"
BETWEEN = "expect_column_values_to_be_between"
REGEX = "expect_column_values_to_match_regex"
SQL = "unexpected_rows_expectation"
ROW_COUNT = "expect_table_row_count_to_be_between"

CANARY = "<script>alert('canary')</script>"


@pytest.fixture
def article(fill):
    fill(
        "title varchar, size integer, day date",
        [["a", CANARY, 1, "2026-08-01"], ["b", None, 2, "2026-08-02"], [CANARY, "x", 3, None]],
    )


BROKEN = {
    "no such column": (NOT_NULL, {"column": "nosuch"}, "nosuch"),
    "no such column in a pair": (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "size", "column_B": "nosuch"},
        "nosuch",
    ),
    "no such column in a condition": (
        NOT_NULL,
        {"column": "title", "row_condition": {"type": "nullity", "column": {"name": "nosuch"}, "is_null": False}},
        "nosuch",
    ),
    "no such function": (SQL, {"unexpected_rows_query": "select id from {batch} where nosuch(size)"}, "nosuch"),
    "no such table": (
        SQL,
        {"unexpected_rows_query": "select id from {batch} where id in (select id from core.nosuch)"},
        "core",
    ),
    "the key is not returned": (SQL, {"unexpected_rows_query": "select title from {batch}"}, '"id"'),
    "values that cannot be converted": (
        SQL,
        {"unexpected_rows_query": "select id from {batch} where title::integer > 1"},
        "Conversion Error",
    ),
    "a bound that cannot be compared": (BETWEEN, {"column": "day", "min_value": 1}, "DATE"),
    "a set that cannot be compared": (IN_SET, {"column": "size", "value_set": ["x"]}, "Conversion Error"),
    "a range on text": (BETWEEN, {"column": "title", "min_value": 1}, "VARCHAR"),
    "a regex on a number": (REGEX, {"column": "size", "regex": "1"}, "regexp_matches"),
    "look-around": (REGEX, {"column": "title", "regex": "(?!x)"}, "Invalid Input Error"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_rule_that_cannot_be_evaluated_is_an_error(name, con, article, make_rule, make_suite):
    type_, kwargs, hint = BROKEN[name]
    suite = make_suite(
        make_rule(NOT_NULL, {"column": "title"}, "before"),
        make_rule(type_, kwargs, "broken", blocking=True),
        make_rule(SQL, {"unexpected_rows_query": "select id from {batch} where size = 3"}, "after"),
    )

    report = check.check_suite(con, suite)

    before, broken, after = report.results
    assert (before.rows_failed, before.error, after.rows_failed, after.error) == (1, None, 1, None)
    assert (broken.success, broken.rows_failed, broken.rows_checked, broken.observed) == (None,) * 4
    assert broken.error.startswith("could not be evaluated: ")
    assert hint in broken.error
    assert "\n" not in broken.error
    assert report.blocks
    assert not report.passed
    assert set(report.violations["rule_id"]) == {"before", "after"}
    with pytest.raises(row_rules.RuleError, match="rule broken: could not be evaluated"):
        row_rules.count_failed(con, suite)
    with pytest.raises(row_rules.RuleError, match="rule broken could not be evaluated"):
        row_rules.find_violations(con, suite)


def test_errors_reach_both_engines_alike(con, article, make_rule, make_suite):
    suite = make_suite(*(make_rule(type_, kwargs, f"rule_{n}") for n, (type_, kwargs, _) in enumerate(BROKEN.values())))

    by_gx = gx_run.run_suite(con, suite)

    missing = [result.rule_id for result in by_gx.results if result.error is None]
    # Great Expectations does not ask for the key columns; the SQL engine does.
    assert missing == [f"rule_{list(BROKEN).index('the key is not returned')}"]
    assert {result.success for result in by_gx.results if result.error} == {None}
    # It gives the last message of a batch of metrics to all of them, hence no look at each one.
    assert {"nosuch", "VARCHAR"} <= {
        word for result in by_gx.results for word in re.findall(r"\w+", result.error or "")
    }


def test_no_value_of_the_table_is_in_a_verdict_or_in_the_raw_result(con, article, make_rule, make_suite):
    rules = [make_rule(type_, kwargs, f"rule_{n}") for n, (type_, kwargs, _) in enumerate(BROKEN.values())]
    rules += [
        make_rule(IN_SET, {"column": "title", "value_set": ["y"]}, "in_set"),
        make_rule(REGEX, {"column": "title", "regex": "^y"}, "regex"),
        make_rule("expect_column_values_to_be_null", {"column": "title"}, "null"),
        make_rule("expect_compound_columns_to_be_unique", {"column_list": ["title", "size"]}, "compound"),
        make_rule(SQL, {"unexpected_rows_query": "select * from {batch}"}, "sql"),
        make_rule(ROW_COUNT, {"max_value": 1}, "rows"),
    ]

    report = check.check_suite(con, make_suite(*rules))

    for result in report.results:
        assert "canary" not in str(result)
        assert "script" not in str(result)
    assert "canary" not in json.dumps(report.validation)
    # The keys are what they are: whoever shows them escapes them.
    assert CANARY in report.violations["key"].to_list()


LOOKALIKES = [
    "Parser Error: canary",
    "(_duckdb.BinderException) Binder Error: canary",
    'Error: The column "canary" in BatchData does not exist',
    "Canary Error: canary",
]


@pytest.mark.parametrize("title", LOOKALIKES)
def test_a_value_that_looks_like_a_message_stays_out_of_the_error(title, con, fill, make_rule, make_suite):
    fill("title varchar", [["a", title]])
    suite = make_suite(make_rule(SQL, {"unexpected_rows_query": "select id from {batch} where title::integer > 1"}))

    report = check.check_suite(con, suite)
    by_gx = gx_run.run_suite(con, suite)

    expected = "could not be evaluated: Conversion Error (the rest is left out, because it may quote a page)"
    assert [report.results[0].error, by_gx.results[0].error] == [expected, expected]
    assert "anary" not in json.dumps(report.validation)


def test_a_missing_table_is_an_error_of_every_rule(con, make_rule, make_suite):
    suite = make_suite(make_rule(NOT_NULL, {"column": "title"}), make_rule(ROW_COUNT, {"min_value": 1}, "rows"))

    report = check.check_suite(con, suite)

    assert [result.success for result in report.results] == [None, None]
    assert all("article does not exist" in result.error for result in report.results)
    assert report.validation is None
    assert report.violations.is_empty()


def test_a_disagreement_of_the_engines_is_an_error(con, article, make_rule, make_suite, monkeypatch):
    suite = make_suite(make_rule(NOT_NULL, {"column": "title"}, blocking=True))
    monkeypatch.setitem(row_rules._PREDICATES, NOT_NULL, lambda kwargs: "false")

    report = check.check_suite(con, suite)

    (result,) = report.results
    assert result.error == (
        "the two engines disagree: Great Expectations found 1 of 3 rows (failed), the SQL engine 0 of 3 rows (passed)"
    )
    assert (result.success, result.rows_failed) == (None, None)
    assert report.blocks


def test_an_engine_that_fails_alone_is_an_error(con, article, make_rule, make_suite, monkeypatch):
    suite = make_suite(make_rule(BETWEEN, {"column": "title", "min_value": "2026-08-01"}))

    (result,) = check.check_suite(con, suite).results

    assert "cannot be computed on column of type VARCHAR" in result.error
    assert "by Great Expectations; the SQL engine found 0 of 3 rows" in result.error
    assert result.success is None


def test_a_rule_that_great_expectations_would_drop_stops_the_run(con, article, make_rule, make_suite):
    suite = make_suite(make_rule(NOT_NULL, {"column": "title"}), make_rule("expect_the_unexpected", {}, "unknown"))

    with pytest.raises(gx_run.GxError, match="2 rules, but Great Expectations took 1"):
        gx_run.run_suite(con, suite)


def test_a_severity_that_great_expectations_would_drop_stops_the_run(con, article, make_rule, make_suite):
    with pytest.raises(gx_run.GxError, match="1 rules, but Great Expectations took 0"):
        gx_run.run_suite(con, make_suite(make_rule(NOT_NULL, {"column": "title"}, severity="fatal")))


def test_a_verdict_that_great_expectations_would_lose_stops_the_run(con, article, make_rule, make_suite, monkeypatch):
    validation = {"results": []}
    monkeypatch.setattr(gx_run, "_validate", lambda con, suite, found: validation)

    with pytest.raises(gx_run.GxError, match="1 rules, but 0 verdicts"):
        gx_run.run_suite(con, make_suite(make_rule(NOT_NULL, {"column": "title"})))


def test_equal_rules_keep_their_own_verdicts(con, article, make_rule, make_suite):
    suite = make_suite(*(make_rule(NOT_NULL, {"column": "title"}, f"rule_{n}") for n in range(3)))

    report = check.check_suite(con, suite)

    assert [(result.rule_id, result.rows_failed) for result in report.results] == [
        ("rule_0", 1),
        ("rule_1", 1),
        ("rule_2", 1),
    ]


def test_a_check_leaves_the_rules_as_they_were(con, article, make_rule, make_suite):
    part = {"type": "comparison", "column": {"name": "size"}, "operator": "IN", "parameter": [1, 2]}
    kwargs = {"column": "title", "row_condition": {"type": "and", "conditions": [part]}}
    before = json.dumps(kwargs)

    check.check_suite(con, make_suite(make_rule(NOT_NULL, kwargs)))

    assert json.dumps(kwargs) == before


def test_a_type_without_sql_raises(make_rule):
    for type_ in ("expect_column_max_to_be_between", ROW_COUNT):
        with pytest.raises(row_rules.RuleError, match=f"{type_} has no SQL"):
            row_rules.violation_sql(make_rule(type_, {"min_value": 1}))


def test_rules_about_the_table_have_no_failing_rows(con, article, make_rule, make_suite):
    suite = make_suite(make_rule(ROW_COUNT, {"min_value": 99}))

    found = row_rules.find_violations(con, suite)

    assert found.is_empty()
    assert dict(found.schema) == row_rules.VIOLATION_SCHEMA
    assert row_rules.count_failed(con, suite) == {"the_rule": 0}
    assert row_rules.rows_checked(con, suite) == 3


def test_only_the_rules_asked_for_are_looked_at(con, article, make_rule, make_suite):
    suite = make_suite(
        make_rule(NOT_NULL, {"column": "title"}, "title"),
        make_rule(NOT_NULL, {"column": "day"}, "day"),
        make_rule(NOT_NULL, {"column": "nosuch"}, "broken"),
    )

    assert row_rules.find_violations(con, suite, only=["day"]).rows() == [("day", CANARY)]
    assert row_rules.find_violations(con, suite, only=[]).is_empty()
    with pytest.raises(row_rules.RuleError, match="has no rule nosuch"):
        row_rules.find_violations(con, suite, only=["nosuch"])


def test_keys_of_several_columns_are_json(con, make_rule, make_suite):
    con.execute("""create table parsed.article as select 'it''s "x"' as page, 1 as position, date '2026-08-01' as day,
        null::varchar as title""")
    key = ("page", "position", "day", "title")
    suite = make_suite(
        make_rule(NOT_NULL, {"column": "title"}, "by_row", key=key),
        make_rule(SQL, {"unexpected_rows_query": "select * from {batch}"}, "by_sql", key=key),
        make_rule("expect_column_values_to_be_unique", {"column": "page"}, "by_group", key=key),
        key=key,
    )

    found = row_rules.find_violations(con, suite)

    assert found["rule_id"].to_list() == ["by_row", "by_sql"]
    for text in found["key"]:
        assert json.loads(text) == {"page": 'it\'s "x"', "position": 1, "day": "2026-08-01", "title": None}


def test_names_and_ids_are_quoted(con, make_rule):
    con.execute("""create table parsed.article as select 1 as "a""b' c", null::integer as "select" """)
    key = ("a\"b' c", "select")
    one, two = (make_rule(NOT_NULL, {"column": "select"}, rule_id="it's", key=key[:size]) for size in (1, 2))

    assert con.execute(row_rules.violation_sql(one)).fetchall() == [("it's", "1")]
    ((_, text),) = con.execute(row_rules.violation_sql(two)).fetchall()
    assert json.loads(text) == {key[0]: 1, "select": None}


def test_a_null_key_is_found_too(con, fill, make_rule, make_suite):
    fill("title varchar", [[None, "x"], ["a", "y"]])

    report = check.check_suite(con, make_suite(make_rule(NOT_NULL, {"column": "id"})))

    assert report.violations.rows() == [("the_rule", None)]
    assert report.results[0].rows_failed == 1


# The connection --------------------------------------------------------------------------------------


def test_two_suites_in_a_row_and_the_connection_stays_usable(con, article, make_rule, make_suite):
    first = check.check_suite(con, make_suite(make_rule(NOT_NULL, {"column": "title"})))
    con.execute("update parsed.article set title = 'y' where title is null")
    second = check.check_suite(con, make_suite(make_rule(NOT_NULL, {"column": "title"})))

    assert [report.results[0].rows_failed for report in (first, second)] == [1, 0]
    con.execute("create table parsed.after as select 1 as one")
    assert con.execute("from parsed.after").fetchall() == [(1,)]


def test_uncommitted_rows_temporary_tables_and_views_are_seen_and_kept(con, make_rule, make_suite):
    con.execute("create temp table seen as select 'a' as id")
    con.execute("begin")
    con.execute("create table parsed.raw as select 'a' as id union all select 'b'")
    con.execute("create view parsed.article as from parsed.raw")
    query = "select a.id from {batch} as a anti join seen on seen.id = a.id"
    suite = make_suite(
        make_rule(SQL, {"unexpected_rows_query": query}, "sql"),
        make_rule(IN_SET, {"column": "id", "value_set": ["a"]}, "row"),
    )

    report = check.check_suite(con, suite)

    assert report.violations.rows() == [("row", "b"), ("sql", "b")]
    con.execute("rollback")
    assert con.execute("select count(*) from duckdb_tables() where schema_name = 'parsed'").fetchall() == [(0,)]
    assert con.execute("from seen").fetchall() == [("a",)]


def test_an_error_inside_a_transaction_never_becomes_a_count(con, article, make_rule, make_suite):
    con.execute("begin")
    suite = make_suite(
        make_rule(SQL, {"unexpected_rows_query": "select id from {batch} where title::integer > 1"}, "broken"),
        make_rule(NOT_NULL, {"column": "title"}, "sound"),
    )

    report = check.check_suite(con, suite)

    assert [result.success for result in report.results] == [None, None]
    con.execute("rollback")
    con.execute("begin")
    broken, sound = gx_run.run_suite(con, suite).results
    assert broken.success is None
    assert sound.error or sound.rows_failed == 1
    con.execute("rollback")
    assert check.check_suite(con, make_suite(suite.rules[1])).results[0].rows_failed == 1


def test_a_read_only_file_can_be_checked(tmp_path, make_rule, make_suite):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as writer:
        writer.execute("create schema parsed; create table parsed.article as select 'a' as id")
    with duckdb.connect(str(path), read_only=True, config={"enable_external_access": "false"}) as reader:
        report = check.check_suite(reader, make_suite(make_rule(NOT_NULL, {"column": "id"})))
        key = check.check_suite(reader, make_suite(make_rule(NOT_NULL, {"column": "id"}, key=("id", "id"))))

    assert report.passed
    assert key.passed


def test_two_threads_check_at_once(make_rule, make_suite):
    suite = make_suite(make_rule(IN_SET, {"column": "id", "value_set": [0]}, key=("id",)))
    failed = {}

    def run(rows):
        with duckdb.connect() as own:
            own.execute(f"create schema parsed; create table parsed.article as select i as id from range({rows}) t(i)")
            failed[rows] = check.check_suite(own, suite).results[0].rows_failed

    threads = [threading.Thread(target=run, args=(rows,)) for rows in range(2, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == {rows: rows - 1 for rows in range(2, 8)}


def test_nothing_is_printed_logged_sent_or_written(
    con, article, make_rule, make_suite, capfd, caplog, monkeypatch, tmp_path
):
    def refuse(*args):
        raise AssertionError("no connection is to be opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.INFO)

    report = check.check_suite(
        con, make_suite(make_rule(NOT_NULL, {"column": "title"}), make_rule(NOT_NULL, {"column": "nosuch"}, "broken"))
    )

    assert not report.passed
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []
    assert list(tmp_path.iterdir()) == []


def test_the_raw_result_reads_back_into_great_expectations(con, article, make_rule, make_suite):
    from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema

    report = check.check_suite(
        con, make_suite(make_rule(NOT_NULL, {"column": "title"}), make_rule(NOT_NULL, {"column": "nosuch"}, "broken"))
    )

    loaded = expectationSuiteValidationResultSchema.load(json.loads(json.dumps(report.validation)))
    assert {result["expectation_config"]["meta"]["rule_id"] for result in loaded["results"]} == {"the_rule", "broken"}


def test_a_verdict_without_a_count_is_an_error(make_rule):
    empty = {"exception_info": {"raised_exception": False}, "result": {}, "success": True}

    result = gx_run._read_result(make_rule(NOT_NULL, {"column": "title"}), empty, total=3)

    assert isinstance(result, RuleResult)
    assert result.success is None
    assert result.error == "could not be evaluated: Great Expectations gave no count"
