"""Measured pieces of the project, and the plain program that they are compared with; each runs in its own process.

`python -m benchmarks.baselines NAME FILE [HOME]` prints one line of JSON. FILE is a Parquet file of pages, for `run`
whatever a run takes as its origin, for `copying` a home, and then a new folder. Used by `benchmarks.pipeline`.
"""

import csv
import hashlib
import json
import os
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.measuring import timed, tree_cpu
from benchmarks.render import render_html

REFERENCE = Path(__file__).parent.parent / "etl" / "reference"
BATCH = 2_000
PLAIN_PAGES = 2_000

# The plain program ----------------------------------------------------------------------------------

_HEADER = re.compile(r"^([A-Z][a-z]+ \d\d, \d{4})")
_PAGE = re.compile(
    r"KCNA (?P<source>[^\n]*)\n\n(?P<title>[^\n]+)\n\nDate: (?P<day>\d\d)/(?P<month>\d\d)/(?P<year>\d{4}) \| [^\n]*\n\n"
    r"(?P<body>.*?)\n\n(?:www\.[^\n]*\n\n)?More From [^\n]*\n\n(?P<sidebar>.*)",
    re.DOTALL,
)
_KOREAN_NAME = re.compile(r"\b(?:Kim|Ri|Pak|Choe|Jong|Kang|Jo|Yun|Jang|Rim|Han|Hwang|Hong) [A-Z][a-z]+ [A-Z][a-z]+\b")
_ORGANIZATION = re.compile(
    r"\b(?:[A-Z][\w'-]+ )+(?:Factory|Farm|Mine|Complex|Institute|Hospital|University|Committee)\b"
)
_TABLES = """
create table page (sha256 text primary key, outcome text, reason text, captured text);
create table article (id text primary key, known_as text, source text, title text, published text, body text);
create table mention (article_id text, kind text, surface text, start integer);
create table entry (id text primary key, title text, shown text, teaser text);
create table appearance (sha256 text, entry_id text, position integer);
create table topic (article_id text, topic text);
"""


class PlainProgram:
    """What one would write first: regular expressions page by page, row inserts, a commit after each page, SQLite.

    It reads one layout, names, topics, and wordings of one article by the words they share. It does less than the
    project: no rules, no report, no appearances of the leader, no offsets that survive, and no second look at anything.
    """

    def __init__(self, database: Path) -> None:
        places = [name for row in _rows("places.csv") for name in (row["name_short"], *row["alternates"].split("|"))]
        countries = [name for row in _rows("countries.csv") for name in (row["name"], *row["adjectives"].split("|"))]
        self.patterns = {
            "place": _any_of(places),
            "country": _any_of(countries),
            "person": _KOREAN_NAME,
            "organization": _ORGANIZATION,
        }
        self.topics = {
            row["topic_id"]: re.compile(rf"\b(?:{row['strong']})") for row in _rows("topics.csv") if row["strong"]
        }
        self.con = sqlite3.connect(database)
        self.con.executescript(_TABLES)
        self.words_of: dict[tuple[str, str], list[tuple[str, set[str]]]] = {}

    def load(self, page: bytes) -> None:
        """Read one page and insert its rows."""
        key = hashlib.sha256(page).hexdigest()
        text = page.decode("utf-8", errors="replace")
        found, header = _PAGE.search(text), _HEADER.match(text)
        outcome = ("load", None) if found else ("quarantine", "no match")
        with self.con:
            self.con.execute("insert or ignore into page values (?, ?, ?, ?)", (key, *outcome, header and header[1]))
            if found:
                self._load_article(found)
                self._load_sidebar(key, found["sidebar"].split("\n\n"))

    def _load_article(self, found: re.Match[str]) -> None:
        published = f"{found['year']}-{found['month']}-{found['day']}"
        body = found["body"].removesuffix(" -0-")
        values = (found["source"], found["title"], published, body)
        key = hashlib.sha256("\n".join(values).encode()).hexdigest()
        if self.con.execute("select 1 from article where id = ?", (key,)).fetchone():
            return
        known = self._known_as(key, (found["source"], published), body)
        self.con.execute("insert into article values (?, ?, ?, ?, ?, ?)", (key, known, *values))
        for kind, pattern in self.patterns.items():
            for name in pattern.finditer(body):
                self.con.execute("insert into mention values (?, ?, ?, ?)", (key, kind, name[0], name.start()))
        lowered = f"{found['title']}\n{body}".lower()
        for topic, pattern in self.topics.items():
            if pattern.search(lowered):
                self.con.execute("insert into topic values (?, ?)", (key, topic))

    def _known_as(self, key: str, day: tuple[str, str], body: str) -> str:
        """The first wording of the same source and day that shares most of its words, else the article itself."""
        words = set(re.findall(r"\w+", body.lower()))
        others = self.words_of.setdefault(day, [])
        known = next((other for other, theirs in others if len(words & theirs) > 0.65 * len(words | theirs)), key)
        others.append((known, words))
        return known

    def _load_sidebar(self, page: str, lines: list[str]) -> None:
        for position, at in enumerate(range(0, len(lines) - 5, 5)):
            title, _, teaser, shown, _ = lines[at : at + 5]
            key = hashlib.sha256(f"{title}\n{shown}\n{teaser}".encode()).hexdigest()
            self.con.execute("insert or ignore into entry values (?, ?, ?, ?)", (key, title, shown, teaser))
            self.con.execute("insert into appearance values (?, ?, ?)", (page, key, position))


