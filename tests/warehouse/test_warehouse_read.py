"""The locked connection: it reads the warehouse and nothing else, and cannot be unlocked."""

import duckdb
import polars as pl
import pytest

from etl.warehouse.read import NothingPublishedError, connect_locked, connect_published, open_current
from tests import support
from tests.support import offers, page

PROBES = {
    "read a text file": "select * from read_text('{file}')",
    "read bytes": "select * from read_blob('{file}')",
    "read CSV": "select * from read_csv('{file}')",
    "read JSON": "select * from read_json('{file}')",
    "read Parquet": "select * from read_parquet('{file}')",
    "read a file by its name alone": "select * from '{file}'",
    "read Parquet metadata": "select * from parquet_metadata('{file}')",
    "list files": "select * from glob('/*')",
    "read from the network": "select * from read_csv('http://127.0.0.1:9/x.csv')",
    "write CSV": "copy (select 1) to '{new}' (format csv)",
    "write Parquet": "copy (select 1) to '{new}' (format parquet)",
    "write through a pipe": "copy (select 1) to '/dev/stdout'",
    "load a table from a file": "create temp table t (line varchar); copy t from '{file}'",
    "export the database": "export database '{new}'",
    "import a database": "import database '{folder}'",
    "attach a new file": "attach '{new}' as other (read_write)",
    "attach an existing file": "attach '{other}' as other (read_only)",
    "attach a file for writing": "attach '{other}' as other (read_write)",
    "install an extension": "install httpfs",
    "install a community extension": "install h3 from community",
    "load an extension": "load httpfs",
    "load an extension from a file": "load '{file}'",
    "let extensions be unsigned": "set allow_unsigned_extensions = true",
    "allow external access": "set enable_external_access = true",
    "allow a folder": "set allowed_directories = ['/']",
    "unlock the configuration": "set lock_configuration = false",
    "raise the memory limit": "set memory_limit = '100GB'",
    "raise the memory limit by pragma": "pragma memory_limit = '100GB'",
    "reset the memory limit": "reset memory_limit",
    "use more threads": "set threads = 64",
    "set another folder for overflow": "set temp_directory = '{folder}'",
    "write a log": "pragma enable_logging",
    "keep a secret": "create secret (type s3, key_id 'x', secret 'y')",
    "insert": "insert into core.dim_date select * from core.dim_date",
    "update": "update core.fact_article set title = 'x'",
    "delete": "delete from core.fact_article",
    "drop": "drop table core.fact_article",
    "create a table": "create table main.t as select 1",
    "create a view": "create view core.v as select 1",
    "comment": "comment on table core.fact_article is 'x'",
    "read a variable of the program": "select * from frame_of_the_program",
}


@pytest.fixture
def targets(tmp_path):
    """A file, a folder, a database, and a name that does not exist yet."""
    (tmp_path / "file.csv").write_text("secret\n1\n")
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    return {
        "file": tmp_path / "file.csv",
        "folder": tmp_path,
        "other": tmp_path / "other.duckdb",
        "new": tmp_path / "new",
    }


@pytest.fixture
def con(published):
    with connect_published(published) as connection:
        yield connection


@pytest.mark.parametrize("probe", PROBES)
def test_the_locked_connection_refuses_to(probe, con, targets):
    frame_of_the_program = pl.DataFrame({"secret": [1]})
    before = {path: path.read_bytes() for path in targets["folder"].iterdir()}

    with pytest.raises(duckdb.Error):
        con.execute(PROBES[probe].format(**targets)).fetchall()

    assert {path: path.read_bytes() for path in targets["folder"].iterdir()} == before
    assert frame_of_the_program.height == 1


ALLOWED_WITHOUT_THE_LOCK = [
    "read a text file",
    "read CSV",
    "read a file by its name alone",
    "list files",
    "write CSV",
    "load a table from a file",
    "attach a new file",
    "attach an existing file",
    "raise the memory limit",
    "use more threads",
    "set another folder for overflow",
    "read a variable of the program",
]


@pytest.mark.parametrize("probe", ALLOWED_WITHOUT_THE_LOCK)
def test_a_connection_that_is_only_read_only_does(probe, published, targets):
    # Without this, the refusals above could be mistakes in the probes.
    frame_of_the_program = pl.DataFrame({"secret": [1]})
    with duckdb.connect(str(published.paths().warehouse), read_only=True) as plain:
        plain.execute(PROBES[probe].format(**targets)).fetchall()

    assert frame_of_the_program.height == 1


def test_the_locked_connection_answers_questions_and_takes_temporary_tables(con):
    con.execute("create or replace temp table t as select count(*) as n from core.fact_article")

    assert con.execute("select n > 0 from t").fetchall() == [(True,)]


def test_the_limits_of_the_settings_hold(published):
    limited = published.model_copy(update={"memory_limit": "64MiB", "threads": 1})
    with connect_locked(published.paths().warehouse.resolve(), limited) as con:
        limit, threads = con.execute("select current_setting('memory_limit'), current_setting('threads')").fetchone()

    assert (limit, threads) == ("64.0 MiB", 1)


def test_several_readers_read_at_once(published):
    with connect_published(published) as one, connect_published(published) as two:
        query = "select count(*) from core.dim_date"
        assert one.execute(query).fetchone() == two.execute(query).fetchone() == (38716,)


def test_where_nothing_is_published_the_message_says_what_to_run(settings):
    with pytest.raises(
        NothingPublishedError, match="no warehouse is published here yet; run `kcna run` first"
    ) as raised:
        connect_published(settings)

    assert str(raised.value).startswith(f"{settings.paths().root}: ")
    assert not settings.paths().root.exists()


def test_the_warehouse_that_waits_comes_before_the_published_one(settings):
    support.publish_warehouse(settings, offers(page()))
    support.build_warehouse(settings, offers(page(), page(title="Two")))

    with open_current(settings) as con:
        assert con.execute("select count(*) from core.fact_page").fetchone() == (2,)

    settings.paths().work_file.unlink()

    with open_current(settings) as con:
        assert con.execute("select count(*) from core.fact_page").fetchone() == (1,)
