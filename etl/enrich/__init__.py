"""What articles name and report: places, persons, organisations, countries, topics, the leader's appearances."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from etl.enrich import lexicon, topics
from etl.enrich.article import Names, read_article
from etl.enrich.leader import LeaderEvent
from etl.enrich.text import Section

SCHEMAS = {
    "mention": pl.Schema(
        {
            "article_id": pl.String(),
            "section": pl.String(),
            "kind": pl.String(),
            "entity_id": pl.String(),
            "surface": pl.String(),
            "start": pl.Int32(),
            "end": pl.Int32(),
            "rule": pl.String(),
            "role": pl.String(),
        }
    ),
    "leader_event": pl.Schema(
        {
            "article_id": pl.String(),
            "event_date": pl.Date(),
            "event_type": pl.String(),
            "place_id": pl.String(),
            "date_rule": pl.String(),
        }
    ),
    "event_companion": pl.Schema(
        {"article_id": pl.String(), "rank": pl.Int32(), "person_id": pl.String(), "title": pl.String()}
    ),
    "topic": topics.SCHEMA,
    "person": pl.Schema({"entity_id": pl.String(), "name": pl.String(), "aliases": pl.List(pl.String())}),
    "organization": pl.Schema({"entity_id": pl.String(), "name": pl.String(), "aliases": pl.List(pl.String())}),
}
"""The columns of every table that `enrich_articles` gives."""

PRESS_REVIEW_ROLE = "press_review"


def enrich_articles(articles: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Read articles for what they name and report; gives the tables of `SCHEMAS`, rows sorted by their keys.

    Args:
        articles: one row per article with `article_id`, `title`, `body` (paragraphs joined by a blank line, dateline
            included), `published_date` and `source_key`.
    """
    texts = articles.with_columns(pl.col("title", "body").fill_null("")).sort("article_id")
    names = Names()
    mentions: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    companions: list[tuple[Any, ...]] = []
    columns = texts.select("article_id", "title", "body", "published_date", topics.is_press_review().alias("is_review"))
    for article_id, title, body, published, is_review in columns.iter_rows():
        sections, event = read_article(title, body, published, names)
        mentions += _mention_rows(article_id, zip(sections, (title, body), strict=True), is_review)
        if event is not None and not is_review:
            events.append((article_id, *_event_row(event)))
            companions += [(article_id, rank, *one) for rank, one in enumerate(event.companions, start=1)]
    rows = {"mention": mentions, "leader_event": events, "event_companion": companions}
    tables = {name: pl.DataFrame(rows[name], schema=SCHEMAS[name], orient="row") for name in rows}
    tables["topic"] = topics.find_topics(texts)
    tables["person"] = _entities(tables["mention"], "person", names.person | lexicon.person_names())
    organizations = names.organization | lexicon.organization_names()
    tables["organization"] = _entities(tables["mention"], "organization", organizations)
    return tables


def _mention_rows(
    article_id: str, sections: Iterable[tuple[Section, str]], is_review: bool
) -> Iterable[tuple[Any, ...]]:
    for section, text in sections:
        for one in sorted(section.mentions, key=lambda m: (m.start, -m.end, m.kind)):
            role = PRESS_REVIEW_ROLE if is_review and one.role != "dateline" else one.role
            surface = text[one.start : one.end]
            yield article_id, section.name, one.kind, one.entity_id, surface, one.start, one.end, one.rule, role


def _event_row(event: LeaderEvent) -> tuple[Any, ...]:
    return event.event_date, event.event_type, event.place_id, event.date_rule


def _entities(mentions: pl.DataFrame, kind: str, names: dict[str, str]) -> pl.DataFrame:
    """The entities that the mentions name, with every written form of the whole name."""
    found = (
        mentions.filter(pl.col("kind") == kind)
        .group_by("entity_id")
        .agg(pl.col("surface").unique().sort().alias("aliases"))
        .sort("entity_id")
    )
    canonical = [names.get(key, key) for key in found["entity_id"]]
    return found.select("entity_id", pl.Series("name", canonical, dtype=pl.String), "aliases").cast(SCHEMAS[kind])
