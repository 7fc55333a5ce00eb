"""The work list of what sidebars name and the warehouse lacks, from a table of titles and addresses."""

from datetime import date

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner

from etl.cli import main
from etl.fetch.missing import missing_addresses
from etl.fetch.origin import OriginError

PAGE = "https://kcnawatch.org/newstream/1700000000-1/"


@pytest.fixture
def con():
    """A warehouse that knows two articles from sidebars only, one title on two days."""
    with duckdb.connect() as con:
        con.execute("create schema marts; create table marts.sidebar_only_article (title varchar, shown_date date)")
        con.execute("insert into marts.sidebar_only_article values ('Press Review', '2024-09-17')")
        con.execute("insert into marts.sidebar_only_article values ('New  Bridge\u200b Opened', '2024-09-16')")
        yield con


@pytest.fixture
def listing(tmp_path):
    def write(text, name="listing.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_title_is_found_whatever_its_case_and_white_space(con, listing):
    table = listing(f"title,address\nNEW BRIDGE opened,{PAGE}bridge\nMill Rebuilt,{PAGE}mill\n")

    assert missing_addresses(con, table) == ([f"{PAGE}bridge"], 2)


def test_with_dates_a_title_that_repeats_is_found_on_its_day_only(con, listing):
    table = listing(f"title,url,date\nPress Review,{PAGE}a,2024-09-16\nPress Review,{PAGE}b,2024-09-17\n")

    assert missing_addresses(con, table) == ([f"{PAGE}b"], 2)


def test_without_dates_every_address_of_the_title_is_taken_once(con, listing):
    table = listing(f"title,url\nPress Review,{PAGE}b\nPress Review,{PAGE}a\nPress Review,{PAGE}b\n")

    assert missing_addresses(con, table) == ([f"{PAGE}a", f"{PAGE}b"], 2)


def test_parquet_is_read_too(con, tmp_path):
    pl.DataFrame({"title": ["Press Review"], "address": [f"{PAGE}b"], "date": [date(2024, 9, 17)]}).write_parquet(
        tmp_path / "listing.parquet"
    )

    assert missing_addresses(con, tmp_path / "listing.parquet") == ([f"{PAGE}b"], 2)


def test_an_address_cannot_smuggle_in_another_line(con, listing):
    table = listing(f'title,address\nPress Review,"{PAGE}b\nhttps://other.example/"\nPress Review,\n')

    assert missing_addresses(con, table) == ([], 2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [("name,address\na,b\n", "has no columns 'title' and 'address'"), ("", "cannot be read"), ("\x00\x01", "columns")],
)
def test_a_table_that_cannot_be_used_is_a_message_with_its_name(con, listing, text, problem):
    with pytest.raises(OriginError, match=problem) as caught:
        missing_addresses(con, listing(text))

    assert "listing.csv" in str(caught.value)


def test_the_command_writes_the_addresses_and_says_how_many_it_found_of_how_many(copied_run):
    home = copied_run.settings.home
    with duckdb.connect(str(home / "kcna.duckdb"), read_only=True) as con:
        ((title, day),) = con.execute("select title, shown_date from marts.sidebar_only_article limit 1").fetchall()
    pl.DataFrame({"title": [title], "url": [f"{PAGE}x"], "date": [str(day)]}).write_csv(home / "listing.csv")

    result = CliRunner().invoke(main, ["fetch", "--missing", str(home / "listing.csv"), "--list", "--home", str(home)])

    assert result.exit_code == 0
    assert "articles; addresses found for them: 1" in result.stderr
    assert (home / "missing.urls").read_text() == f"{PAGE}x\n"


def test_without_a_contact_nothing_is_asked_and_the_run_says_why(copied_run):
    home = copied_run.settings.home
    with duckdb.connect(str(home / "kcna.duckdb"), read_only=True) as con:
        ((title,),) = con.execute("select title from marts.sidebar_only_article limit 1").fetchall()
    pl.DataFrame({"title": [title], "url": [f"{PAGE}x"]}).write_csv(home / "listing.csv")

    result = CliRunner().invoke(main, ["fetch", "--missing", str(home / "listing.csv"), "--home", str(home)])

    assert result.exit_code == 2
    assert "KCNA_HTTP_CONTACT" in result.stderr
