"""`kcna quarantine`: pages that did not load, listed, shown, judged again, and handed on to a colleague."""

from __future__ import annotations

import sys
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from etl.commands import pipeline, show
from etl.commands.rows import print_rows
from etl.parse.outcome import REASONS
from etl.quality import page_export, triage
from etl.quality.excerpt import ExcerptLine, excerpt, page_lines
from etl.quality.triage import SHORT, PageState, QuarantineError
from etl.runs import RunStore
from etl.settings import Settings
from etl.stages import ParsedStore
from etl.warehouse import lock
from etl.warehouse.read import connect_published

DONE = 0

EXAMPLES = 3
CHANGES_SHOWN = 20

_LOAD = "kcna quarantine replay {page} --with FILE"
_SAVE_AGAIN = f"Save the page again, and load that file in place of this one: {_LOAD}"
_COMPARE = f"Compare the page with the site; where the page is wrong, load a corrected copy: {_LOAD}"
_NEW_LAYOUT = "the layout has to be learned: see README, How to add, A page layout"

NEXT_STEPS = {
    "empty_page": _SAVE_AGAIN,
    "not_text": f"Nothing, if this is no page. Else save it again as text, and load that file: {_LOAD}",
    "unknown_layout": f"Nothing, if this is no page of KCNA Watch. Else {_NEW_LAYOUT}.",
    "undecodable": _SAVE_AGAIN,
    "headless": _SAVE_AGAIN,
    "missing_title": _COMPARE,
    "missing_date": _COMPARE,
    "bad_date": _COMPARE,
    "future_date": _COMPARE,
    "no_body": _SAVE_AGAIN,
    "truncated": _SAVE_AGAIN,
    "contradiction": _COMPARE,
    "unexplained_text": f"If the marked line is part of the site, {_NEW_LAYOUT}. "
    f"Else load a copy without the line: {_LOAD}",
    "failed_rule": "If the rule is wrong, change it in expectations/ and run: kcna quarantine replay. "
    f"Else load a corrected copy: {_LOAD}",
    "html_too_deep": f"Save the page as text, and load that file in place of this one: {_LOAD}",
    "parser_error": "Report it to the project with the SHA-256 of the page. After the fix, run: kcna quarantine replay",
}
"""What to do about each reason."""


# list -----------------------------------------------------------------------------------------------


def run_list(settings: Settings, reason: str | None, limit: int, style: str, *, rejected: bool) -> int:
    """Print the pages in quarantine, as a table after a summary by reason, and how many pages there are in all.

    Args:
        settings: where the home is.
        reason: only pages with this reason, in quarantine or rejected.
        limit: pages listed at most.
        style: `table`, `json` or `csv`.
        rejected: whether rejected pages are listed too.

    Returns:
        The exit code: 0, or 2 if there is no such reason.
    """
    if reason is not None and reason not in REASONS:
        return show.fail(f"there is no reason {reason}; there are {', '.join(REASONS)}")
    outcomes = ["quarantine", "reject"] if rejected or reason else ["quarantine"]
    with connect_published(settings) as con:
        refused = triage.refused_pages(con)
        wanted = [page for page in refused if page.outcome in outcomes and reason in (None, page.reason)]
        heading = _heading(con, refused, reason, wanted)
        if style == "table":
            _print_tables(heading, wanted, limit, summary=reason is None)
        else:
            show.say(heading)
            cursor = triage.as_rows(con, wanted, limit)
            print_rows([column[0] for column in cursor.description], cursor, style)
    if len(wanted) > limit:
        show.say(f"The first {show.count(limit)} of {show.count(len(wanted))} are listed; --limit lists more.")
    return DONE


def _heading(
    con: duckdb.DuckDBPyConnection, refused: Sequence[PageState], reason: str | None, wanted: Sequence[PageState]
) -> str:
    """How many pages are meant, out of how many."""
    of_all = f"of {show.count(triage.page_count(con))} pages"
    if reason:
        return f"{reason}: {show.count(len(wanted))} {of_all}. {REASONS[reason].sentence}"
    counts = Counter(page.outcome for page in refused)
    corrected = sum(page.corrected_by is not None for page in refused)
    return f"In quarantine: {show.count(counts['quarantine'])} {of_all}; rejected: {show.count(counts['reject'])}." + (
        f" Corrected by another page: {show.count(corrected)}." if corrected else ""
    )


