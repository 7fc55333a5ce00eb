"""A load that can be killed: the steps of a run, without Dagster and Great Expectations, in a process of its own.

Processes are forked from a server that has imported everything and computed nothing, so that one costs milliseconds.
"""

import multiprocessing
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from unittest.mock import patch

from etl.fetch.origin import read_origin
from etl.quality import gate
from etl.quality.report import write_report
from etl.runs import RunStore, now
from etl.settings import Settings
from etl.stages import build_digest, sorting, spans
from etl.warehouse import build, increment, lock
from etl.warehouse.publish import is_published, published_version
from etl.warehouse.read import connect_published
from tests import support

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(
    ["tests.promises.loader", "etl.fetch.folder", "holidays.countries", "matplotlib.figure", "pandas"]
)
"""Beside this module what a load imports late."""


DONE, FAILED, BUSY = 0, 2, 3
ENOUGH_SECONDS = 120


def load(home, pages, run_id="a run"):
    """Load a folder of pages into a home as a run does."""
    settings = Settings(home=home)
    paths = settings.paths()
    with lock.held(paths), patch.multiple(gate.data_docs, store=no_pages, build=no_pages):
        RunStore(paths).begin(run_id, [str(pages)])
        build.remove_work_file(paths.work_file)
        support.add(settings, read_origin(str(pages), settings), now())
        build.begin(settings)
        support.refine(settings)
        if not is_published(paths.warehouse, build_digest(paths)):
            build.build(settings, paths.work_file)
        gate.record_warehouse(settings, run_id, [])
        gate.publish_checked(settings, RunStore(paths).load(run_id))
        write_report(settings)


def load_on_top(home, pages, run_id="a run"):
    """The same load, which brings a copy of the published version up to date, however much is new, and sorts packs."""
    small_spans, all_sorted = patch.object(spans, "SPAN_PAGES", 1), patch.object(sorting, "FEW_READS", 0)
    with small_spans, all_sorted, patch.object(increment, "LARGEST_SHARE", 1.0):
        load(home, pages, run_id)


def no_pages(*_):
    """In place of Great Expectations' own pages, which take seconds."""


def start(function, *arguments, environment=None, limits=()):
    """Start a function of this module in a process group of its own.

    Args:
        function: takes the arguments; what it raises ends the process with a code and one line in `errors`.
        arguments: what can be pickled.
        environment: variables set before it starts.
        limits: pairs of a resource and its limit.
    """
    process = SERVER.Process(target=_run, args=(function, arguments, environment or {}, limits))
    process.start()
    return process


def _run(function, arguments, environment, limits):
    os.setsid()
    os.environ.update(environment)
    time.tzset()
    for name, limit in limits:
        if name == resource.RLIMIT_FSIZE:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write fails with an error, as on a full disk
        resource.setrlimit(name, (limit, limit))
    sys.exit(_code_of(function, arguments, environment.get("ERRORS")))


def _code_of(function, arguments, errors):
    try:
        function(*arguments)
    except lock.BusyError as error:
        code, fault = BUSY, error
    except Exception as error:
        code, fault = FAILED, error
    else:
        return DONE
    if errors:
        Path(errors).write_text("".join(traceback.format_exception_only(fault)), encoding="utf-8")
    else:
        traceback.print_exception(fault)
    return code


def finish(process):
    """Wait for the end; returns the exit code, negative for a signal."""
    process.join(ENOUGH_SECONDS)
    assert process.exitcode is not None, "it never ended"
    return process.exitcode


def run(function, *arguments, **options):
    """Start and wait."""
    return finish(start(function, *arguments, **options))


def kill(process):
    """Kill the whole process group and wait; returns whether it was still at work."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()  # it is over, or has no group yet
    return finish(process) == -signal.SIGKILL


def read_until(home, stop, found):
    """Open the link again and again; each time it must be whole and no older than before.

    Args:
        home: the home that is being loaded.
        stop: an event; set when the loads are over.
        found: a queue that gets the number of reads, the page counts seen in order, and what went wrong.
    """
    settings = Settings(home=home)
    reads, seen, faults = 0, [], []
    while not stop.is_set():
        try:
            if published_version(settings.paths().warehouse) is None and not seen:
                continue
            pages, wrong = _look(settings)
        except Exception as error:
            faults.append(repr(error))
            continue
        reads += 1
        if wrong:
            faults.append(f"{wrong} sums differ at {pages} pages")
        if seen and pages < seen[-1]:
            faults.append(f"a step back from {seen[-1]} to {pages} pages")
        if seen[-1:] != [pages]:
            seen.append(pages)
    found.put((reads, seen, faults))


def _look(settings):
    query = """
        select
            (select count(*) from core.fact_page),
            (select count(*) from quality.accounting where left_count <> right_count)
            + (select count(*) from core.fact_page anti join quality.page_outcome using (page_sha256))
    """
    with connect_published(settings) as con:
        return con.execute(query).fetchall()[0]
