"""Both engines on the same rows: the same counts, and the keys of exactly the seeded bad rows."""

import random
from datetime import date, datetime

import pytest

from etl.quality import check, gx_run, row_rules
from etl.quality.suite import SUPPORTED_TYPES

VALUES = "expect_column_values_to_"
PAIR = "expect_column_pair_values_a_to_be_greater_than_b"
COMPOUND = "expect_compound_columns_to_be_unique"
LENGTHS = "expect_column_value_lengths_to_be_between"
ROW_COUNT = "expect_table_row_count_to_be_between"
SQL = "unexpected_rows_expectation"

# name: type, kwargs, columns beside the id, rows by id, ids that must fail
CASES = {
    "not null": (
        VALUES + "not_be_null",
        {"column": "title"},
        "title varchar",
        {"good": ["x"], "empty": [""], "bad": [None]},
        {"bad"},
    ),
    "null": (VALUES + "be_null", {"column": "title"}, "title varchar", {"good": [None], "bad": [""]}, {"bad"}),
    "unique: each row of a group, and no null": (
        VALUES + "be_unique",
        {"column": "title"},
        "title varchar",
        {"a": ["x"], "b": ["x"], "c": ["x"], "d": ["y"], "e": [None], "f": [None], "g": ["z"], "h": ["z"]},
        {"a", "b", "c", "g", "h"},
    ),
    "between": (
        VALUES + "be_between",
        {"column": "size", "min_value": 1, "max_value": 3},
        "size integer",
        {"a": [0], "b": [1], "c": [3], "d": [4], "e": [None]},
        {"a", "d"},
    ),
    "between, strict": (
        VALUES + "be_between",
        {"column": "size", "min_value": 1, "max_value": 3, "strict_min": True, "strict_max": True},
        "size integer",
        {"a": [1], "b": [2], "c": [3]},
        {"a", "c"},
    ),
    "between, lower bound only": (
        VALUES + "be_between",
        {"column": "size", "min_value": 1, "strict_min": False},
        "size bigint",
        {"a": [0], "b": [1]},
        {"a"},
    ),
    "between, upper bound only": (
        VALUES + "be_between",
        {"column": "size", "max_value": 1, "strict_max": True},
        "size uhugeint",
        {"a": [0], "b": [1]},
        {"b"},
    ),
    "between, fractions": (
        VALUES + "be_between",
        {"column": "size", "min_value": 0.1, "max_value": 0.7},
        "size float",
        {"a": [0.1], "b": [0.7], "c": [0.70001], "d": [float("nan")], "e": [0.5]},
        {"c", "d"},
    ),
    "between, a bound that a float column cannot hold": (
        VALUES + "be_between",
        {"column": "size", "min_value": 0.7},
        "size float",
        {"a": [0.7], "b": [0.70001]},
        {"a"},
    ),
    "between, decimals": (
        VALUES + "be_between",
        {"column": "size", "min_value": 0.1, "max_value": 0.7},
        "size decimal(18, 5)",
        {"a": [0.1], "b": [0.7], "c": [0.70001]},
        {"c"},
    ),
    "between, dates": (
        VALUES + "be_between",
        {"column": "day", "min_value": "1998-01-01", "max_value": "2026-08-01"},
        "day date",
        {"a": [date(1997, 12, 31)], "b": [date(1998, 1, 1)], "c": [date(2026, 8, 2)], "d": [None]},
        {"a", "c"},
    ),
    "between, times": (
        VALUES + "be_between",
        {"column": "seen_at", "min_value": "2026-08-01T10:30:00", "strict_min": True},
        "seen_at timestamp",
        {"a": [datetime(2026, 8, 1, 10, 30)], "b": [datetime(2026, 8, 1, 10, 31)]},  # noqa: DTZ001 # no zone
        {"a"},
    ),
    "in set": (
        VALUES + "be_in_set",
        {"column": "kind", "value_set": ["load", "it's", "10:30", ":name", "50 % (a)s %(b)s"]},
        "kind varchar",
        {
            "a": ["load"],
            "b": ["it's"],
            "c": ["10:30"],
            "d": [":name"],
            "e": ["50 % (a)s %(b)s"],
            "f": ["x"],
            "g": [None],
        },
        {"f"},
    ),
    "in set, numbers": (
        VALUES + "be_in_set",
        {"column": "kind", "value_set": [1, 2]},
        "kind integer",
        {"a": [1], "b": [3]},
        {"b"},
    ),
    "in set, booleans": (
        VALUES + "be_in_set",
        {"column": "kind", "value_set": [True]},
        "kind boolean",
        {"a": [True], "b": [False], "c": [None]},
        {"b"},
    ),
    "in set, dates": (
        VALUES + "be_in_set",
        {"column": "day", "value_set": ["2026-08-01"]},
        "day date",
        {"a": [date(2026, 8, 1)], "b": [date(2026, 8, 2)]},
        {"b"},
    ),
    "not in set": (
        VALUES + "not_be_in_set",
        {"column": "kind", "value_set": ["a;b", "back\\slash", "it's"]},
        "kind varchar",
        {"a": ["a;b"], "b": ["back\\slash"], "c": ["it's"], "d": ["x"], "e": [None]},
        {"a", "b", "c"},
    ),
    "regex": (
        VALUES + "match_regex",
        {"column": "title", "regex": r"^\d{2}:\d+ ['\"]\\%x:y$"},
        "title varchar",
        {"a": ["10:30 '\\%x:y"], "b": ['10:30 "\\%x:y'], "c": ["10:30 \\%x:y"], "d": [None]},
        {"c"},
    ),
    "regex finds, it need not cover the whole": (
        VALUES + "match_regex",
        {"column": "title", "regex": "KCNA"},
        "title varchar",
        {"a": ["by KCNA today"], "b": ["by kcna"]},
        {"b"},
    ),
    "not regex": (
        VALUES + "not_match_regex",
        {"column": "title", "regex": r"<[a-z]+>|\x{FFFD}"},
        "title varchar",
        {"a": ["<script>alert(1)</script>"], "b": ["broken \ufffd"], "c": ["fine"], "d": [None]},
        {"a", "b"},
    ),
    "lengths": (
        LENGTHS,
        {"column": "title", "min_value": 1, "max_value": 3},
        "title varchar",
        {"a": [""], "b": ["조선말"], "c": ["four"], "d": [None]},
        {"a", "c"},
    ),
    "lengths, strict": (
        LENGTHS,
        {"column": "title", "min_value": 1, "strict_min": True},
        "title varchar",
        {"a": ["x"], "b": ["xy"]},
        {"a"},
    ),
    "pair": (
        PAIR,
        {"column_A": "seen", "column_B": "published"},
        "seen date, published date",
        {
            "a": [date(2026, 8, 2), date(2026, 8, 1)],
            "b": [date(2026, 8, 1), date(2026, 8, 1)],
            "c": [date(2026, 8, 1), date(2026, 8, 2)],
            "d": [None, date(2026, 8, 1)],
            "e": [date(2026, 8, 1), None],
            "f": [None, None],
        },
        {"b", "c"},
    ),
    "pair, or equal": (
        PAIR,
        {"column_A": "seen", "column_B": "published", "or_equal": True},
        "seen integer, published integer",
        {"a": [2, 1], "b": [1, 1], "c": [1, 2], "d": [None, 1], "e": [1, None], "f": [None, None]},
        {"c"},
    ),
    "compound: each row of a group, and no null": (
        COMPOUND,
        {"column_list": ["source", "title"]},
        "source varchar, title varchar",
        {
            "a": ["s", "x"],
            "b": ["s", "x"],
            "c": ["t", "x"],
            "d": ["s", None],
            "e": ["s", None],
            "f": [None, None],
            "g": [None, None],
        },
        {"a", "b"},
    ),
    "odd column name": (
        VALUES + "be_unique",
        {"column": "it's 50 % (of): a;b"},
        '"it\'s 50 % (of): a;b" varchar',
        {"a": ["x"], "b": ["x"], "c": ["y"]},
        {"a", "b"},
    ),
    "odd column names, compound": (
        COMPOUND,
        {"column_list": ["it's 50 % (of): a;b", "Select"]},
        '"it\'s 50 % (of): a;b" varchar, "Select" integer',
        {"a": ["x", 1], "b": ["x", 1], "c": ["x", 2]},
        {"a", "b"},
    ),
    "odd column name in a set": (
        VALUES + "be_in_set",
        {"column": "it's 50 % (of): [a];b", "value_set": ["x"]},
        '"it\'s 50 % (of): [a];b" varchar',
        {"a": ["x"], "b": ["y"]},
        {"b"},
    ),
    "row condition": (
        VALUES + "not_be_null",
        {
            "column": "title",
            "row_condition": {
                "type": "comparison",
                "column": {"name": "day"},
                "operator": ">=",
                "parameter": "2020-01-01",
            },
        },
        "title varchar, day date",
        {"a": [None, date(2019, 1, 1)], "b": [None, date(2021, 1, 1)], "c": ["x", date(2021, 1, 1)], "d": [None, None]},
        {"b"},
    ),
    "row condition, uniqueness within it": (
        VALUES + "be_unique",
        {
            "column": "title",
            "row_condition": {
                "type": "or",
                "conditions": [
                    {"type": "nullity", "column": {"name": "kind"}, "is_null": True},
                    {
                        "type": "and",
                        "conditions": [
                            {
                                "type": "comparison",
                                "column": {"name": "kind"},
                                "operator": "IN",
                                "parameter": ["it's", ":b"],
                            },
                            {"type": "comparison", "column": {"name": "size"}, "operator": "!=", "parameter": 7},
                        ],
                    },
                ],
            },
        },
        "title varchar, kind varchar, size integer",
        {"a": ["x", None, 1], "b": ["x", ":b", 1], "c": ["x", "it's", 7], "d": ["y", "it's", 1], "e": ["y", "z", 1]},
        {"a", "b"},
    ),
    "row condition, compound uniqueness within it": (
        COMPOUND,
        {
            "column_list": ["title", "kind"],
            "row_condition": {
                "type": "comparison",
                "column": {"name": "size"},
                "operator": "NOT_IN",
                "parameter": [7, 8],
            },
        },
        "title varchar, kind varchar, size integer",
        {"a": ["x", "k", 1], "b": ["x", "k", 7], "c": ["y", "k", 1], "d": ["y", "k", 2], "e": ["y", "k", None]},
        {"c", "d"},
    ),
    "row condition, lengths": (
        LENGTHS,
        {
            "column": "title",
            "max_value": 2,
            "row_condition": {"type": "nullity", "column": {"name": "kind"}, "is_null": False},
        },
        "title varchar, kind varchar",
        {"a": ["long", None], "b": ["long", "k"], "c": ["ok", "k"]},
        {"b"},
    ),
    "row condition, pair": (
        PAIR,
        {
            "column_A": "x",
            "column_B": "y",
            "row_condition": {"type": "comparison", "column": {"name": "on"}, "operator": "==", "parameter": True},
        },
        'x integer, y integer, "on" boolean',
        {"a": [1, 2, True], "b": [1, 2, False], "c": [2, 1, True]},
        {"a"},
    ),
    "SQL": (
        SQL,
        {"unexpected_rows_query": "select id from {batch} where title in ('10:30', ':name', '\\:x', '50%', '%(a)s');"},
        "title varchar",
        {"a": ["10:30"], "b": [":name"], "c": ["\\:x"], "d": ["50%"], "e": ["%(a)s"], "f": ["x"], "g": [None]},
        {"a", "b", "c", "d", "e"},
    ),
    "SQL with braces, casts and a comment": (
        SQL,
        {
            "unexpected_rows_query": (
                "select id -- join\nfrom {batch}\nwhere regexp_matches(title, '^\\d{{2}}:')"
                " and {{'n': 1}}.n::varchar = '1' and title like '1%' /* {batch} */"
            )
        },
        "title varchar",
        {"a": ["10:30"], "b": ["x"]},
        {"a"},
    ),
    "SQL with a join and aliases": (
        SQL,
        {
            "unexpected_rows_query": (
                "select a.id, a.source_id from {batch} as a left join core.dim_source as s on s.source_id = a.source_id"
                " where s.source_id is null and a.source_id is not null"
            )
        },
        "source_id varchar",
        {"a": ["kcna"], "b": ["nobody"], "c": [None]},
        {"b"},
    ),
    "SQL that reads the table twice": (
        SQL,
        {
            "unexpected_rows_query": (
                "select id from {batch} where size > (select avg(size) from {batch}) order by size desc limit 10"
            )
        },
        "size integer",
        {"a": [2], "b": [2], "c": [9]},
        {"c"},
    ),
}


