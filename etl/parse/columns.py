"""Regular pages of layouts A, B and C, read as columns: many pages at once, each distinct text once.

Only pages whose every line has exactly the usual form are read here, and only if they load. Everything else is left
to the careful reader in `page`, which is the specification: both give the same rows for every page, and a test
compares them. A page is left alone at the slightest doubt, so nothing is decided here.

A page is cut before the heading of its sidebar, and both sides at their empty lines into parts; in a regular page the
number of a part says what it is. What many pages share (headers, Date lines, footers, sidebars and their blocks) is
read once for each distinct text, by the careful reader's own functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import and_, or_
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from etl.parse import grammar
from etl.parse.grammar import END_MARK, HEADING, NEWSLETTER, SHARE_BUTTON, TRAILER
from etl.parse.model import ROLES
from etl.parse.page import CAPTURE_TOLERANCE, FIRST_DAY
from etl.parse.schema import (
    ARTICLE_SCHEMA,
    GARBLED,
    LEAD_LENGTH,
    PAGE_SCHEMA,
    SIDEBAR_SCHEMA,
    article_version_keys,
    sidebar_entry_keys,
    source_key_of,
)
from etl.parse.sidebar import BLOCK_LINES
from etl.parse.text import fold

_GAP = "\n\n"
_FOOTER_START = "www."
_DECODED_PARTS = 16
_SIDEBAR_START = _GAP + HEADING
_PARTS_AROUND_BLOCKS = 2
"""The heading and the line after the last block."""
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

_DELETE = 0x7F
_MARK_LINE = np.frombuffer(f"{END_MARK}\n".encode(), np.uint8)
"""An end mark alone on its line."""

_HEADER = {"layout": pl.String(), "captured_date": pl.Date(), "site_label": pl.String(), "date_part": pl.Int64()}
_DATE_LINE = {"published_text": pl.String(), "published_date": pl.Date(), "source_label": pl.String()}
_DATELINE = {"dateline_place": pl.String(), "month": pl.Int64(), "day": pl.Int64(), "length": pl.Int64()}
_SOURCE = {"source_key": pl.String()}
_FOOTER = {
    "footer_text": pl.String(),
    "footer_site": pl.String(),
    "footer_calendar": pl.String(),
    "footer_date": pl.Date(),
}

_HAS_HEADER = pl.col("layout") != "C"

_TO_DATELINE_END = r"^([^)\n]{1,120}\)[^\w\n]{0,5})"
"""All that a dateline can be: up to the first bracket, and the dash after it."""

_nearest_date = lru_cache(maxsize=10_000)(grammar.nearest_date)

_Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class _Parts:
    """What stands between the empty lines of all pages of a batch, one after the other, up to their sidebars.

    Attributes:
        texts: the parts.
        starts: the byte at which each part would start if all stood in one text with their empty lines.
    """

    texts: pl.Series
    starts: _Numbers

    def at(self, numbers: pl.Series | _Numbers) -> pl.Series:
        """The parts of these numbers."""
        return self.texts[numbers]


class _Look(NamedTuple):
    """What was found in each of many texts.

    Attributes:
        is_unusual: whether it holds anything that the careful reader must see.
        line_ends: how many line ends it has.
        is_composed: whether it is made of nothing but `_COMPOSED`.
    """

    is_unusual: NDArray[np.bool_]
    line_ends: _Numbers
    is_composed: pl.Series


def read_columns(pages: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Read the pages that have exactly the usual form; the others are missing from the result.

    Args:
        pages: one row per page with `page_sha256`, `content` (bytes), `byte_count` and `first_fetched_at`.

    Returns:
        The tables `page`, `article` and `sidebar_block` with the columns of `etl.parse.schema`.
    """
    usual, parts = _cut(pages)
    usual, blocks = _with_blocks(_with_texts(_with_end(_with_front(usual, parts), parts), parts))
    return {
        "page": _page_rows(usual),
        "article": _article_rows(usual),
        "sidebar_block": _sidebar_rows(blocks),
    }


