"""Great Expectations' pages: whole, offline, without scripts, and no text on them can act."""

import contextlib
import functools
import hashlib
import html
import http.client
import http.server
import json
import os
import re
import threading
import warnings
from dataclasses import replace

import pytest
from selectolax.lexbor import LexborHTMLParser

from etl.commands import serve
from etl.quality import check, data_docs, gate
from etl.runs import RunRecord, RunStore
from etl.settings import Settings
from tests.canaries import CANARIES, RAW_SIGNS

STARTED_AT = "2026-03-01T12:00:00+00:00"
ALL_CANARIES = " ".join(CANARIES.values())
NOT_NULL = "expect_column_values_to_not_be_null"
IN_SET = "expect_column_values_to_be_in_set"
SQL = "unexpected_rows_expectation"
ROW_COUNT = "expect_table_row_count_to_be_between"


def build(settings, *reports, run_id="a-run"):
    """The folder with the pages of a run of these suites."""
    record = RunRecord(run_id, STARTED_AT, verdict="passed", finished_at=STARTED_AT)
    gate.add_results(record, reports)
    data_docs.store(settings, run_id, reports)
    return data_docs.build(settings, record).parent


def named(report, name):
    """The same report under another suite's name."""
    return replace(
        report,
        suite=replace(report.suite, name=name),
        results=tuple(replace(result, suite=name) for result in report.results),
        validation=report.validation | {"suite_name": name},
    )


def texts(folder):
    """Every page of a folder by its name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.html"))}


def words(page):
    """The visible text of a page."""
    return " ".join(LexborHTMLParser(page).body.text(separator=" ").split())


def rows(page):
    """The visible text of each rule's row, by rule."""
    found = {}
    for row in LexborHTMLParser(page).css("tr"):
        for node in row.css("code[data-rule]"):
            found[node.attributes["data-rule"]] = " ".join(row.text(separator=" ").split())
    return found


def docs_of(run):
    """The folder with the pages of a run of the command."""
    return run.settings.paths().data_docs / run.record.run_id


