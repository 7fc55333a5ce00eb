"""The forms of single lines: headers, Date line, dateline, footer, headings. Facts measured on real pages.

All of them are anchored and without nested repetition, so that matching is linear in the length of the line.
"""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, date
from typing import NamedTuple

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTH_NUMBER = {name: number for number, name in enumerate(MONTHS, start=1)}
MONTH_NUMBER |= {name[:3]: number for number, name in enumerate(MONTHS, start=1)} | {"Sept": 9}

SPANISH_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
SPANISH_MONTH_NUMBER = {name: number for number, name in enumerate(SPANISH_MONTHS, start=1)} | {"setiembre": 9}

FOREIGN_AGENCY_NAMES = ("ACNC", "조선중앙통신")
"""The agency's name in Spanish and Korean datelines."""

JUCHE_OFFSET = 1911
"""Juche year 1 is 1912."""

HEADING = "More From"
"""How the heading of a sidebar begins; the source follows."""

TRAILER = "More Articles"
END_MARK = "-0-"
SHARE_BUTTON = "Share Button"
NEWSLETTER = ("Get North Korea headlines", "Subscribe to the NK News")
"""How the lines begin that offer a newsletter after the body."""

_LONG_DATE = r"([A-Z][a-z]{2,8}) ([0-9]{1,2}), ([0-9]{4})"
_LONG = re.compile(_LONG_DATE)
_DOUBLE = re.compile(_LONG_DATE + _LONG_DATE)
_SITE = re.compile(r"KCNA(?: (.*))?")
_DATE_LINE = re.compile(r"Date:([^|]*)\|\s*Source:(.*)\|\s*Read original version at source")
_DAY_FIRST = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_DATELINE = re.compile(
    r"([A-Z][^,()0-9]{0,59}), ([A-Z][a-z]{2,8})\.? ([0-9]{1,2}) \(KCNA\)\s{0,3}(?:--|[-\u2013\u2014])\s*"
)
_SPANISH_DATELINE = re.compile(
    r"([A-ZÁÉÍÓÚ][^,()0-9]{0,59}), ([0-9]{1,2}) de ([a-z]{4,10}) \(ACNC\)\s{0,3}(?:--|[-\u2013\u2014])\s*",
    re.IGNORECASE,
)
_KOREAN_DATELINE = re.compile(r"\(([가-힣]{2,10}) ?([0-9]{1,2})월 ?([0-9]{1,2})일발 ?조선중앙통신\)\s*")
_FOOTER = re.compile(
    r"(www\.[^\s()]{1,100})\s*\((?:(Juche) ?([0-9]{1,3})|([0-9]{4}))\. ?([0-9]{1,2})\. ?([0-9]{1,2})\.?\)"
)
_HEADING = re.compile(HEADING + r"\b\s*(.*)")


class DateLine(NamedTuple):
    """The fields of `Date: dd/mm/yyyy | Source: label | Read original version at source`."""

    published_text: str
    source_label: str


class Dateline(NamedTuple):
    """The fields of `Pyongyang, September 18 (KCNA) -- `; `length` counts the characters up to the text.

    Spanish: `Pyongyang, 18 de septiembre (ACNC) -- `. Korean: `(평양 9월 18일발 조선중앙통신)`.
    """

    place: str
    month: int
    day: int
    length: int


class Footer(NamedTuple):
    """The fields of `www.kcna.kp (Juche112.9.18.)`; `day` is None where the numbers name no real day."""

    site: str
    calendar: str
    day: date | None


def real_date(year: int, month: int, day: int) -> date | None:
    """The date, or None where there is no such day."""
    if not MINYEAR <= year <= MAXYEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _named_date(month: str, day: str, year: str) -> date | None:
    number = MONTH_NUMBER.get(month)
    return real_date(int(year), number, int(day)) if number else None


def long_date(text: str) -> date | None:
    """The date of `February 21, 2026`; None for anything else."""
    match = _LONG.fullmatch(text)
    return _named_date(*match.groups()) if match else None


def doubled_date(text: str) -> tuple[date, date] | None:
    """The two dates of `February 21, 2026Feb 21, 2026`; None for anything else."""
    match = _DOUBLE.fullmatch(text)
    if not match:
        return None
    first, second = _named_date(*match.groups()[:3]), _named_date(*match.groups()[3:])
    return (first, second) if first and second else None


def site_label(text: str) -> str | None:
    """The source label of the site line `KCNA <label>`, which may be blank; None for anything else."""
    match = _SITE.fullmatch(text)
    return (match.group(1) or "").strip() if match else None


def date_line(text: str) -> DateLine | None:
    """The Date line's fields as written; None for anything else."""
    match = _DATE_LINE.fullmatch(text)
    return DateLine(match.group(1).strip(), match.group(2).strip()) if match else None


def day_first(text: str) -> date | None:
    """The date of `dd/mm/yyyy`, day first; None for anything else."""
    match = _DAY_FIRST.fullmatch(text)
    return real_date(int(match.group(3)), int(match.group(2)), int(match.group(1))) if match else None


def dateline(text: str) -> Dateline | None:
    """The dateline that a first paragraph begins with, in English, Spanish or Korean; None where there is none."""
    if match := _DATELINE.match(text):
        place, month, day = match.group(1), MONTH_NUMBER.get(match.group(2)), match.group(3)
    elif match := _SPANISH_DATELINE.match(text):
        place, month, day = match.group(1), SPANISH_MONTH_NUMBER.get(match.group(3).casefold()), match.group(2)
    elif match := _KOREAN_DATELINE.match(text):
        place, month, day = match.group(1), int(match.group(2)), match.group(3)
    else:
        return None
    return Dateline(place.strip(), month, int(day), match.end()) if month else None


def nearest_date(month: int, day: int, near: date) -> date | None:
    """The day of that month and day, in the year that brings it nearest to `near`; None where there is none."""
    candidates = (real_date(near.year + offset, month, day) for offset in (-1, 0, 1))
    return min((c for c in candidates if c), key=lambda c: (abs((c - near).days), c), default=None)


def footer(text: str) -> Footer | None:
    """The footer's fields; None for anything else."""
    match = _FOOTER.fullmatch(text)
    if not match:
        return None
    site, juche, juche_year, year, month, day = match.groups()
    number = int(juche_year) + JUCHE_OFFSET if juche else int(year)
    return Footer(site, "juche" if juche else "gregorian", real_date(number, int(month), int(day)))


def sidebar_label(text: str) -> str | None:
    """The label of the heading `More From <label>`; None for anything else."""
    match = _HEADING.fullmatch(text) if text.startswith(HEADING) else None
    return match.group(1).strip() if match else None


def ends_with_mark(text: str) -> bool:
    """Whether the text ends with the end mark `-0-`."""
    return text.endswith(END_MARK)


def without_mark(text: str) -> str:
    """The text without the end mark and the white space before it."""
    return text[: -len(END_MARK)].rstrip() if ends_with_mark(text) else text
