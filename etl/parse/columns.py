"""Regular pages of layouts A and B, read as columns: many pages at once, each distinct sidebar block once.

Only pages whose every line has exactly the usual form are read here, and only if they load. Everything else is left
to the careful reader in `page`, which is the specification: both give the same rows for every page, and a test
compares them. A page is left alone at the slightest doubt, so nothing is decided here.
"""

from __future__ import annotations

from functools import reduce
from operator import and_

import polars as pl

from etl.parse.grammar import JUCHE_OFFSET, MONTH_NUMBER, NEWSLETTER, SHARE_BUTTON, TRAILER
from etl.parse.model import ROLES
from etl.parse.page import CAPTURE_TOLERANCE, FIRST_DAY
from etl.parse.schema import (
    ARTICLE_SCHEMA,
    LEAD_LENGTH,
    PAGE_SCHEMA,
    SIDEBAR_SCHEMA,
    article_version_key,
    sidebar_entry_key,
    source_key_of,
)

_DATE = r"[A-Z][a-z]{2,8} [0-9]{1,2}, [0-9]{4}"
_HEAD = (
    rf"^(?P<header>{_DATE})(?P<header_again>{_DATE})?\n"
    r"KCNA (?P<site_label>[^\n]+)\n\n"
    r"(?P<title>[^\n]+)\n\n"
    r"Date:(?P<published_text>[^|\n]*)\|\s*Source:(?P<source_label>[^\n]*)\|\s*Read original version at source\n\n"
    r"(?P<text>(?s:.+))$"
)
_FOOTER = (
    r"^(?P<body>(?s:.+))\n\n"
    r"(?P<footer_text>(?P<footer_site>www\.[^\s()]{1,100})\s*"
    r"\((?:Juche ?(?P<juche>[0-9]{1,3})|(?P<gregorian>[0-9]{4}))\. ?(?P<month>[0-9]{1,2})\. ?(?P<day>[0-9]{1,2})\.?\))$"
)
_DATELINE = (
    r"^(?P<place>[^\W\d_][^,()\d\n]{0,59}), (?P<month>[A-Z][a-z]{2,8})\.? (?P<day>[0-9]{1,2}) "
    r"\(KCNA\)\s*(?:--|[-\x{2013}\x{2014}])"
)
_LONG_DATE = r"^(?P<month>[A-Z][a-z]{2,8}) (?P<day>[0-9]{1,2}), (?P<year>[0-9]{4})$"
_BLOCK = rf"[^\n]+\n\n[^\n]+\n\n[^\n]+\n\n{_DATE}\n\n[^\n]+"
_BLOCK_PARTS = ("title", "title_again", "teaser", "shown_text", "teaser_again")

_UNUSUAL = (
    r"[\p{Cf}\p{Cc}&&[^\n]]|[\x{2028}\x{2029}]"  # invisible characters and other line ends
    r"|(?m:^[^\S\n]|[^\S\n]$)|\n\n\n"  # white space around lines, more than one empty line
    rf"|(?m:^(?:{SHARE_BUTTON}$|{'|'.join(NEWSLETTER)}|-0-$))"  # parts of other layouts
)
"""What sends a page to the careful reader wherever it stands."""

_HEADING = "\n\nMore From "
_END = f"\n\n{TRAILER}"


