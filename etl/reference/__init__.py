"""Reference data as frames: what is known besides the pages. Data files and licences stand beside this module."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.fetch import origin
from etl.parse import outcome

FOLDER = Path(__file__).resolve().parent
HOLIDAY_YEARS = range(1948, 2051)
"""The years of `core.dim_date` that the package holidays knows for North Korea."""


def sources() -> pl.DataFrame:
    """The outlets behind the known source labels, one row per label (`sources.csv`)."""
    return pl.read_csv(FOLDER / "sources.csv", infer_schema=False)


def holidays() -> pl.DataFrame:
    """DPRK holidays, one row per day, English names joined by semicolons; lunar days included."""
    from holidays import country_holidays

    days = country_holidays("KP", years=HOLIDAY_YEARS, language="en_US")
    rows = sorted((day, days.get(day)) for day in days)
    return pl.DataFrame(rows, schema={"date": pl.Date, "name": pl.String}, orient="row")


def reasons() -> pl.DataFrame:
    """Why a page does not load: code, outcome, sentence."""
    rows = [(reason.code, reason.outcome, reason.sentence) for reason in outcome.REASONS.values()]
    return pl.DataFrame(rows, schema={"code": pl.String, "outcome": pl.String, "sentence": pl.String}, orient="row")


def file_reasons() -> pl.DataFrame:
    """Why an offered file gave no page: code and sentence."""
    return pl.DataFrame(list(origin.REASONS.items()), schema={"code": pl.String, "sentence": pl.String}, orient="row")
