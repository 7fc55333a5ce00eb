"""The runs that the report tells of, as their records have them, and what is published now.

A record may be damaged, edited or from an older program: such a one is named or filled up, and stops nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from etl import files
from etl.runs import RunRecord, RunStore
from etl.settings import Home
from etl.warehouse.publish import published_version

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RUN_ID = re.compile(r"[A-Za-z0-9-]+")
_VERSION = re.compile(r"kcna-(\d{8}T\d{6})Z-[0-9a-f]+\.duckdb")

_RESULT_DEFAULTS: dict[str, Any] = {
    "rule_id": "",
    "suite": "",
    "table_name": "",
    "severity": "info",
    "is_blocking": False,
    "action": "report",
    "description": "",
    "rows_checked": None,
    "rows_failed": None,
    "success": False,
    "error": None,
}


@dataclass(frozen=True)
class Run:
    """A run whose checks ended."""

    record: RunRecord
    started: datetime

    @property
    def state(self) -> str:
        """`published`, `unchanged`, `blocked`, or `unpublished` where the checks passed and nothing followed."""
        if self.record.verdict == "blocked":
            return "blocked"
        if self.record.version == "unchanged":
            return "unchanged"
        return "published" if self.record.version else "unpublished"

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        """The results of the rules by their ids, with what records of older programs lack."""
        rows = [_RESULT_DEFAULTS | row for row in self.record.rule_results]
        return {str(row["rule_id"]): row for row in rows if _NAME.fullmatch(str(row["rule_id"]))}

    def share(self, outcome: str) -> float | None:
        """Share of all pages that had this outcome after the run; None where the run did not count them."""
        counts = self.record.counts
        return counts.get(f"{outcome}_page_count", 0) / counts["page_count"] if counts.get("page_count") else None


def ended_runs(store: RunStore) -> tuple[list[Run], list[str]]:
    """The runs whose checks ended, newest first, and the names of the records that cannot be read."""
    runs, unreadable = [], []
    for path in sorted(store.folder.glob("*.json")):
        try:
            record = store.load(path.stem)
            started = datetime.fromisoformat(record.started_at)
            if not _is_whole(record):
                unreadable.append(path.name)
            elif record.finished_at:
                runs.append(Run(record, started.astimezone(UTC) if started.tzinfo else started.replace(tzinfo=UTC)))
        except (files.DamagedFileError, ValueError, TypeError):
            unreadable.append(path.name)
    return sorted(runs, key=lambda run: (run.started, run.record.run_id), reverse=True), unreadable


def _is_whole(record: RunRecord) -> bool:
    """Whether a record has the shape that the page reads; somebody may have edited it."""
    counts = [row.get(name) for row in record.rule_results for name in ("rows_checked", "rows_failed")]
    return (
        isinstance(record.run_id, str)
        and isinstance(record.counts, dict)
        and all(isinstance(count, int) for count in record.counts.values())
        and all(count is None or isinstance(count, int) for count in counts)
        and isinstance(record.violations, list)
        and all(isinstance(row, dict) and {"rule_id", "key"} <= row.keys() for row in record.violations)
    )


def run_row(home: Home, run: Run) -> dict[str, Any]:
    """What the list of runs says of one."""
    failed = [row for row in run.results.values() if not row["success"]]
    return {
        "run": run,
        "started": run.started,
        "state": run.state,
        "counts": Counter(run.record.counts),
        "failed_count": len(failed),
        "evidence": evidence(home, run.record.run_id),
    }


def evidence(home: Home, run_id: str, suite: str = "index") -> str | None:
    """The address of Great Expectations' own page on a run or one of its suites, relative to the report."""
    if not (_RUN_ID.fullmatch(run_id) and _NAME.fullmatch(suite)):
        return None
    address = f"data-docs/{run_id}/{suite}.html"
    return address if (home.report.parent / address).is_file() else None


def current_version(home: Home) -> dict[str, Any] | None:
    """The published version and when it was published; None where there is none."""
    path = published_version(home.warehouse)
    if path is None:
        return None
    found = _VERSION.fullmatch(path.name)
    published = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if found else None
    return {"name": path.name, "published": published}


def is_shown(home: Home, run: Run) -> bool:
    """Whether the warehouse shown is the one that the run judged: published, or waiting where the run was blocked."""
    return "page_count" in run.record.counts and (run.state != "blocked" or home.work_file.exists())
