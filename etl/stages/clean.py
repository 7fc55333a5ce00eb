"""The clean tables as Parquet parts, one per span of days: duplicates removed, articles read."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from etl import enrich, files
from etl.faults import step
from etl.fetch.raw_store import RawStore
from etl.parse.schema import SCHEMAS
from etl.progress import track
from etl.prune import article, outcome, sidebar
from etl.settings import Home
from etl.stages import origins, sorting
from etl.stages.digest import code_digest, digest_of, enrich_digest, prune_digest
from etl.stages.origins import ORIGIN_FILE
from etl.stages.parsed import DAY_SCHEMA, IN_MEMORY, SMALL, ParsedStore
from etl.stages.spans import DAY_OF, UNDATED, Span, plan
from etl.stages.workers import run_tasks

PRUNED = ("page", "article_version", "sidebar_entry", "sidebar_appearance", "dropped")
"""Clean tables that are made of the parsed ones."""

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

CLEAN_TABLES = (*PRUNED, ORIGIN_FILE, *ENRICHED, "sidebar_entry_topic")


READ = (*ENRICHED, "sidebar_entry_topic")
"""Clean tables that are made of pruned ones by reading texts."""


@dataclass(frozen=True, slots=True)
class SpanTask:
    """One span of days to be made: its inputs are files, and so is what it gives.

    Attributes:
        span: the days.
        digest: of all that decides what the task gives; it stands in the names of its files.
        folder: where the files go.
        inputs: the files to read, by table.
        size: pages or articles, for the progress.
        number: the place of the span in its inputs, where these were sorted by span; else they are parsed parts.
    """

    span: Span
    digest: str
    folder: Path
    inputs: Mapping[str, Sequence[Path]]
    size: int
    number: int | None = None

    def name(self, table: str) -> str:
        """The file that the task makes of a table."""
        return f"{table}-{self.span.start.isoformat()}-{self.digest}.parquet"

    def write(self, table: str, frame: pl.DataFrame) -> files.FileRecord:
        """Write a table."""
        with step("clean.part"):
            return files.write_parquet(frame, self.folder / self.name(table), table)


@dataclass(frozen=True, slots=True)
class Job:
    """Files to be made: their names, what makes them, and how much that is for the progress."""

    names: tuple[str, ...]
    call: Callable[[], list[files.FileRecord]]
    size: int


Records = dict[str, files.FileRecord]

PACKS_TOGETHER = 16
"""Undated pages of so many packs are made together: a new pack has the few before it looked through, not all."""

NOTED_TOGETHER = 4
"""Spans after which it is noted what is done; a killed update does so many again at most."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a published version was built from.

    Attributes:
        version: the name of its file.
        code: the digest of the code that built it.
        chain: how many times it was brought up to date since it was built from nothing.
        packs: the parsed parts of pages that it was made from, by name.
        parts: the clean parts that it holds.
    """

    version: str
    code: str
    chain: int
    packs: tuple[str, ...]
    parts: tuple[files.FileRecord, ...]


class CleanStore:
    """The clean tables; a part is made again when the pages of its span or the code changed."""

    def __init__(self, home: Home) -> None:
        self.folder = home.clean
        self.parsed = ParsedStore(home)
        self.raw = RawStore(home.raw)
        self.manifest = files.Manifest(home.clean / "manifest.json")
        self.draft = files.Manifest(home.clean / "draft.json")
        """What an update has made so far; a killed one goes on from there."""
        self.code = code_digest()

    def paths(self, table: str) -> list[Path]:
        """The parts of a clean table in the order of their days, each found undamaged.

        Raises:
            files.DamagedFileError: if one is missing or differs from the manifest.
        """
        records = sorted((r for r in self.manifest.records() if r.kind == table), key=lambda record: record.name)
        if not records:
            raise files.DamagedFileError(f"{self.folder}: the clean table {table!r} is missing; run `kcna run` again")
        return [self.manifest.checked(record) for record in records]

    def row_counts(self) -> dict[str, int]:
        """Rows by table; what two parts say of one page or one name counts twice."""
        counts = dict.fromkeys(CLEAN_TABLES, 0)
        for record in self.manifest.records():
            counts[record.kind] += record.row_count
        return counts

    def update(self, workers: int = 1) -> int:
        """Make the parts that are missing, damaged or outdated; returns how many files were made."""
        self._sweep()
        stock = self.manifest.whole((*self.manifest.records(), *self.draft.records()))
        before = len(stock)
        pruning = self._prune_tasks()
        with self._sorted(pruning, stock, workers) as tasks:
            jobs = [*self._origin_jobs(), *(_job(prune_span, task, PRUNED) for task in tasks)]
            pruned = self._make("prune", jobs, stock, workers)
        reading = [self._enrich_task(task, pruned) for task in pruning]
        read = self._make("enrich", [_job(enrich_span, task, READ) for task in reading], stock, workers)
        with step("clean.list"):
            self.manifest.replace([*pruned.values(), *read.values()])
            self.draft.replace([])
        self._sweep()
        return len(stock) - before

    def published(self) -> Published | None:
        """What the published version was built from, where that is known and its parts are still there."""
        path = self._published_path
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            parts = tuple(files.FileRecord(**part) for part in stored.pop("parts"))
            return Published(**stored | {"packs": tuple(stored["packs"])}, parts=parts)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None  # then the next build is made from nothing, which needs none of this

    def note_published(self, version: str, is_built_on_last: bool) -> None:
        """Remember that a version was built from the parts that there are now, so that the next can build on it.

        Args:
            version: the name of its file.
            is_built_on_last: whether it is the version before, brought up to date.
        """
        last = self.published()
        chain = last.chain + 1 if last and is_built_on_last else 0
        packs = tuple(pack["page"].name for pack in self.parsed.packs())
        noted = Published(version, self.code, chain, packs, tuple(self.manifest.records()))
        with step("clean.note_published"):
            files.write_text(self._published_path, json.dumps(asdict(noted)) + "\n")
        self._sweep()  # the parts of the version before

    @property
    def _published_path(self) -> Path:
        return self.folder / "published.json"

    def _make(self, label: str, jobs: Sequence[Job], stock: Records, workers: int) -> Records:
        """Do the jobs whose files are not in stock; returns the records of all of them."""
        missing = [job for job in jobs if any(name not in stock for name in job.names)]
        total = sum(job.size for job in missing)
        results = run_tasks([job.call for job in missing], workers if total > SMALL else 1)
        with track(label, total) as tracker:
            for number, (job, records) in enumerate(zip(missing, results, strict=True), start=1):
                stock |= {record.name: record for record in records}
                if number % NOTED_TOGETHER == 0:
                    self.draft.replace(list(stock.values()))
                tracker.advance(job.size)
        self.draft.replace(list(stock.values()))
        return {name: stock[name] for job in jobs for name in job.names}

    def _prune_tasks(self) -> list[SpanTask]:
        packs = self.parsed.packs()
        tables = (*SCHEMAS, "failed", "day")
        self.parsed.manifest.all_checked(pack[table] for pack in packs for table in tables)
        days = files.scan_parquet([self.parsed.folder / pack["day"].name for pack in packs], DAY_SCHEMA).collect()
        numbers = [number for number, pack in enumerate(packs) for _ in range(pack["day"].row_count)]
        filed = days.with_columns(pack=pl.Series(numbers, dtype=pl.Int32))
        starts = {date.fromisoformat(r.name.split("-", 1)[1][:10]) for r in self.manifest.records() if r.kind == "page"}
        dated = [(span, filed.filter(span.holds(pl.col("date")))) for span in plan(filed, starts)]
        undated = filed.filter(UNDATED.holds(pl.col("date"))).group_by(pl.col("pack") // PACKS_TOGETHER)
        return [self._prune_task(*each, packs) for each in (*dated, *((UNDATED, days) for _, days in undated))]

    def _prune_task(self, span: Span, days: pl.DataFrame, packs: Sequence[Records]) -> SpanTask:
        parts = [packs[number] for number in days["pack"].unique().sort()]
        inputs = {table: [self.parsed.folder / part[table].name for part in parts] for table in (*SCHEMAS, "failed")}
        made_from = sorted(part[table].sha256 for part in parts for table in inputs)
        digest = digest_of(prune_digest(), str(span), *made_from)
        return SpanTask(span, digest, self.folder, inputs, int(days["page_count"].sum()))

    @contextlib.contextmanager
    def _sorted(self, tasks: Sequence[SpanTask], stock: Records, workers: int) -> Iterator[Sequence[SpanTask]]:
        """The tasks, each with only its own rows as inputs where otherwise all packs would be read again and again."""
        missing = [t for t in tasks if t.span != UNDATED and any(t.name(table) not in stock for table in PRUNED)]
        names = {path.name for task in missing for path in task.inputs["page"]}
        packs = [pack for pack in self.parsed.packs() if pack["page"].name in names]
        if sum(len(task.inputs["page"]) for task in missing) <= sorting.FEW_READS * len(packs):
            yield tasks
            return
        numbers = {task.span: number for number, task in enumerate(missing)}
        parts = [{table: self.parsed.folder / pack[table].name for table in sorting.TABLES} for pack in packs]
        sizes = [pack["page"].row_count for pack in packs]
        busy = workers if sum(sizes) > SMALL else 1
        with sorting.sorted_packs(parts, sizes, list(numbers), self.folder, busy) as inputs:
            yield [
                replace(task, inputs=inputs, number=numbers[task.span]) if task.span in numbers else task
                for task in tasks
            ]

    def _enrich_task(self, pruned: SpanTask, records: Records) -> SpanTask:
        versions, entries = (records[pruned.name(table)] for table in ("article_version", "sidebar_entry"))
        digest = digest_of(enrich_digest(), versions.sha256, entries.sha256)
        inputs = {record.kind: [self.folder / record.name] for record in (versions, entries)}
        return SpanTask(pruned.span, digest, self.folder, inputs, versions.row_count)

    def _origin_jobs(self) -> list[Job]:
        records = self.raw.offer_files()
        paths = self.raw.manifest.all_checked(records)
        sha256 = {path: record.sha256 for path, record in zip(paths, records, strict=True)}
        jobs = []
        for number, part in enumerate(origins.plan(paths, [record.row_count for record in records])):
            made_from = [
                *(sha256[path] for path in (*part.earlier, *part.own)),
                "",
                *(sha256[path] for path in part.later),
            ]
            name = f"{ORIGIN_FILE}-{number}-{digest_of(self.code, *made_from)}.parquet"
            jobs.append(Job((name,), partial(origins.write_part, part, self.folder / name), 0))
        return jobs

    def _sweep(self) -> None:
        published = self.published()
        kept = published.parts if published else ()
        known = {record.name for record in (*self.manifest.records(), *self.draft.records(), *kept)}
        for pattern in ("*.parquet", f"*{files.TEMPORARY_SUFFIX}"):
            for path in self.folder.glob(pattern):
                if path.name not in known:
                    path.unlink()


def _job(function: Callable[[SpanTask], list[files.FileRecord]], task: SpanTask, tables: Sequence[str]) -> Job:
    return Job(tuple(map(task.name, tables)), partial(function, task), task.size)


@IN_MEMORY
def prune_span(task: SpanTask) -> list[files.FileRecord]:
    """Make the tables of `PRUNED` for one span and write them; returns their records."""
    if task.number is None:
        parsed = {table: files.scan_parquet(task.inputs[table], SCHEMAS[table]) for table in SCHEMAS}
        quarantined = files.scan_parquet(task.inputs["failed"], outcome.QUARANTINE_SCHEMA).collect()
    else:
        parsed = {table: sorting.read_sorted(task.inputs[table], task.number).lazy() for table in SCHEMAS}
        quarantined = sorting.read_sorted(task.inputs["failed"], task.number)
    return [task.write(table, frame) for table, frame in prune_tables(parsed, quarantined, task.span)]


def prune_tables(
    parsed: Mapping[str, pl.LazyFrame], quarantined: pl.DataFrame, span: Span
) -> Iterator[tuple[str, pl.DataFrame]]:
    """The tables of `PRUNED`, by name.

    Args:
        parsed: tables of `SCHEMAS`, of all packs that have rows in the span; other rows in them are left out.
        quarantined: rows of these packs that failed a quarantine rule.
        span: the days to make.
    """
    judged = outcome.final_outcomes(parsed["page"], quarantined)
    is_loaded = ~pl.col("page_sha256").is_in(outcome.refused_pages(judged).implode())
    pages = judged.filter(span.holds(DAY_OF["page"])).collect()
    articles = parsed["article"].filter(span.holds(pl.col("published_date")), is_loaded).collect()
    shown = parsed["sidebar_block"].filter(span.holds(pl.col("shown_date")), "is_complete", is_loaded)
    kept, below_rules = outcome.split_blocks(shown.select(sidebar.BLOCK_COLUMNS).collect(), quarantined)
    versions = article.linked_versions(articles.lazy()).sort("published_date", "article_version_id")
    blocks = sidebar.number_keys(kept)
    appearances = sidebar.appearances(blocks.lazy()).collect()
    first = sidebar.first_appearances(appearances.lazy()).collect()
    entries = sidebar.name_keys(sidebar.entries(blocks.lazy(), first.lazy()))
    dropped = [
        sidebar.name_keys(sidebar.dropped(appearances.lazy(), first.lazy())),
        article.dropped(articles.lazy()),
        below_rules.lazy(),
    ]
    yield "page", outcome.describe(pages.lazy(), articles.lazy(), versions.lazy()).collect()
    # nobody reads what only pruning compares
    yield "article_version", versions.drop("lead_key")
    yield "sidebar_entry", sidebar.link_articles(entries, versions.lazy()).drop("title_key", "teaser_key").collect()
    yield "sidebar_appearance", sidebar.name_keys(appearances.lazy()).drop("captured_date").collect()
    yield "dropped", pl.concat(dropped).sort("page_sha256", "reason").collect()


@IN_MEMORY
def enrich_span(task: SpanTask) -> list[files.FileRecord]:
    """Make the tables of `READ` for one span and write them; returns their records."""
    versions, entries = (
        pl.scan_parquet(list(task.inputs[table]), glob=False) for table in ("article_version", "sidebar_entry")
    )
    return [task.write(table, frame) for table, frame in read_tables(versions, entries)]


def read_tables(versions: pl.LazyFrame, entries: pl.LazyFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """The tables of `READ`, by name, from wordings and sidebar entries."""
    articles = versions.filter("is_current").select("article_id", "title", "body", "published_date", "source_key")
    shown = entries.select("sidebar_entry_id", "title", "teaser", "shown_date", "source_key")
    found = enrich.enrich_in_batches(articles.collect(), shown.collect(), lambda _: None)
    for table, name in ENRICHED.items():
        yield table, found[name]
    yield "sidebar_entry_topic", found["entry_topic"]