@pytest.fixture
def reference(con):
    con.execute("create schema core")
    con.execute("create table core.dim_source as select 'kcna' as source_id")


@pytest.mark.parametrize("name", CASES)
def test_both_engines_find_exactly_the_bad_rows(name, con, reference, fill, make_rule, make_suite):
    type_, kwargs, columns, rows, bad = CASES[name]
    fill(columns, [[row_id, *values] for row_id, values in rows.items()])
    suite = make_suite(make_rule(type_, kwargs))

    (by_sql,) = row_rules.evaluate(con, suite)
    (by_gx,) = gx_run.run_suite(con, suite).results

    assert by_sql == by_gx
    assert (by_sql.rows_failed, by_sql.success, by_sql.error) == (len(bad), False, None)
    found = row_rules.find_violations(con, suite)
    assert found["key"].to_list() == sorted(bad)
    assert con.sql(row_rules.violation_sql(suite.rules[0])).pl().sort("key").equals(found)


@pytest.mark.parametrize("name", CASES)
def test_good_rows_pass(name, con, reference, fill, make_rule, make_suite):
    type_, kwargs, columns, rows, bad = CASES[name]
    fill(columns, [[row_id, *values] for row_id, values in rows.items() if row_id not in bad])

    report = check.check_suite(con, make_suite(make_rule(type_, kwargs)))

    assert report.passed
    assert not report.blocks
    assert report.violations.is_empty()
    assert [result.rows_failed for result in report.results] == [0]


