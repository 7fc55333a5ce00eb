"""Lets Great Expectations read an open DuckDB connection, through SQLAlchemy.

Only what SQLAlchemy and duckdb-engine get wrong for that purpose is here; no rule and no result. Import it
only where a suite is run by Great Expectations: it loads SQLAlchemy.

Great Expectations runs on the caller's own connection. It therefore sees the caller's temporary tables and
uncommitted rows, as the SQL engine does, and never begins, ends or closes anything.
"""

# SQLAlchemy calls these methods, so their signatures are its own.
# ruff: noqa: ANN401, ARG002, ARG003

from __future__ import annotations

import re
import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb
import duckdb_engine
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGCompiler, PGExecutionContext
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

_SCHEME = "kcna+duckdb"
_handles: dict[str, tuple[duckdb.DuckDBPyConnection, dict[str, int]]] = {}

# Great Expectations asks them only whether a column can be compared with numbers and dates.
_COLUMN_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "BIGINT": sa.BIGINT(),
    "BOOLEAN": sa.BOOLEAN(),
    "DATE": sa.DATE(),
    "DOUBLE": sa.DOUBLE(),
    "FLOAT": sa.FLOAT(),
    "HUGEINT": sa.NUMERIC(),
    "INTEGER": sa.INTEGER(),
    "SMALLINT": sa.SMALLINT(),
    "TIME": sa.TIME(),
    "TIMESTAMP": sa.TIMESTAMP(),
    "TIMESTAMP WITH TIME ZONE": sa.TIMESTAMP(timezone=True),
    "TINYINT": sa.SMALLINT(),
    "UBIGINT": sa.NUMERIC(),
    "UHUGEINT": sa.NUMERIC(),
    "UINTEGER": sa.BIGINT(),
    "USMALLINT": sa.INTEGER(),
    "UTINYINT": sa.SMALLINT(),
}


# How Great Expectations counts the rows of a query that it has just run.
_COUNT = re.compile(
    r"SELECT COUNT\(\*\) as unexpected_row_count\s+FROM \((.*)\) AS substituted_batch_subquery", re.DOTALL
)


