"""Regular pages of layouts A, B and C, read as columns: many pages at once, each distinct text once.

Only pages whose every line has exactly the usual form are read here, and only if they load. Everything else is left
to the careful reader in `page`, which is the specification: both give the same rows for every page, and a test
compares them. A page is left alone at the slightest doubt, so nothing is decided here.

A page is cut at its empty lines into parts; in a regular page the number of a part says what it is. What many pages
share (headers, Date lines, footers, sidebar blocks) is read once for each distinct text, by the careful reader's own
functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import and_, or_
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from etl.parse import grammar
from etl.parse.grammar import END_MARK, NEWSLETTER, SHARE_BUTTON, TRAILER
from etl.parse.model import ROLES
from etl.parse.page import CAPTURE_TOLERANCE, FIRST_DAY
from etl.parse.schema import (
    ARTICLE_SCHEMA,
    GARBLED,
    LEAD_LENGTH,
    PAGE_SCHEMA,
    SIDEBAR_SCHEMA,
    article_version_key,
    sidebar_entry_key,
    source_key_of,
)
from etl.parse.sidebar import BLOCK_LINES
from etl.parse.text import fold

_GAP = "\n\n"
_HEADING = "More From"
_FOOTER_START = "www."
_LEAST_PARTS = 4
_LAST_PARTS = ("last", "last_but_one", "last_but_two")
_LINE_ENDS = 50
"""Line ends after the last line; a page with as many is not regular."""

_UNUSUAL = (
    r"[\p{Cf}\p{Cc}&&[^\n]]|[\x{2028}\x{2029}]"  # invisible characters and other line ends
    r"|(?m:^[^\S\n]|[^\S\n]$)"  # white space around lines
)
"""What sends a page to the careful reader wherever it stands."""

_COMPOSED = (
    r"^[\n\x20-\x7e\x{a1}-\x{ac}\x{ae}-\x{2ff}\x{2010}-\x{2027}\x{2030}-\x{205e}\x{3001}-\x{3029}"
    r"\x{4e00}-\x{9fff}\x{ac00}-\x{d7a3}]*$"
)
"""Texts of letters, syllables and signs that are in NFC whatever stands beside them, and of no other space."""

_MARK_LINE = np.frombuffer(f"?\n{END_MARK}\n".encode(), np.uint8)
"""An end mark alone on its line, after any character."""

_HEADER = {"layout": pl.String(), "captured_date": pl.Date(), "site_label": pl.String(), "date_part": pl.Int64()}
_DATE_LINE = {"published_text": pl.String(), "published_date": pl.Date(), "source_label": pl.String()}
_DATELINE = {"dateline_place": pl.String(), "month": pl.Int64(), "day": pl.Int64(), "length": pl.Int64()}
_FOOTER = {"footer_site": pl.String(), "footer_calendar": pl.String(), "footer_date": pl.Date()}

_HAS_HEADER = pl.col("layout") != "C"

_TO_DATELINE_END = r"^([^)\n]{1,120}\)[^\w\n]{0,5})"
"""All that a dateline can be: up to the first bracket, and the dash after it."""

_nearest_date = lru_cache(maxsize=10_000)(grammar.nearest_date)

_Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class _Parts:
    """What stands between the empty lines of all pages of a batch, one after the other.

    Attributes:
        texts: the parts.
        starts: the byte at which each part would start if all stood in one text with their empty lines.
    """

    texts: pl.Series
    starts: _Numbers

    def at(self, numbers: pl.Series | _Numbers) -> pl.Series:
        """The parts of these numbers."""
        return self.texts[numbers]


def read_columns(pages: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Read the pages that have exactly the usual form; the others are missing from the result.

    Args:
        pages: one row per page with `page_sha256`, `content` (bytes), `byte_count` and `first_fetched_at`.

    Returns:
        The tables `page`, `article` and `sidebar_block` with the columns of `etl.parse.schema`.
    """
    usual, parts = _cut(pages)
    usual, blocks = _with_blocks(_with_texts(_with_end(_with_front(usual, parts), parts), parts), parts)
    return {
        "page": _page_rows(usual),
        "article": _article_rows(usual),
        "sidebar_block": _sidebar_rows(blocks),
    }


