"""The Parquet stages between raw and the warehouse: parsed parts by raw pack, and clean parts by span of days.

What belongs here: which files a stage has, whether they are whole, and the order of work. What does not: how a page
is read (`parse`), what a duplicate is (`prune`), what a rule is (`quality`).
"""

from etl.stages.clean import CLEAN_TABLES, ENRICHED, CleanStore
from etl.stages.database import rules_database
from etl.stages.digest import build_digest, code_digest
from etl.stages.parsed import ParsedStore, stage_database

__all__ = [
    "CLEAN_TABLES",
    "ENRICHED",
    "CleanStore",
    "ParsedStore",
    "build_digest",
    "code_digest",
    "rules_database",
    "stage_database",
]
