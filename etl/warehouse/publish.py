"""Publishing: the checked private file becomes a read-only version, and the link `kcna.duckdb` is swapped to it.

Readers of the old version keep it; new readers get the new one; nobody sees a part of either.
"""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

from etl import files
from etl.progress import track
from etl.settings import Settings

KIND = "warehouse"
READ_ONLY = 0o444


def published_version(home_warehouse: Path) -> Path | None:
    """The file that the link points to; None where nothing is published."""
    if not home_warehouse.is_symlink():
        return None
    target = home_warehouse.parent / home_warehouse.readlink()
    return target if target.exists() else None


def is_published(home_warehouse: Path, digest: str) -> bool:
    """Whether the published version has the content of this build digest, which stands in its name, undamaged."""
    version = published_version(home_warehouse)
    if version is None or version.stem.rsplit("-", 1)[-1] != digest:
        return False
    manifest = files.Manifest(version.parent / "manifest.json")
    return any(record.name == version.name and manifest.is_whole(record) for record in manifest.records())


def versions(settings: Settings) -> list[files.FileRecord]:
    """The versions kept, oldest first."""
    return files.Manifest(settings.paths().versions / "manifest.json").records()


def publish(settings: Settings, work_file: Path, digest: str, published_at: datetime) -> Path:
    """Publish a closed, checkpointed work file and return the version's path.

    Args:
        settings: where the home is and how many versions are kept.
        work_file: the private file; it is gone afterwards.
        digest: the build digest of its content.
        published_at: time for the version's name, with its zone.

    Raises:
        RuntimeError: if the work file has an unfinished log, so that it was not closed cleanly.
    """
    home = settings.paths()
    if work_file.with_name(work_file.name + ".wal").exists():
        raise RuntimeError(f"{work_file}: the file was not closed cleanly and is not published; run `kcna run` again")
    manifest = files.Manifest(home.versions / "manifest.json")
    version = home.versions / f"kcna-{published_at:%Y%m%dT%H%M%SZ}-{digest}.duckdb"
    with track("publish", 1) as tracker:
        with files.atomic_path(version) as temporary:
            shutil.copyfile(work_file, temporary)
            temporary.chmod(0o644)
            digest_of_bytes = files.sha256_of(temporary)
            size = temporary.stat().st_size
        version.chmod(READ_ONLY)
        manifest.append(files.FileRecord(version.name, KIND, digest_of_bytes, size, 0))
        _swap_link(home.warehouse, version)
        work_file.unlink()
        _remove_old(manifest, settings.keep_versions, version)
        tracker.advance()
    return version


def _swap_link(link: Path, version: Path) -> None:
    """Point the link to the version in one step; the target is relative, so that the home folder can be moved."""
    temporary = link.with_name(f".{link.name}.{os.getpid()}{files.TEMPORARY_SUFFIX}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path(version.parent.name) / version.name)
    temporary.replace(link)
    files.flush_folder(link.parent)


def _remove_old(manifest: files.Manifest, keep: int, current: Path) -> None:
    """Keep the last versions; the list is shortened first, so that it never names a file that is gone."""
    records = manifest.records()
    kept = [record for record in records[-keep:] if record.name != current.name]
    kept += [record for record in records if record.name == current.name]
    manifest.replace(kept)
    manifest.sweep("kcna-*")
