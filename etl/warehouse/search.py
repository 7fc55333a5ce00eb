"""Full-text search over titles and bodies of articles: what a query means, and finding without an index.

* A word is a run of letters, marks and digits, in lower case. There are no stems: `launch` does not find `launches`,
  in any language; `launch*` finds every word that begins so.
* Every word of a query must occur, in the title or in the body.
* A phrase in quotes must occur as written, also inside words; only case and the kind of white space are free. So it
  finds texts in languages that put no spaces between words.

The plain way here and the ranked way in `search_index` find the same articles, because both apply `IS_WANTED` to the
same words. They differ in the order: by the number of hits here, by BM25 there; a hit in the title counts
`TITLE_WEIGHT` times in both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

TITLE_WEIGHT = 3
"""Hits in the body that one hit in the title is worth."""

MOST_WORDS = 100
"""A longer query is a mistake, such as a whole text pasted."""

LETTER = r"[\p{L}\p{M}\p{N}]"
NO_LETTER = r"[^\p{L}\p{M}\p{N}]"
_SPACE = r"[\s\p{Z}]+"
_QUOTES = str.maketrans("“”„", '"""')
_SHOWN_BEFORE, _SHOWN_AFTER = 60, 140

WANTED = """
    wanted as (
        select unnest(range(len($words))) as number, lower(unnest($words)) as text, unnest($kinds) as kind
    )
"""
"""SQL: one row per word of the query, in the same folding as the texts."""

IS_WANTED = """
    case wanted.kind
        when 'whole' then word = wanted.text
        when 'start' then starts_with(word, wanted.text)
        when 'end' then ends_with(word, wanted.text)
        else contains(word, wanted.text)
    end
"""
"""SQL: whether `word` of a text is the one that the query wants."""

_IN_SCOPE = """
    published_date between coalesce($first, published_date) and coalesce($last, published_date)
    and (len($source_ids) = 0 or list_contains($source_ids::varchar[], source_id))
"""


