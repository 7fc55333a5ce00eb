"""Publishing: the link is swapped in one step, versions are kept and read-only, and nothing unfinished gets out."""

import hashlib
import os
import stat
import tempfile
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from etl import files
from etl.stages import build_digest
from etl.warehouse import publish as publish_module
from etl.warehouse.publish import is_published, publish, published_version, versions
from tests import support
from tests.support import PUBLISHED_AT, offer, page


@pytest.fixture
def home(settings):
    return settings.paths()


def publish_page(settings, number):
    """Publish a version with one page more than the one before."""
    return support.publish_warehouse(
        settings, [offer(page(title=f"Number {number}"), f"{number}.txt")], PUBLISHED_AT + timedelta(days=number)
    )


def work_file(settings, content="create table made (up integer)"):
    """A closed DuckDB file in the place of a build; what is in it does not matter to publishing."""
    path = settings.paths().work_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute(content)
    return path


def publish_any(settings, number):
    return publish(settings, work_file(settings), f"digest{number}", PUBLISHED_AT + timedelta(days=number))


@pytest.fixture
def other_disk(tmp_path):
    """A folder on another file system than the home's."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def test_the_link_leads_to_the_version_and_can_be_moved_with_its_home(settings, home):
    version = publish_any(settings, 1)

    assert home.warehouse.is_symlink()
    assert home.warehouse.readlink() == version.relative_to(home.root)
    assert published_version(home.warehouse) == version

    moved = home.root.rename(home.root.with_name("moved"))

    assert (moved / "kcna.duckdb").exists()


def test_the_work_file_is_gone_and_its_content_is_the_version(settings, home):
    path = work_file(settings, "create table made as select 42 as answer")

    version = publish(settings, path, "digest", PUBLISHED_AT)

    assert not path.exists()
    assert support.rows(version, "from made") == [(42,)]


def test_versions_may_be_kept_on_another_disk(settings, home, other_disk):
    home.root.mkdir(parents=True, exist_ok=True)
    home.versions.symlink_to(other_disk)

    version = publish(settings, work_file(settings, "create table made as select 42 as answer"), "digest", PUBLISHED_AT)

    assert not home.work_file.exists()
    assert {path.name for path in other_disk.iterdir()} == {version.name, "manifest.json"}
    assert stat.S_IMODE(version.stat().st_mode) == 0o444
    assert support.rows(home.warehouse, "from made") == [(42,)]


def test_a_version_is_named_by_time_and_digest_and_is_read_only(settings, home):
    version = publish_any(settings, 1)

    assert version.name == "kcna-20260303T120000Z-digest1.duckdb"
    assert stat.S_IMODE(version.stat().st_mode) == 0o444


def test_a_version_is_listed_with_the_digest_of_its_bytes(settings):
    version = publish_any(settings, 1)

    (record,) = versions(settings)

    assert record.name == version.name
    assert record.sha256 == hashlib.sha256(version.read_bytes()).hexdigest()


def test_what_is_published_is_known_by_its_build_digest(settings, home):
    assert not is_published(home.warehouse, "digest1")

    publish_any(settings, 1)

    assert is_published(home.warehouse, "digest1")
    assert not is_published(home.warehouse, "digest2")


def test_the_build_digest_of_a_real_version_is_that_of_its_pages_and_code(settings, home):
    publish_page(settings, 1)

    assert is_published(home.warehouse, build_digest(home))

    support.add(settings, [offer(b"another", "another.txt")])

    assert not is_published(home.warehouse, build_digest(home))


def test_a_damaged_version_does_not_count_as_published(settings, home):
    version = publish_any(settings, 1)
    version.chmod(0o644)
    version.write_bytes(version.read_bytes()[:-1])

    assert not is_published(home.warehouse, "digest1")


def test_old_versions_are_removed_and_the_newest_kept(settings, home):
    settings.keep_versions = 2

    paths = [publish_any(settings, number) for number in range(1, 5)]

    assert [path.exists() for path in paths] == [False, False, True, True]
    assert [record.name for record in versions(settings)] == [paths[2].name, paths[3].name]


def test_the_current_version_is_kept_even_if_only_one_is(settings, home):
    settings.keep_versions = 1
    publish_any(settings, 1)

    current = publish_any(settings, 2)

    assert [path.name for path in home.versions.glob("*.duckdb")] == [current.name]
    assert published_version(home.warehouse) == current


def test_a_version_that_a_killed_run_left_unlisted_is_removed(settings, home):
    stray = home.versions / "kcna-20200101T000000Z-dead.duckdb"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"half a version")

    publish_any(settings, 1)

    assert not stray.exists()


def test_a_temporary_copy_that_a_killed_run_left_is_removed(settings, home):
    stray = home.versions / f"kcna-20200101T000000Z-dead.duckdb.4711{files.TEMPORARY_SUFFIX}"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"half a version")

    publish_any(settings, 1)

    assert not stray.exists()


def test_a_file_that_was_not_closed_cleanly_is_refused_and_the_old_version_stays(settings, home):
    before = publish_any(settings, 1)
    path = work_file(settings)
    path.with_name(path.name + ".wal").write_bytes(b"rows that are not in the file yet")

    with pytest.raises(RuntimeError, match="not closed cleanly and is not published; run `kcna run` again"):
        publish(settings, path, "digest2", PUBLISHED_AT)

    assert published_version(home.warehouse) == before
    assert len(list(home.versions.glob("*.duckdb"))) == 1


@pytest.mark.parametrize("step", ["_move", "flush_file", "_swap_link"])
def test_a_publication_that_dies_leaves_the_old_version_and_the_next_one_works(step, settings, home, monkeypatch):
    before = publish_any(settings, 1)
    bytes_before = before.read_bytes()

    def die(*_):
        raise KeyboardInterrupt

    owner = {"_move": publish_module, "flush_file": files, "_swap_link": publish_module}[step]
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, die)
        with pytest.raises(KeyboardInterrupt):
            publish_any(settings, 2)

    assert published_version(home.warehouse) == before
    assert before.read_bytes() == bytes_before

    after = publish_any(settings, 3)

    assert published_version(home.warehouse) == after
    assert not list(home.root.glob(".kcna*"))


def publish_number(settings, number):
    """Publish a version that holds its number in two tables."""
    path = work_file(settings, f"create table one as select {number} as n; create table two as from one")
    return publish(settings, path, f"digest{number}", PUBLISHED_AT + timedelta(days=number))


def test_a_reader_keeps_its_version_during_and_after_publications(settings, home):
    settings.keep_versions = 1
    publish_number(settings, 1)
    with duckdb.connect(str(home.warehouse), read_only=True) as reader:
        assert reader.execute("from one").fetchone() == (1,)

        publish_number(settings, 2)
        newest = publish_number(settings, 3)

        assert reader.execute("from one").fetchone() == (1,)
        assert reader.execute("from two").fetchone() == (1,)
        assert list(home.versions.glob("*.duckdb")) == [newest]
    assert support.rows(home.warehouse, "from one") == [(3,)]


def test_a_reader_in_another_process_sees_whole_versions_only_and_never_an_older_one(settings, home):
    publish_number(settings, 0)
    with support.python_process(READ_UNTIL_TOLD, home.warehouse) as reader:
        for number in range(1, 30):
            publish_number(settings, number)
        seen = reader.ask("stop").split()

    assert reader.returncode == 0
    assert len(seen) > 1
    assert seen[-1] == "29"


READ_UNTIL_TOLD = """
import sys, threading, duckdb
stopped = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stopped.set()), daemon=True).start()
seen, last_round = [], False
print("ready", flush=True)
while not last_round:
    last_round = stopped.is_set()
    with duckdb.connect(sys.argv[1], read_only=True) as con:
        one, two = con.execute("select (from one), (from two)").fetchone()
    assert one == two, (one, two)
    if one not in seen[-1:]:
        seen.append(one)
