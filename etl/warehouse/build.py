"""Builds a warehouse in a private file by running the files in sql/ over the clean tables and reference data."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import polars as pl

from etl import reference
from etl.faults import step
from etl.fetch.raw_store import RawStore
from etl.progress import Tracker, track
from etl.settings import Settings
from etl.stages import CLEAN_TABLES, CleanStore
from etl.stages.database import parquet_sql
from etl.warehouse.catalog import BUILD_ORDER, RECORD_ORDER, create_schemas, read_sql, sources
from etl.warehouse.increment import Increment, changed_parts, copy_ahead, is_small, make_copy
from etl.warehouse.publish import published_version
from etl.warehouse.schema_version import WRITE_FORMAT

LOADER_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # Nothing is ever downloaded while loading.
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # The first format that compresses texts by zstd, which makes files a third as large; read since DuckDB 1.2 (2025).
    # Later ones hold keys and names as DICT_FSST, which DuckDB 1.3 opens and reads as nulls.
    "storage_compatibility_version": "v1.2.0",
}


def connect_work_file(path: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    """Open the private file for writing."""
    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
    }
    return duckdb.connect(str(path), config=LOADER_CONFIG | limits)


def remove_work_file(path: Path) -> None:
    """Remove a private file, its log and what names its changes, left by an earlier run."""
    for name in (path.name, changes_of(path).name):
        path.with_name(name).unlink(missing_ok=True)
        path.with_name(name + ".wal").unlink(missing_ok=True)


def changes_of(path: Path) -> Path:
    """The file beside a private one that names what differs from the version it was built on; see `Increment`.

    There is none beside one that was built from nothing.
    """
    return path.with_name(f"{path.name}.changes")


def begin(settings: Settings) -> None:
    """Begin what a build of the pages fetched so far will want, beside the work on the stages before it."""
    home = settings.paths()
    copy_ahead(home, draft_of(home.work_file))


def draft_of(path: Path) -> Path:
    """The file in which a private one is made."""
    return path.with_name(f"draft-{path.name}")


def build(settings: Settings, path: Path) -> dict[str, int]:
    """Build all tables of the warehouse but the run records into a new file; returns rows by table.

    Where little changed since the published version was built, a copy of it is brought up to date. The file gets its
    name when it is complete, so that the half of a killed run is never taken for a warehouse.

    Raises:
        files.DamagedFileError: if a clean part or the published version differs from its manifest.
    """
    home, draft = settings.paths(), draft_of(path)
    remove_work_file(path)
    remove_work_file(draft)
    path.parent.mkdir(parents=True, exist_ok=True)
    clean = CleanStore(home)
    version = published_version(home.warehouse)
    parts = changed_parts(clean) if is_small(clean, version) else None
    base = version if make_copy(version if parts else None, draft) else None
    with connect_work_file(draft, settings) as con, track("build", len(BUILD_ORDER)) as tracker:
        _attach_frames(con, "reference", _reference_frames(RawStore(home.raw)))
        if base and parts:
            _bring_up_to_date(con, Increment(con, base.name, parts, changes_of(draft)), tracker)
        else:
            _load_all(con, clean, settings.threads, tracker)
        con.execute(WRITE_FORMAT)
        con.execute("detach reference; checkpoint")
        counts = row_counts(con)
    if base:
        changes_of(draft).replace(changes_of(path))  # first, so that the work file never lacks it
    with step("build.done"):
        draft.replace(path)
    return counts


def _bring_up_to_date(con: duckdb.DuckDBPyConnection, increment: Increment, tracker: Tracker) -> None:
    """Load into the copy of a version what changed since."""
    con.execute("set checkpoint_threshold = '1GB'")  # what is left is written once, at the end
    for table in RECORD_ORDER:
        con.execute(f"drop table if exists {table}")
    for table in BUILD_ORDER:
        with step("build.table"):
            increment.load(table)
        tracker.advance()
    increment.close()


def _load_all(con: duckdb.DuckDBPyConnection, clean: CleanStore, threads: int, tracker: Tracker) -> None:
    """Load every table from nothing, as many at a time as there are threads, each after those that its SQL reads.

    Each is loaded by one thread: several that write one table wait for each other, and take up to twice the CPU.
    """
    create_schemas(con)
    _attach_clean(con, clean)
    con.execute("set threads = 1")
    order = TopologicalSorter({table: _built_sources(table) for table in BUILD_ORDER})
    order.prepare()
    running: dict[Future[None], str] = {}
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(threads) as pool:
        cursors = {table: stack.enter_context(con.cursor()) for table in BUILD_ORDER}
        try:
            while order.is_active():
                running |= {pool.submit(_load_table, cursors[table], table): table for table in order.get_ready()}
                for loaded in wait(running, return_when=FIRST_COMPLETED).done:
                    loaded.result()
                    order.done(running.pop(loaded))
                    tracker.advance()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for cursor in cursors.values():
                cursor.interrupt()
            raise
    con.execute("detach clean")


def _built_sources(table: str) -> Iterable[str]:
    return (source for source in sources(table) if source in BUILD_ORDER)


def _load_table(con: duckdb.DuckDBPyConnection, table: str) -> None:
    with step("build.table"):
        con.execute(read_sql(table))


def record(settings: Settings, path: Path, history: dict[str, pl.DataFrame]) -> None:
    """Fill the tables of run records.

    Args:
        settings: limits of the connection.
        path: the private file, built and checked.
        history: `run`, `rule_result` and `rule_violation`, with the columns of their tables.
    """
    with connect_work_file(path, settings) as con:
        _attach_frames(con, "history", history)
        with step("record.fill"):
            con.execute("begin")
            for table in RECORD_ORDER:
                con.execute(f"drop table if exists {table}")
                con.execute(read_sql(table))
            con.execute("commit")
        con.execute("detach history; checkpoint")


def row_counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows by table of an open warehouse."""
    counts = {}
    for table in (*BUILD_ORDER, *RECORD_ORDER):
        schema, name = table.split(".")
        exists = con.execute(
            "select 1 from duckdb_tables() where schema_name = ? and table_name = ?", [schema, name]
        ).fetchone()
        if exists:
            found = con.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 - names are ours
            counts[table] = int(found[0]) if found else 0
    return counts


