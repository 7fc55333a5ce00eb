"""Bytes to text: the right text, or none. A page that could be read in two ways is not read at all."""

from __future__ import annotations

import re
from typing import NamedTuple

BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xef\xbb\xbf", "utf-8"),
)
"""Byte order marks; the longer ones come first, because one begins like a shorter."""

DECLARED = {
    "euc-kr": "cp949",
    "cp949": "cp949",
    "ks_c_5601-1987": "cp949",
    "windows-1252": "cp1252",
    "iso-8859-1": "cp1252",
}
"""Names in a page's own declaration, to the encodings that browsers take them for."""

SAMPLE = 65_536
"""Bytes or characters looked at to tell text from binary data."""

MAX_WESTERN_RUN = 3
MAX_WESTERN_SHARE = 0.10
MIN_HANGUL_SHARE = 0.80

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_UTF8_SEQUENCE = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_DECLARATION = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{1,40})", re.IGNORECASE)


class NotTextError(ValueError):
    """The bytes are no text at all."""


class UndecodableError(ValueError):
    """The bytes are nearly text, but in no encoding, or in more than one."""


class Decoded(NamedTuple):
    """A page's text and the encoding it was read in; a byte order mark is not part of the text."""

    text: str
    encoding: str


def decode(content: bytes) -> Decoded:
    """Decode a page: UTF-8, UTF-16 and UTF-32 with or without a mark, CP949 (with EUC-KR) and CP1252.

    Raises:
        NotTextError: if the bytes are binary.
        UndecodableError: if they are no valid text, or could be text in two encodings.
    """
    decoded = _by_mark(content) or _wide_without_mark(content) or _utf8(content) or _legacy(content)
    if decoded is None:
        if _is_binary(content.decode("latin-1")):
            raise NotTextError
        raise UndecodableError(_first_fault(content))
    if _is_binary(decoded.text):
        raise NotTextError
    if "\x00" in decoded.text:
        raise UndecodableError(f"character {decoded.text.index(chr(0)) + 1} is NUL")
    return decoded


def _strict(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _by_mark(content: bytes) -> Decoded | None:
    for mark, encoding in BOMS:
        if content.startswith(mark):
            text = _strict(content[len(mark) :], encoding)
            if text is not None:
                return Decoded(text, encoding)
            if not encoding.startswith("utf-32"):  # the mark of UTF-32 may be that of UTF-16 before a NUL
                raise UndecodableError(f"the byte order mark says {encoding}, but the bytes are not")
    return None


def _wide_without_mark(content: bytes) -> Decoded | None:
    """UTF-16 or UTF-32 without a mark: nearly all NULs stand at the same places of each two or four bytes."""
    sample = content[:SAMPLE]
    nulls = sample.count(0)
    if nulls * 20 < len(sample):
        return None
    for encoding, width, places in (
        ("utf-32-le", 4, (2, 3)),
        ("utf-32-be", 4, (0, 1)),
        ("utf-16-le", 2, (1,)),
        ("utf-16-be", 2, (0,)),
    ):
        there = sum(sample[place::width].count(0) for place in places)
        full = len(sample) // width * len(places)
        # in UTF-16, a few characters have their NUL on the other side
        if (width == 4 and there >= full * 0.99) or (width == 2 and there >= nulls * 0.9):
            text = _strict(content, encoding)
            if text is not None and "\x00" not in text:
                return Decoded(text, encoding)
    return None


def _utf8(content: bytes) -> Decoded | None:
    text = _strict(content, "utf-8")
    return None if text is None else Decoded(text, "utf-8")


def _legacy(content: bytes) -> Decoded | None:
    """CP949 or CP1252, where the page declares it or only one of them makes sense."""
    declaration = _DECLARATION.search(content[:4096])
    candidates = [encoding for encoding in ("cp949", "cp1252") if _makes_sense(content, encoding)]
    if declaration:  # a page that contradicts its own declaration is damaged
        declared = DECLARED.get(declaration.group(1).decode("ascii").lower())
        candidates = [encoding for encoding in candidates if encoding == declared]
    if len(candidates) != 1:
        return None
    text = _strict(content, candidates[0])
    return None if text is None else Decoded(text, candidates[0])


def _makes_sense(content: bytes, encoding: str) -> bool:
    text = _strict(content, encoding)
    if text is None:
        return False
    return _is_korean(text) if encoding == "cp949" else _is_western(content)


def _is_korean(text: str) -> bool:
    """Whether what is not ASCII is nearly all common Hangul: other bytes read as CP949 give rare signs."""
    foreign = [c for c in text if not c.isascii()]
    common = sum("\uac00" <= c <= "\ud7a3" and _strict_encodable(c) for c in set(foreign))
    return len(foreign) >= 2 and common >= MIN_HANGUL_SHARE * len(set(foreign))


def _strict_encodable(character: str) -> bool:
    """Whether the character is one of the 2,350 syllables of KS X 1001."""
    try:
        encoded = character.encode("euc_kr")
    except UnicodeEncodeError:
        return False
    return len(encoded) == 2  # the codec spells other syllables with eight bytes


def _is_western(content: bytes) -> bool:
    """Whether high bytes are few, stand alone or nearly so, and are no remains of damaged UTF-8."""
    runs = _HIGH_RUN.findall(content)
    high = sum(map(len, runs))
    return (
        high <= MAX_WESTERN_SHARE * len(content)
        and all(len(run) <= MAX_WESTERN_RUN for run in runs)
        and not _UTF8_SEQUENCE.search(content)
    )


def _is_binary(text: str) -> bool:
    """Whether there are more control characters than stray ones in a text."""
    sample = text[:SAMPLE]
    return len(_CONTROL.findall(sample)) * 50 > len(sample)


def _first_fault(content: bytes) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} is not valid UTF-8, and the bytes fit no other known encoding"
    return "the bytes fit no known encoding"
