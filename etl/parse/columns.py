"""Regular pages of layouts A and B, read as columns: many pages at once, each distinct sidebar block once.

Only pages whose every line has exactly the usual form are read here, and only if they load. Everything else is left
to the careful reader in `page`, which is the specification: both give the same rows for every page, and a test
compares them. A page is left alone at the slightest doubt, so nothing is decided here.
"""

from __future__ import annotations

from functools import reduce
from operator import and_

import polars as pl

from etl.parse.grammar import (
    END_MARK,
    FOREIGN_AGENCY_NAMES,
    JUCHE_OFFSET,
    MONTH_NUMBER,
    NEWSLETTER,
    SHARE_BUTTON,
    TRAILER,
)
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
from etl.parse.text import fold

_DATE = r"[A-Z][a-z]{2,8} [0-9]{1,2}, [0-9]{4}"
_FRONT = (
    rf"^(?P<header>{_DATE})(?P<header_again>{_DATE})?\n"
    r"KCNA (?P<site_label>[^\n]+)\n\n"
    r"(?P<title>[^\n]+)\n\n"
    r"Date:(?P<published_text>[^|\n]*)\|\s*Source:(?P<source_label>[^\n]*)$"
)
_FOOTER = (
    r"\n\n(?P<footer_text>(?P<footer_site>www\.[^\s()]{1,100})\s*"
    r"\((?:Juche ?(?P<juche>[0-9]{1,3})|(?P<gregorian>[0-9]{4}))\. ?(?P<month>[0-9]{1,2})\. ?(?P<day>[0-9]{1,2})\.?\))$"
)
_FOOTER_LENGTH = 160
"""Characters at the end of a text that can hold a footer."""
_DATELINE = (
    r"^(?P<place>[A-Z][^,()0-9\n]{0,59}), (?P<month>[A-Z][a-z]{2,8})\.? (?P<day>[0-9]{1,2}) "
    r"\(KCNA\)\s{0,3}(?:--|[-\x{2013}\x{2014}])"
)
_DATELINE_LENGTH = 120
"""Characters at the beginning of a text that can hold a dateline."""
_LONG_DATE = r"^(?P<month>[A-Z][a-z]{2,8}) (?P<day>[0-9]{1,2}), (?P<year>[0-9]{4})$"

_UNUSUAL = (
    r"[\p{Cf}\p{Cc}&&[^\n]]|[\x{2028}\x{2029}]"  # invisible characters and other line ends
    r"|(?m:^[^\S\n]|[^\S\n]$)"  # white space around lines
)
"""What sends a page to the careful reader wherever it stands."""

_OTHER_PARTS = ["\n\n\n", "\n-0-\n", f"\n{SHARE_BUTTON}\n", *(f"\n{line}" for line in NEWSLETTER)]
"""Parts of other layouts, and empty lines that a regular page does not have."""

_HEADING = "\n\nMore From "
_DATE_LINE_END = "| Read original version at source\n\n"
_END = f"\n\n{TRAILER}"
_BLOCK_PARTS = ("title", "title_again", "teaser", "shown_text", "teaser_again")


