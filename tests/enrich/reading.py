"""Short articles to read, and what was found in them in a form that is easy to compare."""

from datetime import date

import polars as pl

from etl.enrich import enrich_articles

PUBLISHED = date(2024, 8, 7)  # a Wednesday
DATELINE = "Pyongyang, August 7 (KCNA) -- "


def frame(*articles: tuple[str, str], published: date | None = PUBLISHED) -> pl.DataFrame:
    """Articles of title and body."""
    rows = [(f"a{number:05d}", title, body, published, "kcna.kp (en)") for number, (title, body) in enumerate(articles)]
    names = ["article_id", "title", "body", "published_date", "source_key"]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String) | {"published_date": pl.Date}, orient="row")


def read(body: str, title: str = "News of the Day", published: date | None = PUBLISHED) -> dict[str, pl.DataFrame]:
    """All tables of one article."""
    return enrich_articles(frame((title, body), published=published))


def named(body: str, kind: str, title: str = "News of the Day", role: str | None = "plain") -> list[tuple[str, str]]:
    """Entity and surface of the mentions of one kind and role, in order."""
    found = read(body, title)["mention"].filter(pl.col("kind") == kind)
    if role is not None:
        found = found.filter(pl.col("role") == role)
    return found.select("entity_id", "surface").rows()
