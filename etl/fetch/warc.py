"""WARC files: the pages among the recorded answers of web servers."""

from __future__ import annotations

import io
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

from etl.fetch.content import DamageError, LimitError, Reading, reason_of, resume, unpacked
from etl.fetch.origin import Offer
from etl.fetch.table import as_time

_LONGEST_LINE = 64 * 1024
_MOST_HEADER_LINES = 1_000
_CHUNK = 64 * 1024
_CHUNKED = re.compile(rb"[0-9A-Fa-f]{1,8}[ \t]*(?:;[^\r\n]*)?\r\n")
_MAGIC = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}


def read_warc(offer: Offer, handle: io.BufferedReader[Any], reading: Reading) -> Iterator[Offer]:
    """Every record of a WARC file, named by its number; damage is named and passed over up to the next record.

    Raises:
        LimitError: if a limit of the outermost archive was met.
    """
    number = 0
    lines = _Lines(handle)
    while True:
        try:
            if not (line := lines.next_record()):
                break
            number += 1
            reading.take_member()
            yield _offer_record(offer.inside("warc", str(number).encode()), lines, line, reading)
        except LimitError:
            raise
        except Exception as error:  # of the compression around the records
            lines.damage = reason_of(error)
            if not resume(handle):
                break
    if lines.damage:
        yield offer.refused(lines.damage)


class _Lines:
    """The file as the parser of warcio takes it, but with an end to lines and headers."""

    def __init__(self, handle: io.BufferedReader[Any]) -> None:
        self._handle = handle
        self._line_count = 0
        self.damage: str | None = None

    def next_record(self) -> bytes:
        """The first line of the next record; empty at the end. Lines that belong to none are damage."""
        self._line_count = 0
        while line := self._handle.readline(_LONGEST_LINE):
            if line.startswith(b"WARC/1."):
                return line
            if line.strip():
                self.damage = "damaged"
        return b""

    def readline(self, length: int | None = None) -> bytes:
        """A line of a header.

        Raises:
            DamageError: if this is no header.
        """
        longest = _LONGEST_LINE if length is None else min(length, _LONGEST_LINE)
        line = self._handle.readline(longest)
        self._line_count += 1
        if self._line_count > _MOST_HEADER_LINES or len(line) == _LONGEST_LINE:
            raise DamageError("damaged")
        return line

    def read(self, length: int) -> bytes:
        """Bytes of a record."""
        return self._handle.read(length)


def _offer_record(offer: Offer, lines: _Lines, line: bytes, reading: Reading) -> Offer:
    """One record, read to its end, so that the next one begins where it should."""
    from warcio.recordloader import ArcWarcRecordLoader

    try:
        loader = ArcWarcRecordLoader(verify_http=False)
        record = loader.parse_record_stream(lines, line.decode("latin-1"), "warc", check_digests=True)
        length = int(record.rec_headers.get_header("Content-Length"))
    except LimitError:
        raise
    except Exception as error:  # a header that is none
        return offer.refused(reason_of(error))
    offer = offer._replace(
        address=record.rec_headers.get_header("WARC-Target-URI"),
        retrieved_at=as_time(record.rec_headers.get_header("WARC-Date")),
        headers=_headers(record),
    )
    reason = _reason(record)
    content = b""
    while chunk := record.raw_stream.read(_CHUNK):
        if reason is None:
            content += chunk
            reason = "too_large" if len(content) > reading.settings.max_page_bytes else None
    if record.raw_stream.limit > 0:
        return offer.refused("truncated", length)
    if record.digest_checker.problems:
        return offer.refused("damaged", length)
    return offer.refused(reason, length) if reason else _filled(offer, record, content, reading)


def _reason(record: Any) -> str | None:  # noqa: ANN401 - the library ships no types
    """Why a record gives no page."""
    if record.rec_type != "response" or record.http_headers is None:
        return "other_record"
    if record.http_headers.get_statuscode() != "200":
        return "other_status"
    media = (record.http_headers.get_header("Content-Type") or "text/").partition(";")[0].strip().lower()
    if media not in ("text/html", "text/plain", "text/", "application/xhtml+xml"):
        return "other_media_type"
    return "truncated" if record.rec_headers.get_header("WARC-Truncated") else None


def _headers(record: Any) -> str | None:  # noqa: ANN401 - the library ships no types
    """The headers of the answer; those of one name joined by commas."""
    if record.http_headers is None:
        return None
    found: dict[str, str] = {}
    for name, value in record.http_headers.headers:
        name = name.lower()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return json.dumps(found, ensure_ascii=True)


def _filled(offer: Offer, record: Any, content: bytes, reading: Reading) -> Offer:  # noqa: ANN401 - no types
    limit = reading.settings.max_page_bytes
    try:
        if "chunked" in (record.http_headers.get_header("Transfer-Encoding") or "").lower():
            content = _joined(content)
        content = _decoded(content, (record.http_headers.get_header("Content-Encoding") or "").strip().lower(), limit)
    except Exception as error:  # of the decompressors
        return offer.refused(reason_of(error), len(content))
    reading.take_bytes(len(content))
    return offer.refused("too_large") if len(content) > limit else offer.filled(content)


def _joined(content: bytes) -> bytes:
    """The chunks of an answer in one piece; some crawlers join them and leave the header.

    Raises:
        DamageError: if a chunk is missing.
    """
    from warcio.bufferedreaders import ChunkedDataException, ChunkedDataReader

    if not _CHUNKED.match(content):
        return content
    try:
        joined: bytes = ChunkedDataReader(io.BytesIO(content), raise_exceptions=True).read()
    except ChunkedDataException as error:
        raise DamageError("truncated") from error
    return joined


def _decoded(content: bytes, coding: str, limit: int) -> bytes:
    """The content without its compression, at most one byte more than the limit; some crawlers unpack it themselves.

    Raises:
        NotImplementedError: if the compression is not known and the bytes are no text.
    """
    coding = coding.removeprefix("x-")
    if coding in _MAGIC:
        return unpacked(io.BytesIO(content), coding).read(limit + 1) if content.startswith(_MAGIC[coding]) else content
    if coding == "deflate":
        return _inflated(content, limit)
    if coding not in ("", "identity"):
        try:
            content.decode()
        except UnicodeDecodeError as error:
            raise NotImplementedError(coding) from error
    return content


def _inflated(content: bytes, limit: int) -> bytes:
    """`deflate` is sent with and without the header of zlib, and was unpacked by some crawlers."""
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        unpacker = zlib.decompressobj(window)
        try:
            found = unpacker.decompress(content, limit + 1)
        except zlib.error:
            continue
        if unpacker.eof or len(found) > limit:
            return found
    content.decode()
    return content
