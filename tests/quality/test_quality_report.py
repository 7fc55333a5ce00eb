"""What the data-quality report says: the same numbers as the tables, the line that is to blame, and never too much."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from selectolax.lexbor import LexborHTMLParser

from etl.quality import charts, flow, report, report_rules
from etl.quality.charts import FieldTrend, Period, RunShares
from etl.quality.flow import Amount
from etl.quality.report import write_report
from etl.runs import RunRecord, RunStore
from etl.settings import Settings
from etl.stages import build_digest
from etl.text import visible
from etl.warehouse import build
from etl.warehouse.publish import publish
from tests import support
from tests.canaries import CANARIES
from tests.support import block, broken_page, numbers, offers, page, refusal

DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Page:
    """A report, to be asked for its parts by CSS selectors."""

    def __init__(self, text):
        self.source = text
        self.tree = LexborHTMLParser(text)

    def all(self, selector):
        return self.tree.css(selector)

    def text(self, selector="main"):
        """The text of the first part that fits, with single spaces; empty where none does."""
        found = self.tree.css_first(selector)
        return spaced(found) if found else ""

    def rows(self, selector):
        """The cells of a table's body, row by row."""
        return [[spaced(cell) for cell in row.css("th, td")] for row in self.all(f"{selector} tbody tr")]

    def numbers(self, selector):
        """A table's rows by their first cell, with the number in their second."""
        return {cells[0]: int(cells[1].replace(",", "")) for cells in self.rows(selector)}


def spaced(node):
    return " ".join(node.text(separator=" ").split())


