"""Reference data as frames: what is known besides the pages. Data files and licences stand beside this module."""

from __future__ import annotations

import json
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


def places() -> pl.DataFrame:
    """Administrative places, one row per place (`places.csv`), with its polygon as GeoJSON where one is known."""
    table = pl.read_csv(FOLDER / "places.csv", infer_schema=False)
    polygons = {
        feature["properties"]["place_id"]: json.dumps(feature["geometry"], separators=(",", ":"))
        for name in ("provinces.geojson", "counties.geojson")
        for feature in json.loads((FOLDER / name).read_text(encoding="utf-8"))["features"]
    }
    known = pl.DataFrame(list(polygons.items()), schema={"place_id": pl.String, "geojson": pl.String}, orient="row")
    return table.with_columns(pl.col("lat", "lon").cast(pl.Float64)).join(
        known, on="place_id", how="left", maintain_order="left"
    )


def topics() -> pl.DataFrame:
    """Topics in their fixed order, one row per topic (`topics.csv`), the one for everything else last."""
    table = pl.read_csv(FOLDER / "topics.csv", infer_schema=False).select("topic_id", "label", "topic_group", "basis")
    rest = [("other", "None of the topics", "other", "no pattern fits")]
    return pl.concat([table, pl.DataFrame(rest, table.schema, orient="row")]).with_row_index("position", offset=1)


def people() -> pl.DataFrame:
    """Persons with fixed keys, one row per person (`people.csv`)."""
    return _named("people.csv", "person_id")


def organizations() -> pl.DataFrame:
    """Bodies with fixed keys, one row per body (`organizations.csv`)."""
    return _named("organizations.csv", "entity_id")


def newspapers() -> pl.DataFrame:
    """Newspapers, one row per paper (`newspapers.csv`)."""
    return _named("newspapers.csv", "entity_id")


def countries() -> pl.DataFrame:
    """Countries, one row per ISO 3166 code (`countries.csv`); adjectives are among the aliases."""
    forms = pl.concat_str("aliases", "adjectives", separator="|", ignore_nulls=True)
    return _named("countries.csv", "country_id", forms)


def _named(file: str, key: str, forms: pl.Expr | None = None) -> pl.DataFrame:
    table = pl.read_csv(FOLDER / file, infer_schema=False)
    split = (pl.col("aliases") if forms is None else forms).fill_null("").str.split("|").list.eval(_not_empty())
    return table.select(pl.col(key).alias("entity_id"), "name", split.alias("aliases"))


def _not_empty() -> pl.Expr:
    return pl.element().filter(pl.element() != "")
