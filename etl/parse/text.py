"""Text to lines, and the folding under which two texts count as equal."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import NamedTuple

import polars as pl


class Line(NamedTuple):
    """One non-blank line of a page.

    Attributes:
        number: counted from 1, blank lines included, as an editor shows it.
        text: the line without white space around it.
        starts_block: whether a blank line, or nothing, stands before it.
    """

    number: int
    text: str
    starts_block: bool


def fold(text: str) -> str:
    """The text as it is compared: NFC, without format and control characters, white space folded to one space."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    joined = text.replace("\n\n", " ")
    if joined.isprintable() and "  " not in joined:
        return joined.strip(" ")  # the usual case, several times faster than what follows
    spaced = " ".join(text.split())
    if spaced.isprintable():
        return spaced
    invisible = {c for c in set(spaced) if unicodedata.category(c) in ("Cf", "Cc")}
    return " ".join("".join(c for c in spaced if c not in invisible).split()) if invisible else spaced


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
        if stripped and (stripped.isprintable() or is_visible(stripped)):
            lines.append(Line(number, stripped, gap))
            gap = False
        else:
            gap = True
    return lines, number


def content_key(*parts: str | None) -> str:
    """A key made of content: 128 bits of the SHA-256 of the parts, in hexadecimal.

    Each part carries its length, so that no two lists of parts give the same bytes.
    """
    encoded = [b"-:" if part is None else _with_length(part.encode("utf-8")) for part in parts]
    return hashlib.sha256(b"".join(encoded)).hexdigest()[:32]


def content_keys(kind: str, rows: pl.DataFrame) -> pl.Series:
    """`content_key` of a kind and the values of each row, written as text; of all rows at once."""
    parts = [pl.lit(_with_length(kind.encode()).decode())]
    for name in rows.columns:
        text = pl.col(name).cast(pl.String)
        part = (text.str.len_bytes(), pl.lit(":"), text)
        # long texts are copied once more where a part may be missing
        parts += [pl.concat_str(part).fill_null("-:")] if rows[name].null_count() else part
    joined = rows.select(pl.concat_str(parts)).to_series().cast(pl.Binary)
    return pl.Series([hashlib.sha256(data).hexdigest()[:32] for data in joined.to_list()], dtype=pl.String)


def _with_length(data: bytes) -> bytes:
    return b"%d:%b" % (len(data), data)