def written(settings):
    return Page(write_report(settings).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def sample(sample_run):
    """The report that the sample run wrote."""
    return Page(sample_run.settings.paths().report.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def asked(sample_run):
    """Ask the warehouse of the sample run."""
    return lambda query: support.rows(sample_run.settings.paths().warehouse, query)


def result(rule_id="article_dateline_near", **fields):
    """A result of a rule as a record holds it; the rule fails unless told otherwise."""
    defaults = {"suite": "parsed_article", "table_name": "parsed.article", "severity": "warning"}
    defaults |= {"is_blocking": False, "action": "report", "description": "It is right.", "rows_checked": 9}
    return {"rule_id": rule_id, "rows_failed": 1, "success": False, "error": None} | defaults | fields


def add_run(settings, number=0, **fields):
    """Record a run that ended; each number is a day later."""
    began = (DAY + timedelta(days=number)).isoformat()
    counts = {"page_count": 10, "loaded_page_count": 8, "quarantined_page_count": 2, "offered_count": 10}
    defaults = {"verdict": "passed", "version": "unchanged", "finished_at": began, "counts": counts}
    record = RunRecord(f"run-{number}", began, **(defaults | fields))
    RunStore(settings.paths()).save(record)
    return record


# The numbers --------------------------------------------------------------------------------------


def test_every_part_of_the_page_is_there_and_every_link_leads_to_one(sample):
    headings = [spaced(node) for node in sample.all("h1, h2")]
    ids = [node.attributes["id"] for node in sample.all("[id]")]
    links = [node.attributes["href"] for node in sample.all("a")]

    assert headings == [
        "Good: published",
        "What was offered, and what became of it",
        "Rules",
        "Pages that did not load",
        "Trends",
        "Silent edits",
        "What was not captured",
        "Sums that must agree",
        "Runs",
    ]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_the_flow_counts_as_the_tables_do_and_adds_up(sample, asked):
    files = dict(asked("select outcome, count(*) from quality.origin_file group by all"))
    pages = dict(asked("select outcome, count(*) from quality.page_outcome group by all"))
    ((articles, versions, entries, named),) = asked(
        "select (select count(*) from core.fact_article), (select count(*) from core.fact_article_version), "
        "(select count(*) from core.fact_sidebar_entry), (select count(*) from marts.sidebar_only_article)"
    )

    shown = [(re.split(" the same| kept| no readable| pages that| not a| its text| known", row[0])[0], row[1])
             for row in sample.rows(".parts")]  # fmt: skip
    found = {name: int(count.replace(",", "")) for name, count in shown}

    assert found["files offered"] == sum(files.values())
    assert (found["distinct pages"], found["duplicates"], found["skipped"]) == (
        files["page"],
        files["duplicate"],
        files["skipped"],
    )
    assert (found["loaded"], found["in quarantine"], found["rejected"]) == (
        pages["load"],
        pages["quarantine"],
        pages["reject"],
    )
    assert (found["articles"], found["later wordings"]) == (articles, versions - articles)
    assert found["articles"] + found["later wordings"] + found["repeats"] == found["loaded"]
    assert (found["distinct entries"], found["only named"]) == (entries, named)
    assert found["with the article"] + found["only named"] == found["distinct entries"]
    assert (
        found["distinct entries"] + found["seen again"] + found["incomplete or refused"]
        == (found["sidebar blocks on loaded pages"])
    )


def test_the_first_lines_say_what_the_run_was_offered_and_how_it_ended(sample, sample_run):
    counts = sample_run.record.counts
    failed = sample_run.record.failed_rules()

    said = sample.text(".verdict")
    tiles = {spaced(tile.css_first("dt")): numbers(spaced(tile.css_first("dd")))[0] for tile in sample.all(".tile")}

    assert f"{counts['offered_count']} files: {counts['new_page_count']} new pages" in said
    assert f"{len(failed)} other rules found something" in said
    assert tiles == {
        "new pages": counts["new_page_count"],
        "pages loaded": counts["loaded_page_count"],
        "in quarantine": counts["quarantined_page_count"],
        "articles": counts["article_count"],
        "rules that hold": len(sample_run.record.rule_results) - len(failed),
        "sums that agree": len(sample.rows("#sums .scroll")),
    }


def test_each_reason_has_its_count_its_sentence_and_its_pages(sample, asked):
    expected = asked(
        "select reason_sentence, count(*), list(name order by name) from quality.page_outcome "
        "where outcome <> 'load' group by all"
    )

    found = [
        (
            spaced(reason.css_first(".reason > span")),
            int(spaced(reason.css_first(".reason > b"))),
            [spaced(name) for name in reason.css(".page > summary > bdi")],
        )
        for reason in sample.all("#left-out .reasons > details")
    ]

    assert sorted(found) == sorted(expected)
    assert [count for _, count, _ in found] == sorted((count for _, count, _ in found), reverse=True)


def test_sums_duplicates_and_files_without_a_page_are_those_of_the_tables(sample, asked):
    sums = asked("select left_side, left_count, right_side, right_count from quality.accounting")
    removed = asked("select reason, sum(row_count) from quality.dropped group by all")
    unread = asked("select name, reason_sentence from quality.origin_file where outcome in ('skipped', 'unreadable')")
    duplicates, files = ([[spaced(cell) for cell in row.css("td")] for row in card.css("tbody tr")]
                         for card in sample.all("#sums .card"))  # fmt: skip

    assert sample.rows("#sums .scroll") == [[a, f"{m:,}", b, f"{n:,}", "✓"] for a, m, b, n in sums]
    assert sorted(duplicates) == sorted([reason.replace("_", " "), f"{count:,}"] for reason, count in removed)
    assert sorted(map(tuple, files)) == sorted(unread)


def test_edits_gaps_and_articles_only_named_are_those_of_the_marts(sample, asked):
    ((new_title, word_changes),) = asked("select new_title, word_changes from marts.revision")
    ((entries,),) = asked("select count(*) from marts.sidebar_only_article")
    ((gap_days,),) = asked("select count(*) from marts.daily_volume where is_capture_gap")
    gaps, named = sample.all("#gaps .card")

    title = sample.tree.css_first(".edits .title")
    for word in title.css("del"):
        word.remove()
    assert spaced(title) == new_title
    assert {spaced(word) for word in sample.all(".changes del")} == {each["old"] for each in word_changes} - {None, ""}
    assert {spaced(word) for word in sample.all(".changes ins")} == {each["new"] for each in word_changes} - {None, ""}
    assert sum(int(spaced(row.css("td")[-1])) for row in gaps.css("tbody tr")) == gap_days
    assert spaced(named).startswith(f"Articles known only from sidebars {entries} articles are named")
    assert len(named.css("tbody tr")) == min(entries, report.ENTRIES_SHOWN)


def test_the_runs_are_those_of_the_table(sample, asked):
    expected = asked(
        "select offered_count, new_page_count, page_count, quarantined_page_count, failed_rule_count from quality.run"
    )

    assert [tuple(map(int, row[2:7])) for row in sample.rows("#runs")] == expected
    assert [row[1] for row in sample.rows("#runs")] == ["published"]


# Rules --------------------------------------------------------------------------------------------


def test_each_failed_rule_says_why_it_matters_and_names_the_rows_of_the_table(sample, asked):
    failed = dict(asked("select rule_id, rows_failed from quality.rule_result where not success"))
    keys = dict(asked("select rule_id, list(key) from quality.rule_violation group by all"))

    shown = [row.attributes["id"].removeprefix("rule-") for row in sample.all("#rules > .scroll tbody tr[id]")]

    assert set(shown) == set(failed)
    for rule_id in shown:
        row = sample.tree.css_first(f"#rule-{rule_id}")
        explained = row.next.next if row.next.tag == "-text" else row.next
        assert str(failed[rule_id]) in [spaced(cell) for cell in row.css("td")]
        assert report._known_rules()[rule_id].why in spaced(explained)
        assert len(explained.css(".keys > li")) == len(keys[rule_id])
        for key in keys[rule_id]:
            assert key[:12] in spaced(explained)


def test_each_rule_that_holds_is_there_with_its_table_and_severity(sample, asked):
    held = asked("select table_name, rule_id, severity from quality.rule_result where success")
    found = [
        (spaced(table.css_first("summary b")), row.attributes["id"].removeprefix("rule-"), spaced(row).split(" · ")[0])
        for table in sample.all("#rules .rows")
        for row in table.css("tbody tr[id]")
    ]

    assert sorted((table, rule_id) for table, rule_id, _ in found) == sorted((table, rule) for table, rule, _ in held)
    severities = {rule_id: severity for _, rule_id, severity in held}
    assert all(text.endswith(severities[rule_id]) for _, rule_id, text in found)


def test_the_statement_for_more_keys_gives_all_of_them(asked):
    for rule_id, keys in asked("select rule_id, list(key) from quality.rule_violation group by all"):
        assert sorted(key for (key,) in asked(report_rules.KEYS_SQL.format(rule_id=rule_id))) == sorted(keys)


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("passed", "select key from quality.rule_violation where rule_id = 'article_dateline_near'"),
        ("blocked", "runs/run-0.json"),  # the keys of a run that was not published stand in no table
    ],
)
def test_of_many_keys_some_are_shown_and_the_rest_can_be_listed(settings, verdict, said):
    keys = [{"suite": "parsed_article", "rule_id": "article_dateline_near", "key": f"{n:064x}"} for n in range(33)]
    add_run(settings, verdict=verdict, rule_results=[result(rows_failed=40, rows_checked=99)], violations=keys)

    shown = written(settings)

    assert len(shown.all(".keys > li")) == report.KEYS_PER_RULE == 20
    assert "And 20 more." in shown.text("#rules")
    assert said in shown.text("#rules")


