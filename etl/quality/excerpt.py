"""Lines of a saved page for people: numbered as reasons number them, so that the line at fault can be shown.

What belongs here: which line has which number, and where a page's bytes are found. What does not: how lines are
printed; their text is the page's own, with everything in it that could steer a screen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from itertools import islice
from typing import NamedTuple

import polars as pl

from etl.fetch.raw_store import PACK_SCHEMA, RawStore
from etl.files import DamagedFileError, scan_parquet
from etl.parse.decode import decode
from etl.parse.html import TooDeepError, html_to_text, is_html
from etl.settings import Home

MAX_TEXT = 200
"""Characters of a line that an excerpt shows at most."""

MAX_HTML = 2**20
"""Characters of an HTML page up to which it is reduced to its text for an excerpt: 16 MiB of small elements take the
parser half a minute."""

WINDOW = 2**20
"""Characters split into lines at once."""


class ExcerptLine(NamedTuple):
    """One line of a page: its number as reasons give it, its text, and whether it is the line meant."""

    number: int
    text: str
    is_marked: bool


def excerpt(content: bytes, line_number: int | None, around: int = 3) -> list[ExcerptLine]:
    """The lines around one line of a page, at most `2 * around + 1`, blank ones included, cut at `MAX_TEXT` characters.

    Lines have the numbers of `quality.page_outcome.reason_line`. For a page saved as HTML these count the lines of
    the text that the page shows, not those of the file; HTML longer than `MAX_HTML` characters is shown as saved,
    without a marked line. Bytes that are no text are shown as escapes.

    Args:
        content: the page's bytes; any bytes give an excerpt.
        line_number: the line to mark; None, or a line that the page does not have, gives the first lines, unmarked.
        around: lines before and after the marked one.
    """
    text, marked = _shown_text(content, line_number)
    if marked:
        found = [_cut(line) for line in islice(_numbered(text, marked), max(0, marked - around - 1), marked + around)]
        if any(line.is_marked for line in found):
            return found
    return [_cut(line) for line in islice(_numbered(text, None), 2 * around + 1)]


def page_lines(content: bytes, line_number: int | None) -> Iterator[ExcerptLine]:
    """Every line of a page, read, numbered and marked as by `excerpt`, but whole."""
    return _numbered(*_shown_text(content, line_number))


def page_contents(home: Home, sha256s: Collection[str]) -> dict[str, bytes]:
    """The bytes of these pages by SHA-256, read from the raw packs; pages that are not stored are left out.

    Raises:
        DamagedFileError: if a pack differs from the manifest, or a page's bytes have another SHA-256.
    """
    return dict(each_page(home, sha256s))


def each_page(home: Home, sha256s: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """The SHA-256 and the bytes of these pages, in the order stored; memory holds the wanted pages of one pack.

    Raises:
        DamagedFileError: if a pack differs from the manifest, or a page's bytes have another SHA-256.
    """
    missing = set(sha256s)
    store = RawStore(home.raw)
    for pack in store.packs():
        if not missing:
            return
        path = store.manifest.checked(pack)
        rows = scan_parquet([path], PACK_SCHEMA).filter(pl.col("page_sha256").is_in(list(missing)))
        for sha256, content in rows.select("page_sha256", "content").collect().iter_rows():
            if hashlib.sha256(content).hexdigest() != sha256:
                raise DamagedFileError(f"{path}: the bytes of page {sha256[:12]} are not those of its SHA-256")
            missing.discard(sha256)
            yield sha256, content


def _shown_text(content: bytes, line_number: int | None) -> tuple[str, int | None]:
    """The text whose lines the parser numbers, and the line to mark; another text that can be shown has none."""
    try:
        text = decode(content).text
    except Exception:  # noqa: BLE001,RUF100 - whatever keeps the parser from reading a page must not keep people
        return content.decode("utf-8", "backslashreplace"), None
    marked = line_number if line_number and line_number > 0 else None
    if not is_html(text):
        return text, marked
    if len(text) > MAX_HTML:
        return text, None
    try:
        return html_to_text(text), marked
    except TooDeepError:
        return text, None


def _numbered(text: str, marked: int | None) -> Iterator[ExcerptLine]:
    """The lines of `str.splitlines`, as the parser splits, a window at a time: a page may be millions of lines."""
    number, rest = 0, ""
    for start in range(0, len(text), WINDOW):
        *whole, rest = (rest + text[start : start + WINDOW]).splitlines(keepends=True)
        for line in whole:
            number += 1
            yield ExcerptLine(number, line.splitlines()[0], number == marked)
    if rest:
        yield ExcerptLine(number + 1, rest.splitlines()[0], number + 1 == marked)


def _cut(line: ExcerptLine) -> ExcerptLine:
    return line._replace(text=line.text[:MAX_TEXT])
