"""Checks of the parsed tables on the packs that came since the published version: the whole is told from them.

Packs are only ever added, and no page stands in two of them. So for a rule that looks at single rows, or at rows of one
page together, whole = whole at the publication + judged on the new packs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import polars as pl

from etl import files
from etl.parse.schema import SCHEMAS
from etl.quality.changes import Combined, Verdicts, counts_of
from etl.quality.check import judge
from etl.quality.suite import RuleResult, Suite
from etl.settings import Settings
from etl.stages import CleanStore, ParsedStore, rules_database
from etl.warehouse.increment import attach, is_small
from etl.warehouse.publish import published_version


@contextlib.contextmanager
def since_published(settings: Settings, con: duckdb.DuckDBPyConnection) -> Iterator[Growth | None]:
    """What was parsed since the last publication; None where everything is to be judged anew.

    Args:
        settings: where the home folder is.
        con: sees the parsed tables.
    """
    home = settings.paths()
    clean, version = CleanStore(home), published_version(home.warehouse)
    published = clean.published()
    new = _new_packs(ParsedStore(home), published.packs if published else ())
    # is_small: the numbers before were found by this code
    if not version or new is None or not is_small(clean, version):
        yield None
        return
    attach(con, version, "published", "(read_only)")
    try:
        counts = counts_of(home, con, "published", version)
    finally:
        con.execute("detach published")
    if counts is None:
        yield None
        return
    with rules_database(new, settings.memory_limit, settings.threads) as grown:
        yield Growth(con, version.stem, counts, grown)


def _new_packs(store: ParsedStore, known: tuple[str, ...]) -> Mapping[str, list[Path]] | None:
    """The parts of packs that are not known, by table; None if known packs are gone or a page stands in two packs."""
    packs = {pack["page"].name: pack for pack in store.packs()}
    if not known or not set(known) <= set(packs):
        return None
    added = [pack for name, pack in packs.items() if name not in known]
    new = {table: [store.manifest.checked(pack[table]) for pack in added] for table in SCHEMAS}
    before, now = (
        files.scan_parquet(paths, SCHEMAS["page"]).select("page_sha256")
        for paths in ([store.folder / name for name in known], new["page"])
    )
    twice = before.join(now, on="page_sha256", how="semi").select(pl.len()).collect().item()
    return None if twice else new


class Growth(Combined):
    """Judges suites of parsed tables on new packs, which a connection of their own sees."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        version: str,
        counts: Mapping[str, tuple[int, int]],
        grown: duckdb.DuckDBPyConnection,
    ) -> None:
        super().__init__(con, version, counts)
        self.grown = grown

    def covers(self, suite: Suite) -> bool:  # noqa: ARG002 - others look at it
        """All parsed tables."""
        return True

    def judge_parts(self, suite: Suite) -> tuple[Sequence[RuleResult], Verdicts]:
        """The verdicts on the rows of the new packs; nothing vanished."""
        return (), judge(self.grown, suite)