def test_the_matrix_has_the_newest_runs_first_and_no_more_than_fit(settings):
    for number in range(20):
        add_run(settings, number, rule_results=[result(rows_failed=number, success=number < 18)])

    shown = written(settings)

    assert len(shown.all("#rules thead .when")) == len(shown.rows("#runs")) == report.RUNS_SHOWN == 15
    cells = [spaced(cell) for cell in shown.all("#rule-article_dateline_near td")]
    assert cells == [str(number) for number in range(19, 4, -1)]
    assert [spaced(cell).split()[:2] for cell in shown.all("#rules thead .when")][:2] == [["21", "Mar"], ["20", "Mar"]]


def test_results_are_told_apart_by_more_than_colour(settings):
    add_run(settings, 0, rule_results=[result(success=True, rows_failed=0)])
    add_run(settings, 1, rule_results=[result(error="the two engines disagree", rows_failed=None, rows_checked=None)])
    add_run(settings, 2, rule_results=[])
    add_run(settings, 3, rule_results=[result(rows_failed=0)])

    shown = written(settings)

    assert [spaced(cell) for cell in shown.all("#rule-article_dateline_near td")] == ["✗", "·", "!", "✓"]
    assert "It is about the table as a whole" in shown.text("#rules")


def test_a_rule_that_could_not_be_evaluated_says_so_in_words(settings):
    add_run(settings, rule_results=[result(error="the two engines\x1b disagree", rows_failed=None, rows_checked=None)])

    assert "It could not be evaluated: the two engines\N{REPLACEMENT CHARACTER} disagree" in written(settings).text()


# The line that is to blame ------------------------------------------------------------------------


def marked(node):
    """The numbers and the texts of the marked lines below a part of the page."""
    return [(int(spaced(line.css_first(".n"))), spaced(line.css_first("bdi"))) for line in node.css("mark")]


def test_each_page_that_did_not_load_shows_the_line_that_its_reason_names(sample, asked, sample_run):
    named = asked(
        "select page_sha256, reason_line from quality.page_outcome where reason_line is not null and not is_html"
    )
    shown = {spaced(each.css("code")[-1]).split()[-1]: each for each in sample.all("#left-out .page")}

    assert len(named) > 5
    for sha256, line in named:
        content = next((sample_run.settings.paths().raw).glob("pages-*.parquet"))
        text = page_text(content, sha256)
        ((number, found),) = marked(shown[sha256[:12]])
        assert number == line
        assert found == " ".join(text.splitlines()[line - 1][:200].split())


