"""Files are whole or absent, and a manifest notices every change to those it lists."""

import contextlib
import hashlib
import json
import os
import threading
import time

import polars as pl
import pytest

from etl import files
from etl.files import DamagedFileError, FileRecord, Manifest
from etl.settings import Settings
from tests import support

FRAME = pl.DataFrame({"number": [1, 2, 3]})


@pytest.fixture
def manifest(tmp_path):
    return Manifest(tmp_path / "manifest.json")


@pytest.fixture
def listed(manifest):
    """A manifest with one file, and the record of that file."""
    record = files.write_parquet(FRAME, manifest.path.parent / "one.parquet", "numbers")
    manifest.append(record)
    return record


def test_a_new_file_appears_whole(tmp_path):
    target = tmp_path / "folder" / "file.txt"

    with files.atomic_path(target) as temporary:
        temporary.write_text("half")
        assert not target.exists()
        temporary.write_text("whole")

    assert target.read_text() == "whole"
    assert [path.name for path in target.parent.iterdir()] == ["file.txt"]


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "file.txt"
    target.write_text("old")

    def fail():
        with files.atomic_path(target) as temporary:
            temporary.write_text("half of the new")
            raise RuntimeError("no space left")

    with pytest.raises(RuntimeError, match="no space left"):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_text_that_cannot_be_written_leaves_the_old_file(tmp_path):
    target = tmp_path / "file.txt"
    files.write_text(target, "old 한글")

    with pytest.raises(UnicodeEncodeError):
        files.write_text(target, "a lone surrogate: \udcff")

    assert target.read_text(encoding="utf-8") == "old 한글"
    assert list(tmp_path.iterdir()) == [target]


def test_a_parquet_file_is_recorded_with_the_digest_of_its_bytes(tmp_path):
    target = tmp_path / "one.parquet"

    record = files.write_parquet(FRAME, target, "numbers")

    content = target.read_bytes()
    assert record == FileRecord("one.parquet", "numbers", hashlib.sha256(content).hexdigest(), len(content), 3)


def test_paths_of_parquet_files_are_taken_literally(tmp_path):
    odd = tmp_path / "a [b]* ?{x,y}.parquet"
    files.write_parquet(FRAME, odd, "numbers")
    files.write_parquet(pl.DataFrame({"number": [9]}), tmp_path / "a b ?x.parquet", "numbers")

    assert files.scan_parquet([odd], FRAME.schema).collect().equals(FRAME)


def test_no_files_give_no_rows_but_the_columns(tmp_path):
    frame = files.scan_parquet([], FRAME.schema).collect()

    assert frame.is_empty()
    assert frame.schema == FRAME.schema


def test_a_manifest_that_does_not_exist_yet_lists_nothing(manifest):
    assert manifest.records() == []


def test_records_come_back_in_the_order_they_were_added_and_only_once(manifest):
    one, two = (FileRecord(name, "kind", "00", 1, 1) for name in ("one", "two"))

    manifest.append(two)
    manifest.append(one, two)

    assert manifest.records() == [two, one]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no json",
        b'[{"name": "one.parquet"',
        b'[{"name": "one.parquet"}]',
        b'[{"name": "a", "kind": "b", "sha256": "c", "byte_count": 1, "row_count": 1, "more": 1}]',
        b'["one.parquet"]',
        b"[1]",
        b"null",
        b"\xff\xfe",
    ],
)
def test_a_damaged_manifest_is_named_and_says_what_to_do(content, manifest):
    manifest.path.write_bytes(content)

    with pytest.raises(DamagedFileError, match="restore it from a backup") as raised:
        manifest.records()

    assert str(raised.value).startswith(f"{manifest.path}: the manifest cannot be read")


@pytest.mark.parametrize("content", ["{}", '""'])
def test_a_manifest_that_is_no_list_is_damaged(content, manifest):
    manifest.path.write_text(content)

    with pytest.raises(DamagedFileError):
        manifest.records()


