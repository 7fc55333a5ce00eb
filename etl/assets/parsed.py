"""Layer parsed: one row per thing seen on a page."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from etl.assets.metadata import OWNERS, PREVIEW_ROWS, frame_schema, numbers, preview
from etl.assets.progress import logged_progress
from etl.assets.resources import Warehouse
from etl.parse.page import PARSER_VERSION
from etl.parse.schema import SCHEMAS
from etl.stages import ParsedStore
from etl.warehouse import build

DESCRIPTIONS = {
    "page": "What each page says and whether it can load, one row per distinct page, whatever became of it.",
    "article": "The article on each page that the parser would load, one row per page.",
    "sidebar_block": "Every sidebar block as printed, one row per block, repeated and incomplete ones included.",
}
PREVIEW_COLUMNS = {
    "page": ["page_sha256", "outcome", "reason", "layout", "captured_date", "title"],
    "article": ["page_sha256", "title", "published_date", "dateline_place", "paragraph_count"],
    "sidebar_block": ["page_sha256", "position", "title", "shown_date"],
}


@dg.multi_asset(
    name="parsed_tables",
    specs=[
        dg.AssetSpec(
            key=["parsed", table],
            deps=[["raw", "page"]],
            group_name="parsed",
            kinds={"parquet", "polars"},
            owners=OWNERS,
            description=DESCRIPTIONS[table],
            metadata={"dagster/column_schema": frame_schema(schema), "parser_version": PARSER_VERSION},
        )
        for table, schema in SCHEMAS.items()
    ],
)
def parsed_tables(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg] # no value is returned
    """Parse the raw packs that this parser version has not read yet; find the rows that rules send to quarantine."""
    settings = warehouse.writing()
    build.begin(settings)
    store = ParsedStore(settings.paths())
    with logged_progress(context):
        parsed = store.update(settings.workers)
    for table in SCHEMAS:
        rows = store.table(table)
        shown = rows.select(PREVIEW_COLUMNS[table]).head(PREVIEW_ROWS).collect()
        total = rows.select(pl.len()).collect().item()
        yield dg.MaterializeResult(
            asset_key=["parsed", table],
            metadata={
                **numbers({"dagster/row_count": total, "newly_parsed_page_count": parsed}),
                "preview": preview(shown.columns, shown.rows()),
            },
        )
