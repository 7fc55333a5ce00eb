"""The floor is no floor if the copies are not whole: every file and every table is copied, with the same rows."""

import polars as pl
import pyarrow.parquet as pq

from benchmarks.copying import copy_home
from etl.warehouse.catalog import BUILD_ORDER
from tests import support

COSTS = ["read raw", "copy raw", "copy parsed", "copy clean", "copy warehouse"]


def test_every_file_and_table_is_copied_with_the_same_rows(published, tmp_path):
    home, target = published.paths(), tmp_path / "copies"

    costs = copy_home(published, target)

    assert list(costs) == COSTS
    assert all(cost.cpu > 0 for cost in costs.values())
    stored = {path.name: path for path in home.root.rglob("*.parquet")}
    copies = {path.name: path for path in target.glob("*.parquet")}
    assert stored
    assert sorted(copies) == sorted(stored)
    for name, path in stored.items():
        assert pl.read_parquet(copies[name], glob=False).equals(pl.read_parquet(path, glob=False))
        assert groups_of(copies[name]) == groups_of(path)
    built = support.fingerprint(target / "copy.duckdb")
    assert sorted(built) == sorted(BUILD_ORDER)
    assert built == {table: support.fingerprint(home.warehouse)[table] for table in built}


def groups_of(path):
    found = pq.ParquetFile(path).metadata
    return [found.row_group(number).num_rows for number in range(found.num_row_groups)]
