"""Which format a home and a warehouse have, so that an older program never touches what a newer one wrote.

The home says it in `format.json`, the warehouse by the macro `quality.format_version()`. Homes and warehouses from
before there were numbers say nothing and have format 1. An older home needs no migration: stages and warehouse follow
from the raw pages, and the next run makes anew what the code of today would make otherwise.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from etl import files
from etl.faults import step
from etl.settings import Home

FORMAT = 1
"""To be raised when an older program would misread what this one writes: folders, manifests, packs, records, tables."""

WRITE_FORMAT = f"""
create or replace macro quality.format_version() as {FORMAT};
comment on macro quality.format_version is 'Format of this warehouse; programs refuse one that is newer than theirs.';
"""
"""SQL that lets a warehouse say its format; its schemas must be there."""


class NewerFormatError(RuntimeError):
    """A home or a warehouse was written by a newer version of this program."""


def marker(home: Home) -> Path:
    """The file in which a home says its format."""
    return home.root / "format.json"


def home_format(home: Home) -> int:
    """The format of a home; 1 where it says none.

    Raises:
        files.DamagedFileError: if the file that says it cannot be read.
    """
    path = marker(home)
    try:
        return _number(json.loads(path.read_text(encoding="utf-8"))["format"])
    except FileNotFoundError:
        return 1
    except (ValueError, TypeError, KeyError) as error:
        raise files.DamagedFileError(
            f"{path}: the format of the home cannot be read ({error}); restore the file from a backup, or delete it if "
            "no newer version of this program wrote here"
        ) from error


def warehouse_format(con: duckdb.DuckDBPyConnection) -> int:
    """The format of an open warehouse; 1 where it says none."""
    found = con.execute(
        "select macro_definition from duckdb_functions() "
        "where schema_name = 'quality' and function_name = 'format_version' and database_name = current_database()"
    ).fetchone()
    return _number(int(found[0])) if found else 1


def check_home(home: Home) -> None:
    """Refuse a home of a newer format; nothing is written.

    Raises:
        NewerFormatError: with the format and what to do.
    """
    _refuse_newer(home.root, home_format(home))


def check_warehouse(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a warehouse of a newer format.

    Raises:
        NewerFormatError: with the format and what to do.
    """
    _refuse_newer(path, warehouse_format(con))


def mark_home(home: Home) -> None:
    """Let a home say the format of this program; for its one writer, before it writes anything else.

    Raises:
        NewerFormatError: if it is newer already.
    """
    check_home(home)
    wanted = json.dumps({"format": FORMAT}) + "\n"
    path = marker(home)
    if not path.exists() or path.read_text(encoding="utf-8") != wanted:
        with step("home.format"):
            files.write_text(path, wanted)


def _number(stored: object) -> int:
    if not isinstance(stored, int) or isinstance(stored, bool) or stored < 1:
        raise ValueError("it is no number from 1 on")
    return stored


def _refuse_newer(path: Path, found: int) -> None:
    if found > FORMAT:
        raise NewerFormatError(
            f"{path}: format {found} was written by a newer kcna, and this one reads formats up to {FORMAT}; "
            "install the newer version, or use another --home"
        )
