"""What the bytes of a file are, told by their beginning and then by the name, and the limits while they are read.

Must not: know where the bytes lie (a disk, an archive, a storage) or write any of them anywhere.
"""

from __future__ import annotations

import io
import lzma
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from etl.fetch.origin import Offer
from etl.settings import Settings

HEAD_BYTES = 512
"""Enough to tell every kind: the mark of a tar stands at its 257th byte."""

_COMPRESSED = {b"\x1f\x8b\x08": "gzip", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2"}
_MAGIC = _COMPRESSED | {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"PK\x07\x08": "zip",
    b"PAR1": "parquet",
    b"WARC/1.": "warc",
}
_COMPRESSIONS = {
    **dict.fromkeys((".gz", ".bz2", ".xz", ".zst"), ""),
    **dict.fromkeys((".tgz", ".tbz2", ".txz", ".tzst"), ".tar"),
}
"""Endings of compressed files, and what the name of the inside ends with."""
_PROMISING = {".zip", ".tar", ".parquet", ".warc", *_COMPRESSIONS}
"""Under these names a page is a mistake."""
_LINES = (".jsonl", ".ndjson")
_SEEKING = ("zip", "parquet")
"""Kinds whose list of contents stands at the end."""
_NO_TAR_CHECKSUM = re.compile(rb"[^\0\x80\xff][^\0]*[A-NP-Za-np-z]")
"""Texts at the place of a checksum, which is a number; that tarfile refuses them takes it ten times as long."""


class LimitError(Exception):
    """A limit was met; its only argument is the code of the reason."""


class DamageError(Exception):
    """The bytes are no longer what they should be; its only argument is the code of the reason."""


@dataclass(slots=True)
class _Used:
    members: int = 0
    byte_count: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read, and what was read of it so far, everything inside it included.

    Attributes:
        settings: the limits.
        column: the column of texts in tables; None: the first that is known.
        depth: how many archives are open around the bytes.
        layers: how many compressions are, since the last archive.
    """

    settings: Settings
    column: str | None = None
    depth: int = 0
    layers: int = 0
    used: _Used = field(default_factory=_Used)

    def take_member(self) -> None:
        """Count a member.

        Raises:
            LimitError: if there are too many.
        """
        self.used.members += 1
        if self.used.members > self.settings.max_archive_members:
            raise LimitError("too_many_members")

    def take_bytes(self, count: int) -> None:
        """Count unpacked bytes.

        Raises:
            LimitError: if there are too many.
        """
        self.used.byte_count += count
        if self.used.byte_count > self.settings.max_archive_bytes:
            raise LimitError("archive_too_large")

    def deeper(self) -> Reading:
        """The reading of what lies inside; it counts into the same sums."""
        return replace(self, depth=self.depth + 1, layers=0)


def read_whole(
    offer: Offer, handle: BinaryIO, size: int | None, settings: Settings, column: str | None
) -> Iterator[Offer]:
    """Offer what a file of an origin holds: itself as a page, or every member, row or record.

    Args:
        offer: the file, described.
        handle: its bytes, from their beginning; seekable. A file on disk is closed when all was offered.
        size: how many there are, if it is known.
        settings: the limits.
        column: the column of texts in tables; None: the first that is known.
    """
    raw = handle if isinstance(handle, io.FileIO) else Raw(handle)  # a file on disk fills the buffer by itself
    try:
        with io.BufferedReader(raw) as buffered:
            yield from read_content(offer, buffered, size, Reading(settings, column))
    except LimitError as limit:
        yield offer.refused(str(limit), size)


def read_content(
    offer: Offer, handle: io.BufferedReader[Any], size: int | None, reading: Reading, name: str = ""
) -> Iterator[Offer]:
    """As `read_whole`, at any depth; what is damaged is offered as unreadable. The name may be that of the inside.

    Raises:
        LimitError: if a limit of the outermost archive was met.
    """
    try:
        kind = _kind(name or offer.name, handle.peek(HEAD_BYTES)[:HEAD_BYTES])
    except LimitError:
        raise
    except Exception as error:
        yield offer.refused(reason_of(error), size)
        return
    if kind == "page":
        yield _read_page(offer, handle, size, reading.settings.max_page_bytes)
    elif kind == "wrong":
        found = _read_page(offer, handle, size, reading.settings.max_page_bytes)  # what was cut is no wrong format
        yield found if found.outcome == "unreadable" else offer.refused("wrong_format", size)
    elif kind in _COMPRESSED.values():
        yield from _read_compressed(offer, handle, kind, reading, _name_inside(name or offer.name))
    elif reading.depth >= reading.settings.max_archive_depth:
        yield offer.refused("too_deep", size)
    elif kind in _SEEKING and not handle.seekable():
        yield from _read_nested(offer, handle, reading)
    else:
        yield from _read_kind(offer, handle, kind, reading)


def _read_kind(offer: Offer, handle: io.BufferedReader[Any], kind: str, reading: Reading) -> Iterator[Offer]:
    from etl.fetch import archive, table, warc

    readers = {
        "zip": archive.read_zip,
        "tar": archive.read_tar,
        "warc": warc.read_warc,
        "parquet": table.read_parquet,
        "lines": table.read_lines,
    }
    return readers[kind](offer, handle, reading.deeper())


def _read_page(offer: Offer, handle: BinaryIO, size: int | None, limit: int) -> Offer:
    if size is not None and size > limit:
        return offer.refused("too_large", size)
    try:
        content = handle.read((limit if size is None else size) + 1)
        if size is not None and len(content) > size:  # the size was wrong, or it grows
            content += handle.read(limit + 1 - len(content))
    except LimitError:
        raise
    except Exception as error:
        return offer.refused(reason_of(error), size)
    if len(content) > limit:
        return offer.refused("too_large", None if size is None else max(size, len(content)))
    return offer.filled(content)


def _read_compressed(
    offer: Offer, handle: io.BufferedReader[Any], kind: str, reading: Reading, name: str
) -> Iterator[Offer]:
    """A compression around an archive belongs to it; one around another compression counts as an archive."""
    if reading.layers and reading.depth + reading.layers >= reading.settings.max_archive_depth:
        yield offer.refused("too_deep")
        return
    stream = io.BufferedReader(Raw(unpacked(handle, kind), reading), 1 << 16)
    yield from read_content(offer, stream, None, replace(reading, layers=reading.layers + 1), name)


def _read_nested(offer: Offer, handle: BinaryIO, reading: Reading) -> Iterator[Offer]:
    """An archive that must be read from its end, out of a stream: it is held in memory."""
    limit = reading.settings.max_nested_bytes
    try:
        content = handle.read(limit + 1)
    except LimitError:
        raise
    except Exception as error:
        yield offer.refused(reason_of(error))
        return
    if len(content) > limit:
        yield offer.refused("nested_too_large")
    else:
        yield from read_content(offer, io.BufferedReader(io.BytesIO(content)), len(content), reading)


# Kinds ----------------------------------------------------------------------------------------------


def _kind(name: str, head: bytes) -> str:
    if head.startswith(tuple(_MAGIC)):
        return next(kind for magic, kind in _MAGIC.items() if head.startswith(magic))
    ending = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name is no path
    if _is_tar(head) or (ending == ".tar" and head and not any(head)):
        return "tar"
    if ending in _LINES:
        return "lines"
    return "wrong" if ending in _PROMISING else "page"


def _is_tar(head: bytes) -> bool:
    if _NO_TAR_CHECKSUM.match(head, 148, 156):
        return head[257:262] == b"ustar"
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return head[257:262] == b"ustar"
    return True


def _name_inside(name: str) -> str:
    """`page.txt` of `page.txt.gz`, `pages.tar` of `pages.tgz`."""
    stem, ending = os.path.splitext(name)  # noqa: PTH122 - a name is no path
    return stem + _COMPRESSIONS.get(ending.lower(), ending)


# Streams --------------------------------------------------------------------------------------------


class Raw(io.RawIOBase):
    """Bytes of any handle, read on until the buffer is full, so that `peek` shows enough; they may be counted."""

    def __init__(self, handle: BinaryIO, reading: Reading | None = None) -> None:
        self._handle = handle
        self._read: Callable[[int], bytes] = getattr(handle, "read1", handle.read)  # it loses nothing before an error
        self._reading = reading
        self._failure: Exception | None = None

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """As the handle is; counted bytes are read once."""
        return self._reading is None and self._handle.seekable()

    def seek(self, offset: int, whence: int = 0) -> int:
        """As the handle does."""
        return self._handle.seek(offset, whence)

    def tell(self) -> int:
        """As the handle does."""
        return self._handle.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # the buffered reader passes no other
        """Fill the buffer, but for the end; what stands before damage is given before the error is raised."""
        filled = 0
        while filled < len(buffer) and (chunk := self._chunk(len(buffer) - filled, filled)):
            buffer[filled : filled + len(chunk)] = chunk
            filled += len(chunk)
        if self._reading:
            self._reading.take_bytes(filled)
        return filled

    def _chunk(self, count: int, filled: int) -> bytes:
        failure, self._failure = self._failure, None
        if failure:
            raise failure
        try:
            return self._read(count)
        except Exception as error:
            if not filled:
                raise
            self._failure = error
            return b""

    def resume(self) -> bool:
        """Go on behind damage, if the handle can."""
        return isinstance(self._handle, io.BufferedReader) and resume(self._handle)


def unpacked(handle: BinaryIO, kind: str) -> BinaryIO:
    """The bytes inside a compression, as a stream that holds little of them at a time.

    Args:
        handle: the compressed bytes.
        kind: gzip, xz, bzip2 or zstd.
    """
    if kind == "gzip":
        return io.BufferedReader(_Gzip(handle), 1 << 16)
    if kind == "xz":
        return lzma.LZMAFile(handle)  # type: ignore[return-value] # reads as one
    if kind == "bzip2":
        import bz2

        return bz2.BZ2File(handle)  # type: ignore[return-value] # reads as one
    return io.BufferedReader(_Zstandard(handle), 1 << 16)


def resume(handle: io.BufferedReader[Any]) -> bool:
    """Go on behind damage in a compressed stream, at the next piece that may be whole; false if there is none."""
    return isinstance(handle.raw, Raw | _Gzip) and handle.raw.resume()


class _Gzip(io.RawIOBase):
    """Like `gzip.GzipFile`, but it can go on at the next member behind a damaged one."""

    INPUT_BYTES = 1 << 14
    MAGIC = b"\x1f\x8b\x08"

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._input = b""
        self._begin()

    def _begin(self) -> None:
        self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._is_open = False

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # the buffered reader passes no other
        """Some bytes; none at the end."""
        while piece := self._input or self._handle.read(self.INPUT_BYTES):
            self._input = piece if self._is_open else piece.lstrip(b"\0")  # members may be padded
            output = self._unpack(len(buffer)) if self._input else b""
            if output:
                buffer[: len(output)] = output
                return len(output)
        if self._is_open:
            self._is_open = False
            raise EOFError("the stream was cut short")
        return 0

    def _unpack(self, count: int) -> bytes:
        self._is_open = True
        output = self._member.decompress(self._input, count)
        self._input = self._member.unconsumed_tail
        if self._member.eof:
            self._input = self._member.unused_data
            self._begin()
        return output

    def resume(self) -> bool:
        """Look for the next member."""
        self._begin()
        rest = self._input[1:]
        while (at := rest.find(self.MAGIC)) < 0:
            more = self._handle.read(self.INPUT_BYTES)
            if not more:
                self._input = b""
                return False
            rest = rest[-len(self.MAGIC) + 1 :] + more
        self._input = rest[at:]
        return True


class _Zstandard(io.RawIOBase):
    """The package's own stream takes a frame that was cut short for a whole one; this one says so."""

    INPUT_BYTES = 512
    """At most 128 blocks, which grow to 16 MiB at most."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._frame: object | None = None
        self._input = b""
        self._output = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # the buffered reader passes no other
        """Some bytes; none at the end."""
        while not self._output:
            if not self._next():
                return 0
        count = min(len(buffer), len(self._output))
        buffer[:count] = self._output[:count]
        self._output = self._output[count:]
        return count

    def _next(self) -> bool:
        """Unpack a piece; false at the end."""
        import zstandard

        piece = self._input or self._handle.read(self.INPUT_BYTES)
        self._input = b""
        if not piece:
            if self._frame is not None:
                raise EOFError("the frame was cut short")
            return False
        frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
        self._output = memoryview(frame.decompress(piece))  # type: ignore[attr-defined] # kept as an object
        self._frame = None if frame.eof else frame  # type: ignore[attr-defined] # as above
        self._input = frame.unused_data if frame.eof else b""  # type: ignore[attr-defined] # as above
        return True


def reason_of(error: Exception) -> str:
    """The reason behind what a library raised while it read bytes that people sent.

    Libraries raise nearly anything there; what is no known sign is damage.
    """
    if isinstance(error, DamageError):
        return str(error)
    if isinstance(error, EOFError) or "unexpected end of data" in str(error):
        return "truncated"
    if isinstance(error, NotImplementedError):
        return "unsupported_compression"
    if isinstance(error, OSError) and error.errno:
        return "read_error"
    return "damaged"