def _cut(pages: pl.DataFrame) -> tuple[pl.DataFrame, _Parts]:
    """The pages in UTF-8, cut before the heading of the sidebar, with the number of their first part."""
    text = pl.col("text").str
    last = text.tail(_LINE_ENDS).str
    size = text.len_bytes() - pl.col("line_ends")
    start = text.find(_SIDEBAR_START, literal=True)
    sidebar_start = start + len(_SIDEBAR_START)
    data = pl.col("text").cast(pl.Binary).bin
    pages = (
        pages.select("page_sha256", "byte_count", fetched_date=pl.col("first_fetched_at").dt.date())
        .with_columns(text=_decode(pages["content"]).rechunk())
        .with_columns(line_ends=last.len_bytes().cast(pl.Int64) - last.strip_chars_end("\n").str.len_bytes())
        .filter(pl.col("line_ends") < _LINE_ENDS)
        .with_columns(
            front=data.head(start.fill_null(size)).cast(pl.String),
            sidebar=data.slice(sidebar_start, size - sidebar_start).cast(pl.String),
        )
        .drop("text")
    )
    cut = pages["front"].str.split(_GAP)
    counts = cut.list.len().cast(pl.Int64)
    texts = cut.explode()
    starts = np.concatenate([[0], np.cumsum(texts.str.len_bytes().to_numpy() + np.int64(len(_GAP)))])
    pages = pages.with_columns(
        first=counts.cum_sum() - counts, front_count=counts, has_sidebar=pl.col("sidebar").is_not_null()
    )
    return pages, _Parts(texts, starts)


