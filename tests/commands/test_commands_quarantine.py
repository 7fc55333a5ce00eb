"""`kcna quarantine`: pages that did not load can be found, understood, judged again, corrected and handed on."""

import contextlib
import csv
import hashlib
import io
import itertools
import json
import os
import shutil

import pytest
from click.testing import CliRunner

from etl import settings as settings_module
from etl.cli import main
from etl.commands import pipeline
from etl.commands.quarantine import NEXT_STEPS
from etl.fetch.origin import read_origin
from etl.fetch.raw_store import RawStore
from etl.parse.model import Page
from etl.parse.outcome import REASONS
from etl.parse.page import read_page
from etl.quality import page_export
from etl.quality.excerpt import page_contents
from etl.quality.page_export import INDEX_COLUMNS
from etl.runs import RunStore
from etl.settings import Settings, project_folder
from etl.stages import ParsedStore
from etl.stages.digest import code_digest, rules_digest
from tests import canaries, support
from tests.commands.test_commands_run import files_below, impossible_rule
from tests.support import broken_page, offer, offers, page, rows
from tests.warehouse.test_warehouse_lock import HOLD

STEERING = ("\x1b", "\x9b", "\u202e", "\u2066")
REFUSED = "select page_sha256, name, reason, reason_line from quality.page_outcome where outcome <> 'load' order by 1"
CUT = page(title="Cut", paragraphs=("A new ferry goes to the island every day.",)).partition(b" -0-")[0]
OTHER_CUT = page(title="Other Cut", paragraphs=("Pupils planted pines around school.",)).partition(b" -0-")[0]


def invoke(command, home, *arguments, columns=120, **environment):
    """Run `kcna quarantine COMMAND`."""
    runner = CliRunner(env={"COLUMNS": str(columns)} | environment)
    return runner.invoke(main, ["quarantine", command, *map(str, arguments), "--home", str(home)])


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def outcomes(settings):
    """Outcome and reason of every published page by its SHA-256."""
    found = rows(settings.paths().warehouse, "select page_sha256, outcome, reason from quality.page_outcome")
    return {digest: (outcome, reason) for digest, outcome, reason in found}


def unequal_sums(settings):
    return rows(settings.paths().warehouse, "select identity from quality.accounting where left_count <> right_count")


