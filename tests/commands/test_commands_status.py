"""`kcna status`: what is there and where, in every state of a home."""

from click.testing import CliRunner

from etl.cli import main
from etl.warehouse.publish import published_version
from tests import support
from tests.support import numbers, rows


def status(home, columns=120):
    return CliRunner(env={"COLUMNS": str(columns)}).invoke(main, ["status", "--home", str(home)])


def test_a_home_that_is_not_there_yet_says_what_to_run_and_is_not_created(tmp_path):
    result = status(tmp_path / "home")

    assert result.exit_code == 0
    assert "nothing is published yet; run `kcna run`" in result.output
    assert not (tmp_path / "home").exists()


def test_it_shows_pages_by_outcome_the_last_run_and_the_version(sample_run):
    home = sample_run.settings.paths()
    result = status(home.root)

    assert result.exit_code == 0
    for outcome, count in rows(home.warehouse, "select outcome, count(*) from core.fact_page group by 1"):
        assert outcome in result.output
        assert count > 0
    ((loaded,),) = rows(home.warehouse, "select count(*) from core.fact_page where outcome = 'load'")
    (line,) = [line for line in result.output.splitlines() if line.startswith("load")]
    assert numbers(line) == [loaded]
    assert f"{sample_run.record.run_id} passed" in result.output
    assert published_version(home.warehouse).name in result.output
    assert str(home.report) in result.output


def test_a_narrow_terminal_loses_no_number(published):
    def counts(columns):
        lines = [line.split() for line in status(published.home, columns).output.splitlines()]
        return [words[-1] for words in lines if len(words) > 1 and words[-1].replace(",", "").isdigit()]

    assert counts(40) == counts(200) != []


def test_the_newest_version_stands_first(settings):
    first = support.publish_warehouse(settings, support.offers(support.page()))
    second = support.publish_warehouse(
        settings, [support.offer(support.page(title="Two"), "two.txt")], support.PUBLISHED_AT.replace(day=3)
    )

    lines = status(settings.home).output.splitlines()
    listed = [line.split()[0] for line in lines if line.startswith("kcna-")]
    assert listed == [second.name, first.name]


def test_no_text_of_a_page_reaches_it(canary_run):
    output = status(canary_run.settings.home).output

    assert "canary" not in output
    assert "\x1b" not in output
