"""Layer raw: bytes exactly as fetched."""

import dagster as dg
from pydantic import Field

from etl.assets.metadata import OWNERS, frame_schema, numbers
from etl.assets.progress import logged_progress
from etl.assets.resources import Warehouse
from etl.fetch.folder import default_origins
from etl.fetch.origin import printable, read_origin
from etl.fetch.raw_store import PACK_SCHEMA, FetchCounts, RawStore
from etl.runs import now
from etl.warehouse.build import remove_work_file


class Origins(dg.Config):
    """What to read; empty: the setting KCNA_ORIGINS, or else the sample pages, if nothing else was loaded before."""

    origins: list[str] = Field(default_factory=list)


@dg.asset(
    key=["raw", "page"],
    group_name="raw",
    kinds={"parquet", "file"},
    owners=OWNERS,
    metadata={"dagster/column_schema": frame_schema(PACK_SCHEMA)},
)
def raw_page(context: dg.AssetExecutionContext, config: Origins, warehouse: Warehouse) -> dg.MaterializeResult:  # type: ignore[type-arg] # no value is returned
    """Pages exactly as fetched, one row per distinct bytes (SHA-256).

    Steps: list the origins, read every file, store what is new in Parquet packs, record every file offered.
    Caveat: nothing is decoded here; a file that is no page at all is stored too and judged later.
    """
    settings = warehouse.writing()
    remove_work_file(settings.paths().work_file)  # of a run that was blocked; it must not pass for this run's
    store = RawStore(settings.paths().raw)
    origins = config.origins or settings.origins or default_origins(store.origins())
    record = warehouse.runs().begin(context.run.run_id, [printable(origin) for origin in origins])
    total = FetchCounts()
    with logged_progress(context):
        for origin in origins:
            offers = read_origin(origin, settings.max_page_bytes)
            total += store.add(offers, now(), settings.pack_pages, settings.pack_bytes)
    record.counts |= total.as_counts()
    warehouse.runs().save(record)
    stored = sum(pack.row_count for pack in store.packs())
    return dg.MaterializeResult(metadata=numbers({"dagster/row_count": stored, **total.as_counts()}))
