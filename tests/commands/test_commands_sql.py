"""`kcna sql`: rows as table, JSON or CSV, errors for people, and page text that cannot act."""

import csv
import io
import json
import os
import pty
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from etl.cli import main
from etl.warehouse.catalog import dictionary
from tests.canaries import CANARIES
from tests.support import PROJECT

CONTROL = "chr(27) || '[31mred' || chr(155) || '31m' || chr(7) || chr(8238)"
"""SQL for a text that would colour a terminal, ring its bell and turn its writing round."""
RAW_CONTROLS = ("\x1b", "\x9b", "\x07", "\u202e")


@pytest.fixture
def sql(published):
    def run(query=None, style="table", home=None, **options):
        arguments = ["sql", "--home", str(home or published.home), "--format", style, *([query] if query else [])]
        return CliRunner(env={"COLUMNS": "200"}).invoke(main, arguments, **options)

    return run


def has_controls(text):
    return [repr(sign) for sign in RAW_CONTROLS if sign in text]


def test_a_table_shows_names_and_rows(sql):
    result = sql("select 1 as one, 'text' as words, null as nothing")

    assert result.exit_code == 0
    heading, _, row = result.output.splitlines()[:3]
    assert heading.split() == ["one", "words", "nothing"]
    assert row.split() == ["1", "text", "null"]


def test_json_can_be_parsed_and_keeps_types(sql):
    result = sql("select 1 as n, 1.5::double as x, true as yes, null as nothing, '한글 \"' as text", "json")

    assert json.loads(result.output) == [{"n": 1, "x": 1.5, "yes": True, "nothing": None, "text": '한글 "'}]


def test_json_of_dates_lists_and_structs_can_be_parsed(sql):
    query = "select date '2024-09-18' as day, [1, 2] as list, {'a': 1} as struct, 1.50::decimal(9, 2) as money"

    assert json.loads(sql(query, "json").output) == [
        {"day": "2024-09-18", "list": [1, 2], "struct": {"a": 1}, "money": "1.50"}
    ]


def test_json_of_no_rows_is_an_empty_list(sql):
    assert json.loads(sql("select 1 as n where false", "json").output) == []


def test_json_of_numbers_that_json_does_not_know_is_still_json(sql):
    def refuse(constant):
        raise AssertionError(constant)

    json.loads(sql("select 'nan'::double as x, 'inf'::double as y", "json").output, parse_constant=refuse)


def test_json_loses_no_column_of_the_same_name(sql):
    assert "1" in sql("select 1 as a, 2 as a", "json").output


def test_every_real_table_can_be_printed_in_every_form(sql):
    for style in ("table", "json", "csv"):
        result = sql("from quality.page_outcome", style)
        assert result.exit_code == 0, result.output
        assert len(result.output) > 1_000


def test_csv_comes_back_as_it_was(sql):
    result = sql(
        "select 'a,b' as \"with, comma\", 'say \"yes\"' as q, 'two' || chr(10) || 'lines' as l, null as n", "csv"
    )

    assert list(csv.reader(io.StringIO(result.output))) == [
        ["with, comma", "q", "l", "n"],
        ["a,b", 'say "yes"', "two\nlines", ""],
    ]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t"])
def test_csv_guards_texts_that_a_spreadsheet_would_compute(sign, sql):
    result = sql(f"select chr({ord(sign)}) || '1+1' as cell, -1 as number", "csv")

    (row,) = list(csv.reader(io.StringIO(result.output, newline="")))[1:]
    assert row == [f"'{sign}1+1", "-1"]


@pytest.mark.parametrize("text", ["chr(13) || '=1+1'", "'x' || chr(13) || '=1+1'"])
def test_a_carriage_return_in_a_csv_cell_starts_no_row_with_a_formula(text, sql):
    rows = list(csv.reader(io.StringIO(sql(f"select {text} as cell", "csv").output, newline="")))

    assert len(rows) == 2


@pytest.mark.parametrize("text", ["chr(10) || '=1+1'", "' =1+1'", "'＝1+1'"])
def test_csv_guards_formulas_behind_white_space_and_in_wide_signs(text, sql):
    (row,) = list(csv.reader(io.StringIO(sql(f"select {text} as cell", "csv").output, newline="")))[1:]
    assert row[0].startswith("'")


def test_csv_guards_the_names_of_columns(sql):
    (header, _) = csv.reader(io.StringIO(sql('select 1 as "=cmd|x"', "csv").output, newline=""))
    assert header == ["'=cmd|x"]


