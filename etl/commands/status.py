"""`kcna status`: what is there and where."""

from __future__ import annotations

from etl.commands import show
from etl.runs import RunRecord, RunStore
from etl.settings import Home, Settings
from etl.warehouse import lock
from etl.warehouse.publish import published_version, versions
from etl.warehouse.read import connect_published


def _state(home: Home, record: RunRecord) -> str:
    """The run's verdict; one that never ended and that nobody works on was interrupted."""
    return "interrupted" if record.verdict == "running" and not lock.is_held(home) else record.verdict


def print_status(settings: Settings) -> None:
    """Print pages by outcome, the last run, the versions kept, and the paths."""
    home = settings.paths()
    console = show.console()
    last = RunStore(home).latest()
    version = published_version(home.warehouse)
    console.print(
        show.facts(
            [
                ("home", home.root),
                ("warehouse", home.warehouse if version else "nothing is published yet; run `kcna run`"),
                ("version", version.name if version else "none"),
                ("last run", f"{last.started_at[:19]}Z {last.run_id} {_state(home, last)}" if last else "none"),
                ("report", home.report if home.report.exists() else "none yet"),
                ("raw pages", home.raw),
            ]
        )
    )
    if version is None:
        return
    with connect_published(settings) as con:
        rows = con.execute(
            """
            select outcome || coalesce(': ' || reason, '') as pages, count(*) as "count"
            from quality.page_outcome
            group by all
            order by 1
            """
        ).fetchall()
    console.print()
    console.print(show.table(["pages", "count"], [(name, show.count(number)) for name, number in rows], ["count"]))
    kept = [(record.name, show.count(record.byte_count)) for record in reversed(versions(settings))]
    console.print(show.table(["versions, newest first", "bytes"], kept, right=["bytes"]))