def _print_tables(heading: str, pages: Sequence[PageState], limit: int, *, summary: bool) -> None:
    console = show.console()
    console.print(show.cell(heading))
    if summary and pages:
        console.print()
        console.print(show.table(["reason", "pages", "what it means", "first pages"], _summary(pages), right=["pages"]))
    for page in pages[:limit]:
        console.print()
        console.print(show.facts(_listed(page)))


def _summary(pages: Sequence[PageState]) -> list[tuple[object, ...]]:
    """Reason, pages, sentence and the first pages, the most frequent reason first."""
    groups: dict[str | None, list[PageState]] = {}
    for page in pages:
        groups.setdefault(page.reason, []).append(page)
    ordered = sorted(groups.values(), key=lambda group: (-len(group), str(group[0].reason)))
    return [
        (
            group[0].reason,
            show.count(len(group)),
            group[0].reason_sentence,
            " ".join(page.short for page in group[:EXAMPLES]),
        )
        for group in ordered
    ]


def _listed(page: PageState) -> Iterator[tuple[str, object]]:
    """Up to four lines to a page: columns beside each other would leave a terminal no room for names and titles."""
    yield page.short, page.described
    yield "", page.name
    if page.title:
        yield "", page.title
    if page.corrected_by:
        yield "", f"corrected by {page.corrected_by[:SHORT]}"


# show -----------------------------------------------------------------------------------------------


def run_show(settings: Settings, wanted: str, *, whole: bool) -> int:
    """Print why one page did not load, where it came from, what to do next, and the lines at fault or all lines.

    Returns:
        The exit code: 0, or 2 if no page, or more than one, is meant.
    """
    with connect_published(settings) as con:
        try:
            page = triage.find_page(con, wanted, refused_only=True)
        except QuarantineError as problem:
            return show.fail(problem)
        source = triage.source_of(con, page)
    content = triage.page_content(settings.paths(), page)
    console = show.console()
    console.print(show.facts((name, value) for name, value in _described(page, source) if value is not None))
    console.print()
    if whole:
        for line in page_lines(content, page.reason_line):
            sys.stdout.write(f"{_margin(line)}  {show.cell(line.text)}\n")
    else:
        console.print(show.facts((_margin(line), line.text) for line in excerpt(content, page.reason_line)))
    return DONE


def _described(page: PageState, source: tuple[str, str]) -> list[tuple[str, object]]:
    rule = triage.failed_rule(page)
    return [
        ("page", page.page_sha256),
        ("file", page.name),
        ("from", page.origin),
        ("address", source[0]),
        ("fetched", source[1]),
        ("title", page.title),
        ("layout", page.layout),
        ("outcome", "in quarantine" if page.outcome == "quarantine" else "rejected"),
        ("reason", f"{page.reason}: {page.reason_sentence}"),
        ("found", page.reason_detail),
        ("line", _line(page)),
        ("rule", rule.rule_id if rule else None),
        ("why", rule.why if rule else None),
        ("corrected", f"by {page.corrected_by[:SHORT]}, which is loaded" if page.corrected_by else None),
        ("next", None if page.corrected_by else NEXT_STEPS[page.reason or ""].format(page=page.short)),
    ]


def _line(page: PageState) -> str | None:
    if page.reason_line is None:
        return None
    return f"{page.reason_line} of the text that the HTML shows" if page.is_html else str(page.reason_line)


def _margin(line: ExcerptLine) -> str:
    return f"{'>' if line.is_marked else ' '} {line.number:>5}"


# replay ---------------------------------------------------------------------------------------------


def run_replay(settings: Settings, wanted: Sequence[str], corrected: Path | None) -> int:
    """Judge pages again with the parser and the rules of today, publish the result, and print what changed.

    Nothing is fetched but the corrected file.

    Args:
        settings: where the home is.
        wanted: names or beginnings of the SHA-256 of pages; none for all that did not load and are not corrected.
        corrected: a file to be loaded in place of the one page wanted.

    Returns:
        The exit code, as of `kcna run`: 0 published or unchanged, 1 blocked by a rule, 2 failed, 130 interrupted.
    """
    connect_published(settings).close()  # before the lock makes a home that is not there
    return pipeline.exit_code_of(lambda: _locked_replay(settings, wanted, corrected))


