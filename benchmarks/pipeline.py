"""Measures the whole pipeline on generated pages, and other programs on the same: `python -m benchmarks.pipeline`.

Every figure is taken in a process of its own. CPU seconds are those of the process tree and the figure to trust on a
shared machine; memory is the proportional set size (PSS) of the tree, sampled five times a second. Up to 100,000 pages
a run takes them from a folder of small files, above that from one Parquet file. Runs on Linux.

The plain program commits after every page and is measured on fewer of them. Of datatrove, reading and the signatures of
its MinHash deduplication are measured; of text-dedup, its whole MinHash command; both without their imports. What a run
needs to start is part of every figure for `kcna run`.

Other libraries run under the interpreters given with `--peers`, the first of them that has the library; one that no
interpreter has is named and left out. An environment for all but text-dedup is made by `uv venv peers && uv pip install
--python peers -r benchmarks/peers.txt`; text-dedup needs one of its own, because it pins old releases.
"""

import argparse
import contextlib
import json
import math
import mmap
import os
import shutil
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from benchmarks.corpus import PAGES_PER_DAY, Truth, corpus
from benchmarks.measuring import Cost, read_through, run
from benchmarks.peers import NAMES as PEERS

MOST_FILES = 100_000
"""More pages than this are offered as one Parquet file."""
SAMPLE_PAGES = 10_000
"""Pages for the comparisons with other programs; figures are per page or document."""
BATCH_PAGES = 500
ROWS_AT_A_TIME = 2_000
ROUNDS = 3
"""Short measurements are repeated; the lowest CPU time counts."""
STEPS = ("fetch", "parse", "prune", "enrich", "check", "build", "publish")
PARTS = ("read", "whole", "stages", "reader", "plain", "versions", "peers")


@dataclass(frozen=True)
class Pages:
    """The generated pages of one size, in the forms that are read.

    Attributes:
        count: how many.
        plain: all of them in one file.
        archive: that file, compressed with zstd.
        origin: what a run is given.
        shuffled: the same pages in no order, in one Parquet file.
        batch: a folder of the pages that come after them.
    """

    count: int
    plain: Path
    archive: Path
    origin: Path
    shuffled: Path
    batch: Path


@dataclass
class Figures:
    """What was measured: costs by (pages, what), with the number of units they are for, and single numbers.

    `published` are the seconds after which a run had published; it ends with the report.
    """

    costs: dict[tuple[int, str], Cost] = field(default_factory=dict)
    units: dict[tuple[int, str], int] = field(default_factory=dict)
    numbers: dict[tuple[int, str], float] = field(default_factory=dict)
    published: dict[tuple[int, str], float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, pages: int, what: str, cost: Cost, units: int | None = None) -> None:
        """Keep one cost; `units` are pages unless said otherwise."""
        self.costs[pages, what] = cost
        self.units[pages, what] = pages if units is None else units
        say(f"{what}: {cost.cpu:.2f} CPU s, {cost.wall:.2f} s")

    def per_unit(self, pages: int, what: str) -> float:
        """CPU seconds per page or document; not a number if it was not measured."""
        cost = self.costs.get((pages, what))
        return cost.cpu / self.units[pages, what] if cost else math.nan

    def memory(self, pages: int) -> list[float]:
        """The megabytes of the runs, in order and in none; not a number where one was not measured."""
        return [self.numbers.get((pages, what), math.nan) for what in ("memory, MB", "memory in no order, MB")]

    def wall(self, pages: int, what: str) -> float:
        """Seconds; not a number if it was not measured."""
        cost = self.costs.get((pages, what))
        return cost.wall if cost else math.nan


def say(text: str) -> None:
    """Tell how far it is, beside the tables."""
    print(text, file=sys.stderr, flush=True)


# The pages ------------------------------------------------------------------------------------------


