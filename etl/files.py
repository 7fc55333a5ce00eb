"""Files and folders that are whole or absent: atomic writes, digests, manifests that name every file's SHA-256.

What belongs here: writing and checking files of any kind. What does not: what the files mean.
Parquet notices few damaged bits on its own, so every stage file is checked against its manifest before use.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from etl.faults import step

TEMPORARY_SUFFIX = ".partial"
_DRAFT_SUFFIX = f".draft{TEMPORARY_SUFFIX}"
_OLD_SUFFIX = f".old{TEMPORARY_SUFFIX}"

_COMPRESSION_LEVEL = 2
_PARQUET_PAGE_BYTES = 4 * 2**20
"""Against the usual level and 1 MiB, raw packs are a twentieth smaller and take a quarter less time to write."""


class DamagedFileError(RuntimeError):
    """A stored file is missing or its bytes are not those that were written."""


class RefusedFolderError(RuntimeError):
    """A folder must not be replaced now; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One stored file: its name relative to the manifest, what kind it is, its digest and size."""

    name: str
    kind: str
    sha256: str
    byte_count: int
    row_count: int


_READ_BYTES = 8 * 2**20
"""Between two reads a thread waits for its turn among those that run Python; so it asks for few."""


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal, read in bounded memory."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as handle:
        buffer = memoryview(bytearray(min(_READ_BYTES, os.fstat(handle.fileno()).st_size)))
        while count := handle.readinto(buffer):
            digest.update(buffer[:count])
    return digest.hexdigest()


READERS = min(4, os.cpu_count() or 1)
"""Files whose digests are found at the same time."""

_SETTLED_NS = 2_000_000_000
"""A file that changed less long ago may change again without another time of change: clocks of file systems tick."""

_digests: dict[Path, tuple[tuple[int, ...], str]] = {}
_ahead: dict[Path, Future[str]] = {}


def digest_ahead(paths: Iterable[Path]) -> None:
    """Begin to read files whose digests will be asked for, in this order, beside other work.

    Who asks for one that is being read waits for it, and reads one that is not itself. It keeps no process from ending.
    """
    asked = {path: Future[str]() for path in paths}
    _ahead.update(asked)
    threading.Thread(target=_read_ahead, args=[asked], daemon=True).start()


def _read_ahead(asked: Mapping[Path, Future[str]]) -> None:
    for path, future in asked.items():
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(_known_digest(path))
            except OSError as error:
                future.set_exception(error)


def forget_digests() -> None:
    """Let every file be read again when its digest is asked for next."""
    _ahead.clear()
    _digests.clear()


def _digest_of(path: Path) -> str:
    """The file's SHA-256, read once by this process as long as the system says that nobody wrote to it.

    A run asks for the same gigabytes in several steps.
    """
    begun = _ahead.pop(path, None)
    if begun and not begun.cancel():
        begun.exception()  # wait; an error that is still there comes again below
    return _known_digest(path)


def _known_digest(path: Path) -> str:
    status = path.stat()
    identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    known = _digests.get(path)
    if known and known[0] == identity:
        return known[1]
    digest = sha256_of(path)
    if time.time_ns() - status.st_ctime_ns > _SETTLED_NS:
        _digests[path] = identity, digest
    return digest


def flush_folder(folder: Path) -> None:
    """Make renames inside the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_file(path: Path) -> None:
    """Force the file's bytes to disk, also those of a file that is read-only by now."""
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


@contextlib.contextmanager
def named(target: Path) -> Iterator[None]:
    """Let an error of the system name the file; that of a write names none."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno:
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise


@contextlib.contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """A temporary path in the target's folder that replaces the target when the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    try:
        with named(target):
            yield temporary
        with step("file.flush"):
            flush_file(temporary)
        with step("file.rename"):
            temporary.replace(target)
        with step("file.flush_folder"):
            flush_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(target: Path, text: str) -> None:
    """Write UTF-8 text so that a reader sees the old or the new file, never a part."""
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def replaced_folder(target: Path, refusal: Callable[[Path], str | None]) -> Iterator[Path]:
    """An empty draft folder beside the target that replaces it as a whole when the block ends without an error.

    A reader sees the old folder, none for an instant, or the new one; never a part. The draft holds files only. It is
    locked against a second writer and removed after an error; what a killed process left is removed by the next one.

    Args:
        target: an absolute path; folders above it are made.
        refusal: says why what is at the target must not be lost, or None if it may be. It is asked only where there
            is something, before the block and again after it, because the block may take long.

    Raises:
        RefusedFolderError: with the words of `refusal`, or because another process is writing to the same folder.
        OSError: if the folder cannot be written.
    """
    _refuse(target, refusal)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}{_DRAFT_SUFFIX}")
    with _held(draft):
        yield draft
        _refuse(target, refusal)
        _swap(draft, target)