def page_text(pack, sha256):
    import polars as pl

    (content,) = pl.read_parquet(pack, glob=False).filter(pl.col("page_sha256") == sha256)["content"]
    return content.decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ((b"Date: 18/09/2024", b"Date: 18/09/1912"), "Date: 18/09/1912 | Source: KCNA.kp (En) |"),
        ((b"Date: 18/09/2024", b"Date: 28/09/2024"), "Date: 28/09/2024 | Source: KCNA.kp (En) |"),
        ((b"(Juche113.9.18.)", b"(Juche113.9.12.)"), "www.kcna.kp (Juche113.9.12.)"),
    ],
    ids=["a day before the agency", "a day after the capture", "a footer of another day"],
)
def test_where_the_reason_names_no_line_the_part_that_it_speaks_of_is_marked(settings, changed, line):
    assert changed[0] in page()
    support.publish_warehouse(settings, offers(page().replace(*changed)))
    sha256 = support.rows(settings.paths().warehouse, "select page_sha256 from quality.page_outcome")[0][0]
    add_run(
        settings,
        violations=[{"suite": "parsed_article", "rule_id": "article_footer_date_agrees", "key": sha256}],
    )

    ((_, found),) = marked(written(settings).tree.css_first("#left-out .page"))

    assert found.startswith(line)


@pytest.fixture(scope="module")
def two_blocks(tmp_path_factory):
    """A home with one page, whose sidebar has two blocks and ends too early."""
    settings = Settings(home=tmp_path_factory.mktemp("two"))
    content = page(block(), block(title="Second Bridge"))
    whole, last_line, _ = content.rpartition(b"A bridge was opened over the Taedong River.")
    support.publish_warehouse(settings, offers(whole + last_line))
    return settings


@pytest.mark.parametrize(
    ("rule_id", "table", "key", "line"),
    [
        ("article_dateline_near", "parsed.article", "page", "Pyongyang, September 18 (KCNA) --"),
        ("article_footer_readable", "parsed.article", "page", "www.kcna.kp (Juche113.9.18.)"),
        ("page_site_label_agrees", "parsed.page", "page", "KCNA KCNA.kp (En)"),
        ("page_sidebar_label_agrees", "parsed.page", "page", "More From KCNA.kp (En)"),
        ("page_sidebar_whole", "parsed.page", "page", "A bridge was opened over the Taedong River."),
        ("sidebar_block_teaser_length", "parsed.sidebar_block", "block", "Second Bridge"),
        ("dim_source_listed", "core.dim_source", "source", "Date: 18/09/2024 | Source: KCNA.kp (En)"),
        ("fact_article_published_date_exists", "core.fact_article", "article", "Date: 18/09/2024 | Source:"),
    ],
)
def test_a_failing_row_leads_to_the_line_of_its_page(two_blocks, rule_id, table, key, line):
    ((sha256, article_id, source_id),) = support.rows(
        two_blocks.paths().warehouse, "select page_sha256, article_id, source_id from core.fact_page"
    )
    position = json.dumps({"page_sha256": sha256, "position": 2}, separators=(",", ":"))
    value = {"page": sha256, "block": position, "article": article_id, "source": source_id}[key]
    suite = table.replace(".", "_")
    add_run(
        two_blocks,
        rule_results=[result(rule_id, table_name=table, suite=suite)],
        violations=[{"suite": suite, "rule_id": rule_id, "key": value}],
    )

    (shown,) = written(two_blocks).all(".keys > li")

    assert spaced(shown).startswith("page_0.txt")
    assert [text[: len(line)] for _, text in marked(shown)] == [line]


def test_a_row_that_belongs_to_no_page_is_named_by_its_key(settings):
    support.publish_warehouse(settings, offers(page()))
    key = json.dumps({"source_id": "nowhere", "date": "2024-09-18"})
    add_run(
        settings,
        rule_results=[result("daily_volume_key_unique", table_name="marts.daily_volume", suite="marts_daily_volume")],
        violations=[{"suite": "marts_daily_volume", "rule_id": "daily_volume_key_unique", "key": key}],
    )

    assert written(settings).text(".keys > li") == "source_id nowhere , date 2024-09-18"


def test_a_large_page_is_shown_from_the_top_without_being_read_again(settings, monkeypatch):
    support.publish_warehouse(settings, offers(page().replace(b"18/09/2024", b"18/09/1912")))
    monkeypatch.setattr(report, "SEARCHED_BYTES", 100)

    shown = written(settings)

    assert marked(shown.tree.css_first("#left-out .page")) == []
    assert "Orchard Harvested" in shown.text("#left-out .excerpt")


def test_a_damaged_pack_costs_the_lines_and_not_the_report(copied_run):
    pack = next(copied_run.settings.paths().raw.glob("pages-*.parquet"))
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes()[:-1])

    shown = written(copied_run.settings)

    assert f"No lines can be shown: {pack}: the bytes differ" in shown.text("#left-out")
    assert shown.all(".excerpt") == []
    assert "Good: published" in shown.text("h1")


