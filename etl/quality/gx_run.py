"""Great Expectations as judge: runs a suite on a DuckDB table and reads the verdicts with suspicion.

Great Expectations drops rules it does not know, reports a failed evaluation as a failed rule and caps its
lists. Every such trap is guarded here, so that a verdict is either sound or an error. No page text leaves
this module: results are asked for without values, and messages are cut to what they say about the rule.
"""

from __future__ import annotations

import importlib
import logging
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import duckdb

from etl.quality import row_rules
from etl.quality.suite import ROW_COUNT_RULE, SQL_RULE, Rule, RuleResult, Suite, batch_statement

if TYPE_CHECKING:
    from great_expectations.data_context.types.base import DataContextConfig

# Counts, but no values: a value is page text, and the lists of values are cut off at 20 or 200.
_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}

# Deprecations inside Great Expectations, or with no way round them.
_KNOWN_WARNINGS = (
    # Imported by its data connectors.
    "module 'sre_(constants|parse)' is deprecated",
    # The schema belongs into the data source, it says, but no data source that can read DuckDB takes one.
    "`schema_name` is deprecated",
)

_UNUSED = ("altair", "scipy.stats")
"""What Great Expectations imports for rules and charts that no suite has: 40 % of its time to import, and 80 MB."""

# Great Expectations keeps one current project per process, so that two runs at once mix theirs up.
_one_at_a_time = threading.Lock()


class GxError(RuntimeError):
    """Great Expectations did not run the suite it was given."""


@dataclass(frozen=True)
class GxRun:
    """What Great Expectations found.

    Attributes:
        results: One verdict per rule, in the suite's order.
        validation: Its own validation result as JSON, for Data Docs; None when it could not read the table.
    """

    results: tuple[RuleResult, ...]
    validation: dict[str, Any] | None


class _OnDemand(ModuleType):
    """Stands in for a module, which is imported when something of it is asked for."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the module has
        if name.startswith("__"):  # who looks through all modules asks for these
            raise AttributeError(name)
        self.step_aside()
        return getattr(importlib.import_module(self.__name__), name)

    def step_aside(self) -> None:
        """Let the next import find the module itself."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]


def _import_lightly() -> None:
    """Import Great Expectations without what it imports for nothing, unless it is imported already."""
    if "great_expectations" in sys.modules:
        return
    stand_ins = [_OnDemand(name) for name in _UNUSED if name not in sys.modules]
    sys.modules.update({stand_in.__name__: stand_in for stand_in in stand_ins})
    try:
        importlib.import_module("great_expectations")
    finally:
        for stand_in in stand_ins:
            stand_in.step_aside()


def run_suite(con: duckdb.DuckDBPyConnection, suite: Suite, found: Mapping[str, int] | None = None) -> GxRun:
    """Judge a table by Great Expectations.

    Args:
        con: An open connection that sees the table. It is used as it is and left as it was; an evaluation
            error inside a transaction ends that transaction, as it does for any query.
        suite: The rules.
        found: How many rows a rule's own query has found already, by rule id. Such a query is not run again: it is the
            same text on the same rows, and some take as long as all other rules together.

    Returns:
        The verdicts. A rule that could not be evaluated has an error and no success.

    Raises:
        GxError: Great Expectations left out a rule or a verdict.
    """
    with _one_at_a_time, _quiet():
        # Imported here: it takes more than a second and 100 MB, which only a run of a suite should cost.
        _import_lightly()
        from great_expectations.datasource.fluent.interfaces import TestConnectionError

        try:
            total = row_rules.rows_checked(con, suite)
            validation = _validate(con, suite, found or {})
        except (duckdb.Error, TestConnectionError) as error:
            problem = row_rules.explain_error(error)
            return GxRun(tuple(RuleResult.unjudged(rule, problem) for rule in suite.rules), None)
    by_rule = {result["expectation_config"]["meta"]["rule_id"]: result for result in validation["results"]}
    if len(validation["results"]) != len(suite.rules) or len(by_rule) != len(suite.rules):
        raise GxError(f"suite {suite.name}: {len(suite.rules)} rules, but {len(by_rule)} verdicts")
    return GxRun(tuple(_read_result(rule, by_rule[rule.rule_id], total) for rule in suite.rules), validation)


