"""Dagster's entry point: assembles the pipeline, defines nothing."""

import dagster as dg

from etl.assets import checks, clean, parsed, raw, warehouse
from etl.assets.resources import Warehouse
from etl.settings import Settings


def build_definitions(settings: Settings) -> dg.Definitions:
    """The assets, checks and the job `refresh`, for one home folder."""
    return dg.Definitions(
        assets=[
            raw.raw_page,
            parsed.parsed_tables,
            clean.clean_tables,
            warehouse.warehouse_tables,
            warehouse.published_warehouse,
            warehouse.quality_report,
        ],
        asset_checks=[checks.parsed_checks, checks.warehouse_checks],
        jobs=[
            dg.define_asset_job(
                "refresh",
                selection=dg.AssetSelection.all(),
                description="Everything, in order: fetch, parse, prune, build, check, publish, report.",
            )
        ],
        resources={"warehouse": Warehouse(home=str(settings.paths().root))},
        executor=dg.in_process_executor,
    )


defs = build_definitions(Settings())
