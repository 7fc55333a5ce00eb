"""P4, P13, P31: every lasting step has a fault point, and files reach the disk in the order that a power cut needs.

One real run and one real rebuild are traced; they serve all tests here.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from etl import faults, progress
from etl.cli import main
from etl.commands import pipeline
from etl.commands.instance import open_instance
from etl.settings import PACKAGE_FOLDER, Settings
from etl.stages import sorting
from etl.warehouse.verify import verify
from tests import support
from tests.promises import loader

WRITES_NOTHING = {
    "check": "results are recorded after it",
    "fingerprint": "it only reads",
    "verify": "it only reads",
}
"""Steps that report progress and leave nothing behind, with why."""


class Trace:
    """What a run and a rebuild of the same home did.

    Attributes:
        settings: the home.
        results: how the commands ended.
        steps: names and times of the fault points passed, in order.
        tracked: the fault points inside each step that reports progress, by its name.
        content: fingerprints before and after the rebuild.
    """

    def __init__(self, folder):
        self.settings = Settings(home=folder / "home")
        self.log = folder / "steps"
        self.tracked = {}
        self.open = []
        (folder / "pages").mkdir()
        (folder / "pages" / "one.txt").write_bytes(support.page(support.block()))
        (folder / "pages" / "two.txt").write_bytes(support.broken_page())
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(faults.STEP_LOG, str(self.log))
            patch.setattr(sorting, "FEW_READS", 0)  # packs are sorted, however few
            patch.setattr(pipeline, "reporting", lambda console: progress.reported_to(self))
            self.results = [self.kcna("run", folder / "pages")]
            before = support.fingerprint(self.settings.paths().warehouse)
            self.results.append(self.kcna("rebuild"))
        self.content = before, support.fingerprint(self.settings.paths().warehouse)
        self.steps = [(line.split()[0], int(line.split()[1])) for line in self.log.read_text().splitlines()]

    def kcna(self, command, *arguments):
        return CliRunner().invoke(main, [command, *map(str, arguments), "--home", str(self.settings.home)])

    def passed(self):
        return self.log.read_text().split()[::2] if self.log.exists() else []

    def begin(self, step, total):
        self.open.append((step, len(self.passed())))

    def advance(self, step, count):
        """Nothing to note."""

    def end(self, step):
        name, first = self.open.pop()
        assert name == step
        self.tracked.setdefault(step, []).extend(self.passed()[first:])


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    """The trace, made once."""
    return Trace(tmp_path_factory.mktemp("trace"))


def test_a_rebuild_from_raw_alone_gives_the_same_content_and_leaves_nothing_damaged(trace):
    """P13."""
    assert [result.exit_code for result in trace.results] == [0, 0], [result.output for result in trace.results]
    assert "Same content as before in all" in trace.results[1].output
    assert trace.content[0] == trace.content[1]
    assert verify(trace.settings).damages == []


def test_every_registered_step_is_reached(trace):
    """P4."""
    assert {name for name, _ in trace.steps} == set(faults.STEPS)


def test_every_step_that_reports_progress_has_a_fault_point_or_a_reason(trace):
    """P4."""
    source = "".join(path.read_text(encoding="utf-8") for path in PACKAGE_FOLDER.rglob("*.py"))
    named = set(re.findall(r"\btrack\(\s*\"(\w+)\"", source))

    assert named <= set(trace.tracked) | set(WRITES_NOTHING)
    without = {name for name, passed in trace.tracked.items() if not passed}
    assert without - set(WRITES_NOTHING) == set()


def test_every_step_of_the_dagster_job_has_a_fault_point(trace):
    """P4."""
    begun, ended = {}, {}
    with open_instance(trace.settings.paths()) as instance:
        (run,) = [run for run in instance.get_runs() if "raw__page" in str(run.run_config)]
        for record in instance.all_logs(run.run_id):
            if record.dagster_event and record.dagster_event.event_type == dg.DagsterEventType.STEP_START:
                begun[record.step_key] = record.timestamp
            if record.dagster_event and record.dagster_event.event_type == dg.DagsterEventType.STEP_SUCCESS:
                ended[record.step_key] = record.timestamp

    inside = {
        key: [name for name, moment in trace.steps if begun[key] <= moment / 1e9 <= ended[key]] for key in sorted(begun)
    }

    assert len(inside) > 5
    assert {key for key, names in inside.items() if not names} == set()


def test_a_step_without_a_description_and_a_place_to_die_at_that_is_none_are_faults_of_the_test(monkeypatch):
    with pytest.raises(KeyError, match="not described"), faults.step("no such step"):
        pytest.fail("it went on")
    monkeypatch.setenv(faults.DIE_AT, "manifest.replace")
    with pytest.raises(ValueError, match="not enough values"), faults.step("raw.list"):
        pytest.fail("it went on")
    monkeypatch.setenv(faults.DIE_AT, "manifest.replaced:before")
    with pytest.raises(KeyError, match="STEP:before"), faults.step("raw.list"):
        pytest.fail("it went on")


def die(path, where):
    os.environ[faults.DIE_AT] = where
    for number in range(3):
        with faults.step("raw.list"):
            Path(path).write_text(str(number))


@pytest.mark.parametrize(
    ("where", "left"), [("raw.list:before", None), ("raw.list:after", "0"), ("raw.list:before:3", "1")]
)
def test_the_process_ends_at_the_step_named_as_by_kill(tmp_path, where, left):
    path = tmp_path / "left"

    assert loader.run(die, path, where) == -9

    assert (path.read_text() if path.exists() else None) == left


def die_after_the_first_of_two(path):
    os.environ[faults.DIE_AT] = "raw.list:after:1"
    with faults.step("raw.list"), faults.step("raw.list"):
        Path(path).write_text("both have begun")
    Path(path).write_text("it went on")


def test_a_step_that_ends_after_another_of_its_name_has_begun_keeps_its_number(tmp_path):
    """Tables are loaded several at a time."""
    path = tmp_path / "left"

    assert loader.run(die_after_the_first_of_two, path) == -9

    assert path.read_text() == "both have begun"


# The order of writes --------------------------------------------------------------------------------

STRACE = ("strace", "-f", "-y", "-qq", "-s", "4096", "-e", "trace=/rename|fsync|fdatasync|unlink", "-o")
CALLS = re.compile(r"(fsync|fdatasync|rename|renameat|renameat2|unlink|unlinkat)\((.*)\)\s+= 0$")


@pytest.fixture(scope="module")
def system_calls(scene, tmp_path_factory):
    """A home, and the calls to the file system of a load below it, in order, as (name, path or paths)."""
    if not shutil.which("strace"):
        pytest.skip("needs strace")
    home, output = scene.copy("traced"), tmp_path_factory.mktemp("strace") / "calls"
    code = "import sys; from tests.promises.loader import load; load(*sys.argv[1:3])"
    subprocess.run(
        [*STRACE, output, sys.executable, "-c", code, home, scene.pages],
        cwd=support.PROJECT,
        check=True,
        capture_output=True,
        timeout=loader.ENOUGH_SECONDS,
    )
    found = []
    for line in output.read_text(encoding="utf-8", errors="replace").splitlines():
        if call := CALLS.search(line):
            paths = [Path(path) for path in re.findall(r"[<\"](/[^>\"]+)[>\"]", call[2])]
            paths = [path for path in paths if path.is_relative_to(home) and path != Path(support.PROJECT)]
            if paths:
                found.append((call[1], *paths))
    return home, found


def test_every_file_is_flushed_before_its_rename_and_its_folder_after_it(system_calls):
    """P31. What a power cut leaves also depends on the disk; only the order is shown here."""
    home, calls = system_calls
    lasting = [home / "raw", home / "stages" / "parsed", home / "stages" / "clean", home / "versions", home / "runs"]
    renames = [
        (number, call[-2], call[-1])
        for number, call in enumerate(calls)
        if call[0].startswith("rename") and call[-1].parent in lasting
    ]

    assert {target.parent for _, _, target in renames} == set(lasting)
    for number, source, target in renames:
        before = [call[1] for call in calls[:number] if call[0] in ("fsync", "fdatasync")]
        names = {source} | {call[-2] for call in calls[:number] if call[0].startswith("rename") and call[-1] == source}
        assert names & set(before), f"{source.name} was not flushed before it got its name"
        after = [call[1] for call in calls[number:] if call[0] in ("fsync", "fdatasync")]
        assert target.parent in after, f"the folder of {target.name} was not flushed after it"


def test_the_link_is_swapped_when_the_version_and_its_record_are_on_disk(system_calls):
    """P31."""
    home, calls = system_calls
    version = (home / "kcna.duckdb").resolve()

    def last(*wanted):
        return max(number for number, call in enumerate(calls) if call[0] in wanted[0] and call[-1] == wanted[1])

    def first(*wanted):
        return min(number for number, call in enumerate(calls) if call[0] in wanted[0] and call[-1] == wanted[1])

    renaming, flushing = ("rename", "renameat", "renameat2"), ("fsync", "fdatasync")
    named = first(renaming, version)
    listed = first(renaming, version.parent / "manifest.json")
    swapped = first(renaming, home / "kcna.duckdb")
    assert last(flushing, home / "stages" / "build.duckdb") < named < listed < swapped
    assert any(call == ("fsync", version.parent) for call in calls[named:listed])
    assert any(call == ("fsync", version.parent) for call in calls[listed:swapped])
    assert any(call == ("fsync", home) for call in calls[swapped:])
    assert last(flushing, home) > swapped
    assert Counter(call[-1] for call in calls if call[0] in renaming)[home / "kcna.duckdb"] == 1
