"""Rule files: read as Great Expectations' own JSON, and refused with a message that says what to do."""

import json

import pytest

from etl.quality.suite import Rule, Suite, SuiteError, batch_statement, load_suite, load_suites

SQL = "unexpected_rows_expectation"


def test_a_file_is_read(write_suite, expectation):
    path = write_suite(
        expectation(
            meta={
                "rule_id": "title_present",
                "why": "Nobody finds it.",
                "action": "quarantine",
                "reason": "missing_title",
                "blocking": True,
            }
        ),
        expectation({"rule_id": "rows"}, type="expect_table_row_count_to_be_between", kwargs={"min_value": 1}),
    )

    suite = load_suite(path)

    key = ("page_sha256",)
    assert suite == Suite("parsed_article", "parsed.article", key, "one row per article", suite.rules)
    assert suite.rules[0] == Rule(
        rule_id="title_present",
        suite="parsed_article",
        table="parsed.article",
        key=key,
        type="expect_column_values_to_not_be_null",
        kwargs={"column": "title"},
        severity="critical",
        description="Every article has a title.",
        why="Nobody finds it.",
        action="quarantine",
        reason="missing_title",
        blocking=True,
    )
    assert (suite.rules[1].reason, suite.rules[1].blocking, suite.rules[1].gives_keys) == (None, False, False)
    assert hash(suite) == hash(load_suite(path))


# imported by its data connectors; only the test that imports it first would notice
@pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning")
def test_great_expectations_reads_the_same_file(write_suite, expectation):
    import great_expectations as gx

    path = write_suite(expectation(), expectation({"rule_id": "again"}, severity="info"))

    suite = gx.ExpectationSuite(**json.loads(path.read_text()))

    assert [each.severity for each in suite.expectations] == ["critical", "info"]


def test_a_folder_is_read_sorted(write_suite, expectation, tmp_path):
    write_suite(expectation({"rule_id": "b"}), name="parsed_sidebar_block")
    write_suite(expectation({"rule_id": "a"}), name="parsed_article")
    (tmp_path / "README.md").write_text("No rules here.")

    suites = load_suites(tmp_path)

    assert list(suites) == ["parsed_article", "parsed_sidebar_block"]
    assert suites["parsed_sidebar_block"].table == "parsed.sidebar_block"


def test_an_empty_folder_has_no_suites(tmp_path):
    assert load_suites(tmp_path) == {}


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(SuiteError, match="no such folder of rule files"):
        load_suites(tmp_path / "nowhere")


def test_an_id_is_used_once_over_all_suites(write_suite, expectation, tmp_path):
    write_suite(expectation(), name="parsed_article")
    write_suite(expectation(), name="parsed_sidebar_block")

    with pytest.raises(SuiteError, match=r"sidebar_block.json: rule title_present: parsed_article.json has a rule of"):
        load_suites(tmp_path)


def test_an_id_is_used_once_in_a_file(write_suite, expectation):
    with pytest.raises(SuiteError, match="rule title_present: the id stands twice"):
        load_suite(write_suite(expectation(), expectation()))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "holds no JSON object"),
        ('{"name": "a", "name": "b"}', "'name' stands twice in one object"),
        ('{"name": NaN}', "NaN is no JSON value"),
        (b"\xff", "is not JSON"),
        (None, "cannot be read"),
    ],
)
def test_a_broken_file_is_refused(text, message, tmp_path):
    path = tmp_path / "parsed_article.json"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(SuiteError, match=message) as error:
        load_suite(path)
    assert str(path) in str(error.value)


META = {"table": "parsed.article", "key": ["page_sha256"], "grain": "one row per article"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"meta": META | {"table": "core.article"}}, "name, file name and table must be the same"),
        ({"meta": META | {"table": "article"}}, "Write it as schema.table in lower case"),
        ({"meta": META | {"table": "Parsed.Article"}}, "Write it as schema.table in lower case"),
        ({"meta": META | {"key": []}}, "key is no list of at least 1 column name"),
        ({"meta": META | {"key": "id"}}, "key is no list"),
        ({"meta": META | {"key": ["id", "id"]}}, "key names a column twice"),
        ({"meta": META | {"grain": " "}}, "grain is missing or empty"),
        ({"meta": META | {"owner": "me"}}, "meta has the unknown owner"),
        ({"meta": {"table": "parsed.article"}}, "meta lacks grain, key"),
        ({"meta": None}, "meta is no object"),
        ({"notes": "x"}, "the object has the unknown notes"),
        ({"expectations": []}, "no list with at least one rule"),
        ({"expectations": {}}, "no list with at least one rule"),
        ({"expectations": ["x"]}, "rule number 1: is no object with a meta object"),
    ],
)
def test_a_broken_suite_is_refused(document, message, write_suite, expectation):
    with pytest.raises(SuiteError, match=message):
        load_suite(write_suite(expectation(), **document))


