"""P5, P9: readers get whole versions in order while loads run and die; two writers never work at once."""

import multiprocessing
import threading
import time

import pytest

from etl.settings import Settings
from etl.warehouse.verify import verify
from tests import support
from tests.promises import loader
from tests.promises.conftest import write_pages

WRITERS = 2


def read_while_loading(scene, folder, rounds, chance):
    """Loads that grow, every other one killed first, with two readers; returns what the readers saw."""
    home, pages = scene.copy("read"), folder / "pages"
    stop, found = loader.SERVER.Event(), loader.SERVER.Queue()
    readers = [loader.start(loader.read_until, home, stop, found) for _ in range(2)]
    for number in range(rounds):
        write_pages(pages, 1, first=200 + number)
        if number % 2:
            process = loader.start(loader.load, home, pages)
            time.sleep(chance.uniform(0.2, 1.2))
            loader.kill(process)
        assert loader.run(loader.load, home, pages) == loader.DONE
    stop.set()
    seen = [found.get(timeout=loader.ENOUGH_SECONDS) for _ in readers]
    assert [loader.finish(reader) for reader in readers] == [0, 0]
    return seen


def assert_in_order(seen, rounds):
    for reads, pages, faults in seen:
        assert faults == []
        assert pages == sorted(set(pages))
        assert set(pages) <= set(range(2, 3 + rounds))
        assert reads > rounds


def test_readers_see_whole_versions_in_order_while_loads_run_and_are_killed(scene, tmp_path, chance):
    """P5."""
    assert_in_order(read_while_loading(scene, tmp_path, 4, chance), 4)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_readers_see_whole_versions_in_order_over_many_loads_and_kills(scene, tmp_path, chance, figures):
    """P5."""
    seen = read_while_loading(scene, tmp_path, 60, chance)
    assert_in_order(seen, 60)
    figures(f"{sum(reads for reads, _, _ in seen):,} reads by 2 readers during 60 loads and 30 kills, 0 errors")


def load_behind(barrier, home, pages, run_id):
    """Load when all others are ready too."""
    barrier.wait(loader.ENOUGH_SECONDS)
    loader.load(home, pages, run_id)


def race(scene, rounds, chance):
    """Writers that begin at the same moment, one of them killed in every third round; returns how many died of it."""
    killed = 0
    for number in range(rounds):
        home = scene.copy("raced")
        barrier = loader.SERVER.Barrier(WRITERS)
        writers = [loader.start(load_behind, barrier, home, scene.pages, str(each)) for each in range(WRITERS)]
        if number % 3 == 2:
            time.sleep(chance.uniform(0.2, 1.0))
            loader.kill(writers[0])
        codes = [loader.finish(writer) for writer in writers]
        assert set(codes) <= {loader.DONE, loader.BUSY, -9}, codes
        assert loader.BUSY not in codes or len(set(codes)) > 1, "each waited for the other"
        killed += codes.count(-9)
        scene.assert_readable(home)
        scene.assert_mended(home)
    return killed


def test_of_two_writers_one_goes_on_and_the_other_stops_or_follows(scene, chance):
    """P9."""
    race(scene, 3, chance)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_of_two_writers_one_goes_on_and_the_other_stops_or_follows_fifty_times(scene, chance, figures):
    """P9."""
    killed = race(scene, 50, chance)
    figures(f"50 rounds of 2 writers, one killed in {killed} of them, 0 differences")


def test_asking_who_writes_never_stops_a_writer(settings):
    """P9."""
    from etl.warehouse import lock

    home = settings.paths()
    with lock.held(home):
        pass
    stop = threading.Event()

    def ask():
        while not stop.wait(0.001):  # without a pause they would hold it nearly always, on a busy machine
            lock.is_held(home)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(3_000):
            with lock.held(home):
                pass
    finally:
        stop.set()
        for asker in askers:
            asker.join()


def test_a_look_for_damage_during_a_load_finds_none(scene):
    """P5 P13."""
    home = scene.copy("looked at")
    process = loader.start(loader.load, home, scene.pages)
    found = []
    while process.exitcode is None:
        found += verify(Settings(home=home)).damages
        process.join(0.01)

    assert found == []
    assert process.exitcode == loader.DONE
    assert support.fingerprint(home / "kcna.duckdb") == scene.after
    assert multiprocessing.active_children() == []
