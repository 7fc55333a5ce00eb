"""Progress of long steps, reported to whoever runs the pipeline: a terminal, a Dagster log, or nobody.

Steps call `track`; the runner chooses the reporter for its context. No step knows who listens.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Protocol


class Reporter(Protocol):
    """Receives the progress of named steps."""

    def begin(self, step: str, total: int | None) -> None:
        """A step starts; `total` units are expected, None if unknown."""

    def advance(self, step: str, count: int) -> None:
        """`count` more units are done."""

    def end(self, step: str) -> None:
        """The step is over."""


class Silent:
    """Reports nothing."""

    def begin(self, step: str, total: int | None) -> None:
        """Ignore."""

    def advance(self, step: str, count: int) -> None:
        """Ignore."""

    def end(self, step: str) -> None:
        """Ignore."""


_reporter: ContextVar[Reporter] = ContextVar("reporter", default=Silent())  # noqa: B039 - holds no state


@contextlib.contextmanager
def reported_to(reporter: Reporter) -> Iterator[None]:
    """Send the progress of everything inside the block to this reporter."""
    token = _reporter.set(reporter)
    try:
        yield
    finally:
        _reporter.reset(token)


def is_heard() -> bool:
    """Whether somebody listens to the progress."""
    return not isinstance(_reporter.get(), Silent)


class Tracker:
    """Counts the units of one step."""

    def __init__(self, step: str) -> None:
        self.step = step

    def advance(self, count: int = 1) -> None:
        """`count` more units are done."""
        _reporter.get().advance(self.step, count)


@contextlib.contextmanager
def track(step: str, total: int | None = None) -> Iterator[Tracker]:
    """Announce a step and yield the tracker that counts its units."""
    _reporter.get().begin(step, total)
    try:
        yield Tracker(step)
    finally:
        _reporter.get().end(step)
