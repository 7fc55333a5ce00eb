"""Days named in a text, read against the day of publication; always the nearest in the past."""

from __future__ import annotations

import re
from datetime import date, timedelta

from etl.enrich.section import Section
from etl.enrich.vocabulary import MONTHS, WEEKDAYS

_MONTHS = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = re.compile(
    rf"\b(?P<month>{_MONTHS})\.? (?P<day>\d{{1,2}})(?!\d)(?!,? ?(?:Hostel|Factory|House|Shipyard|Company|Film|\d{{4}}))"
    rf"(?:,? (?:Juche \d+ \()?(?P<year>(?:19|20)\d\d))?"
)
_WEEKDAY = re.compile(rf"\b(?P<weekday>{'|'.join(WEEKDAYS)})\b")
_LONGEST_AGO = 45


def dateline_date(body: Section, published: date | None) -> date | None:
    """The day of the dateline with the year that brings it nearest to the day of publication."""
    if body.dateline is None or published is None:
        return None
    month = MONTHS.get(body.dateline.group("month"))
    day = int(body.dateline.group("day"))
    found = [_date(published.year + shift, month, day) for shift in (-1, 0, 1)] if month else []
    return min((one for one in found if one), key=lambda one: abs((one - published).days), default=None)


def event_day(text: str, reference: date) -> tuple[date, str] | None:
    """The first day a sentence names that lies in the last weeks, and the rule that read it."""
    for found in _DAY.finditer(text):
        day = _past(MONTHS[found.group("month")], int(found.group("day")), found.group("year"), reference)
        if day is not None and (reference - day).days <= _LONGEST_AGO:
            return day, "text_day"
    weekday = _WEEKDAY.search(text)
    if weekday is not None:
        back = (reference.weekday() - WEEKDAYS[weekday.group("weekday")]) % 7
        return reference - timedelta(days=back), "text_weekday"
    return None


def _past(month: int, day: int, year: str | None, reference: date) -> date | None:
    """A day and month as the latest such day that is not after the reference, a day of tolerance given."""
    if year:
        return _date(int(year), month, day)
    found = (_date(reference.year - back, month, day) for back in (0, 1))
    return next((one for one in found if one and one <= reference + timedelta(days=1)), None)


def _date(year: int, month: int | None, day: int) -> date | None:
    try:
        return date(year, month or 0, day)
    except ValueError:
        return None
