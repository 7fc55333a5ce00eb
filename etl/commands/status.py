"""`kcna status`: what is there and where."""

from __future__ import annotations

from etl.commands import show
from etl.runs import RunStore
from etl.settings import Settings
from etl.warehouse.publish import published_version, versions
from etl.warehouse.read import connect_published


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
                ("last run", f"{last.started_at[:19]}Z {last.run_id} {last.verdict}" if last else "none"),
                ("report", home.report if home.report.exists() else "none yet"),
                ("raw pages", home.raw),
                ("inbox", home.inbox),
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