@pytest.fixture
def good_and_broken(settings):
    """A page that loads and one in quarantine."""
    support.publish_warehouse(settings, offers(page(), broken_page()))
    return settings


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Pages and file names full of text that must not act."""
    folder = tmp_path_factory.mktemp("hostile")
    canaries.write_pages(folder / "pages")
    settings = Settings(home=folder / "home")
    support.publish_warehouse(settings, read_origin(str(folder / "pages"), settings))
    return settings


class TestList:
    def test_the_summary_counts_each_reason_out_of_all_pages(self, published):
        result = invoke("list", published.home)

        assert result.exit_code == 0
        path = published.paths().warehouse
        ((pages,),) = rows(path, "select count(*) from quality.page_outcome")
        counts = dict(rows(path, "select outcome, count(*) from quality.page_outcome group by all"))
        heading = f"In quarantine: {counts['quarantine']} of {pages} pages; rejected: {counts['reject']}."
        assert result.output.splitlines()[0] == heading
        by_reason = "select reason, count(*) from quality.page_outcome where outcome = 'quarantine' group by all"
        for reason, count in rows(path, by_reason):
            (line,) = [line for line in result.output.splitlines() if line.startswith(f"{reason} ")]
            assert line.split()[1] == str(count)

    def test_every_page_in_quarantine_is_listed_with_name_reason_line_and_title(self, published):
        output = invoke("list", published.home, "--limit", 100).stdout

        query = """
            select page_sha256, name, reason, reason_line, coalesce(title, '')
            from quality.page_outcome where outcome = 'quarantine'
        """
        for digest, name, reason, line, title in rows(published.paths().warehouse, query):
            place = f", line {line}" if line else ""
            assert f"{digest[:12]}  {reason}{place}" in output
            assert name in output
            assert title in output
        assert "unknown_layout" not in output

    def test_rejected_pages_are_listed_when_asked_for(self, published):
        output = invoke("list", published.home, "--rejected", "--limit", 100).stdout

        rejected = "select page_sha256 from quality.page_outcome where outcome = 'reject'"
        found = [digest[:12] for (digest,) in rows(published.paths().warehouse, rejected)]
        assert found
        assert [digest for digest in found if digest not in output] == []

    @pytest.mark.parametrize("reason", ["bad_date", "unknown_layout", "parser_error"])
    def test_one_reason_can_be_listed_also_one_of_rejected_pages(self, reason, published):
        result = invoke("list", published.home, "--reason", reason, columns=200)

        digests = [digest for digest, _, found, _ in rows(published.paths().warehouse, REFUSED) if found == reason]
        ((pages,),) = rows(published.paths().warehouse, "select count(*) from quality.page_outcome")
        assert result.exit_code == 0
        assert result.output.startswith(f"{reason}: {len(digests)} of {pages} pages. {REASONS[reason].sentence}\n")
        assert result.output.count(f"  {reason}, ") == len(digests)

    def test_a_reason_that_there_is_not_is_refused_with_those_that_there_are(self, published):
        result = invoke("list", published.home, "--reason", "tired")

        assert result.exit_code == 2
        assert result.output.startswith("kcna: there is no reason tired; there are empty_page, ")
        assert result.output.count("\n") == 1

    def test_more_pages_than_the_limit_are_announced(self, published):
        result = invoke("list", published.home, "--limit", 2, "--rejected")

        refused = len(rows(published.paths().warehouse, REFUSED))
        assert f"The first 2 of {refused} are listed; --limit lists more.\n" == result.stderr
        assert result.stdout.count(", layout ") == 2

    @pytest.mark.parametrize("style", ["json", "csv"])
    def test_rows_for_programs_are_those_of_the_table(self, style, published):
        result = invoke("list", published.home, "--format", style, "--rejected", "--limit", 100)

        read = json.loads(result.stdout) if style == "json" else list(csv.DictReader(io.StringIO(result.stdout)))
        expected = {(digest, name, reason) for digest, name, reason, _ in rows(published.paths().warehouse, REFUSED)}
        assert {(row["page_sha256"], row["name"], row["reason"]) for row in read} == expected
        assert len(read) == len(expected)
        assert result.stderr.startswith("In quarantine: ")

    def test_the_limit_holds_for_programs_too_in_the_same_order(self, published):
        every = json.loads(invoke("list", published.home, "--format", "json").stdout)
        two = json.loads(invoke("list", published.home, "--format", "json", "--limit", 2).stdout)

        assert two == every[:2]

    @pytest.mark.parametrize("columns", [60, 80])
    def test_a_narrow_terminal_loses_no_page(self, columns, published):
        output = invoke("list", published.home, "--rejected", columns=columns).stdout

        assert max(map(len, output.splitlines())) <= columns
        for digest, name, _, _ in rows(published.paths().warehouse, REFUSED):
            assert digest[:12] in output
            assert name in output

    def test_an_empty_quarantine_says_so(self, settings):
        support.publish_warehouse(settings, offers(page()))

        result = invoke("list", settings.home)

        assert (result.exit_code, result.output) == (0, "In quarantine: 0 of 1 pages; rejected: 0.\n")
        assert json.loads(invoke("list", settings.home, "--format", "json").stdout) == []


class TestShow:
    def test_each_page_says_why_and_what_next_and_marks_its_line(self, published):
        for digest, name, reason, line in rows(published.paths().warehouse, REFUSED):
            result = invoke("show", published.home, digest[:8], columns=300)

            assert result.exit_code == 0
            facts = itertools.takewhile(str.strip, result.output.splitlines())
            shown = dict(each.split(maxsplit=1) for each in facts)
            assert (shown["page"].strip(), shown["file"].strip()) == (digest, name)
            assert shown["address"].strip().endswith(name)
            assert shown["reason"].strip() == f"{reason}: {REASONS[reason].sentence}"
            assert shown["next"].strip() == NEXT_STEPS[reason].format(page=digest[:12])
            marked = [each for each in result.output.splitlines() if each.startswith(">")]
            assert [int(each.split()[1]) for each in marked] == ([line] if line else [])

    def test_a_page_can_be_named_by_its_file_or_in_capitals(self, published):
        digest, name, *_ = rows(published.paths().warehouse, REFUSED)[0]

        by_name = invoke("show", published.home, name)

        assert by_name.exit_code == 0
        assert by_name.output == invoke("show", published.home, digest[:6].upper()).output

    def test_a_name_that_is_no_utf8_can_be_given(self, settings, tmp_path):
        name = os.fsdecode(b"page \xff.txt")
        (tmp_path / "pages").mkdir()
        (tmp_path / "pages" / name).write_bytes(broken_page())
        support.publish_warehouse(settings, read_origin(str(tmp_path / "pages"), settings))

        assert "file     page \\xff.txt" in invoke("show", settings.home, name).output
        assert "there is no page \\xfe" in invoke("show", settings.home, os.fsdecode(b"\xfe")).output

    def test_a_page_stopped_by_a_rule_names_the_rule_and_why_it_is_one(self, published):
        query = "select page_sha256 from quality.page_outcome where reason = 'contradiction'"
        ((digest,),) = rows(published.paths().warehouse, query)

        output = invoke("show", published.home, digest, columns=300).output

        assert "rule     article_footer_date_agrees" in output
        assert "why      Both are printed by the site; if they differ by more, the page mixes two articles" in output

    def test_a_page_stopped_by_the_parser_names_no_rule(self, published):
        query = "select page_sha256 from quality.page_outcome where reason = 'bad_date'"
        ((digest,),) = rows(published.paths().warehouse, query)

        assert "rule " not in invoke("show", published.home, digest).output

    def test_the_whole_page_can_be_printed_with_its_line_numbers(self, good_and_broken):
        output = invoke("show", good_and_broken.home, sha256(broken_page()), "--full").output

        lines = broken_page().decode().splitlines()
        shown = output.splitlines()[-len(lines) :]
        assert [line[9:] for line in shown] == lines
        assert [int(line[1:7]) for line in shown] == list(range(1, len(lines) + 1))
        _, marked, _ = read_page(broken_page()).problems[0]
        assert [number for number, line in enumerate(shown, start=1) if line.startswith(">")] == [marked]

    def test_lines_of_html_are_said_to_be_those_of_its_text(self, settings):
        html = b"<!doctype html><html><body><p>Bad Gateway</p></body></html>"
        support.publish_warehouse(settings, offers(html))

        output = invoke("show", settings.home, sha256(html)).output

        assert "line     1 of the text that the HTML shows" in output
        assert ">     1  Bad Gateway" in output

    @pytest.mark.parametrize("columns", [60, 80])
    def test_a_narrow_terminal_loses_nothing(self, columns, published):
        for digest, name, *_ in rows(published.paths().warehouse, REFUSED):
            output = invoke("show", published.home, name, columns=columns).output
            assert max(map(len, output.splitlines())) <= columns
            assert digest in "".join(output.split())

    def test_a_beginning_of_two_pages_is_answered_with_both(self, settings):
        texts = (f"text {number}".encode() for number in itertools.count())
        seen = {}
        for text in texts:
            twin = seen.setdefault(sha256(text)[:6], text)
            if twin != text:
                break
        support.publish_warehouse(settings, offers(text, twin))

        result = invoke("show", settings.home, sha256(text)[:6])

        assert result.exit_code == 2
        assert result.output.count("\n") == 1
        assert f"{sha256(text)[:12]} page_0.txt" in result.output
        assert f"{sha256(twin)[:12]} page_1.txt" in result.output
        assert invoke("show", settings.home, sha256(text)[:12]).exit_code == 0

    def test_a_name_of_two_pages_is_answered_with_both(self, settings):
        first, second = broken_page(), broken_page(published=support.date(2024, 9, 17))
        support.publish_warehouse(settings, [offer(first, origin="file:///one"), offer(second, origin="file:///two")])

        result = invoke("show", settings.home, "page.txt")

        assert result.exit_code == 2
        assert sha256(first)[:12] in result.output
        assert sha256(second)[:12] in result.output

    @pytest.mark.parametrize("wanted", ["0", "page_9.txt", "", "%", "'; drop table core.fact_article"])
    def test_a_page_that_there_is_not_is_refused_in_one_line(self, wanted, good_and_broken):
        result = invoke("show", good_and_broken.home, wanted)

        assert result.exit_code == 2
        assert result.output.startswith(f"kcna: there is no page {wanted}; ")
        assert result.output.count("\n") == 1

    def test_near_names_and_short_beginnings_name_the_page_that_may_be_meant(self, good_and_broken):
        digest = sha256(broken_page())

        for wanted in ("page_11.txt", digest[:3]):
            assert f"near are {digest[:12]} page_1.txt" in invoke("show", good_and_broken.home, wanted).output

    def test_a_loaded_page_is_said_to_be_loaded(self, good_and_broken):
        result = invoke("show", good_and_broken.home, sha256(page()))

        assert result.exit_code == 2
        assert "page_0.txt is loaded" in result.output

    def test_a_damaged_pack_is_named(self, good_and_broken):
        pack = next(good_and_broken.paths().raw.glob("pages-*.parquet"))
        pack.chmod(0o644)
        pack.write_bytes(pack.read_bytes()[:-1])

        result = invoke("show", good_and_broken.home, sha256(broken_page()))

        assert result.exit_code == 2
        assert str(pack) in result.output

    def test_every_reason_has_a_next_step(self):
        assert set(NEXT_STEPS) == set(REASONS)


class TestHostilePages:
    def test_nothing_that_is_printed_can_steer_a_terminal(self, hostile):
        printed = [invoke("list", hostile.home, "--rejected", "--limit", 1000).output]
        for digest, *_ in rows(hostile.paths().warehouse, REFUSED):
            printed += [invoke("show", hostile.home, digest, *option).output for option in ([], ["--full"])]

        assert len(printed) > 20
        assert [sign for sign in STEERING if sign in "".join(printed)] == []

    def test_markup_stands_there_as_it_is(self, hostile):
        output = invoke("list", hostile.home, "--limit", 1000, columns=200).output

        assert "[bold red]canary 12[/bold red] :smile: titled" in output

    def test_messages_that_name_files_cannot_steer_a_terminal(self, hostile):
        ((name,),) = rows(
            hostile.paths().warehouse,
            "select name from quality.page_outcome where outcome = 'quarantine' and contains(name, 'canary 7')",
        )

        assert invoke("show", hostile.home, name).exit_code == 0
        result = invoke("show", hostile.home, name + "x")

        assert result.exit_code == 2
        assert [sign for sign in STEERING if sign in result.output] == []

    def test_an_export_takes_no_file_name_from_a_page_and_guards_its_index(self, hostile, tmp_path):
        assert invoke("export", hostile.home, tmp_path / "out").exit_code == 0

        names = {path.name for path in (tmp_path / "out").iterdir()} - {"index.csv"}
        assert all(len(name) == 68 and set(name[:64]) <= set("0123456789abcdef") for name in names)
        with (tmp_path / "out" / "index.csv").open(newline="", encoding="utf-8") as handle:
            cells = [cell for row in csv.reader(handle) for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
        assert any(cell.startswith("'=HYPERLINK") for cell in cells)


class TestExport:
    def test_the_bytes_come_out_as_they_went_in(self, published, tmp_path):
        result = invoke("export", published.home, tmp_path / "out")

        assert result.exit_code == 0
        with (tmp_path / "out" / "index.csv").open(newline="", encoding="utf-8") as handle:
            header, *listed = csv.reader(handle)
        quarantined = "select page_sha256 from quality.page_outcome where outcome = 'quarantine'"
        expected = {digest for (digest,) in rows(published.paths().warehouse, quarantined)}
        assert tuple(header) == INDEX_COLUMNS
        assert {row[0] for row in listed} == expected
        for digest, reason, sentence, line, *_ in listed:
            content = (tmp_path / "out" / f"{digest}.txt").read_bytes()
            assert sha256(content) == digest
            assert sentence == REASONS[reason].sentence
            problems = read_page(content).problems
            assert reason == "contradiction" or problems[0][:2] == (reason, int(line) if line else None)
        assert len(list((tmp_path / "out").iterdir())) == len(expected) + 1
        assert f"{len(expected)} of " in result.output

    def test_an_earlier_export_is_replaced(self, good_and_broken, tmp_path):
        out = tmp_path / "out"
        assert invoke("export", good_and_broken.home, out).exit_code == 0
        before = files_below(out)
        support.publish_warehouse(good_and_broken, [offer(CUT, "cut.txt")])

        assert invoke("export", good_and_broken.home, out).exit_code == 0

        after = files_below(out)
        assert {path.name for path in set(after) - set(before)} == {f"{sha256(CUT)}.txt"}
        assert not [path for path in tmp_path.iterdir() if path.name.startswith(".out")]

    def test_an_empty_quarantine_gives_an_index_without_rows(self, settings, tmp_path):
        support.publish_warehouse(settings, offers(page()))

        assert invoke("export", settings.home, tmp_path / "out").exit_code == 0
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["index.csv"]
        assert (tmp_path / "out" / "index.csv").read_text() == ",".join(INDEX_COLUMNS) + "\n"

    @pytest.mark.parametrize("index", [None, "page,reason\n", ",".join(INDEX_COLUMNS) + "\n"])
    def test_a_folder_with_anything_else_is_left_alone(self, index, good_and_broken, tmp_path):
        (tmp_path / "notes.md").write_text("mine")
        if index:
            (tmp_path / "index.csv").write_text(index)
        before = files_below(tmp_path)

        result = invoke("export", good_and_broken.home, tmp_path)

        assert result.exit_code == 2
        assert "is no file of an earlier export" in result.output
        assert {path: files_below(tmp_path)[path] for path in before} == before

    def test_a_page_that_somebody_mended_in_an_export_is_not_overwritten(self, good_and_broken, tmp_path):
        out = tmp_path / "out"
        invoke("export", good_and_broken.home, out)
        mended = out / f"{sha256(broken_page())}.txt"
        mended.write_bytes(page())

        result = invoke("export", good_and_broken.home, out)

        assert result.exit_code == 2
        assert "was changed after it was exported" in result.output
        assert mended.read_bytes() == page()

    def test_the_folder_one_is_in_is_not_replaced(self, good_and_broken, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

        result = invoke("export", good_and_broken.home, ".")

        assert result.exit_code == 2
        assert "you are in this folder" in result.output

    def test_an_export_that_fails_leaves_the_earlier_one(self, good_and_broken, tmp_path, monkeypatch):
        out = tmp_path / "out"
        invoke("export", good_and_broken.home, out)
        before = files_below(out)

        def fail(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(page_export, "_write_index", fail)
        result = invoke("export", good_and_broken.home, out)

        assert result.exit_code == 2
        assert "No space left on device" in result.output
        assert files_below(out) == before
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


@pytest.mark.parametrize("command", ["list", "show page.txt", "replay", "replay abcdef", "export {folder}/out"])
def test_without_a_published_warehouse_each_command_says_what_to_do(command, tmp_path):
    name, *arguments = command.format(folder=tmp_path).split()

    result = invoke(name, tmp_path / "home", *arguments)

    assert result.exit_code == 2
    assert result.output.startswith("kcna: ")
    assert "no warehouse is published here yet; run `kcna run` first" in result.output
    assert not any(tmp_path.iterdir())


@contextlib.contextmanager
def lenient_parser():
    """A fix of the parser, without a new version: a text needs no sign of its end."""
    stop = Page.stop

    def stop_but_truncated(self, code, line=None, detail=None):
        if code != "truncated":
            stop(self, code, line, detail)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Page, "stop", stop_but_truncated)
        yield


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    """The home, its raw files before, and what two replays printed; there are new files that nobody asked for."""
    folder = tmp_path_factory.mktemp("replayed")
    settings = Settings(home=folder / "home", pack_pages=2)
    support.publish_warehouse(settings, offers(page(), CUT, broken_page(), OTHER_CUT))
    raw = files_below(settings.paths().raw)
    (folder / "new").mkdir()
    (folder / "new" / "new.txt").write_bytes(page(title="New"))
    origins = {"KCNA_ORIGINS": json.dumps([str(folder / "new")])}
    with lenient_parser():
        first = invoke("replay", settings.home, sha256(CUT)[:8], **origins)
        before = files_below(settings.paths().versions)
        second = invoke("replay", settings.home, sha256(CUT)[:8], **origins)
        fresh = Settings(home=folder / "fresh")
        support.publish_warehouse(fresh, offers(page(), CUT, broken_page(), OTHER_CUT))
    return settings, raw, first, before, second, fresh


class TestReplayAfterAFixOfTheParser:
    """Two pages are cut, and one has no title; the parser learns to read cut pages, and one of them is named."""

    def test_the_page_leaves_quarantine_and_is_loaded_once(self, replayed):
        settings, _, first, *_ = replayed

        assert first.exit_code == 0
        assert "Judged again: 1 of 4 pages. Left quarantine: 2, stayed: 0, came in: 0." in first.output
        assert f"{sha256(CUT)[:12]}   loaded, was truncated" in first.output
        assert outcomes(settings)[sha256(CUT)] == ("load", None)
        titles = "select title from core.fact_article where title in ('Cut', 'Other Cut') order by 1"
        assert rows(settings.paths().warehouse, titles) == [("Cut",), ("Other Cut",)]
        assert unequal_sums(settings) == []

    def test_no_page_is_read_by_the_old_parser_beside_it(self, replayed):
        settings, _, first, _, _, fresh = replayed

        assert "every page is read again" in first.output
        assert support.fingerprint(settings.paths().warehouse) == support.fingerprint(fresh.paths().warehouse)

    def test_the_raw_pages_are_as_they_were_and_nothing_was_fetched(self, replayed):
        settings, raw, *_ = replayed

        assert files_below(settings.paths().raw) == raw
        assert len(outcomes(settings)) == 4

    def test_a_second_replay_changes_nothing_and_says_so(self, replayed):
        settings, _, _, before, second, _ = replayed

        assert second.exit_code == 0
        assert "Nothing changed." in second.output
        assert "every page is read again" not in second.output
        assert f"{sha256(CUT)[:12]}   loaded, as before" in second.output
        assert files_below(settings.paths().versions) == before

    def test_the_runs_stand_in_the_history(self, replayed):
        settings, *_ = replayed

        records = RunStore(settings.paths()).all()
        assert [(record.verdict, record.origins) for record in records] == [("passed", []), ("passed", [])]
        assert records[1].version == "unchanged"


@contextlib.contextmanager
def changed_rule(project, rule_id, **kwargs):
    """A copy of the rules in which one of the articles' rules has other arguments."""
    for folder in ("sql", "expectations"):
        shutil.copytree(project_folder(folder), project / folder)
    path = project / "expectations" / "parsed_article.json"
    suite = json.loads(path.read_text(encoding="utf-8"))
    (rule,) = [each for each in suite["expectations"] if each["meta"]["rule_id"] == rule_id]
    rule["kwargs"] = kwargs
    path.write_text(json.dumps(suite), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings_module, "PACKAGE_FOLDER", project / "etl")
        forget_digests()
        yield
    forget_digests()


