"""Pages in quarantine as files in a folder, with an index that says why they are there, for a colleague to look at."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl import files
from etl.quality import triage
from etl.quality.excerpt import each_page
from etl.quality.triage import PageState
from etl.settings import Home, Settings
from etl.warehouse.export import ExportError
from etl.warehouse.formula import guarded
from etl.warehouse.read import connect_published

INDEX = "index.csv"
INDEX_COLUMNS = ("page_sha256", "reason", "reason_sentence", "reason_line", "name", "origin", "corrected_by")


@dataclass(frozen=True, slots=True)
class PageExport:
    """A finished export.

    Attributes:
        index: The file that lists the pages, in the folder where they are.
        page_count: How many were written.
        all_pages: How many pages there are, whatever became of them.
        byte_count: The bytes of the pages written.
    """

    index: Path
    page_count: int
    all_pages: int
    byte_count: int


def export_pages(settings: Settings, folder: Path) -> PageExport:
    """Write the bytes of the pages in quarantine into a folder, named by their SHA-256, with an index.

    Raises:
        NothingPublishedError: If nothing is published.
        ExportError: If the folder holds something else, or it cannot be written.
        DamagedFileError: If a page is not stored as it was fetched.
    """
    target = folder.expanduser().resolve()
    with connect_published(settings) as con:
        pages = [page for page in triage.refused_pages(con) if page.outcome == "quarantine"]
        total = triage.page_count(con)
    with _replacing(target) as draft:
        byte_count = _write_pages(settings.paths(), pages, draft)
        _write_index(pages, draft / INDEX)
    return PageExport(target / INDEX, len(pages), total, byte_count)


def _write_pages(home: Home, pages: Sequence[PageState], folder: Path) -> int:
    """Write each page under its SHA-256, because its own name may be any text; returns how many bytes they are."""
    missing = {page.page_sha256 for page in pages}
    byte_count = 0
    for sha256, content in each_page(home, set(missing)):
        path = folder / f"{sha256}.txt"
        path.write_bytes(content)
        files.flush_file(path)
        byte_count += len(content)
        missing.discard(sha256)
    if missing:
        raise triage.missing_page(home, min(missing))
    return byte_count


def _write_index(pages: Sequence[PageState], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)  # lines end as RFC 4180 says
        writer.writerow(INDEX_COLUMNS)
        for page in pages:
            cells = [getattr(page, column) for column in INDEX_COLUMNS]
            writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in cells])
    files.flush_file(path)


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A draft folder that replaces the target when the block ends without an error."""
    try:
        with files.replaced_folder(target, _other_content) as draft:
            yield draft
    except files.RefusedFolderError as error:
        raise ExportError(str(error)) from error
    except OSError as error:
        raise ExportError(f"{target}: the pages cannot be written ({error.strerror or error})") from error


def _other_content(target: Path) -> str | None:
    """Why this folder is not to be replaced: only an earlier export ever is, and none with a page that was mended."""
    if Path.cwd().is_relative_to(target):
        return "you are in this folder, which an export replaces; name a folder inside it"
    known = _files_of_earlier_export(target / INDEX)
    for path in sorted(target.iterdir()):
        if path.name not in known or not path.is_file():
            return f"{path.name!r} is no file of an earlier export; name a new or empty folder"
        if path.name != INDEX and files.sha256_of(path) != path.stem:
            return f"{path.name!r} was changed after it was exported; name another folder"
    return None


def _files_of_earlier_export(index: Path) -> set[str]:
    """The names of the files that an earlier export wrote; none if there is no index of ours."""
    if not index.is_file():
        return set()
    with index.open(encoding="utf-8", newline="") as handle:
        rows = csv.reader(handle)
        if next(rows, None) != list(INDEX_COLUMNS):
            return set()
        return {INDEX, *(f"{row[0]}.txt" for row in rows if row)}
