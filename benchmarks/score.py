"""Measures the extractors against the hand-made labels: `python -m benchmarks.score FOLDER ... [--errors]`.

The labels in `benchmarks/gold` hold offsets and ids only. The pages are looked for by their SHA-256 in the folders
given, parsed, and handed to `etl.enrich.enrich_articles`; `benchmarks/gold/README.md` says what counts as a match.

The topics held out are scored in a table of their own. Their single errors are never listed: who develops the patterns
must not learn from them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import operator
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from etl.parse.batch import read_one_by_one

LABELS = Path(__file__).parent / "gold" / "labels.json"
HELD_OUT = Path(__file__).parent / "gold" / "topics_holdout.json"
FETCHED = datetime(2026, 3, 1, tzinfo=UTC)
"""Stands for the day of the fetch, which layout C needs; later than every labelled article."""

SECTIONS = ("title", "body")
SPAN_FIELDS = ("section", "start", "end", "entity_id", "role")
DATELINE = "dateline"
OTHER = "other"
"""The labelled topic of a text that no topic fits; the same as none found."""

Tables = Mapping[str, pl.DataFrame]
Extractor = Callable[[pl.DataFrame], Tables]
TopicFinder = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Span:
    """One mention, labelled or found."""

    article_id: str
    section: str
    start: int
    end: int
    entity_id: str
    role: str | None = None

    def overlaps(self, other: Span) -> bool:
        """Whether both cover a character of the same text."""
        same_text = (self.article_id, self.section) == (other.article_id, other.section)
        return same_text and self.start < other.end and other.start < self.end


@dataclass(slots=True)
class Matching:
    """What was labelled and what was found, paired one to one."""

    pairs: list[tuple[Span, Span]] = field(default_factory=list)
    missed: list[Span] = field(default_factory=list)
    false: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """Rows of the printed tables.

    Attributes:
        counts: name, number labelled, number found, number right.
        accuracies: name, number right, number compared.
        errors: one line for each miss and each false hit.
    """

    counts: list[tuple[str, int, int, int]] = field(default_factory=list)
    accuracies: list[tuple[str, int, int]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Gold:
    """The labels of the articles that could be read, and their texts.

    Attributes:
        labels: one entry of labels.json by article id.
        texts: title and body by article id.
        aliases: other ids that mean the same person, by the labelled id.
    """

    labels: dict[str, dict[str, Any]]
    texts: dict[str, dict[str, str]]
    aliases: dict[str, list[str]]

    def spans(self, kind: str) -> list[Span]:
        """All labelled mentions of `places` or `persons`."""
        return [
            Span(article_id, *(mention.get(name) for name in SPAN_FIELDS))
            for article_id, label in self.labels.items()
            for mention in label[kind]
        ]

    def same_person(self, labelled: str, found: str) -> bool:
        """Whether the id found is the labelled one or an alias of it."""
        return found == labelled or found in self.aliases.get(labelled, ())

    def where(self, article_id: str) -> str:
        """The name of the article's file."""
        return Path(self.labels[article_id]["file"]).name

    def describe(self, span: Span) -> str:
        """File, section, offsets, id, role and words of a mention."""
        surface = self.texts[span.article_id][span.section][span.start : span.end]
        place = f"{self.where(span.article_id)} {span.section} {span.start}-{span.end}"
        return f"{place} {span.entity_id} {span.role or ''} {surface!r}"


def find_pages(folders: Iterable[Path], wanted: Iterable[str]) -> dict[str, bytes]:
    """The wanted files below some folders, by SHA-256."""
    wanted = set(wanted)
    found: dict[str, bytes] = {}
    for path in (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()):
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 in wanted:
            found[sha256] = content
    return found


def parse_pages(pages: Mapping[str, bytes]) -> pl.DataFrame:
    """The articles of some pages in the form that the extractors take."""
    articles = _read(pages)["article"]
    return articles.select(pl.col("page_sha256").alias("article_id"), *SECTIONS, "published_date", "source_key")


