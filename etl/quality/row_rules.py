"""The SQL engine: which rows break a rule, and how many, from plain DuckDB queries.

It is the only source of failing keys and so of quarantine, and the second opinion on the counts of Great Expectations
(`gx_run`); a rule that is a query by itself is run here, for both. What counts as a violation is therefore what Great
Expectations counts: a null breaks no rule but the one against nulls, and of a repeated value every row counts. Nothing
is written here.
"""

# The module's work is to write SQL: names go through quote_identifier, values through _literal.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import duckdb
import polars as pl

from etl.quality.suite import (
    ROW_COUNT_RULE,
    SQL_RULE,
    Rule,
    RuleResult,
    Suite,
    batch_statement,
    quote_identifier,
    quote_table,
)

VIOLATION_SCHEMA = {"rule_id": pl.String, "key": pl.String}

# What DuckDB and Great Expectations say about the rule itself. Other messages may quote a value of the table, and
# the value may look like a message: only the beginning counts.
_ABOUT_THE_RULE = re.compile(
    r"(?:Binder|Catalog|Parser|TransactionContext) Error: [^\n]*"
    r"|Error: The column \"[^\n]*\" in BatchData does not exist"
    r"|\w+ metrics cannot be computed on column of type \w+"
)
_ERROR_KIND = re.compile(r"[A-Z]\w+(?: \w+){0,3} Error(?=:)")
_WRAPPER = re.compile(r".*?\(_?duckdb\.\w+\) ", re.DOTALL)


class RuleError(RuntimeError):
    """A rule could not be evaluated; the message names the rule and holds no value of the table."""


def explain_error(error: object) -> str:
    """Say what went wrong without quoting the table: messages reach reports and logs, page text must not.

    Args:
        error: An exception, or its message, of DuckDB or Great Expectations.

    Returns:
        One line.
    """
    message = str(error)
    if not _ERROR_KIND.match(message):
        message = _WRAPPER.sub("", message, count=1)
    if about_the_rule := _ABOUT_THE_RULE.match(message):
        return f"could not be evaluated: {about_the_rule.group()}"
    kind = _ERROR_KIND.match(message)
    what = kind.group() if kind else "an unexpected error"
    return f"could not be evaluated: {what} (the rest is left out, because it may quote a page)"


# Counting -----------------------------------------------------------------------------------------


def rows_checked(con: duckdb.DuckDBPyConnection, suite: Suite) -> int:
    """Count the rows of the suite's table."""
    return int(_one_row(con, f"select count(*) from {quote_table(suite.table)}")[0])


def count_failed(con: duckdb.DuckDBPyConnection, suite: Suite) -> dict[str, int]:
    """Count the failing rows of every rule.

    Args:
        con: A connection that sees the table.
        suite: The rules.

    Returns:
        Failing rows by rule id; 0 for a rule about the table as a whole.

    Raises:
        RuleError: A rule could not be evaluated.
    """
    results = evaluate(con, suite)
    if errors := [f"rule {result.rule_id}: {result.error}" for result in results if result.error]:
        raise RuleError("; ".join(errors))
    return {result.rule_id: result.rows_failed or 0 for result in results}


def evaluate(con: duckdb.DuckDBPyConnection, suite: Suite) -> tuple[RuleResult, ...]:
    """Judge every rule of a suite.

    Args:
        con: A connection that sees the table.
        suite: The rules.

    Returns:
        One verdict per rule, in the suite's order. A rule that cannot be evaluated costs only its own one.
    """
    try:
        return _judge(con, suite.table, suite.rules)
    except duckdb.Error:
        return tuple(_judge_alone(con, rule) for rule in suite.rules)


def _judge_alone(con: duckdb.DuckDBPyConnection, rule: Rule) -> RuleResult:
    try:
        return _judge(con, rule.table, (rule,))[0]
    except duckdb.Error as error:
        return RuleResult.unjudged(rule, explain_error(error))


