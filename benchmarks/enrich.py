"""Measures the reading of articles for what they name and report: `python -m benchmarks.enrich [FOLDER ...]`.

Prints CPU microseconds per article for all tables together and for those that can be made alone. CPU time is the figure
to trust on a shared machine; it counts the work of all threads. Without folders of saved pages the sample articles are
read, each many times; they are short.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from benchmarks.sample_pages import ARTICLES_FILE
from benchmarks.score import parse_pages
from etl.enrich import BATCH_SIZE, enrich_articles
from etl.enrich.press_review import find_items
from etl.enrich.topics import find_topics

SCHEMA = pl.Schema(
    {
        "article_id": pl.String(),
        "title": pl.String(),
        "body": pl.String(),
        "published_date": pl.Date(),
        "source_key": pl.String(),
    }
)


def sample_articles() -> pl.DataFrame:
    """The articles of the sample pages in the form that the extractors take."""
    rows = [
        (
            one["id"],
            one["title"],
            "\n\n".join(one["paragraphs"]),
            date.fromisoformat(one["published"]),
            one["source_label"],
        )
        for one in json.loads(ARTICLES_FILE.read_text(encoding="utf-8"))
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def saved_articles(folders: Iterable[Path]) -> pl.DataFrame:
    """The articles of the pages below some folders."""
    contents = [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return parse_pages({hashlib.sha256(content).hexdigest(): content for content in contents})


def repeated(articles: pl.DataFrame, count: int) -> pl.DataFrame:
    """At least so many articles, as a batch hands them over; the copies have ids of their own."""
    copies = pl.int_range(-(-count // articles.height), eager=True).alias("copy").to_frame()
    numbered = articles.join(copies, how="cross").with_columns(
        pl.format("{}-{}", "article_id", "copy").alias("article_id")
    )
    return numbered.select(list(SCHEMA)).sort("article_id")


def measure(read: Callable[[pl.DataFrame], object], articles: pl.DataFrame, rounds: int) -> float:
    """CPU seconds of the best round."""
    best = []
    for _ in range(rounds):
        begin = time.process_time()
        read(articles)
        best.append(time.process_time() - begin)
    return min(best)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of saved pages, searched to any depth")
    parser.add_argument("--articles", type=int, default=BATCH_SIZE, help="articles read, copies included")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    distinct = saved_articles(options.folders) if options.folders else sample_articles()
    articles = repeated(distinct, options.articles)
    length = articles["body"].str.len_chars().mean()
    print(f"{articles.height:,} articles, {distinct.height:,} of them distinct, {length:,.0f} characters each")
    print(f"{'':34}{'CPU us/article':>16}")
    for name, read in (
        ("all tables", enrich_articles),
        ("topics alone", find_topics),
        ("items of press reviews alone", find_items),
    ):
        print(f"{name:34}{measure(read, articles, options.rounds) / articles.height * 1e6:16.0f}")


if __name__ == "__main__":
    main()
