"""Tables of texts: one row is one page, and a row that gives none says why."""

import gzip
import json
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from etl.fetch.origin import read_origin
from etl.fetch.table import as_time
from etl.settings import Settings


def read(origin, **limits):
    return list(read_origin(str(origin), Settings.model_construct(**limits)))


def outcomes(origin, **limits):
    return [(offer.name.rpartition("!/")[2], offer.content or offer.reason) for offer in read(origin, **limits)]


def write_lines(path, rows, pack=bytes):
    path.write_bytes(pack("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return path


def write_parquet(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize(
    ("ending", "pack"), [("", bytes), (".gz", gzip.compress), (".zst", zstandard.ZstdCompressor().compress)]
)
def test_lines_are_pages_with_address_and_time(ending, pack, tmp_path):
    rows = [{"text": "페이지", "url": "https://x/1", "captured_at": "2024-09-18T12:00:00+09:00"}, {"text": "two"}]
    path = write_lines(tmp_path / f"pages.jsonl{ending}", rows, pack)

    first, second = read(path)

    assert (first.content, first.address) == ("페이지".encode(), "https://x/1")
    assert first.retrieved_at == datetime(2024, 9, 18, 3, tzinfo=UTC)
    assert (first.url, first.name) == (f"jsonl:file://{path}!/1", f"{path.name}!/1")
    assert (second.content, second.address, second.retrieved_at) == (b"two", None, None)


def test_rows_of_parquet_are_pages_with_address_and_time(tmp_path):
    time = datetime(2024, 9, 18, 3, tzinfo=UTC)
    path = write_parquet(
        tmp_path / "p.parquet", raw=[b"\xff one", b"two"], address=["https://x/1", None], timestamp=[time] * 2
    )

    first, second = read(path)

    assert (first.content, first.address, first.retrieved_at) == (b"\xff one", "https://x/1", time)
    assert (second.content, second.address, second.url) == (b"two", None, f"parquet:file://{path}!/2")


def test_the_column_of_texts_is_the_first_known_or_the_named_one(tmp_path):
    row = {"body": "body", "text": "text", "mine": "mine"}
    lines = write_lines(tmp_path / "p.jsonl", [row])
    table = write_parquet(tmp_path / "p.parquet", **{name: [value] for name, value in row.items()})

    for path in (lines, table):
        assert outcomes(path) == [("1", b"text")]
        assert outcomes(f"{path}?column=mine") == [("1", b"mine")]
        assert [reason for _, reason in outcomes(f"{path}?column=missing")] == ["no_text_column"]
    assert outcomes(f"{tmp_path}?column=mine") == [("1", b"mine"), ("1", b"mine")]


def test_a_table_without_texts_is_skipped_by_name(tmp_path):
    write_lines(tmp_path / "a.jsonl", [{"number": number} for number in range(1_000)])
    write_parquet(tmp_path / "b.parquet", number=[1, 2])
    write_parquet(tmp_path / "c.parquet", text=[1, 2])  # numbers are no texts

    assert [(offer.name, offer.outcome, offer.reason) for offer in read(tmp_path)] == [
        ("a.jsonl", "skipped", "no_text_column"),
        ("b.parquet", "skipped", "no_text_column"),
        ("c.parquet", "skipped", "no_text_column"),
    ]


def test_bad_lines_are_named_by_their_number_and_the_rest_is_read(tmp_path):
    lines = [
        b'{"text": "one"}',
        b'{"text": "cut',
        b"",
        b"[1]",
        b'{"text": "half \\ud800"}',
        b'{"text": "bad \xff"}',
        b'{"text": null}',
        b"[" * 100_000,
        b'{"text": 1' + b"0" * 5_000 + b"}",
        b'{"text": "ten", "url": "\\udc00"}',
    ]
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))

    assert outcomes(path) == [
        ("1", b"one"),
        ("2", "bad_line"),
        ("4", "bad_line"),
        ("5", "bad_line"),
        ("6", "bad_line"),
        ("7", "no_text"),
        ("8", "bad_line"),
        ("9", "bad_line"),
        ("10", b"ten"),
    ]
    assert read(path)[-1].address is None


def test_lines_and_texts_that_are_too_large_are_skipped(tmp_path):
    path = write_lines(
        tmp_path / "x.jsonl", [{"text": "a"}, {"text": "b" * 200}, {"text": "c" * 10_000}, {"text": "d"}]
    )

    assert outcomes(path, max_page_bytes=100) == [("1", b"a"), ("2", "too_large"), ("3", "too_large"), ("4", b"d")]


def test_too_many_rows_end_the_reading_with_a_name(tmp_path):
    lines = write_lines(tmp_path / "x.jsonl", [{"text": str(number)} for number in range(100)])
    table = write_parquet(tmp_path / "x.parquet", text=[str(number) for number in range(100)])

    for path in (lines, table):
        assert outcomes(path, max_archive_members=3)[2:] == [("3", b"2"), (path.name, "too_many_members")]


@pytest.mark.parametrize("name", ["x.jsonl", "x.ndjson"])
def test_lines_that_are_no_json_at_all_are_one_unreadable_file(name, tmp_path):
    (tmp_path / name).write_bytes(b"no json\nat all\n")

    assert outcomes(tmp_path / name) == [(name, "bad_line")]


def test_empty_tables_offer_nothing(tmp_path):
    (tmp_path / "x.jsonl").write_bytes(b"")
    write_parquet(tmp_path / "x.parquet", text=pa.array([], pa.string()))

    assert read(tmp_path) == []


def test_lines_that_were_cut_are_named(tmp_path):
    rows = [{"text": f"{number} " * 50} for number in range(200)]
    path = write_lines(tmp_path / "x.jsonl.gz", rows, gzip.compress)
    path.write_bytes(path.read_bytes()[:-20])

    found = outcomes(path)

    assert found[-1] == (path.name, "truncated")
    assert found[0] == ("1", rows[0]["text"].encode())


def test_parquet_that_was_cut_or_changed_is_damaged(tmp_path):
    path = write_parquet(tmp_path / "x.parquet", text=["one" * 100, "two"])
    whole = path.read_bytes()

    for changed in (whole[: len(whole) // 2], whole[:4], whole[:-8] + b"\xff\xff\xff\x7fPAR1", b"PAR1" + whole[50:]):
        path.write_bytes(changed)
        assert ("x.parquet", "damaged") in outcomes(path)


def test_a_time_is_read_in_the_forms_that_are_usual():
    noon = datetime(2024, 9, 18, 12, tzinfo=UTC)

    for value in (
        *("2024-09-18T12:00:00Z", "2024-09-18 12:00:00", "2024-09-18T21:00:00+09:00"),
        *(noon.timestamp(), noon.timestamp() * 1_000, noon, noon.replace(tzinfo=None)),
        noon.astimezone(timezone(timedelta(hours=9))),
    ):
        assert as_time(value) == noon
    for value in ("yesterday", None, True, 1e300, float("nan"), [], "9999-99-99"):
        assert as_time(value) is None
