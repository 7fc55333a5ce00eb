"""Layer raw: bytes exactly as fetched."""

import contextlib
from collections.abc import Iterable, Iterator

import dagster as dg
from pydantic import Field

from etl.assets.metadata import OWNERS, frame_schema, numbers
from etl.assets.progress import logged_progress
from etl.assets.resources import Warehouse
from etl.fetch.folder import default_origins
from etl.fetch.origin import Offer, printable, read_origin
from etl.fetch.raw_store import PACK_SCHEMA, FetchCounts, RawStore
from etl.runs import now
from etl.warehouse import lock
from etl.warehouse.build import remove_work_file

RETRIES = 3
BUSY_SECONDS = 20
"""Between two attempts while another process writes: a minute in all."""
ORIGIN_SECONDS = 2
"""Before the second attempt at an origin that gave an error; doubled every time."""


class _InterruptedOriginError(OSError):
    """The system refused to go on reading an origin; whatever else goes wrong is not worth another attempt."""


def _read(offers: Iterable[Offer]) -> Iterator[Offer]:
    """The offers; errors of the system while reading are told from those of the store that takes them."""
    try:
        yield from offers
    except OSError as error:
        raise _InterruptedOriginError(str(error)) from error


@contextlib.contextmanager
def _tried_again(context: dg.AssetExecutionContext) -> Iterator[None]:
    """Ask for another attempt after the errors that pass by themselves, and only these: a fault would only repeat."""
    try:
        yield
    except lock.BusyError as error:
        raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=BUSY_SECONDS) from error
    except _InterruptedOriginError as error:
        seconds = ORIGIN_SECONDS * 2**context.retry_number
        raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=seconds) from error


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
    with _tried_again(context):
        return _fetch(context, config, warehouse)


def _fetch(context: dg.AssetExecutionContext, config: Origins, warehouse: Warehouse) -> dg.MaterializeResult:  # type: ignore[type-arg] # no value is returned
    settings = warehouse.writing()
    remove_work_file(settings.paths().work_file)  # of a run that was blocked; it must not pass for this run's
    store = RawStore(settings.paths().raw)
    origins = config.origins or settings.origins or default_origins(store.origins())
    record = warehouse.runs().begin(context.run.run_id, [printable(origin) for origin in origins])
    total = FetchCounts()
    with logged_progress(context):
        for origin in origins:
            offers = read_origin(origin, settings)
            total += store.add(_read(offers), now(), settings.pack_pages, settings.pack_bytes)
    record.counts |= total.as_counts()
    warehouse.runs().save(record)
    stored = sum(pack.row_count for pack in store.packs())
    return dg.MaterializeResult(metadata=numbers({"dagster/row_count": stored, **total.as_counts()}))
