"""WARC files: pages of good answers, every other record named, damage passed over."""

import gzip
import io
import json
import zlib
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from etl.fetch.origin import read_origin
from etl.settings import Settings

pytestmark = [
    pytest.mark.timeout(60),
    # warcio's writer leaves its temporary files to be collected.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
HTML = ("Content-Type", "text/html; charset=euc-kr")


def warc(*records, packed=True):
    """A WARC file; a record is its payload and headers, or a function that writes it."""
    output = io.BytesIO()
    writer = WARCWriter(output, gzip=packed)
    for number, record in enumerate(records, 1):
        if callable(record):
            writer.write_record(record(writer))
        else:
            payload, headers, *status = record
            answer = StatusAndHeaders(*(status or ["200 OK"]), headers, protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    f"https://x/{number}",
                    "response",
                    payload=io.BytesIO(payload),
                    http_headers=answer,
                    warc_headers_dict={"WARC-Date": "2024-09-18T03:00:00Z"},
                )
            )
    return output.getvalue()


def read(path, content, **limits):
    path.write_bytes(content)
    return list(read_origin(str(path), Settings.model_construct(**limits)))


def outcomes(path, content, **limits):
    return [(offer.name.rpartition("!/")[2], offer.content or offer.reason) for offer in read(path, content, **limits)]


def chunked(payload):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (payload[:3], payload[3:])) + b"0\r\n\r\n"


@pytest.mark.parametrize(("name", "packed"), [("x.warc", False), ("x.warc.gz", True), ("any name", True)])
def test_a_good_answer_is_a_page_with_address_time_and_headers(name, packed, tmp_path):
    (found,) = read(tmp_path / name, warc((b"\xb1\xe2 page", [HTML, ("X-Two", "a"), ("X-Two", "b")]), packed=packed))

    assert (found.content, found.address) == (b"\xb1\xe2 page", "https://x/1")  # no charset was applied
    assert found.retrieved_at == datetime(2024, 9, 18, 3, tzinfo=UTC)
    assert json.loads(found.headers) == {"content-type": "text/html; charset=euc-kr", "x-two": "a, b"}
    assert (found.url, found.name) == (f"warc:file://{tmp_path}/{quote(name)}!/1", f"{name}!/1")


def test_records_in_one_gzip_stream_are_read(tmp_path):
    plain = warc((b"one", [HTML]), (b"two", [HTML]), packed=False)

    assert outcomes(tmp_path / "x.warc.gz", gzip.compress(plain)) == [("1", b"one"), ("2", b"two")]