class _BufferedCursor:
    """A cursor that holds its rows itself: DuckDB drops them when the connection is used again."""

    rowcount = -1
    arraysize = 1

    def __init__(self, handle: duckdb.DuckDBPyConnection, row_counts: dict[str, int]) -> None:
        self._handle = handle
        self._row_counts = row_counts
        self._rows: deque[tuple[Any, ...]] = deque()
        self.description: Any = None

    def execute(self, statement: str, parameters: Any = None) -> None:
        counted = _COUNT.fullmatch(statement.strip())
        query = counted[1] if counted else statement
        known = None if parameters else self._row_counts.get(query)
        if counted and known is not None:
            self.description = [("unexpected_row_count", *[None] * 6)]
            self._rows = deque([(known,)])
            return
        if known == 0:
            statement = f"select * from ({statement}\n) limit 0"  # noqa: S608 - the statement is a rule's, as a whole
        self._handle.execute(statement, parameters or None)
        self.description = self._handle.description
        self._rows = deque(self._handle.fetchall())
        if not parameters:
            self._row_counts[query] = self._rows[0][0] if counted else len(self._rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        wanted = min(size or self.arraysize, len(self._rows))
        return [self._rows.popleft() for _ in range(wanted)]

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows = list(self._rows)
        self._rows.clear()
        return rows

    def close(self) -> None:
        self._rows.clear()


class _SharedConnection:
    """What SQLAlchemy takes for a connection of its own; the handle stays the caller's.

    Great Expectations runs the query of a rule twice, for its rows and for their number, in either order, and the SQL
    engine may have run it before. Nothing is written meanwhile, so a number is known from the rows, and that there are
    none from the number.
    """

    def __init__(self, handle: duckdb.DuckDBPyConnection, row_counts: dict[str, int]) -> None:
        self._handle = handle
        self._row_counts = row_counts

    def cursor(self) -> _BufferedCursor:
        return _BufferedCursor(self._handle, self._row_counts)

    def close(self) -> None:
        """Leave the caller's connection open."""


class _Compiler(PGCompiler):
    def visit_custom_op_binary(self, element: Any, operator: Any, **kw: Any) -> str:
        # DuckDB's own ~ matches the whole text, the rules mean "contains".
        if operator.opstring in ("~", "!~"):
            call = f"regexp_matches({self.process(element.left, **kw)}, {self.process(element.right, **kw)})"
            return call if operator.opstring == "~" else f"NOT {call}"
        inherited: str = super().visit_custom_op_binary(element, operator, **kw)  # type: ignore[no-untyped-call] # untyped there
        return inherited

    def visit_textclause(self, textclause: Any, add_to_result_map: Any = None, **kw: Any) -> str:
        # A rule's SQL is passed on untouched. SQLAlchemy would take ':name' inside a literal for a parameter
        # and would drop a backslash before a colon.
        super().visit_textclause(sa.text(""), add_to_result_map, **kw)  # type: ignore[no-untyped-call] # untyped there
        return str(textclause.text)


class SharedDuckDBDialect(duckdb_engine.Dialect):
    """duckdb-engine's dialect on a handle of the registry, under a name that Great Expectations knows."""

    # Great Expectations allows regular expressions only on dialects whose name it knows.
    name = "postgresql"
    driver = "kcna_duckdb"
    supports_statement_cache = False
    statement_compiler = _Compiler
    # The inherited one asks the cursor for notices that only psycopg2 keeps.
    execution_ctx_cls = PGExecutionContext  # type: ignore[assignment] # narrower in the parent
    # DuckDB reads a backslash in a literal as it stands.
    _backslash_escapes = False

    @classmethod
    def get_pool_class(cls, url: URL) -> type[NullPool]:
        """Keep no connection: there is only the caller's, and it must not outlive the loan."""
        return NullPool

    def create_connect_args(self, url: URL) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Read the handle's name from the address."""
        return (), {"handle_name": url.host}

    def connect(self, *_args: Any, handle_name: str) -> Any:
        """Lend the handle once more."""
        return _SharedConnection(*_handles[handle_name])

    def do_begin(self, connection: Any) -> None:
        """Leave transactions to the caller."""

    def do_commit(self, connection: Any) -> None:
        """Leave transactions to the caller."""

    def do_rollback(self, connection: Any) -> None:
        """Leave transactions to the caller."""

    def get_columns(
        self, connection: sa.Connection, table_name: str, schema: str | None = None, **_kw: Any
    ) -> list[Any]:
        """List the columns as queries see them; the inherited way reads PostgreSQL's own catalogue."""
        prepare = self.identifier_preparer
        table = prepare.quote(table_name) if schema is None else f"{prepare.quote(schema)}.{prepare.quote(table_name)}"
        try:
            rows = connection.exec_driver_sql(f"describe {table}").fetchall()
        except sa.exc.DBAPIError as error:
            raise sa.exc.NoSuchTableError(table_name) from error
        return [
            {"name": name, "type": _column_type(kind), "nullable": True, "default": None} for name, kind, *_ in rows
        ]

    def get_pk_constraint(
        self, connection: sa.Connection, table_name: str, schema: str | None = None, **_kw: Any
    ) -> Any:
        """Answer "none": the rules name their keys themselves."""
        return {"constrained_columns": [], "name": None}


def _column_type(duckdb_type: str) -> sa.types.TypeEngine[Any]:
    if duckdb_type.startswith("DECIMAL"):
        return sa.NUMERIC()
    return _COLUMN_TYPES.get(duckdb_type, sa.VARCHAR())


registry.register(_SCHEME.replace("+", "."), __name__, SharedDuckDBDialect.__name__)


@contextmanager
def share(con: duckdb.DuckDBPyConnection, row_counts: Mapping[str, int] | None = None) -> Iterator[str]:
    """Lend an open connection to SQLAlchemy.

    Args:
        con: The connection; only one thread may use it meanwhile.
        row_counts: How many rows queries give that have been run already.

    Yields:
        The address to open with SQLAlchemy. It works inside the block only.
    """
    handle_name = uuid.uuid4().hex
    _handles[handle_name] = con, dict(row_counts or {})
    try:
        yield f"{_SCHEME}://{handle_name}"
    finally:
        del _handles[handle_name]
