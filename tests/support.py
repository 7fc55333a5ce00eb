"""What the tests share: pages made to order, a warehouse built without Dagster, and a fingerprint of its content."""

import contextlib
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
from click.testing import CliRunner

from benchmarks.render import Article, SidebarBlock, render_page
from etl.cli import main
from etl.fetch.origin import Offer
from etl.fetch.raw_store import RawStore
from etl.runs import RunRecord, RunStore
from etl.settings import Settings
from etl.stages import CLEAN_TABLES, CleanStore, ParsedStore, build_digest
from etl.warehouse import build
from etl.warehouse import fingerprint as content
from etl.warehouse.increment import is_small
from etl.warehouse.publish import publish, published_version

PROJECT = Path(__file__).resolve().parent.parent
KCNA = "KCNA.kp (En)"
KCNA_KEY = "kcna.kp (en)"
FETCHED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PUBLISHED_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def article(title="Orchard Harvested", published=date(2024, 9, 18), **fields):
    """An article; every part can be replaced."""
    defaults = {"source_label": KCNA, "paragraphs": ("Apples of the Taedonggang farm were picked within a week.",)}
    return Article(title=title, published=published, **(defaults | fields))


def block(title="New Bridge Opened", shown_on=date(2024, 9, 17), teaser="A bridge was opened over the Taedong River."):
    """A sidebar block; every part can be replaced."""
    return SidebarBlock(title, shown_on, teaser)


def page(*sidebar, captured=date(2024, 9, 19), layout="A", **fields):
    """The bytes of a page: its sidebar, its capture and the parts of its article."""
    return render_page(layout, article(**fields), captured, sidebar).encode()


def broken_page(*sidebar, **fields):
    """The bytes of a page without a title, which belongs in quarantine."""
    return page(*sidebar, title="Gone", **fields).replace(b"Gone\n\n", b"")


def leader_page(**fields):
    """The bytes of a report on the leader's visit, with companions, places, persons, bodies and a country."""
    paragraphs = (
        "Pyongyang, September 18 (KCNA) -- Kim Jong Un, general secretary of the Workers' Party of Korea and president "
        "of the State Affairs of the Democratic People's Republic of Korea, visited the Sinuiju Cosmetics Factory in "
        "Sinuiju City of North Phyongan Province on September 17.",
        "He was accompanied by Jo Yong Won, Pak Jong Chon and Kim Tok Hun.",
        "He looked round a machine from Russia. The factory will send its goods to South Phyongan and Jagang "
        "provinces, Minju Joson said.",
    )
    defaults = {"title": "Kim Jong Un Visits Sinuiju Cosmetics Factory", "paragraphs": paragraphs}
    return page(captured=date(2024, 9, 19), **(defaults | fields))


def press_review_page(**fields):
    """The bytes of a Press Review of two papers."""
    paragraphs = (
        "Pyongyang, September 18 (KCNA) -- Following are major news items carried by newspapers here Wednesday.",
        "Rodong Sinmun",
        "- An article on a bumper apple harvest is given.",
        "- News of a new bridge in Wonsan is carried.",
        "Minju Joson",
        "- An essay on thrift is printed.",
    )
    return page(captured=date(2024, 9, 19), **({"title": "Press Review", "paragraphs": paragraphs} | fields))


def offer(content, name="page.txt", origin="file:///pages"):
    """A file offered by an origin."""
    return Offer(origin, f"{origin}/{name}", name, "page", content=content, byte_count=len(content))


def refusal(name, outcome="skipped", reason="hidden_file", origin="file:///pages"):
    """A file that an origin names but does not give."""
    return Offer(origin, f"{origin}/{name}", name, outcome, reason)


def offers(*pages):
    """Pages as files `page_0.txt`, `page_1.txt` ..."""
    return [offer(content, f"page_{number}.txt") for number, content in enumerate(pages)]


def add(settings, offered, fetched_at=FETCHED_AT):
    """Put files into the raw store."""
    store = RawStore(settings.paths().raw)
    return store.add(offered, fetched_at, settings.pack_pages, settings.pack_bytes)


def refine(settings):
    """Raw pages to clean tables, quarantine rules included."""
    home = settings.paths()
    ParsedStore(home).update()
    CleanStore(home).update()
    return home


def clean_tables(settings, *pages):
    """The clean tables that these pages give, by name."""
    add(settings, offers(*pages))
    store = CleanStore(refine(settings))
    return {table: pl.read_parquet(store.paths(table), glob=False) for table in CLEAN_TABLES}


def build_warehouse(settings, offered=()):
    """Raw pages to the private warehouse file, as a run does it, without Dagster and Great Expectations."""
    add(settings, offered)
    home = refine(settings)
    build.build(settings, home.work_file)
    return home.work_file


def publish_warehouse(settings, offered=(), published_at=PUBLISHED_AT):
    """Build and publish; returns the version's path."""
    work_file = build_warehouse(settings, offered)
    digest = build_digest(settings.paths())
    started_at = published_at.isoformat()
    record = RunRecord("a run", started_at, verdict="passed", finished_at=started_at, build_digest=digest)
    build.record(settings, work_file, RunStore(settings.paths()).history(record))
    clean = CleanStore(settings.paths())
    is_built_on_last = is_small(clean, published_version(settings.paths().warehouse))
    version = publish(settings, work_file, digest, published_at)
    clean.note_published(version.name, is_built_on_last)
    return version


@contextlib.contextmanager
def opened(path):
    """A read-only connection to a warehouse file."""
    with duckdb.connect(str(path), read_only=True) as con:
        yield con


def rows(path, query):
    """The rows of a query on a warehouse file."""
    with opened(path) as con:
        return con.execute(query).fetchall()


def fingerprint(path):
    """Rows and a digest of each table's content, whatever the order; run records and times of fetching are left out."""
    with opened(path) as con:
        return {table: (row_count, digest) for table, row_count, digest in content.fingerprint(con)}


def run_python(code, *arguments, **options):
    """Run Python code in a process of its own; returns the finished process with its output as text."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


def numbers(text):
    """Every whole number in a text, thousands joined."""
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", text)]


@dataclass
class Run:
    """A run of `kcna run` in this process."""

    settings: Settings
    exit_code: int
    output: str

    @property
    def record(self):
        """What the run recorded."""
        return RunStore(self.settings.paths()).latest()


def run_kcna(home, *origins, columns=120):
    """Run the command `kcna run` in this process; it takes seconds."""
    arguments = ["run", *map(str, origins), "--home", str(home)]
    result = CliRunner(env={"COLUMNS": str(columns)}).invoke(main, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Run(Settings(home=home), result.exit_code, result.output)


class PythonProcess:
    """A process that runs Python code, prints a line when it is ready, and answers each line with a line."""

    def __init__(self, process):
        self._process = process
        self.pid = process.pid
        self.first_line = process.stdout.readline().strip()

    def ask(self, line):
        """Send a line and wait for the answer; an empty one means that the process is over."""
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def kill(self, number):
        """Send a signal and wait for the end."""
        self._process.send_signal(number)
        self._process.wait(timeout=10)

    @property
    def returncode(self):
        """How the process ended."""
        return self._process.returncode


@contextlib.contextmanager
def python_process(code, *arguments):
    """Run Python code beside the test; it is ended with the block."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:
        try:
            yield PythonProcess(process)
        finally:
            process.stdin.close()
            try:
                process.wait(timeout=10)
            finally:
                process.kill()