@pytest.mark.parametrize("name", CASES)
def test_an_empty_table_breaks_no_row_rule(name, con, reference, fill, make_rule, make_suite):
    type_, kwargs, columns, _, _ = CASES[name]
    fill(columns, [])

    report = check.check_suite(con, make_suite(make_rule(type_, kwargs)))

    assert report.passed
    assert [(result.rows_checked, result.rows_failed) for result in report.results] == [(0, 0)]


def test_every_supported_type_has_a_case():
    assert {case[0] for case in CASES.values()} | {ROW_COUNT} == set(SUPPORTED_TYPES)


@pytest.mark.parametrize(
    ("kwargs", "success"),
    [
        ({"min_value": 1}, True),
        ({"min_value": 3}, True),
        ({"min_value": 4}, False),
        ({"max_value": 3}, True),
        ({"max_value": 2}, False),
        ({"min_value": 0, "max_value": 3}, True),
    ],
)
def test_row_count(kwargs, success, con, fill, make_rule, make_suite):
    fill("title varchar", [["a", "x"], ["b", "y"], ["c", "z"]])

    report = check.check_suite(con, make_suite(make_rule(ROW_COUNT, kwargs)))

    (result,) = report.results
    assert (result.success, result.rows_checked, result.rows_failed) == (success, 3, 0)
    assert result.observed == "3 rows"


