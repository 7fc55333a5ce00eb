"""The rules in expectations/ as asset checks, one check per rule; the gate before the publication."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import dagster as dg

from etl.assets.metadata import numbers
from etl.assets.progress import logged_progress
from etl.assets.resources import Warehouse
from etl.quality import gate
from etl.quality.suite import Rule, RuleResult, Suite
from etl.settings import Settings

if TYPE_CHECKING:
    from etl.quality.check import SuiteReport  # importing it brings Great Expectations, which takes seconds

KEYS_SHOWN = 20


def _severity(rule: Rule) -> dg.AssetCheckSeverity:
    """A critical rule that sends rows to quarantine has done its work: it warns. Other critical rules are errors."""
    is_error = rule.severity == "critical" and rule.action != "quarantine"
    return dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN


def _specs(suites: Iterable[Suite]) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            name=rule.rule_id,
            asset=suite.table.split("."),
            description=f"{rule.description} {rule.why}",
            blocking=rule.blocking,
            metadata={"severity": rule.severity, "rule": dict(rule.kwargs), "type": rule.type},
        )
        for suite in suites
        for rule in suite.rules
    ]


def _selected(suites: Iterable[Suite], context: dg.AssetCheckExecutionContext) -> list[Suite]:
    """The suites of which at least one rule was asked for."""
    names = {key.name for key in context.selected_asset_check_keys}
    return [suite for suite in suites if any(rule.rule_id in names for rule in suite.rules)]


def _results(
    reports: Iterable["SuiteReport"], context: dg.AssetCheckExecutionContext, settings: Settings
) -> Iterator[dg.AssetCheckResult]:
    names = {key.name for key in context.selected_asset_check_keys}
    for report in reports:
        rules = {rule.rule_id: rule for rule in report.suite.rules}
        keys: dict[str, list[str]] = {}
        for rule_id, key in report.violations.select("rule_id", "key").iter_rows():
            keys.setdefault(rule_id, []).append(key)
        for result in report.results:
            if result.rule_id in names:
                yield _result(rules[result.rule_id], result, keys.get(result.rule_id, []), settings)


def _result(rule: Rule, result: RuleResult, keys: list[str], settings: Settings) -> dg.AssetCheckResult:
    metadata: dict[str, dg.MetadataValue] = {
        "severity": dg.MetadataValue.text(rule.severity),
        "report": dg.MetadataValue.url(f"http://127.0.0.1:{settings.report_port}/"),
    }
    if result.rows_checked is not None and result.rows_failed is not None:
        metadata |= numbers({"rows_checked": result.rows_checked, "rows_failed": result.rows_failed})
    if result.error:
        metadata["could_not_be_evaluated"] = dg.MetadataValue.text(result.error)
    if keys:
        shown = [dg.TableRecord({"key": key}) for key in keys[:KEYS_SHOWN]]
        metadata["failing_keys"] = dg.MetadataValue.table(shown)
    return dg.AssetCheckResult(
        asset_key=rule.table.split("."),
        check_name=rule.rule_id,
        passed=result.success is True,
        severity=_severity(rule),
        metadata=metadata,
    )


@dg.multi_asset_check(name="parsed_checks", specs=_specs(gate.parsed_suites()), can_subset=True)
def parsed_checks(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """Check the parsed tables: what fails here is sent to quarantine or reported."""
    settings = warehouse.settings
    with logged_progress(context):
        reports = gate.check_parsed(settings, _selected(gate.parsed_suites(), context))
    gate.record_parsed(settings, context.run.run_id, reports)
    yield from _results(reports, context, settings)


@dg.multi_asset_check(name="warehouse_checks", specs=_specs(gate.warehouse_suites()), can_subset=True)
def warehouse_checks(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """Check the built tables; a blocking rule that fails keeps them from being published."""
    settings = warehouse.settings
    with logged_progress(context):
        reports = gate.check_warehouse(settings, _selected(gate.warehouse_suites(), context))
    gate.record_warehouse(settings, context.run.run_id, reports)
    yield from _results(reports, context, settings)
