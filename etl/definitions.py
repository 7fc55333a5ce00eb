"""Dagster's entry point: assembles the pipeline, defines nothing."""

import dagster as dg

from etl.assets import automation, checks, clean, parsed, raw, warehouse
from etl.assets.resources import Warehouse
from etl.settings import Settings


def build_definitions(settings: Settings) -> dg.Definitions:
    """The assets, checks, the job `refresh` and what starts it, for one home folder."""
    assets = [
        raw.raw_page,
        parsed.parsed_tables,
        clean.clean_tables,
        warehouse.warehouse_tables,
        warehouse.published_warehouse,
        warehouse.quality_report,
    ]
    return dg.Definitions(
        assets=automation.with_freshness(assets, settings) if settings.has_schedule else assets,
        asset_checks=[checks.parsed_checks, checks.warehouse_checks],
        jobs=[
            dg.define_asset_job(
                automation.JOB,
                selection=dg.AssetSelection.all(),
                description="Everything, in order: fetch, parse, prune, build, check, publish, report.",
            )
        ],
        sensors=[automation.inbox_sensor(settings), *automation.failure_sensors(settings)],
        schedules=[automation.daily_schedule(settings)],
        resources={"warehouse": Warehouse(home=str(settings.paths().root))},
        executor=dg.in_process_executor,
    )


defs = build_definitions(Settings())
