"""Brings a copy of the published warehouse up to date, where few clean parts changed since it was built.

Of the large tables only the rows that changed are replaced: their own SQL loads them, over clean tables that show only
what the changed keys name. All other tables are built anew. The content is that of a full build, row for row.
"""

# The module's work is to write SQL: names are those of our tables and columns, paths are quoted.
# ruff: noqa: S608

from __future__ import annotations

import atexit
import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl import files
from etl.quality.suite import quote_identifier
from etl.settings import Home
from etl.stages import CLEAN_TABLES, CleanStore
from etl.stages.clean import Published
from etl.stages.database import parquet_sql
from etl.stages.parsed import part_names
from etl.warehouse.catalog import SCHEMAS, read_sql, sources
from etl.warehouse.publish import is_undamaged, published_version

LARGEST_SHARE = 0.2
"""Of the rows; where more changed, building anew takes no longer."""

LONGEST_CHAIN = 50
"""Replaced rows leave holes in the file; after so many builds on top of each other, one is made from nothing."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """A table whose rows can be replaced by key.

    Attributes:
        columns: what names the rows that are replaced together; the clean tables have these columns too. With `MONTH`,
            whole months are made anew.
        sources: the tables whose changes concern it: clean ones, or keyed ones. These have the columns too, or with
            `MONTH` a day in `DAYS` or the key of an article.
        is_local: whether all rows of a key come from parts of one span; otherwise all parts are looked through.
    """

    columns: tuple[str, ...]
    sources: tuple[str, ...]
    is_local: bool = True


ARTICLE, ENTRY, PAGE, MONTH = ("article_id",), ("sidebar_entry_id",), ("page_sha256",), ("month",)
KEYED: Mapping[str, Keyed] = {
    "core.fact_article": Keyed(ARTICLE, ("article_version",)),
    "core.fact_article_version": Keyed(ARTICLE, ("article_version",)),
    "core.fact_page": Keyed(PAGE, ("page", "origin_file"), is_local=False),
    "core.fact_sidebar_entry": Keyed(ENTRY, ("sidebar_entry",)),
    "core.fact_sidebar_appearance": Keyed((*PAGE, *ENTRY), ("sidebar_appearance",)),
    "core.fact_mention": Keyed(ARTICLE, ("mention",)),
    "core.fact_article_topic": Keyed(ARTICLE, ("article_topic",)),
    "core.fact_sidebar_entry_topic": Keyed(ENTRY, ("sidebar_entry_topic",)),
    "core.fact_leader_event_report": Keyed(ARTICLE, ("leader_event", "article_version")),
    "core.fact_press_review_item": Keyed(ARTICLE, ("press_review_item",)),
    "quality.page_outcome": Keyed(PAGE, ("page", "origin_file"), is_local=False),
    "quality.origin_file": Keyed(("url",), ("origin_file",), is_local=False),
    "quality.dropped": Keyed(PAGE, ("dropped",), is_local=False),
    "marts.field_completeness": Keyed(MONTH, ("core.fact_article", "core.fact_article_topic", "core.fact_mention")),
    "marts.press_review_item": Keyed(ARTICLE, ("core.fact_press_review_item", "core.fact_article")),
    "marts.province_month": Keyed(
        MONTH, ("core.fact_article", "core.fact_mention", "core.fact_press_review_item", "core.fact_sidebar_entry")
    ),
    "marts.publication_lag": Keyed(ARTICLE, ("core.fact_article", "core.fact_leader_event_report")),
    "marts.revision": Keyed(ARTICLE, ("core.fact_article_version", "core.fact_article")),
    "marts.sidebar_only_article": Keyed(ENTRY, ("core.fact_sidebar_entry",)),
    "marts.topic_month": Keyed(MONTH, ("core.fact_article", "core.fact_article_topic")),
}

DAYS = {"core.fact_article": "published_date", "core.fact_sidebar_entry": "shown_date"}
"""The day of a row, which tells its month."""

ONE_ROW_PER_PAGE = ("page",)
"""Of these no other part needs to be looked through where the new parts have all pages that changed."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one clean table: all of them now, and those that came and went since the warehouse was built."""

    now: Sequence[Path]
    added: Sequence[Path]
    removed: Sequence[Path]


