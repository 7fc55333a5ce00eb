"""The command line itself: help at once, usage errors with exit code 2, settings that cannot be used are named."""

import pytest
from click.testing import CliRunner

from etl.cli import main
from tests.support import run_python

HEAVY = ("dagster", "great_expectations", "polars", "duckdb", "pandas", "pyarrow")
IMPORTED = "import sys; print('imported', *sorted({name.split('.')[0] for name in sys.modules}))"


def imported_by(*arguments, cwd):
    """The top-level modules that are imported after a command ended."""
    code = f"""
import sys
from etl.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code in (0, None), end.code
{IMPORTED}
"""
    result = run_python(code, *arguments, cwd=cwd)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.splitlines()[-1].split()[1:])


def invoke(*arguments, **environment):
    return CliRunner(env={"COLUMNS": "300"} | environment).invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["sql", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments, tmp_path):
    assert imported_by(*arguments, cwd=tmp_path).isdisjoint(HEAVY)


def test_status_imports_neither_dagster_nor_great_expectations(published, tmp_path):
    imported = imported_by("status", "--home", published.home, cwd=tmp_path)

    assert imported.isdisjoint({"dagster", "great_expectations"})
    assert "duckdb" in imported  # it did look into the warehouse


def test_a_query_imports_neither_dagster_nor_great_expectations(published, tmp_path):
    imported = imported_by("sql", "select 1", "--home", published.home, cwd=tmp_path)

    assert imported.isdisjoint({"dagster", "great_expectations"})


def test_the_report_command_imports_neither_dagster_nor_great_expectations(tmp_path):
    code = f"from etl.commands import serve; {IMPORTED}"
    result = run_python(code, cwd=tmp_path)

    assert set(result.stdout.split()).isdisjoint({"dagster", "great_expectations"})


def test_help_names_every_command_with_a_sentence():
    result = invoke("--help")

    assert result.exit_code == 0
    for name, command in main.commands.items():
        assert name in result.output
        assert command.get_short_help_str().rstrip(".")
    assert set(main.commands) >= {"run", "ui", "sql", "report", "status"}


def test_help_of_run_documents_the_exit_codes():
    output = " ".join(invoke("run", "--help").output.split())

    assert "0 published (or nothing new), 1 not published because a blocking check failed, 2 wrong usage" in output


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["run", "--nothing"],
        ["sql", "--format", "xml", "select 1"],
        ["report", "--port", "x"],
        ["status", "x"],
    ],
)
def test_wrong_usage_ends_with_2(arguments):
    result = invoke(*arguments)

    assert result.exit_code == 2
    assert "Usage: " in result.output


def test_a_home_that_is_a_file_is_wrong_usage(tmp_path):
    (tmp_path / "file").write_text("")

    result = invoke("status", "--home", tmp_path / "file")

    assert result.exit_code == 2
    assert "is a file" in result.output


@pytest.mark.parametrize("command", ["run", "sql", "status"])
@pytest.mark.parametrize(("name", "value"), [("KCNA_THREADS", "many"), ("KCNA_KEEP_VERSIONS", "0")])
def test_a_setting_that_cannot_be_used_is_named(command, name, value, tmp_path):
    result = invoke(command, "--home", tmp_path / "home", **{name: value})

    assert result.exit_code == 2
    assert result.output.startswith(f"kcna: the setting {name} cannot be used: ")
    assert not (tmp_path / "home").exists()


def test_a_folder_written_plainly_into_kcna_origins_is_explained(tmp_path):
    result = invoke("status", "--home", tmp_path, KCNA_ORIGINS="./pages")

    assert result.exit_code == 2
    assert "KCNA_ORIGINS" in result.output


def test_the_home_may_come_from_the_environment(tmp_path):
    result = invoke("status", KCNA_HOME=str(tmp_path / "somewhere"))

    assert result.exit_code == 0
    assert "somewhere" in result.output


def test_the_option_comes_before_the_environment(tmp_path):
    result = invoke("status", "--home", tmp_path / "option", KCNA_HOME=str(tmp_path / "environment"))

    assert "option" in result.output
    assert "environment" not in result.output
