"""`kcna run`: the job `refresh` in this process, with progress and a summary."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from etl import progress
from etl.commands import show
from etl.fetch.origin import OriginError, check_origin
from etl.files import DamagedFileError
from etl.runs import RunRecord, RunStore
from etl.settings import Settings
from etl.warehouse import lock
from etl.warehouse.publish import published_version
from etl.warehouse.read import NothingPublishedError, open_current

if TYPE_CHECKING:
    import dagster as dg
    from rich.console import Console

PUBLISHED, BLOCKED, FAILED, INTERRUPTED = 0, 1, 2, 130
STEPS = {
    "fetch": "fetch files",
    "parse": "parse pages",
    "prune": "remove duplicates",
    "build": "build tables",
    "check": "check rules",
    "publish": "publish",
}


def run_pipeline(settings: Settings, origins: list[str]) -> int:
    """Run everything once and return the exit code: 0 published, 1 blocked by a check, 2 failed."""
    console, errors = show.console(), show.console(stderr=True)
    try:
        for origin in origins or settings.origins:
            check_origin(origin)
        with lock.held(settings.paths()), _reporting(console):
            run_id, error = _execute(settings, origins)
    except KeyboardInterrupt:
        errors.print("kcna: interrupted; the next run goes on from what is stored", soft_wrap=True)
        return INTERRUPTED
    except (OriginError, lock.BusyError, DamagedFileError, OSError) as problem:
        errors.print(f"kcna: {show.cell(problem)}", soft_wrap=True)
        return FAILED
    except Exception as fault:  # a fault of the program; the exit code must not say "blocked"
        errors.print(f"kcna: unexpected {type(fault).__name__}: {show.cell(fault)}", soft_wrap=True)
        return FAILED
    record = RunStore(settings.paths()).load(run_id)
    if record.verdict == "running" or (error and record.verdict != "blocked"):
        errors.print(f"kcna: the run failed: {show.cell(error)}", soft_wrap=True)
        _note_failure(settings, record)
        state = "The new version was published before." if record.version else "The published warehouse is unchanged."
        errors.print(f"{state} Details: kcna ui, run {run_id}", soft_wrap=True)
        return FAILED
    _print_summary(console, settings, record)
    return BLOCKED if record.verdict == "blocked" else PUBLISHED


def _note_failure(settings: Settings, record: RunRecord) -> None:
    """Let the record say that the run failed, so that nobody waits for it."""
    if record.verdict == "running":
        record.verdict = "failed"
        RunStore(settings.paths()).save(record)


def _execute(settings: Settings, origins: list[str]) -> tuple[str, str | None]:
    """Run the job in this process; returns the run's id and what went wrong, if anything."""
    with _quiet_logs():
        from etl.commands.instance import open_instance
        from etl.definitions import build_definitions

        job = build_definitions(settings).resolve_job_def("refresh")
        config = {
            "ops": {"raw__page": {"config": {"origins": [str(origin) for origin in origins]}}},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        }
        with open_instance(settings.paths()) as instance:
            result = job.execute_in_process(run_config=config, instance=instance, raise_on_error=False)
            return result.run_id, _first_error(result)


def _first_error(result: dg.ExecuteInProcessResult) -> str | None:
    """The innermost message of the first failed step, which names the file or rule."""
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            while error.cause:
                error = error.cause
            return error.message.strip()
    return None if result.success else "no step reported an error"


@contextlib.contextmanager
def _quiet_logs() -> Iterator[None]:
    """Keep Dagster's own lines off the terminal; they are stored with the run."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def _reporting(console: Console) -> Iterator[None]:
    if not console.is_terminal:
        with progress.reported_to(_PlainLines(console)):
            yield
        return
    with _Bars(console) as bars, progress.reported_to(bars):
        yield


class _PlainLines:
    """One line when a step ends, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.done: dict[str, int] = {}

    def begin(self, step: str, total: int | None) -> None:  # noqa: ARG002 - lines need no total
        """Start counting."""
        self.done[step] = 0

    def advance(self, step: str, count: int) -> None:
        """Count."""
        self.done[step] += count

    def end(self, step: str) -> None:
        """Print the count."""
        self.console.print(f"{STEPS.get(step, step)}: {show.count(self.done[step])}")


class _Bars:
    """Progress bars on a terminal."""

    def __init__(self, console: Console) -> None:
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> _Bars:
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def begin(self, step: str, total: int | None) -> None:
        """Show a bar; a second round of a step continues its bar."""
        if step in self.tasks:
            task = self.bars.tasks[self.tasks[step]]
            self.bars.update(self.tasks[step], total=(task.total or 0) + (total or 0))
        else:
            self.tasks[step] = self.bars.add_task(STEPS.get(step, step), total=total)

    def advance(self, step: str, count: int) -> None:
        """Move the bar."""
        self.bars.advance(self.tasks[step], count)

    def end(self, step: str) -> None:
        """Fill the bar."""
        task = self.tasks[step]
        done = self.bars.tasks[task].completed
        self.bars.update(task, total=max(done, 1), completed=max(done, 1) if done == 0 else done)


def _print_summary(console: Console, settings: Settings, record: RunRecord) -> None:
    home = settings.paths()
    console.print()
    console.print(show.table(["", "count"], _summary_rows(settings, record), right=["count"]))
    failed = record.failed_rules(blocking_only=record.verdict == "blocked")
    if failed:
        console.print(show.table(["rule that failed", "severity", "rows"], _failed_rows(failed), right=["rows"]))
    console.print(show.facts(_closing(settings, record)))
    if record.verdict == "blocked":
        console.print()
        console.print(f"Not published: a blocking rule failed. See {home.report}", soft_wrap=True)


def _failed_rows(failed: list[dict[str, object]]) -> list[tuple[object, object, object]]:
    return [(row["rule_id"], row["severity"], row["error"] or row["rows_failed"]) for row in failed]


def _summary_rows(settings: Settings, record: RunRecord) -> list[tuple[str, str]]:
    counts = record.counts
    rows = [
        ("files offered", counts.get("offered_count", 0)),
        ("  new pages", counts.get("new_page_count", 0)),
        ("  known or repeated pages", counts.get("known_page_count", 0)),
        ("  skipped", counts.get("skipped_count", 0)),
        ("  unreadable", counts.get("unreadable_count", 0)),
        ("pages in the warehouse", counts.get("page_count", 0)),
        ("  loaded", counts.get("loaded_page_count", 0)),
        ("  in quarantine", counts.get("quarantined_page_count", 0)),
        *_reasons(settings, "quarantine"),
        ("  rejected", counts.get("rejected_page_count", 0)),
        *_reasons(settings, "reject"),
        ("distinct articles", counts.get("article_count", 0)),
        ("distinct sidebar entries", counts.get("sidebar_entry_count", 0)),
    ]
    return [(name, show.count(number)) for name, number in rows]


def _reasons(settings: Settings, outcome: str) -> list[tuple[str, int]]:
    try:
        with open_current(settings) as con:
            found = con.execute(
                "select reason, count(*) from quality.page_outcome where outcome = ? group by all order by 2 desc, 1",
                [outcome],
            ).fetchall()
    except NothingPublishedError:
        return []
    return [(f"    {reason}", number) for reason, number in found]


def _closing(settings: Settings, record: RunRecord) -> list[tuple[str, object]]:
    home = settings.paths()
    version = published_version(home.warehouse)
    state = "unchanged: " if record.version == "unchanged" else ""
    return [
        ("warehouse", home.warehouse if version else "nothing is published yet"),
        ("version", f"{state}{version.name}" if version else "none"),
        ("report", home.report),
    ]
