"""Progress of long steps in the log of a Dagster run, unless a terminal already shows it."""

import contextlib
from collections.abc import Iterator

import dagster as dg

from etl import progress

STEP_OF_LOG = 10_000
"""Units between two lines in the log."""


class LogReporter:
    """Writes a line when a step begins and ends, and after every 10,000 units."""

    def __init__(self, log: dg.DagsterLogManager) -> None:
        self.log = log
        self.done: dict[str, int] = {}

    def begin(self, step: str, total: int | None) -> None:
        """A step starts."""
        self.done[step] = 0
        self.log.info(f"{step}: {'started' if total is None else f'{total:,} to do'}")

    def advance(self, step: str, count: int) -> None:
        """Units are done."""
        before = self.done[step]
        self.done[step] = before + count
        if before // STEP_OF_LOG != self.done[step] // STEP_OF_LOG:
            self.log.info(f"{step}: {self.done[step]:,} done")

    def end(self, step: str) -> None:
        """The step is over."""
        self.log.info(f"{step}: finished, {self.done[step]:,} done")


@contextlib.contextmanager
def logged_progress(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Iterator[None]:
    """Report the progress inside the block to the run's log, where nobody else listens."""
    if progress.is_heard():
        yield
        return
    with progress.reported_to(LogReporter(context.log)):
        yield
