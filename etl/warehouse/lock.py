"""One writer: a lock on a file below the home folder, which the system releases when its process dies.

Whoever gets the lock first clears away what a dead writer left half done, and refuses a home of a newer format.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from etl import files
from etl.faults import step
from etl.settings import Home
from etl.warehouse.schema_version import check_home, mark_home

ATTEMPTS = 5
PAUSE_SECONDS = 0.02
"""Whoever asks whether the lock is held keeps it for an instant; that must not pass for a second writer."""

_held: dict[Path, IO[str]] = {}


class BusyError(RuntimeError):
    """Another process is writing to the same home folder."""


def hold(home: Home) -> None:
    """Take the writer's lock for the rest of this process, or until `release`; taking it again is free.

    Raises:
        BusyError: if another process holds it.
        etl.warehouse.schema_version.NewerFormatError: if a newer version of this program wrote there.
        etl.files.DamagedFileError: if the home's format cannot be read.
    """
    if home.root in _held:
        return
    check_home(home)  # before anything is touched
    home.root.mkdir(parents=True, exist_ok=True)
    handle = home.lock_file.open("a+", encoding="utf-8")
    try:
        _lock(handle)
    except OSError as error:
        handle.seek(0)
        owner = handle.read(20).strip() or "unknown"
        handle.close()
        raise BusyError(
            f"{home.root}: another run is writing here (process {owner}); wait until it ends, or use another --home"
        ) from error
    try:
        handle.seek(0)
        handle.truncate()
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        mark_home(home)
        _sweep(home)
    except BaseException:
        handle.close()
        raise
    _held[home.root] = handle


def _lock(handle: IO[str]) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if attempt == ATTEMPTS:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return


def _sweep(home: Home) -> None:
    """Remove temporary files of writers that died; the stores remove their own unlisted files."""
    with step("home.sweep"):
        for folder in (home.root, home.raw, home.parsed, home.clean, home.versions, home.runs, home.report.parent):
            for left in left_behind(folder):
                left.unlink(missing_ok=True)
        for draft in drafts(home):
            draft.unlink(missing_ok=True)


def left_behind(folder: Path) -> list[Path]:
    """Temporary files and links in a folder whose process is gone, sorted; none where there is no folder."""
    if not folder.is_dir():
        return []
    found = (path for path in folder.iterdir() if path.name.endswith(files.TEMPORARY_SUFFIX))
    return sorted(path for path in found if not path.is_dir() and not _is_alive(path))


def drafts(home: Home) -> list[Path]:
    """What a writer that died amid a build left; a build's own file has another name and may wait to be looked at."""
    return sorted(home.work_file.parent.glob(f"draft-{home.work_file.name}*"))


def _is_alive(path: Path) -> bool:
    """Whether the process that a temporary file is named by still runs; a name without a number says nothing."""
    number = path.name.removesuffix(files.TEMPORARY_SUFFIX).rpartition(".")[2]
    if not (number.isascii() and number.isdigit()) or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)  # sends nothing
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def is_held(home: Home) -> bool:
    """Whether some process is writing to the home folder."""
    if home.root in _held:
        return True
    if not home.lock_file.exists():
        return False
    with home.lock_file.open(encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def release(home: Home) -> None:
    """Give the lock back."""
    handle = _held.pop(home.root, None)
    if handle:
        handle.close()


@contextlib.contextmanager
def held(home: Home) -> Iterator[None]:
    """Hold the writer's lock inside the block."""
    hold(home)
    try:
        yield
    finally:
        release(home)
