"""The Parquet stages between raw and the warehouse: parsed parts, one set per raw pack, and the clean tables.

What belongs here: which files a stage has, whether they are whole, and the order of work. What does not: how a page
is read (`parse`), what a duplicate is (`prune`), what a rule is (`quality`).
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

import duckdb
import polars as pl

from etl import enrich, files
from etl.fetch.raw_store import RawStore
from etl.parse.batch import parse_batch
from etl.parse.page import PARSER_VERSION
from etl.parse.schema import SCHEMAS
from etl.progress import track
from etl.prune import article, origin, outcome, sidebar
from etl.settings import PACKAGE_FOLDER, Home, project_folder

CLEAN_TABLES = (
    "page",
    "article_version",
    "sidebar_entry",
    "sidebar_appearance",
    "dropped",
    "origin_file",
    "mention",
    "leader_event",
    "leader_companion",
    "article_topic",
    "sidebar_entry_topic",
    "person",
    "organization",
    "press_review_item",
)
ENRICHED = {
    "mention": "mention",
    "leader_event": "leader_event",
    "leader_companion": "event_companion",
    "article_topic": "topic",
    "person": "person",
    "organization": "organization",
    "press_review_item": "press_review_item",
}
"""Clean tables that are read from the articles, with their names in `etl.enrich`."""

DIGEST_LENGTH = 12

KEYS = {"page": ["page_sha256"], "article": ["page_sha256"], "sidebar_block": ["page_sha256", "position"]}
"""What names a row of a parsed table."""

UNCHECKED_COLUMNS = {"page": ["line_roles"], "article": ["body", "lead_key"], "sidebar_block": ["teaser_key"]}
"""Long columns that no rule looks at; they stay out of the tables that rules are run on."""


class ParsedStore:
    """The parsed tables as Parquet parts, one per raw pack and table, named by pack and parser version."""

    def __init__(self, home: Home) -> None:
        self.folder = home.parsed
        self.manifest = files.Manifest(home.parsed / "manifest.json")
        self.raw = RawStore(home.raw)

    def update(self) -> int:
        """Parse every pack that has no parts of this parser version yet; returns the number of pages parsed."""
        self.manifest.sweep("*.parquet")
        packs = self.raw.packs()
        wanted = {self._part_name(pack, table) for pack in packs for table in SCHEMAS}
        # a damaged part is made again, because the raw pack has all that is in it
        kept = [
            record for record in self.manifest.records() if record.name in wanted and self.manifest.is_whole(record)
        ]
        done = {record.name for record in kept}
        missing = [pack for pack in packs if not all(self._part_name(pack, table) in done for table in SCHEMAS)]
        again = {self._part_name(pack, table) for pack in missing for table in SCHEMAS}
        kept = [record for record in kept if record.name not in again]
        with track("parse", sum(pack.row_count for pack in missing)) as tracker:
            for pack in missing:
                kept += self._parse(pack, tracker.advance)
                self.manifest.replace(kept)
        if not missing:
            self.manifest.replace(kept)
        self.manifest.sweep("*.parquet")
        return sum(pack.row_count for pack in missing)

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
        paths = [self.manifest.checked(record) for record in self.manifest.records() if record.kind == name]
        return files.scan_parquet(paths, SCHEMAS[name])

    @staticmethod
    def _part_name(pack: files.FileRecord, table: str) -> str:
        return f"{pack.sha256[:32]}-p{PARSER_VERSION}-{table}.parquet"

    def _parse(self, pack: files.FileRecord, advance: Callable[[int], None]) -> list[files.FileRecord]:
        parts: dict[str, list[pl.DataFrame]] = {table: [] for table in SCHEMAS}
        for batch in self.raw.page_batches(pack):
            for table, frame in parse_batch(batch).items():
                parts[table].append(frame)
            advance(batch.height)
        return [
            files.write_parquet(pl.concat(frames), self.folder / self._part_name(pack, table), table)
            for table, frames in parts.items()
        ]


@contextlib.contextmanager
def stage_database(home: Home, memory_limit: str, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory with the parsed tables in the schema `parsed`, for the rules to run on."""
    store = ParsedStore(home)
    with rules_database({name: store.table(name) for name in SCHEMAS}, memory_limit, threads) as con:
        yield con


