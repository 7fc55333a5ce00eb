"""Ranked search: an index of words per published version, read by DuckDB's extension for full text.

The index is a file of its own below `search/`, made on first use and free to be deleted: what is published is made from
pages and code alone, whatever is installed. The extension comes from its wheel, is loaded by path with its signature
checked, and nothing is downloaded.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from etl import files
from etl.settings import Home, Settings
from etl.warehouse.build import LOADER_CONFIG, connect_work_file
from etl.warehouse.publish import READ_ONLY, published_version
from etl.warehouse.search import IS_WANTED, NO_LETTER, TITLE_WEIGHT, WANTED, Query

_PACKAGE = "duckdb_extension_fts"
_LOCK_NAME = "build.lock"
_DAMAGE = (duckdb.IOException, duckdb.CatalogException)
"""DuckDB checks every block that it reads; the second is raised by a database that is no index."""


class UnrankedError(RuntimeError):
    """Ranked search is not possible here; the message says why."""


_BUILD = (
    # BM25 weighs words by how often they occur in an article; so a title is repeated to weigh more.
    f"""
    create table article as
    select article_id, nfc_normalize(concat_ws(' ', {"title, " * TITLE_WEIGHT} body)) as text
    from warehouse.core.fact_article
    """,  # noqa: S608 - the number is ours
    # The defaults drop all but the letters a to z, and words such as "new" and "work".
    f"""
    pragma create_fts_index(
        'article', 'article_id', 'text',
        stemmer = 'none', stopwords = 'none', ignore = '{NO_LETTER}+', strip_accents = 0, lower = 1
    )
    """,
    "drop table article",
    "copy from database draft to result (schema)",
    *(
        f"insert into result.fts_main_article.{table} from draft.fts_main_article.{table}"
        for table in ("dict", "docs", "fields", "stats")
    ),
    # The places of one word lie together, and a search reads no others: three to four times faster.
    "insert into result.fts_main_article.terms from draft.fts_main_article.terms order by termid, docid",
    "checkpoint result",
    "detach result",
)

_BUILD_DIGEST = hashlib.sha256("".join(_BUILD).encode()).hexdigest()[:8]

_MATCHED = f"""
    create temp table matched as
    with {WANTED}
    select number, termid, word
    from (select termid, term as word from fts_main_article.dict)
    inner join wanted on {IS_WANTED}
"""  # noqa: S608 - the parts are ours, values are bound

_RANKED = """
    with
    found as (
        select docid
        from fts_main_article.terms
        inner join matched using (termid)
        group by docid
        having count(distinct number) = len($words)
    )
    select name as article_id, round(fts_main_article.match_bm25(name, $terms), 3) as score
    from fts_main_article.docs
    semi join found using (docid)
"""


def ranked_hits(settings: Settings, version: Path, query: Query, say: Callable[[str], None]) -> pa.Table:
    """Articles with all words of the query, one row per article with its BM25 as score, from the version's index.

    An index that is missing or damaged is built, and those of versions that are no longer published are removed.

    Args:
        settings: where the home is, and limits of the connections.
        version: the published file that is searched.
        query: the words.
        say: called with a sentence when the user has to wait.

    Raises:
        UnrankedError: if the extension is not installed, or the index can be neither read nor built.
    """
    extension = _extension()
    index = _index_path(settings.paths(), version)
    try:
        hits = _read(settings, extension, index, query)
        return _build_and_read(settings, extension, version, query, say) if hits is None else hits
    except (duckdb.Error, OSError) as error:
        raise UnrankedError(f"the search index cannot be used ({first_line(error)})") from error


def first_line(error: Exception) -> str:
    """What happened, without DuckDB's advice below it."""
    return str(error).split("\n", 1)[0]


def _extension() -> Path:
    """The extension's file inside its wheel, made for this release of DuckDB."""
    package = importlib.util.find_spec(_PACKAGE)
    for folder in (package.submodule_search_locations or []) if package else []:
        path = Path(folder) / "extensions" / f"v{duckdb.__version__}" / "fts.duckdb_extension"
        if path.exists():
            return path
    raise UnrankedError("ranked search needs `pip install 'kcna-warehouse[search]'`")


def _index_path(home: Home, version: Path) -> Path:
    """Named after the version and after how it is built, so that other code never reads an index it does not know."""
    return home.search / f"{version.stem}-{_BUILD_DIGEST}.duckdb"


def _read(settings: Settings, extension: Path, index: Path, query: Query) -> pa.Table | None:
    """The hits; None if the index is missing or damaged."""
    if not index.exists():
        return None
    try:
        return _query(settings, extension, index, query)
    except _DAMAGE:
        return None


def _query(settings: Settings, extension: Path, index: Path, query: Query) -> pa.Table:
    with _connect_index(settings, extension, index) as con:
        con.execute(_MATCHED, query.parameters())
        # As a subquery of the last statement, this would make it a product of all articles and all words.
        ((terms,),) = con.execute("select string_agg(distinct word, ' ' order by word) from matched").fetchall()
        return con.execute(_RANKED, {"terms": terms, "words": query.parameters()["words"]}).to_arrow_table()


def _connect_index(settings: Settings, extension: Path, index: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection with the extension, locked: no other file, network or extension, and no way back."""
    limits: dict[str, str | bool | int | float | list[str]] = {
        "allow_community_extensions": False,
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
    }
    con = duckdb.connect(str(index), read_only=True, config=LOADER_CONFIG | limits)
    try:
        con.execute(f"load {_literal(extension)}")
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
    except duckdb.Error:
        con.close()
        raise
    return con


def _build_and_read(
    settings: Settings, extension: Path, version: Path, query: Query, say: Callable[[str], None]
) -> pa.Table:
    """Build the index unless another search did so meanwhile, and read it before anybody can remove it."""
    index = _index_path(settings.paths(), version)
    with _only_builder(index.parent, say):
        hits = _read(settings, extension, index, query)
        if hits is not None:
            return hits
        say("building the search index of this version once")
        _build(settings, extension, version, index)
        _sweep(settings.paths(), index)
        return _query(settings, extension, index, query)


@contextlib.contextmanager
def _only_builder(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Wait until no other process builds here; the system ends the wait when that process dies."""
    folder.mkdir(exist_ok=True)
    with (folder / _LOCK_NAME).open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another search is building the index; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _build(settings: Settings, extension: Path, version: Path, index: Path) -> None:
    """Build in a private folder; texts and unsorted words are needed only there."""
    with (
        tempfile.TemporaryDirectory(dir=index.parent) as folder,
        files.atomic_path(index) as temporary,
        connect_work_file(Path(folder) / "draft.duckdb", settings) as con,
    ):
        con.execute(f"load {_literal(extension)}")
        con.execute(f"attach {_literal(version)} as warehouse (read_only)")
        con.execute(f"attach {_literal(temporary)} as result")
        for statement in _BUILD:
            con.execute(statement)
    index.chmod(READ_ONLY)


def _sweep(home: Home, index: Path) -> None:
    """Remove indexes of versions that are no longer published, and what killed builds left."""
    published = published_version(home.warehouse)
    kept = {_LOCK_NAME, index.name, _index_path(home, published).name if published else index.name}
    for path in home.search.iterdir():
        if path.name not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