def read_columns(pages: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Read the pages that have exactly the usual form; the others are missing from the result.

    Args:
        pages: one row per page with `page_sha256`, `content` (bytes) and `byte_count`.

    Returns:
        The tables `page`, `article` and `sidebar_block` with the columns of `etl.parse.schema`.
    """
    usual = _with_texts(_with_dates(_split(_usual_texts(pages))))
    blocks = _blocks(usual)
    usual = usual.join(_whole_sidebars(usual, blocks), on="page_sha256")
    blocks = blocks.join(usual.select("page_sha256", "captured_date", "source_key", "first_line"), on="page_sha256")
    return {
        "page": _page_rows(usual),
        "article": _article_rows(usual),
        "sidebar_block": _sidebar_rows(blocks),
    }


def _usual_texts(pages: pl.DataFrame) -> pl.DataFrame:
    """Pages in UTF-8 with one Date line, one sidebar heading and a trailer, and nothing unusual anywhere."""
    page = pl.col("page")
    return (
        pages.select("page_sha256", "byte_count")
        .with_columns(pl.Series("page", [_utf8(content) for content in pages["content"]], dtype=pl.String))
        .lazy()
        .with_columns(pl.col("page").str.strip_chars_end("\n"), whole=pl.col("page"))
        .filter(
            page.str.ends_with(_END)
            & (page.str.count_matches(r"(?m)^More From\b") == 1)
            & (page.str.count_matches(r"(?m)^Date:") == 1)
            & ~page.str.contains(_UNUSUAL)
        )
        .with_columns(
            line_count=pl.col("whole").str.count_matches("\n") + (~pl.col("whole").str.ends_with("\n")).cast(pl.UInt32)
        )
        .drop("whole")
        .collect()
    )


def _utf8(content: bytes) -> str | None:
    """The text, None where it is not UTF-8; Polars would stop at the first page that is not."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _split(pages: pl.DataFrame) -> pl.DataFrame:
    """The parts of each page, as text: header, title, Date line, body, footer, sidebar."""
    halves = pl.col("page").str.split_exact(_HEADING, 1)
    head = pl.col("head").str.extract_groups(_HEAD)
    return (
        pages.lazy()
        .with_columns(halves.struct.rename_fields(["head", "rest"]).alias("halves"))
        .unnest("halves")
        .with_columns(
            sidebar_label=pl.col("rest").str.extract(r"^([^\n]*)\n\n"),
            sidebar=pl.col("rest").str.strip_suffix(_END).str.replace(r"^[^\n]*\n\n", ""),
            first_line=pl.col("head").str.count_matches("\n") + 5,
            parts=head,
        )
        .unnest("parts")
        .with_columns(pl.col("published_text", "source_label").str.strip_chars())
        .filter(
            pl.col("text").is_not_null()
            & ~pl.col("text").str.contains(r"[^\n]\n[^\n]")
            & (pl.col("sidebar_label") == pl.col("source_label"))
            & ~pl.col("source_label").str.contains(r"\s\s|^$")
        )
        .with_columns(pl.col("text").str.extract_groups(_FOOTER).alias("footer"))
        .with_columns(
            body=pl.coalesce(pl.col("footer").struct.field("body"), "text"),
            has_footer=pl.col("footer").struct.field("body").is_not_null(),
        )
        # the careful reader decides about a footer that is not the last paragraph
        .filter(~pl.col("body").str.contains(r"(?m)^www\."))
        .drop("page", "rest", "head", "text")
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
        pl.col("published_date").is_between(FIRST_DAY, pl.col("captured_date") + CAPTURE_TOLERANCE),
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
            footer_text=footer.field("footer_text"),
            footer_site=footer.field("footer_site"),
            dateline=pl.col("body").str.extract_groups(_DATELINE),
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
    """The date, null where there is no such day; a year below 1000 is none that a page can mean."""
    text = pl.format("{}-{}-{}", year.cast(pl.Int32), month.cast(pl.Int32), day.cast(pl.Int32))
    return text.str.to_date("%Y-%m-%d", strict=False)


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
    """One row per printed sidebar block, each distinct text parsed once."""
    printed = (
        pages.select("page_sha256", block=pl.col("sidebar").str.extract_all(_BLOCK))
        .explode("block")
        .drop_nulls("block")
        .with_columns(position=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("page_sha256"))
    )
    distinct = (
        printed.select(pl.col("block").unique(maintain_order=True))
        .with_row_index("block_id")
        .with_columns(
            pl.col("block").str.split_exact("\n\n", 4).struct.rename_fields(list(_BLOCK_PARTS)).alias("parts"),
            block_length=pl.col("block").str.len_bytes(),
        )
        .unnest("parts")
        .with_columns(
            shown_date=_long_date("shown_text"),
            title_key=_fold(pl.col("title")),
            teaser_key=_fold(pl.col("teaser")),
        )
        .with_columns(
            is_block=(pl.col("title") == pl.col("title_again"))
            & (pl.col("teaser") == pl.col("teaser_again"))
            & pl.col("shown_date").is_not_null()
        )
        .drop("title_again", "teaser_again", "shown_text")
    )
    return printed.join(distinct, on="block", maintain_order="left").drop("block")


def _whole_sidebars(pages: pl.DataFrame, blocks: pl.DataFrame) -> pl.DataFrame:
    """Pages whose sidebar is nothing but whole blocks, with their number."""
    separator = len("\n\n")
    found = blocks.group_by("page_sha256").agg(
        block_count=pl.len().cast(pl.Int32),
        length=(pl.col("block_length") + separator).sum() - separator,
        whole=pl.col("is_block").all(),
    )
    return (
        pages.select("page_sha256", sidebar_length=pl.col("sidebar").str.len_bytes())
        .join(found, on="page_sha256")
        .filter(pl.col("whole") & (pl.col("length") == pl.col("sidebar_length")))
        .select("page_sha256", "block_count")
    )


def _fold(text: pl.Expr) -> pl.Expr:
    """What `fold` does to a text without invisible characters."""
    return text.str.normalize("NFC").str.replace_all(r"\s+", " ").str.strip_chars()


def _with_texts(pages: pl.DataFrame) -> pl.DataFrame:
    """The body without its end mark, its counts and keys."""
    has_mark = pl.col("body").str.ends_with("-0-")
    body = pl.when(has_mark).then(pl.col("body").str.strip_suffix("-0-").str.strip_chars_end()).otherwise("body")
    labels = pages["source_label"].unique().to_list()
    return pages.with_columns(body=body, has_end_mark=has_mark).with_columns(
        source_key=pl.col("source_label").replace_strict(labels, [source_key_of(label) for label in labels])
        if labels
        else pl.lit(None, pl.String),
        title_key=_fold(pl.col("title")),
        body_key=_fold(pl.col("body")),
        paragraph_count=(pl.col("body").str.count_matches("\n\n") + 1).cast(pl.Int32),
    )


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
            lead_key=pl.col("body_key").str.slice(0, LEAD_LENGTH),
            word_count=pl.col("body").str.count_matches(r"\S+"),
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
