"""Measures what the rules cost: `python -m benchmarks.validate [--articles N ...]`.

The plain query (counts and failing keys of every rule in SQL) and Great Expectations judge the same suites on the same
tables, each in a process of its own. The tables are those of a small corpus, copied under new keys until they hold the
wanted number of articles. Printed are CPU and wall seconds, their ratio, and the peak memory above an interpreter that
has only imported what it needs. Runs on Linux, which tells the peak.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from etl.fetch.origin import Offer

SUITES = (
    "parsed_article",
    "core_fact_article",
    "core_fact_article_version",
    "core_fact_mention",
    "core_fact_article_topic",
)
COPIED = ("core.fact_article", "core.fact_article_version", "core.fact_mention", "core.fact_article_topic")
KEYS = ("article_id", "article_version_id", "page_sha256")
SEED_PAGES = 1_500
ENGINES = ("plain query", "Great Expectations", "both, as in a run")


def seed(home: Path) -> Path:
    """The warehouse file of a small corpus, with the parsed articles beside the other tables."""
    from benchmarks.corpus import corpus
    from etl.fetch.raw_store import RawStore
    from etl.runs import now
    from etl.settings import Settings
    from etl.stages import CleanStore, ParsedStore, stage_database
    from etl.warehouse import build

    settings = Settings(home=home)
    paths = settings.paths()
    offers = (
        Offer("memory:corpus", f"memory:corpus/{number}", str(number), "page", content=page, byte_count=len(page))
        for number, page in enumerate(corpus(SEED_PAGES))
    )
    RawStore(paths.raw).add(offers, now(), settings.pack_pages, settings.pack_bytes)
    ParsedStore(paths).update()
    CleanStore(paths).update()
    with stage_database(paths, settings.memory_limit, settings.threads) as con:
        parsed = con.sql("from parsed.article").pl()
    build.build(settings, paths.work_file)
    with duckdb.connect(str(paths.work_file)) as con:
        con.register("parsed_article", parsed)
        con.execute("create schema parsed; create table parsed.article as from parsed_article")
    return paths.work_file


def enlarge(seed_file: Path, target: Path, article_count: int) -> None:
    """Copy the tables under new keys until there are so many articles; what they refer to is copied once."""
    with duckdb.connect(str(target), config={"memory_limit": "2GB", "threads": 2}) as con:
        con.execute(f"attach '{seed_file}' as seed (read_only); create schema core; create schema parsed")
        (articles,) = con.execute("select count(*) from seed.core.fact_article").fetchall()[0]
        tables = con.execute(
            "select table_name from duckdb_tables() where database_name = 'seed' and schema_name = 'core'"
        ).fetchall()
        for table in (*(f"core.{name}" for (name,) in tables), "parsed.article"):
            copies = -(-article_count // articles) if table in (*COPIED, "parsed.article") else 1
            columns = {name for name, *_ in con.execute(f"describe seed.{table}").fetchall()}
            renewed = ", ".join(f"{_renewed(key)} as {key}" for key in KEYS if key in columns and copies > 1)
            select = f"t.* replace ({renewed})" if renewed else "t.*"
            rows = f"range({copies}) as c(copy), seed.{table} as t"
            con.execute(f"create table {table} as select {select} from {rows}")  # noqa: S608 - names are ours


def _renewed(key: str) -> str:
    copy = f"md5(t.{key} || copy)"
    return f"{copy} || {copy}" if key == "page_sha256" else copy


def judge(path: Path, engine: str) -> dict[str, float]:
    """CPU and wall seconds of one engine over all suites, and the memory it needed."""
    from etl.quality import gx_run, row_rules
    from etl.quality.check import check_suite
    from etl.quality.suite import Suite, load_suites
    from etl.settings import Settings, project_folder

    def by_query(con: duckdb.DuckDBPyConnection, suite: Suite) -> None:
        row_rules.evaluate(con, suite)
        row_rules.find_violations(con, suite, limit=1000)

    engines: dict[str, Callable[[duckdb.DuckDBPyConnection, Suite], object]] = dict(
        zip(ENGINES, (by_query, gx_run.run_suite, check_suite), strict=True)
    )
    suites = load_suites(project_folder("expectations"))
    import great_expectations  # noqa: F401 - its import is not what is measured

    with duckdb.connect(
        str(path), read_only=True, config={"memory_limit": Settings().memory_limit, "threads": 2}
    ) as con:
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew, from what is held now
        before = _memory("VmRSS")
        cpu, wall = time.process_time(), time.perf_counter()
        for name in SUITES:
            engines[engine](con, suites[name])
        return {
            "cpu": time.process_time() - cpu,
            "wall": time.perf_counter() - wall,
            "memory": _memory("VmHWM") - before,
        }


def _memory(name: str) -> float:
    """A figure of this process in MB, as Linux counts it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


def measure(path: Path, engine: str) -> dict[str, float]:
    """`judge` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.validate", "--judge", str(path), engine]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - it is ours
    found: dict[str, float] = json.loads(output)
    return found


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--judge", nargs=2, metavar=("FILE", "ENGINE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.judge:
        print(json.dumps(judge(Path(arguments.judge[0]), arguments.judge[1])))
        return
    print(f"{'articles':>10} {'engine':22}{'CPU s':>8}{'wall s':>8}{'CPU, ratio':>12}{'memory, MB':>12}")
    with tempfile.TemporaryDirectory() as folder:
        seed_file = seed(Path(folder) / "seed")
        for count in arguments.articles:
            path = Path(folder) / f"{count}.duckdb"
            enlarge(seed_file, path, count)
            found = {engine: measure(path, engine) for engine in ENGINES}
            path.unlink()
            for engine, row in found.items():
                ratio = row["cpu"] / found[ENGINES[0]]["cpu"]
                print(f"{count:>10,} {engine:22}{row['cpu']:8.2f}{row['wall']:8.2f}{ratio:12.1f}{row['memory']:12.0f}")


if __name__ == "__main__":
    main()