# Nothing without bound ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """A report on more of everything than it shows."""
    settings = Settings(home=tmp_path_factory.mktemp("crowded"))
    first = date(2024, 1, 1)
    days = [first + timedelta(days=3 * number) for number in range(25)]
    named = [block(title=f"Named {number}", shown_on=days[0]) for number in range(15)]
    loaded = [
        page(*named, title=f"Told {number}", published=day, captured=day, paragraphs=(f"Item {number} of the plan.",))
        for number, day in enumerate(days)
    ]
    broken = [broken_page(published=first, captured=first, paragraphs=(f"Part {n}.",)) for n in range(60)]
    refused = [refusal(f".hidden_{number:03}") for number in range(120)]
    support.publish_warehouse(settings, [*offers(*loaded, *broken), *refused])
    add_run(settings)
    return written(settings)


@pytest.mark.parametrize(
    ("part", "shown", "more"),
    [
        ("#left-out .page", 50, "And 10 more: kcna quarantine list"),
        ("#gaps .card:nth-child(1) tbody tr", 20, "And 4 more, in marts.daily_volume"),
        ("#gaps .card:nth-child(2) tbody tr", 10, "And 5 more, in marts.sidebar_only_article"),
        ("#sums .card:nth-child(2) tbody tr", 100, "And 20 more, in quality.origin_file"),
    ],
)
def test_a_long_list_is_cut_and_says_how_many_more_there_are(crowded, part, shown, more):
    assert len(crowded.all(part)) == shown
    assert more in crowded.text()


def test_gaps_are_ranges_of_days_the_longest_and_newest_first(crowded):
    assert crowded.rows("#gaps .card:nth-child(1)")[0] == ["KCNA.kp (En)", "11 Mar 2024", "12 Mar 2024", "2"]
    assert "KCNA.kp (En) : 48 of 73 days" in crowded.text("#gaps .card:nth-child(1)")


def test_of_many_edits_the_newest_are_shown_with_some_of_their_changes(settings):
    words = [f"Unit {number} did its part of the work." for number in range(40)]
    pages = []
    for number in range(22):
        day = date(2024, 9, 1) + timedelta(days=number)
        for captured, verb in ((0, "did"), (1, "finished")):
            text = tuple(each.replace("did", verb) if n < 14 else each for n, each in enumerate(words))
            pages.append(
                page(title=f"Work {number}", published=day, captured=day + timedelta(captured), paragraphs=text)
            )
    support.publish_warehouse(settings, offers(*pages))

    shown = written(settings)

    ((total,),) = support.rows(settings.paths().warehouse, "select count(*) from marts.revision")
    ((changes,),) = support.rows(settings.paths().warehouse, "select any_value(change_count) from marts.revision")
    assert total == 22
    assert len(shown.all(".edits > li")) == report.REVISIONS_SHOWN == 20
    assert "22 wordings replaced an earlier one of the same article; the newest 20 are shown" in shown.text("#edits")
    assert spaced(shown.all(".edits > li")[0]).startswith("Work 21 Published 22 Sep 2024, changed within 1 day")
    assert changes > report.CHANGES_SHOWN
    assert f"And {changes - report.CHANGES_SHOWN} more, in marts.revision" in shown.text(".edits > li")


def test_excerpts_for_keys_are_bounded_over_all_rules(settings, monkeypatch):
    monkeypatch.setattr(report, "EXCERPTS_OF_RULES", 3)
    support.publish_warehouse(settings, offers(*(page(title=f"Title {number}") for number in range(5))))
    shas = [sha for (sha,) in support.rows(settings.paths().warehouse, "select page_sha256 from core.fact_page")]
    keys = [{"suite": "parsed_article", "rule_id": "article_dateline_near", "key": sha} for sha in shas]
    add_run(settings, rule_results=[result(rows_failed=5)], violations=keys)

    shown = written(settings)

    assert len(shown.all(".keys > li")) == 5
    assert len(shown.all(".keys .excerpt")) == 3


# States -------------------------------------------------------------------------------------------


def test_before_any_run_the_page_says_what_to_do(settings):
    shown = written(settings)

    assert shown.text("h1") == "No run has ended here yet"
    assert "Run kcna run first" in shown.text(".verdict")
    assert shown.all("section") == []


def test_an_empty_warehouse_has_a_report_without_any_division_by_nothing(settings):
    support.publish_warehouse(settings)
    add_run(settings, counts={"page_count": 0, "offered_count": 0})

    shown = written(settings)

    assert "Every page loaded." in shown.text("#left-out")
    assert "There are no articles yet." in shown.text("#trends")
    assert "No article is known in two wordings." in shown.text("#edits")


def test_a_warehouse_without_a_record_of_its_run_is_shown_all_the_same(settings):
    support.publish_warehouse(settings, offers(page(), broken_page()))

    shown = written(settings)

    assert shown.text("h1") == "No run has ended here yet"
    assert "2 distinct pages" in shown.text("#flow")
    assert len(shown.all("#left-out .page")) == 1


