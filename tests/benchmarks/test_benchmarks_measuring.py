"""What the measurements count: children too, and failures are not taken for results."""

import math
import sys

import polars as pl
import pytest

from benchmarks.measuring import CommandError, run
from benchmarks.pipeline import SAMPLE_PAGES, Cost, Figures, Target, make_pages, table, targets

BUSY = """
import time
held = bytearray(200_000_000)
end = time.process_time() + 0.6
while time.process_time() < end:
    pass
"""
WAITING = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)"


def test_cpu_and_memory_of_children_are_counted():
    cost = run([sys.executable, "-c", WAITING, BUSY])
    assert cost.cpu >= 0.6
    assert cost.memory > 150


def test_output_is_kept_and_a_failure_is_named():
    assert run([sys.executable, "-c", "print(7)"]).output == "7\n"
    with pytest.raises(CommandError, match="no such page"):
        run([sys.executable, "-c", "raise SystemExit('no such page')"])


def test_pages_are_made_once_in_every_form(tmp_path):
    pages = make_pages(tmp_path, 120)
    files = sorted(pages.origin.rglob("*.txt"))
    assert len(files) == 120
    assert pages.plain.read_bytes() == b"".join(path.read_bytes() for path in files)
    assert len(list(pages.batch.rglob("*.txt"))) == 500
    contents, shuffled = [path.read_bytes() for path in files], pl.read_parquet(pages.shuffled)["content"].to_list()
    assert shuffled != contents
    assert sorted(shuffled) == sorted(contents)
    written = pages.plain.stat().st_mtime_ns
    assert make_pages(tmp_path, 120) == pages
    assert pages.plain.stat().st_mtime_ns == written


@pytest.mark.parametrize(
    ("value", "is_at_most", "verdict"),
    [
        (9, True, "aim"),
        (15, True, "reached"),
        (21, True, "missed"),
        (5, False, "missed"),
        (math.nan, True, "not measured"),
    ],
)
def test_verdicts(value, is_at_most, verdict):
    assert Target("x", value, 20, 10 if is_at_most else 40, is_at_most).verdict == verdict


def test_ratios_are_those_of_the_largest_size_and_name_the_stand_in():
    figures = Figures()
    figures.add(100, "kcna run, whole", Cost(1.0, 2.0))
    figures.add(1_000, "kcna run, whole", Cost(5.0, 6.0))
    figures.add(1_000, "zstd -dc", Cost(0.1, 0.1))
    figures.add(1_000, "raw pages to published", Cost(3.0, 1.5))
    figures.add(SAMPLE_PAGES, "which wordings are one article", Cost(1.0, 1.0), 100)
    figures.add(SAMPLE_PAGES, "datasketch", Cost(6.0, 6.0), 100)
    found = {target.what: target.value for target in targets(figures, [1_000, 100])}
    assert found["raw pages to published / zstd -dc, wall"] == pytest.approx(15)
    assert found["CPU per page, the largest size / the one before"] == pytest.approx(0.5)
    assert found["datasketch / which wordings are one article, CPU"] == pytest.approx(6)
    assert math.isnan(found["memory in any order, GB"])


def test_the_larger_memory_of_both_orders_counts():
    figures = Figures(numbers={(100, "memory, MB"): 900.0, (100, "memory in no order, MB"): 1_200.0})
    found = {target.what: target.value for target in targets(figures, [100])}
    assert found["memory in any order, GB"] == pytest.approx(1.2)
    del figures.numbers[100, "memory in no order, MB"]
    assert math.isnan({target.what: target.value for target in targets(figures, [100])}["memory in any order, GB"])


def test_a_table_for_people_and_one_for_documents():
    head, rows = ["pages", "what"], [["10", "cat"], ["1,000", "zstd -dc"]]
    assert table(head, rows, is_markdown=False) == "pages  what\n   10  cat\n1,000  zstd -dc"
    assert table(head, rows, is_markdown=True).splitlines()[1:3] == ["| --- | --- |", "| 10 | cat |"]
