"""The floor of a run: its files and tables copied, with nothing worked out.

No page is parsed, no name looked for, no rule asked, nothing joined. What is left is what the layers cost by themselves
with the same readers, writers, compression and digests, on as many cores; a run cannot be faster unless the layers are
others. Reading what other layers have stored is counted once, although a run reads some of it several times; reading
the published version, which a run does not do, is about a fifth of `copy warehouse`.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq

from benchmarks.measuring import Cost, timed
from etl import files
from etl.settings import Settings
from etl.warehouse.build import connect_work_file
from etl.warehouse.catalog import BUILD_ORDER, create_schemas, read_sql


def copy_home(settings: Settings, target: Path) -> dict[str, Cost]:
    """Copy what a run has made, layer by layer, and say what each layer costs.

    Args:
        settings: of the home that was loaded; it is only read.
        target: a new folder for the copies.

    Returns:
        The cost of `read raw` (the packs only read), `copy raw` (every page hashed too), `copy parsed`, `copy clean`
        and `copy warehouse` (every table of the published version, and the digest of the file).
    """
    home = settings.paths()
    target.mkdir()
    packs = _parquet(home.raw)
    costs = {"read raw": _cost([partial(_read, path) for path in packs], settings.workers)}
    for layer, paths in (("raw", packs), ("parsed", _parquet(home.parsed)), ("clean", _parquet(home.clean))):
        copies = [partial(copy_file, path, target / path.name) for path in paths]
        costs[f"copy {layer}"] = _cost(copies, settings.workers)
    version = home.warehouse.resolve()
    costs["copy warehouse"] = timed(lambda: copy_warehouse(version, target / "copy.duckdb", settings))[1]
    return costs


def _parquet(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.parquet"))


def _cost(tasks: Sequence[Callable[[], None]], workers: int) -> Cost:
    """Do the tasks, so many at a time; in threads, which have nothing to import before they begin."""
    with ThreadPoolExecutor(workers) as pool:
        return timed(lambda: list(pool.map(lambda task: task(), tasks)))[1]


def _read(path: Path) -> None:
    pl.read_parquet(path, glob=False)


def copy_file(path: Path, target: Path) -> None:
    """Read a stage file and write it again in groups of the same size; hash the pages in it, if it holds any."""
    frame = pl.read_parquet(path, glob=False)
    for page in frame["content"] if "content" in frame.columns else ():
        hashlib.sha256(page).digest()
    groups = pq.ParquetFile(path).metadata
    files.write_parquet(frame, target, "copy", groups.row_group(0).num_rows if groups.num_row_groups > 1 else None)


def copy_warehouse(version: Path, target: Path, settings: Settings) -> None:
    """Insert every built table of a version into the same table of a new file, and hash the file."""
    with connect_work_file(target, settings) as con:
        create_schemas(con)
        for table in BUILD_ORDER:
            for statement in con.extract_statements(read_sql(table)):
                if statement.type != duckdb.StatementType.INSERT:
                    con.execute(statement)
        quoted = str(version).replace("'", "''")
        con.execute(f"attach '{quoted}' as version (read_only)")
        con.execute("set threads = 1")  # one to a table, as a build does
        with ThreadPoolExecutor(settings.threads) as pool:
            list(pool.map(partial(_insert, con), BUILD_ORDER))
        con.execute("detach version; checkpoint")
    files.sha256_of(target)


def _insert(con: duckdb.DuckDBPyConnection, table: str) -> None:
    with con.cursor() as cursor:
        cursor.execute(f"insert into {table} from version.{table}")
