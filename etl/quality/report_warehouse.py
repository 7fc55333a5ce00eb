"""The warehouse as the report reads it: what a version lacks has no rows, and is no error."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from etl.settings import Settings
from etl.warehouse.read import NothingPublishedError, open_current


@dataclass
class ShownWarehouse:
    """What the page shows of the warehouse: nothing before there is one.

    Attributes:
        lacks_tables: whether a query met a table or column that an older version does not have.
    """

    con: duckdb.DuckDBPyConnection | None
    lacks_tables: bool = False

    def rows(self, query: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The rows of a query by their column names; none where the version has no such table."""
        if self.con is None:
            return []
        try:
            cursor = self.con.execute(query, parameters)
        except (duckdb.CatalogException, duckdb.BinderException):
            self.lacks_tables = True
            return []
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def count(self, query: str) -> int:
        """The one number of a query; 0 where there is none."""
        rows = self.rows(query)
        return int(next(iter(rows[0].values())) or 0) if rows else 0


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[ShownWarehouse]:
    """The warehouse of the home folder to read from; without rows before there is one."""
    with contextlib.ExitStack() as stack:
        try:
            con = stack.enter_context(open_current(settings))
        except NothingPublishedError:
            yield ShownWarehouse(None)
            return
        yield ShownWarehouse(con)
