"""`kcna search`: what is printed, how many were searched, wrong usage, and texts and words that must not act."""

import csv
import io
import json
import shutil
import sys
from datetime import date

import pytest
from click.testing import CliRunner

from etl.cli import main
from tests.searching import STEERING, one_home
from tests.support import PROJECT, run_python

RAW_CONTROLS = ("\x1b", "\x9b", "\x07", "\u202e")
PAGES = {
    "old": ("Orchard Harvested", "Apples were picked on the farm."),
    "new": ("Orchard Harvested", "Apples were picked on the farm."),
    "other": ("Bridge Opened", "A bridge was opened. Apples were served."),
    "formula": ("=SUM(1+1) Contest", f"Pupils {STEERING} reckoned; 미사일을 발사하였다."),
}
DAYS = {"old": date(2024, 1, 1), "new": date(2024, 3, 1), "other": date(2024, 2, 1), "formula": date(2024, 2, 2)}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search")
    sources = {"other": "rodong-en", "formula": "unlisted-01234567"}
    return one_home(folder, PAGES, days=DAYS, sources=sources, sidebar_only=7)


@pytest.fixture
def search(home):
    def run(*arguments):
        command = ["search", "--home", str(home.settings.home), *map(str, arguments)]
        return CliRunner(env={"COLUMNS": "80"}).invoke(main, command)

    return run


@pytest.fixture
def without_wheel(monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb_extension_fts", None)


def ids(result):
    return [row["article_id"] for row in json.loads(result.stdout)]


def test_an_article_is_shown_with_score_day_source_title_text_and_id(search):
    result = search("bridge")

    assert result.exit_code == 0
    first, second, third = result.stdout.splitlines()
    assert float(first.split()[0]) > 0
    assert first.split()[1:] == ["2024-02-01", "Bridge", "Opened"]
    assert second.split() == ["rodong-en", "A", "bridge", "was", "opened.", "Apples", "were", "served."]
    assert third.split() == ["other"]


def test_what_was_searched_stands_beside_the_number_found(search, home):
    assert search("apples").stderr.splitlines()[-2:] == [
        f"Articles found: 3; searched: 4, published 2024-01-01 to 2024-03-01, in {home.version.name}.",
        "Known only from sidebars, without their text, and not searched: 7 (marts.sidebar_only_article).",
    ]


def test_with_limits_the_number_searched_is_that_within_them(search, home):
    result = search("apples", "--from", "2024-01-02", "--source", "kcna-kp-en", "--source", "rodong-en")

    assert f"Articles found: 2; searched: 2 of 4, published 2024-02-01 to 2024-03-01, in {home.version.name}." in (
        result.stderr
    )


def test_the_limit_says_that_more_were_found(search):
    result = search("apples", "--limit", 2, "--format", "json")

    assert ids(result) == ["new", "old"]
    assert "Articles found: 3; " in result.stderr
    assert result.stderr.splitlines()[-2].endswith("The first 2 are shown.")


def test_json_has_the_columns_in_order_and_the_best_first(search):
    rows = json.loads(search("apples", "--format", "json").stdout)

    assert list(rows[0]) == ["score", "published_date", "source_id", "title", "text", "article_id"]
    assert [row["article_id"] for row in rows] == ["new", "old", "other"]  # equal scores: newest first
    assert rows[0]["published_date"] == "2024-03-01"


def test_several_words_and_one_argument_are_the_same_query(search):
    assert search("apples", "bridge", "--format", "json").stdout == search("apples bridge", "--format", "json").stdout


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["apples", "--from", "2024-02-01"], ["new", "other"]),
        (["apples", "--to", "2024-02-01"], ["old", "other"]),
        (["apples", "--from", "2024-02-01", "--to", "2024-02-01"], ["other"]),
        (["apples", "--source", "Rodong Sinmun (EN)"], ["other"]),
        (["apples", "--source", "rodong-en", "--source", "kcna-kp-en"], ["new", "old", "other"]),
        (['"were picked"'], ["new", "old"]),
        (["apple"], []),
        (["apple*"], ["new", "old", "other"]),
        (["미사일을"], ["formula"]),
        (["미사일*"], ["formula"]),
        (['"사일"'], ["formula"]),
    ],
)
def test_words_phrases_and_limits_find(arguments, found, search):
    assert sorted(ids(search(*arguments, "--format", "json"))) == found


