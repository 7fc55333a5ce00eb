"""Fault points: every step that leaves something lasting on disk has a name at which a test can end the process.

`KCNA_DIE_AT="manifest.replace:before"` ends the process before that step as a power switch would, `:after` after it,
and `:after:3` at its third time. `KCNA_STEP_LOG=FILE` adds a line with the name of every step, and when it was begun in
nanoseconds since 1970, to a file. Both are for tests; without them a step costs two look-ups in the environment.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator

DIE_AT = "KCNA_DIE_AT"
STEP_LOG = "KCNA_STEP_LOG"

STEPS = {
    "home.sweep": "What a dead writer left half done still lies about; nothing that is listed is touched.",
    "home.format": "The home does not say its format yet, or still says an older one.",
    "raw.sweep": "Files that no manifest names may still lie in the raw store.",
    "raw.pack": "A batch is in memory only; the raw store is as it was.",
    "raw.rename": "The pack or the record of offers is whole under a draft's name.",
    "raw.list": "Pack and offers have their final names, and the manifest does not name them yet.",
    "file.flush": "A file is written under a temporary name, perhaps only in the system's memory.",
    "file.rename": "The temporary file is on disk; the old file, if any, still has the name.",
    "file.flush_folder": "The new file has its name, perhaps only in the system's memory.",
    "manifest.replace": "The files that the new manifest names are on disk; the old manifest holds.",
    "parse.part": "A pack's part is in memory only; the parts before it may be on disk, unlisted.",
    "parse.list": "All parts of a pack are on disk; the manifest does not name them yet.",
    "clean.sort": "Rows are sorted by span, in files whose names say that they are nobody's once this process is gone.",
    "clean.part": "A span's part is in memory only; the clean tables are as they were.",
    "clean.list": "All clean parts are on disk; the manifest still names those before.",
    "build.table": "The draft of the warehouse lacks this table; nobody reads drafts.",
    "build.done": "The draft is complete and closed; it does not have the work file's name yet.",
    "check.results": "The rules were judged; the run's record does not say how.",
    "record.fill": "The work file is checked; the records of the runs are not in it yet.",
    "report.write": "The report is the one before, or there is none.",
    "clean.note_published": "Readers get the new version; what it was built from is not noted yet.",
    "publish.move": "The work file is complete and checked; it does not have the version's name yet.",
    "publish.list": "The version is whole, on disk and read-only, but not listed.",
    "publish.swap_link": "The version is listed; readers still get the one before.",
    "publish.remove_old": "Readers get the new version; more versions than wanted are kept.",
    "rebuild.forget": "Nothing was deleted yet; the stages and the published version are as before.",
    "rebuild.delete": "The published version is no longer listed as up to date; the stages are still there.",
}
"""Each step with what is on disk before it."""

_met: Counter[str] = Counter()
_counting = threading.Lock()


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Mark a step that lasts.

    Raises:
        KeyError: if the step, or the one to die at, is not in `STEPS`.
    """
    if name not in STEPS:
        raise KeyError(f"the step {name!r} is not described in etl/faults.py")
    wanted, log = os.environ.get(DIE_AT), os.environ.get(STEP_LOG)
    if not (wanted or log):
        yield
        return
    with _counting:
        _met[name] += 1
        number = _met[name]
    if log:
        _note(log, name)
    _die_if(wanted, name, "before", number)
    yield
    _die_if(wanted, name, "after", number)


def _note(log: str, name: str) -> None:
    """Add a line by one write, so that lines of several processes stay whole."""
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, f"{name} {time.time_ns()}\n".encode())
    finally:
        os.close(handle)


def _die_if(wanted: str | None, name: str, moment: str, number: int) -> None:
    if not wanted:
        return
    where, when, *times = wanted.split(":")
    if where not in STEPS or when not in ("before", "after"):
        raise KeyError(f"{DIE_AT}={wanted}: write it as STEP:before or STEP:after, with a step of etl/faults.py")
    if (where, when) == (name, moment) and number == int(times[0] if times else 1):
        # nothing is cleaned up, as after a power cut or kill -9
        os.kill(os.getpid(), signal.SIGKILL)