def forget_digests():
    """A digest is taken once in a process, because code and rules stay as they are while it runs."""
    code_digest.cache_clear()
    rules_digest.cache_clear()


def test_a_changed_rule_lets_a_page_out_and_another_in(settings, tmp_path):
    contradictory = page(title="Late").replace(b"Date: 18/09/2024", b"Date: 10/09/2024")
    support.publish_warehouse(settings, offers(page(), contradictory, broken_page()))
    assert outcomes(settings)[sha256(contradictory)] == ("quarantine", "contradiction")
    query = "select page_sha256 from {batch} where footer_date = published_date"

    with changed_rule(tmp_path / "project", "article_footer_date_agrees", unexpected_rows_query=query):
        result = invoke("replay", settings.home)

    assert result.exit_code == 0
    assert "Judged again: 2 of 3 pages. Left quarantine: 1, stayed: 1, came in: 1." in result.output
    assert f"{sha256(contradictory)[:12]}   loaded, was contradiction" in result.output
    assert f"{sha256(page())[:12]}   came in, contradiction" in result.output
    assert f"{sha256(broken_page())[:12]}   still missing_title" in result.output
    assert outcomes(settings)[sha256(contradictory)] == ("load", None)
    assert unequal_sums(settings) == []


def test_a_replay_that_a_rule_blocks_ends_with_1_and_publishes_nothing(good_and_broken, tmp_path):
    before = files_below(good_and_broken.paths().versions)

    with impossible_rule(tmp_path / "project"):
        result = invoke("replay", good_and_broken.home)

    assert result.exit_code == 1
    assert "Not published: a blocking rule failed." in result.output
    assert files_below(good_and_broken.paths().versions) == before


