"""Checks of a warehouse that was built on the published one, on what changed since: the whole is told from the parts.

A row whose key did not change stands in both warehouses as it is. So for a rule that looks at rows apart from each
other, whole = whole before - judged on some rows before + judged on the same rows now, whichever rows are taken, as
long as all are among them whose verdict may differ. These are, beside the rows of changed keys,

- for a rule on rows that looks up another table: the rows that look up a value whose rows there differ, as far as the
  rule names their columns. A parent that vanished, or came, is such a difference, so that its children are judged.
- for a rule on groups, or against repeated values: all rows of a group of which a row changed.

Rows that are taken for one rule do no harm to another: they are the same before and now, and so is what they look up
unless that is a difference of the other rule too. What the rows look up is copied along.

Whether a share of rows is reached cannot be told from parts: such a rule is also counted on the whole table, by one
engine, which must find what the parts tell. All other rules (row counts, sums over a table) are judged on the whole
table by both, as is every rule whose numbers before are not known.
"""

# The module's work is to write SQL: names are those of our tables and columns.
# ruff: noqa: S608

from __future__ import annotations

import contextlib
import itertools
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from etl.quality.check import SuiteReport, check_suite, judge, name_failures
from etl.quality.row_rules import evaluate
from etl.quality.suite import SQL_RULE, Rule, RuleResult, Suite, quote_identifier
from etl.runs import RunStore
from etl.settings import Home, Settings
from etl.stages import CleanStore
from etl.warehouse.build import changes_of
from etl.warehouse.catalog import SCHEMAS
from etl.warehouse.increment import KEYED, attach, gone_rows, is_small, matches
from etl.warehouse.publish import published_version

SIDES = BEFORE, NOW = "judged_before", "judged_now"
"""Databases in memory that hold the rows of one suite, with what they look up, under the tables' own names."""

FEWEST_ROWS = 50_000
"""A smaller table is judged as a whole in less time than a part of it twice."""

Verdicts = tuple[tuple[RuleResult, ...], dict[str, Any] | None]
"""One verdict per rule of a suite, and Great Expectations' own result."""

Wanted = Callable[[str], str]
"""The query for the numbers of the rows of a table that are wanted, on either side."""


@contextlib.contextmanager
def since_published(settings: Settings, con: duckdb.DuckDBPyConnection) -> Iterator[Changes | None]:
    """What changed between the published version and the work file; None where everything is to be judged anew.

    Args:
        settings: where the home folder is.
        con: the open work file, or the published version where there is none.
    """
    home = settings.paths()
    version, changes = published_version(home.warehouse), changes_of(home.work_file)
    # is_small: the numbers before were found by this code
    if not (home.work_file.exists() and changes.exists() and version and is_small(CleanStore(home), version)):
        yield None
        return
    attach(con, changes, "changed", "(read_only)")
    attach(con, version, "published", "(read_only)")
    try:
        is_built_on = con.execute("from changed.built_on").fetchall() == [(version.name,)]
        counts = counts_of(home, con, "published", version)
        yield Changes(con, version.stem, counts) if is_built_on and counts is not None else None
    finally:
        con.execute("detach changed; detach published")


def counts_of(
    home: Home, con: duckdb.DuckDBPyConnection, catalog: str, version: Path
) -> dict[str, tuple[int, int]] | None:
    """Rows checked and rows failed by rule, as the run that published a version found them; None if that is unclear."""
    runs = [run.run_id for run in RunStore(home).all() if run.version == version.name]
    if len(runs) != 1:
        return None
    rows = con.execute(
        f"select rule_id, rows_checked, rows_failed from {catalog}.quality.rule_result "
        "where run_id = $run_id and error is null",
        {"run_id": runs[0]},
    ).fetchall()
    return {rule_id: (checked, failed) for rule_id, checked, failed in rows}


def is_apart(rule: Rule) -> bool:
    """Whether a rule looks at rows or groups apart from all others, so that those that fail can be counted in parts."""
    return rule.compares != "table" if rule.type == SQL_RULE else rule.gives_keys


