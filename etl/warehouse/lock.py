"""One writer: a lock on a file below the home folder, which the system releases when its process dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from etl.settings import Home

_held: dict[Path, IO[str]] = {}


class BusyError(RuntimeError):
    """Another process is writing to the same home folder."""


def hold(home: Home) -> None:
    """Take the writer's lock for the rest of this process, or until `release`; taking it again is free.

    Raises:
        BusyError: if another process holds it.
    """
    if home.root in _held:
        return
    home.root.mkdir(parents=True, exist_ok=True)
    handle = home.lock_file.open("a+", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.seek(0)
        owner = handle.read(20).strip() or "unknown"
        handle.close()
        raise BusyError(
            f"{home.root}: another run is writing here (process {owner}); wait until it ends, or use another --home"
        ) from error
    handle.seek(0)
    handle.truncate()
    handle.write(f"{os.getpid()}\n")
    handle.flush()
    _held[home.root] = handle


def is_held(home: Home) -> bool:
    """Whether some process is writing to the home folder."""
    if home.root in _held:
        return True
    if not home.lock_file.exists():
        return False
    with home.lock_file.open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
