"""The data-quality report: one self-contained HTML page, without scripts and without any outside address.

What belongs here: what the page says, read from the run records, the warehouse and the raw pages, and how much of it.
What does not: how it looks (`templates/`) and how pictures are drawn (`charts`). Page text is escaped by the template
engine, and characters that would steer a reader's screen (control and direction characters) are shown as a visible
sign. Everything is bounded: a list that grows with pages or runs is cut, and says how many more there are.
"""

from __future__ import annotations

import contextlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import jinja2
from markupsafe import Markup

from etl import files
from etl.parse.decode import decode
from etl.parse.html import html_to_text
from etl.parse.page import read_page
from etl.parse.text import split_lines
from etl.quality import charts
from etl.quality.charts import Amount
from etl.quality.excerpt import ExcerptLine, each_page, excerpt
from etl.quality.suite import Rule, SuiteError, load_suites
from etl.runs import RunRecord, RunStore
from etl.settings import Home, Settings, project_folder
from etl.warehouse.publish import published_version
from etl.warehouse.read import NothingPublishedError, open_current

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

LINES_AROUND = 4
SEARCHED_BYTES = 2**20
"""Pages up to this size are read again to find a line that no reason names; larger ones are shown from the top."""

STEERING_CATEGORIES = ("Cc", "Cf", "Cs", "Co")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
SEVERITY_ORDER = {"critical": 0, "warning": 1, "info": 2}
LAYERS = ("parsed", "core", "marts", "quality")

TEMPLATES = Path(__file__).parent / "templates"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RUN_ID = re.compile(r"[A-Za-z0-9-]+")
_VERSION = re.compile(r"kcna-(\d{8}T\d{6})Z-[0-9a-f]+\.duckdb")


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
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "visible": visible,
        "line": lambda text: visible(text.replace("\t", "    ")),
        "number": lambda value: f"{value:,}",
        "percent": charts.percent,
        "day": lambda value: charts.day(value) if value else "unknown",
        "moment": _moment,
        "day_short": lambda value: f"{value.day} {charts.MONTHS[value.month - 1]}",
        "counted": _counted,
        "compact": lambda value: f"{value:,}" if value < 10_000 else f"{value // 1000:,}k",
        "short": _short,
        "share_of": lambda part, whole: charts.percent(part / whole) if whole else "–",
    }
    environment.globals |= {"LEVEL": charts.LEVEL, "BOX_HEIGHT": charts.BOX_HEIGHT}
    return environment