def _cut(pages: pl.DataFrame) -> tuple[pl.DataFrame, _Parts]:
    """The pages in UTF-8 with at most one heading, with the numbers of their first part and of the heading."""
    last = pl.col("text").str.tail(_LINE_ENDS)
    pages = (
        pages.select("page_sha256", "content", "byte_count", fetched_date=pl.col("first_fetched_at").dt.date())
        .with_columns(text=_decode(pages["content"]).rechunk())
        .with_columns(line_ends=(last.str.len_bytes() - last.str.strip_chars_end("\n").str.len_bytes()).cast(pl.Int64))
        .filter(pl.col("line_ends") < _LINE_ENDS)
    )
    if (pages["line_ends"] > 0).any():
        pages = pages.with_columns(pl.col("text").str.strip_chars_end("\n"))
    cut = pages["text"].str.split(_GAP)
    counts = cut.list.len().to_numpy().astype(np.int64)
    texts = cut.explode()
    starts = np.concatenate([[0], np.cumsum(texts.str.len_bytes().to_numpy() + np.int64(len(_GAP)))])
    first = np.cumsum(counts) - counts
    headings = texts.str.starts_with(_HEADING).arg_true().to_numpy()
    of_page = np.searchsorted(first, headings, side="right") - 1
    heading_count = np.bincount(of_page, minlength=len(counts))
    heading = np.full(len(counts), -1)
    heading[of_page] = headings - first[of_page]
    usual = pages.drop("text").with_columns(
        first=pl.Series(first), count=pl.Series(counts), heading=pl.Series(heading), heading_count=heading_count
    )
    return usual.filter((pl.col("count") >= _LEAST_PARTS) & (pl.col("heading_count") <= 1)), _Parts(texts, starts)


def _decode(contents: pl.Series) -> pl.Series:
    """Pages as text, null where a page is not in UTF-8; where one of many is not, both halves are tried."""
    try:
        return contents.cast(pl.String)
    except pl.exceptions.ComputeError:
        half = len(contents) // 2
        halves = [_decode(contents[:half]), _decode(contents[half:])] if half else [pl.Series([None], dtype=pl.String)]
        return pl.concat(halves)


def _with_front(pages: pl.DataFrame, parts: _Parts) -> pl.DataFrame:
    """Header, title and Date line, for pages on which they stand where they usually do and all dates are possible."""
    pages = pages.hstack(_read_distinct(parts.at(pages["first"]), _read_header, _HEADER)).filter(
        pl.col("layout").is_not_null()
    )
    date_part = pages["first"] + pages["date_part"]
    following = parts.at(date_part + 1)
    captured = pl.coalesce("captured_date", "fetched_date")
    checks = (
        pl.col("source_label") != "",
        pl.col("published_date") >= FIRST_DAY,
        (pl.col("published_date") - captured <= CAPTURE_TOLERANCE).fill_null(value=True),
        ~pl.col("title").str.starts_with("Date:"),
        ~pl.col("following").str.starts_with("Date:"),
    )
    return (
        pages.hstack(_read_distinct(parts.at(date_part), _read_date_line, _DATE_LINE))
        .with_columns(
            title=parts.at(date_part - 1),
            following=following,
            has_button=following == SHARE_BUTTON,
        )
        .filter(reduce(and_, checks))
        .with_columns(body_part=pl.col("date_part") + 1 + pl.col("has_button"))
        .drop("following")
    )


def _read_header(text: str) -> tuple[Any, ...] | None:
    """Layout, capture date, site label and number of the Date line's part, from the first part of a page."""
    first, line_end, second = text.partition("\n")
    if not line_end:  # a title, unless it looks like something else
        is_title = grammar.site_label(text) is None and not text.startswith(("Date:", "<")) and not _is_date(text)
        return ("C", None, None, 1) if is_title else None
    label = grammar.site_label(second)
    dates = grammar.doubled_date(first)
    day = dates[0] if dates else grammar.long_date(first)
    if not label or not day or (dates and dates[0] != dates[1]):
        return None
    return "A" if dates else "B", day, label, 2


def _is_date(text: str) -> bool:
    return grammar.long_date(text) is not None or grammar.doubled_date(text) is not None


def _read_date_line(text: str) -> tuple[Any, ...] | None:
    fields = grammar.date_line(text)
    if fields is None or fold(fields.source_label) != fields.source_label:
        return None
    return fields.published_text, grammar.day_first(fields.published_text), fields.source_label


