"""The SQLAlchemy dialect: a loan of the caller's own connection, which stays the caller's."""

import pytest
import sqlalchemy as sa

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
