"""The trends that the report draws: articles over time, shares kept out by run, fields by month.

What belongs here: which numbers, and whether they are worth a picture. What does not: how it is drawn (`charts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from etl.quality import charts
from etl.quality.report_runs import Run
from etl.quality.report_text import day
from etl.quality.report_warehouse import ShownWarehouse

_FIELD_LABELS = {
    "dateline": "dateline",
    "footer": "footer",
    "juche_footer": "Juche year in the footer",
    "capture_date": "day of capture",
    "two_paragraphs": "several paragraphs",
    "place": "names a place",
    "person": "names a person",
    "organization": "names an organisation",
    "topic": "has a topic",
}

_PERIODS = """
    select
        date_trunc($step, date)::date as start,
        sum(article_count)::bigint as article_count,
        sum(sidebar_only_count)::bigint as sidebar_only_count,
        bool_and(is_capture_gap) as is_gap
    from marts.daily_volume
    group by all
    order by start
"""
_SHARES_OF_FIELDS = """
    select field, month, sum(filled_count) / sum(article_count) as share
    from marts.field_completeness
    group by all
    order by field, month
"""


def trends(shown: ShownWarehouse, runs: Sequence[Run], run_limit: int, month_limit: int) -> dict[str, Any]:
    """The pictures, each with the numbers that are shown where a picture would be silly.

    Args:
        shown: the warehouse.
        runs: the runs whose checks ended, newest first.
        run_limit: of how many runs the shares are shown.
        month_limit: how many of the last months of a field are shown.
    """
    periods, step = _periods(shown)
    shares = _shares(runs, run_limit)
    fields = _fields(shown, month_limit)
    months = {month for each in fields for month, _ in each.shares}
    return {
        "step": step,
        "periods": periods,
        "articles": Markup(charts.articles_chart(periods, step)) if len(periods) > 1 else None,  # noqa: S704 - no page text in it
        "run_shares": shares,
        "shares": Markup(charts.shares_chart(shares)) if len(shares) > 1 else None,  # noqa: S704 - no page text in it
        "fields": fields,
        "completeness": Markup(charts.completeness_chart(fields)) if len(months) > 1 else None,  # noqa: S704 - no page text in it
    }


def _periods(shown: ShownWarehouse) -> tuple[list[charts.Period], charts.Step]:
    """Articles by day, week, month or year, whichever gives a readable number of bars, without a hole."""
    span = shown.rows("select min(date) as first, max(date) as last from marts.daily_volume")
    if not span or span[0]["first"] is None:
        return [], "day"
    step = charts.step_for(span[0]["first"], span[0]["last"])
    periods = [charts.Period(**row) for row in shown.rows(_PERIODS, {"step": step})]
    return _without_holes(periods, step), step


def _without_holes(periods: Sequence[charts.Period], step: charts.Step) -> list[charts.Period]:
    """The periods, and between them those of which nothing is known."""
    by_start = {period.start: period for period in periods}
    whole = list(periods[:1])
    while whole and whole[-1].start < periods[-1].start:
        start = charts.next_start(whole[-1].start, step)
        whole.append(by_start.get(start, charts.Period(start, 0, 0, is_gap=True)))
    return whole


def _shares(runs: Sequence[Run], limit: int) -> list[charts.RunShares]:
    """The shares kept out after each run that counted them, the oldest first."""
    counted = [run for run in runs if run.share("quarantined") is not None][:limit]
    return [
        charts.RunShares(
            day(run.started), run.share("quarantined") or 0, run.share("rejected") or 0, run.state == "blocked"
        )
        for run in reversed(counted)
    ]


def _fields(shown: ShownWarehouse, limit: int) -> list[charts.FieldTrend]:
    """The share of articles of all sources that have a field, by month."""
    shares: dict[str, list[tuple[date, float]]] = {name: [] for name in _FIELD_LABELS}
    for row in shown.rows(_SHARES_OF_FIELDS):
        shares.setdefault(row["field"], []).append((row["month"], row["share"]))
    return [
        charts.FieldTrend(_FIELD_LABELS.get(name, name.replace("_", " ")), months[-limit:])
        for name, months in shares.items()
        if months
    ]
