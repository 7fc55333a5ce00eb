"""Work on files in several processes: functions from files to files, so that any executor could run them.

What a task needs to know is in its arguments and what it gives is small; pages and tables travel as files.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from typing import TypeVar

Result = TypeVar("Result")

POLARS_THREADS = "POLARS_MAX_THREADS"
"""Polars reads it when it is imported."""


class WorkerDiedError(RuntimeError):
    """A process that worked for this one ended before its work did."""


def run_tasks(tasks: Sequence[Callable[[], Result]], workers: int) -> Iterator[Result]:
    """The results of the tasks, in their order; in this process where there is one worker or one task.

    Few results wait at a time, so that memory does not grow with the number of tasks.

    Args:
        tasks: picklable calls, such as `functools.partial` of a function of a module.
        workers: number of processes.

    Raises:
        WorkerDiedError: if a worker died, which happens when the system runs out of memory.
    """
    if workers == 1 or len(tasks) <= 1:
        yield from (task() for task in tasks)
        return
    # A fresh interpreter for each worker: a fork of a process that has threads may hang.
    context = multiprocessing.get_context("spawn")
    count = min(workers, len(tasks))
    executor = ProcessPoolExecutor(count, mp_context=context, initializer=_begin_worker)
    with _shared_cores(count), executor:
        try:
            yield from _in_order(executor, tasks, 2 * workers)
        except BrokenProcessPool as error:
            raise WorkerDiedError(
                "a worker process died, perhaps for want of memory; set KCNA_WORKERS=1 and run again"
            ) from error


@contextlib.contextmanager
def _shared_cores(workers: int) -> Iterator[None]:
    """Let Polars use only its share of the cores in each worker started meanwhile, unless the user says how many.

    Threads of several workers on one core take time from each other, and more time to wake and wait for work.
    """
    if POLARS_THREADS in os.environ:
        yield
        return
    os.environ[POLARS_THREADS] = str(max(1, (os.cpu_count() or 1) // workers))
    try:
        yield
    finally:
        os.environ.pop(POLARS_THREADS, None)


def _in_order(executor: Executor, tasks: Sequence[Callable[[], Result]], waiting: int) -> Iterator[Result]:
    """Results in the order of the tasks, with so many tasks handed over at a time."""
    pending: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            pending.append(executor.submit(task))
            if len(pending) == waiting:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()


def _begin_worker() -> None:
    """Let the worker end with its parent: nothing else tells it that the parent was killed."""
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