def test_a_suite_is_named_after_its_file(write_suite, expectation):
    path = write_suite(expectation())

    with pytest.raises(SuiteError, match="name, file name and table must be the same"):
        load_suite(path.rename(path.with_name("parsed_articles.json")))


def without(expectation, *path):
    content = json.loads(json.dumps(expectation))
    inner = content
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return content


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (("type",), "rule title_present: the object lacks type"),
        (("kwargs",), "the object lacks kwargs"),
        (("severity",), "the object lacks severity"),
        (("description",), "the object lacks description"),
        (("meta", "why"), "rule title_present: meta lacks why"),
        (("meta", "action"), "meta lacks action"),
        (("meta", "rule_id"), "rule number 1: rule_id is missing or empty"),
    ],
)
def test_an_incomplete_rule_is_refused(path, message, write_suite, expectation):
    with pytest.raises(SuiteError, match=message):
        load_suite(write_suite(without(expectation(), *path)))


@pytest.mark.parametrize(
    ("fields", "meta", "message"),
    [
        ({"type": "expect_the_unexpected"}, {}, "unknown type 'expect_the_unexpected'. Use one of expect_column"),
        ({"type": ["x"]}, {}, "unknown type"),
        ({"severity": "fatal"}, {}, "unknown severity 'fatal'. Use one of critical, warning, info"),
        ({"severity": None}, {}, "unknown severity None"),
        ({"description": ""}, {}, "description is missing or empty"),
        ({"id": "x"}, {}, "the object has the unknown id. Allowed are description, kwargs"),
        ({"kwargs": []}, {}, "kwargs is no object"),
        ({}, {"why": None}, "why is missing or empty"),
        ({}, {"action": "delete"}, "unknown action 'delete'. Use one of quarantine, report"),
        ({}, {"rule_id": "Title present"}, "rule_id is 'Title present'. Use lower-case letters"),
        ({}, {"note": "x"}, "meta has the unknown note"),
        ({}, {"blocking": "yes"}, "blocking is neither true nor false"),
        ({}, {"reason": "x"}, "reason is set, but action is report"),
        ({}, {"action": "quarantine"}, "action is quarantine, so a reason is needed"),
        ({}, {"action": "quarantine", "reason": "No Title"}, "so a reason is needed"),
        (
            {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}},
            {"action": "quarantine", "reason": "empty"},
            "names no row to quarantine",
        ),
    ],
)
def test_a_broken_rule_is_refused(fields, meta, message, write_suite, expectation):
    with pytest.raises(SuiteError, match=message):
        load_suite(write_suite(expectation(meta, **fields)))


def condition(**fields):
    return {"type": "comparison", "column": {"name": "title"}, "operator": "==", "parameter": "x"} | fields


def given(condition):
    return {"column": "title", "row_condition": condition}


NOT_NULL = "expect_column_values_to_not_be_null"
BETWEEN = "expect_column_values_to_be_between"
LENGTHS = "expect_column_value_lengths_to_be_between"
IN_SET = "expect_column_values_to_be_in_set"
REGEX = "expect_column_values_to_match_regex"
PAIR = "expect_column_pair_values_a_to_be_greater_than_b"
COMPOUND = "expect_compound_columns_to_be_unique"
ROW_COUNT = "expect_table_row_count_to_be_between"