def test_an_empty_table_breaks_the_row_count(con, fill, make_rule, make_suite):
    fill("title varchar", [])

    report = check.check_suite(con, make_suite(make_rule(ROW_COUNT, {"min_value": 1}, blocking=True)))

    assert report.blocks


MOSTLY = {
    "share of the rows with a value": (
        VALUES + "be_between",
        {"column": "size", "min_value": 1},
        "size integer",
        [[0], [1], [2], [3], [None], [None]],
        0.75,
    ),
    "share of all rows for nulls": (
        VALUES + "not_be_null",
        {"column": "size"},
        "size integer",
        [[1], [1], [1], [None]],
        0.75,
    ),
    "share of all rows for not null": (
        VALUES + "be_null",
        {"column": "size"},
        "size integer",
        [[None], [None], [None], [1]],
        0.75,
    ),
    "share of the pairs with any value": (
        PAIR,
        {"column_A": "x", "column_B": "y"},
        "x integer, y integer",
        [[2, 1], [1, 2], [None, 1], [2, 1], [None, None]],
        0.75,
    ),
    "share of the groups with any value": (
        COMPOUND,
        {"column_list": ["x", "y"]},
        "x integer, y integer",
        [[1, 1], [1, 1], [1, None], [2, 1], [None, None]],
        0.5,
    ),
    "share of unique values": (
        VALUES + "be_unique",
        {"column": "x"},
        "x integer",
        [[1], [1], [2], [3], [None]],
        0.5,
    ),
}