def _refuse(target: Path, refusal: Callable[[Path], str | None]) -> None:
    if target.exists() and (reason := refusal(target)):
        raise RefusedFolderError(f"{target}: {reason}")


@contextlib.contextmanager
def _held(draft: Path) -> Iterator[None]:
    """The empty draft folder, locked; the system gives the lock back when the process dies."""
    draft.mkdir(exist_ok=True)
    handle = os.open(draft, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        busy = RefusedFolderError(f"{draft}: another export is writing to the same folder; wait until it ends")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise busy from error
        # another process may have put this very folder in its place between the two calls above
        if not draft.exists() or not os.path.samestat(os.fstat(handle), draft.stat()):
            raise busy
        for left in draft.iterdir():
            left.unlink()
        try:
            yield
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    finally:
        os.close(handle)


def _swap(draft: Path, target: Path) -> None:
    old = target.with_name(f".{target.name}{_OLD_SUFFIX}")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    draft.rename(target)
    flush_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def write_parquet(frame: pl.DataFrame, target: Path, kind: str, row_group_size: int | None = None) -> FileRecord:
    """Write a zstd Parquet file atomically and return its record."""
    with atomic_path(target) as temporary:
        try:
            frame.write_parquet(
                temporary,
                compression="zstd",
                compression_level=_COMPRESSION_LEVEL,
                row_group_size=row_group_size,
                data_page_size=_PARQUET_PAGE_BYTES,
            )
        except pl.exceptions.ComputeError as error:  # Polars does not always pass on what the system said
            raise OSError(errno.EIO, f"Polars could not write it, perhaps for want of space ({error})") from error
        digest, size = sha256_of(temporary), temporary.stat().st_size
    return FileRecord(target.name, kind, digest, size, frame.height)


def scan_parquet(paths: Sequence[Path], schema: pl.Schema) -> pl.LazyFrame:
    """All rows of Parquet files of one schema; no rows where there are no files. Paths are taken literally.

    Columns that a file of an older version of this program lacks are null.
    """
    if not paths:
        return pl.LazyFrame(schema=schema)
    return pl.scan_parquet(list(paths), glob=False, schema=schema, missing_columns="insert")


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
        with step("manifest.replace"):
            write_text(self.path, json.dumps([asdict(record) for record in records], indent=0) + "\n")

    def digest(self) -> str:
        """One digest of all recorded files, in whatever order; equal as long as their bytes are.

        Raises:
            DamagedFileError: if the manifest cannot be read.
        """
        digests = sorted(record.sha256 for record in self.records())
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()

    def checked(self, record: FileRecord) -> Path:
        """The path of a recorded file after its bytes were found to be those recorded.

        Raises:
            DamagedFileError: if the file is missing or differs.
        """
        path = self.path.parent / record.name
        if not path.exists():
            raise DamagedFileError(f"{path}: the file is missing; restore it from a backup")
        if _digest_of(path) != record.sha256:
            raise DamagedFileError(f"{path}: the bytes differ from the manifest (SHA-256); restore it from a backup")
        return path

    def all_checked(self, records: Iterable[FileRecord]) -> list[Path]:
        """The paths of recorded files as by `checked`; a few files are read at the same time.

        Raises:
            DamagedFileError: for the first file that is missing or differs.
        """
        with ThreadPoolExecutor(READERS) as pool:
            return list(pool.map(self.checked, records))

    def is_whole(self, record: FileRecord) -> bool:
        """Whether the recorded file is there with the recorded bytes."""
        path = self.path.parent / record.name
        return path.exists() and _digest_of(path) == record.sha256

    def whole(self, records: Iterable[FileRecord]) -> dict[str, FileRecord]:
        """Of these records those whose files are whole, by name; a few files are read at the same time."""
        asked = list(records)
        with ThreadPoolExecutor(READERS) as pool:
            return {
                record.name: record
                for record, is_whole in zip(asked, pool.map(self.is_whole, asked), strict=True)
                if is_whole
            }

    def sweep(self, pattern: str) -> list[Path]:
        """Remove files matching the pattern that no record names (left by a killed run); returns them."""
        known = {record.name for record in self.records()}
        strays = [path for path in self.path.parent.glob(pattern) if path.name not in known]
        for path in strays:
            path.unlink()
        return strays
