"""Dagster's instance of one home folder: its settings file and its history."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from etl import files
from etl.settings import Home

if TYPE_CHECKING:
    import dagster as dg

INSTANCE = {
    "telemetry": {"enabled": False},
    # the sign-up box would cover the first screen
    "nux": {"enabled": False},
    # two runs never write at once; a lock on the home folder holds this even without a daemon
    "concurrency": {"runs": {"max_concurrent_runs": 1}},
    # the sensors look every few seconds, and mostly there is nothing new
    "retention": {"sensor": {"purge_after_days": {"skipped": 1}}},
}
INSTANCE_SETTINGS = f"# Written by kcna; change it in etl/commands/instance.py.\n{json.dumps(INSTANCE, indent=2)}\n"
"""The settings file; YAML reads JSON."""


def prepare_instance(home: Home) -> None:
    """Create the instance folder with its settings file."""
    target = home.dagster / "dagster.yaml"
    if not target.exists() or target.read_text(encoding="utf-8") != INSTANCE_SETTINGS:
        files.write_text(target, INSTANCE_SETTINGS)


@contextlib.contextmanager
def open_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """The instance, for runs inside this process."""
    import dagster as dg
    from dagster._core.instance.ref import InstanceRef

    prepare_instance(home)
    # Dagster takes the path of its settings file for a pattern, so they are given as they are.
    reference = InstanceRef.from_dir(str(home.dagster), overrides=INSTANCE | _event_log(home))
    with dg.DagsterInstance.from_ref(reference) as instance, _held_open(home):
        yield instance


def _event_log(home: Home) -> dict[str, Any]:
    """The setting by which events are written by our storage, into the files of Dagster's own."""
    base_dir = str(home.dagster / "history" / "runs")
    storage = {"module": "etl.commands.event_log", "class": "RunEventLog", "config": {"base_dir": base_dir}}
    return {"event_log_storage": storage}


@contextlib.contextmanager
def _held_open(home: Home) -> Iterator[None]:
    """Keep the list of runs open while it is written to.

    Dagster opens and closes it for every change. SQLite writes back its log and waits for the disk whenever the last
    one closes it.
    """
    with contextlib.ExitStack() as held:
        with contextlib.suppress(sqlite3.Error):  # then it is no slower than before
            connection = held.enter_context(contextlib.closing(sqlite3.connect(home.dagster / "history" / "runs.db")))
            connection.execute("select 1 from sqlite_master").fetchall()
        yield