def test_content_is_decoded_whether_the_crawler_did_it_or_not(tmp_path):
    page = b"a page of some length, a page of some length"
    raw_deflate = zlib.compressobj(wbits=-15)
    found = outcomes(
        tmp_path / "x.warc",
        warc(
            (gzip.compress(page), [HTML, ("Content-Encoding", "gzip")]),
            (page, [HTML, ("Content-Encoding", "gzip")]),
            (zlib.compress(page), [HTML, ("Content-Encoding", "deflate")]),
            (raw_deflate.compress(page) + raw_deflate.flush(), [HTML, ("Content-Encoding", "deflate")]),
            (chunked(page), [HTML, ("Transfer-Encoding", "chunked")]),
            (page, [HTML, ("Transfer-Encoding", "chunked")]),
            (chunked(gzip.compress(page)), [HTML, ("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]),
            (page, [HTML, ("Content-Encoding", "br")]),
            (page, []),
        ),
    )

    assert [content for _, content in found] == [page] * 9


def test_content_that_cannot_be_decoded_is_named(tmp_path):
    page = b"a page of some length, a page of some length"
    cut = [HTML, ("Transfer-Encoding", "chunked")]
    content = warc(
        (b"\xff\xfe\x00", [HTML, ("Content-Encoding", "br")]),
        (gzip.compress(page)[:-9], [HTML, ("Content-Encoding", "gzip")]),
        (chunked(page)[:-20], cut),
        (gzip.compress(bytes(10**6)), [HTML, ("Content-Encoding", "gzip")]),
        (b"x" * 10**6, [HTML]),
        (b"last", [HTML]),
    )

    assert outcomes(tmp_path / "x.warc", content, max_page_bytes=10**5) == [
        ("1", "unsupported_compression"),
        ("2", "truncated"),
        ("3", "truncated"),
        ("4", "too_large"),
        ("5", "too_large"),
        ("6", b"last"),
    ]


def test_other_records_are_named(tmp_path):
    def request(writer):
        headers = StatusAndHeaders("GET / HTTP/1.1", [], is_http_request=True)
        return writer.create_warc_record("https://x/", "request", payload=io.BytesIO(b""), http_headers=headers)

    content = warc(
        lambda writer: writer.create_warcinfo_record("x.warc", {"software": "a test"}),
        request,
        lambda writer: writer.create_warc_record("https://x/", "resource", payload=io.BytesIO(b"WARC/1.0\r\n")),
        lambda writer: writer.create_warc_record("dns:x", "response", payload=io.BytesIO(b"127.0.0.1")),
        (b"gone", [HTML], "404 Not Found"),
        (b"", [HTML], "304 Not Modified"),
        (b"image", [("Content-Type", "image/png")]),
        (b"page", [("Content-Type", "TEXT/HTML")]),
    )

    assert outcomes(tmp_path / "x.warc.gz", content) == [
        ("1", "other_record"),
        ("2", "other_record"),
        ("3", "other_record"),
        ("4", "other_record"),
        ("5", "other_status"),
        ("6", "other_status"),
        ("7", "other_media_type"),
        ("8", b"page"),
    ]


def test_an_answer_that_the_crawler_cut_is_named(tmp_path):
    plain = warc((b"one", [HTML]), packed=False).replace(b"WARC-Type", b"WARC-Truncated: length\r\nWARC-Type")

    assert outcomes(tmp_path / "x.warc", plain) == [("1", "truncated")]


def test_a_changed_record_is_named_by_its_digest_and_the_rest_is_read(tmp_path):
    plain = warc((b"one", [HTML]), (b"two", [HTML]), (b"three", [HTML]), packed=False).replace(b"two", b"tVo")

    assert outcomes(tmp_path / "x.warc", plain) == [("1", b"one"), ("2", "damaged"), ("3", b"three")]


def test_behind_a_damaged_piece_of_a_packed_file_the_reading_goes_on(tmp_path):
    pages = [bytes(range(33, 126)) * 20 + str(number).encode() for number in range(5)]
    content = bytearray(warc(*((page, [HTML]) for page in pages)))
    starts = [at for at in range(len(content)) if content[at : at + 3] == b"\x1f\x8b\x08"]
    content[starts[2] + 100] ^= 0xFF

    found = read(tmp_path / "x.warc.gz", bytes(content))

    assert {offer.content for offer in found} - {None} == {*pages[:2], *pages[3:]}
    assert {(offer.outcome, offer.reason) for offer in found if offer.reason} <= {
        ("unreadable", "damaged"),
        ("unreadable", "truncated"),
    }
    assert any(offer.reason for offer in found)


def test_lengths_that_are_wrong_are_named_and_the_rest_is_read(tmp_path):
    whole = warc((b"one", [HTML]), (b"two", [HTML]), (b"three", [HTML]), packed=False)
    at = whole.index(b"Content-Length: ", whole.index(b"https://x/2")) + 16
    for length in (b"1 ", b"xx", b"-9"):
        found = outcomes(tmp_path / "x.warc", whole[:at] + length + whole[at + 2 :])
        assert [item for item in found if isinstance(item[1], bytes)] == [("1", b"one"), ("3", b"three")], length
        assert ("2", "damaged") in found or ("x.warc", "damaged") in found


@pytest.mark.parametrize("packed", [True, False])
def test_of_a_file_that_was_cut_everywhere_the_whole_records_are_read(packed, tmp_path):
    pages = [b"the first page", b"the second page"]
    whole = warc(*((page, [HTML]) for page in pages), packed=packed)

    for length in range(30, len(whole) - 4, 17):
        found = outcomes(tmp_path / "x.warc", whole[:length])
        intact = [content for _, content in found if isinstance(content, bytes)]
        assert intact == pages[: len(intact)]
        assert len(intact) == 2 or isinstance(found[-1][1], str) or length < 500 or not packed, length


def test_headers_without_end_are_damage(tmp_path):
    endless = b"WARC/1.0\r\n" + b"x" * 10**7 + b"\r\n"
    many = b"WARC/1.0\r\n" + b"a: b\r\n" * 10**5

    for content in (endless, many):
        found = outcomes(tmp_path / "x.warc", content + warc((b"one", [HTML]), packed=False))
        assert found[0] == ("1", "damaged")
        assert found[1] == ("2", b"one")


def test_too_many_records_end_the_reading_with_a_name(tmp_path):
    content = warc(*[(b"page", [HTML])] * 9)

    assert outcomes(tmp_path / "x.warc.gz", content, max_archive_members=2)[2:] == [("x.warc.gz", "too_many_members")]