@pytest.mark.parametrize(
    ("type_", "kwargs", "message"),
    [
        (NOT_NULL, {}, f"kwargs of {NOT_NULL} lacks column"),
        (NOT_NULL, {"column": "title", "result_format": "COMPLETE"}, "has the unknown result_format. Allowed are"),
        (NOT_NULL, {"column": ""}, "column is no column name"),
        (NOT_NULL, {"column": 'ti"tle'}, "column holds a double quote, which Great Expectations cannot read"),
        (NOT_NULL, {"column": "title", "mostly": 0}, "mostly is no share"),
        (NOT_NULL, {"column": "title", "mostly": 1.1}, "mostly is no share"),
        (NOT_NULL, {"column": "title", "mostly": True}, "mostly is no share"),
        (NOT_NULL, given('col("x").notnull()'), "row_condition is no object"),
        (NOT_NULL, given({"type": "pass_through"}), "row_condition has the type 'pass_through'"),
        (NOT_NULL, given(condition(operator="~")), "an operator of == != <"),
        (NOT_NULL, given(condition(parameter=None)), "compares with a text, a number or a boolean"),
        (NOT_NULL, given(condition(operator="IN")), "with IN takes a list"),
        (NOT_NULL, given(condition(operator="NOT_IN", parameter=["x", None])), "with NOT_IN takes a list"),
        (NOT_NULL, given(condition(operator="IN", parameter=[True])), "with IN takes a list"),
        (NOT_NULL, given(condition(column="title")), "writes its column as"),
        (NOT_NULL, given(condition(extra=1)), "takes column, parameter and an operator"),
        (NOT_NULL, given({"type": "nullity", "column": {"name": "x"}}), "of type nullity takes column and is_null"),
        (NOT_NULL, given({"type": "and", "conditions": []}), "of type and takes a list of conditions"),
        (NOT_NULL, given({"type": "and", "conditions": [condition(operator="?")]}), "an operator of"),
        (
            NOT_NULL,
            given({"type": "and", "conditions": [{"type": "or", "conditions": [condition()]}]}),
            "has the type 'or'",
        ),
        (BETWEEN, {"column": "size"}, "needs min_value, max_value or both"),
        (BETWEEN, {"column": "size", "min_value": 2, "max_value": 1}, "the smaller one first"),
        (BETWEEN, {"column": "size", "min_value": "2026-08-01", "max_value": 1}, "the same kind"),
        (BETWEEN, {"column": "size", "min_value": "1 August 2026"}, "neither a number nor a date such as 2024-12-31"),
        (BETWEEN, {"column": "size", "min_value": None}, "min_value is neither a number nor a date"),
        (BETWEEN, {"column": "size", "min_value": True}, "min_value is neither a number nor a date"),
        (BETWEEN, {"column": "size", "min_value": 1, "strict_min": 1}, "strict_min is neither true nor false"),
        (LENGTHS, {"column": "title", "min_value": 0.5}, "no whole numbers from 0"),
        (LENGTHS, {"column": "title", "min_value": "2026-08-01"}, "no whole numbers from 0"),
        (ROW_COUNT, {"min_value": -1}, "no whole numbers from 0"),
        (ROW_COUNT, {"min_value": 1, "strict_min": True}, "has the unknown strict_min"),
        (IN_SET, {"column": "kind", "value_set": []}, "value_set is no list of at least one value"),
        (IN_SET, {"column": "kind", "value_set": ["x", None]}, "without null"),
        (IN_SET, {"column": "kind", "value_set": ["x", 1]}, "all texts, all numbers or all booleans"),
        (IN_SET, {"column": "kind", "value_set": [["x"]]}, "all texts, all numbers or all booleans"),
        (REGEX, {"column": "title", "regex": ""}, "regex is no text"),
        (PAIR, {"column_A": "a", "column_B": "b", "or_equal": "yes"}, "or_equal is neither true nor false"),
        (PAIR, {"column_A": "a", "column_B": "b", "ignore_row_if": "neither"}, "has the unknown ignore_row_if"),
        (COMPOUND, {"column_list": ["a"]}, "column_list is no list of at least 2 column names"),
        (COMPOUND, {"column_list": ["a", "a"]}, "column_list names a column twice"),
        (SQL, {"unexpected_rows_query": ""}, "unexpected_rows_query is no text"),
        (SQL, {"unexpected_rows_query": "select id from parsed.article"}, r"must read from \{batch\}"),
        (SQL, {"unexpected_rows_query": "select id from {batch} where x = {y}"}, r"must read from \{batch\}"),
        (SQL, {"unexpected_rows_query": "select id from {batch} where x ~ 'a{3}'"}, r"written twice: \{\{ and \}\}"),
        (SQL, {"unexpected_rows_query": "select id from {batch"}, r"must read from \{batch\}"),
        (SQL, {"unexpected_rows_query": "selec id from {batch}"}, "is no SQL: Parser Error"),
        (SQL, {"unexpected_rows_query": "select id from {batch} as a"}, "alias only in a query with a join"),
        (SQL, {"unexpected_rows_query": "select id from {batch} -- all"}, "must not end in a comment"),
        (SQL, {"unexpected_rows_query": "select id from {batch}; drop table x"}, "is no SQL"),
        (SQL, {"unexpected_rows_query": "delete from {batch}"}, "is no SQL"),
        (
            SQL,
            {"unexpected_rows_query": "select 1) as a; select 2 from (select id from {batch}"},
            "must be a single statement",
        ),
        (SQL, {"unexpected_rows_query": "select id from {batch}", "row_condition": {}}, "the unknown row_condition"),
        (SQL, {"unexpected_rows_query": "select id from {batch}", "mostly": 0.9}, "the unknown mostly"),
    ],
)
def test_broken_arguments_are_refused(type_, kwargs, message, write_suite, expectation):
    with pytest.raises(SuiteError, match=message) as error:
        load_suite(write_suite(expectation(type=type_, kwargs=kwargs)))
    assert "rule title_present" in str(error.value)


@pytest.mark.parametrize(
    ("query", "statement"),
    [
        ("select id from {batch} ;\n", 'select id from (SELECT * FROM "parsed"."article") AS subselect'),
        (
            "select id from {batch} a Join b using (id)",
            'select id from (SELECT * FROM "parsed"."article") a Join b using (id)',
        ),
        ("select 'join' from {batch}", 'select \'join\' from (SELECT * FROM "parsed"."article") AS subselect'),
        ("select '{{x}}' from {batch}", 'select \'{x}\' from (SELECT * FROM "parsed"."article") AS subselect'),
    ],
)
def test_the_table_is_put_into_a_query_as_great_expectations_does_it(query, statement):
    assert batch_statement("parsed.article", query) == statement