@pytest.mark.parametrize("name", MOSTLY)
def test_mostly_is_met_at_exactly_its_share(name, con, fill, make_rule, make_suite):
    type_, kwargs, columns, rows, share = MOSTLY[name]
    fill(columns, [[str(number), *row] for number, row in enumerate(rows)])
    suite = make_suite(
        make_rule(type_, kwargs | {"mostly": share}, "met"),
        make_rule(type_, kwargs | {"mostly": share + 0.01}, "missed"),
    )

    report = check.check_suite(con, suite)

    assert [(result.success, result.error) for result in report.results] == [(True, None), (False, None)]
    # A tolerated row is still found, so that it can go to quarantine.
    assert set(report.violations["rule_id"]) == {"met", "missed"}


def test_more_failing_rows_than_great_expectations_keeps_are_counted_exactly(con, make_rule, make_suite):
    con.execute("create table parsed.article as select i::varchar as id, i % 2 as odd from range(5000) as t(i)")
    suite = make_suite(
        make_rule(SQL, {"unexpected_rows_query": "select id from {batch} where odd = 1"}, "by_sql"),
        make_rule(VALUES + "be_in_set", {"column": "odd", "value_set": [0]}, "by_row"),
        make_rule(VALUES + "be_unique", {"column": "odd"}, "by_group"),
    )

    report = check.check_suite(con, suite)

    assert [result.rows_failed for result in report.results] == [2500, 2500, 5000]
    kept = dict(report.violations["rule_id"].value_counts().iter_rows())
    assert kept == {"by_sql": 1000, "by_row": 1000, "by_group": 1000}
    assert row_rules.find_violations(con, suite).height == 10000


ODD_TEXTS = [
    "it's",
    '"',
    "''",
    "\\",
    "\\'",
    "\\:x",
    ":name",
    "10:30",
    "x::date",
    "$1",
    "?",
    "%",
    "%%",
    "%(x)s",
    "%s",
    "{batch}",
    "{{x}}",
    "--",
    "/* x */",
    ";",
    "\n",
    "\t ",
    " ",
    "",
    "조선중앙통신",
    "\U0001f4c4",
    "e\u0301",
    "NULL",
    "true",
    "1",
    "$PARAMETER",
    "__[POSTCOMPILE_x]",
]