def test_an_undamaged_file_is_given(manifest, listed):
    assert manifest.checked(listed) == manifest.path.parent / "one.parquet"


def test_one_flipped_bit_is_found(manifest, listed):
    path = manifest.path.parent / listed.name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    with pytest.raises(DamagedFileError, match="bytes differ from the manifest") as raised:
        manifest.checked(listed)

    assert str(raised.value).startswith(f"{path}: ")


def test_a_cut_file_is_found(manifest, listed):
    path = manifest.path.parent / listed.name
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(DamagedFileError, match="bytes differ"):
        manifest.checked(listed)


def test_a_file_put_in_place_of_another_is_found(manifest, listed):
    other = files.write_parquet(FRAME.reverse(), manifest.path.parent / "two.parquet", "numbers")
    (manifest.path.parent / other.name).replace(manifest.path.parent / listed.name)

    with pytest.raises(DamagedFileError, match="bytes differ"):
        manifest.checked(listed)


def test_a_missing_file_is_named(manifest, listed):
    (manifest.path.parent / listed.name).unlink()

    with pytest.raises(DamagedFileError, match=r"one\.parquet: the file is missing"):
        manifest.checked(listed)


def test_sweeping_removes_what_no_record_names(manifest, listed):
    stray, other = manifest.path.parent / "stray.parquet", manifest.path.parent / "note.txt"
    stray.write_bytes(b"")
    other.write_text("not of that kind")

    assert manifest.sweep("*.parquet") == [stray]

    assert sorted(path.name for path in manifest.path.parent.iterdir()) == ["manifest.json", "note.txt", "one.parquet"]


def test_a_manifest_is_readable_by_any_tool(manifest, listed):
    (entry,) = json.loads(manifest.path.read_text())

    assert (entry["name"], entry["row_count"]) == ("one.parquet", 3)


@pytest.mark.parametrize(
    "name",
    [
        "a [b]* 'c'",
        'quotes " and spaces ',
        "{x,y} 100% ~ $HOME #1;",
        "back\\slash",
        "new\nline",
        "한글 집",
        "back\\slash [a]",
        "outcome=load",
    ],
)
def test_a_home_of_any_name_works_from_pages_to_the_published_warehouse(name, settings, tmp_path):
    settings.home = tmp_path / name / "home"
    pages = [support.page(support.block()), support.broken_page()]

    support.publish_warehouse(settings, support.offers(*pages))

    counts = support.rows(settings.paths().warehouse, "select outcome, count(*) from core.fact_page group by 1")
    assert dict(counts) == {"load": 1, "quarantine": 1}


def test_a_home_with_a_question_mark_is_refused_in_plain_words(tmp_path):
    with pytest.raises(ValueError, match="the path holds a question mark"):
        Settings(home=tmp_path / "what?")


def test_a_draft_that_another_process_put_into_its_place_is_not_written_to(tmp_path, monkeypatch):
    def lock_late(handle, how):
        (tmp_path / ".out.draft.partial").rename(tmp_path / "out")

    monkeypatch.setattr("etl.files.fcntl.flock", lock_late)

    with (
        pytest.raises(files.RefusedFolderError, match="another export"),
        files.replaced_folder(tmp_path / "out", lambda folder: None),
    ):
        pytest.fail("it wrote into the folder of the other process")

    assert (tmp_path / "out").is_dir()