def parse_entries(pages: Mapping[str, bytes], labels: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """The labelled sidebar entries of some pages, as articles whose body is the teaser and whose id is their hash.

    Args:
        pages: the content of the pages by SHA-256.
        labels: the sidebar entries of topics_holdout.json; one whose text the page does not print is left out.
    """
    labelled = pl.DataFrame(
        [(label["page_sha256"], label["text_sha256"]) for label in labels],
        schema={"page_sha256": pl.String, "article_id": pl.String},
        orient="row",
    )
    blocks = _read(pages)["sidebar_block"].filter("is_complete")
    texts = [text_sha256(title, teaser) for title, teaser in blocks.select("title", "teaser").iter_rows()]
    return (
        blocks.with_columns(pl.Series("article_id", texts, dtype=pl.String))
        .join(labelled, on=["page_sha256", "article_id"], how="semi")
        .sort("position")
        .unique("article_id", keep="first", maintain_order=True)
        .select(
            "article_id",
            "title",
            pl.col("teaser").alias("body"),
            pl.col("shown_date").alias("published_date"),
            "source_key",
        )
    )


def _read(pages: Mapping[str, bytes]) -> dict[str, pl.DataFrame]:
    rows = [(sha256, content, len(content), FETCHED) for sha256, content in pages.items()]
    pages_read = pl.DataFrame(
        rows,
        schema={
            "page_sha256": pl.String,
            "content": pl.Binary,
            "byte_count": pl.Int64,
            "first_fetched_at": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )
    return read_one_by_one(pages_read)


def text_sha256(title: str, body: str) -> str:
    """The hash by which a label knows the text it was made on."""
    return hashlib.sha256(f"{title}\n\n{body}".encode()).hexdigest()


def usable(articles: pl.DataFrame, labels: Sequence[dict[str, Any]]) -> tuple[pl.DataFrame, list[str]]:
    """The articles whose text is the labelled one, and a line for each label that cannot be used.

    Args:
        articles: the parsed pages.
        labels: the articles of labels.json, or of topics_holdout.json.
    """
    texts = {row["article_id"]: text_sha256(row["title"], row["body"]) for row in articles.iter_rows(named=True)}
    problems, kept = [], []
    for label in labels:
        sha256 = label["page_sha256"]
        if sha256 not in texts:
            problems.append(f"missing or not loaded: {label['file']} ({sha256[:16]})")
        elif texts[sha256] != label["text_sha256"]:
            problems.append(f"text is not the labelled one: {label['file']} ({sha256[:16]})")
        else:
            kept.append(sha256)
    return articles.filter(pl.col("article_id").is_in(kept)), problems


def match(gold: Sequence[Span], found: Sequence[Span], same: Callable[[str, str], bool]) -> Matching:
    """Pair labelled and found mentions: same text, a common character, the same entity; each is used once."""
    by_text: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in found:
        by_text[span.article_id, span.section].append(span)
    result = Matching()
    for label in gold:
        candidates = by_text[label.article_id, label.section]
        hit = next(
            (span for span in candidates if span.overlaps(label) and same(label.entity_id, span.entity_id)), None
        )
        if hit is None:
            result.missed.append(label)
        else:
            candidates.remove(hit)
            result.pairs.append((label, hit))
    result.false = [span for spans in by_text.values() for span in spans]
    return result


def found_spans(mentions: pl.DataFrame, kind: str) -> list[Span]:
    """The mentions of one kind that the extractors found in titles and bodies."""
    rows = mentions.filter((pl.col("kind") == kind) & pl.col("section").is_in(SECTIONS))
    return [Span(*row) for row in rows.select("article_id", *SPAN_FIELDS).iter_rows()]


def score_places(gold: Gold, mentions: pl.DataFrame, report: Report) -> None:
    """Places outside datelines, their roles, and datelines wrongly counted."""
    labelled, found = gold.spans("places"), found_spans(mentions, "place")
    datelines = [replace(span, role=None) for span in labelled if span.role == DATELINE]
    counted = [span for span in labelled if span.role != DATELINE]
    result = match(counted, [span for span in found if span.role != DATELINE], operator.eq)
    _add_matching("places", result, gold, report)
    for role in sorted({span.role or "" for span in counted}):
        hits = sum(label.role == role for label, _ in result.pairs)
        report.accuracies.append((f"places found, labelled {role}", hits, sum(span.role == role for span in counted)))
    wrong = [(label, hit) for label, hit in result.pairs if label.role != hit.role]
    report.accuracies.append(("place roles", len(result.pairs) - len(wrong), len(result.pairs)))
    report.errors += [f"role    places  {gold.describe(label)}, found as {hit.role}" for label, hit in wrong]
    leaked = sum(any(hit.overlaps(label) for hit in result.false) for label in datelines)
    report.accuracies.append(("datelines kept out of the places", len(datelines) - leaked, len(datelines)))


def score_persons(gold: Gold, mentions: pl.DataFrame, report: Report) -> None:
    """Named persons, Korean and foreign; names inside names of organisations and orders are no persons."""
    found = [span for span in found_spans(mentions, "person") if span.role == "plain"]
    result = match(gold.spans("persons"), found, gold.same_person)
    _add_matching("persons", result, gold, report)


def _add_matching(name: str, result: Matching, gold: Gold, report: Report) -> None:
    hits = len(result.pairs)
    report.counts.append((name, hits + len(result.missed), hits + len(result.false), hits))
    report.errors += [f"missed  {name}  {gold.describe(span)}" for span in result.missed]
    report.errors += [f"false   {name}  {gold.describe(span)}" for span in result.false]


def score_events(gold: Gold, tables: Tables, report: Report) -> None:
    """Leader events: whether there is one, its date, type and place, and who was there."""
    found: dict[str, dict[str, Any]] = {}
    for row in tables["leader_event"].iter_rows(named=True):
        if row["article_id"] in gold.labels:
            found.setdefault(row["article_id"], row)
    labelled = {key: label["leader_event"] for key, label in gold.labels.items() if label["leader_event"]["event"]}
    both = labelled.keys() & found.keys()
    report.counts.append(("leader events", len(labelled), len(found), len(both)))
    report.errors += [
        f"missed  event  {gold.where(key)} {labelled[key]['type']}" for key in labelled if key not in both
    ]
    report.errors += [
        f"false   event  {gold.where(key)} {row['event_type']}" for key, row in found.items() if key not in both
    ]
    wrong_answers = len(labelled.keys() ^ found.keys())
    report.accuracies.append(("event yes or no", len(gold.labels) - wrong_answers, len(gold.labels)))
    for name, column in (("date", "event_date"), ("type", "event_type"), ("place_id", "place_id")):
        _add_event_field(name, column, {key: (labelled[key], found[key]) for key in sorted(both)}, gold, report)
    _score_companions(labelled, tables["event_companion"], gold, report)


def _add_event_field(
    name: str, column: str, events: Mapping[str, tuple[dict[str, Any], dict[str, Any]]], gold: Gold, report: Report
) -> None:
    right = 0
    for key, (label, row) in events.items():
        value = row[column].isoformat() if isinstance(row[column], date) else row[column]
        if value == label[name]:
            right += 1
        else:
            report.errors.append(f"event {name}  {gold.where(key)} labelled {label[name]}, found {value}")
    report.accuracies.append((f"event {name}", right, len(events)))


def _score_companions(labelled: Mapping[str, dict[str, Any]], table: pl.DataFrame, gold: Gold, report: Report) -> None:
    total = found_total = hits = exact = 0
    for key in gold.labels:
        names = labelled[key]["companions"] if key in labelled else []
        found = table.filter(pl.col("article_id") == key).sort("rank")["person_id"].to_list()
        common = common_in_order(names, found, gold.same_person)
        total, found_total, hits = total + len(names), found_total + len(found), hits + common
        exact += bool(names) and common == len(names) == len(found)
        if not common == len(names) == len(found):
            report.errors.append(f"companions  {gold.where(key)} labelled {names}, found {found}")
    report.counts.append(("companions in order", total, found_total, hits))
    with_names = sum(bool(label["companions"]) for label in labelled.values())
    report.accuracies.append(("lists of companions without a fault", exact, with_names))


def common_in_order(labelled: Sequence[str], found: Sequence[str], same: Callable[[str, str], bool]) -> int:
    """Length of the longest list of persons that stand in both lists in this order."""
    best = [0] * (len(found) + 1)
    for name in labelled:
        before = best.copy()
        for position, other in enumerate(found, 1):
            reached = before[position - 1] + 1 if same(name, other) else 0
            best[position] = max(reached, before[position], best[position - 1])
    return best[-1]


def score_topics(gold: Gold, table: pl.DataFrame, report: Report) -> None:
    """The primary topic, and all topics together."""
    found, primary = _topics_by_article(table)
    right = total = found_total = hits = 0
    for key, label in gold.labels.items():
        wanted, topics = set(label["topics"]["all"]), found[key]
        total, found_total, hits = total + len(wanted), found_total + len(topics), hits + len(wanted & topics)
        right += primary.get(key) == label["topics"]["primary"]
        if primary.get(key) != label["topics"]["primary"] or wanted != topics:
            report.errors.append(_describe_topics(gold, key, primary.get(key), topics))
    report.counts.append(("topics", total, found_total, hits))
    report.accuracies.append(("primary topic", right, len(gold.labels)))


def score_held_out(name: str, labels: Mapping[str, dict[str, Any]], table: pl.DataFrame, report: Report) -> None:
    """The primary topic, with and without the hard cases, and all topics together; no single errors.

    Args:
        name: what was labelled, as the rows shall be called.
        labels: the labels of the texts that could be read, by article id.
        table: the topics found.
        report: gets the rows.
    """
    found, primary = _topics_by_article(table)
    total = found_total = hits = 0
    for key, label in labels.items():
        wanted, topics = set(label["topics"]["all"]) - {OTHER}, found[key] - {OTHER}
        total, found_total, hits = total + len(wanted), found_total + len(topics), hits + len(wanted & topics)
    right = {key for key, label in labels.items() if primary.get(key, OTHER) == label["topics"]["primary"]}
    plain = {key for key, label in labels.items() if not label["hard"]}
    report.counts.append((f"{name}, held out", total, found_total, hits))
    report.accuracies.append((f"primary {name}, held out", len(right), len(labels)))
    report.accuracies.append(("  without the hard cases", len(right & plain), len(plain)))


def _topics_by_article(table: pl.DataFrame) -> tuple[defaultdict[str, set[str]], dict[str, str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    primary: dict[str, str] = {}
    for row in table.iter_rows(named=True):
        found[row["article_id"]].add(row["topic_id"])
        if row["is_primary"]:
            primary[row["article_id"]] = row["topic_id"]
    return found, primary


def _describe_topics(gold: Gold, key: str, primary: str | None, topics: set[str]) -> str:
    label = gold.labels[key]["topics"]
    missed, extra = sorted(set(label["all"]) - topics), sorted(topics - set(label["all"]))
    first = "" if primary == label["primary"] else f" primary labelled {label['primary']}, found {primary};"
    return f"topics  {gold.where(key)}{first} missed {missed}, false {extra}"


def score(articles: pl.DataFrame, labels: Mapping[str, Any], enrich: Extractor) -> Report:
    """Run the extractors on some articles and compare.

    Args:
        articles: what `parse_pages` gives, labelled articles only.
        labels: the content of labels.json.
        enrich: the extractors, or something with their interface.
    """
    texts = {row["article_id"]: row for row in articles.select("article_id", *SECTIONS).iter_rows(named=True)}
    used = {label["page_sha256"]: label for label in labels["articles"] if label["page_sha256"] in texts}
    gold, tables, report = Gold(used, texts, labels["aliases"]), enrich(articles), Report()
    score_places(gold, tables["mention"], report)
    score_persons(gold, tables["mention"], report)
    score_events(gold, tables, report)
    score_topics(gold, tables["topic"], report)
    return report


def held_out_topics(pages: Mapping[str, bytes], labels: Mapping[str, Any], find_topics: TopicFinder) -> Report:
    """Compare the topics found with those held out, of articles and of sidebar entries.

    Args:
        pages: the content of the pages that were found, by SHA-256.
        labels: the content of topics_holdout.json.
        find_topics: what gives the topics of articles; sidebar entries go through it as they do in the warehouse.
    """
    articles, _ = usable(parse_pages(pages), labels["articles"])
    entries, report = parse_entries(pages, labels["sidebar_entries"]), Report()
    for name, texts, labelled, key in (
        ("topics", articles, labels["articles"], "page_sha256"),
        ("topics of sidebar entries", entries, labels["sidebar_entries"], "text_sha256"),
    ):
        read = set(texts["article_id"])
        used = {label[key]: label for label in labelled if label[key] in read}
        print(f"{name}, held out: {len(used)} of {len(labelled)} labelled texts read")
        score_held_out(name, used, find_topics(texts), report)
    return report


def show(report: Report, with_errors: bool) -> None:
    """Print the tables, and the single errors if asked for."""
    print(f"{'':44}{'labelled':>9}{'found':>8}{'right':>8}{'precision':>11}{'recall':>9}")
    for name, labelled, found, right in report.counts:
        print(f"{name:44}{labelled:>9}{found:>8}{right:>8}{_share(right, found):>11}{_share(right, labelled):>9}")
    print(f"\n{'':44}{'right':>9}{'of':>8}{'accuracy':>11}")
    for name, right, compared in report.accuracies:
        print(f"{name:44}{right:>9}{compared:>8}{_share(right, compared):>11}")
    if with_errors:
        print(f"\n{len(report.errors)} errors", *report.errors, sep="\n")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the pages, run the extractors, print the figures; those held out in a table of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="folders of saved pages, searched to any depth")
    parser.add_argument("--errors", action="store_true", help="list every miss and false hit, but none held out")
    options = parser.parse_args(arguments)
    labels, held_out = (json.loads(path.read_text(encoding="utf-8")) for path in (LABELS, HELD_OUT))
    wanted = [label["page_sha256"] for label in labels["articles"]]
    apart = {label["page_sha256"] for label in (*held_out["articles"], *held_out["sidebar_entries"])}
    pages = find_pages(options.folders, apart.union(wanted))
    articles, problems = usable(parse_pages({key: pages[key] for key in wanted if key in pages}), labels["articles"])
    print(f"{articles.height} of {len(wanted)} labelled articles read", *problems, "", sep="\n")
    if articles.is_empty():
        sys.exit("Nothing to measure: none of the labelled pages is in these folders.")
    from etl.enrich import enrich_articles
    from etl.enrich.topics import find_topics

    show(score(articles, labels, enrich_articles), options.errors)
    print("\nTopics held out")
    show(held_out_topics(pages, held_out, find_topics), with_errors=False)


if __name__ == "__main__":
    main()
