"""Homes to be killed in: a published one to copy, pages to load into it, and what must come of it."""

import json
import os
import random
import shutil
from datetime import date

import pytest

from etl.settings import Settings
from etl.stages import CleanStore
from etl.warehouse.verify import verify
from tests import support
from tests.promises import loader

SEED = int(os.environ.get("PROMISES_SEED", "20240918"))
KILLS = int(os.environ.get("PROMISES_KILLS", "5"))
"""Kills at random moments; the slow tests make 200 at least."""


@pytest.fixture
def figures(request):
    """Takes what a test counted, in words; written to the file that PROMISES_RESULTS names, for docs/promises.md."""
    counted = []
    yield counted.append
    target = os.environ.get("PROMISES_RESULTS")
    if target and counted:
        path = support.PROJECT / target
        known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        node = request.node.nodeid.removeprefix("tests/").split("[")[0]
        merged = dict(sorted((known | {node: "; ".join(counted)}).items()))
        path.write_text(json.dumps(merged, indent=1) + "\n", encoding="utf-8")


@pytest.fixture
def chance():
    """Random numbers that can be had again."""
    return random.Random(SEED)


def write_pages(folder, count, first=0):
    """Pages of a few days of which some repeat, revise or break what others say."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        blocks = [support.block(), support.block(title=f"Bridge {number % 3}"), support.block()]
        make = support.broken_page if number % 5 == 4 else support.page
        fields = {} if number % 5 == 4 else {"title": f"No. {number}", "published": date(2024, 9, 16 + number % 3)}
        (folder / f"{number}.txt").write_bytes(make(*blocks, **fields))
    return folder


class Scene:
    """A published home, the pages that it has and those that are to come, and the content that must follow."""

    def __init__(self, folder, load=loader.load):
        self.folder = folder
        self.load = load
        self.pages = write_pages(folder / "pages", 2)
        self.base = folder / "base"
        assert loader.run(self.load, self.base, self.pages) == loader.DONE
        self.before = support.fingerprint(self.base / "kcna.duckdb")
        write_pages(self.pages, 4, first=2)
        whole = self.copy("undisturbed")
        assert loader.run(self.load, whole, self.pages) == loader.DONE
        self.after = support.fingerprint(whole / "kcna.duckdb")
        self.undisturbed = whole
        assert self.before != self.after

    def copy(self, name):
        """A copy of the published home."""
        home = self.folder / name
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.base, home, symlinks=True)
        return home

    def assert_readable(self, home):
        """What a reader gets after a kill is one of the two versions, whole."""
        assert support.fingerprint(home / "kcna.duckdb") in (self.before, self.after)

    def assert_mended(self, home):
        """One more load gives what an undisturbed one gives, and leaves nothing damaged or half done."""
        assert loader.run(self.load, home, self.pages, "another run") == loader.DONE
        assert support.fingerprint(home / "kcna.duckdb") == self.after
        found = verify(Settings(home=home))
        assert (found.damages, found.notes) == ([], [])


@pytest.fixture(scope="session")
def scene(tmp_path_factory):
    """The scene, made once; only copies of its home may be changed."""
    return Scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="session")
def scene_on_top(tmp_path_factory):
    """The same scene, in which a load brings a copy of the published version up to date."""
    scene = Scene(tmp_path_factory.mktemp("scene_on_top"), loader.load_on_top)
    clean = CleanStore(Settings(home=scene.undisturbed).paths())
    assert clean.published().chain == 1
    assert sum(record.kind == "page" for record in clean.manifest.records()) > 2  # spans
    return scene
