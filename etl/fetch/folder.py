"""Local folders, walked to every depth, and single files.

The listing works on bytes, so that names that are no UTF-8, begin with dots or hold backslashes are not lost.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_from_bytes

from etl.fetch.origin import Offer, OriginError
from etl.settings import sample_pages

NO_PAGE_ENDINGS = frozenset(
    b".7z .bz2 .css .csv .db .duckdb .gif .gz .ico .ini .jpeg .jpg .js .json .jsonl .log .md .mp3 .mp4 .parquet "
    b".pdf .png .py .sql .sqlite .svg .tar .tgz .toml .tsv .webp .xlsx .xz .yaml .yml .zip .zst".split()
)
"""Endings of files that are no saved pages; anything else, known ending or not, is offered as a page."""


def read_folder(folder: Path, max_page_bytes: int) -> Iterator[Offer]:
    """Offer every file below the folder, in byte order of the names.

    Raises:
        OriginError: if the folder itself cannot be listed.
    """
    root = os.fsencode(folder.resolve())
    try:
        os.scandir(root).close()
    except OSError as error:
        raise OriginError(f"{folder}: the folder cannot be listed ({error.strerror}); check its permissions") from error
    for path in _walk(root):
        yield _offer(root, path, max_page_bytes)


def default_origins(known: set[str]) -> list[str]:
    """What a run reads when it is told nothing: the sample pages, but never into a store that holds other pages.

    Args:
        known: the origins that the store has taken offers from.
    """
    return [str(sample_pages())] if known <= {_address(os.fsencode(sample_pages()))} else []


def read_single_file(path: Path, max_page_bytes: int) -> Iterator[Offer]:
    """Offer one file, whatever its name."""
    full = os.fsencode(path.resolve())
    folder = os.path.dirname(full)  # noqa: PTH120 - pathlib takes no bytes
    yield _read(_describe(folder, full), full, max_page_bytes)


def _walk(folder: bytes) -> Iterator[bytes]:
    """Every entry below the folder that is no real folder; a folder that cannot be listed is yielded itself."""
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        yield folder
        return
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path)
        else:
            yield entry.path


def _address(path: bytes) -> str:
    """The path as a URI; bytes that are no UTF-8 are percent-encoded."""
    return "file://" + quote_from_bytes(path)


def _describe(root: bytes, path: bytes) -> Offer:
    relative = os.path.relpath(path, root)
    return Offer(
        origin=_address(root),
        url=_address(path),
        name=relative.decode("utf-8", "backslashreplace"),
        outcome="page",
    )


def _offer(root: bytes, path: bytes, max_page_bytes: int) -> Offer:
    described = _describe(root, path)
    relative = os.path.relpath(path, root)
    if any(part.startswith(b".") for part in relative.split(b"/")):
        return _refuse(described, "skipped", "hidden_file")
    if os.path.splitext(path)[1].lower() in NO_PAGE_ENDINGS:  # noqa: PTH122 - pathlib takes no bytes
        return _refuse(described, "skipped", "other_file_type")
    return _read(described, path, max_page_bytes)


def _read(described: Offer, path: bytes, max_page_bytes: int) -> Offer:
    try:
        status = os.stat(path)  # noqa: PTH116 - pathlib takes no bytes
        if stat.S_ISDIR(status.st_mode):
            reason = "linked_folder" if os.path.islink(path) else "read_error"  # noqa: PTH114 - as above
            return _refuse(described, "skipped" if reason == "linked_folder" else "unreadable", reason)
        if not stat.S_ISREG(status.st_mode):
            return _refuse(described, "skipped", "not_a_regular_file")
        if status.st_size > max_page_bytes:
            return _refuse(described, "skipped", "too_large", status.st_size)
        with open(path, "rb") as handle:  # noqa: PTH123 - as above
            content = handle.read(max_page_bytes + 1)
    except OSError:
        return _refuse(described, "unreadable", "read_error")
    if len(content) > max_page_bytes:  # it grew while it was read
        return _refuse(described, "skipped", "too_large", len(content))
    return Offer(described.origin, described.url, described.name, "page", content=content, byte_count=len(content))


def _refuse(described: Offer, outcome: str, reason: str, byte_count: int | None = None) -> Offer:
    return Offer(
        described.origin,
        described.url,
        described.name,
        "skipped" if outcome == "skipped" else "unreadable",
        reason,
        byte_count=byte_count,
    )
