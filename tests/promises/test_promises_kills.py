"""P2, P4, P22: killed at any moment and run again, the content is as if nothing had happened."""

import time
from collections import Counter

import pytest

from etl import faults
from tests.promises import loader
from tests.promises.conftest import KILLS


def seconds_of_a_load(scene):
    begun = time.monotonic()
    assert loader.run(scene.load, scene.copy("timed"), scene.pages) == loader.DONE
    return time.monotonic() - begun


def kill_at_random(scene, kills, chance):
    longest = seconds_of_a_load(scene)
    hits = 0
    for _ in range(kills):
        home = scene.copy("killed")
        process = loader.start(scene.load, home, scene.pages)
        time.sleep(chance.uniform(0, longest))
        hits += loader.kill(process)
        scene.assert_readable(home)
        scene.assert_mended(home)
    return hits


def test_a_load_killed_at_a_random_moment_and_run_again_gives_the_same_content(scene, chance):
    """P4."""
    assert kill_at_random(scene, KILLS, chance) > 0


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_loads_killed_at_random_moments_give_the_same_content(scene, chance, figures):
    """P4."""
    kills = max(KILLS, 200)
    hits = kill_at_random(scene, kills, chance)
    assert hits > kills / 2
    figures(f"{kills} kills, {hits} of them amid a load, 0 differences")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_hundred_loads_on_top_killed_at_random_moments_give_the_same_content(scene_on_top, chance, figures):
    """P4."""
    kills = max(KILLS // 2, 100)
    hits = kill_at_random(scene_on_top, kills, chance)
    assert hits > kills / 2
    figures(f"{kills} kills, {hits} of them amid a load, 0 differences")


def killed_at(scene, where):
    home = scene.copy("killed")
    assert loader.run(scene.load, home, scene.pages, environment={faults.DIE_AT: where}) == -9, where
    scene.assert_readable(home)
    scene.assert_mended(home)


DECISIVE_STEPS = [
    "home.sweep",
    "raw.rename",
    "raw.list",
    "manifest.replace",
    "parse.list",
    "clean.list",
    "build.done",
    "record.fill",
    "publish.move",
    "publish.list",
    "publish.swap_link",
    "publish.remove_old",
    "clean.note_published",
]
"""Those after which the next run or a reader meets other names than before; the slow tests die at all."""


@pytest.mark.parametrize("step", DECISIVE_STEPS)
def test_a_load_that_dies_before_a_step_and_is_run_again_gives_the_same_content(scene, step):
    """P2 P4 P22."""
    killed_at(scene, f"{step}:before")


@pytest.mark.parametrize("step", ["build.table", "build.done", "publish.move", "clean.note_published"])
def test_a_load_on_top_that_dies_before_a_step_and_is_run_again_gives_the_same_content(scene_on_top, step):
    """P2 P4 P22."""
    killed_at(scene_on_top, f"{step}:before")


def steps_of_a_load(scene, log):
    assert loader.run(scene.load, scene.copy("traced"), scene.pages, environment={faults.STEP_LOG: str(log)}) == 0
    return Counter(line.split()[0] for line in log.read_text().splitlines())


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_load_that_dies_at_any_time_of_any_step_and_is_run_again_gives_the_same_content(scene, tmp_path, figures):
    """P2 P4 P22."""
    figures(die_at_every_step(scene, tmp_path))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_load_on_top_that_dies_at_any_time_of_any_step_gives_the_same_content(scene_on_top, tmp_path, figures):
    """P2 P4 P22."""
    figures(die_at_every_step(scene_on_top, tmp_path))


def die_at_every_step(scene, tmp_path):
    steps = steps_of_a_load(scene, tmp_path / "steps")
    for step, times in steps.items():
        for number in range(1, times + 1):
            killed_at(scene, f"{step}:before:{number}")
            killed_at(scene, f"{step}:after:{number}")
    return f"{len(steps)} steps passed {steps.total()} times, died before and after each, 0 differences"


def test_a_version_whose_link_was_swapped_before_the_record_knew_is_not_published_twice(scene):
    """P22."""
    home = scene.copy("killed")
    died = loader.run(scene.load, home, scene.pages, environment={faults.DIE_AT: "publish.swap_link:after"})
    assert died == -9
    version = (home / "kcna.duckdb").resolve()

    scene.assert_mended(home)

    assert (home / "kcna.duckdb").resolve() == version
    assert version.name in [path.name for path in (home / "versions").glob("*.duckdb")]
