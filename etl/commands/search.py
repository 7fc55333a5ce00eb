"""`kcna search`: articles by words, with how many were searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from etl.commands import show
from etl.commands.rows import print_rows
from etl.settings import Settings
from etl.warehouse import search
from etl.warehouse.read import connect_published
from etl.warehouse.search_index import UnrankedError, first_line, ranked_hits


def run_search(
    settings: Settings,
    text: str,
    first: date | None,
    last: date | None,
    sources: Sequence[str],
    limit: int,
    style: str,
) -> int:
    """Print the articles that were found, and on stderr how many were searched.

    Args:
        settings: where the home is, and limits of the connections.
        text: the query as typed.
        first: earliest published date; None for any.
        last: latest published date; None for any.
        sources: ids or labels of sources; none for all.
        limit: articles printed at most.
        style: `table`, `json` or `csv`.

    Returns:
        The exit code: 0, also where nothing was found; 2 if the query or a limit cannot be used.
    """
    try:
        with connect_published(settings) as con:
            query = search.parse_query(text)
            _search(settings, con, query, search.make_scope(con, first, last, sources), limit, style)
    except search.SearchError as error:
        return show.fail(str(error))
    except duckdb.OutOfMemoryException as error:
        what = f"the search needs more memory than KCNA_MEMORY_LIMIT allows ({first_line(error)})"
        return show.fail(f"{what}; set it higher, for example to 2GB")
    return 0


def _search(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    query: search.Query,
    scope: search.Scope,
    limit: int,
    style: str,
) -> None:
    version = _version(con)
    found = search.keep_found(con, _hits(settings, con, version, query, scope), query, scope)
    cursor = search.best_found(con, query, limit)
    if style == "table":
        _print_list(cursor)
    else:
        print_rows([column[0] for column in cursor.description], cursor, style)
    for line in _summary(found, limit, search.measure(con, scope), version):
        show.say(line)


def _hits(
    settings: Settings, con: duckdb.DuckDBPyConnection, version: Path, query: search.Query, scope: search.Scope
) -> pa.Table:
    """Articles with all words, ranked if that is possible here."""
    try:
        return ranked_hits(settings, version, query, show.say)
    except UnrankedError as reason:
        show.say(f"{reason}; plain search is used now")
        return search.plain_hits(con, query, scope)


def _version(con: duckdb.DuckDBPyConnection) -> Path:
    """The file that this connection reads, whatever is published meanwhile."""
    ((path,),) = con.execute("select path from duckdb_databases() where database_name = current_database()").fetchall()
    return Path(path)


def _print_list(cursor: duckdb.DuckDBPyConnection) -> None:
    """Three lines to an article: six columns beside each other would leave a terminal no room for texts."""
    lines: list[tuple[str, object]] = []
    for score, day, source_id, title, text, article_id in cursor.fetchall():
        lines += [(f"{score}  {day}", title), (source_id, text), ("", article_id), ("", "")]
    show.console().print(show.facts(lines[:-1]))


def _summary(found: int, limit: int, extent: search.Extent, version: Path) -> Iterator[str]:
    """How many articles were found among how many: no count without what it is a part of."""
    beyond = f" of {show.count(extent.all_articles)}" if extent.articles < extent.all_articles else ""
    days = f", published {extent.first} to {extent.last}" if extent.articles else ""
    shown = f" The first {show.count(limit)} are shown." if found > limit else ""
    yield (
        f"Articles found: {show.count(found)}; searched: {show.count(extent.articles)}{beyond}{days}, "
        f"in {version.name}.{shown}"
    )
    if not found:
        yield "Words are found whole: launch* finds also launches, and '\"launch\"' in quotes any text with it."
    if extent.sidebar_only:
        yield (
            "Known only from sidebars, without their text, and not searched: "
            f"{show.count(extent.sidebar_only)} (marts.sidebar_only_article)."
        )
