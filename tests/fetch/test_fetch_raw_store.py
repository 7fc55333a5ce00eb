"""The raw store: every byte kept, nothing twice, whole or absent, and damage found before use."""

import contextlib
import hashlib
import stat
import tempfile
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import files
from etl.fetch import raw_store
from etl.fetch.raw_store import FetchCounts, RawStore
from tests.support import FETCHED_AT, offer, offers, refusal

MANY = 1_000
page_bytes = st.binary(max_size=200)
few_examples = settings(max_examples=30, deadline=None)  # each writes files, and a busy disk is no failure


@pytest.fixture
def store(tmp_path):
    return RawStore(tmp_path / "raw")


def add(store, offered, fetched_at=FETCHED_AT, pack_pages=MANY, pack_bytes=10**6):
    return store.add(offered, fetched_at, pack_pages, pack_bytes)


def stored_pages(store):
    """The stored pages: content by digest."""
    batches = [batch for pack in store.packs() for batch in store.page_batches(pack)]
    return {sha: content for batch in batches for sha, content in batch.select("page_sha256", "content").iter_rows()}


def on_disk(store):
    """Every file of the store with its bytes and the time of its last change."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in store.folder.iterdir()}


def pack_path(store):
    return store.folder / store.packs()[0].name


def flip_bit(path, position=None):
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if position is None else position] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


digests = st.binary(min_size=32, max_size=32) | st.integers(0, 3).map(lambda end: bytes([7] * 31 + [end]))
"""Any, and some that differ only at their end."""


@given(st.lists(digests, unique=True), st.lists(digests), digests)
def test_pages_are_known_by_their_whole_digest(stored, added, asked):
    known = raw_store._KnownPages(pl.Series([digest.hex() for digest in stored], dtype=pl.String))
    for digest in added:
        known.add(digest)

    assert all(digest in known for digest in (*stored, *added))
    assert (asked in known) == (asked in (*stored, *added))


@few_examples
@given(st.lists(page_bytes, max_size=8), st.integers(1, 4), st.integers(1, 300))
def test_any_bytes_come_back_exactly_whatever_the_packs(contents, pack_pages, pack_bytes):
    with tempfile.TemporaryDirectory() as folder:
        store = RawStore(Path(folder))

        counts = add(store, offers(*contents), pack_pages=pack_pages, pack_bytes=pack_bytes)

        assert stored_pages(store) == {hashlib.sha256(content).hexdigest(): content for content in contents}
        assert sum(pack.row_count for pack in store.packs()) == counts.new_pages == len(set(contents))


@few_examples
@given(st.lists(st.one_of(page_bytes, st.sampled_from(["skipped", "unreadable"])), max_size=8))
def test_every_file_offered_is_counted_once(offered):
    with tempfile.TemporaryDirectory() as folder:
        counts = add(
            RawStore(Path(folder)),
            [
                refusal(str(number), each) if isinstance(each, str) else offer(each, str(number))
                for number, each in enumerate(offered)
            ],
        )

        assert counts.offered == len(offered)
        assert counts.offered == counts.new_pages + counts.known_pages + counts.skipped + counts.unreadable


def test_the_same_bytes_under_two_names_are_one_page_and_two_offers(store):
    counts = add(store, [offer(b"same", "a.txt"), offer(b"same", "b.txt")])

    assert (counts.new_pages, counts.known_pages) == (1, 1)
    assert list(stored_pages(store).values()) == [b"same"]
    assert sorted(store.offers().collect()["name"]) == ["a.txt", "b.txt"]


def test_the_same_page_in_a_later_load_is_not_stored_again(store):
    add(store, [offer(b"same", "a.txt")])

    counts = add(store, [offer(b"same", "b.txt")])

    assert (counts.new_pages, counts.known_pages) == (0, 1)
    assert len(store.packs()) == 1


def test_the_same_load_again_changes_no_byte_on_disk(store):
    offered = [*offers(b"one", b"two", b"two"), refusal("c"), refusal("d", "unreadable", "read_error")]
    add(store, offered)
    before, digest = on_disk(store), store.manifest.digest()

    counts = add(store, offered, FETCHED_AT + timedelta(days=1))

    assert on_disk(store) == before
    assert store.manifest.digest() == digest
    assert (counts.new_pages, counts.new_offers) == (0, 0)


def test_the_same_offer_twice_in_one_load_is_recorded_once(store):
    counts = add(store, [offer(b"x"), offer(b"x"), refusal("r"), refusal("r")])

    assert counts.new_offers == 2
    assert store.offers().collect().height == 2


def test_a_file_that_changed_is_a_new_page_and_the_old_one_stays(store):
    add(store, [offer(b"old", "page.txt")])
    digest = store.manifest.digest()

    add(store, [offer(b"new", "page.txt")])

    assert sorted(stored_pages(store).values()) == [b"new", b"old"]
    assert store.manifest.digest() != digest


def test_a_page_keeps_the_time_at_which_it_was_first_fetched(store):
    later = FETCHED_AT + timedelta(days=1)
    add(store, [offer(b"page", "a.txt")])
    add(store, [offer(b"page", "b.txt")], later)

    pack = pl.read_parquet(pack_path(store))

    assert pack["first_fetched_at"].to_list() == [FETCHED_AT]
    assert dict(store.offers().select("name", "fetched_at").collect().iter_rows()) == {
        "a.txt": FETCHED_AT,
        "b.txt": later,
    }


def test_a_pack_is_closed_at_its_number_of_pages(store):
    add(store, offers(*[bytes([number]) for number in range(7)]), pack_pages=3)

    assert [pack.row_count for pack in store.packs()] == [3, 3, 1]


def test_a_pack_is_closed_at_its_number_of_bytes(store):
    add(store, offers(b"a" * 60, b"b" * 60, b"c" * 60), pack_bytes=100)

    assert [pack.row_count for pack in store.packs()] == [2, 1]


def test_packs_and_offers_are_read_only_and_named_by_their_own_digest(store):
    add(store, offers(b"page"))

    for path in store.folder.glob("*.parquet"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
        assert hashlib.sha256(path.read_bytes()).hexdigest()[:32] in path.name


def test_what_a_killed_run_left_unlisted_is_swept_and_what_is_listed_stays(store):
    add(store, offers(b"page"))
    stray = store.folder / "pages-0123456789abcdef.parquet"
    stray.write_bytes(b"half a pack")
    draft = store.folder / "pages.partial.parquet"
    draft.write_bytes(b"half a draft")

    add(store, offers(b"another"))

    assert not stray.exists()
    assert not draft.exists()
    assert sorted(stored_pages(store).values()) == [b"another", b"page"]


def test_a_temporary_file_of_a_killed_run_is_swept(store):
    add(store, offers(b"page"))
    left = store.folder / f"pages.partial.parquet.4711{files.TEMPORARY_SUFFIX}"
    left.write_bytes(b"half a pack")

    add(store, offers(b"another"))

    assert not left.exists()


def test_a_run_that_dies_before_it_lists_its_pack_loses_nothing(store, monkeypatch):
    add(store, offers(b"page"))

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files.Manifest, "append", die)
        with pytest.raises(KeyboardInterrupt):
            add(store, [offer(b"new", "new.txt")])
    counts = add(store, [offer(b"new", "new.txt")])

    assert counts.new_pages == 1
    assert sorted(stored_pages(store).values()) == [b"new", b"page"]
    assert len(list(store.folder.glob("pages-*"))) == 2


def test_no_recorded_offer_names_a_page_that_is_not_stored(store, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(raw_store._Batch, "offer_rows", die)  # pages are written, offers are not
    with pytest.raises(KeyboardInterrupt):
        add(store, offers(b"page"))

    assert store.offers().collect().is_empty()
    assert store.packs() == []


def test_a_pack_that_cannot_be_written_ends_the_fetch_before_the_pack_after_next(store, monkeypatch):
    def refuse(*_):
        raise OSError("no space left")

    monkeypatch.setattr(RawStore, "_store", refuse)
    waiting = iter([offer(b"one"), offer(b"two"), offer(b"three"), offer(b"four")])
    with pytest.raises(OSError, match="no space left"):
        add(store, waiting, pack_pages=1)

    assert [offered.content for offered in waiting] == [b"three", b"four"]
    assert store.packs() == []


def test_packs_that_are_whole_stay_when_the_origin_fails(store):
    def broken():
        yield from [offer(b"one"), offer(b"two"), offer(b"three")]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        add(store, broken(), pack_pages=2)

    assert sorted(stored_pages(store).values()) == [b"one", b"two"]


@pytest.mark.parametrize("content", [None, "[]", "{}"])
def test_no_page_is_lost_with_the_manifest(content, store):
    add(store, offers(b"page"))
    pack = pack_path(store)
    store.manifest.path.unlink()
    if content is not None:
        store.manifest.path.write_text(content)

    with contextlib.suppress(files.DamagedFileError):  # to refuse is as good as to mend
        add(store, offers(b"another"))

    assert pack.exists()


def test_a_first_load_that_dies_before_its_offers_leaves_no_page_without_a_file(store, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(raw_store._Batch, "offer_rows", die)
        with pytest.raises(KeyboardInterrupt):
            add(store, [offer(b"lost", "lost.txt")])
    add(store, [offer(b"page", "page.txt")])

    assert set(stored_pages(store)) == set(store.offers().collect()["page_sha256"])


@pytest.mark.parametrize("position", [0, 8, None, -9, -1])
def test_one_flipped_bit_in_a_pack_is_found_before_a_page_is_read(position, store):
    add(store, offers(*[bytes([number]) * 50 for number in range(20)]))
    path = pack_path(store)
    flip_bit(path, position)

    with pytest.raises(files.DamagedFileError, match="bytes differ") as raised:
        stored_pages(store)

    assert str(path) in str(raised.value)


def test_a_missing_pack_is_named(store):
    add(store, offers(b"page"))
    path = pack_path(store)
    path.unlink()

    with pytest.raises(files.DamagedFileError, match="missing") as raised:
        stored_pages(store)

    assert str(path) in str(raised.value)


def test_a_damaged_record_of_offers_is_found_before_use(store):
    add(store, offers(b"page"))
    path = store.folder / store.offer_files()[0].name
    flip_bit(path)

    with pytest.raises(files.DamagedFileError) as raised:
        store.offers()

    assert str(path) in str(raised.value)


def test_a_damaged_pack_is_found_before_a_load_trusts_its_digests(store):
    add(store, offers(*[bytes([number]) * 50 for number in range(20)]))
    digests = pl.read_parquet(pack_path(store))["page_sha256"]
    path = pack_path(store)
    path.chmod(0o644)
    # the digests of the pages, and nothing else, are exchanged
    pl.read_parquet(path).with_columns(digests.reverse().alias("page_sha256")).write_parquet(path)

    with pytest.raises(files.DamagedFileError):
        add(store, offers(b"another"))


def test_a_store_without_pages_is_empty_and_has_a_digest(store):
    assert store.packs() == []
    assert store.offers().collect().is_empty()
    assert store.manifest.digest() == RawStore(store.folder).manifest.digest()


def test_counts_of_several_origins_add_up():
    total = FetchCounts(offered=2, new_pages=1, skipped=1)
    total += FetchCounts(offered=3, known_pages=1, unreadable=2, new_offers=3)

    assert total == FetchCounts(5, 1, 1, 1, 2, 3)
    assert total.as_counts() == {
        "offered_count": 5,
        "new_page_count": 1,
        "known_page_count": 1,
        "skipped_count": 1,
        "unreadable_count": 2,
    }
