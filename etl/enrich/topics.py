"""Topics by the patterns of `topics.csv`, counted over whole columns; several per article, exactly one primary.

A report of the agency shows in its title what kind of report it is and what it is about, and says in its opening what
happened; what follows praises, explains and lists. So a text is read in parts, a hit is worth more the earlier it
stands, and some words prove more than others. The columns of `topics.csv` are patterns for lower-case text:

    title_form    how titles of such reports are made ("... Sends ... Message", "Press Statement"): a form
    opening_form  how their bodies begin ("One day in June Juche 102 ..."): a form
    sign          a statement anywhere in the body that gives the topic without being the report's form
    alone_form    titles of reports that have this topic and no other
    strong        words that speak of this topic wherever they stand
    weak          words that speak of it only beside a strong word, a form or a sign ("army", "output")
    unless        title or opening that forbid the topic, for instance the titles of letters for the leader's activities

`explain` lists the hits that a score is made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import polars as pl

from etl.enrich import lexicon
from etl.enrich.text import DATELINE

OTHER = "other"
PRESS_REVIEW = "media.press_review"

TITLE_LENGTH = 400
LEAD_LENGTH = 400
REST_LENGTH = 1200
BODY_LENGTH = 6000
"""Characters read: the title; the opening, two or three sentences; the ten or so that follow; the body for signs."""
_DATELINE_LENGTH = 120

FORM_POINTS = 6
"""For a form or a sign; once, because a form in the title and in the opening says the same thing twice."""

NEEDED = 4
"""Points that a topic needs: a strong word in the title, or two in the opening, or one there and two after it."""

SHARE = 0.4
"""Part of the best topic's points that others need without form or sign: things named in passing give no topic."""


class Weight(NamedTuple):
    """What a hit of a column of words in a part of the text is worth, and how many hits there count."""

    column: str
    part: str
    points: int
    most: int


WEIGHTS = (
    Weight("strong", "title", 4, 2),
    Weight("strong", "lead", 2, 3),
    Weight("strong", "rest", 1, 3),
    Weight("weak", "title", 2, 1),
    Weight("weak", "lead", 1, 2),
)
FORMS = (("title_form", "title"), ("opening_form", "lead"))
SIGNS = (*FORMS, ("sign", "body"))
LATE = "rest"
"""The part whose hits (3 points at most) never reach `NEEDED` alone."""

# Words are looked for at word starts: "ore" is no part of "more".
_AROUND = {
    "title_form": r"\b(?:{})",
    "opening_form": r"^(?:{})",
    "sign": r"\b(?:{})",
    "alone_form": r"\b(?:{})",
    "strong": r"\b(?:{})",
    "weak": r"\b(?:{})",
    "unless": r"(?:{})",
}

# Only what is usual in titles and openings; besides, word boundaries are found faster in plain ASCII.
_PLAIN = {"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u00a0": " ", "\u00d7": "x"}

SCHEMA = pl.Schema(
    {"article_id": pl.String(), "topic_id": pl.String(), "score": pl.Int32(), "is_primary": pl.Boolean()}
)


class Topic(NamedTuple):
    """One row of `topics.csv`: its id, its place in the file, and its patterns by column, without the empty ones."""

    topic_id: str
    rank: int
    patterns: dict[str, str]


@cache
def topics() -> tuple[Topic, ...]:
    """The topics in the order of the file, which settles which form goes first and ties of points."""
    return tuple(
        Topic(
            row["topic_id"],
            rank,
            {column: around.format(row[column]) for column, around in _AROUND.items() if row[column]},
        )
        for rank, row in enumerate(lexicon.rows("topics.csv"))
    )


def is_press_review() -> pl.Expr:
    """Whether an article lists what the papers print."""
    review = next(topic for topic in topics() if topic.topic_id == PRESS_REVIEW)
    return _title().str.contains(review.patterns["alone_form"])


