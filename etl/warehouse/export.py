"""Exporting the published warehouse: a Parquet or CSV file per table, and a Data Package that describes them.

No clock is read: the same version, exported twice by the same code, gives the same bytes.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from etl import files
from etl.quality.references import references
from etl.quality.suite import Suite, project_suites, quote_identifier, quote_table
from etl.settings import Settings
from etl.warehouse.catalog import Column, Table, read_dictionary
from etl.warehouse.formula import guarded
from etl.warehouse.read import connect_published

if TYPE_CHECKING:
    import pyarrow as pa

Style = Literal["parquet", "csv"]

PAGE_TEXT_COLUMNS = ("body", "teaser", "text", "word_changes")
"""Columns that hold text of pages at length, in whatever table. It belongs to its publishers, so that an export has
it only where somebody asks for it. Titles and names are kept: without them a row says nothing."""

DESCRIPTOR = "datapackage.json"
PACKAGE_NAME = "kcna-warehouse"

BATCH_ROWS = 2_048
GROUP_BYTES = 32 * 2**20
"""A row group is written when this much is in memory."""

MEDIA_TYPES = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv"}

LICENSES = (
    {
        "name": "MIT",
        "path": "https://opensource.org/license/mit",
        "title": "MIT License: the compilation, and what the project adds to the pages",
    },
    {
        "name": "CC0-1.0",
        "path": "https://creativecommons.org/publicdomain/zero/1.0/",
        "title": "CC0 1.0: boundaries and coordinates of places, from Who's On First",
    },
    {
        "name": "CC-BY-4.0",
        "path": "https://creativecommons.org/licenses/by/4.0/",
        "title": "Creative Commons Attribution 4.0: identifiers and spellings of places, from GeoNames",
    },
)
SOURCES = (
    {"title": "KCNA Watch", "path": "https://kcnawatch.org/"},
    {"title": "Who's On First", "path": "https://whosonfirst.org/"},
    {"title": "GeoNames", "path": "https://www.geonames.org/"},
)
RIGHTS = (
    "Titles, texts and names taken from pages belong to the publishers of the pages. No licence is given for them "
    "here: the licences of this package are for the compilation and for the reference data only."
)
ATTRIBUTION = (
    "Boundaries: Who's On First / Mapzen Mesoshapes (AOTM, CC0), "
    "https://github.com/whosonfirst-data/whosonfirst-data/blob/master/LICENSE.md. Identifiers: GeoNames, CC BY 4.0."
)
CSV_FORM = (
    "The files are CSV as RFC 4180 describes it, in UTF-8. Nothing between two commas is null, two double quotes are "
    "an empty text. Lists and structs are JSON, times are in UTC. A text that a spreadsheet would take for a formula "
    "(it begins with =, +, - or @, narrow or wide, also behind white space, or with a tab or a carriage return) has "
    "an apostrophe before it that is no part of it; this holds for names of columns and for JSON as well."
)

_TO_QUOTE = re.compile(r'[",\r\n]')

_FIELD_TYPES = {
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "number",
    "INTEGER": "integer",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "VARCHAR": "string",
}
_PLAIN_TYPES = ("boolean", "date", "datetime", "integer", "number")
"""Their cells are written by DuckDB and hold no text of a page; a minus sign before a number is no formula."""


class ExportError(RuntimeError):
    """The export cannot be made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Export:
    """A finished export.

    Attributes:
        folder: Where it is.
        version: The published version that it holds, by name.
        records: One record per file, its kind the name of the table.
        left_out: Names of the columns that were left out.
    """

    folder: Path
    version: str
    records: tuple[files.FileRecord, ...]
    left_out: tuple[str, ...]


def export_warehouse(settings: Settings, folder: Path, style: Style, names: Sequence[str], with_text: bool) -> Export:
    """Write tables of the published warehouse and their descriptor into a folder.

    Args:
        settings: Where the warehouse is.
        folder: New, empty, or with an earlier export, which is replaced.
        style: The form of the files.
        names: The tables; none stands for all.
        with_text: Whether to write the columns that hold text of pages at length.

    Raises:
        NothingPublishedError: If nothing is published.
        ExportError: If a table is unknown, the folder holds something else, or it cannot be written.
    """
    target = folder.expanduser().resolve()
    with connect_published(settings) as con:
        tables = _chosen(read_dictionary(con), names)
        hidden = () if with_text else PAGE_TEXT_COLUMNS
        kept = [Table(t.name, t.comment, tuple(c for c in t.columns if c.name not in hidden)) for t in tables]
        left_out = sorted({column.name for table in tables for column in table.columns if column.name in hidden})
        with _replacing(target) as draft:
            records = tuple(_write_table(con, table, draft, style) for table in kept)
            version = _version(con)
            descriptor = _descriptor(version, left_out, style)
            descriptor["parserVersion"] = _parser_version(con)
            descriptor["resources"] = _resources(tables, kept, records, style)
            files.write_text(draft / DESCRIPTOR, json.dumps(descriptor, ensure_ascii=False, indent=1) + "\n")
    return Export(target, version, records, tuple(left_out))


