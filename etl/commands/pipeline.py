"""The job `refresh` in this process, as commands run it: progress, what went wrong, exit codes and a summary.

What belongs here: all that `kcna run` and `kcna quarantine replay` share. What does not: what each of them asks for
and says about it.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from etl import progress
from etl.commands import errors, show
from etl.fetch.origin import REASONS
from etl.fetch.raw_store import RawStore
from etl.files import DamagedFileError, digest_ahead
from etl.runs import RunRecord, RunStore
from etl.settings import Home, Settings
from etl.stages import CleanStore, ParsedStore
from etl.warehouse.build import remove_work_file
from etl.warehouse.publish import published_version, version_list
from etl.warehouse.read import NothingPublishedError, open_current

if TYPE_CHECKING:
    import dagster as dg
    from rich.console import Console

PUBLISHED, BLOCKED = 0, 1
"""Exit codes of a command that runs the job, beside those of `show`."""

FILES_SHOWN = 3

YOUNG_OBJECTS = (100_000, 50, 100)
"""How many objects Python waits for before it looks for cycles, and how seldom it looks through older ones."""

STEPS = {
    "fetch": "fetch files",
    "parse": "parse pages",
    "sort": "sort pages by day",
    "prune": "make clean tables",
    "enrich": "read articles",
    "build": "build tables",
    "check": "check rules",
    "publish": "publish",
    "verify": "look for damage",
    "fingerprint": "compare tables",
}
"""The steps that report their progress, by the names they report, and what people are told."""


# How a command ends ---------------------------------------------------------------------------------


def exit_code_of(work: Callable[[], int]) -> int:
    """Do the work and return its exit code; an error becomes one line and a code that never says "blocked"."""
    try:
        return work()
    except (Exception, KeyboardInterrupt) as error:
        return errors.fail(error)


def failed(settings: Settings, run_id: str, error: str | None) -> int | None:
    """Say why a run that is over failed, and what it did to the published warehouse; returns the exit code.

    None of one that published or was blocked by a rule, and did not go wrong after that.
    """
    store = RunStore(settings.paths())
    record = store.load(run_id)
    if record.verdict != "running" and (not error or record.verdict == "blocked"):
        return None
    code = show.fail(f"the run failed: {error}")
    state = "The new version was published before" if record.version else "The published warehouse is unchanged"
    show.say(f"{state}. Details: kcna ui, run {run_id}")
    store.note_failure(run_id, error)  # last, because a disk may be too full for it
    return code


# The job --------------------------------------------------------------------------------------------


def fetch_and_build(settings: Settings, origins: Sequence[str]) -> tuple[str, str | None]:
    """Run the whole job; returns the run's id and what went wrong, if anything."""
    ops = {"raw__page": {"config": {"origins": [str(origin) for origin in origins]}}}
    return _execute(settings, {"ops": ops})


def rebuild(settings: Settings, run_id: str) -> str | None:
    """Run everything of the job but the fetching, for a record that has begun; returns what went wrong, if anything."""
    remove_work_file(settings.paths().work_file)  # of a run that was blocked; it must not pass for this run's
    _, error = _execute(settings, {}, run_id=run_id, left_out="raw/page")
    return error


def _execute(
    settings: Settings, config: dict[str, Any], *, run_id: str | None = None, left_out: str | None = None
) -> tuple[str, str | None]:
    """Run the job in this process, without one of its assets if one is named."""
    # Hundreds of thousands of objects of modules stay for ever; looking through them for cycles took a tenth of a run.
    gc.set_threshold(*YOUNG_OBJECTS)
    _look_ahead(settings.paths())
    with _quiet_logs():
        import dagster as dg

        from etl.commands.instance import open_instance
        from etl.definitions import build_definitions

        definitions = build_definitions(settings)
        wanted = None
        if left_out:
            selection = dg.AssetSelection.all() - dg.AssetSelection.assets(left_out)
            wanted = sorted(selection.resolve(definitions.resolve_asset_graph()))
        run_id = run_id or str(uuid.uuid4())
        with open_instance(settings.paths()) as instance:
            result = definitions.resolve_job_def("refresh").execute_in_process(
                run_config=config | {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                instance=instance,
                run_id=run_id,
                asset_selection=wanted,
                raise_on_error=False,
            )
            return result.run_id, _first_error(result)


def _look_ahead(home: Home) -> None:
    """Begin to compare the stored files with their digests, while Dagster starts and leaves a core idle."""
    manifests = (
        RawStore(home.raw).manifest,
        ParsedStore(home).manifest,
        version_list(home.versions),
        CleanStore(home).manifest,
    )
    with contextlib.suppress(DamagedFileError):  # the step that needs it will tell
        files = [manifest.path.parent / record.name for manifest in manifests for record in manifest.records()]
        digest_ahead(files)


def _first_error(result: dg.ExecuteInProcessResult) -> str | None:
    """What people are told of the first failed step."""
    from etl.assets.automation import own_error

    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error:
            failed = event.step_failure_data.error
            error = own_error(failed)
            if not error and failed.cls_name == "DagsterAssetCheckFailedError":
                return failed.message.strip()  # a rule has stopped the run; nothing went wrong
            errors.print_traceback(failed.to_string())
            kind, _, message = (error or failed).message.strip().partition(": ")
            return errors.sentence(kind, message)
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


# Progress -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def reporting(console: Console) -> Iterator[None]:
    """Show how far the steps are: bars on a terminal, one line per step elsewhere."""
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


class _Rate(ProgressColumn):
    """How many units a second."""

    def render(self, task: Task) -> Text:
        """The rate; nothing before there is one."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="dim")


class _Bars:
    """Progress bars on a terminal."""

    def __init__(self, console: Console) -> None:
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            _Rate(),
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


# Summary --------------------------------------------------------------------------------------------


def print_summary(console: Console, settings: Settings, record: RunRecord) -> None:
    """Print the counts of a run, the rules that failed, and where everything is."""
    home = settings.paths()
    console.print()
    console.print(show.table(["", "count"], _summary_rows(settings, record), right=["count"]))
    failed = record.failed_rules(blocking_only=record.verdict == "blocked")
    if failed:
        console.print(show.table(["rule that failed", "severity", "rows"], _failed_rows(failed), right=["rows"]))
    console.print(show.facts(closing(settings, record)))
    if record.verdict == "blocked":
        if refused := _without_pages(settings, record):
            console.print()
            console.print(show.table(["gave no page", "why"], refused))
        console.print()
        console.print(f"Not published: a blocking rule failed. See {home.report}", soft_wrap=True)


def _without_pages(settings: Settings, record: RunRecord) -> list[tuple[object, object]]:
    """Where a run was offered files and none gave a page: the first of them, and why."""
    counts = record.counts
    if counts.get("new_page_count", 0) + counts.get("known_page_count", 0) or not counts.get("offered_count"):
        return []
    offers = RawStore(settings.paths().raw).offers()
    of_this_run = offers.filter(pl.col("fetched_at") >= datetime.fromisoformat(record.started_at))
    found = of_this_run.select("url", "reason").head(FILES_SHOWN).collect()
    return [(url, REASONS[reason]) for url, reason in found.iter_rows()]


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


def closing(settings: Settings, record: RunRecord) -> list[tuple[str, object]]:
    """What is published now, and where it and the report are."""
    home = settings.paths()
    version = published_version(home.warehouse)
    state = "unchanged: " if record.version == "unchanged" else ""
    return [
        ("warehouse", home.warehouse if version else "nothing is published yet"),
        ("version", f"{state}{version.name}" if version else "none"),
        ("report", home.report),
    ]
