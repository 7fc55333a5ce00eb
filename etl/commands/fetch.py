"""`kcna fetch --missing`: what sidebars name and the warehouse lacks, fetched from the addresses that a table gives."""

from __future__ import annotations

from pathlib import Path

from etl import files
from etl.commands import show
from etl.commands.run import run_pipeline
from etl.fetch.missing import missing_addresses
from etl.settings import Settings
from etl.warehouse.read import connect_published


def fetch_missing(settings: Settings, listing: Path, *, only_list: bool) -> int:
    """Fetch and load the articles known only from sidebars whose addresses a table has; returns the exit code.

    The addresses are written to `missing.urls` below the home, which is the origin that the run reads.

    Raises:
        NothingPublishedError: if there is no warehouse that could lack something.
        OriginError: if the table cannot be read.
    """
    with connect_published(settings) as con:
        addresses, missing_count = missing_addresses(con, listing)
    target = settings.paths().missing
    files.write_text(target, "".join(f"{address}\n" for address in addresses))
    show.say(
        f"Known only from sidebars: {show.count(missing_count)} articles; "
        f"addresses found for them: {show.count(len(addresses))}, in {target}"
    )
    if only_list or not addresses:
        return 0
    return run_pipeline(settings, [str(target)])