def test_a_run_with_nothing_new_is_good(settings):
    support.publish_warehouse(settings, offers(page()))
    add_run(settings)

    assert written(settings).text("h1") == "Good: nothing new, the published version stands"


def test_a_run_that_ended_between_its_checks_and_the_publication_is_not_called_published(settings):
    support.publish_warehouse(settings, offers(page()))
    add_run(settings, version=None)

    shown = written(settings)

    assert shown.text("h1") == "Checked, but not published"
    assert [row[1] for row in shown.rows("#runs")] == ["not published"]


@pytest.fixture(scope="module")
def blocked(tmp_path_factory):
    """The report on a run that two rules blocked, one of them about a page; its tables wait unpublished."""
    settings = Settings(home=tmp_path_factory.mktemp("blocked"))
    support.publish_warehouse(settings, offers(page()))
    work_file = support.build_warehouse(settings, offers(page(), page(title="New")))
    ((sha256,),) = support.rows(work_file, "select page_sha256 from quality.page_outcome where title = 'New'")
    is_blocking = {"is_blocking": True, "severity": "critical"}
    add_run(
        settings,
        verdict="blocked",
        version=None,
        rule_results=[
            result("article_footer_readable"),
            result("dim_date_complete", table_name="core.dim_date", rows_failed=0, **is_blocking),
            result("page_loaded_lines_explained", table_name="parsed.page", rows_checked=2, **is_blocking),
        ],
        violations=[{"suite": "parsed_page", "rule_id": "page_loaded_lines_explained", "key": sha256}],
    )
    return written(settings)


def test_a_blocked_run_names_its_rules_how_many_rows_and_what_to_do(blocked):
    said = blocked.text(".todo")

    assert blocked.text("h1") == "Blocked: not published"
    assert "2 rules that guard the publication failed" in blocked.text(".verdict")
    assert "it is still the version of 2 Mar 2026, 12:00 UTC" in blocked.text(".verdict")
    assert "1 of 2 rows breaks it." in said
    assert "the table as a whole (9 rows) breaks it." in said
    assert "Run kcna run again" in said
    assert [link.attributes["href"] for link in blocked.all(".todo a")] == [
        "#rule-dim_date_complete",
        "#rule-page_loaded_lines_explained",
    ]


def test_rules_that_block_stand_first_and_open(blocked):
    shown = {
        row.attributes["id"]: "open" in blocked.tree.css_first(f"#{row.attributes['id']} + .more details").attributes
        for row in blocked.all("#rules > .scroll tbody tr[id]")
    }

    assert list(shown.items()) == [
        ("rule-page_loaded_lines_explained", True),
        ("rule-dim_date_complete", True),
        ("rule-article_footer_readable", False),
    ]


def test_a_blocked_run_shows_the_numbers_of_what_it_refused(blocked):
    assert "2 distinct pages" in blocked.text("#flow")
    assert blocked.all(".notice") == []


def test_a_run_blocked_before_its_tables_says_that_the_numbers_are_older(settings):
    support.publish_warehouse(settings, offers(page()))
    rule = result("page_rows_present", table_name="parsed.page", is_blocking=True, rows_failed=0)
    add_run(settings, verdict="blocked", version=None, counts={"offered_count": 0}, rule_results=[rule])

    shown = written(settings)

    assert "The last run did not get as far as its tables." in shown.text(".notice")
    assert "the rules on them were not reached" in shown.text("#rules")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"run_id": "x"}',
        '{"run_id": "x", "started_at": "yesterday", "finished_at": "today"}',
        '{"run_id": "x", "started_at": 7, "finished_at": "today"}',
        '{"run_id": 7, "started_at": "2026-03-02", "finished_at": "today"}',
        '{"run_id": "x", "started_at": "2026-03-02", "finished_at": "today", "counts": []}',
        '{"run_id": "x", "started_at": "2026-03-02", "finished_at": "today", "counts": {"page_count": "9"}}',
        '{"run_id": "x", "started_at": "2026-03-02", "finished_at": "today", "rule_results": "none"}',
        '{"run_id": "x", "started_at": "2026-03-02", "finished_at": "today", "rule_results": [{"rows_failed": "9"}]}',
        '{"run_id": "x", "started_at": "2026-03-02", "finished_at": "today", "violations": [{"rule_id": "x"}]}',
        "\x00",
    ],
)
def test_a_damaged_record_is_named_and_left_out(settings, content):
    add_run(settings)
    (settings.paths().runs / "damaged.json").write_text(content, encoding="utf-8")

    shown = written(settings)

    assert "1 record of a run cannot be read and is left out: runs/damaged.json" in shown.text(".notice")
    assert len(shown.rows("#runs")) == 1


