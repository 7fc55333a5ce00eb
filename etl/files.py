"""Files that are whole or absent: atomic writes, digests, and manifests that name every file's SHA-256.

What belongs here: writing and checking files of any kind. What does not: what the files mean.
Parquet notices few damaged bits on its own, so every stage file is checked against its manifest before use.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

TEMPORARY_SUFFIX = ".partial"


class DamagedFileError(RuntimeError):
    """A stored file is missing or its bytes are not those that were written."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One stored file: its name relative to the manifest, what kind it is, its digest and size."""

    name: str
    kind: str
    sha256: str
    byte_count: int
    row_count: int


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal, read in bounded memory."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def flush_folder(folder: Path) -> None:
    """Make renames inside the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_file(path: Path) -> None:
    """Force the file's bytes to disk."""
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


@contextlib.contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """A temporary path in the target's folder that replaces the target when the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    try:
        yield temporary
        flush_file(temporary)
        temporary.replace(target)
        flush_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write UTF-8 text so that a reader sees the old or the new file, never a part."""
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_parquet(frame: pl.DataFrame, target: Path, kind: str, row_group_size: int | None = None) -> FileRecord:
    """Write a zstd Parquet file atomically and return its record."""
    with atomic_path(target) as temporary:
        frame.write_parquet(temporary, compression="zstd", row_group_size=row_group_size)
        digest, size = sha256_of(temporary), temporary.stat().st_size
    return FileRecord(target.name, kind, digest, size, frame.height)


def scan_parquet(paths: Sequence[Path], schema: pl.Schema) -> pl.LazyFrame:
    """All rows of Parquet files of one schema; no rows where there are no files. Paths are taken literally."""
    return pl.scan_parquet(list(paths), glob=False) if paths else pl.LazyFrame(schema=schema)


class Manifest:
    """The list of a folder's files with their digests, replaced as a whole on every change."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def records(self) -> list[FileRecord]:
        """Every recorded file, in the order recorded; empty where there is no manifest yet.

        Raises:
            DamagedFileError: if the manifest cannot be read.
        """
        if not self.path.exists():
            return []
        try:
            stored = json.loads(self.path.read_text(encoding="utf-8"))
            if not isinstance(stored, list):
                raise TypeError("it holds no list")
            return [FileRecord(**entry) for entry in stored]
        except (ValueError, TypeError) as error:
            raise DamagedFileError(
                f"{self.path}: the manifest cannot be read ({error}); restore it from a backup"
            ) from error

    def append(self, *new: FileRecord) -> None:
        """Add records; a record that is already there is not added again."""
        records = self.records()
        records += [record for record in new if record not in records]
        self.replace(records)

    def replace(self, records: list[FileRecord]) -> None:
        """Make these the only records."""
        write_text(self.path, json.dumps([asdict(record) for record in records], indent=0) + "\n")

    def checked(self, record: FileRecord) -> Path:
        """The path of a recorded file after its bytes were found to be those recorded.

        Raises:
            DamagedFileError: if the file is missing or differs.
        """
        path = self.path.parent / record.name
        if not path.exists():
            raise DamagedFileError(f"{path}: the file is missing; restore it from a backup")
        if sha256_of(path) != record.sha256:
            raise DamagedFileError(f"{path}: the bytes differ from the manifest (SHA-256); restore it from a backup")
        return path

    def is_whole(self, record: FileRecord) -> bool:
        """Whether the recorded file is there with the recorded bytes."""
        path = self.path.parent / record.name
        return path.exists() and sha256_of(path) == record.sha256

    def sweep(self, pattern: str) -> list[Path]:
        """Remove files matching the pattern that no record names (left by a killed run); returns them."""
        known = {record.name for record in self.records()}
        strays = [path for path in self.path.parent.glob(pattern) if path.name not in known]
        for path in strays:
            path.unlink()
        return strays