def _locked_replay(settings: Settings, wanted: Sequence[str], corrected: Path | None) -> int:
    with lock.held(settings.paths()):
        return _replay(settings, wanted, corrected)


def _replay(settings: Settings, wanted: Sequence[str], corrected: Path | None) -> int:
    home = settings.paths()
    with connect_published(settings) as con:
        before = triage.refused_pages(con)
        named = list(dict.fromkeys(triage.find_page(con, name, refused_only=False) for name in wanted))
    judged = named or [page for page in before if page.corrected_by is None]
    offer = triage.correction(settings, named[0], corrected) if corrected else None
    console = show.console()
    with pipeline.reporting(console):
        counts = triage.store_correction(settings, offer) if offer else {}
        if ParsedStore(home).forget_outdated([page.page_sha256 for page in judged]):
            console.print("The parser reads pages otherwise than before: every page is read again.", soft_wrap=True)
        record = RunStore(home).begin(str(uuid.uuid4()), [offer.origin] if offer else [])
        record.counts |= counts
        RunStore(home).save(record)
        error = pipeline.rebuild(settings, record.run_id)
    if code := pipeline.failed(settings, record.run_id, error):
        return code
    record = RunStore(home).load(record.run_id)
    if record.verdict == "blocked":
        pipeline.print_summary(console, settings, record)
        return pipeline.BLOCKED
    console.print()
    if record.version == "unchanged":
        console.print("Nothing changed.")
    with connect_published(settings) as con:
        _print_changes(con, before, judged)
    console.print()
    console.print(show.facts(pipeline.closing(settings, record)))
    return pipeline.PUBLISHED


def _print_changes(con: duckdb.DuckDBPyConnection, before: Sequence[PageState], judged: Sequence[PageState]) -> None:
    """What left quarantine, came in, or stayed, and why."""
    was = {page.page_sha256: page for page in before}
    after = {page.page_sha256: page for page in triage.refused_pages(con)}
    left = [page for page in before if page.page_sha256 not in after]
    came = [page for page in after.values() if page.page_sha256 not in was]
    stayed = [after[page.page_sha256] for page in judged if page.page_sha256 in after and page.page_sha256 in was]
    console = show.console()
    console.print(
        show.cell(
            f"Judged again: {show.count(len(judged))} of {show.count(triage.page_count(con))} pages. Left quarantine: "
            f"{show.count(len(left))}, stayed: {show.count(len(stayed))}, came in: {show.count(len(came))}."
        )
    )
    rows = [(page, f"loaded, was {page.reason}") for page in left]
    rows += [(page, f"came in, {page.reason}") for page in came]
    rows += [(page, _why_stayed(page, was[page.page_sha256])) for page in stayed]
    rows += [(page, "loaded, as before") for page in judged if page.page_sha256 not in {**was, **after}]
    if rows:
        console.print()
        shown = [(page.short, change, page.name) for page, change in rows[:CHANGES_SHOWN]]
        console.print(show.table(["page", "now", "file"], shown))
    if len(rows) > CHANGES_SHOWN:
        console.print(f"({show.count(len(rows) - CHANGES_SHOWN)} more; see kcna quarantine list)")


def _why_stayed(page: PageState, was: PageState) -> str:
    if page.corrected_by:
        return f"corrected by {page.corrected_by[:SHORT]}"
    return f"still {page.reason}" if page.reason == was.reason else f"{page.reason}, was {was.reason}"


# export ---------------------------------------------------------------------------------------------


def run_export(settings: Settings, folder: Path) -> int:
    """Write the pages in quarantine into a folder, and print how many they are and where they are listed.

    Raises:
        ExportError: if the folder holds something else, or it cannot be written.
    """
    export = page_export.export_pages(settings, folder)
    show.console().print(
        show.facts(
            [
                ("pages", f"{show.count(export.page_count)} of {show.count(export.all_pages)}"),
                ("bytes", show.count(export.byte_count)),
                ("listed in", export.index),
            ]
        )
    )
    return DONE