def test_a_record_of_an_older_program_is_read_as_far_as_it_goes(settings):
    support.publish_warehouse(settings, offers(page()))
    old = {
        "run_id": "old",
        "started_at": "2025-01-01T00:00:00",
        "finished_at": "2025-01-01T00:01:00",
        "verdict": "passed",
        "gone": 7,
        "rule_results": [{"rule_id": "renamed_rule"}, {"rule_id": "9 no name"}],
    }
    settings.paths().runs.mkdir(parents=True, exist_ok=True)
    (settings.paths().runs / "old.json").write_text(json.dumps(old), encoding="utf-8")

    shown = written(settings)

    assert "1 Jan 2025, 00:00" in shown.text("#runs")
    assert [row.attributes["id"] for row in shown.all("#rules tr[id]")] == ["rule-renamed_rule"]


def test_a_version_of_an_older_program_lacks_tables_and_not_the_report(settings):
    work_file = support.build_warehouse(settings, offers(page()))
    with build.connect_work_file(work_file, settings) as con:
        con.execute("drop table marts.field_completeness; alter table marts.daily_volume drop column is_capture_gap")
    publish(settings, work_file, build_digest(settings.paths()), DAY)
    add_run(settings)

    shown = written(settings)

    assert "made by an older program" in shown.text(".notice")
    assert "1 distinct pages" in shown.text("#flow")


def test_evidence_is_linked_only_where_it_is(settings):
    support.publish_warehouse(settings, offers(page()))
    for number in range(2):
        add_run(settings, number, rule_results=[result()])
    folder = settings.paths().report.parent / "data-docs" / "run-1"
    folder.mkdir(parents=True)
    for name in ("index", "parsed_article"):
        (folder / f"{name}.html").write_text("evidence", encoding="utf-8")

    links = {node.attributes["href"] for node in written(settings).all("a")}

    assert {link for link in links if not link.startswith("#")} == {
        "data-docs/run-1/index.html",
        "data-docs/run-1/parsed_article.html",
    }


def test_the_same_state_gives_the_same_bytes(sample_run):
    home = sample_run.settings.paths()
    first = write_report(sample_run.settings).read_bytes()
    code = (
        "import sys; from etl.settings import Settings; from etl.quality.report import write_report; "
        "write_report(Settings(home=sys.argv[1]))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Pyongyang", "LC_ALL": "C", "MPLBACKEND": "agg"}

    subprocess.run([sys.executable, "-c", code, home.root], check=True, env=environment, cwd=support.PROJECT)

    assert home.report.read_bytes() == first


# Page text ----------------------------------------------------------------------------------------


def test_page_text_stands_in_no_attribute_and_no_style(canary_run):
    shown = Page(canary_run.settings.paths().report.read_text(encoding="utf-8"))
    values = [value or "" for node in shown.all("*") for value in node.attributes.values()]

    assert [value for value in values if "canary" in value] == []
    assert "canary" not in "".join(node.text() for node in shown.all("style"))
    assert shown.all("script, img, link, iframe, object, embed, form, base") == []


def test_page_text_is_shown_as_text_in_names_titles_and_excerpts(canary_run):
    shown = Page(canary_run.settings.paths().report.read_text(encoding="utf-8"))

    for canary in CANARIES.values():
        sign = " ".join(visible(canary).split())
        assert sign in shown.text("#left-out .reasons")
        assert f"{sign} named" in shown.text("#gaps") or len(CANARIES) > report.ENTRIES_SHOWN
    excerpts = " ".join(spaced(node) for node in shown.all(".excerpt"))
    assert "<script>alert('canary 1')</script> titled" in excerpts


def test_a_tab_in_a_page_is_a_space_and_a_control_character_a_sign(settings):
    broken = broken_page(paragraphs=("A\ttab and a \x1b[31mcolour.",))
    support.publish_warehouse(settings, offers(broken))

    excerpt = written(settings).text("#left-out .excerpt")

    assert "A tab and a \N{REPLACEMENT CHARACTER}[31mcolour." in excerpt


# Pictures -----------------------------------------------------------------------------------------

FIRST = date(2024, 1, 1)
PERIODS = [Period(FIRST + timedelta(days=n), n % 5, n % 2, is_gap=n in (3, 4, 9)) for n in range(12)]
SHARES = [RunShares("1 Nov 2026", 0.04, 0.01, is_blocked=False), RunShares("2 Nov 2026", 0.05, 0, is_blocked=True)]
FIELDS = [FieldTrend("dateline", [(date(2024, month, 1), month / 12) for month in (1, 2, 5)])]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: charts.articles_chart(PERIODS, "day"),
        lambda: charts.shares_chart(SHARES),
        lambda: charts.completeness_chart(FIELDS),
    ],
    ids=["articles", "shares", "completeness"],
)
def test_a_picture_is_named_follows_the_style_and_is_the_same_every_time(draw):
    picture = draw()
    tree = LexborHTMLParser(picture)
    ids = [node.attributes["id"] for node in tree.css("[id]")]

    assert picture == draw()
    assert "http" not in picture
    assert "url(" not in picture
    assert "<style" not in picture
    assert re.findall(r"#[0-9a-f]{6}\b", picture) == []  # every colour is a variable of the page
    assert len(ids) == len(set(ids))
    for node in tree.css("svg"):
        title, about = node.attributes["aria-labelledby"].split()
        assert node.attributes["role"] == "img"
        assert spaced(tree.css_first(f"#{title}"))
        assert spaced(tree.css_first(f"#{about}"))
    used = {node.attributes["href"] for node in tree.css("use")}
    assert {link[1:] for link in used} <= set(ids)