def _rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _any_of(names: list[str]) -> re.Pattern[str]:
    longest_first = sorted({name for name in names if name}, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


def plain(path: Path) -> dict[str, float]:
    """The plain program on the first pages; it is slow."""
    pages = pages_of(path)[:PLAIN_PAGES]
    with tempfile.TemporaryDirectory() as folder:
        program = PlainProgram(Path(folder) / "plain.sqlite")

        def work() -> None:
            for page in pages:
                program.load(page)

        _, cost = timed(work)
        program.con.close()
    return {"count": len(pages), "cpu": cost.cpu, "wall": cost.wall}


# Pieces of the project ------------------------------------------------------------------------------


def pages_of(path: Path) -> list[bytes]:
    """The pages of a Parquet file."""
    return pl.read_parquet(path, columns=["content"])["content"].to_list()


def raw_batches_of(pages: Iterable[bytes]) -> Iterator[pl.DataFrame]:
    """Pages in batches as the raw store hands them over."""
    fetched = datetime(2026, 1, 1, tzinfo=UTC)
    schema = {
        "page_sha256": pl.String,
        "content": pl.Binary,
        "byte_count": pl.Int64,
        "first_fetched_at": pl.Datetime("us", "UTC"),
    }
    waiting = iter(pages)
    while batch := list(islice(waiting, BATCH)):
        rows = [(hashlib.sha256(page).hexdigest(), page, len(page), fetched) for page in batch]
        yield pl.DataFrame(rows, schema=schema, orient="row")


def raw_batches(path: Path) -> list[pl.DataFrame]:
    """The pages of a Parquet file in such batches."""
    return list(raw_batches_of(pages_of(path)))


def careful(path: Path) -> dict[str, float]:
    """The careful reader, page by page."""
    from etl.parse.batch import read_one_by_one

    return _read(read_one_by_one, path)


def columns(path: Path) -> dict[str, float]:
    """The reader of production: columns, and the careful reader for what they cannot take."""
    from etl.parse.batch import parse_batch

    return _read(parse_batch, path)


def _read(reader: Callable[[pl.DataFrame], object], path: Path) -> dict[str, float]:
    parts = raw_batches(path)
    _, cost = timed(lambda: [reader(part) for part in parts])
    return {"count": sum(part.height for part in parts), "cpu": cost.cpu, "wall": cost.wall}


def wordings_of(path: Path) -> pl.DataFrame:
    """The distinct wordings on the pages, as `link_versions` takes them."""
    from etl.parse.batch import parse_batch
    from etl.prune.article import versions

    articles = pl.concat([parse_batch(batch)["article"] for batch in raw_batches(path)])
    return versions(articles.lazy())


def versions(path: Path) -> dict[str, float]:
    """Which wordings are one article."""
    from etl.prune.revision import link_versions

    found = wordings_of(path)
    linked, cost = timed(lambda: link_versions(found.lazy()))
    joined = linked.filter(pl.col("version_count") > 1).height
    return {"count": found.height, "cpu": cost.cpu, "wall": cost.wall, "joined": joined}


def texts(path: Path, target: Path) -> dict[str, float]:
    """Write the wordings as JSON Lines, for programs that know nothing of this project: TARGET/text and TARGET/html."""
    found = wordings_of(path)
    target.mkdir(exist_ok=True)
    with (target / "text.jsonl").open("w") as plain_lines, (target / "html.jsonl").open("w") as html_lines:
        for title, body in found.select("title", "body").iter_rows():
            plain_lines.write(json.dumps({"text": body}) + "\n")
            html_lines.write(json.dumps({"html": render_html(f"{title}\n\n{body}")}) + "\n")
    return {"count": found.height}


class _Clock:
    """Keeps when each step began and ended; a step that comes twice adds up."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, float]] = {}
        self._began: dict[str, tuple[float, float]] = {}

    def begin(self, step: str, total: int | None) -> None:  # noqa: ARG002 - the clock counts no units
        """A step starts."""
        self._began[step] = tree_cpu(os.getpid()), time.perf_counter()

    def advance(self, step: str, count: int) -> None:
        """Nothing is done at every unit."""

    def end(self, step: str) -> None:
        """The step is over."""
        cpu, wall = self._began.pop(step)
        found = self.steps.setdefault(step, {"cpu": 0.0, "wall": 0.0})
        found["cpu"] += tree_cpu(os.getpid()) - cpu
        found["wall"] += time.perf_counter() - wall


def run(origin: Path, home: Path) -> dict[str, Any]:
    """The whole job with a clock at its steps."""
    from etl.commands.pipeline import fetch_and_build
    from etl.progress import reported_to
    from etl.settings import Settings
    from etl.warehouse import lock

    settings = Settings(home=home)
    clock = _Clock()
    with lock.held(settings.paths()), reported_to(clock):
        _, error = fetch_and_build(settings, [str(origin)])
    if error:
        sys.exit(error)
    return {"steps": clock.steps}


def copying(home: Path, target: Path) -> dict[str, Any]:
    """What that job has made, copied layer by layer."""
    from benchmarks.copying import copy_home
    from etl.settings import Settings

    costs = copy_home(Settings(home=home), target)
    return {"steps": {name: {"cpu": cost.cpu, "wall": cost.wall} for name, cost in costs.items()}}


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    job.__name__: job for job in (plain, careful, columns, versions, texts, run, copying)
}


def main() -> None:
    """Do one job and print its line."""
    name, *paths = sys.argv[1:]
    print(json.dumps(JOBS[name](*map(Path, paths))))


if __name__ == "__main__":
    main()
