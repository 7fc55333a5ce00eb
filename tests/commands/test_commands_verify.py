"""`kcna verify`: what it prints for people and programs; what it finds is tested in tests/promises."""

import csv
import io
import json

from click.testing import CliRunner

from etl.cli import main
from etl.warehouse import lock
from tests import support


def verify(home, *arguments):
    return CliRunner(env={"COLUMNS": "400"}).invoke(main, ["verify", "--home", str(home), *arguments])


def test_a_whole_home_is_said_to_be_whole(published):
    result = verify(published.home)

    assert result.exit_code == 0
    assert result.stdout == ""
    assert "Whole: " in result.stderr


def test_programs_get_an_empty_list_where_nothing_is_damaged(published):
    assert json.loads(verify(published.home, "--format", "json").stdout) == []


def test_damage_is_a_row_for_programs(settings):
    support.publish_warehouse(settings, support.offers(support.page()))
    link = settings.paths().warehouse
    link.unlink()

    result = verify(settings.home, "--format", "csv")

    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert result.exit_code == 1
    assert row == {
        "file": str(link),
        "rule": "link leads to a listed version",
        "found": "it is missing",
        "advice": "`kcna run` makes it again",
    }


def test_a_run_that_is_writing_is_mentioned(settings):
    support.publish_warehouse(settings, support.offers(support.page()))

    with lock.held(settings.paths()):
        result = verify(settings.home)

    assert result.exit_code == 0
    assert "Note: a run is writing here" in result.stderr


def test_a_run_that_begins_meanwhile_owns_its_half_written_files(settings, monkeypatch):
    support.publish_warehouse(settings, support.offers(support.page()))
    (settings.paths().raw / "offers.partial.parquet").touch()
    answers = iter([False])
    monkeypatch.setattr(lock, "is_held", lambda _: next(answers, True))

    assert verify(settings.home).exit_code == 0


def test_a_run_that_ends_meanwhile_leaves_nothing(settings, monkeypatch):
    support.publish_warehouse(settings, support.offers(support.page()))
    half = settings.paths().raw / "offers.partial.parquet"
    half.touch()
    asked = []

    def is_held(_):
        asked.append(half.exists())
        if len(asked) > 1:
            half.unlink(missing_ok=True)
        return False

    monkeypatch.setattr(lock, "is_held", is_held)

    assert verify(settings.home).exit_code == 0


def test_a_version_older_than_the_pages_is_mentioned_and_is_no_damage(settings):
    support.publish_warehouse(settings, support.offers(support.page()))
    support.add(settings, [support.offer(support.page(title="New"), "new.txt")])

    result = verify(settings.home)

    assert result.exit_code == 0, result.output
    assert "Note: the published version is older than the raw pages or the code" in result.stderr


def test_fingerprints_need_a_published_warehouse(tmp_path):
    result = verify(tmp_path / "none", "--fingerprint")

    assert result.exit_code == 2
    assert "no warehouse is published here yet; run `kcna run` first" in result.stderr


def test_no_text_of_a_page_reaches_it(canary_run):
    home = canary_run.settings.home

    for arguments in ([], ["--fingerprint"], ["--format", "json"]):
        output = verify(home, *arguments).output
        assert "canary" not in output
        assert "\x1b" not in output