def read_columns(pages: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Read the pages that have exactly the usual form; the others are missing from the result.

    Args:
        pages: one row per page with `page_sha256`, `content` (bytes) and `byte_count`.

    Returns:
        The tables `page`, `article` and `sidebar_block` with the columns of `etl.parse.schema`.
    """
    usual = _with_keys(_with_dates(_split(_halves(pages))))
    blocks = _blocks(usual)
    usual = usual.join(_whole_sidebars(blocks), on="page_sha256")
    blocks = blocks.join(usual.select("page_sha256", "captured_date", "source_key", "first_line"), on="page_sha256")
    return {
        "page": _page_rows(usual),
        "article": _article_rows(usual),
        "sidebar_block": _sidebar_rows(blocks),
    }


def _halves(pages: pl.DataFrame) -> pl.DataFrame:
    """What stands before and after the sidebar's heading, for pages in UTF-8 with one heading and a trailer."""
    head = pl.col("head").str
    halves = [_half(content) for content in pages["content"]]
    schema = {"head": pl.String, "rest": pl.String, "last_line_ends": pl.Int32}
    return (
        pages.select("page_sha256", "byte_count")
        .hstack(pl.DataFrame(halves, schema=schema, orient="row"))
        .lazy()
        .filter(
            pl.col("head").is_not_null()
            & (head.count_matches("\nDate:", literal=True) == 1)
            & ~head.contains(_UNUSUAL)
            & ~head.contains_any(_OTHER_PARTS)
            & ~head.ends_with("\n")
            & ~head.ends_with(f"\n{END_MARK}")
        )
        .collect()
    )


def _half(content: bytes) -> tuple[str | None, str | None, int]:
    """The text before the heading, the text after it up to the trailer, and the number of line ends at the end.

    Nothing for a page of another form. Python does this faster than expressions, which would copy each page more often.
    """
    try:
        page = content.decode("utf-8")
    except UnicodeDecodeError:
        return None, None, 0
    text = page.rstrip("\n")
    head, _, rest = text.removesuffix(_END).partition(_HEADING)
    if not rest or not text.endswith(_END) or "\nMore From" in head or "\nMore From" in rest:
        return None, None, 0
    return head, rest, len(page) - len(text)


def _split(pages: pl.DataFrame) -> pl.DataFrame:
    """The parts of each page, as text: header, title, Date line, body, footer, sidebar."""
    line_ends = pl.col("text").str.count_matches("\n", literal=True)
    empty_lines = pl.col("text").str.count_matches("\n\n", literal=True)
    label = pl.col("rest").str.splitn("\n\n", 2).struct.field("field_0")
    return (
        pages.lazy()
        .with_columns(
            pl.col("head").str.splitn(_DATE_LINE_END, 2).struct.rename_fields(["front", "text"]).alias("h"),
            sidebar_label=label,
            first_line=pl.col("head").str.count_matches("\n", literal=True) + 5,
        )
        .unnest("h")
        .with_columns(pl.col("front").str.extract_groups(_FRONT).alias("f"))
        .unnest("f")
        .with_columns(pl.col("site_label", "published_text", "source_label").str.strip_chars())
        .filter(
            (pl.col("text").str.len_bytes() > 0)
            & pl.col("header").is_not_null()
            & (line_ends == 2 * empty_lines)  # every paragraph is one line
            & (pl.col("sidebar_label") == pl.col("source_label"))
            & ~pl.col("source_label").str.contains(r"\s\s|^$")
        )
        .with_columns(
            sidebar=pl.col("rest").str.slice(pl.col("sidebar_label").str.len_chars() + 2),
            footer=pl.col("text").str.tail(_FOOTER_LENGTH).str.extract_groups(_FOOTER),
        )
        .with_columns(footer_text=pl.col("footer").struct.field("footer_text"))
        .with_columns(has_footer=pl.col("footer_text").is_not_null())
        .with_columns(
            body=pl.when("has_footer")
            .then(pl.col("text").str.strip_suffix("\n\n" + pl.col("footer_text")))
            .otherwise("text")
        )
        # the careful reader decides about a footer that is not the last paragraph
        .filter(~pl.col("body").str.contains("\nwww.", literal=True) & ~pl.col("body").str.starts_with("www."))
        # and about datelines in other languages
        .filter(
            ~pl.col("body")
            .str.head(_DATELINE_LENGTH)
            .str.contains_any(list(FOREIGN_AGENCY_NAMES), ascii_case_insensitive=True)
        )
        .drop("head", "front", "rest", "text")
        .collect()
    )


def _with_dates(pages: pl.DataFrame) -> pl.DataFrame:
    """All dates, for pages on which every date is real and the published one is possible."""
    footer = pl.col("footer").struct
    year = pl.coalesce(footer.field("juche").cast(pl.Int32) + JUCHE_OFFSET, footer.field("gregorian").cast(pl.Int32))
    published = pl.col("published_text").str.extract_groups(r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})$").struct
    dateline = pl.col("dateline").struct
    checks = (
        pl.col("captured_date").is_not_null(),
        pl.col("header_again").is_null() | (pl.col("captured_date") == pl.col("captured_again")),
        pl.col("published_date") >= FIRST_DAY,
        pl.col("published_date") - pl.col("captured_date") <= CAPTURE_TOLERANCE,
        pl.col("has_footer").not_() | pl.col("footer_date").is_not_null(),
    )
    return (
        pages.lazy()
        .with_columns(
            captured_date=_long_date("header"),
            captured_again=_long_date("header_again"),
            published_date=_date(published.field("3"), published.field("2"), published.field("1")),
            footer_date=_date(year, footer.field("month"), footer.field("day")),
            footer_calendar=pl.when(footer.field("juche").is_not_null())
            .then(pl.lit("juche"))
            .when("has_footer")
            .then(pl.lit("gregorian")),
            footer_site=footer.field("footer_site"),
            dateline=pl.col("body").str.head(_DATELINE_LENGTH).str.extract_groups(_DATELINE),
        )
        .filter(reduce(and_, checks))
        .with_columns(dateline_month=dateline.field("month").replace_strict(MONTH_NUMBER, default=None))
        .with_columns(
            dateline_place=pl.when(pl.col("dateline_month").is_not_null()).then(
                dateline.field("place").str.strip_chars()
            ),
            dateline_date=_nearest(pl.col("dateline_month"), dateline.field("day"), pl.col("published_date")),
        )
        .drop("footer", "dateline", "captured_again")
        .collect()
    )


