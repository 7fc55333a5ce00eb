"""A warehouse file made of a few articles, published in a home of its own, to be searched in both ways."""

import contextlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from etl.settings import Settings
from etl.warehouse import search, search_index
from etl.warehouse.read import connect_published

STEERING = "\x1b[31mred\x9b31m\x07\u202e"
"""A text that would colour a terminal, ring its bell and turn its writing round."""

LABELS = {"kcna-kp-en": "KCNA.kp (En)", "rodong-en": "Rodong Sinmun (En)", "unlisted-01234567": STEERING}
DAY = date(2024, 9, 18)


@dataclass
class Home:
    """A home with a published version."""

    settings: Settings
    pages: dict

    def connect(self):
        """A locked connection to the published version."""
        return connect_published(self.settings)

    @property
    def version(self):
        """The published file."""
        return self.settings.paths().warehouse.resolve()

    @property
    def indexes(self):
        """The search indexes in the home."""
        return sorted(path.name for path in self.settings.paths().search.glob("*.duckdb"))

    def search(self, text, way, first=None, last=None, sources=(), limit=1_000):
        """The rows found, as dictionaries."""
        query = search.parse_query(text)
        with self.connect() as con:
            scope = search.make_scope(con, first, last, sources)
            search.keep_found(con, self.hits(con, query, scope, way), query, scope)
            cursor = search.best_found(con, query, limit)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def hits(self, con, query, scope, way):
        """Articles with all words, found in one of the two ways."""
        if way == "plain":
            return search.plain_hits(con, query, scope)
        return search_index.ranked_hits(self.settings, self.version, query, lambda line: None)


def found_ids(home, text, way):
    """The ids of the articles found, sorted."""
    return sorted(row["article_id"] for row in home.search(text, way))


def publish(settings, pages, name="kcna-20240919T120000Z-aaaaaaaaaaaa", **fields):
    """Publish a version of these articles, by id their title and body; fields as in `one_home`."""
    home = settings.paths()
    home.versions.mkdir(parents=True, exist_ok=True)
    version = home.versions / f"{name}.duckdb"
    _write(version, pages, **fields)
    home.warehouse.unlink(missing_ok=True)
    home.warehouse.symlink_to(Path("versions") / version.name)
    return version


def _write(path, pages, days=(), sources=(), sidebar_only=0):
    days, sources = dict(days), dict(sources)
    rows = [(i, sources.get(i, "kcna-kp-en"), t, days.get(i, DAY), body) for i, (t, body) in pages.items()]
    with contextlib.closing(duckdb.connect(str(path))) as con:
        con.execute("create schema core; create schema marts")
        con.execute(
            "create table core.fact_article "
            "(article_id varchar, source_id varchar, title varchar, published_date date, body varchar)"
        )
        con.execute("create table core.dim_source (source_id varchar, label varchar, label_key varchar)")
        con.execute("create table marts.sidebar_only_article (source_id varchar, shown_date date)")
        con.executemany("insert into core.fact_article values (?, ?, ?, ?, ?)", rows)
        labels = [(source, label, label.lower()) for source, label in LABELS.items()]
        con.executemany("insert into core.dim_source values (?, ?, ?)", labels)
        for _ in range(sidebar_only):
            con.execute("insert into marts.sidebar_only_article values ('kcna-kp-en', ?)", [DAY])


def one_home(folder, pages, **fields):
    """A home with these articles published.

    Args:
        folder: where the home is made.
        pages: title and body by id of the article.
        fields: `days` and `sources` by id, where they differ from the usual; `sidebar_only`, a number of entries.
    """
    settings = Settings(home=folder / "home")
    publish(settings, pages, **fields)
    return Home(settings, pages)
