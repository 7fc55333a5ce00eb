"""Publishing: the checked private file becomes a read-only version, and the link `kcna.duckdb` is swapped to it.

Readers of the old version keep it; new readers get the new one; nobody sees a part of either.
"""

from __future__ import annotations

import errno
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from etl import files
from etl.faults import step
from etl.progress import track
from etl.settings import Settings

KIND = "warehouse"
READ_ONLY = 0o444


class NotPublishedError(RuntimeError):
    """A file must not be published, or there is none; the message says why and what to do."""


def version_list(folder: Path) -> files.Manifest:
    """The list of the versions in the folder that they are in."""
    return files.Manifest(folder / "manifest.json")


def published_version(home_warehouse: Path) -> Path | None:
    """The file that the link points to; None where nothing is published."""
    if not home_warehouse.is_symlink():
        return None
    target = home_warehouse.parent / home_warehouse.readlink()
    return target if target.exists() else None


def is_published(home_warehouse: Path, digest: str) -> bool:
    """Whether the published version has the content of this build digest, which stands in its name, undamaged.

    A log beside it, left by a writer that should never have been there, keeps readers out, so it counts as damage.
    """
    version = published_version(home_warehouse)
    if version is None or digest_of(version) != digest or log_of(version).exists():
        return False
    return is_undamaged(version)


def is_undamaged(version: Path) -> bool:
    """Whether a version has the bytes that were published."""
    manifest = version_list(version.parent)
    return any(record.name == version.name and manifest.is_whole(record) for record in manifest.records())


def digest_of(version: Path) -> str:
    """The build digest in a version's name."""
    return version.stem.rsplit("-", 1)[-1]


def log_of(warehouse: Path) -> Path:
    """Where DuckDB keeps the log of a file that is open for writing."""
    return warehouse.with_name(f"{warehouse.name}.wal")


def versions(settings: Settings) -> list[files.FileRecord]:
    """The versions kept, oldest first."""
    return version_list(settings.paths().versions).records()


def publish(settings: Settings, work_file: Path, digest: str, published_at: datetime) -> Path:
    """Publish a closed, checkpointed work file and return the version's path.

    Args:
        settings: where the home is and how many versions are kept.
        work_file: the private file; it is gone afterwards.
        digest: the build digest of its content.
        published_at: time for the version's name, with its zone.

    Raises:
        NotPublishedError: if the work file has an unfinished log, so that it was not closed cleanly.
    """
    home = settings.paths()
    if log_of(work_file).exists():
        raise NotPublishedError(
            f"{work_file}: the file was not closed cleanly and is not published; run `kcna run` again"
        )
    manifest = version_list(home.versions)
    version = home.versions / f"kcna-{published_at:%Y%m%dT%H%M%SZ}-{digest}.duckdb"
    with track("publish", 1) as tracker:
        digest_of_bytes, size = _flush(work_file), work_file.stat().st_size
        with step("publish.move"):
            _move(work_file, version)
        with step("publish.list"):
            # a damaged version may have been published in this very second, and then had the same name
            others = [record for record in manifest.records() if record.name != version.name]
            manifest.replace([*others, files.FileRecord(version.name, KIND, digest_of_bytes, size, 0)])
        with step("publish.swap_link"):
            _swap_link(home.warehouse, version)
        with step("publish.remove_old"):
            _remove_old(manifest, settings.keep_versions, version)
        tracker.advance()
    return version


def _flush(work_file: Path) -> str:
    """Wait until the bytes are on disk, and find their digest meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        on_disk = pool.submit(files.flush_file, work_file)
        digest = files.sha256_of(work_file)
    on_disk.result()
    return digest


def _move(work_file: Path, version: Path) -> None:
    """Give the work file the version's name; a copy would take longer than all else."""
    version.parent.mkdir(parents=True, exist_ok=True)
    try:
        work_file.replace(version)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with files.atomic_path(version) as temporary:  # the versions are kept on another disk
            shutil.copyfile(work_file, temporary)
        work_file.unlink()
    version.chmod(READ_ONLY)
    files.flush_folder(version.parent)
    files.flush_folder(work_file.parent)


def forget(settings: Settings) -> None:
    """Let the published version no longer count as up to date, so that the next run publishes anew.

    The file stays where the link leads to until then, for readers.
    """
    version = published_version(settings.paths().warehouse)
    manifest = version_list(settings.paths().versions)
    with step("rebuild.forget"):
        manifest.replace([record for record in manifest.records() if version is None or record.name != version.name])


def _swap_link(link: Path, version: Path) -> None:
    """Point the link to the version in one step; the target is relative, so that the home folder can be moved."""
    temporary = link.with_name(f".{link.name}.{os.getpid()}{files.TEMPORARY_SUFFIX}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path(version.parent.name) / version.name)
    temporary.replace(link)
    files.flush_folder(link.parent)


def _remove_old(manifest: files.Manifest, keep: int, current: Path) -> None:
    """Keep the last versions; the list is shortened first, so that it never names a file that is gone."""
    others = [record for record in manifest.records() if digest_of(Path(record.name)) != digest_of(current)]
    # as many whole ones as are wanted; one with the content of this version was published again because of damage
    kept = [record for record in others[-keep + 1 :] if manifest.is_whole(record)] if keep > 1 else []
    manifest.replace(kept + [record for record in manifest.records() if record.name == current.name])
    manifest.sweep("kcna-*")
