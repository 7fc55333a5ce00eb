"""The rules as the report shows them: their results by run, and the rows that break them.

What belongs here: results, failing keys and how a key leads to a page. What does not: what stands on that page
(`report_pages`), and how many of the keys are shown.
"""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from etl.quality.report_pages import Spot, mark_for
from etl.quality.report_runs import Run, evidence
from etl.quality.report_warehouse import ShownWarehouse
from etl.quality.suite import Rule
from etl.settings import Home

SEVERITY_ORDER = {"critical": 0, "warning": 1, "info": 2}
LAYERS = ("parsed", "core", "marts", "quality")

KEYS_SQL = "select key from quality.rule_violation where rule_id = '{rule_id}'"
"""The statement that gives all keys of a rule."""


class Rules:
    """The rules of the last run over the runs shown, failed ones first.

    Attributes:
        keys: the keys of failing rows by rule, as far as they are recorded.
        tables: each table with a failed rule, with those that failed.
        held: each table with its rules that hold.
        spots: the places on pages that the failing keys lead to.
    """

    def __init__(
        self,
        home: Home,
        runs: Sequence[Run],
        shown: ShownWarehouse,
        known: Mapping[str, Rule],
        keys_per_rule: int,
    ) -> None:
        """Read what is recorded of the rules.

        Args:
            home: where the pages of Great Expectations are.
            runs: the runs shown, the last first.
            shown: the warehouse.
            known: the rules that the rule files hold now, by their ids.
            keys_per_rule: how many failing keys of a rule are shown.
        """
        self.home = home
        self.runs = runs
        self.known = known
        self.keys: dict[str, list[str]] = defaultdict(list)
        by_run = [run.results for run in runs]
        rows = [self._row(row, by_run) for row in (by_run[0].values() if by_run else ())]
        self.total = len(rows)
        self.failed = [row for row in rows if not row["success"]]
        self.blocking = sorted((row for row in self.failed if row["is_blocking"]), key=_rule_order)
        self.reached_tables = any(row["table_name"].split(".")[0] in LAYERS[1:] for row in rows)
        self.tables = _by_table(self.failed)
        self.held = _by_table(row for row in rows if row["success"])
        self.spots: list[Spot] = []
        if runs:
            self._find_keys(runs[0], shown)
            self._show_keys(shown, keys_per_rule)

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
            "evidence": evidence(self.home, self.runs[0].record.run_id, row["suite"]),
            # the rows of a run that was not published stand in no table
            "sql": None if self.runs[0].state == "blocked" else KEYS_SQL.format(rule_id=row["rule_id"]),
            "record": f"runs/{self.runs[0].record.run_id}.json",
        }

    def _find_keys(self, run: Run, shown: ShownWarehouse) -> None:
        """Collect the keys that the run's record has; a run that was published may have them in its tables."""
        violations: Sequence[dict[str, Any]] = run.record.violations
        if not violations and run.state != "blocked" and any(row["rows_failed"] for row in self.failed):
            violations = shown.rows("select rule_id, key from quality.rule_violation order by all")
        for row in violations:
            self.keys[row["rule_id"]].append(str(row["key"]))

    def _show_keys(self, shown: ShownWarehouse, keys_per_rule: int) -> None:
        """Give each failed rule its first keys, and these their pages."""
        for row in (row for _, rows in self.tables for row in rows):
            found = self.keys.get(row["rule_id"], [])
            row["failing_count"] = max(row["rows_failed"] or 0, len(found))
            row["failing"] = [_key_shown(self.known.get(row["rule_id"]), key) for key in found[:keys_per_rule]]
        shown_keys = [key for _, rows in self.tables for row in rows for key in row["failing"]]
        _find_pages(shown_keys, shown)
        self.spots = [key.spot for key in shown_keys if key.spot]

    def quarantined_by(self, reason: str) -> dict[str, Rule]:
        """For each page that a rule sent to quarantine for this reason, the rule."""
        rules = [rule for rule in self.known.values() if rule.action == "quarantine" and rule.reason == reason]
        return {key: rule for rule in reversed(rules) for key in self.keys.get(rule.rule_id, [])}


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
    spot: Spot | None = None


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


def _find_pages(keys: Sequence[_Key], shown: ShownWarehouse) -> None:
    """Give each key its place on a page, and what the page is called."""
    _find_spots(keys, shown)
    named = shown.rows(
        "select page_sha256, name, title from quality.page_outcome where page_sha256 in (select unnest($pages))",
        {"pages": sorted({key.spot.page_sha256 for key in keys if key.spot})},
    )
    pages = {row["page_sha256"]: row for row in named}
    for key in keys:
        key.page = pages.get(key.spot.page_sha256) if key.spot else None


def _find_spots(keys: Sequence[_Key], shown: ShownWarehouse) -> None:
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
                mark = "date_line" if part == "source_id" else mark_for(key.rule)
                block = key.parts.get("position") if part == "page_sha256" else position
                key.spot = Spot(str(sha256), None, mark, block)


def _leading_part(key: _Key) -> str | None:
    """The part of a key that leads to a page."""
    part = next((name for name in _PAGES_OF if name in key.parts), None)
    is_too_wide = part == "source_id" and len(key.parts) > 1  # such as the month of a source
    return None if is_too_wide else part