def _date(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The date, null where there is no such day; Polars knows a year 0, which Python and the calendar do not."""
    number = year.cast(pl.Int32)
    text = pl.format("{}-{}-{}", number, month.cast(pl.Int32), day.cast(pl.Int32))
    return pl.when(number >= 1).then(text.str.to_date("%Y-%m-%d", strict=False))


def _long_date(column: str) -> pl.Expr:
    parts = pl.col(column).str.extract_groups(_LONG_DATE).struct
    month = parts.field("month").replace_strict(MONTH_NUMBER, default=None)
    return _date(parts.field("year"), month, parts.field("day"))


def _nearest(month: pl.Expr, day: pl.Expr, near: pl.Expr) -> pl.Expr:
    """The day of that month and day nearest to a date; of two equally near ones the earlier."""
    candidates = [_date(near.dt.year() + offset, month, day) for offset in (-1, 0, 1)]
    distances = [(candidate - near).dt.total_days().abs() for candidate in candidates]
    least = pl.min_horizontal(distances)
    return pl.coalesce(
        [pl.when(distance == least).then(candidate) for candidate, distance in zip(candidates, distances, strict=True)]
    )


def _blocks(pages: pl.DataFrame) -> pl.DataFrame:
    """One row per printed sidebar block; what costs time is done once for each distinct block."""
    lines = pl.col("lines").list
    printed = (
        pages.lazy()
        .select("page_sha256", lines=pl.col("sidebar").str.split("\n\n"))
        .filter(lines.len() % len(_BLOCK_PARTS) == 0)
        .select(
            "page_sha256",
            *(lines.gather_every(len(_BLOCK_PARTS), offset).alias(part) for offset, part in enumerate(_BLOCK_PARTS)),
        )
        .explode(_BLOCK_PARTS)
        .with_columns(
            position=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("page_sha256"),
            is_doubled=(pl.col("title") == pl.col("title_again")) & (pl.col("teaser") == pl.col("teaser_again")),
        )
        .drop("title_again", "teaser_again")
        .collect()
    )
    identity = ["title", "shown_text", "teaser"]
    usual = (~pl.col(name).str.contains(_UNUSUAL + r"|^$|\n") for name in ("title", "teaser"))
    distinct = (
        printed.select(identity)
        .unique(maintain_order=True)
        .with_row_index("block_id")
        .with_columns(
            shown_date=_long_date("shown_text"),
            title_key=pl.col("title").map_elements(fold, pl.String),
            teaser_key=pl.col("teaser").map_elements(fold, pl.String),
        )
        .with_columns(is_usual=reduce(and_, usual) & pl.col("shown_date").is_not_null())
    )
    return printed.join(distinct, on=identity, maintain_order="left")


def _whole_sidebars(blocks: pl.DataFrame) -> pl.DataFrame:
    """Pages whose sidebar is nothing but whole blocks, with their number."""
    return (
        blocks.group_by("page_sha256")
        .agg(block_count=pl.len().cast(pl.Int32), whole=(pl.col("is_doubled") & pl.col("is_usual")).all())
        .filter("whole")
        .drop("whole")
    )


def _with_keys(pages: pl.DataFrame) -> pl.DataFrame:
    """The body without its end mark, and the texts as they are compared."""
    has_mark = pl.col("body").str.ends_with(END_MARK)
    body = pl.when(has_mark).then(pl.col("body").str.strip_suffix(END_MARK).str.strip_chars_end()).otherwise("body")
    pages = pages.with_columns(body=body, has_end_mark=has_mark)
    labels = {label: source_key_of(label) for label in pages["source_label"].unique()}
    return pages.with_columns(
        paragraph_count=(pl.col("body").str.count_matches("\n\n", literal=True) + 1).cast(pl.Int32),
        source_key=pl.Series([labels[label] for label in pages["source_label"]], dtype=pl.String),
        title_key=pl.Series([fold(title) for title in pages["title"]], dtype=pl.String),
        body_key=pl.Series([_fold_body(text) for text in pages["body"]], dtype=pl.String),
    )


def _fold_body(text: str) -> str:
    """What `fold` makes of a text in which nothing invisible is left; the usual case takes one pass."""
    return text.replace("\n\n", " ") if text.isascii() and "  " not in text else fold(text)


def _page_rows(pages: pl.DataFrame) -> pl.DataFrame:
    """The rows of `page`."""
    counts: dict[str, int | pl.Expr] = {
        "capture_header": 1,
        "site_line": 1,
        "title": 1,
        "date_line": 1,
        "body": pl.col("paragraph_count"),
        "footer": pl.col("has_footer"),
        "sidebar_heading": 1,
        "sidebar_title": 2 * pl.col("block_count"),
        "sidebar_teaser": 2 * pl.col("block_count"),
        "sidebar_date": pl.col("block_count"),
        "more_articles": 1,
    }
    roles = [_count(counts.get(role, 0)).alias(role) for role in ROLES]
    return _conform(
        pages.with_columns(
            outcome=pl.lit("load"),
            layout=pl.when(pl.col("header_again").is_null()).then(pl.lit("B")).otherwise(pl.lit("A")),
            encoding=pl.lit("utf-8"),
            is_html=False,
            # five lines to a block, and the empty ones between them; then the trailer
            line_count=pl.col("first_line").cast(pl.Int32)
            + 10 * pl.col("block_count")
            + (pl.col("last_line_ends") - 1).clip(0),
            nonblank_line_count=pl.sum_horizontal(roles),
            unexplained_line_count=0,
            line_roles=pl.struct(roles),
            sidebar_block_count="block_count",
            sidebar_incomplete_count=0,
            is_sidebar_cut=False,
        ),
        PAGE_SCHEMA,
    )


def _count(value: int | pl.Expr) -> pl.Expr:
    return (value if isinstance(value, pl.Expr) else pl.lit(value)).cast(pl.Int32)


def _article_rows(pages: pl.DataFrame) -> pl.DataFrame:
    """The rows of `article`."""
    named = pages.select("source_key", "published_date", "title_key", "body_key").iter_rows()
    return _conform(
        pages.with_columns(
            article_version_id=pl.Series([article_version_key(*row) for row in named], dtype=pl.String),
            is_garbled=pl.col("title").str.contains_any(GARBLED) | pl.col("body").str.contains_any(GARBLED),
            lead_key=pl.col("body_key").str.slice(0, LEAD_LENGTH),
            # nothing invisible is left, so folding has put one space between any two words
            word_count=pl.col("body_key").str.count_matches(" ", literal=True) + 1,
            character_count=pl.col("body").str.len_chars(),
        ),
        ARTICLE_SCHEMA,
    )


def _sidebar_rows(blocks: pl.DataFrame) -> pl.DataFrame:
    """The rows of `sidebar_block`; each distinct block of a source gets its key once."""
    texts = ["source_key", "title_key", "shown_date", "teaser_key"]
    distinct = blocks.unique(["block_id", "source_key"], maintain_order=True).select("block_id", *texts)
    keys = [sidebar_entry_key(*row) for row in distinct.select(texts).iter_rows()]
    keyed = distinct.select("block_id", "source_key", pl.Series("sidebar_entry_id", keys, dtype=pl.String))
    return _conform(
        blocks.join(keyed, on=["block_id", "source_key"], maintain_order="left").with_columns(
            # five lines and the empty ones between them
            line_number=pl.col("first_line").cast(pl.Int32) + 10 * (pl.col("position") - 1),
            is_complete=True,
            teaser_character_count=pl.col("teaser").str.len_chars(),
        ),
        SIDEBAR_SCHEMA,
    )


def _conform(rows: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Exactly the columns of the schema; those that a regular page has nothing for are null."""
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name) for name, kind in schema.items()
    )
