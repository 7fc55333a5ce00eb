"""Work in several processes gives what it gives in one, and says what went wrong."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from etl.stages.workers import POLARS_THREADS, WorkerDiedError, run_tasks


def double(number):
    return 2 * number


def refuse(number):
    raise ValueError(f"{number} is refused")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def wait_for_ever(path):
    Path(path).write_text(str(os.getpid()))
    time.sleep(600)


def polars_threads():
    return pl.thread_pool_size()


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_tasks(workers):
    assert list(run_tasks([partial(double, number) for number in range(9)], workers)) == list(range(0, 18, 2))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_task_is_raised_after_the_results_before_it(workers):
    results = run_tasks([partial(double, 1), partial(refuse, 2), partial(double, 3)], workers)

    assert next(results) == 2
    with pytest.raises(ValueError, match="2 is refused"):
        next(results)


@pytest.mark.parametrize(("asked", "expected"), [(None, max(1, (os.cpu_count() or 1) // 2)), ("3", 3)])
def test_workers_share_the_cores_unless_the_user_says_how_many_each_may_use(monkeypatch, asked, expected):
    monkeypatch.delenv(POLARS_THREADS, raising=False)
    if asked:
        monkeypatch.setenv(POLARS_THREADS, asked)

    assert list(run_tasks([polars_threads, polars_threads], 2)) == [expected, expected]
    assert os.environ.get(POLARS_THREADS) == asked


def test_a_worker_that_is_killed_is_named_with_a_remedy():
    with pytest.raises(WorkerDiedError, match="KCNA_WORKERS=1"):
        list(run_tasks([die, die], 2))


def test_workers_end_when_their_parent_is_killed(tmp_path):
    marks = [tmp_path / name for name in ("one", "two")]
    program = (
        "from functools import partial\n"
        "from etl.stages.workers import run_tasks\n"
        "from tests.stages.test_stages_workers import wait_for_ever\n"
        f"list(run_tasks([partial(wait_for_ever, mark) for mark in {[str(mark) for mark in marks]!r}], 2))\n"
    )
    script = tmp_path / "parent.py"
    script.write_text(f"if __name__ == '__main__':\n    {program.replace(chr(10), chr(10) + '    ')}")
    parent = subprocess.Popen(
        [sys.executable, str(script)], env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    )
    try:
        wait_until(lambda: all(mark.exists() and mark.read_text() for mark in marks))
    finally:
        parent.kill()
        parent.wait()

    workers = [int(mark.read_text()) for mark in marks]
    wait_until(lambda: not any(is_running(worker) for worker in workers))


def wait_until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def is_running(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
