"""The parsed tables as Parquet parts, made pack by pack: what is on each page, and which rows the rules refuse."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

import duckdb
import polars as pl

from etl import files
from etl.faults import step
from etl.fetch.raw_store import RawStore
from etl.parse.batch import parse_batch
from etl.parse.page import PARSER_VERSION
from etl.parse.schema import SCHEMAS
from etl.progress import track
from etl.prune.outcome import QUARANTINE_SCHEMA
from etl.quality.quarantine import failing_rows
from etl.quality.suite import suites_of
from etl.settings import Home
from etl.stages.database import memory_database, parsed_views, rules_database
from etl.stages.digest import rules_digest
from etl.stages.spans import DAY_OF
from etl.stages.workers import run_tasks

KEYS = {"page": ["page_sha256"], "article": ["page_sha256"], "sidebar_block": ["page_sha256", "position"]}
"""What names a row of a parsed table."""

DAY_SCHEMA = pl.Schema({"date": pl.Date(), "page_count": pl.UInt32(), "block_count": pl.UInt32()})
"""One row per day that a pack's pages or complete sidebar blocks belong to; null for pages without any date."""

ROWS_PER_GROUP = {"page": 2_500, "article": 2_500, "sidebar_block": 40_000}
"""Rows are in the order of days, so that who reads some days reads few groups."""

IN_MEMORY = pl.Config(engine_affinity="in-memory")
"""For tasks: their frames are small, and Polars' streaming engine takes a quarter more time for them.

It also panics on some (Polars 2.1, dates of frames of which a filter leaves little), which this engine does not.
"""

JUDGE_MEMORY = "300MB"
"""For the rules on the rows of one pack."""

SMALL = 12_000
"""Fewer pages are read in this process: each worker takes a second to start."""


class ParsedStore:
    """The parsed tables, one part per raw pack and table, named by pack and parser version.

    Beside the tables of `SCHEMAS` each pack has the part `failed` (rows that the rules send to quarantine, as
    `QUARANTINE_SCHEMA`) and the part `day` (`DAY_SCHEMA`).
    """

    def __init__(self, home: Home) -> None:
        self.folder = home.parsed
        self.manifest = files.Manifest(home.parsed / "manifest.json")
        self.raw = RawStore(home.raw)

    def update(self, workers: int = 1) -> int:
        """Parse every pack that has no parts of this parser version yet; returns the number of pages parsed."""
        self._sweep()
        packs = self.raw.packs()
        names = {pack.sha256: part_names(pack) for pack in packs}
        wanted = {name for parts in names.values() for name in parts.values()}
        # a damaged part is made again, because the raw pack has all that is in it
        kept = self.manifest.whole(record for record in self.manifest.records() if record.name in wanted)
        tables = [*SCHEMAS, "day"]
        unread = [pack for pack in packs if any(names[pack.sha256][table] not in kept for table in tables)]
        for pack in unread:
            for name in names[pack.sha256].values():
                kept.pop(name, None)
        unjudged = [pack for pack in packs if pack not in unread and names[pack.sha256]["failed"] not in kept]
        page_count = sum(pack.row_count for pack in unread)
        tasks: list[Callable[[], list[files.FileRecord]]] = [
            *(partial(parse_pack, self.raw.folder, pack, self.folder) for pack in unread),
            *(partial(judge_pack, self.folder, names[pack.sha256]) for pack in unjudged),
        ]
        sizes = [pack.row_count for pack in unread] + [0] * len(unjudged)
        self.manifest.replace(list(kept.values()))
        with track("parse", page_count) as tracker:
            busy = sum(pack.row_count for pack in (*unread, *unjudged))
            for size, records in zip(sizes, run_tasks(tasks, workers if busy > SMALL else 1), strict=True):
                kept |= {record.name: record for record in records}
                with step("parse.list"):
                    self.manifest.replace(list(kept.values()))
                tracker.advance(size)
        self._sweep()
        return page_count

    def _sweep(self) -> None:
        for pattern in ("*.parquet", f"*{files.TEMPORARY_SUFFIX}"):
            self.manifest.sweep(pattern)

    def forget_outdated(self, sha256s: Collection[str]) -> bool:
        """Drop every part, for the next update to make again, if one of these pages now reads otherwise than stored.

        Parts are named by the parser's version, and a parser under development changes before its version does. All
        of them go, because parts of two parsers beside each other are no function of the raw pages and the code.

        Returns:
            Whether the parts were dropped; they are too if one of them is damaged.
        """
        if all(map(self.manifest.is_whole, self.manifest.records())) and self._reads_as_stored(sha256s):
            return False
        self.manifest.replace([])
        return True

    def _reads_as_stored(self, sha256s: Collection[str]) -> bool:
        wanted = pl.col("page_sha256").is_in(list(sha256s))
        stored = {table: self.table(table).filter(wanted).collect() for table in SCHEMAS}
        for pack in self.raw.packs():
            for batch in self.raw.page_batches(pack):
                pages = batch.filter(wanted)
                for table, read in parse_batch(pages).items() if pages.height else ():
                    known = stored[table].join(pages, on="page_sha256", how="semi")
                    if not known.sort(KEYS[table]).equals(read.sort(KEYS[table])):
                        return False
        return True

    def table(self, name: str) -> pl.LazyFrame:
        """All rows of a parsed table, after every part was found undamaged.

        Raises:
            files.DamagedFileError: if a part differs from the manifest.
        """
        return files.scan_parquet(self.paths(name), SCHEMAS[name])

    def paths(self, name: str) -> list[Path]:
        """The parts of a table, each found undamaged.

        Raises:
            files.DamagedFileError: if a part differs from the manifest.
        """
        return [self.manifest.checked(record) for record in self.manifest.records() if record.kind == name]

    def packs(self) -> list[dict[str, files.FileRecord]]:
        """The parts of each pack, by table."""
        records = {record.name: record for record in self.manifest.records()}
        return [
            {table: records[name] for table, name in part_names(pack).items()}
            for pack in self.raw.packs()
            if all(name in records for name in part_names(pack).values())
        ]