def make_pages(folder: Path, count: int) -> Pages:
    """Write the pages, unless an earlier call has done so."""
    folder.mkdir(parents=True, exist_ok=True)
    origin = folder / ("pages" if count <= MOST_FILES else "pages.parquet")
    shuffled = folder / "shuffled.parquet"
    pages = Pages(count, folder / "pages.txt", folder / "pages.txt.zst", origin, shuffled, folder / "batch")
    done = folder / "truth.json"
    if not (done.exists() and shuffled.exists()):
        say(f"making {count:,} pages")
        truth, sizes = Truth(), array("q")
        with _written(pages) as write:
            for number, page in enumerate(corpus(count, truth=truth)):
                write(number, page)
                sizes.append(len(page))
        _shuffle(pages, sizes)
        _write_files(pages.batch, enumerate(corpus(BATCH_PAGES, start=count)))
        done.write_text(json.dumps(asdict(truth)))
    return pages


@contextlib.contextmanager
def _written(pages: Pages) -> Iterator[Callable[[int, bytes], None]]:
    """What takes every page with its number and puts it where it is read from."""
    with (
        pages.plain.open("wb") as plain,
        pages.archive.open("wb") as file,
        zstandard.ZstdCompressor(level=3).stream_writer(file) as archive,
        _origin_writer(pages.origin) as offer,
    ):

        def write(number: int, page: bytes) -> None:
            plain.write(page)
            archive.write(page)
            offer(number, page)

        yield write


@contextlib.contextmanager
def _origin_writer(origin: Path) -> Iterator[Callable[[int, bytes], None]]:
    if not origin.suffix:
        yield lambda number, page: _write_files(origin, [(number, page)])
        return
    schema = pa.schema({"content": pa.binary()})
    waiting: list[bytes] = []
    with pq.ParquetWriter(origin, schema, compression="zstd") as writer:

        def flush() -> None:
            writer.write_table(pa.table({"content": waiting}, schema=schema))
            waiting.clear()

        def write(_: int, page: bytes) -> None:
            waiting.append(page)
            if len(waiting) == ROWS_AT_A_TIME:
                flush()

        yield write
        if waiting:
            flush()


def _shuffle(pages: Pages, sizes: Sequence[int]) -> None:
    """Write the same pages in an order that is random, and always the same."""
    ends = np.cumsum(sizes)
    with (
        pages.plain.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as plain,
        _origin_writer(pages.shuffled) as write,
    ):
        for number in np.random.default_rng(0).permutation(pages.count).tolist():
            write(number, plain[ends[number] - sizes[number] : ends[number]])


def _write_files(folder: Path, pages: Iterator[tuple[int, bytes]] | Sequence[tuple[int, bytes]]) -> None:
    for number, page in pages:
        path = folder / f"{number // PAGES_PER_DAY:05}" / f"{number:07}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(page)


def make_sample(folder: Path) -> Path:
    """The pages of the comparisons as a Parquet file: the first ones of the corpus."""
    path = folder / "sample.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    with _origin_writer(path) as write:
        for number, page in enumerate(corpus(SAMPLE_PAGES)):
            write(number, page)
    return path


# The measurements -----------------------------------------------------------------------------------


def measure_reading(figures: Figures, pages: Pages) -> None:
    """What the machine needs only to read the same bytes."""
    commands: dict[str, list[str | Path]] = {"cat": ["cat", pages.plain], "wc -c": ["wc", "-c", pages.plain]}
    if pages.origin.is_dir():
        commands["cat of the files"] = ["sh", "-c", 'find "$0" -type f -print0 | xargs -0 cat', pages.origin]
    for what, command in commands.items():
        figures.add(pages.count, what, _best(command))
    measure_unpacking(figures, pages)


def measure_unpacking(figures: Figures, pages: Pages) -> None:
    """`zstd -dc` of the archive; where it is measured again, beside another figure, the mean counts."""
    found = _best(["zstd", "-dcq", pages.archive] if shutil.which("zstd") else _unpack_command(pages.archive))
    before = figures.costs.get((pages.count, "zstd -dc"))
    if before:
        found = Cost((found.cpu + before.cpu) / 2, (found.wall + before.wall) / 2)
    figures.add(pages.count, "zstd -dc", found)


def _unpack_command(archive: Path) -> list[str | Path]:
    code = "import sys, zstandard as z; z.ZstdDecompressor().copy_stream(open(sys.argv[1], 'rb'), sys.stdout.buffer)"
    return [sys.executable, "-c", code, archive]