class SearchError(ValueError):
    """A query, or a limit of it, cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word that must occur.

    Attributes:
        text: the letters as typed.
        kind: `whole`; `start` or `end` of a word; `part` for any place in a word.
    """

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Query:
    """What a user looks for.

    Attributes:
        words: words outside quotes.
        phrases: texts in quotes.
    """

    words: tuple[Word, ...]
    phrases: tuple[str, ...]

    def parameters(self) -> dict[str, object]:
        """Values for `WANTED`: the words outside quotes and those of the phrases."""
        words = [*self.words, *(word for phrase in self.phrases for word in _words_of_phrase(phrase))]
        return {"words": [word.text for word in words], "kinds": [word.kind for word in words]}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which articles are searched; None and no source set no limit."""

    first: date | None
    last: date | None
    source_ids: Sequence[str]

    def parameters(self) -> dict[str, object]:
        """Values for the condition on articles."""
        return {"first": self.first, "last": self.last, "source_ids": list(self.source_ids)}


@dataclass(frozen=True, slots=True)
class Extent:
    """What a scope holds: its articles and their days, all articles, and entries known from sidebars alone."""

    articles: int
    first: date | None
    last: date | None
    all_articles: int
    sidebar_only: int


def parse_query(text: str) -> Query:
    """Read a query as typed.

    Raises:
        SearchError: if a quote is left open, a star stands elsewhere than at the end of a word, or there is no word
            or more than `MOST_WORDS`.
    """
    parts = unicodedata.normalize("NFC", text.translate(_QUOTES)).split('"')
    if len(parts) % 2 == 0:
        raise SearchError('a quote (") is opened and not closed')
    words = [word for chunk in " ".join(parts[::2]).split() for word in _words_of_chunk(chunk)]
    phrases = [" ".join(part.split()) for part in parts[1::2]]
    query = Query(tuple(words), tuple(phrase for phrase in phrases if _words(phrase)))
    count = len(query.words) + sum(len(_words(phrase)) for phrase in query.phrases)
    if not count:
        raise SearchError("there is no word to search for; give at least one letter or digit")
    if count > MOST_WORDS:
        raise SearchError(f"{count:,} words are too many; give at most {MOST_WORDS}")
    return query


def _words_of_chunk(chunk: str) -> list[Word]:
    words = [Word(text, "whole") for text in _words(chunk)]
    if "*" not in chunk:
        return words
    if chunk.index("*") < len(chunk) - 1 or not _is_letter(chunk[-2:-1]):
        raise SearchError("a star (*) stands only at the end of a word, outside quotes")
    return [*words[:-1], Word(words[-1].text, "start")]


def _words_of_phrase(phrase: str) -> list[Word]:
    """The first and the last word may be parts of longer ones, unless other signs close the phrase off."""
    texts = _words(phrase)
    opens, closes = _is_letter(phrase[0]), _is_letter(phrase[-1])
    if len(texts) == 1 and opens and closes:
        return [Word(texts[0], "part")]
    kinds = ["whole"] * len(texts)
    if opens:
        kinds[0] = "end"
    if closes:
        kinds[-1] = "start"
    return [Word(text, kind) for text, kind in zip(texts, kinds, strict=True)]


def _words(text: str) -> list[str]:
    return "".join(sign if _is_letter(sign) else " " for sign in text).split()


def _is_letter(sign: str) -> bool:
    """Whether the sign belongs to words, by the same classes as `LETTER`."""
    return sign != "" and unicodedata.category(sign)[0] in "LMN"


def make_scope(con: duckdb.DuckDBPyConnection, first: date | None, last: date | None, sources: Sequence[str]) -> Scope:
    """The scope between two days, both included, of sources given by id or label in any case; none gives all.

    Raises:
        SearchError: if the days stand in the wrong order, or there is no such source; it lists those with articles.
    """
    if first and last and first > last:
        raise SearchError(f"no day is from {first} to {last}; give the earlier day first")
    return Scope(first, last, [_source_id(con, source) for source in sources])


def _source_id(con: duckdb.DuckDBPyConnection, source: str) -> str:
    row = con.execute(
        "select source_id from core.dim_source where $key in (source_id, label_key)",
        {"key": " ".join(source.split()).lower()},
    ).fetchone()
    if row is None:
        raise SearchError(f"there is no source {source!r}; articles are there from {_sources_with_articles(con)}")
    return str(row[0])


def _sources_with_articles(con: duckdb.DuckDBPyConnection) -> str:
    rows = con.execute(
        """
        select source_id, label
        from core.dim_source
        semi join core.fact_article using (source_id)
        order by source_id
        """
    ).fetchall()
    return ", ".join(f"{source_id} ({label})" for source_id, label in rows) or "no source"


def measure(con: duckdb.DuckDBPyConnection, scope: Scope) -> Extent:
    """What the scope holds in an open warehouse."""
    ((articles, first, last, all_articles),) = con.execute(
        f"""
        select
            count(*) filter (where {_IN_SCOPE}),
            min(published_date) filter (where {_IN_SCOPE}),
            max(published_date) filter (where {_IN_SCOPE}),
            count(*)
        from core.fact_article
        """,  # noqa: S608 - the condition is ours, its values are bound
        scope.parameters(),
    ).fetchall()
    ((sidebar_only,),) = con.execute(
        f"""
        select count(*)
        from (select source_id, shown_date as published_date from marts.sidebar_only_article)
        where {_IN_SCOPE}
        """,  # noqa: S608 - as above
        scope.parameters(),
    ).fetchall()
    return Extent(articles, first, last, all_articles, sidebar_only)


def plain_hits(con: duckdb.DuckDBPyConnection, query: Query, scope: Scope) -> pa.Table:
    """Articles of the scope with all words of the query, one row per article with its number of hits as score."""
    return con.execute(_PLAIN, query.parameters() | scope.parameters()).to_arrow_table()


_PLAIN = rf"""
    with {WANTED},
    folded as (
        select article_id, lower(nfc_normalize(title)) as title, lower(nfc_normalize(body)) as body
        from core.fact_article
        where {_IN_SCOPE}
    ),
    candidate as (
        select article_id, title, body
        from folded
        where len(list_filter($words, lambda w: contains(title, lower(w)) or contains(body, lower(w)))) = len($words)
    ),
    occurrence as (
        select article_id, {TITLE_WEIGHT} as weight, unnest(regexp_extract_all(title, '{LETTER}+')) as word
        from candidate
        union all
        select article_id, 1 as weight, unnest(regexp_extract_all(body, '{LETTER}+')) as word
        from candidate
    ),
    hit as (
        select article_id, number, sum(weight) as weight
        from occurrence
        inner join wanted on {IS_WANTED}
        group by article_id, number
    )
    select article_id, sum(weight)::double as score
    from hit
    group by article_id
    having count(*) = len($words)
