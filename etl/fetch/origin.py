"""What an origin is: a string that names a place, and the files it offers one by one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from etl.settings import Settings

OfferOutcome = Literal["page", "skipped", "unreadable"]


class OriginError(ValueError):
    """An origin that cannot be opened at all; the message says which and what to do."""


class Offer(NamedTuple):
    """One file an origin offers.

    Attributes:
        origin: the place as a URI, the same for every file of it.
        url: the file as a URI; bytes of its name that are no UTF-8 are percent-encoded, so no name is lost.
        name: the file's name relative to the origin, for people.
        outcome: `page` if the bytes were read, `skipped` or `unreadable` if they were not.
        reason: a code from `REASONS` where there are no bytes.
        content: the bytes, exactly as stored.
        byte_count: the size of the file, also when it was not read; None if unknown.
        address: the web address that the page was taken from, where the origin knows it.
        retrieved_at: when it was taken from there, with its zone, where the origin knows it.
        headers: the response headers as a JSON object of texts, where there were any.
    """

    origin: str
    url: str
    name: str
    outcome: OfferOutcome
    reason: str | None = None
    content: bytes | None = None
    byte_count: int | None = None
    address: str | None = None
    retrieved_at: datetime | None = None
    headers: str | None = None

    def filled(self, content: bytes) -> Offer:
        """The same offer with the bytes that were read."""
        return self._replace(outcome="page", content=content, byte_count=len(content))

    def refused(self, reason: str, byte_count: int | None = None) -> Offer:
        """The same offer without bytes; the reason decides whether it was skipped or is unreadable."""
        outcome: OfferOutcome = "unreadable" if reason in UNREADABLE else "skipped"
        return self._replace(outcome=outcome, reason=reason, byte_count=byte_count)

    def inside(self, scheme: str, label: bytes, repeat: int = 1) -> Offer:
        """The offer of a member: `zip:file:///x/a.zip!/name`, with `#2` for the second member of one name.

        `!` and `#` of names are percent-encoded, so the form can be taken apart again.
        """
        number = f"#{repeat}" if repeat > 1 else ""
        return self._replace(
            url=f"{scheme}:{self.url}!/{quote_from_bytes(label)}{number}",
            name=f"{self.name}!/{readable(label)}{number}",
        )


REASONS = {
    "hidden_file": "the name, or a folder above it, begins with a dot or is __MACOSX",
    "other_file_type": "the name's ending belongs to no page (.json, .csv, .png ...)",
    "too_large": "the file is larger than the limit (KCNA_MAX_PAGE_BYTES)",
    "linked_folder": "a link to a folder is not followed, because it may lead in a circle",
    "not_a_regular_file": "a device, pipe or socket holds no page",
    "read_error": "the operating system, or the storage it lies on, refused to read it",
    "damaged": "a checksum, a header or the compressed bytes are wrong here",
    "truncated": "it ends before its own end: the copy was cut short",
    "wrong_format": "the ending of the name promises an archive or a table, but the bytes are none",
    "encrypted": "a password protects it",
    "unsupported_compression": "it is packed in a way that cannot be read here",
    "archive_folder": "an entry for a folder of an archive holds no bytes",
    "archive_link": "a link inside an archive is not followed",
    "too_deep": "it lies in archives inside archives, deeper than the limit (KCNA_MAX_ARCHIVE_DEPTH)",
    "too_compressed": "it grows more when it is unpacked than the limit allows (KCNA_MAX_ARCHIVE_RATIO)",
    "too_many_members": "the archive has more members than the limit (KCNA_MAX_ARCHIVE_MEMBERS); the rest is not read",
    "archive_too_large": "unpacked, it is larger than the limit (KCNA_MAX_ARCHIVE_BYTES); the rest is not read",
    "nested_too_large": "an archive inside an archive is held in memory; it is larger than KCNA_MAX_NESTED_BYTES",
    "no_text_column": "the table has no column of page texts",
    "no_text": "the row holds no text",
    "bad_line": "the line is no JSON object, or its text holds half characters",
    "other_record": "the WARC record is no response: a request, a revisit, metadata ...",
    "other_status": "the recorded answer was no page: its status is not 200",
    "other_media_type": "the recorded answer is no text: an image, a style sheet, a script ...",
    "bad_address": "it is no http or https address, or it holds a user name",
    "forbidden_address": "the host, or one it redirects to, stands in a local, private or reserved network",
    "host_not_found": "no address is known for the host",
    "robots_denied": "the host's robots.txt asks not to take it",
    "robots_unavailable": "the host's robots.txt could not be read, so nothing is taken from the host",
    "host_busy": "the host asks to be left alone for longer than is waited (KCNA_HTTP_MAX_DELAY_SECONDS)",
    "host_unreachable": "the host did not answer again and again, so the rest of its addresses was not asked",
    "http_status": "the server answered with a status other than 200; the headers hold it",
    "redirect_loop": "the redirects lead in a circle",
    "too_many_redirects": "it redirects more than five times",
    "connection_failed": "the connection failed, or the answer was no HTTP",
    "incomplete_answer": "the answer ended before its stated end",
    "timed_out": "the answer took too long (KCNA_HTTP_IDLE_SECONDS, KCNA_HTTP_TOTAL_SECONDS)",
    "bad_encoding": "the answer is compressed in a way that was not asked for, or the compressed bytes are broken",
    "compression_bomb": "the answer grows out of all proportion when it is unpacked",
    "nothing_to_reuse": "the server says that the page did not change, but no such page is stored",
    "listing": "a sitemap or feed, read for the addresses that it names",
    "bad_listing": "a sitemap or feed that cannot be read safely to its end",
    "too_many_addresses": "it names more addresses than are taken (KCNA_HTTP_MAX_ADDRESSES)",
}
"""Why an offered file gave no page: code to sentence."""

UNREADABLE = frozenset(
    {"read_error", "damaged", "truncated", "wrong_format", "encrypted", "unsupported_compression", "bad_line"}
)
"""The reasons of files that should have given a page but could not be read; the others are skipped on purpose."""


COLUMN = "?column="
"""What comes before the name of a text column at the end of an origin."""


def read_origin(origin: str, settings: Settings) -> Iterator[Offer]:
    """Every file that an origin offers, in a stable order.

    Args:
        origin: a folder, a file (page, archive, table, WARC, list of addresses), a web address or a storage address;
            `?column=NAME` behind a table, or a place that holds tables, names the column of texts.
        settings: its limits decide what is read.

    Raises:
        OriginError: if there is no such place.
    """
    check_origin(origin)
    place, column = split_column(origin)
    scheme = scheme_of(place)
    if scheme in WEB_SCHEMES:
        from etl.fetch import web

        return web.read_web(origin, settings)
    if scheme not in LOCAL_SCHEMES:
        from etl.fetch import remote

        return remote.read_remote(place, settings, column)
    return _read_local(local_path(place), settings, column)


WEB_SCHEMES = frozenset({"http", "https"})
LOCAL_SCHEMES = frozenset({"", "file"})


def _read_local(path: Path, settings: Settings, column: str | None) -> Iterator[Offer]:
    if path.suffix.lower() == ".urls" and path.is_file():
        from etl.fetch import web

        return web.read_list(path, settings)
    from etl.fetch import folder

    if path.is_dir():
        return folder.read_folder(path, settings, column)
    return folder.read_file(path, settings, column)


def scheme_of(origin: str) -> str:
    """The scheme of an address in small letters; empty for a path."""
    scheme, mark, _ = origin.partition("://")
    return scheme.lower() if mark and scheme.replace("+", "").replace("-", "").isalnum() else ""


def split_column(origin: str) -> tuple[str, str | None]:
    """The origin without `?column=NAME`, and that name; of a web address the question is a part."""
    place, mark, column = origin.rpartition(COLUMN)
    if not mark or scheme_of(origin) in WEB_SCHEMES:
        return origin, None
    return place, column


def printable(origin: str) -> str:
    """The origin's name as text; bytes of a path that are no UTF-8 are shown as escapes."""
    return readable(os.fsencode(origin))


