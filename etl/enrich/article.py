"""Everything found in one article, kind after kind: persons first, since their names hold names of places."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from etl.enrich.foreign import find_foreign
from etl.enrich.leader import LeaderEvent, find_event
from etl.enrich.organizations import find_organizations, find_phrases, mark_inside
from etl.enrich.persons import find_families, find_korean
from etl.enrich.places import add_held_back, find_places
from etl.enrich.text import Section, fold


@dataclass
class Names:
    """Canonical names of the entities seen so far."""

    person: dict[str, str] = field(default_factory=dict)
    organization: dict[str, str] = field(default_factory=dict)


def read_article(
    title: str, body: str, published: date | None, names: Names
) -> tuple[list[Section], LeaderEvent | None]:
    """Title and body with their mentions, and the leader's appearance if the article reports one."""
    sections = [Section("title", fold(title)), Section("body", fold(body))]
    for section in sections:
        find_korean(section, names.person)
        find_families(section)
    find_foreign(sections[0], sections[1], names.person)
    for section in sections:
        held_back = find_places(section)
        fixed = find_phrases(section)
        spans = find_organizations(section, fixed, names.organization)
        add_held_back(section, held_back, spans)
        mark_inside(section, spans)
    return sections, find_event(sections[0], sections[1], published)