def _chosen(known: dict[str, Table], names: Sequence[str]) -> list[Table]:
    if unknown := [name for name in names if name not in known]:
        raise ExportError(f"there is no table {unknown[0]!r}; there are {', '.join(known)}")
    return [table for name, table in known.items() if name in names or not names]


def _version(con: duckdb.DuckDBPyConnection) -> str:
    """The version that the connection is open on, even if a newer one is published meanwhile."""
    row = con.execute("select current_database()").fetchone()
    return str(row[0]) if row else ""


def _parser_version(con: duckdb.DuckDBPyConnection) -> int | None:
    """The parser that read the pages of this version; None where an older program published it."""
    try:
        row = con.execute(
            "select arg_max(parser_version, (finished_at, run_id)) from quality.run where verdict = 'passed'"
        ).fetchone()
    except (duckdb.BinderException, duckdb.CatalogException):
        return None
    return row[0] if row else None


# The files ------------------------------------------------------------------------------------------


def _write_table(con: duckdb.DuckDBPyConnection, table: Table, folder: Path, style: Style) -> files.FileRecord:
    """Write one table in the order in which it was loaded; the locked connection writes no files itself."""
    path = folder / f"{table.name}.{style}"
    shown = [_csv_value(column) if style == "csv" else quote_identifier(column.name) for column in table.columns]
    query = f"select {', '.join(shown)} from {quote_table(table.name)}"  # noqa: S608 - names are quoted
    reader = con.execute(query).to_arrow_reader(BATCH_ROWS)
    batches = _read(reader)
    rows = _write_csv(table.columns, batches, path) if style == "csv" else _write_parquet(reader.schema, batches, path)
    files.flush_file(path)
    return files.FileRecord(path.name, table.name, files.sha256_of(path), path.stat().st_size, rows)