def readable(label: bytes) -> str:
    """A name as text; bytes that are no UTF-8 are shown as escapes."""
    return label.decode("utf-8", "backslashreplace")


def is_hidden(label: bytes) -> bool:
    """Whether a name, or a folder above it, begins with a dot or is a Macintosh's `__MACOSX`."""
    return any(
        part == b"__MACOSX" or (part.startswith(b".") and part not in (b".", b"..")) for part in label.split(b"/")
    )


def check_origin(origin: str) -> None:
    """A quick look before a run: whether a path is there, whether an address can be one. Nothing is fetched.

    Raises:
        OriginError: if it cannot be read; the message says what to do.
    """
    place, _ = split_column(origin)
    scheme = scheme_of(place)
    if scheme in WEB_SCHEMES:
        _check_web(origin)
    elif scheme in LOCAL_SCHEMES:
        local_path(place)
    else:
        from etl.fetch import remote

        remote.check_remote(place)


def _check_web(origin: str) -> None:
    try:
        parts = urlsplit(origin)
        good = bool(parts.hostname) and "@" not in parts.netloc and (parts.port is None or parts.port > 0)
    except ValueError:  # a bracket that is not closed, a port that is no number
        good = False
    if not good or any(letter.isspace() or not letter.isprintable() for letter in origin):
        from etl.fetch.address import hide_user

        raise OriginError(f"{printable(hide_user(origin))}: no web address; write it as https://host/path")


def local_path(origin: str) -> Path:
    """The path of a local origin, given as a path or as `file://...`, after a look whether it is there.

    Raises:
        OriginError: if there is no such place.
    """
    try:
        path = Path(_path_text(origin)).expanduser()
        if origin and path.exists():
            return path
    except (RuntimeError, ValueError, OSError):  # no such user, a NUL in the name, no permission to look
        pass
    raise OriginError(
        f"{printable(origin) or 'an empty origin'}: no such file or folder; "
        "give the path of a folder of pages, of one page or of an archive"
    )


def _path_text(origin: str) -> str:
    if scheme_of(origin) != "file":
        return origin
    return os.fsdecode(unquote_to_bytes(os.fsencode(origin[len("file://") :])))
