"""`kcna export`: what it prints, how it ends, and that its errors are messages."""

import csv
import json
import shutil

import duckdb
import pytest
from click.testing import CliRunner

from etl.cli import main
from tests.support import opened, run_python

HEAVY = ("dagster", "great_expectations", "polars", "duckdb", "pyarrow")


def invoke(*arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(main, ["export", *map(str, arguments)])


@pytest.fixture
def export(published, tmp_path):
    """Export the sample pages' warehouse into the folder `out`."""
    return lambda *arguments: invoke(tmp_path / "out", "--home", published.home, *arguments)


def test_it_says_what_was_written_and_what_was_left_out(export, published, tmp_path):
    result = export()

    assert result.exit_code == 0, result.output
    shown = {words[0]: words[1:] for line in result.output.splitlines() if (words := line.split())}
    descriptor = json.loads((tmp_path / "out" / "datapackage.json").read_text())
    with opened(published.paths().warehouse) as con:
        for resource in descriptor["resources"]:
            rows = con.table(resource["name"]).shape[0]
            assert shown[resource["name"]] == [f"{rows:,}", f"{resource['bytes']:,}"]
    assert shown["version"] == [published.paths().warehouse.resolve().stem] == [descriptor["version"]]
    assert str(tmp_path / "out" / "datapackage.json") in result.output
    (line,) = [line for line in result.output.splitlines() if line.startswith("left out")]
    assert "body, teaser, " in line
    assert "; --with-text writes them" in line


def test_parquet_is_the_default_and_csv_can_be_asked_for(export, tmp_path):
    assert export("--table", "core.dim_source").exit_code == 0
    with duckdb.connect() as con:
        rows = con.read_parquet(str(tmp_path / "out" / "core.dim_source.parquet")).fetchall()

    assert export("--table", "core.dim_source", "--format", "csv").exit_code == 0
    with (tmp_path / "out" / "core.dim_source.csv").open(newline="", encoding="utf-8") as handle:
        header, *lines = csv.reader(handle)

    assert header[0] == "source_id"
    assert [line[0] for line in lines] == [row[0] for row in rows]
    assert not (tmp_path / "out" / "core.dim_source.parquet").exists()


def test_texts_are_written_when_asked_for(export, tmp_path):
    result = export("--with-text", "--table", "core.fact_article", "--table", "core.fact_sidebar_entry")

    assert result.exit_code == 0
    assert "nothing" in result.output
    with duckdb.connect() as con:
        (shortest,) = con.execute(
            "select min(length(body)) from read_parquet($path)",
            {"path": str(tmp_path / "out" / "core.fact_article.parquet")},
        ).fetchone()
    assert shortest > 20


def test_no_text_of_a_page_is_a_formula_in_any_file(canary_run, tmp_path):
    result = invoke(tmp_path / "out", "--home", canary_run.settings.home, "--format", "csv", "--with-text")

    assert result.exit_code == 0
    cells = []
    for path in (tmp_path / "out").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as handle:
            cells += [cell for row in csv.reader(handle) for cell in row]
    assert len([cell for cell in cells if cell.startswith(("'=HYPERLINK", "'@SUM"))]) >= 6
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))] == []


def test_an_unknown_table_ends_with_2_and_the_names_of_all(export, tmp_path):
    result = export("--table", "core.fact_articles")

    assert result.exit_code == 2
    assert result.output.startswith("kcna: there is no table 'core.fact_articles'; there are core.dim_")
    assert "quality.run" in result.output
    assert not (tmp_path / "out").exists()


def test_a_folder_with_other_files_ends_with_2_and_is_left_alone(export, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")

    result = export()

    assert result.exit_code == 2
    assert result.output == (
        f"kcna: {tmp_path / 'out'}: 'thesis.txt' is no file of an earlier export; name a new folder or an empty one\n"
    )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_a_folder_that_cannot_be_written_ends_with_2_and_one_message(published, tmp_path):
    (tmp_path / "file").write_text("")

    result = invoke(tmp_path / "file" / "out", "--home", published.home)

    assert result.exit_code == 2
    assert len(result.output.splitlines()) == 1
    assert "the export cannot be written" in result.output


@pytest.mark.parametrize("arguments", [[], ["{out}", "--format", "xlsx"], ["{file}"], ["{out}", "{out}"]])
def test_wrong_usage_ends_with_2(arguments, published, tmp_path):
    (tmp_path / "file").write_text("")
    places = {"out": tmp_path / "out", "file": tmp_path / "file"}

    result = invoke(*(argument.format(**places) for argument in arguments), "--home", published.home)

    assert result.exit_code == 2
    assert "Usage: " in result.output
    assert not (tmp_path / "out").exists()


def test_where_nothing_is_published_the_message_says_what_to_run(tmp_path):
    result = invoke(tmp_path / "out", "--home", tmp_path / "home")

    assert result.exit_code == 2
    assert result.output.strip().endswith("no warehouse is published here yet; run `kcna run` first")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_warehouse_is_a_message_and_leaves_nothing(published, tmp_path):
    shutil.copytree(published.home, tmp_path / "home", symlinks=True)
    version = (tmp_path / "home" / "kcna.duckdb").resolve()
    version.chmod(0o644)
    data = bytearray(version.read_bytes())
    data[100_000:-5_000] = bytes(len(data) - 105_000)
    version.write_bytes(data)

    result = invoke(tmp_path / "out", "--home", tmp_path / "home")

    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 2
    assert "may be damaged" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_its_help_imports_nothing_heavy(tmp_path):
    code = """
import sys
from etl.cli import main
try:
    main(["export", "--help"])
except SystemExit:
    print(*sorted({name.split(".")[0] for name in sys.modules}))
"""
    result = run_python(code, cwd=tmp_path)

    assert "datapackage.json" in result.stdout
    assert set(result.stdout.splitlines()[-1].split()).isdisjoint(HEAVY)


def test_other_commands_do_not_pay_for_pyarrow(published, tmp_path):
    code = """
import sys
from etl.cli import main
try:
    main(["status", "--home", sys.argv[1]])
except SystemExit:
    print("pyarrow" in sys.modules)
"""
    result = run_python(code, published.home, cwd=tmp_path)

    assert result.stdout.splitlines()[-1] == "False"
