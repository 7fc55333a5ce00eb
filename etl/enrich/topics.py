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

Few texts have anything of a topic, so a first look says which topics are worth a search in which text.

`explain` lists the hits that a score is made of.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import polars as pl

from etl.enrich import lexicon
from etl.enrich.first_look import FirstLook
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
LOOKED_AT = {"title": ("title_form", "strong", "weak"), "lead": ("strong", "weak")}
"""Columns whose patterns begin with a word, by the part in which a first look says whether they are worth a search."""
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


@cache
def _patterns() -> pl.DataFrame:
    """The topics as a table: `topic_id`, `rank`, its `bit` and a column of patterns for each of the file."""
    rows = [(topic.topic_id, topic.rank, 1 << topic.rank, *map(topic.patterns.get, _AROUND)) for topic in topics()]
    columns = {"topic_id": pl.String(), "rank": pl.Int32(), "bit": pl.UInt64()} | dict.fromkeys(_AROUND, pl.String())
    return pl.DataFrame(rows, schema=columns, orient="row")


@cache
def _first_look(part: str) -> FirstLook:
    """Says for which topics a part of a text is worth a search; a topic's bit is its rank."""
    return FirstLook(
        [[topic.patterns[column] for column in LOOKED_AT[part] if column in topic.patterns] for topic in topics()]
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
    return find_topics_of(articles)[0]


def find_topics_of(*tables: pl.DataFrame) -> list[pl.DataFrame]:
    """The topics of the articles of each table, as `find_topics` gives them; the patterns are made ready only once."""
    # Texts are numbered in the order of their keys, because numbers are compared faster.
    parts = pl.concat([_parts(table).sort("article_id") for table in tables]).with_row_index("text")
    # The order of the filters saves searches: no filter may be pulled before the columns that make others needless.
    in_order = pl.QueryOptFlags(predicate_pushdown=False)
    scored = _scores(_candidates(parts)).collect(optimizations=in_order)
    first = pl.when("is_form").then("rank").otherwise(len(topics()))
    ranked = scored.sort("text", first, -pl.col("score"), "rank").with_columns(
        pl.col("text").is_first_distinct().alias("is_primary"),
        pl.col("is_alone").first().over("text"),
        (pl.col("score").max() * SHARE).over("text").alias("least"),
    )
    strong_enough = pl.col("is_sure") | (pl.col("score") >= pl.col("least"))
    chosen = ranked.filter(pl.col("is_primary") | (~pl.col("is_alone") & strong_enough))
    found = (
        parts.select("text", "article_id")
        .join(chosen, on="text", how="left")
        .with_columns(
            pl.col("topic_id").fill_null(OTHER),
            pl.col("score").fill_null(0),
            pl.col("is_primary").fill_null(value=True),
        )
    )
    ordered = found.sort("text", ~pl.col("is_primary"), -pl.col("score"), "topic_id")
    bounds = pairwise(accumulate((table.height for table in tables), initial=0))
    return [
        ordered.filter(pl.col("text").is_between(*pair, closed="left")).select(SCHEMA.names()).cast(SCHEMA)
        for pair in bounds
    ]


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
    # Step by step, for what is named several times in one step is made as often.
    texts = articles.select("article_id", "title", body).with_columns(_title(), _folded(pl.col("body")))
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
    text = text.fill_null("")
    # most texts have nothing to be replaced, which is seen much faster than all is looked for
    to_replace = pl.when(text.str.contains(f"[{''.join(_PLAIN)}]")).then(text)
    return pl.coalesce(to_replace.str.replace_many(_PLAIN), text).str.to_lowercase()


def _plain(pattern: str) -> str:
    """A Python pattern without its group names, for the Rust engine."""
    return re.sub(r"\?P<\w+>", "?:", pattern)


def _weights(topic: Topic) -> list[Weight]:
    return [weight for weight in WEIGHTS if weight.column in topic.patterns]


def _name(column: str, part: str) -> str:
    return f"{column} {part}"


def _candidates(parts: pl.DataFrame) -> pl.LazyFrame:
    """One row per text and topic that may fit it: the parts of the text, `rank` and the patterns of the topic."""
    looks = [_first_look(part).groups(parts[part]).alias(_likely(part)) for part in LOOKED_AT]
    texts = parts.with_columns(looks).lazy()
    pairs = (
        texts.select("text", *(_is_candidate(topic).alias(topic.topic_id) for topic in topics()))
        .unpivot(index="text", variable_name="topic_id", value_name="is_candidate")
        .filter("is_candidate")
    )
    # Topic by topic, because Polars keeps few patterns ready.
    by_topic = pairs.join(_patterns().lazy(), on="topic_id", maintain_order="left")
    return by_topic.join(texts, on="text", maintain_order="left")


def _likely(part: str) -> str:
    return f"likely {part}"


def _is_candidate(topic: Topic) -> pl.Expr:
    """Whether words of a topic may stand in a text, or something that no first look was taken for does."""
    bit = pl.lit(1 << topic.rank, pl.UInt64)
    likely = [pl.col(_likely(part)) & bit != 0 for part in LOOKED_AT]
    others = [(column, part) for column, part in SIGNS if column not in LOOKED_AT.get(part, ())]
    seen = [pl.col(part).str.contains(topic.patterns[column]) for column, part in others if column in topic.patterns]
    return pl.any_horizontal(*likely, *seen)


def _searched(column: str, part: str) -> pl.Expr:
    """The part of a candidate, missing where the first look says that the topic's pattern of a column is not in it."""
    is_likely = pl.col(_likely(part)) & pl.col("bit") != 0
    return pl.when(is_likely).then(part) if column in LOOKED_AT.get(part, ()) else pl.col(part)


def _points(weight: Weight) -> pl.Expr:
    """What the hits of words are worth."""
    hits = _searched(weight.column, weight.part).str.count_matches(pl.col(weight.column)).fill_null(0)
    points = hits.clip(upper_bound=weight.most).cast(pl.Int32) * weight.points
    return points.alias(_name(weight.column, weight.part))


def _seen(column: str, part: str) -> pl.Expr:
    """Whether the topic's pattern of a column fits a part."""
    return _searched(column, part).str.contains(pl.col(column)).fill_null(value=False)


def _scores(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Texts with enough points for a topic: `text`, `topic_id`, `rank`, `score` and what was seen.

    The rest of a text is searched only where something was found before it: what it adds is never enough alone. What
    forbids the topic and what lets it stand alone is looked for only where there are points enough.
    """
    late = [weight for weight in WEIGHTS if weight.part == LATE]
    early = [weight for weight in WEIGHTS if weight.part != LATE]
    points = [pl.col(_name(weight.column, weight.part)) for weight in (*early, *late)]
    proof = [pl.col(_name(weight.column, weight.part)) > 0 for weight in WEIGHTS if weight.column == "strong"]
    return (
        candidates.with_columns(
            *map(_points, early),
            pl.any_horizontal(_seen(*place) for place in FORMS).alias("is_form"),
            pl.any_horizontal(_seen(*place) for place in SIGNS if place not in FORMS).alias("is_sure"),
        )
        .with_columns(pl.col("is_sure") | pl.col("is_form"))
        .filter(pl.any_horizontal("is_sure", *(point > 0 for point in points[: len(early)])))
        .with_columns(map(_points, late))
        .with_columns(pl.sum_horizontal(pl.col("is_sure") * FORM_POINTS, *points).cast(pl.Int32).alias("score"))
        .filter(pl.any_horizontal("is_sure", *proof) & (pl.col("score") >= NEEDED))
        .filter(~_seen("unless", "head"))
        .with_columns(_seen("alone_form", "title").alias("is_alone"))
        .select("text", "topic_id", "rank", "score", "is_sure", "is_form", "is_alone")
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