@pytest.fixture(scope="module")
def gx_page():
    """The module that renders; its import takes seconds, and in a run the checks are the first to pay for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from etl.quality import gx_page
    return gx_page


@pytest.fixture
def failing(con, fill, make_rule, make_suite):
    """The report on a table full of canaries: rules of every kind that fail on them, or cannot be evaluated."""
    fill("title varchar, size integer", [[canary, canary, 1] for canary in CANARIES.values()])
    return check.check_suite(
        con,
        make_suite(
            make_rule(NOT_NULL, {"column": "title"}, "holds", severity="info", why="Nobody finds it."),
            make_rule(IN_SET, {"column": "title", "value_set": ["y"]}, "in_set", severity="warning", blocking=True),
            make_rule("expect_column_values_to_match_regex", {"column": "title", "regex": "^<b>$"}, "regex"),
            make_rule("expect_compound_columns_to_be_unique", {"column_list": ["size", "size"]}, "compound"),
            make_rule(SQL, {"unexpected_rows_query": "select * from {batch} where '<' < '>'"}, "sql"),
            make_rule(SQL, {"unexpected_rows_query": "select id from {batch} where title::int > 1"}, "broken"),
            make_rule(NOT_NULL, {"column": "nosuch"}, "no_column"),
            make_rule(ROW_COUNT, {"max_value": 1}, "rows", action="report"),
            make_rule(NOT_NULL, {"column": "id"}, "sent_away", action="quarantine", reason="no_id"),
        ),
    )


# What is on the pages ------------------------------------------------------------------------------


def test_a_run_has_a_page_per_suite_with_one_row_per_rule(sample_run):
    pages = texts(docs_of(sample_run))

    by_suite = {}
    for row in sample_run.record.rule_results:
        by_suite.setdefault(row["suite"], []).append(row)
    assert {"parsed_page", "core_fact_article", "quality_accounting"} <= set(by_suite)
    assert set(pages) == {"index", *by_suite}
    for suite, results in by_suite.items():
        shown = rows(pages[suite])
        assert sorted(shown) == sorted(row["rule_id"] for row in results)
        for row in results:
            text = shown[row["rule_id"]]
            assert f"{row['severity']} {row['description']}" in text
            assert row["rule_id"] in text


def test_the_list_counts_what_the_run_recorded(sample_run):
    tree = LexborHTMLParser(texts(docs_of(sample_run))["index"])
    results = sample_run.record.rule_results

    listed = {}
    for row in tree.css("tbody tr"):
        suite, table, holds, *_ = (" ".join(cell.text().split()) for cell in row.css("td"))
        assert row.css_first("a").attributes["href"] == f"{suite}.html"
        listed[suite] = (table, holds)
    for suite, (table, holds) in listed.items():
        own = [row for row in results if row["suite"] == suite]
        assert table == own[0]["table_name"]
        assert holds == f"{sum(row['success'] for row in own)} of {len(own)}"
    assert set(listed) == {row["suite"] for row in results}
    assert f"{sum(row['success'] for row in results)} of {len(results)} rules hold" in words(tree.html)


def test_a_row_says_how_bad_it_is_why_it_matters_and_what_was_found(settings, failing):
    shown = rows(texts(build(settings, failing))["parsed_article"])

    assert set(shown) == {rule.rule_id for rule in failing.suite.rules}
    total = len(CANARIES)
    assert shown["holds"].startswith("info It is right. Nobody finds it. holds a failure is reported")
    assert shown["in_set"].startswith("warning It is right. It matters. in_set a failure stops the publication")
    assert f"{total} unexpected values found. 100% of {total} total rows." in shown["in_set"]
    assert "failing rows go to quarantine as no_id" in shown["sent_away"]
    assert shown["sql"].endswith(f" {total}")
    assert '"regex": "^<b>$"' in shown["regex"]
    assert "where '<' < '>'" in shown["sql"]
    assert 'could not be evaluated: Binder Error: Referenced column "nosuch" not found' in shown["no_column"]
    assert "may quote a page" in shown["broken"]


def test_the_list_names_the_worst_first_and_tells_severities_apart(settings, con, failing, make_rule, make_suite):
    good = named(check.check_suite(con, make_suite(make_rule(NOT_NULL, {"column": "title"}))), "a_good_one")
    bad = named(check.check_suite(con, make_suite(make_rule(ROW_COUNT, {"max_value": 1}))), "a_bad_one")

    lines = LexborHTMLParser(texts(build(settings, good, bad, failing))["index"]).css("tbody tr")

    cells = [[" ".join(cell.text().split()) for cell in line.css("td")] for line in lines]
    assert cells[0] == [
        "parsed_article",
        "parsed.article",
        "2 of 9",
        "4",
        "1",
        "",
        "2",
        "stops the publication",
        "JSON",
    ]
    assert cells[1] == ["a_bad_one", "parsed.article", "0 of 1", "1", "", "", "", "", "JSON"]
    assert cells[2] == ["a_good_one", "parsed.article", "1 of 1", "", "", "", "", "", "JSON"]


def test_a_verdict_that_the_engines_do_not_share_is_shown_as_none(settings, failing):
    record = RunRecord("a-run", STARTED_AT, verdict="blocked", finished_at=STARTED_AT)
    gate.add_results(record, [failing])
    record.rule_results[0] |= {"success": False, "error": "the two engines disagree: <b>bold"}
    data_docs.store(settings, "a-run", [failing])

    pages = texts(data_docs.build(settings, record).parent)

    assert "No verdict: the two engines disagree: <b>bold" in rows(pages["parsed_article"])["holds"]
    assert "Blocked: not published" in words(pages["index"])


def test_a_suite_whose_table_could_not_be_read_is_listed_without_a_page(settings, con, make_rule, make_suite):
    report = check.check_suite(con, make_suite(make_rule(NOT_NULL, {"column": "title"})))
    assert report.validation is None

    folder = build(settings, report)

    assert list(texts(folder)) == ["index"]
    assert "no page: Great Expectations gave no result" in words(texts(folder)["index"])
    assert "parsed_article.html" not in texts(folder)["index"]


def test_the_result_itself_lies_beside_its_page(settings, failing):
    stored = json.loads((build(settings, failing) / "parsed_article.json").read_text(encoding="utf-8"))

    assert stored == failing.validation


# Nothing acts --------------------------------------------------------------------------------------


@pytest.fixture(params=["sample_run", "canary_run"])
def run(request):
    return request.getfixturevalue(request.param)


def test_every_page_is_offline_and_without_scripts(run):
    pages = texts(docs_of(run))

    assert len(pages) > 30
    for name, page in pages.items():
        assert re.findall(r"(?i)https?:|<script|<style|\bon[a-z]+\s*=|\bsrc\s*=|javascript:|url\(|@import", page) == []
        assert "integrity" not in page
        assert "crossorigin" not in page
        addresses = re.findall(r'href="([^"]*)"', page)
        assert addresses
        for address in addresses:
            if address.startswith("#"):
                assert f'id="{address[1:]}"' in page
            elif address != "../../index.html":
                assert (docs_of(run) / address).exists(), f"{name}: {address}"


def test_every_page_has_a_strict_policy_before_anything_else_loads(run, gx_page):
    for page in texts(docs_of(run)).values():
        first, second, *_ = LexborHTMLParser(page).head.css("meta, link, style")

        assert first.attributes == {"charset": "utf-8"}
        assert second.attributes == {"http-equiv": "Content-Security-Policy", "content": gx_page.POLICY}
    assert "default-src 'none'" in gx_page.POLICY
    assert "script" not in gx_page.POLICY


def test_no_page_text_acts(canary_run):
    pages = texts(docs_of(canary_run))

    assert [(name, sign) for name, page in pages.items() for sign in RAW_SIGNS if sign in page] == []
    # Great Expectations is asked for no values, so none is there even as text.
    assert [name for name, page in pages.items() if "canary" in page] == []


def test_rules_that_fail_on_canaries_show_none_of_them(settings, failing):
    folder = build(settings, failing)

    for path in folder.iterdir():
        assert "canary" not in path.read_text(encoding="utf-8")


def hostile(validation):
    """The validation as it might be if values, names and our own texts were full of canaries."""
    for outcome in validation["results"]:
        config = outcome["expectation_config"]
        if "column" in config["kwargs"]:
            config["kwargs"]["column"] = ALL_CANARIES
        config["description"] = f"{ALL_CANARIES} $template ${{styling}} $$"
        config["meta"] |= {"why": ALL_CANARIES, "reason": ALL_CANARIES}
        outcome["result"] |= {
            "observed_value": ALL_CANARIES,
            "partial_unexpected_list": [ALL_CANARIES],
            "partial_unexpected_counts": [{"value": ALL_CANARIES, "count": 1}],
            "unexpected_list": [ALL_CANARIES],
            "unexpected_index_list": [{"title": ALL_CANARIES}],
            "unexpected_index_query": ALL_CANARIES,
            "details": {"mismatched": ALL_CANARIES},
        }
        outcome["exception_info"] |= {"exception_message": ALL_CANARIES, "exception_traceback": ALL_CANARIES}
    validation["meta"]["batch_spec"] |= {"table_name": ALL_CANARIES, ALL_CANARIES: "x", "data_asset_name": ALL_CANARIES}
    validation["meta"]["batch_markers"] = {"ge_load_time": ALL_CANARIES}
    validation["meta"]["great_expectations_version"] = ALL_CANARIES
    return validation


def test_whatever_is_in_a_result_is_text(settings, failing, gx_page):
    validation = hostile(json.loads(json.dumps(failing.validation)))
    record = RunRecord("a-run", STARTED_AT, finished_at=STARTED_AT)
    gate.add_results(record, [failing])
    for row in record.rule_results:
        row["error"] = ALL_CANARIES

    page = gx_page.SuitePages(record).render(validation)

    assert [sign for sign in RAW_SIGNS if sign in page] == []
    shown = rows(page)
    assert set(shown) == {rule.rule_id for rule in failing.suite.rules}
    # It is there, as text, and no template took it for its own.
    assert "<script>alert('canary 1')</script> <img src=x onerror=alert('canary 2')>" in shown["holds"]
    assert "${7*7}" in shown["holds"]
    assert "{{ 7 * 7 }}" in shown["holds"]
    assert "$template ${styling} $$" in shown["holds"]
    assert "&amp;lt;" not in page
    assert "&amp;quot;" not in page


def test_a_long_value_is_cut(settings, failing, gx_page):
    validation = json.loads(json.dumps(failing.validation))
    for outcome in validation["results"]:
        outcome["result"] = {"observed_value": "x" * 5000}
    record = RunRecord("a-run", STARTED_AT, finished_at=STARTED_AT)

    page = gx_page.SuitePages(record).render(validation)

    assert max(map(len, re.findall("x+", page))) == gx_page.VALUE_LENGTH - 1


@pytest.mark.parametrize(
    "piece",
    [
        "<script>1</script>",
        "<script src='../vendor/x.js'></script>",
        "<img src='x.png'>",
        "<iframe></iframe>",
        "<form></form>",
        "<svg></svg>",
        "<object data='x'></object>",
        "<base href='index.html'>",
        "<style>p { color: red }</style>",
        "<meta http-equiv='refresh' content='0'>",
        "<a href='https://greatexpectations.io'>x</a>",
        "<a href='//greatexpectations.io'>x</a>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='../../../kcna.duckdb'>x</a>",
        "<a href>x</a>",
        "<link rel='stylesheet' href='https://unpkg.com/bootstrap-table'>",
        "<link rel='stylesheet' href='x.css' integrity='sha384-x'>",
        "<p onclick='alert(1)'>x</p>",
        "<p style='background: URL(x)'>x</p>",
        "<p style='background: \\75rl(x)'>x</p>",
        "<p crossorigin>x</p>",
        "<input formaction='x'>",
    ],
)
def test_a_page_with_anything_else_is_refused(piece, gx_page):
    gx_page.check_page("<!doctype html><body><p style='color: red'>x</p><a href='#section-1'>x</a>")

    with pytest.raises(gx_page.PageError, match="a page must not hold"):
        gx_page.check_page(f"<!doctype html><body>{piece}")


def test_a_row_that_was_not_rendered_is_an_error(settings, failing, monkeypatch, gx_page):
    # Without a description Great Expectations logs an error, leaves the text out and goes on.
    monkeypatch.setattr(gx_page, "_describe", lambda config, error: "")

    with pytest.raises(gx_page.PageError, match="9 rules, but 9 rows with the rules"):
        build(settings, failing)
    assert not (settings.paths().data_docs / "a-run").exists()


def test_a_page_that_could_act_is_not_stored(settings, failing, gx_page, monkeypatch):
    describe = gx_page._describe
    monkeypatch.setattr(gx_page, "_describe", lambda config, error: describe(config, error) + "<script>1</script>")

    with pytest.raises(gx_page.PageError, match="a page must not hold the element script"):
        build(settings, failing)
    assert list(settings.paths().data_docs.rglob("*.html")) == []


def test_a_run_id_that_reads_as_an_impossible_date_has_pages_too(settings, failing):
    run_id = "99999999999999999999"

    assert run_id in texts(build(settings, failing, run_id=run_id))["parsed_article"]


# What lies there, and for how long -----------------------------------------------------------------


def test_only_the_newest_runs_are_kept_and_nothing_else_is_touched(tmp_path, failing):
    settings = Settings(home=tmp_path, keep_data_docs=3)
    folder = settings.paths().data_docs
    for number in range(5):
        build(settings, failing, run_id=f"run-{number}")
        # As if the clock was ahead then.
        os.utime(folder / f"run-{number}", (2**33 + number, 2**33 + number))
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.html").write_text("x")
    (folder / "a file").write_text("x")
    (folder / "a link").symlink_to(folder / "run-4")

    build(settings, failing, run_id="run-5")

    kept = {"vendor", "run-3", "run-4", "run-5", "notes", "a file", "a link"}
    assert {path.name for path in folder.iterdir()} == kept
    assert (folder / "notes" / "mine.html").exists()


def test_pages_of_a_run_that_was_killed_have_no_name_and_go_with_the_next_run(settings, failing, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(data_docs, "_copy_vendor", die)
        with pytest.raises(KeyboardInterrupt):
            build(settings, failing, run_id="killed")
    folder = settings.paths().data_docs
    assert [path.name for path in folder.iterdir()] == ["killed.partial"]

    build(settings, failing, run_id="next")

    assert {path.name for path in folder.iterdir()} == {"next", "vendor"}


def test_pages_that_were_being_removed_when_the_process_died_have_no_name(tmp_path, failing, monkeypatch):
    settings = Settings(home=tmp_path, keep_data_docs=1)
    build(settings, failing, run_id="old")

    def die(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(data_docs.shutil, "rmtree", die)
        with pytest.raises(KeyboardInterrupt):
            build(settings, failing, run_id="new")
    folder = settings.paths().data_docs
    assert {path.name for path in folder.iterdir()} == {"new", "old.old.partial", "vendor"}

    build(settings, failing, run_id="newer")

    assert {path.name for path in folder.iterdir()} == {"newer", "vendor"}


def test_suites_of_several_steps_meet_in_one_folder(settings, con, failing):
    data_docs.store(settings, "a-run", [failing])

    assert set(texts(build(settings, named(failing, "core_other")))) == {"index", "parsed_article", "core_other"}


def test_a_run_that_is_checked_again_has_the_new_pages(settings, failing):
    folder = build(settings, failing)
    (folder / "old.html").write_text("x")

    assert set(texts(build(settings, failing))) == {"index", "parsed_article"}


def test_the_styles_are_copied_once_and_mended(settings, failing):
    build(settings, failing)
    folder = settings.paths().data_docs / "vendor"
    css = folder / "data-docs.css"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    build(settings, failing)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    css.write_text("damaged")

    build(settings, failing)

    assert css.read_bytes() == (data_docs.VENDOR / "data-docs.css").read_bytes()


def test_the_vendored_files_are_those_described_and_small():
    described = (data_docs.VENDOR / "README.md").read_text(encoding="utf-8")
    digest = hashlib.sha256((data_docs.VENDOR / "bootstrap-4.3.1.min.css").read_bytes()).hexdigest()

    assert digest in described
    paths = [path for path in data_docs.VENDOR.iterdir() if path.name != "README.md"]
    assert [path.name for path in paths if f"`{path.name}`" not in described] == []
    assert sum(path.stat().st_size for path in paths) < 200_000
    for path in data_docs.VENDOR.glob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert [address for address in re.findall(r"url\(['\"]?([^)]{5})", text) if address != "data:"] == []
        assert "@import" not in text


# A load goes on ------------------------------------------------------------------------------------


@pytest.fixture
def blocking(settings):
    """What the checks find where nothing was parsed, which stops the publication."""
    return gate.check_parsed(settings, gate.parsed_suites())


def test_a_blocked_run_has_pages(settings, blocking):
    gate.record_parsed(settings, "a-run", blocking)

    record = RunStore(settings.paths()).load("a-run")
    pages = texts(settings.paths().data_docs / "a-run")
    assert record.verdict == "blocked"
    assert set(pages) == {"index", "parsed_article", "parsed_page", "parsed_sidebar_block"}
    assert "Blocked: not published" in words(pages["index"])
    assert "stops the publication" in words(pages["index"])


def test_a_run_that_goes_on_has_its_pages_after_its_last_check(settings, blocking, monkeypatch):
    monkeypatch.setattr(RunRecord, "failed_rules", lambda *_, **__: [])

    gate.record_parsed(settings, "a-run", blocking)

    assert [path.name for path in settings.paths().data_docs.iterdir()] == ["a-run.partial"]


@pytest.mark.parametrize("step", ["store", "build"])
def test_a_fault_in_the_pages_is_a_warning_and_the_run_goes_on(step, settings, blocking, monkeypatch):
    def fail(*_):
        raise ValueError("no room \x1b[31m left")

    monkeypatch.setattr(data_docs, step, fail)

    with pytest.warns(
        data_docs.DataDocsWarning,
        match="run a-run has no Data Docs: ValueError: no room \N{REPLACEMENT CHARACTER}\\[31m left",
    ):
        gate.record_parsed(settings, "a-run", blocking)

    assert RunStore(settings.paths()).load("a-run").verdict == "blocked"
    assert settings.paths().report.exists()


# Served --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def served(folder):
    """Serve a folder as the command does; gives a function that asks for a path."""
    handler = functools.partial(serve._Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer((serve.ADDRESS, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def ask(path, method="GET"):
            connection = http.client.HTTPConnection(serve.ADDRESS, server.server_port, timeout=10)
            with contextlib.closing(connection):
                connection.request(method, path)
                response = connection.getresponse()
                return response.status, response.headers, response.read().decode()

        yield ask
        server.shutdown()


@pytest.fixture
def report(settings, failing):
    """The folder of a report with the pages of a run."""
    build(settings, failing)
    home = settings.paths()
    home.report.write_text("the report")
    (home.root / "secret.html").write_text("secret")
    return home.report.parent


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/data-docs/a-run/", "text/html; charset=utf-8"),
        ("/data-docs/a-run/index.html", "text/html; charset=utf-8"),
        ("/data-docs/a-run/parsed_article.html?x=1", "text/html; charset=utf-8"),
        ("/data-docs/a-run/parsed_article.json", "application/json"),
        ("/data-docs/vendor/bootstrap-4.3.1.min.css", "text/css; charset=utf-8"),
    ],
)
def test_the_pages_and_their_styles_are_served(path, kind, report):
    with served(report) as ask:
        status, headers, body = ask(path)
        head, *_ = ask(path, "HEAD")

    assert (status, head, headers["Content-Type"]) == (200, 200, kind)
    assert headers["Content-Security-Policy"] == "default-src 'none'; style-src 'self' 'unsafe-inline'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert body


def test_the_report_itself_may_not_load_anything(report):
    with served(report) as ask:
        status, headers, body = ask("/")

    assert (status, body) == (200, "the report")
    assert headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"


def test_nothing_else_is_served(report):
    docs = report / "data-docs"
    (docs / "out").symlink_to(report.parent)
    (docs / "a-run" / "out.html").symlink_to(report.parent / "secret.html")
    (docs / "empty").mkdir()
    (docs / "linked").mkdir()
    (docs / "linked" / "index.html").symlink_to(report.parent / "secret.html")
    (docs / "a-run" / "page.duckdb").write_text("secret")
    paths = [
        "/data-docs",
        "/data-docs/",
        "/data-docs/vendor/",
        "/data-docs/vendor/README.md",
        "/data-docs/empty/",
        "/data-docs/linked/",
        "/data-docs/out/",
        "/data-docs/out/secret.html",
        "/data-docs/a-run/out.html",
        "/data-docs/a-run/page.duckdb",
        "/data-docs/a-run/index.html/",
        "/data-docs/../../secret.html",
        "/data-docs/%2e%2e/%2e%2e/secret.html",
        "/data-docs/..%2f..%2fsecret.html",
        "/../secret.html",
        "//etc/passwd",
        "/data-docs/a-run/%00.html",
        "/data-docs/a-run/%ff.html",
        "/" + "a" * 5000 + ".html",
    ]

    with served(report) as ask:
        answers = {path: ask(path) for path in paths}

    assert {path: status for path, (status, *_) in answers.items() if status != 404} == {}
    assert all("secret" not in html.unescape(body) for _, _, body in answers.values())


def test_a_folder_without_its_slash_leads_to_the_one_with_it(report):
    with served(report) as ask:
        status, headers, _ = ask("/data-docs/a-run")

    assert (status, headers["Location"]) == (301, "/data-docs/a-run/")
