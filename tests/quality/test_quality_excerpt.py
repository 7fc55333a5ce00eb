"""Excerpts: lines have the numbers of reasons, whatever the bytes are, and pages are found by their digest."""

import hashlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.fetch.raw_store import RawStore
from etl.files import DamagedFileError, FileRecord, sha256_of
from etl.parse.page import read_page
from etl.quality import excerpt as module
from etl.quality.excerpt import ExcerptLine, excerpt, page_contents, page_lines
from etl.settings import Home, sample_pages
from tests.support import add, block, offers, page

STRANGE = "Who wrote this line?"
LINE_ENDS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


def strange_page():
    """A page with a line before the first entry of its sidebar that nobody can explain."""
    entry = b"\n\nNew Bridge Opened\n\nNew Bridge Opened"
    return page(block()).replace(entry, b"\n\n" + STRANGE.encode() + entry)


def marked(content):
    """The line that the excerpt marks for the page's first problem."""
    _, line, _ = read_page(content).problems[0]
    return [(shown.number, shown.text) for shown in excerpt(content, line) if shown.is_marked], line


def html_of(text):
    """A text as a saved HTML page, with lines of markup that are no lines of the text."""
    paragraphs = "\n".join(f"<p>\n{line}</p>\n<!-- none -->" for line in text.split("\n\n"))
    return f"<!doctype html>\n<html><head>\n<title>x</title></head>\n<body>\n{paragraphs}\n</body></html>".encode()


@pytest.mark.parametrize("end", LINE_ENDS)
def test_the_marked_line_is_the_one_the_reason_means_with_every_line_end(end):
    count = 3 if end in "\x1c\x1d\x1e" else -1  # more of these would be signs of a binary file
    content = strange_page().decode().replace("\n", end, count).encode()
    found, line = marked(content)
    assert found == [(line, STRANGE)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32-le"])
def test_the_marked_line_is_the_one_the_reason_means_in_every_encoding(encoding):
    found, line = marked(strange_page().decode().encode(encoding))
    assert found == [(line, STRANGE)]


def test_lines_of_html_are_those_of_the_text_it_shows():
    content = html_of(strange_page().decode())
    assert read_page(content).is_html
    found, line = marked(content)
    assert found == [(line, STRANGE)]


def test_every_sample_page_with_a_line_has_it_marked():
    for path in sorted(sample_pages().rglob("*.txt")):
        content = path.read_bytes()
        for _, line, _ in read_page(content).problems[:1]:
            assert [shown.number for shown in excerpt(content, line) if shown.is_marked] == ([line] if line else [])


def test_an_excerpt_has_the_lines_around_and_ends_with_the_page():
    content = b"one\n\nthree\nfour\nfive"
    assert excerpt(content, 3, around=1) == [
        ExcerptLine(2, "", is_marked=False),
        ExcerptLine(3, "three", is_marked=True),
        ExcerptLine(4, "four", is_marked=False),
    ]
    assert [line.number for line in excerpt(content, 1, around=2)] == [1, 2, 3]
    assert [line.number for line in excerpt(content, 5, around=2)] == [3, 4, 5]
    assert excerpt(content, 4, around=0) == [ExcerptLine(4, "four", is_marked=True)]


@pytest.mark.parametrize("line", [None, 0, -3, 99])
def test_without_a_line_the_first_ones_stand_there_unmarked(line):
    assert excerpt(b"one\ntwo\nthree\nfour", line, around=1) == [
        ExcerptLine(1, "one", is_marked=False),
        ExcerptLine(2, "two", is_marked=False),
        ExcerptLine(3, "three", is_marked=False),
    ]


def test_long_lines_are_cut_in_an_excerpt_only():
    content = ("x" * 5_000).encode()
    assert excerpt(content, 1) == [ExcerptLine(1, "x" * 200, is_marked=True)]
    assert list(page_lines(content, 1)) == [ExcerptLine(1, "x" * 5_000, is_marked=True)]


@given(st.binary(max_size=200), st.none() | st.integers(1, 20), st.integers(0, 4))
def test_any_bytes_give_an_excerpt(content, line, around):
    shown = excerpt(content, line, around)
    assert len(shown) <= 2 * around + 1
    assert all(len(text) <= module.MAX_TEXT for _, text, _ in shown)


def test_bytes_that_are_no_text_are_shown_as_escapes():
    assert excerpt(b"caf\xe9 \xff\xfe\nnext", None)[0].text == "caf\\xe9 \\xff\\xfe"


@given(
    text=st.text(alphabet=st.sampled_from([*"ab ", *(end[0] for end in LINE_ENDS)]), max_size=60),
    window=st.integers(1, 7),
)
def test_lines_are_those_of_the_parser_whatever_the_window(text, window):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "WINDOW", window)
        assert [line.text for line in page_lines(text.encode(), None)] == text.splitlines()


def test_html_that_is_too_long_or_too_deep_is_shown_as_saved(monkeypatch):
    deep = b"<!doctype html><html><body>\n" + b"<div>" * 600 + b"\n"
    assert excerpt(deep, 1)[0] == ExcerptLine(1, "<!doctype html><html><body>", is_marked=False)
    short = html_of(strange_page().decode())
    monkeypatch.setattr(module, "MAX_HTML", len(short) - 1)
    assert excerpt(short, 3)[0] == ExcerptLine(1, "<!doctype html>", is_marked=False)


def test_pages_are_found_in_any_pack_by_their_digest(settings):
    settings.pack_pages = 2
    pages = [page(title=f"Title {number}") for number in range(5)]
    add(settings, offers(*pages))
    assert len(RawStore(settings.paths().raw).packs()) == 3
    by_digest = {hashlib.sha256(content).hexdigest(): content for content in pages}
    wanted = sorted(by_digest)[1:4]
    found = page_contents(settings.paths(), [*wanted, "0" * 64])
    assert found == {sha256: by_digest[sha256] for sha256 in wanted}
    assert page_contents(settings.paths(), []) == {}


def test_nothing_is_stored_in_an_empty_home(tmp_path):
    assert page_contents(Home(tmp_path / "home"), ["0" * 64]) == {}
    assert not any(tmp_path.iterdir())


def test_bytes_of_another_page_are_never_shown(settings):
    add(settings, offers(page()))
    store = RawStore(settings.paths().raw)
    (pack,) = store.packs()
    path = store.folder / pack.name
    path.chmod(0o644)
    forged = pl.read_parquet(path).with_columns(pl.lit(b"another page").alias("content"))
    forged.write_parquet(path)
    sha256 = forged["page_sha256"].item()
    with pytest.raises(DamagedFileError, match="differ from the manifest"):
        page_contents(settings.paths(), [sha256])
    record = FileRecord(pack.name, pack.kind, sha256_of(path), path.stat().st_size, 1)
    store.manifest.replace([record, *store.offer_files()])
    with pytest.raises(DamagedFileError, match="not those of its SHA-256"):
        page_contents(settings.paths(), [sha256])
