"""One writer: a second one is told who is writing, and the lock of a dead process is gone."""

import os
import signal

import pytest

from etl.warehouse import lock
from etl.warehouse.lock import BusyError
from tests import support

HOLD = """
import sys
from pathlib import Path
from etl.settings import Home
from etl.warehouse import lock
home = Home(Path(sys.argv[1]))
try:
    lock.hold(home)
except lock.BusyError as error:
    print("busy:", error, flush=True)
else:
    print("held", flush=True)
for line in sys.stdin:
    if line == "release\\n":
        lock.release(home)
    print("done", flush=True)
"""


@pytest.fixture
def home(settings):
    return settings.paths()


@pytest.fixture
def other(home):
    """Another process that holds the lock."""
    with support.python_process(HOLD, home.root) as process:
        assert process.first_line == "held"
        yield process


def test_a_second_process_is_told_who_is_writing_and_what_to_do(home, other):
    with pytest.raises(BusyError) as raised:
        lock.hold(home)

    assert str(raised.value) == (
        f"{home.root}: another run is writing here (process {other.pid}); wait until it ends, or use another --home"
    )


def test_this_process_keeps_others_out_until_it_releases(home):
    with lock.held(home), support.python_process(HOLD, home.root) as process:
        assert process.first_line.startswith(f"busy: {home.root}: another run is writing here (process {os.getpid()})")

    with support.python_process(HOLD, home.root) as process:
        assert process.first_line == "held"


def test_a_released_lock_is_free(home, other):
    other.ask("release")

    with lock.held(home):
        assert home.lock_file.read_text() == f"{os.getpid()}\n"


def test_the_lock_dies_with_its_process(home, other):
    other.kill(signal.SIGKILL)

    with lock.held(home):
        assert home.lock_file.read_text() == f"{os.getpid()}\n"


def test_a_process_may_take_its_own_lock_again(home):
    lock.hold(home)
    lock.hold(home)
    lock.release(home)

    with support.python_process(HOLD, home.root) as process:
        assert process.first_line == "held"


def test_the_lock_is_given_back_when_the_work_fails(home):
    with pytest.raises(RuntimeError), lock.held(home):
        raise RuntimeError

    with support.python_process(HOLD, home.root) as process:
        assert process.first_line == "held"


def test_two_homes_do_not_wait_for_each_other(home, other, tmp_path):
    from etl.settings import Home

    with lock.held(Home(tmp_path / "another")):
        assert other.ask("still there") == "done"


def test_a_home_reached_through_a_link_is_the_same_home(settings, other, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(settings.paths().root)

    with pytest.raises(BusyError):
        lock.hold(settings.model_copy(update={"home": link}).paths())


def test_whoever_gets_the_lock_clears_away_what_a_dead_writer_left_and_nothing_else(home):
    for folder in (home.root, home.clean, home.versions, home.runs):
        folder.mkdir(parents=True, exist_ok=True)
    dead, alive = 999_999_999, os.getppid()
    left = [
        home.root / f".kcna.duckdb.{dead}.partial",
        home.clean / f"page.parquet.{dead}.partial",
        home.versions / f"manifest.json.{os.getpid()}.partial",  # of an earlier process with the number of this one
        home.runs / "what.partial",
        home.work_file.with_name("draft-build.duckdb"),
        home.work_file.with_name("draft-build.duckdb.wal"),
    ]
    kept = [home.runs / f"a.json.{alive}.partial", home.versions / "kcna.duckdb", home.work_file, home.root / "other"]
    for path in (*left, *kept):
        path.write_bytes(b"")
    left.append(home.root / f".other.duckdb.{dead}.partial")
    left[-1].symlink_to("nowhere")

    with lock.held(home):
        pass

    assert [path for path in left if path.is_symlink() or path.exists()] == []
    assert all(path.exists() for path in kept)


def test_a_home_that_cannot_be_marked_gives_the_lock_back(home, monkeypatch):
    def fail(_):
        raise OSError("no space left")

    monkeypatch.setattr(lock, "mark_home", fail)
    with pytest.raises(OSError, match="no space left"):
        lock.hold(home)
    monkeypatch.undo()

    with support.python_process(HOLD, home.root) as process:
        assert process.first_line == "held"


def test_asking_who_writes_needs_no_leave_to_write_and_changes_nothing(home, other):
    before = home.lock_file.stat().st_mtime_ns

    assert lock.is_held(home)
    other.ask("release")
    assert not lock.is_held(home)
    assert home.lock_file.stat().st_mtime_ns == before