def _judge(con: duckdb.DuckDBPyConnection, table: str, rules: tuple[Rule, ...]) -> tuple[RuleResult, ...]:
    """Judge the rules: one scan for the row rules, one query for each that has to compare rows."""
    columns = ["count(*)"]
    for rule in rules:
        scope, counted = _scope(rule), _counted(rule)
        failing = _predicate(rule) if rule.type in _PREDICATES else "false"
        columns += [
            f"count(*) filter (where {scope})",
            f"count(*) filter (where {scope} and {counted})",
            f"count(*) filter (where {scope} and {failing})",
        ]
    total, *counts = _one_row(con, f"select {', '.join(columns)} from {quote_table(table)}")
    results = []
    for number, rule in enumerate(rules):
        in_scope, counted_rows, failed = counts[3 * number : 3 * number + 3]
        if rule.gives_keys and rule.type not in _PREDICATES:
            failed = _one_row(con, _count_query(rule))[0]
        success = _is_row_count_right(rule, total) if not rule.gives_keys else _is_met(rule, counted_rows, failed)
        results.append(RuleResult.judged(rule, in_scope, failed, success))
    return tuple(results)


def _is_met(rule: Rule, counted_rows: int, failed: int) -> bool:
    if rule.type == SQL_RULE:
        return failed == 0
    # Written as Great Expectations writes it, so that both round alike.
    return counted_rows == 0 or (counted_rows - failed) / counted_rows >= rule.mostly


def _is_row_count_right(rule: Rule, total: int) -> bool:
    lowest, highest = rule.kwargs.get("min_value"), rule.kwargs.get("max_value")
    return (lowest is None or total >= lowest) and (highest is None or total <= highest)


def _one_row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    # All rows at once: an unread one would block the connection for whoever uses it next.
    return tuple(con.execute(query).fetchall()[0])


# Failing keys -------------------------------------------------------------------------------------


def violation_sql(rule: Rule) -> str:
    """Write the query that finds the failing rows of one rule.

    Args:
        rule: A rule about rows.

    Returns:
        A query with the columns `rule_id` and `key`.

    Raises:
        RuleError: The rule's type has no SQL, or judges the table as a whole.
    """
    return f"select {_literal(rule.rule_id)} as rule_id, key from ({_key_query(rule)})"


def find_violations(
    con: duckdb.DuckDBPyConnection,
    suite: Suite,
    only: Collection[str] | None = None,
    limit: int | None = None,
) -> pl.DataFrame:
    """Find the rows that break the rules.

    Args:
        con: A connection that sees the table.
        suite: The rules; those about the table as a whole are left out, for they have no failing rows.
        only: The ids of the rules to look at; all when None.
        limit: The most rows to give per rule; all when None. With a limit, the first ones by key.

    Returns:
        The columns `rule_id` and `key`, sorted. The key is the key column's value as text, or a JSON object
        as text where the table has several key columns.

    Raises:
        RuleError: A rule could not be evaluated, or an id of `only` is not in the suite.
    """
    if only is not None and (unknown := set(only) - {rule.rule_id for rule in suite.rules}):
        raise RuleError(f"suite {suite.name} has no rule {', '.join(sorted(unknown))}")
    rules = [rule for rule in suite.rules if rule.gives_keys and (only is None or rule.rule_id in only)]
    if not rules:
        return pl.DataFrame(schema=VIOLATION_SCHEMA)
    try:
        return con.sql(_violations_query(rules, limit)).pl()
    except duckdb.Error as error:
        raise RuleError("; ".join(_blame(con, rules)) or f"suite {suite.name} {explain_error(error)}") from error


def _violations_query(rules: Iterable[Rule], limit: int | None) -> str:
    by_row = [rule for rule in rules if rule.type in _PREDICATES]
    parts = [violation_sql(rule) for rule in rules if rule.type not in _PREDICATES]
    if by_row:
        parts.append(_one_scan(by_row))
    capped = "" if limit is None else f"qualify row_number() over (partition by rule_id order by key) <= {int(limit)}"
    return f"select rule_id, key from ({' union all '.join(parts)}) {capped} order by rule_id, key"