def test_odd_texts_mean_themselves_in_both_engines(con, fill, make_rule, make_suite):
    fill("title varchar", [[str(number), text] for number, text in enumerate(ODD_TEXTS)])
    literals = ["'" + text.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'" for text in ODD_TEXTS]
    rules = []
    for number, (text, literal) in enumerate(zip(ODD_TEXTS, literals, strict=True)):
        condition = {"type": "comparison", "column": {"name": "title"}, "operator": "==", "parameter": text}
        query = f"select id from {{batch}} where title = {literal}"
        rules += [
            make_rule(VALUES + "not_be_in_set", {"column": "title", "value_set": [text]}, f"in_set_{number}"),
            make_rule(VALUES + "be_null", {"column": "title", "row_condition": condition}, f"condition_{number}"),
            make_rule(SQL, {"unexpected_rows_query": query}, f"sql_{number}"),
        ]

    report = check.check_suite(con, make_suite(*rules))

    assert {result.error for result in report.results} == {None}
    found = {(rule_id.rsplit("_", 1)[1], key) for rule_id, key in report.violations.iter_rows()}
    assert found == {(str(number), str(number)) for number in range(len(ODD_TEXTS))}
    assert report.violations.height == len(rules)


# Queries that both engines share -----------------------------------------------------------------------


class Counted:
    """A connection that remembers what it was asked."""

    def __init__(self, con):
        self.con = con
        self.statements = []

    def execute(self, statement, *arguments):
        self.statements.append(statement)
        return self.con.execute(statement, *arguments)

    def __getattr__(self, name):
        return getattr(self.con, name)


@pytest.mark.parametrize("bad", [0, 2])
@pytest.mark.parametrize(
    ("type_", "kwargs", "text"),
    [
        (SQL, {"unexpected_rows_query": "select id from {batch} where title = 'bad'"}, "= 'bad'"),
        (VALUES + "be_unique", {"column": "title"}, 'partition by "title"'),
        (COMPOUND, {"column_list": ["title", "id"]}, 'partition by "title", "id"'),
    ],
)
def test_great_expectations_takes_the_number_that_a_query_has_given(
    type_, kwargs, text, bad, con, fill, make_rule, make_suite
):
    fill("title varchar", [["a", "good"], *[["b", "bad"]] * bad])
    suite = make_suite(make_rule(type_, kwargs))
    (by_sql,) = row_rules.evaluate(con, suite)
    counted = Counted(con)

    (by_gx,) = gx_run.run_suite(counted, suite, {"the_rule": by_sql.rows_failed}).results

    assert by_gx == by_sql
    assert by_gx.rows_failed == bad
    asked = [one for one in counted.statements if text in one]
    assert len(asked) == 1  # for the rows; nobody asks for their number
    assert asked[0].endswith("limit 0") == (bad == 0)


@pytest.mark.parametrize("seed", range(5))
def test_repeated_values_are_counted_as_great_expectations_itself_counts_them(
    seed, con, fill, make_rule, make_suite, monkeypatch
):
    chance = random.Random(seed)
    values = ["a", "A", "", " ", None, "{a}", "it's", *map(str, range(10 * seed))]
    fill('"x{y}" varchar, "select" varchar', [[str(row), *chance.choices(values, k=2)] for row in range(40)])
    suite = make_suite(
        make_rule(VALUES + "be_unique", {"column": "x{y}"}, "one"),
        make_rule(COMPOUND, {"column_list": ["select", "x{y}"]}, "two"),
        make_rule(COMPOUND, {"column_list": ["id", "select"]}, "three"),
    )
    ours = gx_run.run_suite(con, suite).results
    monkeypatch.setattr(row_rules, "repeated_query", lambda _: None)

    theirs = gx_run.run_suite(con, suite).results

    assert ours == theirs
    assert ours[0].rows_failed > 0