def _reference_frames(raw: RawStore) -> dict[str, pl.DataFrame]:
    counts = {
        "pages": [sum(pack.row_count for pack in raw.packs())],
        "offers": [sum(record.row_count for record in raw.offer_files())],
    }
    return {
        "raw_count": pl.DataFrame(counts),
        "source": reference.sources(),
        "holiday": reference.holidays(),
        "reason": reference.reasons(),
        "file_reason": reference.file_reasons(),
        "place": reference.places(),
        "topic": reference.topics(),
        "person": reference.people(),
        "organization": reference.organizations(),
        "newspaper": reference.newspapers(),
        "country": reference.countries(),
    }


def _attach_clean(con: duckdb.DuckDBPyConnection, clean: CleanStore) -> None:
    """Make the clean Parquet files readable as `clean.<table>`, in a catalog that is not part of the file."""
    con.execute("attach ':memory:' as clean")
    for table in CLEAN_TABLES:
        con.execute(f"create view clean.{table} as from {parquet_sql(clean.paths(table))}")


def _attach_frames(con: duckdb.DuckDBPyConnection, catalog: str, frames: dict[str, pl.DataFrame]) -> None:
    """Copy small frames into tables of a catalog that is not part of the file."""
    con.execute(f"attach ':memory:' as {catalog}")
    for name, frame in frames.items():
        con.register("incoming", frame)
        con.execute(f"create table {catalog}.{name} as select * from incoming")  # noqa: S608 - names are ours
        con.unregister("incoming")
