"""Pages that did not load: what became of each, which one is meant, and files that correct them.

What a reason says about a page stands in `quality.page_outcome`. A page that somebody mended is loaded from a new
file, offered by an origin that names the page it corrects; the page itself stays as it is, where it is.

What belongs here: finding and judging such pages. What does not: printing, and running the pipeline.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from etl import files
from etl.fetch.folder import read_single_file
from etl.fetch.origin import REASONS as FILE_REASONS
from etl.fetch.origin import Offer, local_path, printable
from etl.fetch.raw_store import PACK_SCHEMA, RawStore
from etl.parse.batch import parse_batch
from etl.parse.outcome import REASONS
from etl.prune.outcome import PAGE_TABLES
from etl.quality.excerpt import page_contents
from etl.quality.gate import parsed_suites
from etl.quality.quarantine import failing_rows
from etl.quality.suite import Rule
from etl.runs import now
from etl.settings import Home, Settings
from etl.stages.database import rules_database

MIN_PREFIX = 6
SHORT = 12
"""Characters of a SHA-256 by which pages are shown."""

CANDIDATES = 5

CORRECTION = "correction:"
"""An origin that begins so goes on with the SHA-256 of the page that its files correct."""

_PAGES = f"""
    with correction as (
        select substr(file.origin, {len(CORRECTION) + 1}) as page_sha256, min(file.page_sha256) as corrected_by
        from quality.origin_file as file
        join quality.page_outcome as page using (page_sha256)
        where starts_with(file.origin, '{CORRECTION}') and page.outcome = 'load'
        group by all
    )
    select
        page.page_sha256,
        page.name,
        page.origin,
        page.outcome,
        page.reason,
        page.reason_sentence,
        page.reason_line,
        page.reason_detail,
        page.layout,
        page.is_html,
        page.title,
        correction.corrected_by
    from quality.page_outcome as page
    left join correction using (page_sha256)
"""  # noqa: S608 - a constant of ours
_ORDER = "order by page.outcome, page.reason, page.name, page.page_sha256"


class QuarantineError(RuntimeError):
    """A page is not to be found, or a file cannot correct one; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class PageState:
    """What became of one page, as `quality.page_outcome` says it.

    Attributes:
        corrected_by: the page that was loaded in its place; None where there is none.
    """

    page_sha256: str
    name: str
    origin: str
    outcome: str
    reason: str | None
    reason_sentence: str | None
    reason_line: int | None
    reason_detail: str | None
    layout: str | None
    is_html: bool
    title: str | None
    corrected_by: str | None

    @property
    def short(self) -> str:
        """The SHA-256 as it is shown."""
        return self.page_sha256[:SHORT]

    @property
    def described(self) -> str:
        """Reason, line and layout in a few words."""
        line = f", line {self.reason_line}" if self.reason_line else ""
        layout = f", layout {self.layout}" if self.layout else ""
        return f"{self.reason}{line}{layout}"


def page_count(con: duckdb.DuckDBPyConnection) -> int:
    """How many pages there are, whatever became of them."""
    ((total,),) = con.execute("select count(*) from quality.page_outcome").fetchall()
    return int(total)


def refused_pages(con: duckdb.DuckDBPyConnection) -> list[PageState]:
    """The pages in quarantine and, after them, the rejected ones, each by reason and name."""
    return _states(con, f"{_PAGES} where page.outcome <> 'load' {_ORDER}")


def as_rows(con: duckdb.DuckDBPyConnection, pages: Sequence[PageState], limit: int) -> duckdb.DuckDBPyConnection:
    """A query of these pages, as many as the limit allows, with the columns of `PageState`."""
    query = f"{_PAGES} where list_contains($1, page.page_sha256) {_ORDER} limit $2"
    return con.execute(query, [[page.page_sha256 for page in pages], limit])


def _states(con: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()) -> list[PageState]:
    return [PageState(*row) for row in con.execute(query, parameters).fetchall()]


def find_page(con: duckdb.DuckDBPyConnection, wanted: str, *, refused_only: bool) -> PageState:
    """The one page with this name or beginning of its SHA-256.

    Raises:
        QuarantineError: if there is none, or more than one.
    """
    wanted = printable(wanted)  # as it is stored and listed; an argument may hold bytes that are no UTF-8
    is_prefix = re.fullmatch(rf"[0-9a-fA-F]{{{MIN_PREFIX},64}}", wanted) is not None
    query = f"{_PAGES} where page.name = $1 or ($2 and starts_with(page.page_sha256, $3)) order by page.page_sha256"
    found = _states(con, query, [wanted, is_prefix, wanted.lower()])
    refused = [page for page in found if page.outcome != "load"]
    if refused_only and found and not refused:
        raise QuarantineError(f"{found[0].short} {found[0].name} is loaded; only pages that did not load are shown")
    candidates = refused if refused_only else found
    if not candidates:
        raise QuarantineError(f"there is no page {wanted}; {_near(con, wanted)}")
    if len(candidates) > 1:
        named = ", ".join(f"{page.short} {page.name}" for page in candidates[:CANDIDATES])
        more = f" and {len(candidates) - CANDIDATES} more" if len(candidates) > CANDIDATES else ""
        raise QuarantineError(f"{wanted} may be {named}{more}; give more of the SHA-256")
    return candidates[0]


