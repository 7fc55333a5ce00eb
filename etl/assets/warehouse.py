"""Layers core, marts and quality: the DuckDB tables, built in one step so that they appear together, and published."""

from collections.abc import Iterator

import dagster as dg

from etl.assets.metadata import OWNERS, column_schema, numbers, preview_table
from etl.assets.progress import logged_progress
from etl.assets.resources import Warehouse
from etl.quality import gate
from etl.quality.report import write_report
from etl.stages import build_digest
from etl.warehouse import build, catalog, publish, read


def _spec(table: str, deps: list[str]) -> dg.AssetSpec:
    schema = table.split(".")[0]
    described = catalog.dictionary()[table]
    return dg.AssetSpec(
        key=table.split("."),
        deps=[dep.split(".") for dep in deps],
        group_name=schema,
        kinds={"duckdb", "table"},
        owners=OWNERS,
        description=described.comment,
        metadata={"dagster/column_schema": column_schema(described)},
    )


@dg.multi_asset(
    name="warehouse_tables",
    specs=[_spec(table, catalog.sources(table)) for table in catalog.BUILD_ORDER],
)
def warehouse_tables(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg] # no value is returned
    """Build every table from sql/ into a private file, unless the published one already has this content."""
    settings = warehouse.writing()
    home = settings.paths()
    if publish.is_published(home.warehouse, build_digest(home)):
        build.remove_work_file(home.work_file)
    else:
        with logged_progress(context):
            build.build(settings, home.work_file)
    with read.open_current(settings) as con:
        counts = build.row_counts(con)
        for table in catalog.BUILD_ORDER:
            yield dg.MaterializeResult(
                asset_key=table.split("."),
                metadata={
                    **numbers({"dagster/row_count": counts[table]}),
                    "preview": preview_table(con, table),
                },
            )


@dg.multi_asset(
    name="published_warehouse",
    specs=[
        # The rules look at every table, and what they found decides whether the rest happens.
        _spec("quality.rule_result", list(catalog.BUILD_ORDER)),
        _spec("quality.rule_violation", ["quality.rule_result"]),
        _spec("quality.run", ["quality.rule_result"]),
    ],
)
def published_warehouse(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg] # no value is returned
    """Record the run and its rule results in the checked file and publish it by swapping the link."""
    settings = warehouse.writing()
    record = warehouse.record(context.run.run_id)
    with logged_progress(context):
        version = gate.publish_checked(settings, record)
    with read.open_current(settings) as con:
        counts = build.row_counts(con)
    for table in catalog.RECORD_ORDER:
        yield dg.MaterializeResult(
            asset_key=table.split("."),
            metadata={
                **numbers({"dagster/row_count": counts[table], **record.counts}),
                "version": version.name,
                "published": record.version or "",
            },
        )


@dg.asset(
    key=["quality", "report"],
    deps=[["quality", "run"], ["quality", "rule_violation"]],
    group_name="quality",
    kinds={"report"},
    owners=OWNERS,
)
def quality_report(warehouse: Warehouse) -> dg.MaterializeResult:  # type: ignore[type-arg] # no value is returned
    """The data-quality report as one HTML page: the last run's verdict, what was left out and why, rules by run.

    `kcna report` serves it on this machine.
    """
    settings = warehouse.writing()
    path = write_report(settings)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(path)),
            "address": dg.MetadataValue.url(f"http://127.0.0.1:{settings.report_port}/"),
            **numbers({"byte_count": path.stat().st_size}),
        }
    )