def test_a_picture_says_its_numbers_to_those_who_do_not_see_it():
    assert "12 days from 1 Jan 2024. The most, 5" in charts.articles_chart(PERIODS, "day")
    assert "In 3 of the days no page was saved." in charts.articles_chart(PERIODS, "day")
    assert "After the last, 5% of all pages are in quarantine" in charts.shares_chart(SHARES)
    assert "dateline 42%" in charts.completeness_chart(FIELDS)


def test_stretches_without_a_capture_are_shaded_once_each():
    wide = charts.articles_chart(PERIODS, "day").split("</svg>")[0]

    assert wide.count("fill: var(--gap)") == 2  # the fourth and fifth day, and the tenth


def test_with_one_run_and_one_month_there_are_numbers_in_place_of_pictures(settings):
    support.publish_warehouse(settings, offers(page(captured=date(2024, 9, 18))))
    add_run(settings)

    shown = written(settings)

    assert shown.all("#trends svg") == []
    assert [spaced(each) for each in shown.all("#trends h3")] == [
        "Articles per day",
        "Share of pages kept out",
        "How complete articles are",
    ]
    assert "in quarantine 20%" in shown.text("#trends")
    assert "dateline 100%" in shown.text("#trends")


def test_with_more_runs_months_and_days_there_are_pictures(settings):
    support.publish_warehouse(
        settings, offers(page(), page(title="Other", published=date(2024, 11, 2), captured=date(2024, 11, 3)))
    )
    for number in range(2):
        add_run(settings, number)

    shown = written(settings)

    assert [node.attributes["class"] for node in shown.all("#trends svg")] == [
        "chart articles-wide",
        "chart articles-narrow",
        "chart shares",
        "chart completeness",
    ]


@pytest.mark.parametrize(
    ("last", "step"),
    [(date(2024, 5, 1), "day"), (date(2025, 5, 1), "week"), (date(2030, 5, 1), "month"), (date(2070, 1, 1), "year")],
)
def test_the_number_of_bars_stays_readable_whatever_the_span(last, step):
    assert charts.step_for(FIRST, last) == step
    start, count = FIRST, 0
    while start <= last:
        start, count = charts.next_start(start, step), count + 1
    assert 20 < count <= 245


@pytest.mark.parametrize("step", ["day", "week", "month", "year"])
@pytest.mark.parametrize("count", [2, 3, 40, 150, 240])
def test_dates_under_the_bars_have_room_and_name_the_year(step, count):
    starts = [FIRST]
    while len(starts) < count:
        starts.append(charts.next_start(starts[-1], step))

    labels = charts._date_labels(starts, step, at_most=5)

    places = list(labels)
    assert 1 <= len(places) <= 5
    assert places == sorted(places)
    assert step == "day" or re.search(r"\d{4}", labels[places[0]])


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0%"), (0.0001, "<0.1%"), (0.004, "0.4%"), (0.5, "50%"), (0.996, "99.6%"), (0.9999, ">99.9%"), (1, "100%")],
)
def test_no_small_share_is_rounded_away(share, text):
    assert charts.percent(share) == text


@pytest.mark.parametrize("counts", [(1, 0, 0), (1, 1, 1), (1_000_000, 1, 1), (3, 2, 90_000), (0, 0, 5)])
def test_the_flow_fits_its_frame_and_nothing_counted_is_invisible(counts):
    parts = [Amount(f"part {number}", count, "load") for number, count in enumerate(counts)]
    root = Amount("whole", sum(counts), "all", parts)

    boxes, ribbons = flow.flow(root)

    assert len(boxes) == 1 + sum(count > 0 for count in counts)
    assert len(ribbons) == len(boxes) - 1
    assert all(box.left >= 0 and box.width > 0.5 and box.left + box.width <= 100.5 for box in boxes)
    assert max(box.left + box.width for box in boxes) > 97
    by_level = sorted((box for box in boxes if box.level == 1), key=lambda box: box.left)
    assert all(a.left + a.width < b.left for a, b in pairwise(by_level))


def test_a_flow_of_nothing_has_no_picture():
    assert flow.flow(Amount("whole", 0, "all", [Amount("part", 0, "load")])) == ([], [])
