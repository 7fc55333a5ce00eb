"""Folders and single files: nothing is missed, nothing hangs, and whatever gives no page says why."""

import os
import socket
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from etl.fetch import folder as folder_module
from etl.fetch import raw_store
from etl.fetch.origin import REASONS, UNREADABLE, OriginError, read_origin
from etl.settings import Settings, sample_pages

LIMIT = 1_000
needs_permissions = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything, whatever the permissions")


def limited(limit):
    """Settings with a limit that is smaller than people may set."""
    return Settings.model_construct(max_page_bytes=limit)


def read(origin, limit=LIMIT):
    return list(read_origin(str(origin), limited(limit)))


def write(folder, name, content=b"a page"):
    """Write a file whose name is given as bytes."""
    path = folder / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def outcome_of(folder):
    """Outcome and reason of the only file below a folder."""
    (found,) = read(folder)
    return found.outcome, found.reason


@pytest.mark.parametrize(
    "name",
    [
        b"plain.txt",
        b"no ending",
        b"not UTF-8 \xff\xfe.txt",
        b"half a character \xed\x95.txt",
        b"back\\slash.txt",
        b"new\nline.txt",
        b"\r.txt",
        b"glob [a]*?.txt",
        b"quotes ' and \".txt",
        b"  spaces  ",
        b"-rf",
        b"%2e%2e%2f.txt",
        b"\x1b[31mred.txt",
        "한글 페이지.txt".encode(),
        "e\u0301.txt".encode(),
        b"x" * 251 + b".txt",
        b"a folder\xff/with ' [a]*/page.txt",
    ],
)
def test_a_file_of_any_name_is_read(name, tmp_path):
    path = write(tmp_path, name, b"content of " + name)

    (found,) = read(tmp_path)

    assert (found.outcome, found.content) == ("page", b"content of " + name)
    assert unquote_to_bytes(found.url.removeprefix("file://")) == os.fsencode(path)
    assert found.url.isascii()
    found.name.encode()  # a name that cannot be stored as text would raise


def test_names_that_differ_only_in_undecodable_bytes_keep_apart(tmp_path):
    for name in (b"\xff.txt", b"\xfe.txt", rb"\xff.txt"):
        write(tmp_path, name)

    assert len({found.url for found in read(tmp_path)}) == 3


@pytest.mark.parametrize(
    "name",
    [
        ".note",
        "..two_dots.txt",
        "...",
        ".folder/page.txt",
        "__MACOSX/page.txt",
        "pages/.folder/below/page.txt",
        "pages/..odd/page.txt",
    ],
)
def test_hidden_files_and_files_in_hidden_folders_are_skipped_by_name(name, tmp_path):
    write(tmp_path, name.encode())

    (found,) = read(tmp_path)

    assert (found.name, found.outcome, found.reason, found.content) == (name, "skipped", "hidden_file", None)


def test_a_dot_in_the_path_of_the_folder_itself_hides_nothing(tmp_path):
    write(tmp_path, b".hidden/home/page.txt")

    assert outcome_of(tmp_path / ".hidden" / "home") == ("page", None)


def test_a_link_to_a_folder_is_named_and_not_followed(tmp_path):
    write(tmp_path, b"pages/page.txt")
    (tmp_path / "link").symlink_to(tmp_path / "pages")

    assert [(found.name, found.outcome, found.reason) for found in read(tmp_path)] == [
        ("link", "skipped", "linked_folder"),
        ("pages/page.txt", "page", None),
    ]


def test_a_link_in_a_circle_ends(tmp_path):
    (tmp_path / "circle").symlink_to(tmp_path)

    assert outcome_of(tmp_path) == ("skipped", "linked_folder")


def test_a_folder_given_as_a_link_is_read(tmp_path):
    write(tmp_path, b"pages/page.txt")
    (tmp_path / "link").symlink_to(tmp_path / "pages")

    (found,) = read(tmp_path / "link")

    assert found.url == f"file://{tmp_path}/pages/page.txt"  # one address, however the folder was reached


def test_a_link_to_a_file_is_read(tmp_path):
    write(tmp_path, b"outside/page.txt", b"linked")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "link.txt").symlink_to(tmp_path / "outside" / "page.txt")

    (found,) = read(tmp_path / "pages")

    assert (found.name, found.content) == ("link.txt", b"linked")