def test_nested_numbers_that_json_does_not_know_are_null(sql):
    assert json.loads(sql("select {'a': 'nan'::double, 'b': ['inf'::double]} as x", "json").output) == [
        {"x": {"a": None, "b": [None]}}
    ]


def test_csv_guards_every_text_of_a_page(canary_run, sql):
    query = "select title, body from core.fact_article union all select title, teaser from core.fact_sidebar_entry"
    result = sql(query, "csv", canary_run.settings.home)

    cells = [cell for row in csv.reader(io.StringIO(result.output, newline="")) for cell in row]
    assert any("canary 5" in cell for cell in cells)
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


def test_a_cell_of_a_table_cannot_steer_the_terminal(sql):
    result = sql(f"select {CONTROL} as cell")

    assert "[31mred" in result.output
    assert has_controls(result.output) == []


def test_no_text_of_a_page_steers_the_terminal_or_is_read_as_markup(canary_run, sql):
    result = sql("select title from core.fact_article", home=canary_run.settings.home)

    assert has_controls(result.output) == []
    assert "[bold red]canary 12[/bold red] :smile:" in result.output
    assert len([name for name in range(1, 14) if f"canary {name}" in result.output]) >= len(CANARIES) - 1


def test_the_name_of_a_column_cannot_steer_the_terminal(sql):
    result = sql(f"pivot (select {CONTROL} as title) on title using count(*)")

    assert has_controls(result.output) == []


def test_an_error_that_quotes_page_text_cannot_steer_the_terminal(sql):
    result = sql(f"select ({CONTROL})::integer")

    assert result.exit_code == 2
    assert has_controls(result.output) == []


def test_json_cannot_steer_the_terminal(sql):
    result = sql(f"select {CONTROL} as cell", "json")

    assert json.loads(result.output)  # the value itself is kept
    assert has_controls(result.output) == []


def test_csv_on_a_terminal_cannot_steer_it(published):
    controller, terminal = pty.openpty()
    command = [sys.executable, "-c", "from etl.cli import main; main()", "sql", "--home", str(published.home)]
    command += ["--format", "csv", f"select {CONTROL} as cell"]
    try:
        subprocess.run(command, stdout=terminal, stdin=subprocess.DEVNULL, cwd=PROJECT, check=True, timeout=60)
        shown = os.read(controller, 10_000).decode()
    finally:
        os.close(terminal)
        os.close(controller)

    assert "[31mred" in shown
    assert has_controls(shown) == []


def test_a_long_table_is_cut_and_says_so(sql):
    result = sql("select range as n from range(500)")

    assert "199" in result.output
    assert "200 rows" in result.output.splitlines()[-1]
    assert len(json.loads(sql("from range(500)", "json").output)) == 500


@pytest.mark.parametrize(
    "query",
    [
        "select nonsense",
        "selct 1",
        "from core.nothing",
        "select 1; select nonsense",
        "select 1/0::integer + 'x'::integer",
    ],
)
def test_a_query_that_fails_ends_with_2_and_a_message(query, sql):
    result = sql(query)

    assert result.exit_code == 2
    assert result.output.startswith("kcna: ")
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "query", ["copy (select 1) to '/tmp/x.csv'", "drop table core.fact_article", "attach 'x' as y"]
)
def test_a_query_that_is_not_allowed_ends_with_2(query, sql):
    assert sql(query).exit_code == 2


@pytest.mark.parametrize("query", [" ", ";", "/* only a comment */"])
def test_an_empty_query_is_no_crash(query, sql):
    result = sql(query)

    assert isinstance(result.exception, SystemExit | None)


def test_where_nothing_is_published_the_message_says_what_to_run(sql, tmp_path):
    for query in ("select 1", None):
        result = sql(query, home=tmp_path / "nothing")

        assert result.exit_code == 2
        assert result.output.strip().endswith("no warehouse is published here yet; run `kcna run` first")