class Combined(ABC):
    """Judges suites on a part of their tables, and tells the verdict on the whole from what was known before.

    Args:
        con: sees the whole tables.
        version: the name of the published version.
        counts: rows checked and rows failed by rule, as the run that published it found them.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, version: str, counts: Mapping[str, tuple[int, int]]) -> None:
        self.con = con
        self.version = version
        self.counts = counts

    @abstractmethod
    def covers(self, suite: Suite) -> bool:
        """Whether it knows which part of this table to judge."""

    @abstractmethod
    def judge_parts(self, suite: Suite) -> tuple[Sequence[RuleResult], Verdicts]:
        """The verdicts on the part before, none where there was no such part, and on the part now."""

    def check(self, suite: Suite) -> SuiteReport:
        """Check a table with both engines; the report is that of `check_suite` on the whole table."""
        apart = [rule for rule in suite.rules if is_apart(rule) and rule.rule_id in self.counts]
        row_count = max((self.counts[rule.rule_id][0] for rule in apart), default=0)
        if not self.covers(suite) or not apart or row_count < FEWEST_ROWS:
            return check_suite(self.con, suite)
        results, validation = self._judge(replace(suite, rules=tuple(apart)))
        rest = replace(suite, rules=tuple(rule for rule in suite.rules if rule not in apart))
        if rest.rules:
            others, other_validation = judge(self.con, rest)
            results |= {result.rule_id: result for result in others}
            validation = _joined(validation, other_validation)
        return name_failures(self.con, suite, tuple(results[rule.rule_id] for rule in suite.rules), validation)

    def _judge(self, suite: Suite) -> tuple[dict[str, RuleResult], dict[str, Any] | None]:
        """The verdicts on the whole table by rule, told from those on its parts."""
        before, (now, validation) = self.judge_parts(suite)
        told = [
            self._whole(rule, before[number] if before else None, now[number])
            for number, rule in enumerate(suite.rules)
        ]
        results = {result.rule_id: result for result in told} | self._shares(suite, told)
        if validation is not None:
            _say_whole(validation, results)
            rows = max((result.rows_checked or 0 for result in now), default=0)
            validation["meta"]["batch_markers"]["judged"] = (
                f"{rows} rows that changed since {self.version} or hang on one; the counts are of the whole table"
            )
        return results, validation

    def _whole(self, rule: Rule, before: RuleResult | None, now: RuleResult) -> RuleResult:
        if error := now.error or (before and before.error):
            return RuleResult.unjudged(rule, error)
        checked, failed = self.counts[rule.rule_id]
        checked += (now.rows_checked or 0) - ((before and before.rows_checked) or 0)
        failed += (now.rows_failed or 0) - ((before and before.rows_failed) or 0)
        return RuleResult.judged(rule, checked, failed, failed == 0)

    def _shares(self, suite: Suite, told: Sequence[RuleResult]) -> dict[str, RuleResult]:
        """The verdicts on rules that allow a share of rows to fail, by rule, counted on the whole table."""
        allowing = {rule.rule_id: rule for rule in suite.rules if rule.mostly < 1}
        if not allowing:
            return {}
        counted = evaluate(self.con, replace(suite, rules=tuple(allowing.values())))
        wanted = [result for result in told if result.rule_id in allowing]
        return {
            whole.rule_id: _confirmed(allowing[whole.rule_id], whole, parts)
            for whole, parts in zip(counted, wanted, strict=True)
        }


def _confirmed(rule: Rule, whole: RuleResult, told: RuleResult) -> RuleResult:
    """The verdict on a whole table, where it has the numbers that its parts tell."""
    if told.error or whole.error:
        return told if told.error else whole
    if whole.observed == told.observed:
        return whole
    return RuleResult.unjudged(rule, f"found {whole.observed} on the whole table, but {told.observed} by its parts")


class Changes(Combined):
    """Judges suites on what changed between two warehouses that one connection sees.

    The connection sees the old one as `published`, and the keys of changed rows as `changed`.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, version: str, counts: Mapping[str, tuple[int, int]]) -> None:
        super().__init__(con, version, counts)
        self._numbers = itertools.count()
        self.kept = dict(con.execute("from changed.kept").fetchall())
        self.catalogs = {BEFORE: "published", NOW: str(con.execute("select current_database()").fetchall()[0][0])}

    def covers(self, suite: Suite) -> bool:
        """Whether the keys of its changed rows are known."""
        return suite.table in KEYED

    def judge_parts(self, suite: Suite) -> tuple[Sequence[RuleResult], Verdicts]:
        """The verdicts on the changed rows as they were and as they are.

        As they were, one engine counts them: in the run that published them both did, and had to agree.
        """
        with self._changed_rows(suite), self.con.cursor() as before, self.con.cursor() as now:
            before.execute(f"use {BEFORE}")
            now.execute(f"use {NOW}")
            return evaluate(before, suite), judge(now, suite)

    # The rows to judge -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def _changed_rows(self, suite: Suite) -> Iterator[None]:
        """Fill the two databases with the rows of one suite."""
        self.con.execute(f"attach ':memory:' as {BEFORE}; attach ':memory:' as {NOW}; attach ':memory:' as reach")
        try:
            for side in SIDES:
                for schema in SCHEMAS:
                    self.con.execute(f"create schema {side}.{schema}")
            self._copy(suite)
            yield
        finally:
            self.con.execute(f"detach {BEFORE}; detach {NOW}; detach reach")

    def _copy(self, suite: Suite) -> None:
        own, keyed = suite.table, KEYED[suite.table].columns
        wanted = [self._changed(own)]
        wanted += [
            self._matching(own, group, self._changed_groups(own, group)) for group in _groups(suite.rules, keyed)
        ]
        looked_up: dict[str, list[Wanted]] = {}
        its_columns: dict[str, list[str]] = {}
        for (other, column, its), rules in _look_ups(suite.rules).items():
            own_name, its_name = quote_identifier(column), quote_identifier(its)
            differ = self._differences(rules, other, its)
            wanted.append(self._matching(own, (column,), f"select {its_name} as {own_name} from {differ}"))
            named = [f"select {own_name} as {its_name} from {side}.{own}" for side in SIDES]
            values = " union all ".join([*named, f"from {differ}"])
            looked_up.setdefault(other, []).append(self._matching(other, (its,), values))
            its_columns.setdefault(other, []).append(its)
        self._create(own, self._named(own, suite.rules, (*suite.key, *keyed)), wanted)
        for other, matching in looked_up.items():
            self._create(other, self._named(other, suite.rules, its_columns[other]), matching)

    def _changed(self, table: str) -> Wanted:
        """The rows that went, or those that came."""
        matching = self._matching(table, KEYED[table].columns, f"from changed.{table}")
        # Rows are numbered in their order, so none that came has a smaller number than the count of those that stayed.
        rows = {BEFORE: f"from {gone_rows(table)}", NOW: f"{matching(NOW)} where part.rowid >= {self.kept[table]}"}
        return rows.__getitem__

    def _matching(self, table: str, columns: Sequence[str], values: str) -> Wanted:
        """The rows that have, in these columns, values that a query gives under the same names."""
        return lambda side: (
            f"select part.rowid from {self.catalogs[side]}.{table} as part "
            f"semi join ({values}) as key on {matches('part', columns)}"
        )

    def _create(self, table: str, columns: Sequence[str], wanted: Sequence[Wanted]) -> None:
        for side in SIDES:
            self.con.execute(f"create table {side}.{table} as {self._rows(side, table, columns, wanted)}")

    def _rows(self, side: str, table: str, columns: Sequence[str], wanted: Sequence[Wanted]) -> str:
        """The query for some columns of the rows that are wanted for one reason or another."""
        # First which rows, by few columns: long ones are read of those rows only.
        hits = " union all ".join(rows(side) for rows in wanted)
        names = ", ".join(map(quote_identifier, columns))
        return f"(select {names} from {self.catalogs[side]}.{table} where rowid in ({hits}))"

    def _changed_groups(self, own: str, group: Sequence[str]) -> str:
        """The query for the groups that a changed row is of, or was."""
        changed = [self._rows(side, own, group, [self._changed(own)]) for side in SIDES]
        return f"from {self._keep(' union '.join(changed))}"

    def _differences(self, rules: Sequence[Rule], other: str, its: str) -> str:
        """A table of the values of a column in rows of another table that differ in what the rules may read of them."""
        columns = self._named(other, rules, (its,))
        if other in KEYED:
            before, now = (self._rows(side, other, columns, [self._changed(other)]) for side in SIDES)
        else:
            names = ", ".join(map(quote_identifier, columns))
            before, now = (f"(select {names} from {self.catalogs[side]}.{other})" for side in SIDES)
        both = f"({before} except all {now}) union all ({now} except all {before})"
        return self._keep(f"select distinct {quote_identifier(its)} from ({both})")

    def _keep(self, query: str) -> str:
        """Keep what a query finds for as long as the suite is judged; returns the name of the table."""
        name = f"reach.found_{next(self._numbers)}"
        self.con.execute(f"create table {name} as {query}")
        return name

    def _named(self, table: str, rules: Iterable[Rule], besides: Iterable[str]) -> list[str]:
        """The columns of a table that the rules name; they can read no others."""
        text = re.sub(r"\\.", " ", json.dumps([dict(rule.kwargs) for rule in rules], ensure_ascii=False))
        words = {*re.findall(r"\w+", text.lower()), *besides}
        columns = self.con.execute(f"describe {table}").fetchall()
        return [name for name, *_ in columns if name in words]


