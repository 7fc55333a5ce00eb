"""The data-quality report: one self-contained HTML page, without scripts and without any outside address.

What belongs here: what the page is made of, and how much of it. What is told of runs, rules, pages, flow and trends is
read in a module each (`report_runs` and so on), and `report_text` writes a value for people. What does not: how it
looks (`templates/`) and how pictures are drawn (`charts`, `flow`). Page text is escaped by the template engine, and
characters that would steer a reader's screen (control and direction characters) are shown as a visible sign.
Everything is bounded: a list that grows with pages or runs is cut, and says how many more there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import jinja2

from etl import files
from etl.faults import step
from etl.quality import flow
from etl.quality.report_flow import flows
from etl.quality.report_pages import fill_excerpts, reasons
from etl.quality.report_rules import Rules
from etl.quality.report_runs import current_version, ended_runs, is_shown, run_row
from etl.quality.report_text import FILTERS
from etl.quality.report_trends import trends
from etl.quality.report_warehouse import ShownWarehouse, opened
from etl.quality.suite import Rule, SuiteError, project_suites
from etl.runs import RunStore
from etl.settings import Settings

RUNS_SHOWN = 15
RUNS_IN_TREND = 30
PAGES_PER_REASON = 50
"""Pages shown for one reason, each with an excerpt; `kcna quarantine list` has all of them."""
KEYS_PER_RULE = 20
EXCERPTS_OF_RULES = 300
"""Excerpts for the keys of all failed rules together."""
REVISIONS_SHOWN = 20
CHANGES_SHOWN = 12
TITLE_LENGTH = 300
GAPS_SHOWN = 20
ENTRIES_SHOWN = 10
FILES_SHOWN = 100
MONTHS_SHOWN = 120
SEARCHED_BYTES = 2**20
"""Pages up to this size are read again to find a line that no reason names; larger ones are shown from the top."""

TEMPLATES = Path(__file__).parent / "templates"


def write_report(settings: Settings) -> Path:
    """Write the report of the home folder and return its path."""
    home = settings.paths()
    page = _environment().get_template("report.html.j2").render(_content(settings))
    with step("report.write"):
        files.write_text(home.report, page)
    return home.report


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS
    environment.globals |= {"LEVEL": flow.LEVEL, "BOX_HEIGHT": flow.BOX_HEIGHT}
    return environment


def _content(settings: Settings) -> dict[str, Any]:
    home = settings.paths()
    runs, unreadable = ended_runs(RunStore(home))
    with opened(settings) as shown:
        last = runs[0] if runs else None
        rules = Rules(home, runs[:RUNS_SHOWN], shown, _known_rules(), KEYS_PER_RULE)
        groups = reasons(shown, rules.quarantined_by, PAGES_PER_REASON)
        spots = [page.spot for group in groups for page in group.pages] + rules.spots[:EXCERPTS_OF_RULES]
        return {
            "last": last,
            "before": runs[1] if len(runs) > 1 else None,
            "runs": [run_row(home, run) for run in runs[:RUNS_SHOWN]],
            "unreadable_runs": unreadable,
            "version": current_version(home),
            "is_of_last_run": last is not None and is_shown(home, last),
            "rules": rules,
            "reasons": groups,
            "trends": trends(shown, runs, RUNS_IN_TREND, MONTHS_SHOWN),
            **_tables(shown),
            "is_older": shown.lacks_tables,
            "excerpts_error": fill_excerpts(home, spots, SEARCHED_BYTES),
        }


def _known_rules() -> dict[str, Rule]:
    """The rules in expectations/ by their ids; they say why a rule matters."""
    try:
        suites = project_suites()
    except (SuiteError, FileNotFoundError):
        return {}
    return {rule.rule_id: rule for suite in suites.values() for rule in suite.rules}


def _tables(shown: ShownWarehouse) -> dict[str, Any]:
    """Everything that is one query and one part of the page."""
    return {
        "has_warehouse": shown.con is not None,
        "flows": flows(shown),
        "totals": next(iter(shown.rows(_TOTALS)), None),
        "accounting": shown.rows("from quality.accounting"),
        "removed": shown.rows(
            "select reason, sum(row_count)::bigint as row_count from quality.dropped group by all order by 2 desc, 1"
        ),
        "unread": shown.rows(f"{_UNREAD} order by outcome desc, name, url limit {FILES_SHOWN}"),
        "unread_count": shown.count(f"select count(*) from ({_UNREAD})"),  # noqa: S608 - a query of ours
        "revisions": [
            row | {"title": list(_title_changes(row["old_title"], row["new_title"]))}
            for row in shown.rows(_REVISIONS, {"changes": CHANGES_SHOWN})
        ],
        "revision_count": shown.count("select count(*) from marts.revision"),
        "gaps": shown.rows(f"{_GAPS} order by day_count desc, last_date desc, source_id limit {GAPS_SHOWN}"),
        "gap_sources": shown.rows(_GAP_SOURCES),
        "gap_count": shown.count(f"select count(*) from ({_GAPS})"),  # noqa: S608 - a query of ours
        "entries": shown.rows(
            f"from marts.sidebar_only_article order by shown_date desc, title, sidebar_entry_id limit {ENTRIES_SHOWN}"
        ),
        "entry_count": shown.count("select count(*) from marts.sidebar_only_article"),
    }


def _title_changes(old: str, new: str) -> Iterator[tuple[str, str]]:
    """The words of a title that stayed (`same`), went (`del`) and came (`ins`), in order."""
    before, after = old[:TITLE_LENGTH].split(), new[:TITLE_LENGTH].split()
    for kind, low, high, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", " ".join(after[start:end])
            continue
        if low < high:
            yield "del", " ".join(before[low:high])
        if start < end:
            yield "ins", " ".join(after[start:end])


_REVISIONS = f"""
    select
        published_date, old_title, new_title, day_count, similarity, change_count,
        list_transform(word_changes[:$changes], lambda change: [change.old, change.new]) as changes
    from marts.revision
    order by coalesce(new_first_captured_date, published_date) desc, article_version_id
    limit {REVISIONS_SHOWN}
"""  # noqa: S608 - a number of ours
_TOTALS = """
    select
        (select count(*) from core.fact_article) as articles,
        (select count(*) from core.fact_sidebar_entry) as entries,
        (select min(captured_date) from core.fact_page where outcome = 'load') as first_captured,
        (select max(captured_date) from core.fact_page where outcome = 'load') as last_captured
"""
_UNREAD = """
    select name, url, outcome, reason_sentence
    from quality.origin_file
    where outcome in ('skipped', 'unreadable')
"""
_GAPS = """
    select source_id, source_name, min(date) as first_date, max(date) as last_date, count(*) as day_count
    from (
        select
            volume.source_id,
            source.label as source_name,
            volume.date,
            volume.date - row_number() over (partition by volume.source_id order by volume.date)::integer as stretch
        from marts.daily_volume as volume
        left join core.dim_source as source on source.source_id = volume.source_id
        where volume.is_capture_gap
    )
    group by source_id, source_name, stretch
"""
_GAP_SOURCES = """
    select
        coalesce(any_value(source.label), volume.source_id) as source_name,
        count(*) as day_count,
        count(*) filter (where volume.is_capture_gap) as gap_day_count
    from marts.daily_volume as volume
    left join core.dim_source as source on source.source_id = volume.source_id
    group by volume.source_id
    order by day_count desc, volume.source_id
    limit 6
"""
