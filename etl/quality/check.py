"""Checks a table: both engines judge every rule, and their verdicts must agree.

A rule written in SQL, or against repeated values, is one query with one meaning: it is run once, and both engines judge
by the number of its rows. All others are counted twice, each engine by its own query.

Here the two are compared and the failing keys collected. What happens next, to rows and to the
publication, is decided by whoever asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import polars as pl

from etl.quality import gx_run, row_rules
from etl.quality.suite import RuleResult, Suite

KEYS_PER_RULE = 1000


@dataclass(frozen=True)
class SuiteReport:
    """What is known about one table after a check.

    Attributes:
        suite: The rules that were checked.
        results: One verdict per rule, in the suite's order, with the full counts.
        violations: The columns `rule_id` and `key`: the failing rows, at most `KEYS_PER_RULE` for each rule.
        validation: Great Expectations' own validation result as JSON; None when it could not read the table.
    """

    suite: Suite
    results: tuple[RuleResult, ...]
    violations: pl.DataFrame = field(compare=False)
    validation: dict[str, Any] | None = field(compare=False, hash=False)

    @property
    def failures(self) -> tuple[RuleResult, ...]:
        """The verdicts other than success; a rule that could not be evaluated is among them."""
        return tuple(result for result in self.results if result.success is not True)

    @property
    def passed(self) -> bool:
        """Whether every rule was evaluated and holds."""
        return not self.failures

    @property
    def blocks(self) -> bool:
        """Whether the publication must stop."""
        return any(result.blocking for result in self.failures)


def check_suite(con: duckdb.DuckDBPyConnection, suite: Suite) -> SuiteReport:
    """Check a table with both engines.

    Args:
        con: An open connection that sees the table.
        suite: The rules.

    Returns:
        The verdicts and the failing keys.
    """
    return name_failures(con, suite, *judge(con, suite))


def judge(con: duckdb.DuckDBPyConnection, suite: Suite) -> tuple[tuple[RuleResult, ...], dict[str, Any] | None]:
    """Let both engines judge a table; returns the verdicts in the suite's order, and Great Expectations' own result."""
    by_sql = row_rules.evaluate(con, suite)
    found = {result.rule_id: result.rows_failed for result in by_sql if result.rows_failed is not None}
    by_gx = gx_run.run_suite(con, suite, found)
    return tuple(_agree(sql, gx) for sql, gx in zip(by_sql, by_gx.results, strict=True)), by_gx.validation


def name_failures(
    con: duckdb.DuckDBPyConnection, suite: Suite, results: tuple[RuleResult, ...], validation: dict[str, Any] | None
) -> SuiteReport:
    """The report on verdicts, with the keys of the rows that fail."""
    failing = [result.rule_id for result in results if result.rows_failed]
    violations = row_rules.find_violations(con, suite, only=failing, limit=KEYS_PER_RULE)
    return SuiteReport(suite, results, violations, validation)


def _agree(sql: RuleResult, gx: RuleResult) -> RuleResult:
    """Take the verdict on which both engines agree, and call everything else an error."""
    if sql == gx or sql.error:
        return sql
    if gx.error:
        return _without_verdict(sql, f"{gx.error} (by Great Expectations; the SQL engine found {sql.observed})")
    return _without_verdict(
        sql,
        f"the two engines disagree: Great Expectations found {_verdict(gx)}, the SQL engine {_verdict(sql)}",
    )


def _verdict(result: RuleResult) -> str:
    return f"{result.observed} ({'passed' if result.success else 'failed'})"


def _without_verdict(result: RuleResult, error: str) -> RuleResult:
    return replace(result, rows_checked=None, rows_failed=None, success=None, observed=None, error=error)
