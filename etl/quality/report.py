"""The data-quality report: one self-contained HTML page, without scripts and without any outside address.

Everything on it comes from the run records and the warehouse. Page text is escaped by the template engine, and
characters that would steer a reader's screen (control and direction characters) are shown as a visible sign.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import jinja2

from etl import files
from etl.runs import RunRecord, RunStore
from etl.settings import Settings
from etl.warehouse.publish import published_version
from etl.warehouse.read import NothingPublishedError, open_current

RUNS_SHOWN = 12
PAGES_SHOWN = 200
"""Pages listed for one reason; the table `quality.page_outcome` has all of them."""

STEERING_CATEGORIES = ("Cc", "Cf", "Cs", "Co")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
SEVERITY_ORDER = {"critical": 0, "warning": 1, "info": 2}


def write_report(settings: Settings) -> Path:
    """Write the report of the home folder and return its path."""
    home = settings.paths()
    page = _environment().get_template("report.html.j2").render(_content(settings))
    files.write_text(home.report, page)
    return home.report


def visible(value: object) -> str:
    """A value as text in which control and direction characters are replaced by a visible sign."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(REPLACEMENT if unicodedata.category(c) in STEERING_CATEGORIES else c for c in text)


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    environment.filters["number"] = lambda value: f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return environment


def _content(settings: Settings) -> dict[str, Any]:
    records = [record for record in RunStore(settings.paths()).all() if record.finished_at][-RUNS_SHOWN:][::-1]
    version = published_version(settings.paths().warehouse)
    rules = _rule_rows(records)
    return {
        "run": records[0] if records else None,
        "runs": [_run_heading(record) for record in records],
        "failed_rules": [row for row in rules if not row["success"]],
        "held_rules": [row for row in rules if row["success"]],
        "version": version.name if version else None,
        **_warehouse_content(settings),
    }


def _run_heading(record: RunRecord) -> dict[str, Any]:
    started = datetime.fromisoformat(record.started_at)
    return {"id": record.run_id, "started": f"{started:%Y-%m-%d %H:%M}", "verdict": record.verdict}


def _rule_rows(records: list[RunRecord]) -> list[dict[str, Any]]:
    """One row per rule of the last run, the worst first, with its result in each run shown."""
    by_run = [{row["rule_id"]: row for row in record.rule_results} for record in records]
    latest = by_run[0].values() if by_run else []
    rows = [{**row, "results": [results.get(row["rule_id"]) for results in by_run]} for row in latest]
    return sorted(
        rows,
        key=lambda row: (SEVERITY_ORDER[row["severity"]], row["table_name"], row["rule_id"]),
    )


def _warehouse_content(settings: Settings) -> dict[str, Any]:
    try:
        with open_current(settings) as con:
            return {
                "files": dict(_rows(con, "select outcome, count(*) from quality.origin_file group by all")),
                "pages": dict(_rows(con, "select outcome, count(*) from quality.page_outcome group by all")),
                "totals": _totals(con),
                "reasons": _reasons(con),
                "unread": _dicts(con, _UNREAD),
                "accounting": _dicts(con, "from quality.accounting"),
                "removed": _dicts(con, _REMOVED),
            }
    except NothingPublishedError:
        empty: dict[str, Any] = {name: [] for name in ("reasons", "unread", "accounting", "removed")}
        return empty | {"files": Counter(), "pages": Counter(), "totals": None}


_UNREAD = f"""
    select name, outcome, reason_sentence, byte_count
    from quality.origin_file
    where outcome in ('skipped', 'unreadable')
    order by outcome desc, name
    limit {PAGES_SHOWN}
"""  # noqa: S608 - a number of ours
_REMOVED = "select reason, sum(row_count)::bigint as row_count from quality.dropped group by all order by 2 desc"


def _totals(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    return _dicts(
        con,
        """
        select
            (select count(*) from core.fact_article) as articles,
            (select count(*) from core.fact_sidebar_entry) as entries,
            (select count(*) from marts.sidebar_only_article) as sidebar_only,
            (select min(captured_date) from core.fact_page where outcome = 'load') as first_captured,
            (select max(captured_date) from core.fact_page where outcome = 'load') as last_captured
        """,
    )[0]


def _reasons(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Pages that did not load, by reason, the most frequent first."""
    rows = _dicts(
        con,
        """
        select outcome, reason, reason_sentence, reason_line, reason_detail, name, title, layout, page_sha256
        from quality.page_outcome
        where outcome <> 'load'
        order by outcome, reason, name
        """,
    )
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(
            row["reason"], {key: row[key] for key in ("outcome", "reason", "reason_sentence")} | {"pages": []}
        )
        group["pages"].append(row)
    ordered = sorted(groups.values(), key=lambda group: (-len(group["pages"]), group["reason"]))
    return [group | {"count": len(group["pages"]), "pages": group["pages"][:PAGES_SHOWN]} for group in ordered]


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


def _dicts(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = con.execute(query)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
