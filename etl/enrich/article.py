"""Everything found in a batch of articles, kind after kind: persons first, since their names hold names of places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from etl.enrich.batch import Batch
from etl.enrich.foreign import find_foreign
from etl.enrich.leader import SPELLINGS, LeaderEvent, find_event
from etl.enrich.mentions import Mentions
from etl.enrich.organizations import find_organizations, find_phrases
from etl.enrich.persons import find_korean
from etl.enrich.places import add_held_back, find_places
from etl.enrich.section import Section


@dataclass
class Names:
    """Canonical names of the entities seen so far."""

    person: dict[str, str] = field(default_factory=dict)
    organization: dict[str, str] = field(default_factory=dict)


def find_mentions(batch: Batch, names: Names) -> Mentions:
    """Whom and what the titles and bodies of a batch name."""
    find_korean(batch, names.person)
    find_foreign(batch, names.person)
    held_back = find_places(batch)
    fixed = find_phrases(batch)
    spans = find_organizations(batch, fixed, names.organization)
    add_held_back(batch, held_back, spans)
    return Mentions(batch)


def find_events(batch: Batch, mentions: Mentions, published: pl.Series) -> Iterator[tuple[int, LeaderEvent]]:
    """The leader's appearances that articles report, each with the number of its article in the batch."""
    for article in sorted(_naming_the_leader(batch)):
        title, body = (_section(batch, mentions, 2 * article + part) for part in range(2))
        event = find_event(title, body, published[article])
        if event is not None:
            yield article, event


def _naming_the_leader(batch: Batch) -> set[int]:
    """The articles in which the leader is named."""
    return {
        batch.sections[word] // 2
        for word in batch.followed("Kim", "Jong")
        if batch.text.startswith(SPELLINGS, batch.starts[word])
    }


def _section(batch: Batch, mentions: Mentions, section: int) -> Section:
    begin, stop = batch.begins[section], batch.stops[section]
    return Section(
        batch.text[begin:stop],
        batch.datelines.get(section),
        batch.body_starts[section] - begin,
        partial(mentions.of_section, section),
    )
