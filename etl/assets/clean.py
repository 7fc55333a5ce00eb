"""Layer clean: duplicates removed, each removal kept with its reason."""

from collections.abc import Iterator

import dagster as dg

from etl.assets.metadata import OWNERS, numbers
from etl.assets.progress import logged_progress
from etl.assets.resources import Warehouse
from etl.stages import CLEAN_TABLES, ENRICHED, CleanStore

DESCRIPTIONS = {
    "page": "Every distinct page with its final outcome, after the rules that send rows to quarantine.",
    "article_version": "Distinct wordings, each once, with the article that it is a version of and what changed.",
    "sidebar_entry": "Distinct sidebar entries over all pages, with when they were seen and the article they name.",
    "sidebar_appearance": "Which page's sidebar names which entry, once per page.",
    "dropped": "How many rows pruning removed, per page and reason.",
    "origin_file": "Every file offered: the page it gave, or why it gave none.",
    "mention": "Places, persons, organisations, countries and newspapers named in articles, with offsets and rule.",
    "leader_event": "Articles that report a public appearance of Kim Jong Un, with its day, type and place.",
    "leader_companion": "Who was with him, in the order printed.",
    "article_topic": "Topics of articles, one of them primary.",
    "sidebar_entry_topic": "Topics of sidebar entries by title and teaser, one of them primary.",
    "person": "Persons named in articles, with the forms of their names.",
    "organization": "Organisations named in articles, with the forms of their names.",
    "press_review_item": "What the papers print, by Press Review.",
}
SOURCES = {
    "page": ["parsed/page", "parsed/article"],
    "article_version": ["parsed/article"],
    "sidebar_entry": ["parsed/sidebar_block", "clean/article_version"],
    "sidebar_appearance": ["parsed/sidebar_block"],
    "dropped": ["parsed/sidebar_block", "parsed/article"],
    "origin_file": ["raw/page"],
    **{table: ["clean/article_version"] for table in ENRICHED},
    "sidebar_entry_topic": ["clean/sidebar_entry"],
}


@dg.multi_asset(
    name="clean_tables",
    specs=[
        dg.AssetSpec(
            key=["clean", table],
            deps=[key.split("/") for key in SOURCES[table]],
            group_name="clean",
            kinds={"parquet", "polars"},
            owners=OWNERS,
            description=DESCRIPTIONS[table],
        )
        for table in CLEAN_TABLES
    ],
)
def clean_tables(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg] # no value is returned
    """Remove duplicates and read the articles, for the spans of days that changed; nothing to do if nothing changed."""
    settings = warehouse.writing()
    store = CleanStore(settings.paths())
    with logged_progress(context):
        store.update(settings.workers)
    for table, rows in store.row_counts().items():
        yield dg.MaterializeResult(asset_key=["clean", table], metadata=numbers({"dagster/row_count": rows}))