def _best(command: list[str | Path]) -> Cost:
    return min((read_through(command) for _ in range(ROUNDS)), key=lambda cost: cost.wall)


def measure_whole(figures: Figures, pages: Pages, folder: Path) -> None:
    """`kcna run` as one calls it, again with some pages of the next day, and anew with all pages in no order."""
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    cost = _run_to_published(figures, pages.count, "kcna run, whole", pages.origin, home)
    figures.numbers[pages.count, "memory, MB"] = cost.memory
    figures.numbers[pages.count, "warehouse, MB"] = (home / "kcna.duckdb").resolve().stat().st_size / 1e6
    _run_to_published(figures, pages.count, f"kcna run, {BATCH_PAGES} more", pages.batch, home, BATCH_PAGES)
    shutil.rmtree(home)
    cost = _run_to_published(figures, pages.count, "kcna run, in no order", pages.shuffled, home)
    figures.numbers[pages.count, "memory in no order, MB"] = cost.memory
    shutil.rmtree(home)


def _run_to_published(
    figures: Figures, count: int, what: str, origin: Path, home: Path, units: int | None = None
) -> Cost:
    """Measure one `kcna run`, and when the link to its version was swapped."""
    cost = run([_kcna(), "run", origin, "--home", home])
    after_it = time.time() - (home / "kcna.duckdb").lstat().st_mtime
    figures.add(count, what, cost, units)
    figures.published[count, what] = cost.wall - after_it
    figures.notes.append(f"{count:,} pages, {what}: published after {cost.wall - after_it:.2f} s")
    return cost


def _kcna() -> Path:
    return Path(sys.executable).with_name("kcna")


def measure_stages(figures: Figures, pages: Pages, folder: Path) -> None:
    """The steps of a run, and what is left of it: starting, Dagster, the report."""
    home = folder / "home-of-steps"
    shutil.rmtree(home, ignore_errors=True)
    measure_unpacking(figures, pages)
    cost, found = _job("run", pages.origin, home)
    measure_unpacking(figures, pages)
    steps = {step: Cost(**found["steps"].get(step, {"cpu": 0.0, "wall": 0.0})) for step in STEPS}
    for step in STEPS:
        figures.add(pages.count, step, steps[step])
    figures.add(pages.count, "start, Dagster, report", _without(cost, *steps.values()))
    figures.add(pages.count, "raw pages to published", _without(cost, steps["fetch"]))
    figures.add(pages.count, "all steps", cost)
    measure_copying(figures, pages, home)
    shutil.rmtree(home)


def measure_copying(figures: Figures, pages: Pages, home: Path) -> None:
    """What the files and tables of a home cost by themselves: no run that makes them can be faster."""
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        found = _job("copying", home, Path(folder) / "copies")[1]["steps"]
    steps = {step: Cost(**cost) for step, cost in found.items()}
    for step, cost in steps.items():
        figures.add(pages.count, step, cost)
    after_raw = [cost for step, cost in steps.items() if step != "copy raw"]
    figures.add(pages.count, "copy raw pages to published", _sum(*after_raw))
    figures.add(pages.count, "copy all", _without(_sum(*steps.values()), steps["read raw"]))


def _sum(*parts: Cost) -> Cost:
    return Cost(sum(part.cpu for part in parts), sum(part.wall for part in parts))


def _without(whole: Cost, *parts: Cost) -> Cost:
    taken = _sum(*parts)
    return Cost(whole.cpu - taken.cpu, whole.wall - taken.wall)


def _job(name: str, *paths: Path) -> tuple[Cost, dict[str, Any]]:
    """One job of `benchmarks.baselines` in a process of its own: the cost of the process, and what it says itself."""
    cost = run([sys.executable, "-m", "benchmarks.baselines", name, *paths])
    return cost, json.loads(cost.output.splitlines()[-1])


def measure_jobs(figures: Figures, sample: Path, jobs: dict[str, str], rounds: int) -> None:
    """Jobs on the sample, by what they are called in the table."""
    for what, name in jobs.items():
        found = min((_job(name, sample)[1] for _ in range(rounds)), key=lambda row: row["cpu"])
        figures.add(SAMPLE_PAGES, what, Cost(found["cpu"], found["wall"]), found["count"])