def _counted(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _short(value: object) -> str:
    """A part of a key: of a long digest the beginning."""
    text = visible(value)
    return f"{text[:12]}…" if re.fullmatch("[0-9a-f]{32,}", text) else text


def _moment(value: datetime) -> str:
    return f"{charts.day(value)}, {value:%H:%M}"


def _content(settings: Settings) -> dict[str, Any]:
    home = settings.paths()
    runs, unreadable = _ended_runs(RunStore(home))
    with _opened(settings) as shown:
        last = runs[0] if runs else None
        rules = _Rules(home, runs[:RUNS_SHOWN], shown)
        reasons = _reasons(shown, rules)
        content = {
            "last": last,
            "before": runs[1] if len(runs) > 1 else None,
            "runs": [_run_row(home, run) for run in runs[:RUNS_SHOWN]],
            "unreadable_runs": unreadable,
            "version": _version(home),
            "is_of_last_run": last is not None and _is_shown(home, last),
            "rules": rules,
            "reasons": reasons,
            "trends": _trends(shown, runs),
            **_tables(shown),
            "is_older": shown.lacks_tables,
        }
        content["excerpts_error"] = _fill_excerpts(
            home, [page.spot for group in reasons for page in group.pages] + rules.spots
        )
    return content


# Runs ----------------------------------------------------------------------------------------------

_RESULT_DEFAULTS: dict[str, Any] = {
    "rule_id": "",
    "suite": "",
    "table_name": "",
    "severity": "info",
    "is_blocking": False,
    "action": "report",
    "description": "",
    "rows_checked": None,
    "rows_failed": None,
    "success": False,
    "error": None,
}


@dataclass(frozen=True)
class _Run:
    """A run whose checks ended."""

    record: RunRecord
    started: datetime

    @property
    def state(self) -> str:
        """`published`, `unchanged`, `blocked`, or `unpublished` where the checks passed and nothing followed."""
        if self.record.verdict == "blocked":
            return "blocked"
        if self.record.version == "unchanged":
            return "unchanged"
        return "published" if self.record.version else "unpublished"

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        """The results of the rules by their ids, with what records of older programs lack."""
        rows = [_RESULT_DEFAULTS | row for row in self.record.rule_results]
        return {str(row["rule_id"]): row for row in rows if _NAME.fullmatch(str(row["rule_id"]))}

    def share(self, outcome: str) -> float | None:
        """Share of all pages that had this outcome after the run; None where the run did not count them."""
        counts = self.record.counts
        return counts.get(f"{outcome}_page_count", 0) / counts["page_count"] if counts.get("page_count") else None


def _ended_runs(store: RunStore) -> tuple[list[_Run], list[str]]:
    """The runs whose checks ended, newest first, and the names of the records that cannot be read."""
    runs, unreadable = [], []
    for path in sorted(store.folder.glob("*.json")):
        try:
            record = store.load(path.stem)
            started = datetime.fromisoformat(record.started_at)
            if not _is_whole(record):
                unreadable.append(path.name)
            elif record.finished_at:
                runs.append(_Run(record, started.astimezone(UTC) if started.tzinfo else started.replace(tzinfo=UTC)))
        except (files.DamagedFileError, ValueError, TypeError):
            unreadable.append(path.name)
    return sorted(runs, key=lambda run: (run.started, run.record.run_id), reverse=True), unreadable


def _is_whole(record: RunRecord) -> bool:
    """Whether a record has the shape that the page reads; somebody may have edited it."""
    counts = [row.get(name) for row in record.rule_results for name in ("rows_checked", "rows_failed")]
    return (
        isinstance(record.run_id, str)
        and isinstance(record.counts, dict)
        and all(isinstance(count, int) for count in record.counts.values())
        and all(count is None or isinstance(count, int) for count in counts)
        and isinstance(record.violations, list)
        and all(isinstance(row, dict) and {"rule_id", "key"} <= row.keys() for row in record.violations)
    )


def _run_row(home: Home, run: _Run) -> dict[str, Any]:
    failed = [row for row in run.results.values() if not row["success"]]
    return {
        "run": run,
        "started": run.started,
        "state": run.state,
        "counts": Counter(run.record.counts),
        "failed_count": len(failed),
        "evidence": _evidence(home, run.record.run_id),
    }


def _evidence(home: Home, run_id: str, suite: str = "index") -> str | None:
    """The address of Great Expectations' own page on a run or one of its suites, relative to the report."""
    if not (_RUN_ID.fullmatch(run_id) and _NAME.fullmatch(suite)):
        return None
    address = f"data-docs/{run_id}/{suite}.html"
    return address if (home.report.parent / address).is_file() else None


def _version(home: Home) -> dict[str, Any] | None:
    path = published_version(home.warehouse)
    if path is None:
        return None
    found = _VERSION.fullmatch(path.name)
    published = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if found else None
    return {"name": path.name, "published": published}


def _is_shown(home: Home, run: _Run) -> bool:
    """Whether the warehouse shown is the one that the run judged: published, or waiting where the run was blocked."""
    return "page_count" in run.record.counts and (run.state != "blocked" or home.work_file.exists())


# Rules ---------------------------------------------------------------------------------------------


class _Rules:
    """The rules of the last run over the runs shown, failed ones first.

    Attributes:
        keys: the keys of failing rows by rule, as far as they are recorded.
        tables: each table with a failed rule, with those that failed.
        held: each table with its rules that hold.
        spots: the places on pages that the failing keys lead to.
    """

    def __init__(self, home: Home, runs: Sequence[_Run], shown: _Warehouse) -> None:
        self.home = home
        self.runs = runs
        self.known = _known_rules()
        self.keys: dict[str, list[str]] = defaultdict(list)
        by_run = [run.results for run in runs]
        rows = [self._row(row, by_run) for row in (by_run[0].values() if by_run else ())]
        self.total = len(rows)
        self.failed = [row for row in rows if not row["success"]]
        self.blocking = sorted((row for row in self.failed if row["is_blocking"]), key=_rule_order)
        self.reached_tables = any(row["table_name"].split(".")[0] in LAYERS[1:] for row in rows)
        self.tables = _by_table(self.failed)
        self.held = _by_table(row for row in rows if row["success"])
        self.spots: list[_Spot] = []
        if runs:
            self._find_keys(runs[0], shown)

    def _row(self, row: dict[str, Any], by_run: Sequence[dict[str, dict[str, Any]]]) -> dict[str, Any]:
        results = [results.get(row["rule_id"]) for results in by_run]
        rule = self.known.get(row["rule_id"])
        severity = row["severity"] if row["severity"] in SEVERITY_ORDER else "info"
        return row | {
            "severity": severity,
            "why": rule.why if rule else None,
            "results": results,
            "failed_before": sum(1 for result in results[1:] if result and not result["success"]),
            "failing": [],
            "failing_count": 0,
            "evidence": _evidence(self.home, self.runs[0].record.run_id, row["suite"]),
            # the rows of a run that was not published stand in no table
            "sql": None if self.runs[0].state == "blocked" else _KEYS_SQL.format(rule_id=row["rule_id"]),
            "record": f"runs/{self.runs[0].record.run_id}.json",
        }

    def _find_keys(self, run: _Run, shown: _Warehouse) -> None:
        violations: Sequence[dict[str, Any]] = run.record.violations
        if not violations and run.state != "blocked" and any(row["rows_failed"] for row in self.failed):
            violations = shown.rows("select rule_id, key from quality.rule_violation order by all")
        for row in violations:
            self.keys[row["rule_id"]].append(str(row["key"]))
        for row in (row for _, rows in self.tables for row in rows):
            found = self.keys.get(row["rule_id"], [])
            row["failing_count"] = max(row["rows_failed"] or 0, len(found))
            row["failing"] = [_key_shown(self.known.get(row["rule_id"]), key) for key in found[:KEYS_PER_RULE]]
        shown_keys = [key for _, rows in self.tables for row in rows for key in row["failing"]]
        _find_pages(shown_keys, shown)
        self.spots = [key.spot for key in shown_keys if key.spot][:EXCERPTS_OF_RULES]

    def quarantined_by(self, reason: str) -> dict[str, Rule]:
        """For each page that a rule sent to quarantine for this reason, the rule."""
        rules = [rule for rule in self.known.values() if rule.action == "quarantine" and rule.reason == reason]
        return {key: rule for rule in reversed(rules) for key in self.keys.get(rule.rule_id, [])}


_KEYS_SQL = "select key from quality.rule_violation where rule_id = '{rule_id}'"


def _known_rules() -> dict[str, Rule]:
    """The rules in expectations/ by their ids; they say why a rule matters."""
    try:
        suites = load_suites(project_folder("expectations"))
    except (SuiteError, FileNotFoundError):
        return {}
    return {rule.rule_id: rule for suite in suites.values() for rule in suite.rules}


def _rule_order(row: dict[str, Any]) -> tuple[bool, int, str]:
    return not row["is_blocking"], SEVERITY_ORDER[row["severity"]], row["rule_id"]


def _by_table(rows: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows by their table: tables with the worst rule first, then in the order of the layers."""
    tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=_rule_order):
        tables[row["table_name"]].append(row)

    def order(item: tuple[str, list[dict[str, Any]]]) -> tuple[bool, int, str]:
        layer = item[0].split(".")[0]
        has_blocking_failure = any(row["is_blocking"] and not row["success"] for row in item[1])
        return not has_blocking_failure, LAYERS.index(layer) if layer in LAYERS else len(LAYERS), item[0]

    return sorted(tables.items(), key=order)


@dataclass
class _Key:
    """A row that breaks a rule: the parts of its key, and the page that it comes from, where there is one."""

    parts: dict[str, Any]
    rule: Rule | None
    page: dict[str, Any] | None = None
    spot: _Spot | None = None


def _key_shown(rule: Rule | None, key: str) -> _Key:
    if rule and len(rule.key) == 1:
        return _Key({rule.key[0]: key}, rule)
    with contextlib.suppress(ValueError):
        parts = json.loads(key)
        if isinstance(parts, dict):
            return _Key(parts, rule)
    return _Key({"key": key}, rule)


_PAGES_OF = {
    "page_sha256": "select page_sha256 as id, page_sha256, null as position from quality.page_outcome",
    "article_version_id": "select article_version_id as id, min(page_sha256) as page_sha256, null as position "
    "from core.fact_page group by 1",
    "article_id": "select article_id as id, min(page_sha256) as page_sha256, null as position "
    "from core.fact_page group by 1",
    "leader_event_id": "select leader_event_id as id, min(page_sha256) as page_sha256, null as position "
    "from core.fact_leader_event inner join core.fact_page using (article_id) group by 1",
    "sidebar_entry_id": "select sidebar_entry_id as id, min(page_sha256) as page_sha256, "
    "min_by(position, page_sha256) as position from core.fact_sidebar_appearance group by 1",
    "source_id": "select source_id as id, min(page_sha256) as page_sha256, null as position "
    "from core.fact_page where outcome = 'load' group by 1",
}
"""How a part of a key leads to a page, the most exact part first; of several pages one stands for all."""


def _find_pages(keys: Sequence[_Key], shown: _Warehouse) -> None:
    """Give each key its page and its place on it."""
    by_part: dict[str, dict[str, list[_Key]]] = defaultdict(lambda: defaultdict(list))
    for key in keys:
        if part := _leading_part(key):
            by_part[part][str(key.parts[part])].append(key)
    for part, by_id in by_part.items():
        query = f"with found as ({_PAGES_OF[part]}) from found where id in (select unnest($ids)) order by all"
        places = {row["id"]: (row["page_sha256"], row["position"]) for row in shown.rows(query, {"ids": list(by_id)})}
        for name, same in by_id.items():
            # a page is known by its bytes, also where the tables were not built
            sha256, position = places.get(name, (name if part == "page_sha256" else None, None))
            for key in same if sha256 else ():
                mark = "date_line" if part == "source_id" else _mark_for(key.rule)
                block = key.parts.get("position") if part == "page_sha256" else position
                key.spot = _Spot(str(sha256), None, mark, block)
    named = shown.rows(
        "select page_sha256, name, title from quality.page_outcome where page_sha256 in (select unnest($pages))",
        {"pages": sorted({key.spot.page_sha256 for key in keys if key.spot})},
    )
    pages = {row["page_sha256"]: row for row in named}
    for key in keys:
        key.page = pages.get(key.spot.page_sha256) if key.spot else None


def _leading_part(key: _Key) -> str | None:
    """The part of a key that leads to a page."""
    part = next((name for name in _PAGES_OF if name in key.parts), None)
    is_too_wide = part == "source_id" and len(key.parts) > 1  # such as the month of a source
    return None if is_too_wide else part


# Places on pages -----------------------------------------------------------------------------------

_MARKS = (
    ("footer_", "footer"),
    ("dateline_", "body"),
    ("is_sidebar_cut", "-"),
    ("sidebar_label", "sidebar_heading"),
    ("site_label", "site_line"),
    ("title", "title"),
    ("has_end_mark", "-body"),
    ("unexplained", "unexplained"),
    ("published_date", "date_line"),
    ("source_", "date_line"),
    ("captured_date", "capture_header"),
    ("body", "body"),
    ("paragraph_", "body"),
    ("character_", "body"),
    ("word_", "body"),
    ("is_garbled", "body"),
)
"""By the beginning of a column that a rule speaks of, the first that fits: which part of the page is to be looked at;
with a minus the last line of it, and of the page where no part is named."""

_MARK_OF_REASON = {"bad_date": "date_line", "future_date": "date_line", "no_body": "date_line"}


def _mark_for(rule: Rule | None) -> str | None:
    """The part of a page that a rule speaks of."""
    if rule is None:
        return None
    words = set(re.findall(r"\w+", json.dumps(dict(rule.kwargs))))
    return next((mark for column, mark in _MARKS if any(word.startswith(column) for word in words)), None)


@dataclass
class _Spot:
    """A place on a page, by its line if that is known, else by what stands there, and the lines around it."""

    page_sha256: str
    line_number: int | None = None
    mark: str | None = None
    position: int | None = None
    lines: list[ExcerptLine] = field(default_factory=list)


def _fill_excerpts(home: Home, spots: Iterable[_Spot]) -> str | None:
    """Read the pages and cut out the lines around each place; returns why that was not possible, if so."""
    by_page: dict[str, list[_Spot]] = defaultdict(list)
    for spot in spots:
        by_page[spot.page_sha256].append(spot)
    try:
        for sha256, content in each_page(home, by_page):
            for spot in by_page[sha256]:
                spot.line_number = spot.line_number or _find_line(content, spot)
                spot.lines = excerpt(content, spot.line_number, LINES_AROUND)
    except (files.DamagedFileError, OSError) as error:
        return str(error)
    return None


def _find_line(content: bytes, spot: _Spot) -> int | None:
    """The number of the line that a place is about; None where there is no telling."""
    if len(content) > SEARCHED_BYTES or not (spot.mark or spot.position):
        return None
    page = read_page(content)
    if not page.roles:
        return None
    if spot.position is not None:
        return next((block.line_number for block in page.blocks if block.position == spot.position), None)
    text = decode(content).text
    lines, _ = split_lines(html_to_text(text) if page.is_html else text)
    role, is_last = (spot.mark or "").removeprefix("-"), (spot.mark or "").startswith("-")
    found = [line.number for line, is_ in zip(lines, page.roles, strict=False) if role in (is_, "")]
    return found[-1 if is_last else 0] if found else None


# The warehouse -------------------------------------------------------------------------------------


@dataclass
class _Warehouse:
    """What the page shows of the warehouse: nothing before there is one.

    Attributes:
        lacks_tables: whether a query met a table or column that an older version does not have.
    """

    con: duckdb.DuckDBPyConnection | None
    lacks_tables: bool = False

    def rows(self, query: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a query by their column names; none where the version has no such table."""
        if self.con is None:
            return []
        try:
            cursor = self.con.execute(query, parameters)
        except (duckdb.CatalogException, duckdb.BinderException):
            self.lacks_tables = True
            return []
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def count(self, query: str) -> int:
        """The one number of a query; 0 where there is none."""
        rows = self.rows(query)
        return int(next(iter(rows[0].values())) or 0) if rows else 0


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator[_Warehouse]:
    with contextlib.ExitStack() as stack:
        try:
            con = stack.enter_context(open_current(settings))
        except NothingPublishedError:
            yield _Warehouse(None)
            return
        yield _Warehouse(con)


@dataclass
class _PageShown:
    """A page that did not load, and the place on it that is to blame."""

    row: dict[str, Any]
    spot: _Spot


@dataclass
class _ReasonGroup:
    """Pages that did not load for one reason: how many, and the first of them."""

    outcome: str
    reason: str
    sentence: str
    count: int
    pages: list[_PageShown]


def _reasons(shown: _Warehouse, rules: _Rules) -> list[_ReasonGroup]:
    """Pages that did not load, by reason, the most frequent first."""
    rows = shown.rows(
        """
        select
            outcome, reason, reason_sentence, reason_line, reason_detail, name, title, layout, page_sha256,
            count(*) over (partition by outcome, reason) as page_count
        from quality.page_outcome
        where outcome <> 'load'
        qualify row_number() over (partition by outcome, reason order by name, page_sha256) <= $shown
        order by page_count desc, outcome, reason, name, page_sha256
        """,
        {"shown": PAGES_PER_REASON},
    )
    groups = []
    for (outcome, reason), pages in groupby(rows, key=lambda row: (row["outcome"], row["reason"])):
        by_rule = rules.quarantined_by(reason)
        found = []
        for row in pages:
            rule = by_rule.get(row["page_sha256"])
            mark = _mark_for(rule) if rule else _MARK_OF_REASON.get(reason)
            found.append(_PageShown(row, _Spot(row["page_sha256"], row["reason_line"], mark)))
        first = found[0].row
        sentence = first["reason_sentence"] or str(reason).replace("_", " ")
        groups.append(_ReasonGroup(outcome, str(reason), sentence, first["page_count"], found))
    return groups


def _tables(shown: _Warehouse) -> dict[str, Any]:
    """Everything that is one query and one part of the page."""
    return {
        "has_warehouse": shown.con is not None,
        "flows": [_flow(root) for root in _flows(shown) if root.count],
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


# The flow ------------------------------------------------------------------------------------------


def _flows(shown: _Warehouse) -> Iterator[Amount]:
    """What became of the files, and of the sidebars of the pages loaded; each part adds up to its whole."""
    found = {row["outcome"]: row["n"] for row in shown.rows(_COUNTED.format(table="origin_file"))}
    pages = {row["outcome"]: row["n"] for row in shown.rows(_COUNTED.format(table="page_outcome"))}
    removed = {
        row["reason"]: row["n"]
        for row in shown.rows("select reason, sum(row_count)::bigint as n from quality.dropped group by reason")
    }
    numbers = next(iter(shown.rows(_FLOW_COUNTS)), None)
    if not found or numbers is None:
        return
    repeats, later = removed.get("article_seen_on_other_page", 0), numbers["versions"] - numbers["articles"]
    loaded = [
        Amount("articles", numbers["articles"], "load"),
        Amount("later wordings", later, "accent", note="the same article with other words"),
        Amount("repeats", repeats, "repeat", note="pages that show a wording again"),
    ]
    outcomes = [
        Amount("loaded", pages.get("load", 0), "load", loaded),
        Amount("in quarantine", pages.get("quarantine", 0), "quarantine", note="kept, waiting for a look"),
        Amount("rejected", pages.get("reject", 0), "reject", note="no readable page"),
    ]
    yield Amount(
        "files offered",
        sum(found.values()),
        "all",
        [
            Amount("distinct pages", sum(pages.values()), "all", outcomes),
            Amount("duplicates", found.get("duplicate", 0), "repeat", note="the same bytes under another name"),
            Amount("skipped", found.get("skipped", 0), "skipped", note="not a page by its name or size"),
            Amount("unreadable", found.get("unreadable", 0), "reject"),
        ],
    )
    refused = removed.get("sidebar_block_failed_rule", 0) + numbers["incomplete"]
    entries = [
        Amount("with the article", numbers["entries"] - numbers["sidebar_only"], "load", note="its text is here"),
        Amount("only named", numbers["sidebar_only"], "sidebar", note="known from sidebars alone"),
    ]
    yield Amount(
        "sidebar blocks on loaded pages",
        numbers["blocks"],
        "all",
        [
            Amount("distinct entries", numbers["entries"], "all", entries),
            Amount(
                "seen again",
                removed.get("sidebar_entry_seen_on_other_page", 0) + removed.get("sidebar_entry_repeated_on_page", 0),
                "repeat",
                note="the same entry on another page or twice on one",
            ),
            Amount("incomplete or refused", refused, "reject"),
        ],
    )


_COUNTED = "select outcome, count(*) as n from quality.{table} group by outcome"
_FLOW_COUNTS = """
    select
        (select count(*) from core.fact_article) as articles,
        (select count(*) from core.fact_article_version) as versions,
        (select count(*) from core.fact_sidebar_entry) as entries,
        (select count(*) from marts.sidebar_only_article) as sidebar_only,
        (
            select coalesce(sum(sidebar_block_count), 0)::bigint from quality.page_outcome where outcome = 'load'
        ) as blocks,
        (
            select coalesce(sum(sidebar_incomplete_count), 0)::bigint from quality.page_outcome where outcome = 'load'
        ) as incomplete
"""


def _flow(root: Amount) -> dict[str, Any]:
    boxes, ribbons = charts.flow(root)
    levels = 1 + max(box.level for box in boxes)
    return {"root": root, "boxes": boxes, "ribbons": ribbons, "levels": levels, "rows": list(root.tree())}


# Trends --------------------------------------------------------------------------------------------


def _trends(shown: _Warehouse, runs: Sequence[_Run]) -> dict[str, Any]:
    """The pictures, each with the numbers that are shown where a picture would be silly."""
    periods, step = _periods(shown)
    shares = _shares(runs)
    fields = _fields(shown)
    months = {month for each in fields for month, _ in each.shares}
    return {
        "step": step,
        "periods": periods,
        "articles": Markup(charts.articles_chart(periods, step)) if len(periods) > 1 else None,  # noqa: S704 - no page text in it
        "run_shares": shares,
        "shares": Markup(charts.shares_chart(shares)) if len(shares) > 1 else None,  # noqa: S704 - no page text in it
        "fields": fields,
        "completeness": Markup(charts.completeness_chart(fields)) if len(months) > 1 else None,  # noqa: S704 - no page text in it
    }


def _periods(shown: _Warehouse) -> tuple[list[charts.Period], charts.Step]:
    """Articles by day, week, month or year, whichever gives a readable number of bars, without a hole."""
    span = shown.rows("select min(date) as first, max(date) as last from marts.daily_volume")
    if not span or span[0]["first"] is None:
        return [], "day"
    step = charts.step_for(span[0]["first"], span[0]["last"])
    rows = shown.rows(
        """
        select
            date_trunc($step, date)::date as start,
            sum(article_count)::bigint as article_count,
            sum(sidebar_only_count)::bigint as sidebar_only_count,
            bool_and(is_capture_gap) as is_gap
        from marts.daily_volume
        group by all
        order by start
        """,
        {"step": step},
    )
    if not rows:
        return [], step
    by_start = {row["start"]: charts.Period(**row) for row in rows}
    periods = [next(iter(by_start.values()))]
    while periods[-1].start < rows[-1]["start"]:
        start = charts.next_start(periods[-1].start, step)
        periods.append(by_start.get(start, charts.Period(start, 0, 0, is_gap=True)))
    return periods, step


def _shares(runs: Sequence[_Run]) -> list[charts.RunShares]:
    """The shares kept out after each run that counted them, the oldest first."""
    counted = [run for run in runs if run.share("quarantined") is not None][:RUNS_IN_TREND]
    return [
        charts.RunShares(
            charts.day(run.started), run.share("quarantined") or 0, run.share("rejected") or 0, run.state == "blocked"
        )
        for run in reversed(counted)
    ]


_FIELD_LABELS = {
    "dateline": "dateline",
    "footer": "footer",
    "juche_footer": "Juche year in the footer",
    "capture_date": "day of capture",
    "two_paragraphs": "several paragraphs",
    "place": "names a place",
    "person": "names a person",
    "organization": "names an organisation",
    "topic": "has a topic",
}


def _fields(shown: _Warehouse) -> list[charts.FieldTrend]:
    """The share of articles of all sources that have a field, by month."""
    shares: dict[str, list[tuple[date, float]]] = {name: [] for name in _FIELD_LABELS}
    for row in shown.rows(
        """
        select field, month, sum(filled_count) / sum(article_count) as share
        from marts.field_completeness
        group by all
        order by field, month
        """
    ):
        shares.setdefault(row["field"], []).append((row["month"], row["share"]))
    return [
        charts.FieldTrend(_FIELD_LABELS.get(name, name.replace("_", " ")), months[-MONTHS_SHOWN:])
        for name, months in shares.items()
        if months
    ]