_UNIQUE = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")


def _groups(rules: Iterable[Rule], keyed: Sequence[str]) -> set[tuple[str, ...]]:
    """The columns by which rules look at rows together that need not be of one key."""
    groups = set()
    for rule in rules:
        if rule.type in _UNIQUE:
            groups.add(tuple(rule.kwargs.get("column_list") or [rule.kwargs["column"]]))
        elif rule.compares == "group":
            groups.add(tuple({own for columns in rule.looks_up.values() for own in columns}))
    return {group for group in groups if not set(group) >= set(keyed)}


def _look_ups(rules: Iterable[Rule]) -> dict[tuple[str, str, str], list[Rule]]:
    """The rules by what they look up: the other table, the own column, and the other table's."""
    found: dict[tuple[str, str, str], list[Rule]] = {}
    for rule in rules:
        for other, columns in rule.looks_up.items():
            ((own, its),) = columns.items()
            found.setdefault((other, own, its), []).append(rule)
    return found


# The evidence --------------------------------------------------------------------------------------


def _say_whole(validation: dict[str, Any], results: Mapping[str, RuleResult]) -> None:
    """Let Great Expectations' own result say what it tells of the whole table."""
    for outcome in validation["results"]:
        whole = results[outcome["expectation_config"]["meta"]["rule_id"]]
        if whole.rows_checked is None or whole.rows_failed is None:
            continue
        outcome["success"] = whole.success
        if outcome["expectation_config"]["type"] == SQL_RULE:
            outcome["result"] = {"observed_value": whole.rows_failed}
        else:
            share = 100 * whole.rows_failed / whole.rows_checked if whole.rows_checked else None
            counts = {"element_count": whole.rows_checked, "unexpected_count": whole.rows_failed}
            outcome["result"] = counts | {"unexpected_percent": share}
    _sum_up(validation)


def _joined(first: dict[str, Any] | None, second: dict[str, Any] | None) -> dict[str, Any] | None:
    """Two results of Great Expectations on rules of one suite as one."""
    if first is None or second is None:
        return first or second
    joined = first | {"results": [*first["results"], *second["results"]]}
    _sum_up(joined)
    return joined


def _sum_up(validation: dict[str, Any]) -> None:
    count = len(validation["results"])
    passed = sum(outcome["success"] for outcome in validation["results"])
    validation["success"] = passed == count
    validation["statistics"] = {
        "evaluated_expectations": count,
        "successful_expectations": passed,
        "unsuccessful_expectations": count - passed,
        "success_percent": 100 * passed / count,
    }
