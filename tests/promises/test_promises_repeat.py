"""P3, P29: the same pages give the same content, and the same load again nothing at all."""

import hashlib
import os

import pytest

from etl.runs import RunStore
from etl.settings import Settings
from tests import support
from tests.promises import loader
from tests.promises.conftest import write_pages

AGAIN = 4


def stored(home):
    """Every file of raw pages, stages and versions with its digest, and where the link leads."""
    digests = {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("raw", "stages", "versions")
        for path in (home / folder).rglob("*")
        if path.is_file()
    }
    return digests | {"link": str((home / "kcna.duckdb").readlink())}


def page_rows(home):
    """Digests of pages by table that names them."""
    tables = ("core.fact_page", "quality.page_outcome", "core.fact_sidebar_appearance", "quality.dropped")
    found = {table: support.rows(home / "kcna.duckdb", f"select page_sha256 from {table}") for table in tables}
    return {table: {sha256 for (sha256,) in pages} for table, pages in found.items()}


def test_five_loads_leave_every_stored_byte_and_a_page_more_adds_only_its_rows(scene, tmp_path):
    """P3."""
    home = scene.copy("five")
    assert loader.run(loader.load, home, scene.pages, "0") == loader.DONE
    before, runs = stored(home), {path.name for path in (home / "runs").iterdir()}

    for number in range(1, AGAIN + 1):
        assert loader.run(loader.load, home, scene.pages, str(number)) == loader.DONE
        assert stored(home) == before
    assert {path.name for path in (home / "runs").iterdir()} == runs | {f"{n}.json" for n in range(1, AGAIN + 1)}
    assert RunStore(Settings(home=home).paths()).latest().version == "unchanged"

    old, counts = page_rows(home), support.fingerprint(home / "kcna.duckdb")
    more = write_pages(tmp_path / "more", 1, first=100)
    assert loader.run(loader.load, home, more) == loader.DONE
    sha256 = hashlib.sha256((more / "100.txt").read_bytes()).hexdigest()
    assert {table: pages - old[table] for table, pages in page_rows(home).items()} == {table: {sha256} for table in old}
    assert all(old[table] <= pages for table, pages in page_rows(home).items())
    after = support.fingerprint(home / "kcna.duckdb")
    assert after["core.fact_page"][0] == counts["core.fact_page"][0] + 1
    assert after["core.dim_place"] == counts["core.dim_place"]


@pytest.mark.parametrize(
    "environment",
    [
        {
            "PYTHONHASHSEED": "1",
            "LC_ALL": "tr_TR.UTF-8",
            "TZ": "Pacific/Kiritimati",
            "KCNA_THREADS": "1",
            "POLARS_MAX_THREADS": "1",
        },
        {
            "PYTHONHASHSEED": "2",
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "TZ": "America/Los_Angeles",
            "KCNA_THREADS": "5",
            "POLARS_MAX_THREADS": "3",
        },
    ],
    ids=["one core", "more threads than cores"],
)
def test_hash_seed_locale_time_zone_and_number_of_cores_change_nothing(scene, tmp_path, environment):
    """P29."""
    code = "import sys; from tests.promises.loader import load; load(sys.argv[1], sys.argv[2])"

    done = support.run_python(code, tmp_path / "home", scene.pages, env=os.environ | environment, cwd=support.PROJECT)

    assert done.returncode == 0, done.stderr
    assert support.fingerprint(tmp_path / "home" / "kcna.duckdb") == scene.after
