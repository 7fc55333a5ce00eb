"""Bytes to text, text to lines, and the folding under which two texts count as equal."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SPACES = re.compile(r"\s+")
BOM = b"\xef\xbb\xbf"


class NotTextError(ValueError):
    """The bytes are no text at all."""


class UndecodableError(ValueError):
    """The bytes are nearly text, but in no encoding that is known here."""


@dataclass(frozen=True, slots=True)
class Line:
    """One non-blank line of a page.

    Attributes:
        number: counted from 1, blank lines included, as an editor shows it.
        text: the line without white space around it.
        starts_block: whether a blank line, or nothing, stands before it.
    """

    number: int
    text: str
    starts_block: bool


def decode(content: bytes) -> tuple[str, str]:
    """The text of a page and the name of its encoding.

    Raises:
        NotTextError: if the bytes are binary.
        UndecodableError: if they are no valid text.
    """
    if content.startswith(BOM):
        content, encoding = content[len(BOM) :], "utf-8-sig"
    else:
        encoding = "utf-8"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        if _looks_binary(content.decode("latin-1")):
            raise NotTextError from error
        raise UndecodableError(f"byte {error.start} is not valid UTF-8") from error
    if _looks_binary(text):
        raise NotTextError
    return text, encoding


def _looks_binary(text: str) -> bool:
    """Whether there are NULs or more control characters than stray ones in a text."""
    sample = text[:65_536]
    return "\x00" in sample or len(_CONTROL.findall(sample)) * 50 > len(sample)


def fold(text: str) -> str:
    """The text as it is compared: NFC, without format and control characters, white space folded to one space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    visible = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    return " ".join("".join(c for c in visible if unicodedata.category(c) not in ("Cf", "Cc")).split())


def is_visible(text: str) -> bool:
    """Whether at least one printing character is left after folding."""
    return bool(fold(text))


def split_lines(text: str) -> tuple[list[Line], int]:
    """The non-blank lines, and the number of all lines.

    Every line end that Unicode knows counts (LF, CR, CRLF, NEL, line and paragraph separator).
    A line of nothing but invisible characters is blank.
    """
    lines: list[Line] = []
    gap = True
    number = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        stripped = raw.strip()
        if stripped and (stripped.isascii() or is_visible(stripped)):
            lines.append(Line(number, stripped, gap))
            gap = False
        else:
            gap = True
    return lines, number


def content_key(*parts: str | None) -> str:
    """A key made of content: 128 bits of the SHA-256 of the parts, in hexadecimal.

    Each part carries its length, so that no two lists of parts give the same bytes.
    """
    digest = hashlib.sha256()
    for part in parts:
        data = b"" if part is None else part.encode("utf-8")
        digest.update(b"-" if part is None else str(len(data)).encode())
        digest.update(b":" + data)
    return digest.hexdigest()[:32]