def _read(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The batches; a damaged warehouse is DuckDB's error again, not an error of the disk that is written to."""
    try:
        yield from reader
    except OSError as error:
        raise duckdb.IOException(str(error)) from error


def _write_parquet(read: pa.Schema, batches: Iterable[pa.RecordBatch], path: Path) -> int:
    import pyarrow as pa  # here and not above, because other commands import this module for its error
    from pyarrow.parquet import ParquetWriter

    # DuckDB names the time zone of the machine; the instants are the same in UTC
    schema = pa.schema(
        [
            field.with_type(pa.timestamp(field.type.unit, "UTC")) if getattr(field.type, "tz", None) else field
            for field in read
        ]
    )
    rows = 0
    with ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _row_groups(batches):
            writer.write_table(pa.Table.from_batches(group).cast(schema))
            rows += sum(batch.num_rows for batch in group)
    return rows


def _row_groups(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    group: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        group.append(batch)
        size += batch.nbytes
        if size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _write_csv(columns: Sequence[Column], batches: Iterable[pa.RecordBatch], path: Path) -> int:
    is_text = [_field_type(column) not in _PLAIN_TYPES for column in columns]
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as handle:
        handle.write(_csv_line(guarded(column.name) for column in columns))
        for batch in batches:
            values = (column.to_pylist() for column in batch.columns)
            cells = [map(_guarded_or_null, v) if text else v for v, text in zip(values, is_text, strict=True)]
            handle.writelines(map(_csv_line, zip(*cells, strict=True)))
            rows += batch.num_rows
    return rows


def _guarded_or_null(text: str | None) -> str | None:
    return None if text is None else guarded(text)


def _csv_line(cells: Iterable[str | None]) -> str:
    """The cells as RFC 4180 has them; Python's own writer cannot tell null from an empty text before 3.12."""
    return ",".join("" if cell is None else _csv_cell(cell) for cell in cells) + "\r\n"


def _csv_cell(text: str) -> str:
    if text and not _TO_QUOTE.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _csv_value(column: Column) -> str:
    """SQL for a column's value as the text that stands in a CSV."""
    name = quote_identifier(column.name)
    kind = _field_type(column)
    if kind == "datetime":
        return f"strftime(make_timestamp(epoch_us({name})), '%Y-%m-%dT%H:%M:%S.%fZ')"
    return f"to_json({name})::varchar" if kind in ("array", "object") else f"{name}::varchar"


# The descriptor -------------------------------------------------------------------------------------


def _descriptor(version: str, left_out: Sequence[str], style: Style) -> dict[str, Any]:
    """Everything about the package but its resources."""
    _, published_at, digest = version.split("-")
    created = datetime.strptime(published_at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    about = [f"Tables of a warehouse of pages saved from KCNA Watch, as published in the version {version}.", RIGHTS]
    about.append(f"Attribution to show with any map or table made of this: {ATTRIBUTION}")
    if left_out:
        about.append(
            f"Columns that hold text of pages at length are left out ({', '.join(left_out)}); "
            "`kcna export --with-text` writes them."
        )
    if style == "csv":
        about.append(CSV_FORM)
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": PACKAGE_NAME,
        "title": "KCNA warehouse",
        "description": "\n\n".join(about),
        "version": version,
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "buildDigest": digest,
        "licenses": LICENSES,
        "sources": SOURCES,
    }


def _resources(
    tables: Sequence[Table], kept: Sequence[Table], records: Sequence[files.FileRecord], style: Style
) -> list[dict[str, Any]]:
    suites = {suite.table: suite for suite in project_suites().values()}
    fields = {table.name: {column.name for column in table.columns} for table in kept}
    return [
        {
            "name": table.name,
            "type": "table",
            "path": record.name,
            "description": table.comment,
            "format": style,
            "mediatype": MEDIA_TYPES[style],
            **({"encoding": "utf-8"} if style == "csv" else {}),
            "bytes": record.byte_count,
            "hash": f"sha256:{record.sha256}",
            "rows": record.row_count,
            "columnsLeftOut": [column.name for column in whole.columns if column.name not in fields[table.name]],
            "schema": {
                "fields": [
                    {"name": column.name, "type": _field_type(column), "description": column.comment}
                    for column in table.columns
                ],
                # Parquet has nulls of its own; an empty text in it is a text
                "missingValues": [""] if style == "csv" else [],
                **(_keys(suites[table.name], fields) if table.name in suites else {}),
            },
        }
        for whole, table, record in zip(tables, kept, records, strict=True)
    ]


def _keys(suite: Suite, fields: dict[str, set[str]]) -> dict[str, Any]:
    """The primary key of a table, and its references to tables of this package."""
    foreign_keys = [
        {
            "fields": [own for own, _ in one.columns],
            "reference": {
                **({"resource": one.table} if one.table != suite.table else {}),
                "fields": [other for _, other in one.columns],
            },
        }
        for one in references(suite)
        if one.is_unconditional
        and all(own in fields[suite.table] and other in fields.get(one.table, ()) for own, other in one.columns)
    ]
    key = {"primaryKey": list(suite.key)} if fields[suite.table].issuperset(suite.key) else {}
    return key | ({"foreignKeys": foreign_keys} if foreign_keys else {})


def _field_type(column: Column) -> str:
    """The Table Schema type of a column; `any` where it has none."""
    if column.type.endswith("]"):
        return "array"
    return "object" if column.type.startswith("STRUCT(") else _FIELD_TYPES.get(column.type, "any")


# The folder -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A draft folder that replaces the target when the block ends without an error."""
    try:
        with files.replaced_folder(target, _other_content) as draft:
            yield draft
    except files.RefusedFolderError as error:
        raise ExportError(str(error)) from error
    except OSError as error:
        reason = error.strerror or error
        raise ExportError(
            f"{target}: the export cannot be written: {reason} (it is made beside this folder and then renamed)"
        ) from error


def _other_content(target: Path) -> str | None:
    """Why this folder is not to be replaced: nothing but an earlier export ever is."""
    if target.is_mount() or Path.cwd().is_relative_to(target):
        return "you are in this folder, or it is mounted; name a folder inside it"
    known = _files_of_earlier_export(target)
    other = sorted(path.name for path in target.iterdir() if path.name not in known or not path.is_file())
    return f"{other[0]!r} is no file of an earlier export; name a new folder or an empty one" if other else None


def _files_of_earlier_export(folder: Path) -> set[str]:
    """The names of the files that an earlier export wrote; none if there is no descriptor of ours."""
    try:
        descriptor = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
        if descriptor["name"] == PACKAGE_NAME:
            return {DESCRIPTOR, *(resource["path"] for resource in descriptor["resources"])}
    except (OSError, ValueError, TypeError, KeyError):
        pass
    return set()
