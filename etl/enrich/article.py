"""Everything found in one article, kind after kind: persons first, since their names hold names of places."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from etl.enrich.foreign import find_foreign
from etl.enrich.leader import LeaderEvent, find_event
from etl.enrich.organizations import find_organizations, find_phrases, mark_inside
from etl.enrich.persons import find_families, find_korean
from etl.enrich.places import add_held_back, find_places
from etl.enrich.section import Section
from etl.enrich.text import Mention


@dataclass
class Names:
    """Canonical names of the entities seen so far."""

    person: dict[str, str] = field(default_factory=dict)
    organization: dict[str, str] = field(default_factory=dict)


def _order(mention: Mention) -> tuple[int, int, str]:
    return mention.start, -mention.end, mention.kind


def read_article(
    title: str, body: str, published: date | None, names: Names
) -> tuple[list[Section], LeaderEvent | None]:
    """Title and body with their mentions in order, and the leader's appearance if the article reports one."""
    sections = [Section("title", title), Section("body", body)]
    for section in sections:
        find_korean(section, names.person)
        find_families(section)
    find_foreign(sections[0], sections[1], names.person)
    for section in sections:
        held_back = find_places(section)
        fixed = find_phrases(section)
        spans = find_organizations(section, fixed, names.organization)
        add_held_back(section, held_back, spans)
        section.mentions.sort(key=_order)
        mark_inside(section, spans)
    return sections, find_event(sections[0], sections[1], published)
