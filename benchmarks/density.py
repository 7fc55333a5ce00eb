"""How often articles name what: generated ones beside real ones, `python -m benchmarks.density FOLDER`.

FOLDER holds saved pages. Prints for both, and their ratio: articles, their length, distinct words, and by kind the
mentions per article and per 1,000 characters.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from benchmarks.baselines import raw_batches_of
from benchmarks.corpus import corpus

KINDS = ("place", "person", "organization", "country", "newspaper")


def current_articles(pages: Iterable[bytes]) -> pl.DataFrame:
    """The articles on these pages in their newest wording."""
    from etl.parse.batch import parse_batch
    from etl.prune.article import linked_versions

    parsed = pl.concat([parse_batch(batch)["article"] for batch in raw_batches_of(pages)])
    return linked_versions(parsed.lazy()).filter("is_current")


def density(articles: pl.DataFrame) -> dict[str, float]:
    """What is printed, by name."""
    from etl.enrich import enrich_articles

    columns = ["article_id", "title", "body", "published_date", "source_key"]
    found = enrich_articles(articles.select(columns))
    lengths = articles["body"].str.len_chars()
    words = articles["body"].str.extract_all(r"\w+").explode()
    figures = {
        "articles": articles.height,
        "characters, mean": lengths.mean(),
        "characters, median": lengths.median(),
        "distinct words in the first 100,000": words.head(100_000).n_unique(),
        "appearances of the leader per article": found["leader_event"].height / articles.height,
    }
    for kind in (*KINDS, None):
        mentions = found["mention"].filter(pl.lit(value=True) if kind is None else pl.col("kind") == kind).height
        figures[f"{kind or 'all'} per article"] = mentions / articles.height
        figures[f"{kind or 'all'} per 1,000 characters"] = mentions / lengths.sum() * 1_000
    return figures


def main() -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=3_000, help="generated pages")
    options = parser.parse_args()
    real = density(current_articles(path.read_bytes() for path in sorted(options.folder.rglob("*.txt"))))
    made = density(current_articles(corpus(options.pages)))
    print(f"{'':40}{'real':>10}{'generated':>12}{'ratio':>8}")
    for name, value in real.items():
        print(f"{name:40}{value:10,.2f}{made[name]:12,.2f}{made[name] / value:8.2f}")


if __name__ == "__main__":
    main()
