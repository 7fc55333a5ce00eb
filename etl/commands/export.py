"""`kcna export`: tables of the published warehouse as files that other programs read."""

from __future__ import annotations

from pathlib import Path

from etl.commands import show
from etl.settings import Settings
from etl.warehouse.export import DESCRIPTOR, Style, export_warehouse


def run_export(settings: Settings, folder: Path, style: Style, tables: tuple[str, ...], *, with_text: bool) -> None:
    """Write the export and print what was written, where it is described, and what was left out."""
    export = export_warehouse(settings, folder, style, tables, with_text)
    written = [(file.kind, show.count(file.row_count), show.count(file.byte_count)) for file in export.records]
    left_out = f"{', '.join(export.left_out)}; --with-text writes them" if export.left_out else "nothing"
    console = show.console()
    console.print(show.table(["table", "rows", "bytes"], written, right=["rows", "bytes"]))
    console.print()
    console.print(
        show.facts(
            [
                ("version", export.version),
                ("described in", export.folder / DESCRIPTOR),
                ("left out", left_out),
            ]
        )
    )