@pytest.mark.parametrize("command", [["sql", "select 1"], ["status"]])
def test_a_damaged_warehouse_is_a_message_and_no_traceback(command, published, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(published.home, home, symlinks=True)
    version = (home / "kcna.duckdb").resolve()
    version.chmod(0o644)
    version.write_bytes(version.read_bytes()[:5_000])

    result = CliRunner().invoke(main, [*command, "--home", str(home)])

    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 2
    assert str(version) in result.output


def test_a_prompt_runs_statements_until_the_input_ends(sql):
    result = sql(input="select 40 + 2\n as answer;\n.tables\nselect nonsense;\nselect 'after the error' as still;\n")

    assert result.exit_code == 2  # a script must notice the statement that failed
    assert "42" in result.output
    assert "core.fact_article" in result.output
    assert "kcna: Binder Error" in result.output
    assert "after the error" in result.output


def test_a_prompt_ends_at_quit_and_runs_a_last_statement_without_semicolon(sql):
    assert "never" not in sql(input=".quit\nselect 'never';\n").output
    assert "last words" in sql(input="select 'last words'").output


def test_a_prompt_is_locked_too(sql):
    result = sql(input="select * from read_text('/etc/hostname');\n")

    assert "Permission Error" in result.output


def test_describe_says_what_a_row_and_what_each_column_is(sql):
    table = dictionary()["core.fact_article"]
    result = sql(".describe core.fact_article")

    assert result.exit_code == 0
    assert result.output.startswith(f"core.fact_article: {table.comment}")
    shown = " ".join(result.output.split())
    for column in table.columns:
        assert f"{column.name} {column.type} {column.comment}" in shown


@pytest.mark.parametrize("name", ["fact_article", "CORE.FACT_ARTICLE", '"core"."fact_article"', "core.fact_article ;"])
def test_describe_takes_a_name_in_any_form(name, sql):
    assert sql(f".describe {name}").output == sql(".describe core.fact_article").output


@pytest.mark.parametrize("style", ["json", "csv"])
def test_describe_gives_rows_in_the_form_asked_for(style, sql):
    output = sql(".describe core.fact_article", style).output
    rows = json.loads(output) if style == "json" else list(csv.DictReader(io.StringIO(output, newline="")))
    wanted = dictionary()["core.fact_article"].columns
    assert [tuple(row.values()) for row in rows] == [(column.name, column.type, column.comment) for column in wanted]


def test_every_table_is_listed_and_can_be_described_on_a_narrow_terminal(sql):
    narrow = {"env": {"COLUMNS": "80"}}
    listed = sql(".tables", **narrow).output
    assert sql(".describe", **narrow).output == listed

    for table in dictionary().values():
        assert table.name in listed
        result = sql(f".describe {table.name}", **narrow)
        assert result.exit_code == 0
        assert max(map(len, result.output.splitlines())) <= 80
        names = {line.split(" ")[0] for line in result.output.splitlines()}
        assert {column.name for column in table.columns} <= names  # no name is broken over two lines


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (".describe core.fact_artcle", "there is no table core.fact_artcle; near names: core.fact_article"),
        (".describe fact_artcle", "there is no table fact_artcle; near names: core.fact_article"),
        (".describe marts.fact_article", "there is no table marts.fact_article; near names: core.fact_article"),
        (".describe elephants", "there is no table elephants; `.tables` lists them"),
        (".describe x' or true --", "there is no table x' or true --; `.tables` lists them"),
        (".descrieb core.fact_article", "there is no command .descrieb; `.help` lists them"),
    ],
)
def test_an_unknown_table_or_command_ends_with_2_and_what_to_try(command, message, sql):
    result = sql(command)

    assert result.exit_code == 2
    assert result.output.startswith(f"kcna: {message}")


def test_a_table_name_cannot_steer_the_terminal(sql):
    assert has_controls(sql(".describe \x1b[31mred\x9b\u202e").output) == []


def test_a_prompt_describes_tables_and_goes_on_after_a_mistake(sql):
    result = sql(input=".help\n.describe core.dim_date\n.describe core.dim_dat\n.tables\nselect 'still here';\n")

    assert result.exit_code == 2
    for shown in (".describe TABLE", "juche_year", "near names: core.dim_date", "core.fact_page", "still here"):
        assert shown in result.output


def test_the_ready_questions_are_listed_and_answered_by_name(sql):
    listed = json.loads(sql(".questions", "json").stdout)
    answered = sql(".ask leader_absence")

    assert len(listed) > 20
    assert {"ask": "leader_absence", "question": answered.stdout.splitlines()[0]} in listed
    assert "Trap:" in answered.stdout
    assert "seen_before" in answered.stdout
    assert json.loads(sql(".ask leader_absence", "json").stdout)[0]["days"] == 88


def test_an_unknown_question_is_a_message_with_near_names(sql):
    result = sql(".ask leader_absense")

    assert result.exit_code == 2
    assert "near names: leader_absence" in result.stderr
