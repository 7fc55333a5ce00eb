"""Looks for damage in a home: every stored byte against its digest, the warehouse against its rules and the raw pages.

What belongs here: finding damage and saying what to do about it. What does not: mending it. Nothing is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl
import pyarrow as pa

from etl import files
from etl.fetch.raw_store import PACK_SCHEMA, RawStore
from etl.progress import track
from etl.quality import row_rules
from etl.quality.suite import suites_of
from etl.runs import RunStore
from etl.settings import Home, Settings
from etl.stages import CleanStore, build_digest
from etl.warehouse import lock, schema_version
from etl.warehouse.build import changes_of
from etl.warehouse.catalog import SCHEMAS
from etl.warehouse.publish import digest_of, log_of, published_version
from etl.warehouse.read import connect_locked

MANIFEST = "manifest.json"
RESTORE = "restore it from a backup"
RUN = "`kcna run` makes it again"
REBUILD = "`kcna rebuild` makes it again from the raw pages"
SWEPT = "`kcna run` removes it"
LISTED_BYTES = "bytes are those in the manifest (SHA-256)"
AGREES = "accounting_agrees"
"""The rule that must hold in a version of any age."""

_UNREADABLE = (pl.exceptions.PolarsError, pa.ArrowException, duckdb.Error, OSError)


class Damage(NamedTuple):
    """One thing that is not as it was written.

    Attributes:
        file: its path.
        rule: which promise it breaks; a rule id where it is a rule of `expectations/`.
        found: what was found instead.
        advice: what to do.
    """

    file: str
    rule: str
    found: str
    advice: str


class Verification(NamedTuple):
    """What a look at a home found.

    Attributes:
        damages: all damage, in the order of the layers.
        notes: what could not be looked at, and why.
        file_count: files whose bytes were compared with their digests.
    """

    damages: list[Damage]
    notes: list[str]
    file_count: int


def verify(settings: Settings) -> Verification:
    """Look at everything below a home; memory holds one row group of pages and the digests of all.

    Raises:
        etl.warehouse.schema_version.NewerFormatError: if a newer version of this program wrote there.
    """
    files.forget_digests()
    home = settings.paths()
    notes: list[str] = []
    damages = list(_marker_damages(home))
    if lock.is_held(home):
        notes.append("a run is writing here: files that it has not listed yet are not looked at")
    looked_at = _listed_count(home)
    with track("verify", looked_at) as tracker:
        damages += raw_damages(home, tracker.advance)
        damages += _stage_damages(home, tracker.advance)
        damages += _version_damages(home, tracker.advance)
    damages += _link_damages(home)
    damages += _leftovers(home)
    damages += _record_damages(home)
    named = {damage.file for damage in damages}
    version = published_version(home.warehouse)
    if version and str(version) not in named:
        damages += _warehouse_damages(settings, version, notes)
    return Verification(damages, notes, looked_at)


def _marker_damages(home: Home) -> Iterator[Damage]:
    try:
        schema_version.check_home(home)
    except files.DamagedFileError:
        yield Damage(str(schema_version.marker(home)), "format is readable", "it is not", RESTORE)


# Files and their digests ------------------------------------------------------------------------------


def _listed_count(home: Home) -> int:
    clean = CleanStore(home)
    manifests = [files.Manifest(folder / MANIFEST) for folder in (home.raw, home.parsed, home.versions)]
    listed = [_records(manifest) for manifest in (*manifests, clean.manifest, clean.draft)]
    return sum(map(len, listed)) + len(_published_parts(clean))


def _records(manifest: files.Manifest) -> list[files.FileRecord]:
    """The records; none where the manifest is damaged, which is said elsewhere."""
    try:
        return manifest.records()
    except files.DamagedFileError:
        return []


def _manifest_damages(manifest: files.Manifest, advice: str) -> Iterator[Damage]:
    try:
        manifest.records()
    except files.DamagedFileError:
        yield Damage(str(manifest.path), "manifest is readable", "it is not", advice)


def _file_damage(manifest: files.Manifest, record: files.FileRecord, advice: str) -> Damage | None:
    """What is wrong with a recorded file; nothing if a run that is writing has dropped it from the manifest."""
    if manifest.is_whole(record) or record not in _records(manifest):
        return None
    path = manifest.path.parent / record.name
    found = "its bytes differ" if path.exists() else "it is missing"
    return Damage(str(path), LISTED_BYTES, found, advice)


def _abandoned(home: Home, find: Callable[[], Iterable[Path]]) -> list[Path]:
    """Files found both before and after a moment at which nobody writes: no writer owns them."""
    before = {key: path for path in find() if (key := _identity(path))}
    if not before or lock.is_held(home):
        return []
    after = {_identity(path) for path in find()}
    return [path for key, path in before.items() if key in after]


def _identity(path: Path) -> tuple[str, int, int] | None:
    try:
        status = path.lstat()
    except FileNotFoundError:  # its writer was faster
        return None
    return str(path), status.st_ino, status.st_mtime_ns


def _unlisted(
    home: Home, folder: Path, pattern: str, records: Callable[[], Sequence[files.FileRecord]], advice: str
) -> Iterator[Damage]:
    """Files that no record names; while a run is writing, such files are its own."""

    def strays() -> list[Path]:
        known = {record.name for record in records()}
        present = sorted(folder.glob(pattern)) if folder.is_dir() else []
        return [path for path in present if files.TEMPORARY_SUFFIX not in path.name and path.name not in known]

    for path in _abandoned(home, strays):
        yield Damage(str(path), "every file is in the manifest", "it is in none", advice)


# Raw ------------------------------------------------------------------------------------------------


def raw_damages(home: Home, advance: Callable[[int], None] = lambda _: None) -> Iterator[Damage]:
    """Damage of the raw store, which nothing can make again: packs, each page in them, and the records of offers.

    Args:
        home: where the store is.
        advance: called with 1 after every file.
    """
    store = RawStore(home.raw)
    yield from _manifest_damages(store.manifest, RESTORE)
    whole = []
    for record in _records(store.manifest):
        found = list(_pack_damages(store, record) if record.kind == "pages" else _offer_damages(store, record))
        whole += [] if found else [record]
        yield from found
        advance(1)
    yield from _unlisted(home, home.raw, "*.parquet", lambda: _records(store.manifest), SWEPT)
    yield from _identity_damages(store, whole)


def _pack_damages(store: RawStore, record: files.FileRecord) -> Iterator[Damage]:
    path = str(store.folder / record.name)
    count = 0
    try:
        for batch in store.page_batches(record):
            count += batch.height
            for sha256, content in batch.select("page_sha256", "content").iter_rows():
                if hashlib.sha256(content).hexdigest() != sha256:
                    yield Damage(path, "page has the bytes of its name (SHA-256)", f"page {sha256} has not", RESTORE)
    except files.DamagedFileError:
        if damage := _file_damage(store.manifest, record, RESTORE):
            yield damage
        return
    except _UNREADABLE:
        yield Damage(path, "pack is readable", "it is not", RESTORE)
        return
    if count != record.row_count:
        yield Damage(path, "pack has the pages in the manifest", f"{count} of {record.row_count}", RESTORE)


def _offer_damages(store: RawStore, record: files.FileRecord) -> Iterator[Damage]:
    if damage := _file_damage(store.manifest, record, RESTORE):
        yield damage


def _identity_damages(store: RawStore, whole: Sequence[files.FileRecord]) -> Iterator[Damage]:
    """Pages stored twice, and offers of pages that are not stored, as far as the files are whole."""
    pages = _page_digests(store, [record for record in whole if record.kind == "pages"])
    if repeated := pages.height - pages["page_sha256"].n_unique():
        yield Damage(str(store.folder), "every page is stored once", f"{repeated} are stored again", REBUILD)
    if len(whole) < len(_records(store.manifest)):
        return
    try:
        named = store.offers().filter(pl.col("page_sha256").is_not_null()).select("page_sha256").unique()
        lost = named.join(pages.lazy(), on="page_sha256", how="anti").select(pl.len()).collect().item()
    except (files.DamagedFileError, *_UNREADABLE):
        yield Damage(str(store.folder), "offers are readable", "they are not", RESTORE)
        return
    if lost:
        yield Damage(str(store.folder), "every offered page is stored", f"{lost} are not", RESTORE)


def _page_digests(store: RawStore, packs: Sequence[files.FileRecord]) -> pl.DataFrame:
    paths = [store.folder / pack.name for pack in packs]
    return files.scan_parquet(paths, PACK_SCHEMA).select("page_sha256").collect()


# Stages and versions ----------------------------------------------------------------------------------


def _stage_damages(home: Home, advance: Callable[[int], None]) -> Iterator[Damage]:
    parsed, clean = files.Manifest(home.parsed / MANIFEST), CleanStore(home)
    for manifest in (parsed, clean.manifest, clean.draft):
        yield from _manifest_damages(manifest, REBUILD)
        for record in _records(manifest):
            if damage := _file_damage(manifest, record, RUN):
                yield damage
            advance(1)
    published = _published_parts(clean)
    for record in published:
        if not clean.manifest.is_whole(record) and record in _published_parts(clean):
            path = clean.folder / record.name
            yield Damage(str(path), LISTED_BYTES, "its bytes differ, or it is missing", REBUILD)
        advance(1)
    yield from _unlisted(home, home.parsed, "*.parquet", lambda: _records(parsed), SWEPT)
    yield from _unlisted(home, home.clean, "*.parquet", lambda: _clean_records(clean), SWEPT)


def _clean_records(clean: CleanStore) -> list[files.FileRecord]:
    return [*_records(clean.manifest), *_records(clean.draft), *_published_parts(clean)]


def _published_parts(clean: CleanStore) -> list[files.FileRecord]:
    """Parts kept because the next build may go on from them, where no manifest lists them any more."""
    published = clean.published()
    known = {*_records(clean.manifest), *_records(clean.draft)}
    return [record for record in (published.parts if published else ()) if record not in known]


def _version_damages(home: Home, advance: Callable[[int], None]) -> Iterator[Damage]:
    manifest = files.Manifest(home.versions / MANIFEST)
    yield from _manifest_damages(manifest, f"{RESTORE}, or delete it and `kcna run` publishes anew")
    current = published_version(home.warehouse)
    for record in _records(manifest):
        is_current = current is not None and current.name == record.name
        advice = RUN if is_current else "an older version that nothing needs; the next publication removes it"
        if damage := _file_damage(manifest, record, advice):
            yield damage
        advance(1)
    removes = "`kcna run` removes it when it publishes"
    yield from _unlisted(home, home.versions, "*.duckdb", lambda: _records(manifest), removes)
    for log in sorted(home.versions.glob("*.wal")) if home.versions.is_dir() else ():
        yield Damage(str(log), "no version is written to", "a log keeps readers from the version", "delete it")


def _link_damages(home: Home) -> Iterator[Damage]:
    link, rule = home.warehouse, "link leads to a listed version"
    listed = {record.name for record in _records(files.Manifest(home.versions / MANIFEST))}
    if not link.is_symlink():
        if link.exists():
            yield Damage(str(link), rule, "it is no link", "move it away and `kcna run` makes the link again")
        elif listed:
            yield Damage(str(link), rule, "it is missing", RUN)
        return
    target = link.parent / link.readlink()
    if not target.exists():
        yield Damage(str(link), rule, "it leads nowhere", RUN)
    elif target.parent.resolve() != home.versions or target.name not in listed:
        yield Damage(str(link), rule, "it leads elsewhere", RUN)


# What killed runs leave -------------------------------------------------------------------------------


def _leftovers(home: Home) -> Iterator[Damage]:
    for path in _abandoned(home, lambda: _left(home)):
        yield Damage(str(path), "no run is half done", "left by a run that was interrupted", SWEPT)


def _left(home: Home) -> Iterator[Path]:
    for folder in (home.root, home.raw, home.parsed, home.clean, home.versions, home.runs, home.report.parent):
        yield from lock.left_behind(folder)
    yield from sorted(home.raw.glob(f"*{files.TEMPORARY_SUFFIX}.parquet")) if home.raw.is_dir() else ()
    yield from lock.drafts(home)
    if log_of(home.work_file).exists():
        yield log_of(home.work_file)
    if not _is_blocked(home):
        yield from (path for path in (home.work_file, changes_of(home.work_file)) if path.exists())


def _is_blocked(home: Home) -> bool:
    """Whether the last run was blocked; then the work file stays for people to look at."""
    try:
        last = RunStore(home).latest()
    except files.DamagedFileError:
        return False
    return last is not None and last.verdict == "blocked"


def _record_damages(home: Home) -> Iterator[Damage]:
    for path in sorted(home.runs.glob("*.json")) if home.runs.is_dir() else ():
        try:
            RunStore.read(path)
        except files.DamagedFileError:
            yield Damage(str(path), "record of a run is readable", "it is not", "move it away to go on without it")
        except FileNotFoundError:  # pruned meanwhile
            continue


# The warehouse ----------------------------------------------------------------------------------------


def _warehouse_damages(settings: Settings, version: Path, notes: list[str]) -> Iterator[Damage]:
    """What the published version says, judged by the rules that stopped nothing when it was published."""
    is_current = _is_current(settings.paths(), version)
    if not is_current:
        notes.append("the published version is older than the raw pages or the code; `kcna run` brings it up to date")
    try:
        con = connect_locked(version, settings)
    except duckdb.Error:
        yield Damage(str(version), "warehouse opens", "it does not", REBUILD)
        return
    with con:
        schema_version.check_warehouse(con, version)
        try:
            yield from _rule_damages(con, version, is_current=is_current)
            yield from _page_damages(con, settings.paths(), version, is_current=is_current)
        except duckdb.Error as error:
            yield Damage(str(version), "warehouse is readable", row_rules.explain_error(error), REBUILD)


def _is_current(home: Home, version: Path) -> bool:
    try:
        return digest_of(version) == build_digest(home)
    except files.DamagedFileError:
        return False


def _rule_damages(con: duckdb.DuckDBPyConnection, version: Path, *, is_current: bool) -> Iterator[Damage]:
    """Blocking rules: keys, references, accounting. A version made by other code is held only to its accounting."""
    suites = suites_of(*SCHEMAS)
    with track("check", len(suites)) as tracker:
        for suite in suites:
            for result in row_rules.evaluate(con, suite):
                is_held_to = result.blocking and (is_current or (result.rule_id == AGREES and not result.error))
                if is_held_to and not result.success:
                    found = result.error or f"{result.rows_failed} rows of {result.table} break it"
                    yield Damage(str(version), result.rule_id, found, REBUILD)
            tracker.advance()


def _page_damages(con: duckdb.DuckDBPyConnection, home: Home, version: Path, *, is_current: bool) -> Iterator[Damage]:
    """Pages of the warehouse that are not raw, and the reverse where none was fetched since."""
    store = RawStore(home.raw)
    packs = [record for record in _records(store.manifest) if record.kind == "pages"]
    if not all(map(store.manifest.is_whole, packs)):
        return
    con.register("raw_page", _page_digests(store, packs))
    only_here, only_raw = con.execute(
        """
        select
            (select count(*) from core.fact_page anti join raw_page using (page_sha256)),
            (select count(*) from raw_page anti join core.fact_page using (page_sha256))
        """
    ).fetchall()[0]
    if only_here:
        yield Damage(str(version), "every page of the warehouse is raw", f"{only_here} are not", RESTORE)
    if only_raw and is_current and _is_current(home, version):  # none may have been fetched meanwhile
        yield Damage(str(version), "every raw page is in the warehouse", f"{only_raw} are not", REBUILD)