assert seen == sorted(seen), seen
print(*seen, flush=True)
"""
"""Opens the link again and again; each version must be whole and none older than the one before."""


def test_nothing_is_published_where_the_link_is_missing_or_leads_nowhere(home):
    assert published_version(home.warehouse) is None

    home.root.mkdir()
    home.warehouse.symlink_to("versions/gone.duckdb")

    assert published_version(home.warehouse) is None


def test_the_warehouse_is_built_again_from_raw_alone(settings, home):
    version = publish_page(settings, 1)
    before = support.fingerprint(version)
    for folder in ("versions", "stages"):
        for path in sorted((home.root / folder).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    home.warehouse.unlink()

    again = support.publish_warehouse(settings)

    assert support.fingerprint(again) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere, whatever the permissions")
def test_a_published_file_cannot_be_opened_for_writing(settings):
    version = publish_page(settings, 1)

    with pytest.raises(duckdb.IOException):
        duckdb.connect(str(version))


def test_a_damaged_version_published_again_in_the_same_second_is_listed_once_and_whole(settings, home):
    damaged = publish_any(settings, 1)
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-1])

    assert publish_any(settings, 1) == damaged

    assert [record.name for record in versions(settings)] == [damaged.name]
    assert is_published(home.warehouse, "digest1")


def test_a_version_with_the_same_content_as_the_new_one_is_not_kept_beside_it(settings, home):
    publish_any(settings, 1)

    again = publish(settings, work_file(settings), "digest1", PUBLISHED_AT + timedelta(days=2))

    assert [record.name for record in versions(settings)] == [again.name]
    assert [path.name for path in home.versions.glob("*.duckdb")] == [again.name]


def test_a_log_beside_the_published_version_means_that_it_is_not_published(settings, home):
    version = publish_any(settings, 1)
    publish_module.log_of(version).write_bytes(b"a log")

    assert not is_published(home.warehouse, "digest1")

    publish(settings, work_file(settings), "digest1", PUBLISHED_AT + timedelta(days=2))

    assert is_published(home.warehouse, "digest1")
    assert list(home.versions.glob("*.wal")) == []


def test_a_forgotten_version_stays_for_readers_but_no_longer_counts(settings, home):
    old, current = publish_any(settings, 1), publish_any(settings, 2)

    publish_module.forget(settings)

    assert not is_published(home.warehouse, "digest2")
    assert support.rows(home.warehouse, "from made") == []
    assert [record.name for record in versions(settings)] == [old.name]
    assert current.exists()
