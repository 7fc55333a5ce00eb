"""Object storage: a listing is not the truth, credentials come from the environment, archives are opened."""

import io
import zipfile

import fsspec
import pytest

from etl.fetch.origin import OriginError, check_origin, read_origin
from etl.settings import Settings


@pytest.fixture
def memory():
    """fsspec's file system in memory, emptied."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def read(origin, **limits):
    return list(read_origin(origin, Settings.model_construct(**limits)))


def outcomes(origin, **limits):
    return [(offer.name, offer.content or offer.reason) for offer in read(origin, **limits)]


def zip_bytes(*members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def test_every_file_below_an_address_is_offered_in_order_of_the_names(memory):
    for name in ("b.txt", "a/z.txt", "a.txt", "한글 #1.txt", ".hidden", "x.png"):
        memory.pipe(f"/pages/{name}", name.encode())

    found = read("memory://pages")

    assert [(offer.name, offer.content or offer.reason) for offer in found] == [
        (".hidden", "hidden_file"),
        ("a.txt", b"a.txt"),
        ("a/z.txt", b"a/z.txt"),
        ("b.txt", b"b.txt"),
        ("x.png", "other_file_type"),
        ("한글 #1.txt", "한글 #1.txt".encode()),
    ]
    assert {offer.origin for offer in found} == {"memory:///pages"}
    assert found[-1].url == "memory:///pages/%ED%95%9C%EA%B8%80%20%231.txt"


def test_one_file_is_the_same_offer_as_in_its_folder(memory):
    memory.pipe("/pages/a.txt", b"page")

    assert read("memory://pages/a.txt") == read("memory://pages")


def test_archives_are_opened_whether_they_are_fetched_whole_or_in_blocks(memory):
    memory.pipe("/pages/x.zip", zip_bytes(("a.txt", b"first"), ("b.txt", b"second")))
    expected = [("x.zip!/a.txt", b"first"), ("x.zip!/b.txt", b"second")]

    assert outcomes("memory://pages") == expected
    assert outcomes("memory://pages", max_page_bytes=10) == expected
    assert read("memory://pages")[0].url == "zip:memory:///pages/x.zip!/a.txt"


def test_a_file_that_is_too_large_is_not_fetched(memory, monkeypatch):
    memory.pipe("/pages/large.txt", bytes(1_000))
    memory.pipe("/pages/small.txt", b"small")

    assert outcomes("memory://pages", max_page_bytes=10) == [("large.txt", "too_large"), ("small.txt", b"small")]
    assert read("memory://pages", max_page_bytes=10)[0].byte_count == 1_000


def test_a_column_may_be_named(memory):
    memory.pipe("/pages/x.jsonl", b'{"mine": "page", "text": "other"}\n')

    assert outcomes("memory://pages?column=mine") == [("x.jsonl!/1", b"page")]


def test_a_file_that_is_listed_but_cannot_be_read_is_unreadable_and_the_rest_is_read(memory, monkeypatch):
    for name in ("a", "gone", "refused", "short", "z"):
        memory.pipe(f"/pages/{name}", b"page " + name.encode())
    fetch = type(memory).cat_file

    def cat_file(self, path, **options):
        if path.endswith("gone"):
            raise FileNotFoundError(path)
        if path.endswith("refused"):
            raise PermissionError(path)
        content = fetch(self, path, **options)
        return content[:4] if path.endswith("short") else content

    monkeypatch.setattr(type(memory), "cat_file", cat_file)

    assert outcomes("memory://pages") == [
        ("a", b"page a"),
        ("gone", "read_error"),
        ("refused", "read_error"),
        ("short", "truncated"),
        ("z", b"page z"),
    ]


def test_a_large_file_that_cannot_be_opened_is_unreadable(memory, monkeypatch):
    memory.pipe("/pages/x.zip", bytes(1_000))

    def refuse(self, *_, **__):
        raise PermissionError("no")

    monkeypatch.setattr(type(memory), "open", refuse)

    assert outcomes("memory://pages", max_page_bytes=10) == [("x.zip", "read_error")]


def test_more_files_than_are_fetched_at_a_time_are_all_offered(memory):
    for number in range(150):
        memory.pipe(f"/pages/{number:03}", str(number).encode())

    assert [content for _, content in outcomes("memory://pages")] == [str(number).encode() for number in range(150)]


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ("nothing://bucket", "nothing is known of nothing://"),
        ("s3://key:secret@bucket/pages", "set the credentials in the environment"),
        ("simplecache::s3://bucket", "no such file or folder|no chain of file systems|nothing is known"),
        ("zip://x::memory://pages", "no chain of file systems"),
    ],
)
def test_an_address_that_cannot_be_read_is_refused_before_the_run(origin, message):
    with pytest.raises(OriginError, match=message) as raised:
        check_origin(origin)

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("origin", ["memory://", "memory://nothing/here", "s3://bucket/pages"])
def test_an_address_of_good_form_is_accepted_without_a_look_at_it(origin):
    check_origin(origin)


def test_a_missing_library_is_named_with_the_extra_to_install(monkeypatch):
    def missing(_):
        raise ImportError("Install adlfs")

    monkeypatch.setattr(fsspec, "get_filesystem_class", missing)

    with pytest.raises(OriginError, match=r"install kcna-warehouse\[s3\]"):
        check_origin("s3://bucket/pages")
    with pytest.raises(OriginError, match="az:// is missing; Install adlfs"):
        check_origin("az://bucket/pages")


@pytest.mark.parametrize("origin", ["memory://nothing", "memory://"])
def test_an_address_without_files_is_an_error(origin, memory):
    with pytest.raises(OriginError, match=r"no file stands there|cannot be listed"):
        read(origin)


@pytest.mark.parametrize("origin", ["https://", "http://[x", "https://host:port/", "https://a b/", "http://x\n/"])
def test_a_web_address_is_checked_for_its_form(origin):
    with pytest.raises(OriginError, match="no web address"):
        check_origin(origin)

    check_origin("https://kcnawatch.org/newstream/1726650000-1/title/?column=text")
