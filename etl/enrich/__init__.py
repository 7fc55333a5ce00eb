"""What articles name and report: places, persons, organisations, countries, topics, the leader's appearances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from etl.enrich import lexicon, press_review, topics
from etl.enrich.article import Names, find_events, find_mentions
from etl.enrich.batch import Batch
from etl.enrich.leader import LeaderEvent

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
    "press_review_item": press_review.SCHEMA,
    "person": pl.Schema({"entity_id": pl.String(), "name": pl.String(), "aliases": pl.List(pl.String())}),
    "organization": pl.Schema({"entity_id": pl.String(), "name": pl.String(), "aliases": pl.List(pl.String())}),
}
"""The columns of every table that `enrich_articles` gives."""

PRESS_REVIEW_ROLE = "press_review"
NAME_PARTS = ("family", "foreign_family")
"""Rules that find a person by the family name alone, after the whole name or for somebody on the list."""

BATCH_SIZE = 10_000
PORTION = 1_500
"""Articles that are read for names together; what is known of their words is held in memory meanwhile."""
_ENTRY_TOPIC = "entry_topic"
_AS_ARTICLES = {"sidebar_entry_id": "article_id", "teaser": "body", "shown_date": "published_date"}
"""Columns of sidebar entries and those of articles that they stand for."""
_READ_TOGETHER = ("mention", "leader_event", "event_companion")


def enrich_articles(articles: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Read articles for what they name and report; gives the tables of `SCHEMAS`, rows sorted by their keys.

    Args:
        articles: one row per article with `article_id`, `title`, `body` (paragraphs joined by a blank line, dateline
            included), `published_date` and `source_key`.
    """
    return _read_all(articles) | {"topic": topics.find_topics(articles)}


def _read_all(articles: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables of `SCHEMAS`, that of topics apart."""
    texts = articles.with_columns(pl.col("title", "body").fill_null("")).sort("article_id")
    texts = texts.with_columns(topics.is_press_review().alias("is_review"))
    names = Names()
    parts: dict[str, list[pl.DataFrame]] = {name: [SCHEMAS[name].to_frame()] for name in _READ_TOGETHER}
    for some in texts.iter_slices(PORTION):
        for name, frame in _read(some, names).items():
            parts[name].append(frame)
    tables = {name: pl.concat(frames) for name, frames in parts.items()}
    tables["press_review_item"] = press_review.find_items(texts.filter("is_review"))
    tables["person"] = _entities(tables["mention"], "person", names.person | lexicon.person_names())
    organizations = names.organization | lexicon.organization_names()
    tables["organization"] = _entities(tables["mention"], "organization", organizations)
    return tables


def _read(articles: pl.DataFrame, names: Names) -> dict[str, pl.DataFrame]:
    """The tables of `_READ_TOGETHER` of some articles; `names` collects the names of entities."""
    batch = Batch(articles["title"].to_list(), articles["body"].to_list())
    mentions = find_mentions(batch, names)
    article_ids, is_review = articles["article_id"], articles["is_review"].to_list()
    events = [
        (article_ids[article], event)
        for article, event in find_events(batch, mentions, articles["published_date"])
        if not is_review[article]
    ]
    rows = {
        "leader_event": [(article_id, *_event_row(event)) for article_id, event in events],
        "event_companion": [
            (article_id, rank, *one)
            for article_id, event in events
            for rank, one in enumerate(event.companions, start=1)
        ],
    }
    tables = {name: pl.DataFrame(rows[name], schema=SCHEMAS[name], orient="row") for name in rows}
    mention = mentions.table(articles.select("article_id", "is_review"))
    role = pl.when(pl.col("is_review") & (pl.col("role") != "dateline")).then(pl.lit(PRESS_REVIEW_ROLE))
    tables["mention"] = mention.with_columns(role.otherwise("role").alias("role")).select(list(SCHEMAS["mention"]))
    return tables


def enrich_in_batches(
    articles: pl.DataFrame, entries: pl.DataFrame, advance: Callable[[int], None]
) -> dict[str, pl.DataFrame]:
    """The same tables as `enrich_articles`, made some thousand articles at a time, and the topics of sidebar entries.

    Args:
        articles: as for `enrich_articles`.
        entries: one row per entry with `sidebar_entry_id`, `title`, `teaser`, `shown_date` and `source_key`.
        advance: told the number of articles after each batch.

    Returns:
        The tables by name; `entry_topic` has the columns of `topic` with `sidebar_entry_id`.
    """
    parts: dict[str, list[pl.DataFrame]] = {name: [schema.to_frame()] for name, schema in SCHEMAS.items()}
    parts[_ENTRY_TOPIC] = []
    teasers = entries.select(*_AS_ARTICLES, "title", "source_key").rename(_AS_ARTICLES)
    for batch in articles.sort("article_id").iter_slices(BATCH_SIZE) if articles.height else [articles]:
        found = _read_all(batch)
        found["topic"], found[_ENTRY_TOPIC] = topics.find_topics_of(batch, teasers)
        for name, frame in found.items():
            parts[name].append(frame)
        teasers = teasers.clear()  # they went with the first batch
        advance(batch.height)
    tables = {name: pl.concat(frames) for name, frames in parts.items()}
    tables[_ENTRY_TOPIC] = tables[_ENTRY_TOPIC].rename({"article_id": "sidebar_entry_id"})
    if articles.height <= BATCH_SIZE:
        return tables
    return tables | {name: _joined(tables[name]) for name in ("person", "organization")}


def _joined(entities: pl.DataFrame) -> pl.DataFrame:
    """Entities found in several batches as one row each; the name does not depend on how articles were batched."""
    grouped = entities.group_by("entity_id").agg(pl.col("name").min(), pl.col("aliases").explode().unique().sort())
    return grouped.sort("entity_id")


def _event_row(event: LeaderEvent) -> tuple[Any, ...]:
    return event.event_date, event.event_type, event.place_id, event.date_rule


def _entities(mentions: pl.DataFrame, kind: str, names: dict[str, str]) -> pl.DataFrame:
    """The entities that the mentions name, with every written form of the whole name; a family name is none."""
    whole = ~pl.col("rule").is_in(NAME_PARTS)
    form = pl.when(whole).then("surface").alias("aliases")
    forms = mentions.filter(pl.col("kind") == kind).select("entity_id", form).unique().sort("entity_id", "aliases")
    found = forms.group_by("entity_id", maintain_order=True).agg(pl.col("aliases").drop_nulls())
    canonical = [names.get(key, key) for key in found["entity_id"]]
    return found.select("entity_id", pl.Series("name", canonical, dtype=pl.String), "aliases").cast(SCHEMAS[kind])
