"""What became of the files, and of the sidebars of the pages loaded, as the report draws it.

What belongs here: which counts make up which, so that parts add up to their whole. What does not: where boxes stand
(`flow`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from etl.quality import flow
from etl.quality.flow import Amount
from etl.quality.report_warehouse import ShownWarehouse

_REMOVED = "select reason, sum(row_count)::bigint as n from quality.dropped group by reason"
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


def flows(shown: ShownWarehouse) -> list[dict[str, Any]]:
    """Each flow that is not empty: its boxes and ribbons, and the same amounts in order."""
    return [_drawn(root) for root in _amounts(shown) if root.count]


def _drawn(root: Amount) -> dict[str, Any]:
    boxes, ribbons = flow.flow(root)
    levels = 1 + max(box.level for box in boxes)
    return {"root": root, "boxes": boxes, "ribbons": ribbons, "levels": levels, "rows": list(root.tree())}


def _amounts(shown: ShownWarehouse) -> list[Amount]:
    """The files offered and the sidebar blocks; none where the warehouse does not tell."""
    found = {row["outcome"]: row["n"] for row in shown.rows(_COUNTED.format(table="origin_file"))}
    pages = {row["outcome"]: row["n"] for row in shown.rows(_COUNTED.format(table="page_outcome"))}
    removed = {row["reason"]: row["n"] for row in shown.rows(_REMOVED)}
    numbers = next(iter(shown.rows(_FLOW_COUNTS)), None)
    if not found or numbers is None:
        return []
    return [_files(found, _pages(pages, removed, numbers)), _sidebar_blocks(removed, numbers)]


def _files(found: Mapping[str, int], pages: Amount) -> Amount:
    return Amount(
        "files offered",
        sum(found.values()),
        "all",
        [
            pages,
            Amount("duplicates", found.get("duplicate", 0), "repeat", note="the same bytes under another name"),
            Amount("skipped", found.get("skipped", 0), "skipped", note="not a page by its name or size"),
            Amount("unreadable", found.get("unreadable", 0), "reject"),
        ],
    )


def _pages(pages: Mapping[str, int], removed: Mapping[str, int], numbers: Mapping[str, int]) -> Amount:
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
    return Amount("distinct pages", sum(pages.values()), "all", outcomes)


def _sidebar_blocks(removed: Mapping[str, int], numbers: Mapping[str, int]) -> Amount:
    refused = removed.get("sidebar_block_failed_rule", 0) + numbers["incomplete"]
    again = removed.get("sidebar_entry_seen_on_other_page", 0) + removed.get("sidebar_entry_repeated_on_page", 0)
    entries = [
        Amount("with the article", numbers["entries"] - numbers["sidebar_only"], "load", note="its text is here"),
        Amount("only named", numbers["sidebar_only"], "sidebar", note="known from sidebars alone"),
    ]
    return Amount(
        "sidebar blocks on loaded pages",
        numbers["blocks"],
        "all",
        [
            Amount("distinct entries", numbers["entries"], "all", entries),
            Amount("seen again", again, "repeat", note="the same entry on another page or twice on one"),
            Amount("incomplete or refused", refused, "reject"),
        ],
    )