def find_topics(articles: pl.DataFrame) -> pl.DataFrame:
    """Topics per article with score, in the columns of `SCHEMA`; sorted by article, the primary topic first.

    Primary is the topic whose form the article has, the first one of the file if there are several; without any form
    the topic with most points. Where that is a topic with an `alone_form` that fits, it stands alone. An article
    without a topic gets `other`.

    Args:
        articles: one row per article with `article_id`, `title` and `body`; a teaser may stand for the body.
    """
    parts = _parts(articles).lazy()
    # The order of the filters saves searches: no filter may be pulled before the columns that make others needless.
    in_order = pl.QueryOptFlags(predicate_pushdown=False)
    scored = pl.concat([_scores(parts, topic) for topic in topics()]).collect(optimizations=in_order)
    first = pl.when("is_form").then("rank").otherwise(len(topics()))
    ranked = scored.sort("article_id", first, -pl.col("score"), "rank").with_columns(
        pl.col("article_id").is_first_distinct().alias("is_primary"),
        pl.col("is_alone").first().over("article_id"),
        (pl.col("score").max() * SHARE).over("article_id").alias("least"),
    )
    strong_enough = pl.col("is_sure") | (pl.col("score") >= pl.col("least"))
    chosen = ranked.filter(pl.col("is_primary") | (~pl.col("is_alone") & strong_enough))
    without = articles.select("article_id").join(chosen, on="article_id", how="anti")
    without = without.with_columns(topic_id=pl.lit(OTHER), score=pl.lit(0, pl.Int32), is_primary=pl.lit(value=True))
    found = pl.concat([chosen.select(list(SCHEMA)), without.select(list(SCHEMA))])
    return found.sort("article_id", ~pl.col("is_primary"), -pl.col("score"), "topic_id").cast(SCHEMA)


def explain(articles: pl.DataFrame) -> pl.DataFrame:
    """The hits that scores are made of, also of topics that are not given for lack of points.

    Args:
        articles: as for `find_topics`, but a few, because this is slower.

    Returns:
        One row per hit that counts: `article_id`, `topic_id`, `column` of `topics.csv`, `part` of the text, `hit` (the
        words in lower case) and `points`; the points of a topic add up to its score.
    """
    parts = _parts(articles)
    return pl.concat([_explained(parts, topic) for topic in topics()]).sort("article_id", maintain_order=True)


def _parts(articles: pl.DataFrame) -> pl.DataFrame:
    """The texts in lower case: `article_id`, `title`, `body`, its `lead` and `rest`; `head` is title and lead."""
    body = pl.col("body").str.slice(0, _DATELINE_LENGTH + BODY_LENGTH)
    body = body.str.replace(f"^{_plain(DATELINE.pattern)}", "").str.strip_chars_start()
    texts = articles.select(
        "article_id",
        _title().alias("title"),
        _folded(body).alias("body"),
    )
    lead = pl.col("body").str.slice(0, LEAD_LENGTH)
    return texts.with_columns(
        lead.alias("lead"),
        pl.col("body").str.slice(LEAD_LENGTH, REST_LENGTH).alias("rest"),
        pl.concat_str("title", pl.lit("\n"), lead).alias("head"),
    )


def _title() -> pl.Expr:
    """The title in one line."""
    title = _folded(pl.col("title").str.slice(0, TITLE_LENGTH))
    return title.str.replace_all("\n", " ", literal=True).str.strip_chars()


def _folded(text: pl.Expr) -> pl.Expr:
    """Lower case, with plain quotes, dashes, spaces and signs of multiplication; a missing text is an empty one."""
    return text.fill_null("").str.replace_many(_PLAIN).str.to_lowercase()


def _plain(pattern: str) -> str:
    """A Python pattern without its group names, for the Rust engine."""
    return re.sub(r"\?P<\w+>", "?:", pattern)


def _weights(topic: Topic) -> list[Weight]:
    return [weight for weight in WEIGHTS if weight.column in topic.patterns]


def _name(column: str, part: str) -> str:
    return f"{column} {part}"