def _with_end(pages: pl.DataFrame, parts: _Parts) -> pl.DataFrame:
    """Where the body ends: before a footer, and a sidebar of the page's source, newsletter lines or the page's end."""
    stop = pages["first"] + pages["count"]
    is_news = [reduce(or_, (pl.col(name).str.starts_with(line) for line in NEWSLETTER)) for name in _LAST_PARTS]
    block_parts = pl.col("count") - pl.col("heading") - 2
    is_whole_sidebar = (
        (pl.col("heading_text") == pl.format(f"{_HEADING} {{}}", "source_label"))
        & (pl.col("last") == TRAILER)
        & (block_parts % BLOCK_LINES == 0)
    )
    pages = (
        pages.lazy()
        .with_columns(
            *(parts.at(stop - back).alias(name) for back, name in enumerate(_LAST_PARTS, start=1)),
            heading_text=parts.at(pages["first"] + pages["heading"].clip(0)),
            has_sidebar=pl.col("heading") >= 0,
        )
        .filter(pl.when("has_sidebar").then(is_whole_sidebar).otherwise(~reduce(and_, is_news)))
        .with_columns(
            block_count=pl.when("has_sidebar").then(block_parts // BLOCK_LINES).otherwise(0),
            news_count=pl.when(pl.col("has_sidebar") | ~is_news[0]).then(0).when(is_news[1]).then(2).otherwise(1),
            sidebar_label=pl.when("has_sidebar").then("source_label"),
        )
        .with_columns(
            end_part=pl.when("has_sidebar").then("heading").otherwise(pl.col("count") - pl.col("news_count")),
            front_parts=pl.when("has_sidebar").then("heading").otherwise("count"),
        )
        .filter(pl.col("end_part") > pl.col("body_part"))
        .drop("heading_text", *_LAST_PARTS)
        .collect()
    )
    last = pl.col("footer_text")
    pages = pages.with_columns(footer_text=parts.at(pages["first"] + pages["end_part"] - 1)).with_columns(
        footer_text=pl.when(last.str.starts_with(_FOOTER_START)).then(last)
    )
    return (
        pages.hstack(_read_distinct(pages["footer_text"], grammar.footer, _FOOTER))
        .with_columns(paragraph_count=pl.col("end_part") - pl.col("body_part") - last.is_not_null())
        .filter((last.is_not_null() == pl.col("footer_site").is_not_null()) & (pl.col("paragraph_count") > 0))
    )


def _with_texts(pages: pl.DataFrame, parts: _Parts) -> pl.DataFrame:
    """Body and title, and both as they are compared, for pages on which nothing unusual stands before the sidebar."""
    first = pages["first"].to_numpy()
    body = first + pages["body_part"].to_numpy()
    page_start, body_start, body_end, end = (
        parts.starts[number]
        for number in (first, body, body + pages["paragraph_count"].to_numpy(), first + pages["front_parts"].to_numpy())
    )
    content = pl.col("content").bin
    pages = pages.with_columns(
        front=content.slice(0, pl.Series(end - page_start - len(_GAP))).cast(pl.String),
        body=content.slice(pl.Series(body_start - page_start), pl.Series(body_end - body_start - len(_GAP))).cast(
            pl.String
        ),
    )
    is_unusual, line_ends = _look_at(pages["front"])
    has_end = pl.col("has_sidebar") | (pl.col("news_count") > 0) | pl.col("footer_text").is_not_null()
    return (
        pages.filter(
            pl.Series(~is_unusual)
            & (pl.Series(line_ends) == 2 * (pl.col("front_parts") - 1) + _HAS_HEADER)  # every part is one line
            # the careful reader decides about a footer that is not the last paragraph
            & ~pl.col("body").str.starts_with(_FOOTER_START)
            & ~pl.col("body").str.contains(f"\n{_FOOTER_START}", literal=True)
        )
        .with_columns(has_end_mark=pl.col("body").str.ends_with(END_MARK))
        .filter(has_end | pl.col("has_end_mark"))
        .drop("front", "content")
        .pipe(_with_keys)
    )


def _look_at(texts: pl.Series) -> tuple[NDArray[np.bool_], _Numbers]:
    """Whether a text holds anything unusual, and how many line ends it has.

    All texts are looked at as one, and in it only at line ends and control characters; a search takes far longer.
    """
    data = np.frombuffer(_GAP.encode().join([b"", *texts.cast(pl.Binary).to_list(), b""]), np.uint8)
    found = np.flatnonzero(data < ord(" "))[1:-1]  # the outermost line ends are nobody's
    ends = np.cumsum(texts.str.len_bytes().to_numpy() + np.int64(len(_GAP)))
    text = np.searchsorted(ends, found + 1 - len(_GAP), side="right")
    around = data[np.minimum(found[:, None] + np.arange(-1, len(_MARK_LINE) - 1), len(data) - 1)]
    is_line_end = around[:, 1] == ord("\n")
    is_odd = (
        ~is_line_end
        | (around[:, [0, 2]] == ord(" ")).any(axis=1)
        | (around[:, :3] == ord("\n")).all(axis=1)
        | (around[:, 1:] == _MARK_LINE[1:]).all(axis=1)
    )
    is_unusual = np.bincount(text[is_odd], minlength=len(texts))[: len(texts)] > 0
    foreign = ((texts.str.len_bytes() != texts.str.len_chars()) | texts.str.contains("\x7f", literal=True)).arg_true()
    is_unusual[foreign.to_numpy()] |= texts[foreign].str.contains(_UNUSUAL).to_numpy()
    line_ends = np.bincount(text[is_line_end], minlength=len(texts))[: len(texts)] - len(_GAP)
    return is_unusual, line_ends


def _with_keys(pages: pl.DataFrame) -> pl.DataFrame:
    """The body without its end mark, the texts as they are compared, and the dateline.

    Texts are made anew, because those cut out of a page would keep the whole page in memory.
    """
    titles = pages["title"].to_list()
    bodies = pl.Series([grammar.without_mark(body) for body in pages["body"].to_list()], dtype=pl.String)
    labels = {label: source_key_of(label) for label in pages["source_label"].unique()}
    datelines = _read_distinct(bodies.str.extract(_TO_DATELINE_END), grammar.dateline, _DATELINE)
    columns = (datelines["month"], datelines["day"], pages["published_date"])
    days = zip(*(column.to_list() for column in columns), strict=True)
    return pages.with_columns(
        pl.Series("title", titles, pl.String),
        bodies.alias("body"),
        pl.Series("title_key", map(fold, titles), pl.String),
        _folded(bodies).alias("body_key"),
        pl.Series("source_key", [labels[label] for label in pages["source_label"].to_list()], pl.String),
        datelines["dateline_place"],
        pl.Series("dateline_date", [_nearest_date(*day) if day[0] else None for day in days], pl.Date),
    )


def _folded(texts: pl.Series) -> pl.Series:
    """What `fold` makes of texts in which nothing invisible is left; the usual ones need no more than a replacement."""
    usual = texts.str.len_bytes() == texts.str.len_chars()
    foreign = (~usual).arg_true()
    usual = usual.scatter(foreign, texts[foreign].str.contains(_COMPOSED)) & ~texts.str.contains("  ", literal=True)
    rest = (~usual).arg_true()
    return texts.str.replace_all(_GAP, " ", literal=True).scatter(rest, [fold(text) for text in texts[rest].to_list()])


def _with_blocks(pages: pl.DataFrame, parts: _Parts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The pages whose sidebar is nothing but whole blocks, and one row per block printed on them.

    Every distinct block of a source is read once.
    """
    counts = pages["block_count"].to_numpy()
    page = np.repeat(np.arange(pages.height), counts)
    number = np.arange(len(page)) - np.repeat(np.cumsum(counts) - counts, counts)
    part = pages["heading"].to_numpy()[page] + 1 + BLOCK_LINES * number
    at = pages["first"].to_numpy()[page] + part
    title, title_again, teaser, shown_text, teaser_again = (parts.at(at + line) for line in range(BLOCK_LINES))
    texts = pl.DataFrame(
        {"source_key": pages["source_key"].gather(page), "title": title, "shown_text": shown_text, "teaser": teaser}
    )
    first, block = _distinct(texts)
    distinct = _read_blocks(texts[first])
    is_whole = (title == title_again) & (teaser == teaser_again) & distinct["is_usual"][block]
    is_kept = np.bincount(page[~is_whole.to_numpy()], minlength=pages.height) == 0
    blocks = distinct.drop("is_usual")[block].with_columns(
        pages["page_sha256", "captured_date"][page],
        position=pl.Series(number + 1),
        line_number=pl.Series(2 * part + 1) + pages.select(_HAS_HEADER).to_series()[page],
    )
    return pages.filter(is_kept), blocks.filter(is_kept[page])


def _read_blocks(texts: pl.DataFrame) -> pl.DataFrame:
    """The fields of distinct sidebar blocks, and whether they are as regular as they must be."""
    is_unusual, line_ends = _look_at(pl.concat([texts["title"], texts["teaser"].alias("title")]))
    is_odd = (is_unusual | (line_ends > 0)).reshape(2, -1).any(axis=0)
    dates = _read_distinct(texts["shown_text"], lambda text: (grammar.long_date(text),), {"shown_date": pl.Date()})
    titles, teasers = texts["title"].to_list(), texts["teaser"].to_list()
    title_keys, teaser_keys = [fold(title) for title in titles], [fold(teaser) for teaser in teasers]
    sources, days = texts["source_key"].to_list(), dates["shown_date"].to_list()
    keys = map(sidebar_entry_key, sources, title_keys, days, teaser_keys)
    return (
        texts.select("source_key")
        .hstack(dates)
        .with_columns(
            pl.Series("sidebar_entry_id", keys, pl.String),
            pl.Series("title", titles, pl.String),
            pl.Series("teaser", teasers, pl.String),
            pl.Series("title_key", title_keys, pl.String),
            pl.Series("teaser_key", teaser_keys, pl.String),
            teaser_character_count=texts["teaser"].str.len_chars(),
            is_usual=pl.Series(~is_odd) & dates["shown_date"].is_not_null(),
        )
    )


def _read_distinct(
    texts: pl.Series, read: Callable[[str], tuple[Any, ...] | None], schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """What a function reads from each text, called once for each distinct one; nulls where it reads nothing."""
    first, number = _distinct(texts.to_frame())
    nothing = (None,) * len(schema)
    rows = [nothing if text is None else read(text) or nothing for text in texts[first].to_list()]
    return pl.DataFrame(rows, schema, orient="row")[number]


def _distinct(rows: pl.DataFrame) -> tuple[_Numbers, _Numbers]:
    """The numbers of the first rows of their kind, and for each row which of these it equals.

    Raises:
        ValueError: if two different rows have the same hash.
    """
    _, first, number = np.unique(rows.hash_rows().to_numpy(), return_index=True, return_inverse=True)
    if not rows.equals(rows[first[number]]):
        raise ValueError("two different texts have one hash")
    return first, number


def _page_rows(pages: pl.DataFrame) -> pl.DataFrame:
    """The rows of `page`."""
    counts: dict[str, int | pl.Expr] = {
        "capture_header": _HAS_HEADER,
        "site_line": _HAS_HEADER,
        "title": 1,
        "date_line": 1,
        "body": pl.col("paragraph_count"),
        "footer": pl.col("footer_text").is_not_null(),
        "sidebar_heading": pl.col("has_sidebar"),
        "sidebar_title": 2 * pl.col("block_count"),
        "sidebar_teaser": 2 * pl.col("block_count"),
        "sidebar_date": pl.col("block_count"),
        "share_button": pl.col("has_button"),
        "newsletter": pl.col("news_count"),
        "more_articles": pl.col("has_sidebar"),
    }
    roles = [_count(counts.get(role, 0)).alias(role) for role in ROLES]
    return _conform(
        pages.with_columns(
            outcome=pl.lit("load"),
            encoding=pl.lit("utf-8"),
            is_html=False,
            line_count=2 * pl.col("count") - 1 + _HAS_HEADER + (pl.col("line_ends") - 1).clip(0),
            nonblank_line_count=pl.sum_horizontal(roles),
            unexplained_line_count=0,
            line_roles=pl.struct(roles),
            sidebar_block_count="block_count",
            sidebar_incomplete_count=0,
            # without a heading no sidebar is looked for
            is_sidebar_cut=False,
        ),
        PAGE_SCHEMA,
    )


def _count(value: int | pl.Expr) -> pl.Expr:
    return (value if isinstance(value, pl.Expr) else pl.lit(value)).cast(pl.Int32)


def _article_rows(pages: pl.DataFrame) -> pl.DataFrame:
    """The rows of `article`."""
    body_keys = pages["body_key"].to_list()
    others = (pages[name].to_list() for name in ("source_key", "published_date", "title_key"))
    ids = map(article_version_key, *others, body_keys)
    return _conform(
        pages.with_columns(
            pl.Series("article_version_id", ids, pl.String),
            pl.Series("lead_key", [key[:LEAD_LENGTH] for key in body_keys], pl.String),
            # nothing invisible is left, so folding has put one space between any two words
            pl.Series("word_count", [key.count(" ") + 1 for key in body_keys], pl.Int32),
            is_garbled=pl.col("title").str.contains_any(GARBLED) | pl.col("body").str.contains_any(GARBLED),
            character_count=pl.col("body").str.len_chars(),
        ),
        ARTICLE_SCHEMA,
    )


def _sidebar_rows(blocks: pl.DataFrame) -> pl.DataFrame:
    """The rows of `sidebar_block`."""
    return _conform(blocks.with_columns(is_complete=True), SIDEBAR_SCHEMA)


def _conform(rows: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Exactly the columns of the schema; those that a regular page has nothing for are null."""
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name) for name, kind in schema.items()
    )