def test_a_broken_link_is_unreadable(tmp_path):
    (tmp_path / "broken.txt").symlink_to(tmp_path / "nothing")

    assert outcome_of(tmp_path) == ("unreadable", "read_error")


def test_a_link_to_itself_is_unreadable(tmp_path):
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")

    assert outcome_of(tmp_path) == ("unreadable", "read_error")


@pytest.mark.timeout(10)  # opening a pipe that nobody writes to would wait for ever
@pytest.mark.parametrize("single", [True, False])
def test_a_pipe_is_skipped_at_once(single, tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")

    assert outcome_of(tmp_path / "pipe.txt" if single else tmp_path) == ("skipped", "not_a_regular_file")


def test_a_socket_is_skipped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the address of a socket is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.txt")

        assert outcome_of(tmp_path) == ("skipped", "not_a_regular_file")


@pytest.mark.timeout(10)
def test_an_endless_device_is_skipped(tmp_path):
    (tmp_path / "zeros.txt").symlink_to("/dev/zero")

    assert outcome_of(tmp_path) == ("skipped", "not_a_regular_file")


@needs_permissions
def test_a_file_without_read_permission_is_unreadable(tmp_path):
    write(tmp_path, b"secret.txt")
    (tmp_path / "secret.txt").chmod(0)

    assert outcome_of(tmp_path) == ("unreadable", "read_error")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no such file on this system")
def test_a_file_whose_reading_fails_is_unreadable(tmp_path):
    (tmp_path / "failing.txt").symlink_to("/proc/self/mem")  # reading from its beginning is an error, also for root

    assert outcome_of(tmp_path) == ("unreadable", "read_error")


def test_a_folder_below_that_cannot_be_listed_is_named_and_the_rest_is_read(tmp_path, monkeypatch):
    write(tmp_path, b"closed/lost.txt")
    write(tmp_path, b"open/page.txt")
    scandir = os.scandir

    def refuse(path):
        if os.fsencode(path).endswith(b"closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(folder_module.os, "scandir", refuse)

    assert [(found.name, found.outcome, found.reason) for found in read(tmp_path)] == [
        ("closed", "unreadable", "read_error"),
        ("open/page.txt", "page", None),
    ]


def test_a_file_of_the_largest_size_is_read_and_a_larger_one_is_skipped_with_its_size(tmp_path):
    write(tmp_path, b"just.txt", bytes(LIMIT))
    write(tmp_path, b"more.txt", bytes(LIMIT + 1))

    just, more = read(tmp_path)

    assert (just.outcome, just.content) == ("page", bytes(LIMIT))
    assert (more.outcome, more.reason, more.byte_count, more.content) == ("skipped", "too_large", LIMIT + 1, None)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no such file on this system")
def test_a_file_that_grows_while_it_is_read_is_skipped(tmp_path):
    (tmp_path / "growing.txt").symlink_to("/proc/self/status")  # its size is given as 0, its content is longer

    (found,) = read(tmp_path, limit=10)

    assert (found.outcome, found.reason, found.content) == ("skipped", "too_large", None)


@pytest.mark.parametrize("name", ["table.json", "TABLE.JSON", "image.Png", "pages.7z", "notes.md", "some.urls"])
def test_files_that_are_no_pages_by_their_ending_are_skipped(name, tmp_path):
    write(tmp_path, name.encode())

    assert outcome_of(tmp_path) == ("skipped", "other_file_type")


@pytest.mark.parametrize("name", ["pages.zip", "pages.TAR", "pages.tar.gz", "page.txt.gz", "a.parquet", "a.warc.gz"])
def test_files_that_are_not_what_their_ending_promises_are_unreadable(name, tmp_path):
    write(tmp_path, name.encode())

    assert outcome_of(tmp_path) == ("unreadable", "wrong_format")


@pytest.mark.parametrize("name", ["page.html", "page.TXT", "page.2024", "json", "page.json.txt"])
def test_files_of_any_other_ending_are_read(name, tmp_path):
    write(tmp_path, name.encode())

    assert outcome_of(tmp_path) == ("page", None)


@pytest.mark.parametrize("name", [b"page.json", b".hidden", b"\xff", b"[a]*"])
def test_a_single_file_is_read_whatever_its_name(name, tmp_path):
    path = write(tmp_path, name, b"one page")

    (found,) = read(path)

    assert (found.outcome, found.content) == ("page", b"one page")
    assert unquote_to_bytes(found.url.removeprefix("file://")) == os.fsencode(path)


def test_a_single_file_has_the_same_address_as_in_its_folder(tmp_path):
    write(tmp_path, b"pages/page.txt")

    (alone,) = read(tmp_path / "pages" / "page.txt")

    assert alone == read(tmp_path / "pages")[0]


def test_every_file_at_every_depth_is_offered_once_in_byte_order(tmp_path):
    names = [b"b.txt", b"a/z.txt", b"a/b/c/d/e.txt", b"B.txt", b"\xff/x", b"a.txt", "가.txt".encode(), b".x/y", b"a/.z"]
    for name in names:
        write(tmp_path, name)
    (tmp_path / "empty" / "folder").mkdir(parents=True)

    listed = [unquote_to_bytes(found.url.removeprefix(f"file://{tmp_path}/")) for found in read(tmp_path)]

    assert Counter(listed) == Counter(names)
    assert listed == sorted(names, key=lambda name: name.split(b"/"))


def test_the_listing_does_not_depend_on_the_order_in_which_files_were_made(tmp_path):
    names = [b"c", b"a/y", b"a/x", b"b", b"a.txt"]
    for name in names:
        write(tmp_path, b"one/" + name)
    for name in reversed(names):
        write(tmp_path, b"two/" + name)

    first, second = ([found.name for found in read(tmp_path / folder)] for folder in ("one", "two"))

    assert first == second == ["a/x", "a/y", "a.txt", "b", "c"]


def test_an_empty_folder_offers_nothing(tmp_path):
    assert read(tmp_path) == []


def test_every_refusal_has_a_sentence(tmp_path):
    write(tmp_path, b".hidden")
    write(tmp_path, b"a.json")
    write(tmp_path, b"large.txt", bytes(LIMIT + 1))
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "broken.txt").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe.txt")

    reasons = {found.reason for found in read(tmp_path)}
    assert reasons == {
        *("hidden_file", "other_file_type", "too_large", "linked_folder", "not_a_regular_file", "read_error")
    }
    assert reasons < set(REASONS)
    assert set(REASONS) > UNREADABLE


@pytest.mark.parametrize("origin", ["no/such/folder", "file:///no/such/file", "nothing\0here"])
def test_a_missing_origin_is_named_with_what_to_give_instead(origin):
    with pytest.raises(OriginError, match="no such file or folder; give the path of a folder") as raised:
        read_origin(origin, limited(LIMIT))

    assert str(raised.value).startswith(f"{origin}: ")


def test_an_empty_origin_is_not_the_current_folder():
    with pytest.raises(OriginError):
        read_origin("", limited(LIMIT))


def test_the_home_of_an_unknown_user_is_a_missing_origin():
    with pytest.raises(OriginError):
        read_origin("~no-such-user-4711/pages", limited(LIMIT))


def test_a_folder_that_cannot_be_listed_is_an_error_that_names_it(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder_module.os, "scandir", refuse)

    with pytest.raises(OriginError, match="cannot be listed \\(Permission denied\\); check its permissions") as raised:
        read(tmp_path)

    assert str(raised.value).startswith(f"{tmp_path}: ")


def test_told_nothing_a_run_reads_the_sample_pages_but_never_into_a_store_of_other_pages(tmp_path):
    store = raw_store.RawStore(tmp_path / "raw")
    samples = str(sample_pages())
    assert folder_module.default_origins(store.origins()) == [samples]

    support_add(store, read_origin(samples, limited(LIMIT)))
    assert folder_module.default_origins(store.origins()) == [samples]

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "page.txt").write_bytes(b"a page of mine")
    support_add(store, read_origin(str(tmp_path / "mine"), limited(LIMIT)))
    assert folder_module.default_origins(store.origins()) == []


def support_add(store, offers):
    store.add(offers, datetime(2026, 1, 1, tzinfo=UTC), 1_000, 10**9)
