"""Topics by the patterns of `topics.csv`, counted over whole columns; several per article, exactly one primary."""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from etl.enrich import lexicon
from etl.enrich.text import DATELINE

LEAD_LENGTH = 1200
TITLE_SCORE = 4
MOST_BODY_SCORE = 3
NEEDED = 2
OTHER = "other"
PRESS_REVIEW = "media.press_review"
WORLD = "world.news"

# Winners if the title matches, in this order: a press review lists other topics, a gift to a citizen or a visit of the
# leader names its object.
MESSAGES = "diplomacy.messages"
_WINNERS = (PRESS_REVIEW, "leadership.gift_message", "leadership.activity")
# Letters received and sent read like activities of the leader; they belong to the messages between states.
_LETTERS = (
    r"(?i)\b(?:receives?|sends?|sent|received)\b.{0,60}\b(?:greetings?|messages?|letters?|congratulat|condolence|floral|"
    r"repl|wreath|sympathy)"
)
_CITIZENS = r"(?i)\b(?:birthday spreads?|gifts?|thanks)\b"
# The slogan of regional development, printed with the multiplication sign.
_ADDED = {"economy.light_industry": r"20 ?x ?10\b"}
_REWRITTEN = {
    # "school uniform" and "children's footwear" belong to light industry; Polars knows no look-ahead.
    "society.education": (
        r"schools?(?:[^ a-z]|$| (?:[^uc]|u[^n]|c[^h]))|education|student|universit|college|teach|lecture|kindergarten|"
        r"children|graduates?|textbook"
    ),
}
_HOME = r"\b(?:DPRK|Korea|Koreans?|Kim (?:Il Sung|Jong Il|Jong Un)|WPK|Juche|KPA|ROK|Pyongyang)\b"
_ENGLISH = r"(?i)\b(?:the|of|and|in)\b"

SCHEMA = pl.Schema(
    {"article_id": pl.String(), "topic_id": pl.String(), "score": pl.Int32(), "is_primary": pl.Boolean()}
)


@cache
def patterns() -> dict[str, str]:
    """The patterns by topic in their fixed order, anchored at word starts; topics that are rules have none."""
    found = {}
    for row in lexicon.rows("topics.csv"):
        if row["topic_id"] != WORLD:
            pattern = _REWRITTEN.get(row["topic_id"], row["keyword_regex"])
            added = _ADDED.get(row["topic_id"])
            found[row["topic_id"]] = rf"(?i)\b(?:{pattern}{'|' + added if added else ''})"
    return found


def is_press_review() -> pl.Expr:
    """Whether an article lists what the papers print."""
    return pl.col("title").str.contains(r"(?i)^\s*(?:press review|review of (?:rodong|minju|papers))")


def find_topics(articles: pl.DataFrame) -> pl.DataFrame:
    """Topics per article with score; the primary one wins by title, then by score, then by order."""
    lead = pl.col("body").str.slice(0, 2 * LEAD_LENGTH).str.replace(f"^{_plain(DATELINE.pattern)}", "")
    texts = articles.select(
        "article_id",
        _folded(pl.col("title").str.slice(0, LEAD_LENGTH)).alias("_title"),
        _folded(lead.str.slice(0, LEAD_LENGTH)).alias("_lead"),
        is_press_review().alias("_review"),
    )
    is_letter = pl.col("_title").str.contains(_LETTERS) & ~pl.col("_title").str.contains(_CITIZENS)
    letters = texts.select(is_letter).to_series()
    scored = texts.select("article_id", "_review", *_scores(), _world().alias(WORLD))
    scored = scored.with_columns(
        *(
            pl.when(letters & (pl.col(topic) >= TITLE_SCORE))
            .then(pl.col(topic) - TITLE_SCORE)
            .otherwise(topic)
            .alias(topic)
            for topic in ("leadership.activity", "leadership.gift_message")
        ),
        pl.when(letters).then(pl.max_horizontal(MESSAGES, pl.lit(TITLE_SCORE))).otherwise(MESSAGES).alias(MESSAGES),
        letters.alias("_letter"),
        pl.when("_review").then(TITLE_SCORE).otherwise(PRESS_REVIEW).alias(PRESS_REVIEW),
    )
    order = {topic: rank for rank, topic in enumerate([*patterns(), WORLD])}
    return _choose(scored, order)


def _folded(text: pl.Expr) -> pl.Expr:
    """Quotes, spaces and the multiplication sign made plain; "flood-hit" is no hit at anybody."""
    plain = text.str.replace_many(["\u2019", "\u2018", "\u00a0", "\u00d7"], ["'", "'", " ", "x"])
    return plain.str.replace_all(r"(?i)\b(\w+)-hit\b", "${1}")


def _plain(pattern: str) -> str:
    """A Python pattern without its group names, for the Rust engine."""
    return re.sub(r"\?P<\w+>", "?:", pattern)


def _scores() -> list[pl.Expr]:
    return [
        (
            pl.col("_title").str.contains(pattern).cast(pl.Int32) * TITLE_SCORE
            + pl.col("_lead").str.count_matches(pattern).clip(upper_bound=MOST_BODY_SCORE).cast(pl.Int32)
        ).alias(topic)
        for topic, pattern in patterns().items()
    ]


def _world() -> pl.Expr:
    """News of the world: English, and no word of Korea in title or opening."""
    foreign = ~pl.col("_title").str.contains(_HOME) & ~pl.col("_lead").str.contains(_HOME)
    return (foreign & pl.col("_lead").str.contains(_ENGLISH)).cast(pl.Int32) * NEEDED


def _choose(scored: pl.DataFrame, order: dict[str, int]) -> pl.DataFrame:
    long = (
        scored.unpivot(index=["article_id", "_review", "_letter"], variable_name="topic_id", value_name="score")
        .filter(pl.col("score") >= NEEDED)
        .filter(~pl.col("_review") | (pl.col("topic_id") == PRESS_REVIEW))
    )
    wins = (pl.col("score") >= TITLE_SCORE) & pl.col("topic_id").is_in(_WINNERS)
    wins = wins | (pl.col("_letter") & (pl.col("topic_id") == MESSAGES))
    ranked = long.with_columns(
        pl.when(wins)
        .then(
            pl.col("topic_id").replace_strict({t: i for i, t in enumerate(_WINNERS)}, default=8, return_dtype=pl.Int32)
        )
        .otherwise(9)
        .alias("_win"),
        pl.col("topic_id").replace_strict(order, return_dtype=pl.Int32).alias("_order"),
    ).sort("article_id", "_win", pl.col("score") * -1, "_order")
    chosen = ranked.with_columns((pl.int_range(pl.len()).over("article_id") == 0).alias("is_primary"))
    rest = scored.join(chosen, on="article_id", how="anti").select(
        "article_id",
        pl.lit(OTHER).alias("topic_id"),
        pl.lit(0, pl.Int32).alias("score"),
        pl.lit(value=True).alias("is_primary"),
    )
    found = pl.concat([chosen.select(list(SCHEMA)), rest.select(list(SCHEMA))])
    return found.sort("article_id", pl.col("is_primary").not_(), pl.col("score") * -1, "topic_id").cast(SCHEMA)
