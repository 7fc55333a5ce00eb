"""Reading the published warehouse: read-only, without files, network or extensions, and with that locked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import duckdb

from etl.settings import Settings
from etl.warehouse.build import connect_work_file
from etl.warehouse.publish import published_version
from etl.warehouse.schema_version import NewerFormatError, check_warehouse


class NothingPublishedError(FileNotFoundError):
    """There is no published warehouse yet."""


def connect_published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A locked, read-only connection to the published version.

    The connection cannot read or write any other file, attach databases, load extensions or lift these limits.

    Raises:
        NothingPublishedError: if nothing is published.
    """
    home = settings.paths()
    version = published_version(home.warehouse)
    if version is None:
        raise NothingPublishedError(f"{home.root}: no warehouse is published here yet; run `kcna run` first")
    return connect_locked(version, settings)


def connect_locked(path: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    """A locked, read-only connection to one warehouse file.

    Raises:
        NewerFormatError: if a newer version of this program wrote it.
    """
    con = duckdb.connect(
        str(path),
        read_only=True,
        config={
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "memory_limit": settings.memory_limit,
            "threads": settings.threads,
            "lock_configuration": True,
        },
    )
    try:
        check_warehouse(con, path)
    except NewerFormatError:
        con.close()
        raise
    return con


@contextlib.contextmanager
def open_current(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse that is about to be published, or the published one if none is waiting.

    Raises:
        NothingPublishedError: if there is neither.
    """
    work_file = settings.paths().work_file
    con = connect_work_file(work_file, settings) if work_file.exists() else connect_published(settings)
    try:
        yield con
    finally:
        con.close()