class TestReplayErrors:
    def test_beside_another_run_it_stops(self, good_and_broken):
        with support.python_process(HOLD, good_and_broken.home) as other:
            result = invoke("replay", good_and_broken.home)

        assert result.exit_code == 2
        assert f"another run is writing here (process {other.pid})" in result.output

    @pytest.mark.parametrize("wanted", ["nothing", "abcdef01"])
    def test_a_page_that_there_is_not_is_refused_before_anything_is_run(self, wanted, good_and_broken):
        result = invoke("replay", good_and_broken.home, wanted)

        assert result.exit_code == 2
        assert result.output.startswith(f"kcna: there is no page {wanted}; ")
        assert not good_and_broken.paths().runs.exists()

    def test_a_run_that_fails_says_so_and_is_recorded(self, good_and_broken, monkeypatch):
        monkeypatch.setattr(pipeline, "rebuild", lambda *_: "no space \x1b[31m")

        result = invoke("replay", good_and_broken.home)

        assert result.exit_code == 2
        assert "the run failed: no space" in result.output
        assert "The published warehouse is unchanged. Details: kcna ui, run " in result.output
        assert "\x1b" not in result.output
        assert RunStore(good_and_broken.paths()).latest().verdict == "failed"

    @pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, 130), (ZeroDivisionError, 2)])
    def test_no_fault_looks_like_a_blocking_rule(self, error, code, good_and_broken, monkeypatch):
        def fail(*_):
            raise error

        monkeypatch.setattr(pipeline, "rebuild", fail)

        assert invoke("replay", good_and_broken.home).exit_code == code

    def test_a_damaged_pack_is_named(self, good_and_broken):
        pack = next(good_and_broken.paths().raw.glob("pages-*.parquet"))
        pack.chmod(0o644)
        pack.write_bytes(pack.read_bytes()[:-1])

        result = invoke("replay", good_and_broken.home)

        assert result.exit_code == 2
        assert str(pack) in result.output