"""  # noqa: S608 - the parts are ours, values are bound


def keep_found(con: duckdb.DuckDBPyConnection, hits: pa.Table, query: Query, scope: Scope) -> int:
    """Keep the hits that lie in the scope and hold all phrases as the temporary table `found`; returns their number.

    Args:
        con: a locked connection to the warehouse.
        hits: `article_id` and `score` of articles with all words of the query.
        query: the phrases.
        scope: the limits.
    """
    names = [f"phrase_{number}" for number in range(len(query.phrases))]
    conditions = "".join(f" and (regexp_matches(title, ${name}) or regexp_matches(body, ${name}))" for name in names)
    con.register("hit", hits)
    con.execute(
        f"""
        create or replace temp table found as
        select article_id, published_date, score
        from (select * replace (nfc_normalize(title) as title, nfc_normalize(body) as body) from core.fact_article)
        inner join hit using (article_id)
        where {_IN_SCOPE} {conditions}
        """,  # noqa: S608 - the conditions are ours, their values are bound
        scope.parameters() | dict(zip(names, map(_phrase_pattern, query.phrases), strict=True)),
    )
    con.unregister("hit")
    ((count,),) = con.execute("select count(*) from found").fetchall()
    return int(count)


def _phrase_pattern(phrase: str) -> str:
    return "(?i)" + _SPACE.join(map(re.escape, phrase.split()))


def best_found(con: duckdb.DuckDBPyConnection, query: Query, limit: int) -> duckdb.DuckDBPyConnection:
    """A cursor over the first articles of `found`, best first, among equals newest first.

    Columns: `score`, `published_date`, `source_id`, `title`, `text` around the first hit in the body (its beginning
    where only the title has hits), `article_id`.
    """
    return con.execute(_BEST, {"limit": limit, "before_hit": f"(?is)^(.*?)(?:{_hit_pattern(query)})"})


def _hit_pattern(query: Query) -> str:
    words = [rf"(?:^|{NO_LETTER}){re.escape(word.text)}{_END[word.kind]}" for word in query.words]
    return "|".join([*words, *map(_phrase_pattern, query.phrases)])


_END = {"whole": f"(?:{NO_LETTER}|$)", "start": ""}
"""What follows a word outside quotes."""

_BEST = rf"""
    with best as (
        select *
        from found
        order by score desc, published_date desc, article_id
        limit $limit
    ),
    cut as (
        select
            article_id,
            trim(regexp_replace(nfc_normalize(body), '{_SPACE}', ' ', 'g')) as line,
            regexp_extract(line, $before_hit, 1) as before,
            substr(line, length(before) + 1) as rest
        from core.fact_article
        semi join best using (article_id)
    )
    select
        best.score,
        best.published_date,
        article.source_id,
        article.title,
        case
            when length(before) > {_SHOWN_BEFORE}
            then '… ' || regexp_replace(right(before, {_SHOWN_BEFORE}), '^\S* ', '')
            else before
        end || case
            when length(rest) > {_SHOWN_AFTER}
            then regexp_replace(left(rest, {_SHOWN_AFTER}), ' \S*$', '') || ' …'
            else rest
        end as text,
        article_id
    from best
    inner join core.fact_article as article using (article_id)
    inner join cut using (article_id)
    order by best.score desc, best.published_date desc, article_id
"""  # noqa: S608 - the numbers are ours, values are bound