def _one_scan(rules: list[Rule]) -> str:
    broken = {rule.rule_id: f"{_scope(rule)} and {_predicate(rule)}" for rule in rules}
    marks = ", ".join(f"case when {condition} then {_literal(rule_id)} end" for rule_id, condition in broken.items())
    return (
        "select unnest(broken) as rule_id, key from ("
        f"select list_filter([{marks}], lambda mark: mark is not null) as broken,"
        f" {_key_text(rules[0].key)} as key from {quote_table(rules[0].table)}"
        # Nearly all rows break nothing, and a list for each takes longer than the rules.
        f" where {' or '.join(f'({condition})' for condition in broken.values())})"
    )


def _blame(con: duckdb.DuckDBPyConnection, rules: list[Rule]) -> Iterable[str]:
    for rule in rules:
        try:
            con.sql(violation_sql(rule)).fetchall()
        except duckdb.Error as error:
            yield f"rule {rule.rule_id} {explain_error(error)}"


def _count_query(rule: Rule) -> str:
    """Write the query that counts the failing rows of a rule that compares rows; it makes no keys."""
    if rule.type not in _GROUPED:
        return f"select count(*) from ({_key_query(rule)})"
    columns, condition = _grouped(rule)
    rows = f"from {quote_table(rule.table)} where {condition}"
    # Nearly all values stand once. To see that, numbers are enough: texts take three times as long, and more memory.
    suspects = f"select hash({columns}) {rows} group by all having count(*) > 1"
    groups = f"select count(*) as copies {rows} and hash({columns}) in ({suspects}) group by {columns}"
    return f"select coalesce(sum(copies), 0)::bigint from ({groups} having count(*) > 1)"


def _grouped(rule: Rule) -> tuple[str, str]:
    """The columns that must not repeat together, and which rows are compared."""
    columns = [quote_identifier(name) for name in _GROUPED[rule.type](rule.kwargs)]
    # A row with a null in the group is like no other row.
    return ", ".join(columns), " and ".join([_scope(rule), *(f"{column} is not null" for column in columns)])


def repeated_query(rule: Rule) -> str | None:
    """Write the query that gives the rows of repeated values, with `{batch}` for the table.

    Returns:
        The query; None for other rules, and for those that judge some rows only or let a share fail.
    """
    if rule.type not in _GROUPED or "row_condition" in rule.kwargs or rule.mostly < 1:
        return None
    columns, condition = (text.replace("{", "{{").replace("}", "}}") for text in _grouped(rule))
    return f"select {columns} from {{batch}} where {condition} qualify count(*) over (partition by {columns}) > 1"


def _key_query(rule: Rule) -> str:
    """Write the query that gives the key of every failing row."""
    key, table, scope = _key_text(rule.key), quote_table(rule.table), _scope(rule)
    if rule.type in _PREDICATES:
        return f"select {key} as key from {table} where {scope} and {_predicate(rule)}"
    if rule.type in _GROUPED:
        columns, condition = _grouped(rule)
        return (
            "select key from ("
            f"select {key} as key, count(*) over (partition by {columns}) as copies from"
            f" {table} where {condition}) where copies > 1"
        )
    if rule.type == SQL_RULE:
        statement = batch_statement(rule.table, rule.kwargs["unexpected_rows_query"])
        return f"select {key} as key from ({statement}\n)"
    raise RuleError(f"rule {rule.rule_id}: {rule.type} has no SQL that finds failing rows")


def _key_text(key: tuple[str, ...]) -> str:
    if len(key) == 1:
        return f"cast({quote_identifier(key[0])} as varchar)"
    pairs = ", ".join(f"{_literal(name)}, {quote_identifier(name)}" for name in key)
    return f"cast(json_object({pairs}) as varchar)"


# What breaks a rule -------------------------------------------------------------------------------


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        # DuckDB reads 0.1 as a decimal; Great Expectations compares with a double.
        return f"cast({value!r} as double)"
    return "'" + str(value).replace("'", "''") + "'"


def _list(values: Iterable[object]) -> str:
    return f"({', '.join(map(_literal, values))})"