def _points(topic: Topic, weights: Iterable[Weight]) -> list[pl.Expr]:
    """What the hits of words are worth, a column for each weight."""
    return [
        pl.col(weight.part)
        .str.count_matches(topic.patterns[weight.column])
        .clip(upper_bound=weight.most)
        .cast(pl.Int32)
        .mul(weight.points)
        .alias(_name(weight.column, weight.part))
        for weight in weights
    ]


def _seen(topic: Topic, places: Iterable[tuple[str, str]]) -> pl.Expr:
    """Whether any of a topic's patterns of these columns fits its part."""
    seen = [pl.col(part).str.contains(topic.patterns[column]) for column, part in places if column in topic.patterns]
    return pl.any_horizontal(pl.lit(value=False), *seen)


def _scores(parts: pl.LazyFrame, topic: Topic) -> pl.LazyFrame:
    """Articles with enough points for one topic: `article_id`, `topic_id`, `rank`, `score` and what was seen.

    The rest of a text is searched only where something was found before it: what it adds is never enough alone. What
    forbids the topic and what lets it stand alone is looked for only where there are points enough.
    """
    late = [weight for weight in _weights(topic) if weight.part == LATE]
    early = [weight for weight in _weights(topic) if weight.part != LATE]
    points = [pl.col(_name(weight.column, weight.part)) for weight in (*early, *late)]
    proof = [pl.col(_name(weight.column, weight.part)) > 0 for weight in (*early, *late) if weight.column == "strong"]
    return (
        parts.with_columns(
            *_points(topic, early),
            _seen(topic, FORMS).alias("is_form"),
            _seen(topic, [place for place in SIGNS if place not in FORMS]).alias("is_sure"),
        )
        .with_columns(pl.col("is_sure") | pl.col("is_form"))
        .filter(pl.any_horizontal("is_sure", *(point > 0 for point in points[: len(early)])))
        .with_columns(_points(topic, late))
        .with_columns(pl.sum_horizontal(pl.col("is_sure") * FORM_POINTS, *points).cast(pl.Int32).alias("score"))
        .filter(pl.any_horizontal("is_sure", *proof) & (pl.col("score") >= NEEDED))
        .filter(~_seen(topic, [("unless", "head")]))
        .select(
            "article_id",
            pl.lit(topic.topic_id).alias("topic_id"),
            pl.lit(topic.rank).alias("rank"),
            "score",
            "is_sure",
            "is_form",
            _seen(topic, [("alone_form", "title")]).alias("is_alone"),
        )
    )


def _explained(parts: pl.DataFrame, topic: Topic) -> pl.DataFrame:
    """The hits of one topic in the columns of `explain`."""
    if "unless" in topic.patterns:
        parts = parts.filter(~pl.col("head").str.contains(topic.patterns["unless"]))
    found = [
        _listed(parts, topic, Weight(column, part, FORM_POINTS, 1))
        for column, part in SIGNS
        if column in topic.patterns
    ]
    words = [_listed(parts, topic, weight) for weight in _weights(topic)]
    signs = pl.concat([*found, _listed(parts.clear(), topic, WEIGHTS[0])]).unique("article_id", keep="first")
    hits = pl.concat([signs, *words])
    proof = hits.filter(pl.col("column") != "weak")
    return hits.join(proof, on="article_id", how="semi")


def _listed(parts: pl.DataFrame, topic: Topic, weight: Weight) -> pl.DataFrame:
    """The hits that count of one pattern in one part."""
    hits = pl.col(weight.part).str.extract_all(topic.patterns.get(weight.column, "")).list.head(weight.most)
    return (
        parts.select(
            "article_id",
            pl.lit(topic.topic_id).alias("topic_id"),
            pl.lit(weight.column).alias("column"),
            pl.lit(weight.part).alias("part"),
            hits.alias("hit"),
            pl.lit(weight.points, pl.Int32).alias("points"),
        )
        .explode("hit")
        .drop_nulls("hit")
    )