@contextlib.contextmanager
def rules_database(
    tables: Mapping[str, pl.LazyFrame], memory_limit: str, threads: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory with these parsed tables, by name, in the schema `parsed`."""
    con = duckdb.connect(config={"memory_limit": memory_limit, "threads": threads})
    try:
        con.execute("create schema parsed")
        for name, table in tables.items():
            frame = table.drop(UNCHECKED_COLUMNS[name]).collect()
            con.register("part", frame)
            con.execute(f"create table parsed.{name} as select * from part")  # noqa: S608 - names are ours
            con.unregister("part")
        yield con
    finally:
        con.close()


@cache
def code_digest() -> str:
    """One digest of everything that decides what a build looks like: code, SQL, rules, reference data, libraries."""
    digest = hashlib.sha256()
    for library in ("duckdb", "holidays", "polars", "rapidfuzz", "selectolax"):
        digest.update(f"{library} {version(library)}\0".encode())
    folders = (PACKAGE_FOLDER, project_folder("sql"), project_folder("expectations"))
    for path in sorted(p for folder in folders for p in folder.rglob("*") if _is_source(p)):
        digest.update("/".join(path.parts[-3:]).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _is_source(path: Path) -> bool:
    return path.suffix in {".py", ".sql", ".json", ".csv", ".j2"} and path.is_file()


def build_digest(home: Home) -> str:
    """One digest of the raw pages, what was read from them, and the code: equal digests mean equal content."""
    joined = f"{RawStore(home.raw).manifest.digest()} {ParsedStore(home).manifest.digest()} {code_digest()}"
    return hashlib.sha256(joined.encode()).hexdigest()[:DIGEST_LENGTH]


class CleanStore:
    """The clean tables as Parquet, rebuilt as a whole whenever the raw pages or the code changed."""

    def __init__(self, home: Home) -> None:
        self.folder = home.clean
        self.manifest = files.Manifest(home.clean / "manifest.json")

    def path(self, table: str) -> Path:
        """The file of a clean table, found undamaged.

        Raises:
            files.DamagedFileError: if it is missing or differs from the manifest.
        """
        for record in self.manifest.records():
            if record.kind == table:
                return self.manifest.checked(record)
        raise files.DamagedFileError(f"{self.folder}: the clean table {table!r} is missing; run `kcna run` again")

    def row_counts(self) -> dict[str, int]:
        """Rows by table."""
        return {record.kind: record.row_count for record in self.manifest.records()}

    def is_built_from(self, digest: str) -> bool:
        """Whether the tables on disk belong to this build digest and are undamaged."""
        records = self.manifest.records()
        names = {record.name for record in records}
        wanted = {f"{table}-{digest}.parquet" for table in CLEAN_TABLES}
        return names == wanted and all(self.manifest.is_whole(record) for record in records)

    def build(self, home: Home, quarantined: pl.DataFrame) -> None:
        """Prune the parsed tables into the clean ones.

        Args:
            home: where the stages are.
            quarantined: rows that failed a quarantine rule, as `quality.quarantine.failing_rows` gives them.
        """
        digest = build_digest(home)
        with track("prune", len(CLEAN_TABLES)) as tracker:
            records = []
            for table, frame in _clean_frames(home, quarantined):
                data = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
                records.append(files.write_parquet(data, self.folder / f"{table}-{digest}.parquet", table))
                tracker.advance()
            self.manifest.replace(records)
            self.manifest.sweep("*.parquet")


def _clean_frames(home: Home, quarantined: pl.DataFrame) -> Iterator[tuple[str, pl.LazyFrame | pl.DataFrame]]:
    parsed = ParsedStore(home)
    pages = outcome.final_outcomes(parsed.table("page"), quarantined)
    loaded = pages.filter(pl.col("outcome") == "load").select("page_sha256")
    articles = parsed.table("article").join(loaded, on="page_sha256", how="semi")
    seen = parsed.table("sidebar_block")
    complete = seen.filter("is_complete").join(loaded, on="page_sha256", how="semi")
    blocks, refused = outcome.split_blocks(complete, quarantined)
    appearances = sidebar.appearances(blocks)
    versions = article.linked_versions(articles)
    offers = RawStore(home.raw).offers()
    yield "page", outcome.describe(pages, articles, versions.lazy(), seen, offers)
    yield "article_version", versions
    entries = sidebar.link_articles(sidebar.entries(blocks), versions.lazy()).collect()
    yield "sidebar_entry", entries
    yield "sidebar_appearance", appearances.drop("captured_date")
    yield (
        "dropped",
        _concat_dropped([sidebar.dropped(blocks, appearances), article.dropped(articles), refused]),
    )
    yield "origin_file", origin.origin_files(offers)
    yield from _enriched_frames(versions, entries)


def _enriched_frames(versions: pl.DataFrame, entries: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    articles = versions.filter("is_current").select("article_id", "title", "body", "published_date", "source_key")
    with track("enrich", articles.height) as tracker:
        found = enrich.enrich_in_batches(articles, tracker.advance)
    for table, name in ENRICHED.items():
        yield table, found[name]
    yield "sidebar_entry_topic", enrich.find_entry_topics(entries)


def _concat_dropped(frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    return pl.concat(frames).sort("page_sha256", "reason")
