"""The SQLAlchemy dialect: a loan of the caller's own connection, which stays the caller's."""

import subprocess
import sys

import pytest
import sqlalchemy as sa

from etl.quality import gx_run
from etl.quality.gx_duckdb import share


@pytest.fixture
def article(con):
    con.execute("create table parsed.article (id varchar primary key, day date, size decimal(9, 2), tags varchar[])")
    con.execute("insert into parsed.article values ('a', '2026-08-01', 1.5, ['x']), ('b', null, null, null)")


def test_the_loan_ends_with_the_block(con, article):
    with share(con) as address:
        engine = sa.create_engine(address)
        with engine.connect() as borrowed:
            assert borrowed.execute(sa.text("select count(*) from parsed.article")).scalar() == 2

    with pytest.raises(KeyError):
        engine.connect()
    assert con.execute("select 1").fetchall() == [(1,)]


def test_transactions_stay_with_the_caller(con, article):
    con.execute("begin")
    con.execute("delete from parsed.article")
    with share(con) as address, sa.create_engine(address).begin() as borrowed:
        assert borrowed.execute(sa.text("select count(*) from parsed.article")).scalar() == 0
    con.execute("rollback")

    assert con.execute("select count(*) from parsed.article").fetchall() == [(2,)]


def test_results_outlive_the_next_query(con, article):
    with share(con) as address, sa.create_engine(address).connect() as borrowed:
        first = borrowed.execute(sa.text("select id from parsed.article order by id"))
        second = borrowed.execute(sa.text("select 'other'"))

        assert first.fetchone() == ("a",)
        assert second.fetchmany(5) == [("other",)]
        assert first.fetchmany(1) == [("b",)]
        assert first.fetchall() == []


@pytest.mark.parametrize("name", ["article", "article_view"])
def test_columns_are_listed_as_queries_see_them(name, con, article):
    con.execute("create view parsed.article_view as from parsed.article")
    with share(con) as address:
        inspector = sa.inspect(sa.create_engine(address))

        columns = {column["name"]: str(column["type"]) for column in inspector.get_columns(name, "parsed")}
        assert columns == {"id": "VARCHAR", "day": "DATE", "size": "NUMERIC", "tags": "VARCHAR"}
        assert inspector.get_pk_constraint(name, "parsed")["constrained_columns"] == []


def test_a_missing_table_is_named(con):
    with share(con) as address, pytest.raises(sa.exc.NoSuchTableError, match="nosuch"):
        sa.inspect(sa.create_engine(address)).get_columns("nosuch", "parsed")


def test_literals_keep_their_backslashes():
    dialect = sa.create_engine("kcna+duckdb://unused").dialect

    text = str(sa.select(sa.literal("a\\d'%")).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))

    assert "'a\\d''%'" in text


IMPORTED = """
import sys
import duckdb
from etl.quality.gx_run import run_suite
from etl.quality.suite import Suite
run_suite(duckdb.connect(), Suite("empty", "core.fact_page", ("id",), "none", ()))
print("great_expectations" in sys.modules, *(name for name in ("altair", "scipy.stats") if name in sys.modules))
import altair, scipy.stats
import great_expectations.expectations.core.expect_column_kl_divergence_to_be_less_than as rule
print(altair.Chart.__name__, rule.alt.Chart is altair.Chart, rule.stats.entropy is scipy.stats.entropy)
"""


def test_what_no_rule_needs_is_imported_only_when_it_is_asked_for():
    found = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True, timeout=120)

    assert found.stdout.split("\n")[:2] == ["True", "Chart True True"]


def test_what_stands_in_for_a_module_gives_what_the_module_has(monkeypatch):
    stand_in = gx_run._OnDemand("colorsys")
    monkeypatch.setitem(sys.modules, "colorsys", stand_in)

    assert not hasattr(stand_in, "__file__")
    assert sys.modules["colorsys"] is stand_in
    assert stand_in.rgb_to_hsv(0, 0, 0) == (0, 0, 0)
    assert sys.modules["colorsys"] is not stand_in