def _near(con: duckdb.DuckDBPyConnection, wanted: str) -> str:
    """What might have been meant by a name or prefix that no page has."""
    refused = refused_pages(con)
    begins = [page for page in refused if page.page_sha256.startswith(wanted.lower())] if wanted else []
    names = difflib.get_close_matches(wanted, [page.name for page in refused], CANDIDATES)
    near = [f"{page.short} {page.name}" for page in refused if page in begins or page.name in names]
    if not near:
        return f"give its name, or {MIN_PREFIX} characters or more of its SHA-256 (kcna quarantine list)"
    return f"near are {', '.join(near[:CANDIDATES])}"


def page_content(home: Home, page: PageState) -> bytes:
    """The bytes of the page.

    Raises:
        files.DamagedFileError: if they are not stored as they were fetched.
    """
    found = page_contents(home, [page.page_sha256])
    if page.page_sha256 not in found:
        raise missing_page(home, page.page_sha256)
    return found[page.page_sha256]


def missing_page(home: Home, sha256: str) -> files.DamagedFileError:
    """The error that says that a page of the warehouse is not in the raw store."""
    return files.DamagedFileError(f"{home.raw}: page {sha256[:SHORT]} is missing; restore the folder from a backup")


def source_of(con: duckdb.DuckDBPyConnection, page: PageState) -> tuple[str, str]:
    """The address of the page's file, and when it was first fetched."""
    query = """
        select file.url, strftime(make_timestamp(epoch_us(page.first_fetched_at)), '%Y-%m-%d %H:%M:%SZ')
        from quality.origin_file as file
        join core.fact_page as page using (page_sha256)
        where page_sha256 = ? and file.outcome = 'page'
    """
    ((url, fetched_at),) = con.execute(query, [page.page_sha256]).fetchall()
    return url, fetched_at


def failed_rule(page: PageState) -> Rule | None:
    """The rule that sent the page to quarantine; None where it was the parser."""
    for rule in (rule for suite in parsed_suites() for rule in suite.rules):
        is_meant = rule.action == "quarantine" and rule.reason == page.reason
        if is_meant and (page.reason_detail or "").startswith(rule.description):
            return rule
    return None


def correction(settings: Settings, page: PageState, file: Path) -> Offer:
    """The file as an offer of the origin that corrects this page.

    Raises:
        QuarantineError: if it cannot correct the page: the page needs none, has one, or the file would not load.
    """
    (offer,) = read_single_file(local_path(str(file)), settings.max_page_bytes)
    if offer.content is None:
        raise QuarantineError(f"{file}: {FILE_REASONS[offer.reason or '']}")
    digest = hashlib.sha256(offer.content).hexdigest()
    if page.outcome == "load":
        raise QuarantineError(f"{page.short} {page.name} is loaded and needs no correction")
    if digest == page.page_sha256:
        raise QuarantineError(f"{file}: the file holds the bytes of page {page.short} itself, unchanged")
    if page.corrected_by not in (None, digest):
        raise QuarantineError(f"{page.short} {page.name} is corrected already, by {str(page.corrected_by)[:SHORT]}")
    if fault := _fault(settings, digest, offer.content):
        raise QuarantineError(f"{file}: this file would not load either: {fault}")
    return offer._replace(origin=f"{CORRECTION}{page.page_sha256}")


def _fault(settings: Settings, sha256: str, content: bytes) -> str | None:
    """Why a page of these bytes would not load, by the parser and the rules; None if it would."""
    pages = pl.DataFrame([(sha256, content, len(content), now())], schema=PACK_SCHEMA, orient="row")
    tables = parse_batch(pages)
    page = tables["page"].row(0, named=True)
    if page["reason"]:
        line = f" (line {page['reason_line']})" if page["reason_line"] else ""
        return f"{page['reason']}{line}: {REASONS[page['reason']].sentence}"
    with rules_database(tables, settings.memory_limit, settings.threads) as con:
        failed = failing_rows(con, parsed_suites()).filter(pl.col("table").is_in(PAGE_TABLES))
    return None if failed.is_empty() else f"{failed['reason'][0]}: {failed['detail'][0]}"


def store_correction(settings: Settings, offer: Offer) -> dict[str, int]:
    """Put the file into the raw store; returns the counts of the run's record."""
    counts = RawStore(settings.paths().raw).add([offer], now(), settings.pack_pages, settings.pack_bytes)
    return counts.as_counts()