def _range(value: str, kwargs: Mapping[str, Any]) -> str:
    """Write the condition that a value lies within the rule's bounds."""
    bounds = []
    if kwargs.get("min_value") is not None:
        bounds.append(f"{value} {'>' if kwargs.get('strict_min') else '>='} {_literal(kwargs['min_value'])}")
    if kwargs.get("max_value") is not None:
        bounds.append(f"{value} {'<' if kwargs.get('strict_max') else '<='} {_literal(kwargs['max_value'])}")
    return " and ".join(bounds)


def _not_null(kwargs: Mapping[str, Any]) -> str:
    return f"{_column(kwargs)} is null"


def _null(kwargs: Mapping[str, Any]) -> str:
    return f"{_column(kwargs)} is not null"


def _between(kwargs: Mapping[str, Any]) -> str:
    return f"not ({_range(_column(kwargs), kwargs)})"


def _in_set(kwargs: Mapping[str, Any]) -> str:
    return f"{_column(kwargs)} not in {_list(kwargs['value_set'])}"


def _not_in_set(kwargs: Mapping[str, Any]) -> str:
    return f"{_column(kwargs)} in {_list(kwargs['value_set'])}"


def _match_regex(kwargs: Mapping[str, Any]) -> str:
    return f"not regexp_matches({_column(kwargs)}, {_literal(kwargs['regex'])})"


def _not_match_regex(kwargs: Mapping[str, Any]) -> str:
    return f"regexp_matches({_column(kwargs)}, {_literal(kwargs['regex'])})"


def _lengths(kwargs: Mapping[str, Any]) -> str:
    return f"not ({_range(f'length({_column(kwargs)})', kwargs)})"


def _greater(kwargs: Mapping[str, Any]) -> str:
    operator = ">=" if kwargs.get("or_equal") else ">"
    return f"not ({quote_identifier(kwargs['column_A'])} {operator} {quote_identifier(kwargs['column_B'])})"


# Rules whose rows are judged one by one, and the condition that a row breaks them; null is no violation.
_PREDICATES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_null": _null,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_values_to_match_regex": _match_regex,
    "expect_column_values_to_not_match_regex": _not_match_regex,
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
}

# Rules that compare rows with each other, and the columns that must not repeat.
_GROUPED: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "expect_column_values_to_be_unique": lambda kwargs: [kwargs["column"]],
    "expect_compound_columns_to_be_unique": lambda kwargs: list(kwargs["column_list"]),
}

# Rules whose share is taken of all rows; the others leave out rows without a value.
_COUNT_ALL = (
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_be_null",
    ROW_COUNT_RULE,
    SQL_RULE,
)


def _column(kwargs: Mapping[str, Any]) -> str:
    return quote_identifier(kwargs["column"])


def _predicate(rule: Rule) -> str:
    return f"({_PREDICATES[rule.type](rule.kwargs)})"


def _counted(rule: Rule) -> str:
    """Write the condition that a row counts for the share of `mostly`."""
    if rule.type in _COUNT_ALL:
        return "true"
    names = [rule.kwargs[name] for name in ("column", "column_A", "column_B") if name in rule.kwargs]
    names += rule.kwargs.get("column_list", [])
    return "(" + " or ".join(f"{quote_identifier(name)} is not null" for name in names) + ")"


_SQL_OPERATORS = {"==": "=", "!=": "<>", "IN": "in", "NOT_IN": "not in"}


def _scope(rule: Rule) -> str:
    """Write the condition that a row is judged at all."""
    condition = rule.kwargs.get("row_condition")
    return "true" if condition is None else _condition(condition)


def _condition(condition: Mapping[str, Any]) -> str:
    if condition["type"] in ("and", "or"):
        return "(" + f" {condition['type']} ".join(map(_condition, condition["conditions"])) + ")"
    column = quote_identifier(condition["column"]["name"])
    if condition["type"] == "nullity":
        return f"({column} is {'' if condition['is_null'] else 'not '}null)"
    parameter = condition["parameter"]
    value = _list(parameter) if isinstance(parameter, list) else _literal(parameter)
    operator = condition["operator"]
    return f"({column} {_SQL_OPERATORS.get(operator, operator)} {value})"
