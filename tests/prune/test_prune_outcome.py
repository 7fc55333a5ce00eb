"""What finally becomes of a page: the parser's outcome, and the rules' where the parser would have loaded it."""

from datetime import date

import polars as pl

from etl.prune.outcome import QUARANTINE_SCHEMA, final_outcomes, split_blocks
from tests import support
from tests.support import block, broken_page, clean_tables, page

PAGES = pl.LazyFrame(
    {
        "page_sha256": ["p", "q"],
        "outcome": ["load", "quarantine"],
        "reason": [None, "no_body"],
        "reason_detail": [None, "x"],
    }
)


def failed(*found):
    """Rows that failed a quarantine rule: table, page, position, reason, place of the rule in its suite."""
    rows = [(table, sha, position, reason, f"about {reason}", order) for table, sha, position, reason, order in found]
    return pl.DataFrame(rows, schema=QUARANTINE_SCHEMA, orient="row")


def outcomes(quarantined):
    frame = final_outcomes(PAGES, quarantined).collect()
    return {sha: rest for sha, *rest in frame.select("page_sha256", "outcome", "reason", "reason_detail").iter_rows()}


def test_without_failing_rows_the_parser_decides():
    assert outcomes(failed()) == {"p": ["load", None, None], "q": ["quarantine", "no_body", "x"]}


def test_a_failing_article_takes_its_page_into_quarantine_with_the_reason_of_the_rule():
    found = outcomes(failed(("parsed.article", "p", None, "bad_date", 3)))

    assert found["p"] == ["quarantine", "bad_date", "about bad_date"]


def test_of_several_rules_the_first_of_the_suite_gives_the_reason():
    rules = [("parsed.article", "p", None, "late", 5), ("parsed.article", "p", None, "early", 1)]

    assert outcomes(failed(*rules))["p"] == outcomes(failed(*reversed(rules)))["p"]
    assert outcomes(failed(*rules))["p"][1] == "early"


def test_a_page_that_the_parser_refused_keeps_the_reason_of_the_parser():
    assert outcomes(failed(("parsed.page", "q", None, "bad_date", 0)))["q"] == ["quarantine", "no_body", "x"]


def test_a_failing_sidebar_block_leaves_its_page_loaded():
    quarantined = failed(("parsed.sidebar_block", "p", 2, "bad_date", 0), ("parsed.sidebar_block", "p", 2, "other", 1))
    blocks = pl.DataFrame(
        {"page_sha256": ["p", "p", "q"], "position": [1, 2, 2]}, schema_overrides={"position": pl.Int32}
    )

    kept, counts = split_blocks(blocks, quarantined)

    assert outcomes(quarantined)["p"] == ["load", None, None]
    assert kept.select("page_sha256", "position").rows() == [("p", 1), ("q", 2)]
    assert counts.rows() == [("p", "sidebar_block_failed_rule", 1)]


def test_pages_know_their_article_and_how_many_entries_they_name(settings):
    loaded = page(block("One"), block("Two"), block("One"))

    rows = {row["outcome"]: row for row in clean_tables(settings, loaded, broken_page())["page"].rows(named=True)}

    assert (rows["load"]["sidebar_block_count"], rows["load"]["sidebar_entry_count"]) == (3, 2)
    assert rows["load"]["article_id"]
    assert (rows["quarantine"]["article_id"], rows["quarantine"]["sidebar_entry_count"]) == (None, 0)


def test_a_page_that_a_rule_stops_gives_neither_article_nor_entries(settings):
    # a footer eight days off the Date line: the parser reads the page, a rule finds the contradiction
    contradiction = page(block()).replace(b"(Juche113.9.18.)", b"(Juche113.9.10.)")

    tables = clean_tables(settings, contradiction)

    (stopped,) = tables["page"].rows(named=True)
    assert (stopped["outcome"], stopped["reason"], stopped["article_id"]) == ("quarantine", "contradiction", None)
    assert "footer_date 2024-09-10" in stopped["reason_detail"]
    assert "published_date 2024-09-18" in stopped["reason_detail"]
    assert tables["article_version"].is_empty()
    assert tables["sidebar_entry"].is_empty()
    assert tables["dropped"].is_empty()


def test_a_page_is_named_after_its_first_file_by_address(settings):
    for name in ("c.txt", "a.txt", "b.txt"):
        support.add(settings, [support.offer(page(captured=date(2024, 9, 19)), name)])

    files = support.clean_tables(settings)["origin_file"].filter(outcome="page")

    assert files.select("name", "origin").rows() == [("a.txt", "file:///pages")]
