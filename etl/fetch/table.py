"""Tables of page texts, JSON Lines and Parquet: one row is one page."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from etl.fetch.content import LimitError, Reading, reason_of
from etl.fetch.origin import Offer

TEXT_COLUMNS = ("text", "content", "page", "raw", "body")
ADDRESS_COLUMNS = ("url", "address")
TIME_COLUMNS = ("retrieved_at", "captured_at", "fetched_at", "timestamp")
ROWS_TO_JUDGE = 100
"""If none of the first rows of a file of lines holds a text, it is no table of pages."""

_ROWS_AT_A_TIME = 32
_ESCAPED = 6
"""How many bytes one byte of text takes in JSON at most (`\\u0041`)."""


def read_lines(offer: Offer, handle: io.BufferedReader[Any], reading: Reading) -> Iterator[Offer]:
    """Every line of a JSON Lines file, named by its number; empty lines are none.

    Raises:
        LimitError: if a limit of the outermost archive was met.
    """
    rows = _lines(handle, _ESCAPED * reading.settings.max_page_bytes)
    first = list(islice(rows, ROWS_TO_JUDGE))
    if any(number for number, _ in first) and not any(_text_of(row, reading.column) is not None for _, row in first):
        is_table = any(isinstance(row, dict) for _, row in first)
        yield offer.refused("no_text_column" if is_table else "bad_line")
        return
    for number, row in chain(first, rows):
        yield _offer_row(offer, "jsonl", number, row, reading) if number else offer.refused(str(row))


def read_parquet(offer: Offer, handle: io.BufferedReader[Any], reading: Reading) -> Iterator[Offer]:
    """Every row of a Parquet file, named by its number.

    Raises:
        LimitError: if a limit of the outermost archive was met.
    """
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(handle, pre_buffer=False) as table:
            columns = _columns(table.schema_arrow, reading.column)
            if columns is None:
                yield offer.refused("no_text_column")
                return
            number = 0
            for batch in table.iter_batches(_ROWS_AT_A_TIME, columns=columns):
                for row in batch.to_pylist():
                    number += 1
                    yield _offer_row(offer, "parquet", number, row, reading)
    except LimitError:
        raise
    except Exception as error:  # of the file; the rows before it are offered
        yield offer.refused(reason_of(error))


def _lines(handle: io.BufferedReader[Any], longest: int) -> Iterator[tuple[int, object]]:
    """Number and value of each line; a `str` is the reason why there is none, with number 0 that of the whole file."""
    try:
        yield from _whole_lines(handle, longest)
    except LimitError:
        raise
    except Exception as error:  # of the compression; the lines before it are whole
        yield 0, reason_of(error)


def _whole_lines(handle: io.BufferedReader[Any], longest: int) -> Iterator[tuple[int, object]]:
    number = 0
    while line := handle.readline(longest + 1):
        number += 1
        if len(line) > longest:
            while line and not line.endswith(b"\n"):
                line = handle.readline(1 << 20)
            yield number, "too_large"
        elif line.strip():
            yield number, _parsed(line)


def _parsed(line: bytes) -> object:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return "bad_line"
    return row if isinstance(row, dict) else "bad_line"


def _text_of(row: object, column: str | None) -> str | bytes | None:
    if not isinstance(row, dict):
        return None
    for name in (column,) if column else TEXT_COLUMNS:
        value = row.get(name)
        if isinstance(value, str | bytes):
            return value
    return None


def _offer_row(offer: Offer, scheme: str, number: int, row: object, reading: Reading) -> Offer:
    reading.take_member()
    inside = offer.inside(scheme, str(number).encode())
    if not isinstance(row, dict):
        return inside.refused(str(row))
    text, address, retrieved_at = _text_of(row, reading.column), _address(row), _time(row)
    if address or retrieved_at:
        inside = inside._replace(address=address, retrieved_at=retrieved_at)
    if text is None:
        return inside.refused("no_text")
    try:
        content = text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError:  # half of a character, which JSON can write
        return inside.refused("bad_line")
    reading.take_bytes(len(content))
    if len(content) > reading.settings.max_page_bytes:
        return inside.refused("too_large", len(content))
    return inside.filled(content)


def _address(row: Mapping[str, Any]) -> str | None:
    for name in ADDRESS_COLUMNS:
        value = row.get(name)
        if isinstance(value, str) and value and _is_whole(value):
            return value
    return None


def _is_whole(text: str) -> bool:
    """Whether every character can be stored; JSON can write half ones."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _time(row: Mapping[str, Any]) -> datetime | None:
    for name in TIME_COLUMNS:
        value = row.get(name)
        if value is not None and (time := as_time(value)) is not None:
            return time
    return None


def as_time(value: object) -> datetime | None:
    """A time with its zone, from ISO 8601 or from seconds or milliseconds since 1970; UTC where no zone is given."""
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            value = datetime.fromtimestamp(value / 1_000 if abs(value) > 1e11 else value, UTC)
        if not isinstance(value, datetime):
            return None
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _columns(schema: Any, column: str | None) -> list[str] | None:  # noqa: ANN401 - the library ships no types
    """The columns to read: one of texts and all of the others that are known; None without one of texts."""
    import pyarrow as pa

    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    for name in [column] if column else TEXT_COLUMNS:
        if name in schema.names and any(is_kind(schema.field(name).type) for is_kind in kinds):
            others = [other for other in (*ADDRESS_COLUMNS, *TIME_COLUMNS) if other in schema.names and other != name]
            return [name, *others]
    return None