def _decode(contents: pl.Series) -> pl.Series:
    """Pages as text, null where a page is not in UTF-8; where one of many is not, parts of them are tried."""
    try:
        return contents.cast(pl.String)
    except pl.exceptions.ComputeError:
        if len(contents) == 1:
            return pl.Series([None], dtype=pl.String)
        size = -(-len(contents) // _DECODED_PARTS)
        return pl.concat(_decode(contents[first : first + size]) for first in range(0, len(contents), size))


def _with_front(pages: pl.DataFrame, parts: _Parts) -> pl.DataFrame:
    """Header, title and Date line, for pages on which they stand where they usually do and all dates are possible."""
    pages = pages.hstack(_read_distinct(parts.at(pages["first"]), _read_header, _HEADER)).filter(
        pl.col("layout").is_not_null()
    )
    has_body = pl.col("front_count") > pl.col("date_part") + 1
    pages = pages.filter(has_body & (pl.col("has_sidebar") | (pl.col("front_count") >= _LEAST_PARTS)))
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
        is_title = (
            grammar.site_label(text) is None and not text.startswith(("Date:", "<", HEADING)) and not _is_date(text)
        )
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
    """Where the body ends: before a footer, and a sidebar, newsletter lines or the page's end."""
    stop = pages["first"] + pages["front_count"]
    is_news = [reduce(or_, (pl.col(name).str.starts_with(line) for line in NEWSLETTER)) for name in _LAST_PARTS]
    pages = (
        pages.lazy()
        .with_columns(parts.at(stop - back).alias(name) for back, name in enumerate(_LAST_PARTS, start=1))
        .filter(pl.col("has_sidebar") | ~reduce(and_, is_news))
        .with_columns(
            news_count=pl.when(pl.col("has_sidebar") | ~is_news[0]).then(0).when(is_news[1]).then(2).otherwise(1),
        )
        .with_columns(end_part=pl.col("front_count") - pl.col("news_count"))
        .filter(pl.col("end_part") > pl.col("body_part"))
        .drop(_LAST_PARTS)
        .collect()
    )
    last = parts.at(pages["first"] + pages["end_part"] - 1)
    is_footer = last.str.starts_with(_FOOTER_START)
    return (
        pages.hstack(_read_distinct(pages.select(pl.when(is_footer).then(last)).to_series(), _read_footer, _FOOTER))
        .with_columns(paragraph_count=pl.col("end_part") - pl.col("body_part") - is_footer)
        .filter((is_footer == pl.col("footer_text").is_not_null()) & (pl.col("paragraph_count") > 0))
    )


def _read_footer(text: str) -> tuple[Any, ...] | None:
    fields = grammar.footer(text)
    return fields and (text, *fields)


def _with_texts(pages: pl.DataFrame, parts: _Parts) -> pl.DataFrame:
    """Body and title, and both as they are compared, for pages on which nothing unusual stands before the sidebar."""
    first = pages["first"].to_numpy()
    body = first + pages["body_part"].to_numpy()
    page_start, body_start, body_end = (
        parts.starts[number] for number in (first, body, body + pages["paragraph_count"].to_numpy())
    )
    offset, length = pl.Series(body_start - page_start), pl.Series(body_end - body_start - len(_GAP))
    pages = pages.with_columns(body=pl.col("front").cast(pl.Binary).bin.slice(offset, length).cast(pl.String))
    look = _look_at(pages["front"])
    has_end = pl.col("has_sidebar") | (pl.col("news_count") > 0) | pl.col("footer_text").is_not_null()
    return (
        pages.with_columns(look.is_composed.alias("is_composed"))
        .filter(
            pl.Series(~look.is_unusual)
            & (pl.Series(look.line_ends) == 2 * (pl.col("front_count") - 1) + _HAS_HEADER)  # every part is one line
            # the careful reader decides about a footer that is not the last paragraph
            & ~pl.col("body").str.starts_with(_FOOTER_START)
            & ~pl.col("body").str.contains(f"\n{_FOOTER_START}", literal=True)
        )
        .with_columns(has_end_mark=pl.col("body").str.ends_with(END_MARK))
        .filter(has_end | pl.col("has_end_mark"))
        .drop("front")
        .pipe(_with_keys)
    )


def _look_at(texts: pl.Series) -> _Look:
    """Look at all texts as one, and in it only at line ends and control characters; a search takes far longer."""
    data, stops = _joined(pl.concat([pl.Series([""]), texts]) + _GAP)
    control = np.flatnonzero((data < ord(" ")) | (data == _DELETE))[1:-1]  # the outermost line ends are nobody's
    is_line_end = data[control] == ord("\n")
    ends, others = control[is_line_end], control[~is_line_end]
    before, after = data[ends - 1], data[ends + 1]
    is_odd = (before == ord(" ")) | (after == ord(" ")) | ((before == ord("\n")) & (after == ord("\n")))
    marks = ends[after == _MARK_LINE[0]]
    following = np.minimum(marks[:, None] + np.arange(1, 1 + len(_MARK_LINE)), len(data) - 1)
    is_mark = (data[following] == _MARK_LINE).all(axis=1)
    odd = np.concatenate([others, ends[is_odd], marks[is_mark]])
    is_unusual = np.zeros(len(texts), dtype=bool)
    is_unusual[np.searchsorted(stops[1:], odd + 1, side="right")] = True
    is_composed = texts.str.len_bytes() == texts.str.len_chars()
    foreign = (~is_composed).arg_true()
    is_composed = is_composed.scatter(foreign, texts[foreign].str.contains(_COMPOSED))
    rest = (~is_composed).arg_true()
    is_unusual[rest.to_numpy()] |= texts[rest].str.contains(_UNUSUAL).to_numpy()
    return _Look(is_unusual, np.diff(np.searchsorted(ends, stops - 1)) - len(_GAP), is_composed)


def _joined(texts: pl.Series) -> tuple[NDArray[np.uint8], _Numbers]:
    """The bytes of all texts in one piece, and where each text ends in it."""
    _, offsets, data = texts.to_arrow().buffers()
    return np.frombuffer(data or b"", np.uint8), np.frombuffer(offsets, np.int64)[1:]


def _with_keys(pages: pl.DataFrame) -> pl.DataFrame:
    """The body without its end mark, the texts as they are compared, and the dateline."""
    body = pl.col("body")
    pages = pages.with_columns(
        # nothing that only Python takes for white space is left
        pl.when("has_end_mark").then(body.str.strip_suffix(END_MARK).str.strip_chars_end()).otherwise(body)
    ).with_columns(_own(pages["title"]))
    pages = pages.with_columns(_own(pages["body"]))
    is_composed = pages["is_composed"]
    datelines = _read_distinct(pages["body"].str.extract(_TO_DATELINE_END), grammar.dateline, _DATELINE)
    columns = (datelines["month"], datelines["day"], pages["published_date"])
    days = zip(*(column.to_list() for column in columns), strict=True)
    return pages.with_columns(
        _folded(pages["title"], is_composed).alias("title_key"),
        _folded(pages["body"], is_composed).alias("body_key"),
        _read_distinct(pages["source_label"], lambda label: (source_key_of(label),), _SOURCE)["source_key"],
        datelines["dateline_place"],
        pl.Series("dateline_date", [_nearest_date(*day) if day[0] else None for day in days], pl.Date),
    )


def _own(texts: pl.Series) -> pl.Series:
    """The texts in memory of their own: those cut out of a page would keep the whole page."""
    return pl.Series(texts.name, texts.to_arrow())


def _folded(texts: pl.Series, is_composed: pl.Series) -> pl.Series:
    """What `fold` makes of texts in which nothing invisible is left; the usual ones need no more than a replacement."""
    rest = (~is_composed | texts.str.contains("  ", literal=True)).arg_true()
    return texts.str.replace_all(_GAP, " ", literal=True).scatter(rest, [fold(text) for text in texts[rest].to_list()])


def _with_blocks(pages: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The pages whose sidebar is nothing but whole blocks, and one row per block printed on them.

    Every distinct sidebar of a source is taken apart once, and of its blocks every distinct one is read once.
    """
    first, number = _distinct(pages.select("sidebar", "source_label"))
    sidebars, blocks = _read_sidebars(pages.select("has_sidebar", "sidebar", "source_label", "source_key")[first])
    pages = pages.drop("sidebar").hstack(sidebars[number]).filter("is_whole")
    page, number = _numbered(pages["block_count"])
    front_lines = 2 * pages["front_count"] + pages.select(_HAS_HEADER).to_series()
    rows = blocks[pages["first_block"].to_numpy()[page] + number].with_columns(
        pages["page_sha256", "captured_date"][page],
        position=pl.Series(number + 1),
        line_number=front_lines[page] + 2 * BLOCK_LINES * number + 3,
    )
    return pages, rows


def _read_sidebars(sidebars: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Whether each sidebar is whole, its number of blocks, their first and of entries; and all of these blocks.

    A sidebar is what follows the first words of its heading; a page without one has a whole one of no blocks.
    """
    parts = pl.col("parts").list
    is_formed = (
        (parts.first() == " " + pl.col("source_label"))
        & (parts.last() == TRAILER)
        & (parts.len() % BLOCK_LINES == _PARTS_AROUND_BLOCKS)
    )
    sidebars = (
        sidebars.with_columns(parts=pl.col("sidebar").str.split(_GAP))
        .with_columns(is_formed=is_formed.fill_null(value=False))
        .with_columns(block_count=pl.when("is_formed").then(parts.len().cast(pl.Int64) // BLOCK_LINES).otherwise(0))
    )
    sidebar, _ = _numbered(sidebars["block_count"])
    lines = (
        sidebars.filter(pl.col("block_count") > 0)
        .select(parts.slice(1, BLOCK_LINES * pl.col("block_count")).explode())
        .to_series()
    )
    title, title_again, teaser, shown_text, teaser_again = (
        lines.gather_every(BLOCK_LINES, line) for line in range(BLOCK_LINES)
    )
    texts = pl.DataFrame(
        {"source_key": sidebars["source_key"][sidebar], "title": title, "shown_text": shown_text, "teaser": teaser}
    )
    first, block = _distinct(texts)
    distinct = _read_blocks(texts[first])
    _, entry = _distinct(distinct.select("sidebar_entry_id"))
    blocks = distinct[block]
    is_odd = (title != title_again) | (teaser != teaser_again) | ~blocks["is_usual"]
    is_odd_sidebar = np.bincount(sidebar[is_odd.to_numpy()], minlength=sidebars.height) > 0
    return (
        sidebars.select(
            "block_count",
            first_block=pl.col("block_count").cum_sum() - pl.col("block_count"),
            entry_count=_count_distinct(sidebar, entry[block], sidebars.height),
            is_whole=~pl.col("has_sidebar") | (pl.col("is_formed") & ~pl.Series(is_odd_sidebar)),
        ),
        blocks.drop("is_usual"),
    )


def _count_distinct(owners: _Numbers, things: _Numbers, owner_count: int) -> pl.Series:
    """How many distinct things each of so many owners has."""
    width = things.max(initial=0) + 1
    pairs = np.sort(owners * width + things)
    is_new = np.diff(pairs, prepend=-1) != 0
    return pl.Series(np.bincount(pairs[is_new] // width, minlength=owner_count))


def _numbered(counts: pl.Series) -> tuple[_Numbers, _Numbers]:
    """For each of so many things of each owner: the number of the owner, and its own number among the owner's."""
    numbers = counts.to_numpy()
    owner = np.repeat(np.arange(len(numbers)), numbers)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(numbers) - numbers, numbers)


def _read_blocks(texts: pl.DataFrame) -> pl.DataFrame:
    """The fields of distinct sidebar blocks, and whether they are as regular as they must be."""
    titles, teasers = _own(texts["title"]), _own(texts["teaser"])
    is_usual, keys = [], []
    for column in (titles, teasers):
        look = _look_at(column)
        is_usual.append(pl.Series(~look.is_unusual & (look.line_ends == 0)) & ~column.str.starts_with(HEADING))
        keys.append(_folded(column, look.is_composed))
    dates = _read_distinct(texts["shown_text"], lambda text: (grammar.long_date(text),), {"shown_date": pl.Date()})
    rows = (
        texts.select("source_key")
        .hstack(dates)
        .with_columns(
            titles,
            teasers,
            title_key=keys[0],
            teaser_key=keys[1],
            teaser_character_count=teasers.str.len_chars(),
            is_usual=is_usual[0] & is_usual[1] & dates["shown_date"].is_not_null(),
        )
    )
    return rows.with_columns(sidebar_entry_id=sidebar_entry_keys(rows))


def _read_distinct(
    texts: pl.Series, read: Callable[[str], tuple[Any, ...] | None], schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """What a function reads from each text, called once for each distinct one; nulls where it reads nothing."""
    first, number = _distinct(texts.to_frame())
    nothing = (None,) * len(schema)
    rows = [nothing if text is None else read(text) or nothing for text in texts[first].to_list()]
    return pl.DataFrame(rows, schema, orient="row")[number]


def _distinct(rows: pl.DataFrame) -> tuple[_Numbers, _Numbers]:
    """The numbers of one row of each kind, and for each row which of these it equals.

    Raises:
        ValueError: if two different rows have the same hash.
    """
    hashes = rows.hash_rows().to_numpy()
    order = np.argsort(hashes)
    is_new = np.diff(hashes[order], prepend=~hashes[order[:1]]) != 0
    number = np.empty(len(hashes), np.int64)
    number[order] = np.cumsum(is_new) - 1
    one = order[is_new]
    if not rows.equals(rows[one[number]]):
        raise ValueError("two different texts have one hash")
    return one, number


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
    sidebar_parts = _PARTS_AROUND_BLOCKS + BLOCK_LINES * pl.col("block_count")
    part_count = pl.col("front_count") + pl.when("has_sidebar").then(sidebar_parts).otherwise(0)
    return _conform(
        pages.with_columns(
            outcome=pl.lit("load"),
            encoding=pl.lit("utf-8"),
            is_html=False,
            line_count=2 * part_count - 1 + _HAS_HEADER + (pl.col("line_ends") - 1).clip(0),
            nonblank_line_count=pl.sum_horizontal(roles),
            unexplained_line_count=0,
            line_roles=pl.struct(roles),
            sidebar_label=pl.when("has_sidebar").then("source_label"),
            sidebar_block_count="block_count",
            sidebar_entry_count="entry_count",
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
    is_garbled = (pl.col(name).str.contains_any(GARBLED) for name in ("title", "body"))
    return _conform(
        pages.with_columns(
            _own(pages["body_key"].str.head(LEAD_LENGTH).alias("lead_key")),
            article_version_id=article_version_keys(pages),
            # nothing invisible is left, so folding has put one space between any two words
            word_count=_count_spaces(pages["body_key"] + " "),
            is_garbled=reduce(or_, is_garbled),
            character_count=pl.col("body").str.len_chars(),
        ),
        ARTICLE_SCHEMA,
    )


def _count_spaces(texts: pl.Series) -> pl.Series:
    """How many spaces each text has; none of the texts is empty."""
    data, stops = _joined(texts)
    return pl.Series(np.add.reduceat(data == ord(" "), np.append(0, stops)[:-1], dtype=np.uint32))


def _sidebar_rows(blocks: pl.DataFrame) -> pl.DataFrame:
    """The rows of `sidebar_block`."""
    return _conform(blocks.with_columns(is_complete=True), SIDEBAR_SCHEMA)


def _conform(rows: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Exactly the columns of the schema; those that a regular page has nothing for are null."""
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name) for name, kind in schema.items()
    )
