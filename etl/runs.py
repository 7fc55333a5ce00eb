"""Records of runs: one JSON file per run below `runs/`. Run ids and wall-clock times live here and nowhere else.

A run writes what it fetched, then what its checks found, then how it ended. The tables `quality.run`,
`quality.rule_result` and `quality.rule_violation` are made from these records when a version is published.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from etl import files
from etl.settings import Home

RUN_COUNTS = (
    "offered_count",
    "new_page_count",
    "known_page_count",
    "skipped_count",
    "unreadable_count",
    "page_count",
    "loaded_page_count",
    "quarantined_page_count",
    "rejected_page_count",
    "article_count",
    "sidebar_entry_count",
)
RUN_SCHEMA = pl.Schema(
    {
        "run_id": pl.String(),
        "started_at": pl.Datetime("us", "UTC"),
        "finished_at": pl.Datetime("us", "UTC"),
        "verdict": pl.String(),
        "build_digest": pl.String(),
        "parser_version": pl.Int32(),
        "origins": pl.List(pl.String()),
        **{name: pl.Int64() for name in RUN_COUNTS},
        "failed_rule_count": pl.Int64(),
    }
)
RESULT_SCHEMA = pl.Schema(
    {
        "run_id": pl.String(),
        "suite": pl.String(),
        "rule_id": pl.String(),
        "table_name": pl.String(),
        "severity": pl.String(),
        "is_blocking": pl.Boolean(),
        "action": pl.String(),
        "description": pl.String(),
        "rows_checked": pl.Int64(),
        "rows_failed": pl.Int64(),
        "success": pl.Boolean(),
        "error": pl.String(),
    }
)
VIOLATION_SCHEMA = pl.Schema({"suite": pl.String(), "rule_id": pl.String(), "key": pl.String()})


@dataclass(slots=True)
class RunRecord:
    """What one run did.

    Attributes:
        verdict: `running`; `passed` or `blocked` after the checks; `failed` if it did not get that far.
        version: name of the file it published; `unchanged` where the content was published already; None before.
        error: what went wrong, where it failed.
        counts: numbers by name, those of `RUN_COUNTS`.
        rule_results: rows of `quality.rule_result` without the run id.
        violations: rows of `quality.rule_violation`.
    """

    run_id: str
    started_at: str
    origins: list[str] = field(default_factory=list)
    verdict: str = "running"
    version: str | None = None
    finished_at: str | None = None
    error: str | None = None
    build_digest: str = ""
    parser_version: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    rule_results: list[dict[str, Any]] = field(default_factory=list)
    violations: list[dict[str, str]] = field(default_factory=list)

    def failed_rules(self, *, blocking_only: bool = False) -> list[dict[str, Any]]:
        """Results of rules that failed or could not be evaluated."""
        return [row for row in self.rule_results if not row["success"] and (row["is_blocking"] or not blocking_only)]


_RECORD_FIELDS = frozenset(item.name for item in fields(RunRecord))
_RESULT_DEFAULTS = {"action": "report"}


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


class RunStore:
    """The records below one home."""

    def __init__(self, home: Home) -> None:
        self.folder = home.runs

    def path(self, run_id: str) -> Path:
        """The file of a run's record."""
        return self.folder / f"{run_id}.json"

    def begin(self, run_id: str, origins: list[str]) -> RunRecord:
        """Start a record and store it."""
        record = RunRecord(run_id, now().isoformat(), origins)
        self.save(record)
        return record

    def save(self, record: RunRecord) -> None:
        """Store the record, replacing an earlier state of it."""
        files.write_text(self.path(record.run_id), json.dumps(asdict(record), ensure_ascii=False))

    def note_failure(self, run_id: str, error: str | None) -> None:
        """Let the record of an unfinished run say that it failed and why, so that nobody waits for it.

        A run without a record never began to write, and gets none.
        """
        if not self.path(run_id).exists():
            return
        record = self.load(run_id)
        if record.verdict == "running":
            record.verdict, record.error = "failed", error
            self.save(record)

    def load(self, run_id: str) -> RunRecord:
        """The record of a run; a new one where a part of the pipeline is run on its own.

        Records of older versions of this program lack some fields; these get their defaults.

        Raises:
            files.DamagedFileError: if the record cannot be read.
        """
        if not self.path(run_id).exists():
            return self.begin(run_id, [])
        return self.read(self.path(run_id))

    @staticmethod
    def read(path: Path) -> RunRecord:
        """The record in a file.

        Raises:
            files.DamagedFileError: if it cannot be read.
        """
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            record = RunRecord(**{name: value for name, value in stored.items() if name in _RECORD_FIELDS})
        except (ValueError, TypeError, AttributeError) as error:
            raise files.DamagedFileError(
                f"{path}: the record of a run cannot be read ({error}); move the file away to go on without it"
            ) from error
        record.rule_results = [_RESULT_DEFAULTS | row for row in record.rule_results]
        return record

    def all(self) -> list[RunRecord]:
        """Every record, oldest first; one that is pruned meanwhile is left out."""
        records = []
        for path in self.folder.glob("*.json"):
            with contextlib.suppress(FileNotFoundError):
                records.append(self.read(path))
        return sorted(records, key=lambda record: (record.started_at, record.run_id))

    def latest(self) -> RunRecord | None:
        """The record of the run that began last."""
        records = self.all()
        return records[-1] if records else None

    def prune(self, keep: int, current: str) -> None:
        """Delete all but the newest `keep` records, and forget the failing keys of all but the current run's.

        Failing keys are only of use while the rows that they name can still be looked at. The current run is always
        kept, whatever the clock says.
        """
        others = [record for record in self.all()[::-1] if record.run_id != current]
        for record in others[keep - 1 :]:
            self.path(record.run_id).unlink(missing_ok=True)
        for record in others[: keep - 1]:
            if record.violations:
                record.violations = []
                self.save(record)

    def history(self, current: RunRecord) -> dict[str, pl.DataFrame]:
        """The frames of the run tables: all runs whose checks ended, and the violations of the current one."""
        ended = [record for record in self.all() if record.finished_at and record.run_id != current.run_id]
        ended.append(current)
        results = [{"run_id": record.run_id, **row} for record in ended for row in record.rule_results]
        return {
            "run": pl.DataFrame([_run_row(record) for record in ended], schema=RUN_SCHEMA),
            "rule_result": pl.DataFrame(results, schema=RESULT_SCHEMA),
            "rule_violation": pl.DataFrame(current.violations, schema=VIOLATION_SCHEMA),
        }


def _run_row(record: RunRecord) -> dict[str, Any]:
    return {
        "run_id": record.run_id,
        "started_at": datetime.fromisoformat(record.started_at),
        "finished_at": datetime.fromisoformat(record.finished_at or record.started_at),
        "verdict": record.verdict,
        "build_digest": record.build_digest,
        "parser_version": record.parser_version,
        "origins": record.origins,
        **{name: record.counts.get(name, 0) for name in RUN_COUNTS},
        "failed_rule_count": len(record.failed_rules()),
    }
