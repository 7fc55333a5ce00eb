"""`kcna run`: the job `refresh` in this process, with progress and a summary."""

from __future__ import annotations

from etl.commands import pipeline, show
from etl.fetch.origin import check_origin
from etl.runs import RunStore
from etl.settings import Settings
from etl.warehouse import lock


def run_pipeline(settings: Settings, origins: list[str]) -> int:
    """Run everything once and return the exit code: 0 published, 1 blocked by a check, 2 failed."""
    return pipeline.exit_code_of(lambda: _run(settings, origins))


def _run(settings: Settings, origins: list[str]) -> int:
    console = show.console()
    for origin in origins or settings.origins:
        check_origin(origin)
    with lock.held(settings.paths()), pipeline.reporting(console):
        run_id, error = pipeline.fetch_and_build(settings, origins)
    if code := pipeline.failed(settings, run_id, error):
        return code
    record = RunStore(settings.paths()).load(run_id)
    pipeline.print_summary(console, settings, record)
    return pipeline.BLOCKED if record.verdict == "blocked" else pipeline.PUBLISHED