def part_names(pack: files.FileRecord) -> dict[str, str]:
    """The names of a pack's parts, by table."""
    stem = f"{pack.sha256[:32]}-p{PARSER_VERSION}"
    names = {table: f"{stem}-{table}.parquet" for table in (*SCHEMAS, "day")}
    return names | {"failed": f"{stem}-r{rules_digest()}-failed.parquet"}


@IN_MEMORY
def parse_pack(raw: Path, pack: files.FileRecord, folder: Path) -> list[files.FileRecord]:
    """Parse the pages of one pack and write its parts; returns their records."""
    parts: dict[str, list[pl.DataFrame]] = {table: [schema.to_frame()] for table, schema in SCHEMAS.items()}
    for batch in RawStore(raw).page_batches(pack):
        for table, frame in parse_batch(batch).items():
            parts[table].append(frame)
    tables = {table: _in_order_of_days(table, pl.concat(frames)) for table, frames in parts.items()}
    days = count_days(tables)
    return [
        *(_write(frame, folder, part_names(pack), table) for table, frame in (tables | {"day": days}).items()),
        _write(judge(tables), folder, part_names(pack), "failed"),
    ]


def judge_pack(folder: Path, names: Mapping[str, str]) -> list[files.FileRecord]:
    """Judge the rows of a pack that is parsed already, and write what fails; returns the record."""
    return [_write(judge({table: [folder / names[table]] for table in SCHEMAS}), folder, names, "failed")]


def judge(tables: Mapping[str, pl.DataFrame | Sequence[Path]]) -> pl.DataFrame:
    """The rows of parsed tables that the rules send to quarantine."""
    con = _judge_database()
    with parsed_views(con, tables):
        return failing_rows(con, suites_of("parsed")).sort(QUARANTINE_SCHEMA.names())


@cache
def _judge_database() -> duckdb.DuckDBPyConnection:
    """An empty DuckDB, made once in a process: that takes longer than the rules of a pack."""
    return memory_database(JUDGE_MEMORY, 1)


def count_days(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The days of a pack, as `DAY_SCHEMA`."""
    pages = tables["page"].group_by(DAY_OF["page"].alias("date")).agg(page_count=pl.len())
    blocks = tables["sidebar_block"].filter("is_complete").group_by(date="shown_date").agg(block_count=pl.len())
    days = pages.join(blocks, on="date", how="full", coalesce=True, nulls_equal=True)
    return days.with_columns(pl.exclude("date").fill_null(0)).select(DAY_SCHEMA.names()).cast(DAY_SCHEMA).sort("date")


def _in_order_of_days(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort(DAY_OF[table], maintain_order=True)


def _write(frame: pl.DataFrame, folder: Path, names: Mapping[str, str], table: str) -> files.FileRecord:
    with step("parse.part"):
        return files.write_parquet(frame, folder / names[table], table, ROWS_PER_GROUP.get(table))


@contextlib.contextmanager
def stage_database(home: Home, memory_limit: str, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory with the parsed tables in the schema `parsed`, read from their files as rules need them.

    Raises:
        files.DamagedFileError: if a part differs from the manifest.
    """
    store = ParsedStore(home)
    with rules_database({name: store.paths(name) for name in SCHEMAS}, memory_limit, threads) as con:
        yield con
