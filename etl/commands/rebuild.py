"""`kcna rebuild`: everything but the raw pages made again, by the same code as `kcna run`."""

from __future__ import annotations

import shutil
import uuid

import duckdb

from etl import files
from etl.commands import pipeline, show
from etl.faults import step
from etl.fetch.raw_store import RawStore
from etl.runs import RunStore
from etl.settings import Home, Settings
from etl.warehouse import lock, publish
from etl.warehouse.build import remove_work_file
from etl.warehouse.fingerprint import TableFingerprint, fingerprint
from etl.warehouse.read import NothingPublishedError, connect_published
from etl.warehouse.verify import raw_damages


def run_rebuild(settings: Settings) -> int:
    """Make the stages and the warehouse again from the raw pages, publish, and say whether the content is the same.

    Returns:
        The exit code, as of `kcna run`: 0 published, 1 blocked by a rule, 2 failed, 130 interrupted.
    """
    return pipeline.exit_code_of(lambda: _locked(settings))


def _locked(settings: Settings) -> int:
    home = settings.paths()
    if not home.raw.is_dir():
        raise NothingPublishedError(f"{home.root}: there are no raw pages to rebuild from; run `kcna run` first")
    with lock.held(home):
        return _rebuild(settings)


def _rebuild(settings: Settings) -> int:
    home = settings.paths()
    console = show.console()
    with pipeline.reporting(console):
        _require_raw(home)
        before = _content(settings)
        _delete(settings)
        record = RunStore(home).begin(str(uuid.uuid4()), [])
        error = pipeline.rebuild(settings, record.run_id)
    if code := pipeline.failed(settings, record.run_id, error):
        return code
    record = RunStore(home).load(record.run_id)
    pipeline.print_summary(console, settings, record)
    if record.verdict == "blocked":
        return pipeline.BLOCKED
    console.print()
    console.print(_compared(before, _content(settings)), soft_wrap=True)
    return pipeline.PUBLISHED


def _require_raw(home: Home) -> None:
    """Look at all that the rebuild will read.

    Raises:
        DamagedFileError: naming the first damage of the raw store.
    """
    RawStore(home.raw).sweep()
    if damage := next(raw_damages(home), None):
        raise files.DamagedFileError(f"{damage.file}: {damage.rule}: {damage.found}; {damage.advice}")


def _delete(settings: Settings) -> None:
    """Delete what follows from the raw pages; the published version stays where readers find it."""
    home = settings.paths()
    publish.forget(settings)
    with step("rebuild.delete"):
        for folder in (home.parsed, home.clean):
            shutil.rmtree(folder, ignore_errors=True)
        remove_work_file(home.work_file)


def _content(settings: Settings) -> dict[str, TableFingerprint] | None:
    """The published content by table; None where there is none, or none that can be read."""
    try:
        with connect_published(settings) as con:
            return {each.table: each for each in fingerprint(con)}
    except (NothingPublishedError, duckdb.Error):
        return None


def _compared(before: dict[str, TableFingerprint] | None, after: dict[str, TableFingerprint] | None) -> str:
    if before is None or after is None:
        return "There was no readable version before to compare with."
    changed = sorted(table for table in {**before, **after} if before.get(table) != after.get(table))
    if not changed:
        return f"Same content as before in all {len(after)} tables."
    return f"The content differs from before in: {', '.join(changed)}."