def test_a_table_that_polars_cannot_write_is_named_with_what_may_be_wrong(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise pl.exceptions.ComputeError("transport error")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", fail)

    with pytest.raises(OSError, match="perhaps for want of space") as raised:
        files.write_parquet(pl.DataFrame({"a": [1]}), tmp_path / "a.parquet", "a")

    assert raised.value.filename == str(tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def settled(manifest, monkeypatch):
    """A listed file, and how often files were read through; time has passed since it was written."""
    path = manifest.path.parent / "page.txt"
    path.write_bytes(b"some page")
    record = files.FileRecord("page.txt", "page", files.sha256_of(path), 9, 1)
    monkeypatch.setattr(files, "_SETTLED_NS", -1)
    read = []
    read_through = files.sha256_of
    monkeypatch.setattr(files, "sha256_of", lambda path: read.append(path) or read_through(path))
    return path, record, read


def test_a_file_that_nobody_wrote_to_is_read_through_once(manifest, settled):
    path, record, read = settled

    assert manifest.is_whole(record)
    assert manifest.is_whole(record)
    assert manifest.checked(record) == path

    assert read == [path]


@pytest.mark.parametrize("keeps_times", [False, True])
def test_a_file_that_was_written_to_is_read_through_again(keeps_times, manifest, settled):
    path, record, _ = settled
    before = path.stat()
    assert manifest.is_whole(record)

    time.sleep(0.05)  # a tick of the file system's clock
    path.write_bytes(b"Some page")
    if keeps_times:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert not manifest.is_whole(record)


def test_a_file_written_a_moment_ago_is_read_through_each_time(manifest, settled, monkeypatch):
    path, record, _ = settled
    monkeypatch.undo()
    path.write_bytes(b"some page")
    assert manifest.is_whole(record)

    path.write_bytes(b"Some page")

    assert not manifest.is_whole(record)


def test_a_look_for_damage_reads_everything_again(manifest, settled):
    path, record, read = settled
    assert manifest.is_whole(record)

    files.forget_digests()

    assert manifest.is_whole(record)
    assert read == [path, path]


@pytest.fixture
def held_up(settled, monkeypatch):
    """An event before which no file is read through ahead; it is set when a test ends."""
    go_on = threading.Event()
    known = files._known_digest

    def wait_and_read(path):
        if threading.current_thread() is not threading.main_thread():
            go_on.wait()
        return known(path)

    monkeypatch.setattr(files, "_known_digest", wait_and_read)
    yield go_on
    go_on.set()


def test_a_file_that_is_read_ahead_is_read_through_once(manifest, settled, held_up):
    path, record, read = settled
    files.digest_ahead([path])
    while not files._ahead[path].running():
        time.sleep(0.001)
    threading.Timer(0.05, held_up.set).start()

    assert manifest.is_whole(record)
    assert read == [path]


def test_who_asks_for_a_file_before_its_turn_ahead_does_not_wait_for_others(manifest, settled, held_up):
    path, record, read = settled
    other = path.with_name("other.txt")
    other.write_bytes(b"another page")
    files.digest_ahead([other, path])

    assert manifest.is_whole(record)
    assert read == [path]


def test_a_file_that_was_missing_when_it_was_read_ahead_is_read_when_it_is_asked_for(manifest, settled):
    path, record, _ = settled
    content = path.read_bytes()
    path.unlink()
    files.digest_ahead([path])
    with contextlib.suppress(FileNotFoundError):
        files._ahead[path].result(timeout=10)
    with pytest.raises(files.DamagedFileError, match="missing"):
        manifest.checked(record)
    files.digest_ahead([path])
    path.write_bytes(content)

    assert manifest.checked(record) == path


def test_what_is_written_after_it_was_read_ahead_is_seen(manifest, settled):
    path, record, _ = settled
    files.digest_ahead([path])
    assert files._ahead[path].result(timeout=10) == record.sha256
    time.sleep(0.05)  # a tick of the file system's clock
    path.write_bytes(b"Some page")

    assert not manifest.is_whole(record)


def test_of_many_files_the_whole_ones_are_told(manifest):
    folder = manifest.path.parent
    records = [files.write_parquet(FRAME, folder / f"{number}.parquet", "numbers") for number in range(9)]
    (folder / "3.parquet").unlink()
    (folder / "7.parquet").write_bytes(b"something else")

    assert manifest.whole(records) == {
        record.name: record for number, record in enumerate(records) if number not in (3, 7)
    }