@pytest.fixture(scope="module")
def corrected(tmp_path_factory):
    """A home in which the broken page is corrected, and what the same correction printed twice."""
    folder = tmp_path_factory.mktemp("corrected")
    settings = Settings(home=folder / "home")
    support.publish_warehouse(settings, offers(page(), broken_page()))
    mended = page(title="Mended")
    (folder / "mended.txt").write_bytes(mended)
    first, second = (
        invoke("replay", settings.home, sha256(broken_page())[:9], "--with", folder / "mended.txt") for _ in range(2)
    )
    return settings, mended, first, second


class TestCorrections:
    @pytest.fixture
    def refuse(self, good_and_broken, tmp_path):
        """Try to correct the broken page, or another, and expect that nothing is stored."""

        def attempt(content, wanted=None):
            (tmp_path / "mended.txt").write_bytes(content)
            raw = files_below(good_and_broken.paths().raw)
            result = invoke(
                "replay", good_and_broken.home, wanted or sha256(broken_page()), "--with", tmp_path / "mended.txt"
            )
            assert result.exit_code == 2
            assert files_below(good_and_broken.paths().raw) == raw
            return result.output

        return attempt

    def test_a_file_that_the_parser_would_not_load_is_refused(self, refuse):
        assert "this file would not load either: truncated (line " in refuse(CUT)

    def test_a_file_that_breaks_a_rule_is_refused(self, refuse):
        contradictory = page(title="Late").replace(b"Date: 18/09/2024", b"Date: 10/09/2024")

        assert "this file would not load either: contradiction: The footer names the day" in refuse(contradictory)

    def test_the_page_itself_is_no_correction(self, refuse):
        assert "the file holds the bytes of page" in refuse(broken_page())

    def test_a_loaded_page_needs_no_correction(self, refuse):
        assert "is loaded and needs no correction" in refuse(page(title="Other"), sha256(page()))

    def test_a_file_that_is_too_large_is_refused_with_the_reason(self, refuse):
        assert "the file is larger than the limit (KCNA_MAX_PAGE_BYTES)" in refuse(b"a" * (16 * 2**20 + 1))

    def test_a_file_that_is_not_there_is_refused(self, good_and_broken, tmp_path):
        result = invoke("replay", good_and_broken.home, sha256(broken_page()), "--with", tmp_path / "nowhere")

        assert result.exit_code == 2
        assert "no such file or folder" in result.output

    @pytest.mark.parametrize("pages", [[], ["one", "two"]])
    def test_a_correction_is_for_one_page(self, pages, tmp_path):
        result = invoke("replay", tmp_path / "home", *pages, "--with", tmp_path)

        assert result.exit_code == 2
        assert "--with needs the one PAGE" in result.output

    def test_the_corrected_page_is_loaded_and_the_page_itself_stays(self, corrected):
        settings, mended, first, _ = corrected

        assert first.exit_code == 0
        assert outcomes(settings)[sha256(mended)] == ("load", None)
        assert outcomes(settings)[sha256(broken_page())] == ("quarantine", "missing_title")
        assert f"{sha256(broken_page())[:12]}   corrected by {sha256(mended)[:12]}" in first.output
        stored = page_contents(settings.paths(), [sha256(mended), sha256(broken_page())])
        assert stored == {sha256(mended): mended, sha256(broken_page()): broken_page()}
        assert unequal_sums(settings) == []

    def test_its_origin_names_the_page_that_it_corrects(self, corrected):
        settings, mended, *_ = corrected

        query = f"select origin, name from quality.page_outcome where page_sha256 = '{sha256(mended)}'"
        origin = f"correction:{sha256(broken_page())}"
        assert rows(settings.paths().warehouse, query) == [(origin, "mended.txt")]
        assert RunStore(settings.paths()).all()[0].origins == [origin]
        assert RunStore(settings.paths()).all()[0].counts["new_page_count"] == 1

    def test_the_page_is_marked_as_corrected_wherever_it_is_shown(self, corrected, tmp_path):
        settings, mended, *_ = corrected

        by = sha256(mended)
        listed = invoke("list", settings.home).output
        assert "Corrected by another page: 1." in listed
        assert f"corrected by {by[:12]}" in listed
        shown = invoke("show", settings.home, sha256(broken_page())).output
        assert f"corrected  by {by[:12]}, which is loaded" in shown
        assert "next" not in shown
        (row,) = json.loads(invoke("list", settings.home, "--format", "json").stdout)
        assert row["corrected_by"] == by
        invoke("export", settings.home, tmp_path / "out")
        assert by in (tmp_path / "out" / "index.csv").read_text()

    def test_the_same_correction_again_changes_nothing(self, corrected):
        settings, _, _, second = corrected

        assert second.exit_code == 0
        assert "Nothing changed." in second.output
        assert RawStore(settings.paths().raw).offers().collect().height == 3

    def test_another_correction_of_it_is_refused(self, corrected, tmp_path):
        settings, mended, *_ = corrected
        (tmp_path / "other.txt").write_bytes(page(title="Mended Otherwise"))

        result = invoke("replay", settings.home, sha256(broken_page()), "--with", tmp_path / "other.txt")

        assert result.exit_code == 2
        assert f"is corrected already, by {sha256(mended)[:12]}" in result.output


class TestOutdatedParts:
    def test_parts_of_todays_parser_are_kept(self, good_and_broken):
        store = ParsedStore(good_and_broken.paths())
        before = files_below(store.folder)

        assert not store.forget_outdated([sha256(page()), sha256(broken_page())])
        assert files_below(store.folder) == before

    def test_parts_of_another_parser_go_only_where_it_read_these_pages_otherwise(self, settings):
        support.publish_warehouse(settings, offers(page(), CUT))
        store = ParsedStore(settings.paths())

        with lenient_parser():
            assert not store.forget_outdated([sha256(page())])
            assert store.forget_outdated([sha256(CUT)])
            assert store.update() == 2
            assert not store.forget_outdated([sha256(CUT)])

    def test_damaged_parts_go(self, good_and_broken):
        store = ParsedStore(good_and_broken.paths())
        part = next(store.folder.glob("*-page.parquet"))
        part.write_bytes(part.read_bytes()[:-1])

        assert store.forget_outdated([sha256(page())])
