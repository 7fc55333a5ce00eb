"""The gate before a publication: all suites are checked, the verdict recorded, and whatever blocks is named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from etl.faults import step
from etl.parse.page import PARSER_VERSION
from etl.progress import track
from etl.quality import data_docs
from etl.quality.report import write_report
from etl.quality.suite import Rule, RuleResult, Suite, suites_of
from etl.runs import RunRecord, RunStore, now
from etl.settings import Settings
from etl.stages import CleanStore, build_digest, stage_database
from etl.warehouse.build import record as fill_records
from etl.warehouse.build import remove_work_file
from etl.warehouse.catalog import SCHEMAS
from etl.warehouse.increment import is_small
from etl.warehouse.publish import NotPublishedError, digest_of, publish, published_version
from etl.warehouse.read import open_current

if TYPE_CHECKING:
    from etl.quality.changes import Combined
    from etl.quality.check import SuiteReport

PARSED = "parsed"


def parsed_suites() -> list[Suite]:
    """The suites that run on the parsed tables, before pruning."""
    return suites_of(PARSED)


def warehouse_suites() -> list[Suite]:
    """The suites that run on the built warehouse, before publishing."""
    return suites_of(*SCHEMAS)


def check_parsed(settings: Settings, suites: Iterable[Suite]) -> list[SuiteReport]:
    """Check suites on the parsed tables, on the packs that came since the last publication where that is enough."""
    from etl.quality.growth import since_published  # Great Expectations takes seconds to import

    with (
        stage_database(settings.paths(), settings.memory_limit, settings.threads) as con,
        since_published(settings, con) as growth,
    ):
        return _check(con, list(suites), growth)


def check_warehouse(settings: Settings, suites: Iterable[Suite]) -> list[SuiteReport]:
    """Check suites on the warehouse that is about to be published, or on the published one if none is waiting.

    Where it was built on the published one, rules that allow it are judged on what changed since.
    """
    from etl.quality.changes import since_published  # Great Expectations takes seconds to import

    with open_current(settings) as con, since_published(settings, con) as changes:
        return _check(con, list(suites), changes)


def _check(con: duckdb.DuckDBPyConnection, suites: list[Suite], combined: Combined | None = None) -> list[SuiteReport]:
    from etl.quality.check import check_suite  # Great Expectations takes seconds to import

    reports = []
    with track("check", len(suites)) as tracker:
        for suite in suites:
            reports.append(combined.check(suite) if combined else check_suite(con, suite))
            tracker.advance()
    return reports


def add_results(record: RunRecord, reports: Iterable[SuiteReport]) -> None:
    """Add the results of these suites to a run's record, in place of earlier results of the same suites."""
    reports = list(reports)
    names = {report.suite.name for report in reports}
    record.rule_results = [row for row in record.rule_results if row["suite"] not in names]
    record.violations = [row for row in record.violations if row["suite"] not in names]
    for report in reports:
        rules = {rule.rule_id: rule for rule in report.suite.rules}
        record.rule_results += [_row(result, rules[result.rule_id]) for result in report.results]
        record.violations += [
            {"suite": report.suite.name, "rule_id": rule_id, "key": key}
            for rule_id, key in report.violations.select("rule_id", "key").iter_rows()
        ]


def _row(result: RuleResult, rule: Rule) -> dict[str, Any]:
    return {
        "suite": result.suite,
        "rule_id": result.rule_id,
        "table_name": result.table,
        "severity": result.severity,
        "is_blocking": result.blocking,
        "action": rule.action,
        "description": rule.description,
        "rows_checked": result.rows_checked,
        "rows_failed": result.rows_failed,
        "success": result.success is True,
        "error": result.error,
    }


def record_parsed(settings: Settings, run_id: str, reports: Sequence[SuiteReport]) -> None:
    """Record the results on the parsed tables; if one blocks, nothing is built, so the run ends here."""
    record = _with_results(settings, run_id, reports)
    if record.failed_rules(blocking_only=True):
        _conclude(settings, record)
    else:
        RunStore(settings.paths()).save(record)


def record_warehouse(settings: Settings, run_id: str, reports: Sequence[SuiteReport]) -> None:
    """Record the results on the built tables and the run's verdict."""
    record = _with_results(settings, run_id, reports)
    with open_current(settings) as con:
        record.counts |= summary_counts(con)
    _conclude(settings, record)


def _with_results(settings: Settings, run_id: str, reports: Sequence[SuiteReport]) -> RunRecord:
    record = RunStore(settings.paths()).load(run_id)
    add_results(record, reports)
    with data_docs.optional(run_id):
        data_docs.store(settings, run_id, reports)
    return record


def _conclude(settings: Settings, record: RunRecord) -> None:
    """Give the run its verdict and store it. A blocked run gets its report now: nothing after the gate is run."""
    record.build_digest = build_digest(settings.paths())
    record.parser_version = PARSER_VERSION
    record.verdict = "blocked" if record.failed_rules(blocking_only=True) else "passed"
    record.finished_at = now().isoformat()
    with step("check.results"):
        RunStore(settings.paths()).save(record)
    RunStore(settings.paths()).prune(settings.keep_runs, record.run_id)
    with data_docs.optional(record.run_id):
        data_docs.build(settings, record)
    if record.verdict == "blocked":
        write_report(settings)


def summary_counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The counts of `quality.run` that are about the warehouse."""
    cursor = con.execute(
        """
        select
            count(*) as page_count,
            count(*) filter (where outcome = 'load') as loaded_page_count,
            count(*) filter (where outcome = 'quarantine') as quarantined_page_count,
            count(*) filter (where outcome = 'reject') as rejected_page_count,
            (select count(*) from core.fact_article) as article_count,
            (select count(*) from core.fact_sidebar_entry) as sidebar_entry_count
        from quality.page_outcome
        """
    )
    names = [column[0] for column in cursor.description or []]
    row = cursor.fetchone() or ()
    return dict(zip(names, row, strict=True))


def publish_checked(settings: Settings, record: RunRecord) -> Path:
    """Publish the work file with the run records in it and return the version; nothing to do if none is waiting.

    Raises:
        NotPublishedError: if this run has not checked it, or the checks blocked it.
    """
    home = settings.paths()
    if not home.work_file.exists():
        version = published_version(home.warehouse)
        if version is None or digest_of(version) != build_digest(home):
            raise NotPublishedError(f"{home.root}: there is nothing to publish; run `kcna run`")
        record.version = "unchanged"
    else:
        if record.verdict != "passed" or record.build_digest != build_digest(home):
            raise NotPublishedError(f"{home.work_file}: not published, because this run's checks did not pass it")
        fill_records(settings, home.work_file, RunStore(home).history(record))
        clean = CleanStore(home)
        is_built_on_last = is_small(clean, published_version(home.warehouse))
        version = publish(settings, home.work_file, record.build_digest, now())
        clean.note_published(version.name, is_built_on_last)
        remove_work_file(home.work_file)  # what is left of it: the list of its changes
        record.version = version.name
    RunStore(home).save(record)
    return version
