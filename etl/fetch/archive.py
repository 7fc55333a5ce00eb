"""Zip and tar archives, read as streams: nothing is extracted, names are only labels, every member is accounted for."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from etl.fetch.content import LimitError, Reading, read_content, reason_of
from etl.fetch.folder import is_other_file
from etl.fetch.origin import Offer, is_hidden

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_LONGEST_EXTRA_HEADER = 2**20
"""tarfile holds headers of long names in memory; a real one is far shorter."""

_READS_AT_END = 4
"""tarfile asks at the end once or twice, even of a whole archive."""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive.

    Attributes:
        label: its name as stored.
        size: its size as stored.
        reason: why it is not to be opened, if so.
        read: reads as many bytes of it as it is told.
    """

    label: bytes
    size: int
    reason: str | None
    read: Callable[[int], bytes]


def read_zip(offer: Offer, handle: io.BufferedReader[Any], reading: Reading) -> Iterator[Offer]:
    """Every member of a zip archive, in the order of its list; without a list, what stands before the damage.

    Raises:
        LimitError: if a limit of the outermost archive was met.
    """
    try:
        archive = zipfile.ZipFile(handle)
    except Exception:  # the list at the end is missing or broken
        from etl.fetch.salvage import salvaged_members

        yield from _offer_members(offer, "zip", salvaged_members(handle, reading.settings.max_nested_bytes), reading)
        return
    with archive:
        members = (_zip_member(archive, info, reading.settings.max_archive_ratio) for info in archive.infolist())
        yield from _offer_members(offer, "zip", members, reading)


def read_tar(offer: Offer, handle: io.BufferedReader[Any], reading: Reading) -> Iterator[Offer]:
    """Every member of a tar archive, in the order of the archive.

    Raises:
        LimitError: if a limit of the outermost archive was met.
    """
    yield from _offer_members(offer, "tar", _tar_members(handle), reading)


def _offer_members(offer: Offer, scheme: str, members: Iterator[Member], reading: Reading) -> Iterator[Offer]:
    seen: Counter[bytes] = Counter()
    try:
        for member in members:
            reading.take_member()
            seen[member.label] += 1
            yield from _offer_member(offer.inside(scheme, member.label, seen[member.label]), member, reading)
    except LimitError:
        raise
    except Exception as error:  # of the archive itself; what stood before is offered
        yield offer.refused(reason_of(error))


def _offer_member(offer: Offer, member: Member, reading: Reading) -> Iterator[Offer]:
    reason = member.reason
    if reason is None and is_hidden(member.label):
        reason = "hidden_file"
    if reason is None and is_other_file(member.label):
        reason = "other_file_type"
    if reason is not None:
        yield offer.refused(reason, member.size)
        return
    limit = max(reading.settings.max_page_bytes, reading.settings.max_nested_bytes)
    try:
        content = member.read(min(member.size, limit) + 1)
    except Exception as error:
        yield offer.refused(reason_of(error), member.size)
        return
    reading.take_bytes(len(content))
    if len(content) > limit:
        yield offer.refused("too_large", member.size)
        return
    yield from read_content(offer, io.BufferedReader(io.BytesIO(content)), len(content), reading)


# Zip ------------------------------------------------------------------------------------------------


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, ratio: int) -> Member:
    def read(count: int) -> bytes:
        with archive.open(info) as handle:
            return handle.read(count)

    coding = "utf-8" if info.flag_bits & _UTF8_NAME else "cp437"  # how zipfile decoded it; both give the bytes back
    return Member(info.orig_filename.encode(coding), info.file_size, _zip_reason(info, ratio), read)


def _zip_reason(info: zipfile.ZipInfo, ratio: int) -> str | None:
    """Why a member is not to be opened."""
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == 3 else 0  # 3: Unix
    if info.is_dir():
        return "archive_folder"
    if kind == stat.S_IFLNK:
        return "archive_link"
    if kind not in (0, stat.S_IFREG):
        return "not_a_regular_file"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted"
    return "too_compressed" if info.file_size > ratio * max(info.compress_size, 1) else None


# Tar ------------------------------------------------------------------------------------------------


_InvalidHeader: type[Exception] = tarfile.InvalidHeaderError  # type: ignore[attr-defined] # the stubs lack it


class _Header(tarfile.TarInfo):
    """A header that tells what it met: tarfile takes a damaged header for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """As tarfile's, but a header of absurd size is no header."""
        header = super().frombuf(buf, encoding, errors)
        is_extra = not header.isfile() and not header.isdir() and header.type in _EXTRA_HEADERS
        if header.size < 0 or (is_extra and header.size > _LONGEST_EXTRA_HEADER):
            raise _InvalidHeader("a header of absurd size")
        return header

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        """As tarfile's; the archive notes whether its end was seen and whether there was damage."""
        assert isinstance(archive, _TarFile)  # noqa: S101 - narrows the type
        try:
            header = super().fromtarfile(archive)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined] # the stubs lack it
            archive.saw_end = True
            raise
        except _InvalidHeader:
            archive.is_damaged = archive.is_damaged or not archive.saw_end  # behind the end, anything may stand
            raise
        except tarfile.SubsequentHeaderError as error:  # type: ignore[attr-defined] # as above
            archive.is_damaged = True
            raise _InvalidHeader("half a header") from error  # which is passed over; the other would end the reading
        archive.saw_end = False
        return header


_EXTRA_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class _TarFile(tarfile.TarFile):
    """Notes, as `_Header` finds them, whether the two empty blocks of the end and wrong blocks were met."""

    tarinfo = _Header
    saw_end = False
    is_damaged = False


class _Short:
    """The archive in pieces that end where damage begins, so that what stands before it is not lost."""

    def __init__(self, handle: io.BufferedReader[Any]) -> None:
        self._handle = handle
        self._reads_at_end = 0

    def read(self, count: int) -> bytes:
        """At most so many bytes; none at the end.

        Raises:
            EOFError: long behind the end: tarfile would go on for ever over a member that claims to be endless.
        """
        piece = self._handle.read1(count)
        self._reads_at_end += not piece
        if self._reads_at_end > _READS_AT_END:
            raise EOFError("unexpected end of data")
        return piece


def _tar_members(handle: io.BufferedReader[Any]) -> Iterator[Member]:
    """The members; blocks that are none are passed over, and named as damage when the rest was read."""
    options = {"ignore_zeros": True, "encoding": "utf-8", "errors": "surrogateescape"}
    with _TarFile.open(fileobj=_Short(handle), mode="r|", **options) as tar:  # type: ignore[call-overload] # reads enough
        while (info := tar.next()) is not None:
            tar.members.clear()  # it would grow with the archive
            yield _tar_member(tar, info)
        if tar.is_damaged:
            raise tarfile.ReadError("damaged blocks were passed over")
        if not tar.saw_end:
            raise EOFError("the end of the archive is missing")


def _tar_member(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    def read(count: int) -> bytes:
        handle = tar.extractfile(info)
        content = handle.read(count) if handle else b""
        if len(content) < min(count, info.size):
            raise EOFError("unexpected end of data")
        return content

    return Member(info.name.encode("utf-8", "surrogateescape"), info.size, _tar_reason(info), read)


def _tar_reason(info: tarfile.TarInfo) -> str | None:
    """Why a member is not to be opened."""
    if info.isdir():
        return "archive_folder"
    if info.issym() or info.islnk():
        return "archive_link"
    if info.issparse():  # its holes would be filled in memory; no page has any
        return "unsupported_compression"
    return None if info.isfile() else "not_a_regular_file"
