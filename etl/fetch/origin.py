"""What an origin is: a string that names a place, and the files it offers one by one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

OfferOutcome = Literal["page", "skipped", "unreadable"]


class OriginError(ValueError):
    """An origin that cannot be opened at all; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One file an origin offers.

    Attributes:
        origin: the place as a URI, the same for every file of it.
        url: the file as a URI; bytes of its name that are no UTF-8 are percent-encoded, so no name is lost.
        name: the file's name relative to the origin, for people.
        outcome: `page` if the bytes were read, `skipped` or `unreadable` if they were not.
        reason: a code from `REASONS` where there are no bytes.
        content: the bytes, exactly as stored.
        byte_count: the size of the file, also when it was not read; None if unknown.
    """

    origin: str
    url: str
    name: str
    outcome: OfferOutcome
    reason: str | None = None
    content: bytes | None = None
    byte_count: int | None = None


REASONS = {
    "hidden_file": "the name, or a folder above it, begins with a dot",
    "other_file_type": "the name's ending belongs to no page (.json, .csv, .png ...)",
    "too_large": "the file is larger than the limit (KCNA_MAX_PAGE_BYTES)",
    "linked_folder": "a link to a folder is not followed, because it may lead in a circle",
    "not_a_regular_file": "a device, pipe or socket holds no page",
    "read_error": "the operating system refused to read it",
}
"""Why an offered file gave no page: code to sentence."""


def read_origin(origin: str, max_page_bytes: int) -> Iterator[Offer]:
    """Every file that an origin offers, in a stable order.

    Args:
        origin: a path of a folder or of a single file.
        max_page_bytes: larger files are offered without their bytes, as skipped.

    Raises:
        OriginError: if there is no such place.
    """
    from etl.fetch import folder

    path = check_origin(origin)
    if path.is_dir():
        return folder.read_folder(path, max_page_bytes)
    return folder.read_single_file(path, max_page_bytes)


def printable(origin: str) -> str:
    """The origin's name as text; bytes of a path that are no UTF-8 are shown as escapes."""
    return os.fsencode(origin).decode("utf-8", "backslashreplace")


def check_origin(origin: str) -> Path:
    """The path of an origin, after a look whether it is there.

    Raises:
        OriginError: if there is no such place.
    """
    try:
        path = Path(origin).expanduser()
        if origin and path.exists():
            return path
    except (RuntimeError, ValueError, OSError):  # no such user, a NUL in the name, no permission to look
        pass
    raise OriginError(
        f"{printable(origin) or 'an empty origin'}: no such file or folder; "
        "give the path of a folder of pages or of one page"
    )
