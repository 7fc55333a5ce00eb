"""Local folders, walked to every depth, and single files.

The listing works on bytes, so that names that are no UTF-8, begin with dots or hold backslashes are not lost.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_from_bytes

from etl.fetch.origin import Offer, OriginError, is_hidden
from etl.settings import Settings, sample_pages

NO_PAGE_ENDINGS = frozenset(
    b".7z .crdownload .css .csv .db .docx .duckdb .epub .gif .ico .ini .jar .jpeg .jpg .js .json .log .md .mp3 "
    b".mp4 .odt .part .partial .pdf .png .pptx .py .rar .sql .sqlite .svg .tmp .toml .tsv .urls .webp .xlsx "
    b".yaml .yml".split()
)
"""Endings of files that are no saved pages and hold none; anything else is looked into."""


class _Root:
    """The folder that an origin is, or that its one file lies in; describes the files below it.

    Attributes:
        origin: its address.
    """

    def __init__(self, path: bytes) -> None:
        self.origin = _address(path)
        self._start = os.path.join(path, b"")  # noqa: PTH118 - pathlib takes no bytes
        self._start_address = _address(self._start)

    def relative(self, path: bytes) -> bytes:
        """The path below the folder, which it must lie in; a dot for the folder itself."""
        return path[len(self._start) :] or b"."

    def describe(self, path: bytes) -> Offer:
        """The offer of a file below the folder."""
        relative = self.relative(path)
        return Offer(
            origin=self.origin,
            url=self._start_address + quote_from_bytes(relative),
            name=relative.decode("utf-8", "backslashreplace"),
            outcome="page",
        )


def read_folder(folder: Path, settings: Settings, column: str | None = None) -> Iterator[Offer]:
    """Offer every file below the folder, in byte order of the names, and what archives and tables among them hold.

    Raises:
        OriginError: if the folder itself cannot be listed.
    """
    root = os.fsencode(folder.resolve())
    try:
        os.scandir(root).close()
    except OSError as error:
        raise OriginError(f"{folder}: the folder cannot be listed ({error.strerror}); check its permissions") from error
    described = _Root(root)
    for path in _walk(root):
        yield from _offer(described, path, settings, column)


def read_file(path: Path, settings: Settings, column: str | None = None) -> Iterator[Offer]:
    """Offer one file, whatever its name, or what it holds if it is an archive or a table."""
    full = os.fsencode(path.resolve())
    yield from _open(_described(full), full, settings, column)


def default_origins(known: set[str]) -> list[str]:
    """What a run reads when it is told nothing: the sample pages, but never into a store that holds other pages.

    Args:
        known: the origins that the store has taken offers from.
    """
    return [str(sample_pages())] if known <= {_address(os.fsencode(sample_pages()))} else []


def read_single_file(path: Path, max_page_bytes: int) -> Iterator[Offer]:
    """Offer the bytes of one file, whatever they are."""
    full = os.fsencode(path.resolve())
    yield _read(_described(full), full, max_page_bytes)


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


def _described(path: bytes) -> Offer:
    """The offer of a file that is an origin alone."""
    return _Root(os.path.dirname(path)).describe(path)  # noqa: PTH120 - pathlib takes no bytes


def is_other_file(name: bytes) -> bool:
    """Whether a name's ending belongs to no page and to nothing that holds pages."""
    return os.path.splitext(name)[1].lower() in NO_PAGE_ENDINGS  # noqa: PTH122 - pathlib takes no bytes


def _offer(root: _Root, path: bytes, settings: Settings, column: str | None) -> Iterator[Offer]:
    described = root.describe(path)
    if is_hidden(root.relative(path)):
        yield described.refused("hidden_file")
    elif is_other_file(path):
        yield described.refused("other_file_type")
    else:
        yield from _open(described, path, settings, column)


def _open(described: Offer, path: bytes, settings: Settings, column: str | None) -> Iterator[Offer]:
    """Look into a file."""
    from etl.fetch.content import read_whole

    found = _refusal(described, path)
    if found is not None:
        yield found
        return
    try:
        handle = open(path, "rb", buffering=0)  # noqa: PTH123, SIM115 - pathlib takes no bytes; closed below
    except OSError:
        yield described.refused("read_error")
        return
    with handle:
        yield from read_whole(described, handle, os.fstat(handle.fileno()).st_size, settings, column)


def _refusal(described: Offer, path: bytes) -> Offer | None:
    """Why a file cannot be opened, by a look from outside: opening a pipe would wait for ever."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - pathlib takes no bytes
    except OSError:
        return described.refused("read_error")
    if stat.S_ISDIR(mode):
        return described.refused("linked_folder" if os.path.islink(path) else "read_error")  # noqa: PTH114 - as above
    return None if stat.S_ISREG(mode) else described.refused("not_a_regular_file")


def _read(described: Offer, path: bytes, max_page_bytes: int) -> Offer:
    refusal = _refusal(described, path)
    if refusal is not None:
        return refusal
    try:
        with open(path, "rb") as handle:  # noqa: PTH123 - pathlib takes no bytes
            content = handle.read(max_page_bytes + 1)
            size = os.fstat(handle.fileno()).st_size
    except OSError:
        return described.refused("read_error")
    if len(content) > max_page_bytes:
        return described.refused("too_large", max(size, len(content)))
    return described.filled(content)