def measure_peers(figures: Figures, sample: Path, interpreters: Sequence[str], wanted: Sequence[str]) -> None:
    """Other libraries on the texts of the sample."""
    texts = sample.with_name("texts")
    _job("texts", sample, texts)
    script = Path(__file__).with_name("peers.py")
    for name in wanted:
        interpreter = next((one for one in interpreters if _has(one, PEERS[name])), None)
        if interpreter is None:
            figures.notes.append(f"{name}: not installed")
            continue
        path = texts / ("html.jsonl" if name.startswith("trafilatura") else "text.jsonl")
        # from the folder of the texts, where no other module is in the way
        output = run([interpreter, script, name, path], folder=texts).output
        found = json.loads(output.splitlines()[-1])
        figures.add(SAMPLE_PAGES, name, Cost(found["cpu"], found["wall"]), found["count"])
        figures.notes.append(f"{name}: {PEERS[name]} {found['version']}")


@cache
def _has(interpreter: str, distribution: str) -> bool:
    code = f"from importlib.metadata import version; version({distribution!r})"
    return subprocess.run([interpreter, "-c", code], capture_output=True, check=False).returncode == 0  # noqa: S603


# What it comes to -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """A ratio that the pipeline is to reach.

    Attributes:
        what: the ratio.
        value: as measured; not a number where a part of it was left out.
        reach: what has to be reached.
        aim: what is hoped for.
        is_at_most: whether lower is better.
    """

    what: str
    value: float
    reach: float
    aim: float
    is_at_most: bool = True

    @property
    def verdict(self) -> str:
        """Which of the two was reached."""
        if math.isnan(self.value):
            return "not measured"
        if self._is_met(self.aim):
            return "aim"
        return "reached" if self._is_met(self.reach) else "missed"

    def _is_met(self, bound: float) -> bool:
        return self.value <= bound if self.is_at_most else self.value >= bound


def targets(figures: Figures, sizes: Sequence[int]) -> list[Target]:
    """The ratios at the largest size; those of small files at the largest that is offered as a folder."""
    largest, f = max(sizes), figures
    before = max((size for size in sizes if size < largest), default=0)
    files = max((size for size in sizes if size <= MOST_FILES), default=0)
    ours = f.per_unit(largest, "kcna run, whole")
    near = "text-dedup" if (SAMPLE_PAGES, "text-dedup") in f.costs else "datasketch"
    versions = f.per_unit(SAMPLE_PAGES, "which wordings are one article")
    return [
        Target(
            "raw pages to published / zstd -dc, wall",
            f.wall(largest, "raw pages to published") / f.wall(largest, "zstd -dc"),
            20,
            10,
        ),
        Target(
            "plain program / kcna run, CPU per page", f.per_unit(SAMPLE_PAGES, "plain program") / ours, 20, 40, False
        ),
        Target(
            "folder to published / cat of the files, wall",
            f.wall(files, "kcna run, whole") / f.wall(files, "cat of the files"),
            4,
            2,
        ),
        Target(
            "page by page / column reader, CPU",
            f.per_unit(SAMPLE_PAGES, "reader, page by page") / f.per_unit(SAMPLE_PAGES, "reader of production"),
            3,
            6,
            False,
        ),
        Target("checks / all steps, CPU", f.per_unit(largest, "check") / f.per_unit(largest, "all steps"), 0.15, 0.08),
        Target(
            f"{BATCH_PAGES} more pages to published / the whole, wall",
            f.published.get((largest, f"kcna run, {BATCH_PAGES} more"), math.nan)
            / f.published.get((largest, "kcna run, whole"), math.nan),
            1 / 10,
            1 / 40,
        ),
        Target(
            "CPU per page, the largest size / the one before", ours / f.per_unit(before, "kcna run, whole"), 1.1, 1.0
        ),
        Target("memory in any order, GB", float(np.max(f.memory(largest))) / 1000, 1.5, 1.0),
        Target(
            f"{near} / which wordings are one article, CPU", f.per_unit(SAMPLE_PAGES, near) / versions, 5, 20, False
        ),
    ]


def cost_rows(figures: Figures) -> list[list[str]]:
    """One row per measurement; the last column compares with only reading the archive, on as many pages."""
    rows = []
    for (pages, what), cost in figures.costs.items():
        units = figures.units[pages, what]
        unpacking = figures.wall(pages, "zstd -dc")
        ratio = "" if math.isnan(unpacking) else f"{cost.wall / unpacking:.1f}"
        per_unit = f"{cost.cpu / units * 1e6:,.1f}"
        rows.append([f"{units:,}", what, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", per_unit, ratio])
    return rows


def target_rows(found: Sequence[Target]) -> list[list[str]]:
    """One row per ratio."""
    return [
        [
            t.what,
            f"{t.value:.3g}",
            f"{t.reach:.3g}",
            f"{t.aim:.3g}",
            "at most" if t.is_at_most else "at least",
            t.verdict,
        ]
        for t in found
    ]


def number_rows(figures: Figures) -> list[list[str]]:
    """Memory and sizes."""
    return [[f"{pages:,}", what, f"{value:,.0f}"] for (pages, what), value in figures.numbers.items()]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, is_markdown: bool) -> str:
    """Rows as a table for people, numbers to the right."""
    if is_markdown:
        lines = [head, ["---"] * len(head), *rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
    widths = [max(len(line[column]) for line in (head, *rows)) for column in range(len(head))]
    texts = {column for column in range(len(head)) if head[column] in ("what", "", "verdict")}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in texts else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (head, *rows)
    )


def show(figures: Figures, sizes: Sequence[int], *, is_markdown: bool) -> None:
    """Print all tables."""
    unpacker = "the command" if shutil.which("zstd") else "Python's zstandard"
    notes = [f"{os.cpu_count()} cores; zstd -dc by {unpacker}; memory is the PSS of all processes", *figures.notes]
    head = ["pages", "what", "CPU s", "wall s", "CPU us/page", "wall / zstd -dc"]
    print(table(head, cost_rows(figures), is_markdown=is_markdown), end="\n\n")
    if figures.numbers:
        print(table(["pages", "what", "MB"], number_rows(figures), is_markdown=is_markdown), end="\n\n")
    head = ["what", "measured", "reach", "aim", "", "verdict"]
    print(table(head, target_rows(targets(figures, sizes)), is_markdown=is_markdown), end="\n\n")
    print(*notes, sep="\n")


def measure(figures: Figures, sizes: Sequence[int], work: Path, options: argparse.Namespace) -> None:
    """Everything that was asked for, the small sizes first."""
    parts = set(options.only)
    for count in sorted(sizes) if parts & {"read", "whole", "stages"} else ():
        folder = work / f"pages-{count}"
        pages = make_pages(folder, count)
        if "read" in parts:
            measure_reading(figures, pages)
        if "whole" in parts:
            measure_whole(figures, pages, folder)
        if "stages" in parts:
            measure_stages(figures, pages, folder)
    if not parts & {"reader", "plain", "versions", "peers"}:
        return
    sample = make_sample(work / "sample")
    jobs = {
        "reader": {"reader, page by page": "careful", "reader of production": "columns"},
        "plain": {"plain program": "plain"},
        "versions": {"which wordings are one article": "versions"},
    }
    for part in jobs:
        if part in parts:
            measure_jobs(figures, sample, jobs[part], rounds=1 if part == "plain" else ROUNDS)
    if "peers" in parts:
        measure_peers(figures, sample, options.peers, list(PEERS))


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, nargs="+", default=[10_000, 100_000], metavar="N")
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep the generated pages here, for the next time")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--peers", nargs="+", default=[sys.executable], metavar="PYTHON")
    parser.add_argument("--markdown", action="store_true", help="tables for a document")
    options = parser.parse_args()
    figures = Figures()
    with contextlib.ExitStack() as stack:
        work = options.work or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        measure(figures, options.pages, work.resolve(), options)
    show(figures, options.pages, is_markdown=options.markdown)


if __name__ == "__main__":
    main()
