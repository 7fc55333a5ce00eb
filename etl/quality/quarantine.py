"""Rows that a rule sends to quarantine: found on the parsed tables, before anything is pruned or loaded."""

# ruff: noqa: S608 - table and column names come from the suites and the tables themselves, never from pages
from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import duckdb
import polars as pl

from etl.prune.outcome import QUARANTINE_SCHEMA
from etl.quality.row_rules import find_violations
from etl.quality.suite import Rule, Suite

_NUMBERS_AND_DATES = ("DATE", "INTEGER", "BIGINT", "DOUBLE")
"""Only values of these types may be named in a detail: they cannot hold page text."""


def failing_rows(con: duckdb.DuckDBPyConnection, suites: Iterable[Suite]) -> pl.DataFrame:
    """Every row that fails a rule whose action is quarantine, with the columns of `QUARANTINE_SCHEMA`.

    Args:
        con: a connection that sees the tables of the suites.
        suites: suites of parsed tables, keyed by page or by page and position.
    """
    rows: list[dict[str, Any]] = []
    for suite in suites:
        rules = {rule.rule_id: (order, rule) for order, rule in enumerate(suite.rules) if rule.action == "quarantine"}
        found = find_violations(con, suite, only=list(rules)) if rules else None
        if found is None or found.is_empty():
            continue
        details = {
            rule_id: _details(con, rules[rule_id][1], found.filter(pl.col("rule_id") == rule_id)["key"].to_list())
            for rule_id in found["rule_id"].unique()
        }
        for rule_id, key in found.select("rule_id", "key").iter_rows():
            order, rule = rules[rule_id]
            page, position = _key_parts(rule, key)
            rows.append(
                {
                    "table": suite.table,
                    "page_sha256": page,
                    "position": position,
                    "reason": rule.reason,
                    "detail": f"{rule.description} Found: {details[rule_id][key]}"
                    if details[rule_id].get(key)
                    else rule.description,
                    "rule_order": order,
                }
            )
    return pl.DataFrame(rows, schema=QUARANTINE_SCHEMA)


def _key_parts(rule: Rule, key: str) -> tuple[str, int | None]:
    if len(rule.key) == 1:
        return key, None
    parts = json.loads(key)
    return parts["page_sha256"], int(parts["position"])


def _details(con: duckdb.DuckDBPyConnection, rule: Rule, keys: list[str]) -> dict[str, str]:
    """The dates and numbers that the rule speaks of, for each failing page, as `name value, name value`."""
    if rule.key != ("page_sha256",):
        return {}
    described = con.execute(f"describe {rule.table}").fetchall()
    text = json.dumps(dict(rule.kwargs))
    named = [name for name, kind, *_ in described if kind in _NUMBERS_AND_DATES and re.search(rf"\b{name}\b", text)]
    if not named:
        return {}
    rows = con.execute(
        f"select page_sha256, {', '.join(named)} from {rule.table} where list_contains($keys, page_sha256)",
        {"keys": keys},
    ).fetchall()
    return {
        row[0]: ", ".join(f"{name} {value}" for name, value in zip(named, row[1:], strict=True) if value is not None)
        for row in rows
    }
