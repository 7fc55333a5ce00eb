"""Members of a zip archive whose list at the end is missing or broken, found by the headers that stand before each."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from etl.fetch.archive import Member
from etl.fetch.content import DamageError

_HEADER = struct.Struct("<4sHHHHHLLLHH")
_MEMBER, _LIST, _AFTER = b"PK\x03\x04", b"PK\x01\x02", b"PK\x07\x08"
_ENCRYPTED, _SIZES_FOLLOW = 0x1, 0x8
_STORED, _DEFLATED = 0, 8
_IN_ZIP64 = 0xFFFFFFFF
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class _Found:
    """A header; `length` is None where the header does not tell how many bytes follow."""

    label: bytes
    method: int
    is_encrypted: bool
    crc: int | None
    start: int
    length: int | None
    size: int


def salvaged_members(handle: io.BufferedReader[Any], limit: int) -> Iterator[Member]:
    """The members that are found, then an error.

    Args:
        handle: the archive.
        limit: a member of unknown size is taken for one of this size, at most.

    Raises:
        DamageError: always, at the end: the list is not whole, so nobody knows what is lost.
    """
    position = _find(handle, 0, _MEMBER)
    while position is not None:
        found = _header(handle, position)
        if found is None:
            break
        end = found.start + found.length if found.length is not None else _end(handle, found.start)
        yield _member(handle, found, end, limit)
        position = _find(handle, end, _MEMBER)
    raise DamageError("truncated" if _find(handle, 0, _LIST) is None else "damaged")


def _find(handle: io.BufferedReader[Any], position: int, mark: bytes) -> int | None:
    """Where a mark stands next."""
    handle.seek(position)
    tail = b""
    while chunk := handle.read(_CHUNK):
        at = (tail + chunk).find(mark)
        if at >= 0:
            return position - len(tail) + at
        position += len(chunk)
        tail = (tail + chunk)[-len(mark) + 1 :]
    return None


def _end(handle: io.BufferedReader[Any], start: int) -> int:
    """Where the bytes of a member end at the latest: at the next mark, or at the end of the file."""
    marks = [at for mark in (_MEMBER, _LIST) if (at := _find(handle, start, mark)) is not None]
    return min(marks) if marks else handle.seek(0, io.SEEK_END)


def _header(handle: io.BufferedReader[Any], position: int) -> _Found | None:
    """The header at a position; None if it was cut short."""
    handle.seek(position)
    fixed = handle.read(_HEADER.size)
    if len(fixed) < _HEADER.size:
        return None
    _, _, flags, method, _, _, crc, length, size, label_length, extra_length = _HEADER.unpack(fixed)
    label = handle.read(label_length)
    if len(label) < label_length:
        return None
    is_open = bool(flags & _SIZES_FOLLOW) or length == _IN_ZIP64
    start = position + _HEADER.size + label_length + extra_length
    is_encrypted = bool(flags & _ENCRYPTED)
    return _Found(label, method, is_encrypted, None if is_open else crc, start, None if is_open else length, size)


def _member(handle: io.BufferedReader[Any], found: _Found, end: int, limit: int) -> Member:
    reason = "encrypted" if found.is_encrypted else None
    if found.method not in (_STORED, _DEFLATED):
        reason = "unsupported_compression"
    if found.label.endswith(b"/"):
        reason = "archive_folder"
    return Member(found.label, limit if found.length is None else found.size, reason, _reader(handle, found, end))


def _reader(handle: io.BufferedReader[Any], found: _Found, end: int) -> Callable[[int], bytes]:
    def read(count: int) -> bytes:
        handle.seek(found.start)
        packed = handle.read(min(end - found.start, count + count // 1_000 + 65_536))  # deflate adds a little at most
        if found.method == _STORED:
            return _checked(packed[:count], found, b"" if found.length is None else packed[count:])
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        content = unpacker.decompress(packed, count)
        if not unpacker.eof and len(content) < count:
            raise EOFError("the member was cut short")
        return _checked(content, found, unpacker.unused_data) if unpacker.eof else content

    return read


def _checked(content: bytes, found: _Found, rest: bytes) -> bytes:
    """The content, if it is that of which the checksum was made.

    Raises:
        DamageError: if it is not, or if there is no checksum.
    """
    if found.length is None:
        rest = rest.removeprefix(_AFTER)
        if len(rest) < 4:
            raise DamageError("truncated")
        crc = int.from_bytes(rest[:4], "little")
    else:
        if len(content) < found.size:
            raise DamageError("truncated")
        crc = found.crc or 0
    if zlib.crc32(content) != crc:
        raise DamageError("damaged")
    return content