class Increment:
    """The clean tables as the tables of a copied warehouse are to see them, one table after the other.

    Args:
        con: the copy, open for writing.
        version: the name of the version that it is a copy of.
        parts: the parts of the clean tables, by table.
        changes: the file that is to name what changed, for the checks: the version, and for each keyed table the keys
            of rows that came or went (in a table of the same name), the places in the version of those that went
            (`gone_rows`), and how many rows stayed (`kept`).
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, version: str, parts: Mapping[str, Parts], changes: Path) -> None:
        self.con = con
        self.parts = parts
        self._compared: set[str] = set()
        self.main = quote_identifier(str(con.execute("select current_database()").fetchall()[0][0]))
        con.execute("attach ':memory:' as clean; attach ':memory:' as difference; attach ':memory:' as narrow")
        attach(con, changes, "changed")
        con.execute("create table changed.built_on as select $version as version", {"version": version})
        con.execute("create table changed.kept (table_name varchar, row_count bigint)")
        con.execute("create table difference.gone_month (table_name varchar, month date)")
        for schema in SCHEMAS:
            con.execute(f"create schema changed.{schema}; create schema changed.{schema}_gone")
            con.execute(f"create schema narrow.{schema}")
        for table in parts:
            self._show(table)

    def close(self) -> None:
        """Let go of the clean tables and of the file of changes, which is whole then."""
        self.con.execute("detach clean; detach difference; detach narrow; detach changed")

    def load(self, table: str) -> None:
        """Bring one table up to date; the tables that its SQL reads are up to date already."""
        keyed = KEYED.get(table)
        if keyed is None:
            self.con.execute(f"drop table if exists {table}")
            self.con.execute(read_sql(table))
            return
        self._find_changes(table, keyed)
        self._delete_changed(table, keyed)
        if keyed.sources[0] in KEYED:
            self._derive(table, keyed)
        elif any(self.parts[source].added or self.parts[source].removed for source in keyed.sources):
            self._read(table, keyed)

    def _read(self, table: str, keyed: Keyed) -> None:
        """Load the rows of changed keys from clean tables that show nothing else."""
        read = [name.split(".")[1] for name in sources(table) if name.startswith("clean.")]
        for source in read:
            self._show_changed(source, table, keyed)
        for statement in self.con.extract_statements(read_sql(table)):
            if statement.type == duckdb.StatementType.INSERT:
                self.con.execute(statement)
        for source in read:
            self._show(source)

    def _derive(self, table: str, keyed: Keyed) -> None:
        """Load the rows of changed keys from other tables of the warehouse.

        Its SQL runs in a database in memory, in which these tables show nothing else.
        """
        for source in sources(table):
            condition = _narrowed(source, table, keyed) if source in keyed.sources else ""
            self.con.execute(f"create or replace view narrow.{source} as from {self.main}.{source} as part {condition}")
        self.con.execute("use narrow")
        self.con.execute(read_sql(table))
        self.con.execute(f"use {self.main}")
        self.con.execute(f"insert into {table} from narrow.{table}")

    def _find_changes(self, table: str, keyed: Keyed) -> None:
        """The keys of rows that came or went, as the table of the same name in `changed`."""
        columns = ", ".join(keyed.columns)
        changed = [name for source in keyed.sources for name in self._changed(source, keyed)]
        union = " union all ".join(f"select {columns} from {source}" for source in changed)
        self.con.execute(f"create table changed.{table} as select distinct * from ({union})")

    def _changed(self, source: str, keyed: Keyed) -> Iterator[str]:
        """What names, in these columns, the changed rows of a source, as they were and as they are."""
        if keyed.columns != MONTH:
            yield f"changed.{source}" if source in KEYED else self._difference(source)
            return
        dated = source if source in DAYS else "core.fact_article"
        yield f"(from difference.gone_month where table_name = '{dated}')"
        yield (
            f"(select {_month(dated)} as month from {dated} as part "
            f"semi join changed.{source} as key on {matches('part', KEYED[dated].columns)})"
        )

    def _delete_changed(self, table: str, keyed: Keyed) -> None:
        """Delete the rows of the changed keys, and note which these were and how many are left."""
        gone = gone_rows(table)
        self.con.execute(
            f"create table {gone} as select target.rowid as row_id from {table} as target "
            f"semi join changed.{table} as key on {matches('target', keyed.columns)}"
        )
        if table in DAYS:
            self.con.execute(
                f"insert into difference.gone_month select distinct '{table}', {_month(table)} from {table} as part "
                f"where part.rowid in (from {gone})"
            )
        self.con.execute(f"delete from {table} where rowid in (from {gone})")
        self.con.execute(f"insert into changed.kept select '{table}', count(*) from {table}")

    def _difference(self, source: str) -> str:
        """The table of the keys, of whatever kind, of the rows of a clean table that came or went; made once.

        Rows are compared by their keys and a hash of the whole row, because whole rows can be long.
        """
        name = f"difference.{source}"
        if source in self._compared:
            return name
        self._compared.add(source)
        columns = sorted({column for keyed in KEYED.values() if source in keyed.sources for column in keyed.columns})
        selected = f"select {', '.join(columns)}, hash(part) as row_hash"
        added, removed = (
            f"{selected} from {self._rows(source, paths)}"
            for paths in (self.parts[source].added, self.parts[source].removed)
        )
        self.con.execute(
            f"create table {name} as ({added} except all {removed}) union all ({removed} except all {added})"
        )
        return name

    def _rows(self, source: str, paths: Sequence[Path]) -> str:
        return f"{parquet_sql(paths or self.parts[source].now[:1])} as part where {'true' if paths else 'false'}"

    def _show(self, source: str, paths: Sequence[Path] | None = None, condition: str = "") -> None:
        rows = parquet_sql(paths or self.parts[source].now)
        self.con.execute(f"create or replace view clean.{source} as from {rows} as part {condition}")

    def _show_changed(self, source: str, table: str, keyed: Keyed) -> None:
        """Let a clean table show the rows of changed keys."""
        parts = self.parts[source]
        if keyed.is_local and not parts.added:
            self._show(source, condition="where false")
            return
        condition = f"semi join changed.{table} as key on {matches('part', keyed.columns)}"
        is_enough = keyed.is_local or (source in ONE_ROW_PER_PAGE and self._has_all(parts.added, table))
        self._show(source, parts.added if is_enough else parts.now, condition)

    def _has_all(self, paths: Sequence[Path], table: str) -> bool:
        """Whether these parts have a row for each changed page."""
        if not paths:
            return False
        missing = f"from changed.{table} anti join {parquet_sql(paths)} using (page_sha256) select count(*)"
        return self.con.execute(missing).fetchall() == [(0,)]


def _month(dated: str) -> str:
    """The first day of the month of the row `part`, as tables by month name it."""
    return f"date_trunc('month', part.{DAYS[dated]})::date"


def _narrowed(source: str, table: str, keyed: Keyed) -> str:
    """The condition that the row `part` of a source has to do with what changed in a table."""
    if keyed.columns != MONTH:
        return f"semi join changed.{table} as key on {matches('part', keyed.columns)}"
    if source in DAYS:
        return f"semi join changed.{table} as key on {_month(source)} = key.month"
    return f"semi join narrow.core.fact_article as key on {matches('part', ARTICLE)}"


def attach(con: duckdb.DuckDBPyConnection, path: Path, name: str, options: str = "") -> None:
    """Attach a DuckDB file to a connection under a name."""
    literal = str(path).replace("'", "''")
    con.execute(f"attach '{literal}' as {name} {options}")


def gone_rows(table: str) -> str:
    """The table of the numbers (`row_id`) of the rows of the version that were deleted."""
    schema, name = table.split(".")
    return f"changed.{schema}_gone.{name}"


def matches(name: str, columns: Sequence[str]) -> str:
    """The condition that a row has the same values as the row `key`, where null is a value like others."""
    return " and ".join(f'{name}."{column}" is not distinct from key."{column}"' for column in columns)


def is_small(clean: CleanStore, version: Path | None) -> bool:
    """Whether so little changed since this version was built, by the same code, that it can be brought up to date."""
    published = _built_by_this_code(clean, version)
    if published is None:
        return False
    then = {record.name for record in published.parts}
    now = clean.manifest.records()
    return _is_few([record for record in now if record.name not in then], now)


def _built_by_this_code(clean: CleanStore, version: Path | None) -> Published | None:
    """What a version was built from; None where it is not known, other code built it, or it was updated too often."""
    published = clean.published()
    if version is None or published is None or published.version != version.name or published.code != clean.code:
        return None
    return published if published.chain < LONGEST_CHAIN else None


def _is_few(some: Sequence[files.FileRecord], records: Sequence[files.FileRecord]) -> bool:
    return sum(record.row_count for record in some) <= LARGEST_SHARE * sum(record.row_count for record in records)


def changed_parts(clean: CleanStore) -> dict[str, Parts] | None:
    """What changed in the clean tables since the published version was built; None if parts of then are damaged.

    Raises:
        files.DamagedFileError: if a part of now differs from its record.
    """
    published = clean.published()
    then = {record.name: record for record in (published.parts if published else ())}
    now = {record.name: record for record in clean.manifest.records()}
    added = [record for name, record in now.items() if name not in then]
    removed = [record for name, record in then.items() if name not in now]
    if not all(map(clean.manifest.is_whole, removed)):
        return None

    def paths(records: Sequence[files.FileRecord], table: str) -> list[Path]:
        return [clean.manifest.checked(record) for record in records if record.kind == table]

    return {table: Parts(clean.paths(table), paths(added, table), paths(removed, table)) for table in CLEAN_TABLES}


def copy_ahead(home: Home, draft: Path) -> None:
    """Begin to copy the published version, beside other work, if it looks as if it will be brought up to date.

    The pages are fetched, and so few are new that the clean parts will hardly change. A copy that is not wanted after
    all is removed when the process ends, or by the next writer as any draft is.
    """
    clean, version = CleanStore(home), published_version(home.warehouse)
    published = _built_by_this_code(clean, version)
    packs = clean.raw.packs()
    new = [pack for pack in packs if published and part_names(pack)["page"] not in published.packs]
    if version and new and _is_few(new, packs):
        atexit.register(_copy_of(draft).unlink, missing_ok=True)  # Python waits for the thread before
        pool = ThreadPoolExecutor(1)
        _begun[draft] = version, pool.submit(copy_version, version, _copy_of(draft))
        pool.shutdown(wait=False)


def make_copy(version: Path | None, draft: Path) -> bool:
    """Make a private copy of a version, if one is named, or take the one that was begun ahead.

    Returns:
        Whether the draft is one; it is not where the version's bytes are not those that were published.
    """
    copied, copying = _begun.pop(draft, (None, None))
    with contextlib.suppress(OSError):  # then it is tried again here, and that error is told
        if copying and copying.result() and copied == version:
            _copy_of(draft).replace(draft)
            return True
    _copy_of(draft).unlink(missing_ok=True)
    return version is not None and copy_version(version, draft)


def _copy_of(draft: Path) -> Path:
    return draft.with_name(f"{draft.name}.copy")


_begun: dict[Path, tuple[Path, Future[bool]]] = {}
"""Copies begun ahead, by the draft that they are for: of which version, and whether it is as it was published."""


def copy_version(version: Path, draft: Path) -> bool:
    """Make a private copy of a published version; False where its bytes are not those that were published."""
    draft.parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(1) as pool:  # both read the same gigabytes
        is_good = pool.submit(is_undamaged, version)
        shutil.copyfile(version, draft)
        files.flush_file(draft)  # the first checkpoint would have to wait for all of it
    if not is_good.result():
        draft.unlink()
        return False
    draft.chmod(0o644)
    return True
