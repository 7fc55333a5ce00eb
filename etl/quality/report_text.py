"""How the report writes values for people: numbers, shares, days and keys, the same in every locale.

What belongs here: one value to one text. What does not: which values a page shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from etl.text import visible

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Names that no locale changes."""


def day(value: date) -> str:
    """A day as people write it, the same in every locale."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def percent(share: float) -> str:
    """A share for people: neither a small one nor one that is almost whole is rounded away."""
    if 0 < share < 0.01 or 0.99 < share < 1:
        return f"{100 * share:.1f}%" if 0.0005 <= share < 0.9995 else ("<0.1%" if share < 0.5 else ">99.9%")
    return f"{100 * share:.0f}%"


def _line(text: str) -> str:
    """A line of a page; a tab is as wide as four spaces."""
    return visible(text.replace("\t", "    "))


def _number(value: int) -> str:
    """A number with thousands set apart."""
    return f"{value:,}"


def _compact(value: int) -> str:
    """A number for little room."""
    return f"{value:,}" if value < 10_000 else f"{value // 1000:,}k"


def _counted(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _short(value: object) -> str:
    """A part of a key: of a long digest the beginning."""
    text = visible(value)
    return f"{text[:12]}…" if re.fullmatch("[0-9a-f]{32,}", text) else text


def _day_or_unknown(value: date | None) -> str:
    return day(value) if value else "unknown"


def _day_short(value: date) -> str:
    """A day without its year."""
    return f"{value.day} {MONTHS[value.month - 1]}"


def _moment(value: datetime) -> str:
    return f"{day(value)}, {value:%H:%M}"


def _share_of(part: int, whole: int) -> str:
    return percent(part / whole) if whole else "–"


FILTERS: dict[str, Callable[..., Any]] = {
    "visible": visible,
    "line": _line,
    "number": _number,
    "percent": percent,
    "day": _day_or_unknown,
    "moment": _moment,
    "day_short": _day_short,
    "counted": _counted,
    "compact": _compact,
    "short": _short,
    "share_of": _share_of,
}
"""What the templates call, by its name there."""