def _validate(con: duckdb.DuckDBPyConnection, suite: Suite, found: Mapping[str, int]) -> dict[str, Any]:
    import great_expectations as gx

    from etl.quality.gx_duckdb import share

    expectations = [_expectation(rule) for rule in suite.rules]
    gx_suite = gx.ExpectationSuite(name=suite.name, expectations=expectations, meta={"table": suite.table})
    if len(gx_suite.expectations) != len(suite.rules):
        raise GxError(
            f"suite {suite.name}: {len(suite.rules)} rules, but Great Expectations took {len(gx_suite.expectations)}"
        )
    schema, table = suite.table.split(".")
    with share(con, _row_counts(suite, found)) as address:
        context = gx.get_context(mode="ephemeral", project_config=_in_memory_project())
        source = context.data_sources.add_sql("duckdb", connection_string=address, create_temp_table=False)
        asset = source.add_table_asset(suite.name, table_name=table, schema_name=schema)
        batch = asset.add_batch_definition_whole_table("whole table").get_batch()
        outcome = batch.validate(gx_suite, result_format=_RESULT_FORMAT)
    validation: dict[str, Any] = outcome.to_json_dict()  # type: ignore[no-untyped-call] # not typed there
    for result in validation["results"]:
        result["exception_info"] = _readable_exception(result)
    return validation


def _row_counts(suite: Suite, found: Mapping[str, int]) -> dict[str, int]:
    """How many rows the statements of Great Expectations give, as far as the rules' own queries were run."""
    rows = f"SELECT * \nFROM {suite.table} \nWHERE true"  # as it writes it; another text is run, no more
    queries = {rule.rule_id: _query(rule) for rule in suite.rules if rule.rule_id in found}
    return {batch_statement(suite.table, query, rows): found[rule_id] for rule_id, query in queries.items() if query}


def _in_memory_project() -> DataContextConfig:
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    return DataContextConfig(
        # Without an explicit one, a temporary folder for its documentation is made for each run.
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )


def _expectation(rule: Rule) -> dict[str, Any]:
    meta = {
        "rule_id": rule.rule_id,
        "why": rule.why,
        "action": rule.action,
        "reason": rule.reason,
        "blocking": rule.blocking,
    }
    query = _query(rule)
    return {
        "type": SQL_RULE if query else rule.type,
        "kwargs": {"unexpected_rows_query": query} if query else dict(rule.kwargs),
        "severity": rule.severity,
        "description": rule.description,
        "meta": meta,
    }


def _query(rule: Rule) -> str | None:
    """The query that Great Expectations is given for a rule, if it is given one.

    Against repeated values it is ours: its own joins the table with the counts of all values, which takes twice to
    four times as long. That both count the same rows is tested.
    """
    return str(rule.kwargs["unexpected_rows_query"]) if rule.type == SQL_RULE else row_rules.repeated_query(rule)


def _readable_exception(result: Mapping[str, Any]) -> dict[str, Any]:
    """Put the exceptions of a result, one per metric or one for all, into one place and without page text.

    Great Expectations gives the last message of a batch of metrics to every rule that failed in it. The message of
    the SQL engine, which `check` prefers, is the rule's own.
    """
    info = result["exception_info"]
    entries = [info] if "raised_exception" in info else list(info.values())
    raised = [entry for entry in entries if entry.get("raised_exception")]
    message = row_rules.explain_error(raised[0].get("exception_message")) if raised else None
    return {"raised_exception": bool(raised), "exception_message": message, "exception_traceback": None}


def _read_result(rule: Rule, result: Mapping[str, Any], total: int) -> RuleResult:
    if result["exception_info"]["raised_exception"]:
        return RuleResult.unjudged(rule, result["exception_info"]["exception_message"])
    numbers, success = result["result"], result["success"]
    if rule.type == ROW_COUNT_RULE:
        checked, failed = numbers.get("observed_value"), 0
    elif _query(rule):
        # The number of all rows found: Great Expectations counts them apart from the 200 that it keeps.
        checked, failed = total, numbers.get("observed_value")
    else:
        checked, failed = numbers.get("element_count"), numbers.get("unexpected_count")
        if checked == 0 and failed is None:
            # It counts by a sum, and the sum over no rows is null.
            failed = 0
    if not isinstance(checked, int) or not isinstance(failed, int) or not isinstance(success, bool):
        return RuleResult.unjudged(rule, "could not be evaluated: Great Expectations gave no count")
    return RuleResult.judged(rule, checked, failed, success)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence log lines, whose content is in the results, and the known warnings."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            for message in _KNOWN_WARNINGS:
                warnings.filterwarnings("ignore", message=message, category=DeprecationWarning)
            yield
    finally:
        logger.setLevel(level)
