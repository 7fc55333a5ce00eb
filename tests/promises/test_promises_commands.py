"""P4, P9: the command itself, with Dagster, Great Expectations and its workers, killed as systems kill."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from etl.settings import Settings
from etl.warehouse.verify import verify
from tests import support
from tests.promises.conftest import write_pages
from tests.promises.loader import ENOUGH_SECONDS

COMMAND = """
from etl.cli import main
from etl.stages import clean, parsed, sorting, spans

clean.SMALL = parsed.SMALL = sorting.FEW_READS = 0
spans.SPAN_PAGES = 1
main()
"""
"""The command, which takes workers and sorts packs for few pages too; the workers themselves ask for none of this."""
SMALL_PACKS = {"KCNA_PACK_PAGES": "2", "KCNA_WORKERS": "2"}
FAILED = 2
ROUNDS = 15


WORKER = "multiprocessing.spawn"
"""Stands in the command line of a worker."""


class CommandScene:
    """A published home whose stages are gone, so that the next run has several packs for its workers."""

    def __init__(self, folder):
        self.folder = folder
        self.pages = write_pages(folder / "pages", 4)
        self.base = folder / "base"
        assert self.run(self.base).code == 0
        self.before = support.fingerprint(self.base / "kcna.duckdb")
        write_pages(self.pages, 4, first=4)
        shutil.rmtree(self.base / "stages")
        whole, begun = self.copy(), time.monotonic()
        assert self.run(whole).code == 0
        self.seconds = time.monotonic() - begun
        self.after = support.fingerprint(whole / "kcna.duckdb")
        assert self.before != self.after

    def copy(self):
        """A copy of the published home."""
        home = self.folder / "killed"
        shutil.rmtree(home, ignore_errors=True)
        return Path(shutil.copytree(self.base, home, symlinks=True))

    def start(self, home):
        """Start the command in a process group of its own."""
        return Command(["run", str(self.pages), "--home", str(home)])

    def run(self, home):
        """Start it and wait."""
        command = self.start(home)
        command.wait()
        return command

    def assert_mended(self, home):
        """A reader gets one of the two versions, and one more run gives what an undisturbed one gives."""
        assert support.fingerprint(home / "kcna.duckdb") in (self.before, self.after)
        again = self.run(home)
        assert (again.code, again.errors) == (0, "")
        assert support.fingerprint(home / "kcna.duckdb") == self.after
        found = verify(Settings(home=home))
        assert (found.damages, found.notes) == ([], [])


class Command:
    """`kcna` at work, with all its processes in one group."""

    def __init__(self, arguments):
        self.errors = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd=support.PROJECT,
            env=os.environ | SMALL_PACKS,
            start_new_session=True,
        )

    @property
    def code(self):
        """How it ended."""
        return self.process.returncode

    def wait(self):
        """Wait for the end, and take what it said went wrong."""
        self.errors = self.process.communicate(timeout=ENOUGH_SECONDS)[1]

    def others(self):
        """The command lines of its other processes, by number."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                state, _, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
                if int(group) == self.process.pid != int(folder.name) and state != "Z":
                    found[int(folder.name)] = (folder / "cmdline").read_text()
        return found

    def kill_all(self):
        """As when the machine stops."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.wait()

    def kill_alone(self):
        """As when somebody kills the process that a list shows; its workers must notice."""
        self.process.kill()
        self.wait()
        until(lambda: not self.others())

    def kill_a_worker(self):
        """As the system does when memory runs out; nothing where there is none any more."""
        with contextlib.suppress(StopIteration, ProcessLookupError):
            os.kill(next(number for number, line in self.others().items() if WORKER in line), signal.SIGKILL)


def until(holds):
    """Wait until something holds."""
    end = time.monotonic() + ENOUGH_SECONDS
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """The scene, made once; only copies of its home may be changed."""
    return CommandScene(tmp_path_factory.mktemp("commands"))


def kill_at_random(scene, kill, chance):
    amid = 0
    for _ in range(ROUNDS):
        home = scene.copy()
        command = scene.start(home)
        time.sleep(chance.uniform(0, scene.seconds))
        kill(command)
        amid += command.code == -signal.SIGKILL
        scene.assert_mended(home)
    assert amid > ROUNDS / 2
    return f"{ROUNDS} kills, {amid} of them amid a run, 0 differences"


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_commands_killed_with_all_their_processes_and_run_again_give_the_same_content(scene, chance, figures):
    """P4."""
    figures(kill_at_random(scene, Command.kill_all, chance))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_commands_killed_without_their_workers_and_run_again_give_the_same_content(scene, chance, figures):
    """P4 P9."""
    figures(kill_at_random(scene, Command.kill_alone, chance))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_command_whose_worker_is_killed_says_so_and_run_again_gives_the_same_content(scene, chance, figures):
    """P4 P11 P32."""
    told = 0
    for _ in range(ROUNDS):
        home = scene.copy()
        command = scene.start(home)
        until(lambda: command.process.poll() is not None or WORKER in str(command.others()))  # noqa: B023 - at once
        time.sleep(chance.uniform(0, 1.5))
        command.kill_a_worker()
        command.wait()
        if command.code:
            assert (command.code, "KCNA_WORKERS=1" in command.errors) == (FAILED, True), command.errors
            told += 1
        scene.assert_mended(home)
    assert told > 0
    figures(f"a worker killed in {ROUNDS} runs, {told} ended with the message, 0 differences")