def test_nothing_found_is_no_error_and_is_said(search):
    result = search("nowhere")

    assert result.exit_code == 0
    assert result.stdout.strip() == ""
    assert "Articles found: 0; searched: 4, " in result.stderr
    assert "launch* finds also launches" in result.stderr
    assert json.loads(search("nowhere", "--format", "json").stdout) == []
    assert search("nowhere", "--format", "csv").stdout.splitlines() == [
        "score,published_date,source_id,title,text,article_id"
    ]


def test_limits_that_leave_no_article_are_no_error(search):
    result = search("apples", "--from", "2030-01-01")

    assert result.exit_code == 0
    assert "Articles found: 0; searched: 0 of 4, in " in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument"),
        ([""], "no word to search for"),
        (["?!", "%"], "no word to search for"),
        (['"apples'], "not closed"),
        (["ap*les"], "a star (*) stands only at the end of a word"),
        (["word"] * 10_000, "10,000 words are too many; give at most 100"),
        (["apples", "--source", "\0"], "there is no source"),
        (
            ["apples", "--source", "nowhere"],
            "there is no source 'nowhere'; articles are there from kcna-kp-en (KCNA.kp",
        ),
        (["apples", "--from", "2024-02-02", "--to", "2024-02-01"], "no day is from 2024-02-02 to 2024-02-01"),
        (["apples", "--from", "yesterday"], "Invalid value for '--from'"),
        (["apples", "--limit", "0"], "Invalid value for '--limit'"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(arguments, message, search):
    result = search(*arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("way", ["ranked", "plain"])
@pytest.mark.parametrize(
    "words",
    [
        "apples'; drop table core.fact_article; --",
        "apples') from core.fact_article --",
        "apples $words $first ? %s {}",
        '"\'; select 1"',
        '"%"  apples',
        '"apples%"',
        '"(?i).*" apples',
        '"[a-z]+(" apples',
        "apples\\ \\d \\",
        "apples \0",
        '"\0apples"',
        "apples | bridge & (x",
        "apples" * 10_000,
        "apples " + "\u0301" * 1_000,
    ],
)
def test_words_are_never_code(words, way, search, home, request):
    if way == "plain":
        request.getfixturevalue("without_wheel")
    before = home.version.read_bytes()

    result = search(words)

    assert result.exit_code == 0, result.output
    assert "Articles found: 0; searched: 4" in result.stderr or "Articles found: 3; " in result.stderr
    assert home.version.read_bytes() == before


@pytest.mark.parametrize("style", ["table", "json"])
def test_texts_and_words_cannot_steer_the_terminal(style, search):
    result = search("pupils", "--format", style)

    assert "31mred" in result.stdout
    for text in (result.output, search("x", "--source", f"no {STEERING}").output):  # which lists the labels
        assert [sign for sign in RAW_CONTROLS if sign in text] == []


def test_csv_guards_titles_that_a_spreadsheet_would_compute(search):
    header, row = csv.reader(io.StringIO(search("contest", "--format", "csv").stdout))

    assert dict(zip(header, row, strict=True))["title"] == "'=SUM(1+1) Contest"


def test_without_the_wheel_the_same_articles_are_found_and_it_is_said(search, request):
    queries = [["apples"], ["apples were"], ['"were picked"'], ["app*", "--from", "2024-02-01"], ["발사*"], ["nowhere"]]
    ranked = [search(*query, "--format", "json") for query in queries]
    request.getfixturevalue("without_wheel")
    plain = [search(*query, "--format", "json") for query in queries]

    assert [sorted(ids(result)) for result in plain] == [sorted(ids(result)) for result in ranked]
    assert {result.exit_code for result in plain} == {0}
    for result in plain:
        assert result.stderr.splitlines()[0] == (
            "ranked search needs `pip install 'kcna-warehouse[search]'`; plain search is used now"
        )
    assert all("plain search" not in result.stderr for result in ranked)


def test_without_the_wheel_hits_are_counted_and_nothing_is_written(tmp_path, without_wheel):
    home = one_home(tmp_path, PAGES, days=DAYS)

    result = CliRunner().invoke(main, ["search", "bridge", "--home", str(home.settings.home), "--format", "json"])

    assert [row["score"] for row in json.loads(result.stdout)] == [4.0]  # three in the title, one in the text
    assert not home.settings.paths().search.exists()


def test_the_sample_pages_are_found_in_english_and_korean(published, tmp_path):
    shutil.copytree(published.home, tmp_path / "home", symlinks=True)

    def titles(*words):
        arguments = ["search", *words, "--home", str(tmp_path / "home"), "--format", "json"]
        return [row["title"] for row in json.loads(CliRunner().invoke(main, arguments).stdout)]

    assert titles("knitwear") == ["Production of Knitwear Grows at Hamhung Factory"]
    assert titles("도서실*") == ["·새 도서실에 울리는 책 읽는 소리"]
    assert titles('"책 읽는"') == ["·새 도서실에 울리는 책 읽는 소리"]


def test_a_damaged_index_is_built_again(search, home):
    search("apples")
    (name,) = home.indexes
    index = home.settings.paths().search / name
    content = index.read_bytes()
    index.unlink()
    index.write_bytes(content[:20_000])

    result = search("apples", "--format", "json")

    assert result.stderr.startswith("building the search index of this version once\n")
    assert ids(result) == ["new", "old", "other"]


def test_where_memory_is_too_small_the_setting_is_named(tmp_path):
    home = one_home(tmp_path, {str(number): ("Orchard", "Apples. " * 2_000) for number in range(100)})

    arguments = ["search", "apples", "--home", str(home.settings.home)]
    result = CliRunner(env={"KCNA_MEMORY_LIMIT": "2MB"}).invoke(main, arguments)

    assert result.exit_code == 2
    assert "kcna: the search needs more memory than KCNA_MEMORY_LIMIT allows (Out of Memory Error: " in result.stderr
    assert "plain search is used now" in result.stderr


def test_where_nothing_is_published_it_says_what_to_run_and_writes_nothing(tmp_path):
    home = tmp_path / "nothing"

    result = CliRunner().invoke(main, ["search", "apples", "--home", str(home)])

    assert result.exit_code == 2
    assert "no warehouse is published here yet; run `kcna run` first" in result.stderr
    assert not home.exists()


def test_a_damaged_warehouse_is_a_message_and_no_traceback(tmp_path):
    home = one_home(tmp_path, PAGES)
    home.version.write_bytes(home.version.read_bytes()[:5_000])

    result = CliRunner().invoke(main, ["search", "apples", "--home", str(home.settings.home)])

    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert str(home.version) in result.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["bridge"]])
def test_search_imports_nothing_heavier_than_it_needs(arguments, home):
    code = """
import sys
from etl.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code in (0, None), end.code
print("imported", *sorted({name.split(".")[0] for name in sys.modules}))
"""
    result = run_python(code, "search", "--home", home.settings.home, *arguments, cwd=PROJECT)
    imported = set(result.stdout.splitlines()[-1].split())

    assert imported.isdisjoint({"dagster", "great_expectations"})
    assert ("duckdb" in imported) == (arguments == ["bridge"])


def test_help_says_what_is_found():
    output = " ".join(CliRunner().invoke(main, ["search", "--help"]).output.split())

    assert "Every word must occur" in output
    assert "launch does not find launches; launch* finds every word that begins so" in output
    assert "also inside words: kcna search '\"missile launch\" pyongyang'" in output
