"""Dagster's instance of one home folder: its settings file and its history."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from etl import files
from etl.settings import Home

if TYPE_CHECKING:
    import dagster as dg

INSTANCE_SETTINGS = """\
# Written by kcna; change it in etl/commands/instance.py.
telemetry:
  enabled: false
# The sign-up box would cover the first screen.
nux:
  enabled: false
# Two runs never write at once; a lock on the home folder holds this even without a daemon.
concurrency:
  runs:
    max_concurrent_runs: 1
"""


def prepare_instance(home: Home) -> None:
    """Create the instance folder with its settings file."""
    target = home.dagster / "dagster.yaml"
    if not target.exists() or target.read_text(encoding="utf-8") != INSTANCE_SETTINGS:
        files.write_text(target, INSTANCE_SETTINGS)
    home.inbox.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def open_instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """The instance, for runs inside this process."""
    import dagster as dg

    prepare_instance(home)
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        yield instance
