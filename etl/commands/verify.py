"""`kcna verify`: damage below a home, one line each, or fingerprints of the published content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from etl.commands import pipeline, show
from etl.commands.rows import print_rows
from etl.settings import Settings
from etl.warehouse.fingerprint import TableFingerprint, overall
from etl.warehouse.fingerprint import fingerprint as fingerprint_of
from etl.warehouse.read import connect_published
from etl.warehouse.verify import Damage, verify

if TYPE_CHECKING:
    from rich.console import Console

WHOLE, DAMAGED = 0, 1
ALL = "all tables"


def run_verify(settings: Settings, style: str) -> int:
    """Print every damage with what to do about it; returns the exit code: 0 whole, 1 damaged.

    Args:
        settings: where the home is.
        style: `table`, `json` or `csv`.

    Raises:
        etl.warehouse.schema_version.NewerFormatError: if a newer version of this program wrote there.
    """
    with pipeline.reporting(_progress_console()):
        found = verify(settings)
    for note in found.notes:
        show.say(f"Note: {note}.")
    if found.damages or style != "table":
        _print(Damage._fields, found.damages, style)
    show.say(
        f"Damaged: {show.count(len(found.damages))}; looked at {show.count(found.file_count)} listed files."
        if found.damages
        else f"Whole: {show.count(found.file_count)} listed files, and the warehouse if one is published."
    )
    return DAMAGED if found.damages else WHOLE


def run_fingerprint(settings: Settings, style: str) -> int:
    """Print the fingerprint of every published table and of all together; returns the exit code 0.

    Raises:
        etl.warehouse.read.NothingPublishedError: if nothing is published.
    """
    with pipeline.reporting(_progress_console()), connect_published(settings) as con:
        tables = fingerprint_of(con)
    total = TableFingerprint(ALL, sum(table.row_count for table in tables), overall(tables))
    _print(TableFingerprint._fields, [*tables, total], style)
    return WHOLE


def _progress_console() -> Console:
    """Progress goes where it is in nobody's way: output may be read by a program."""
    return show.console(stderr=True)


def _print(columns: Sequence[str], rows: Sequence[Sequence[object]], style: str) -> None:
    import duckdb

    frame = pl.DataFrame(list(rows), schema=list(columns), orient="row", infer_schema_length=None)
    with duckdb.connect() as con:
        con.register("found", frame)
        print_rows(columns, con.execute("from found"), style)
