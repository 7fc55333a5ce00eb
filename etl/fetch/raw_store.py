"""The raw store: page bytes in append-only Parquet packs, and a record of every file that was ever offered.

A pack's row is one page: `page_sha256` (hex), `content` (the bytes as fetched), `byte_count`, `first_fetched_at`.
An offer's row is one file offered: which page it gave, or why none. Both kinds of file are named by their own
SHA-256 and listed in `manifest.json`; a file that a killed run left unlisted is swept at the next start.
"""

from __future__ import annotations

import hashlib
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

import numpy as np
import polars as pl

from etl import files
from etl.faults import step
from etl.fetch.origin import Offer
from etl.progress import track

PACK_SCHEMA = pl.Schema(
    {
        "page_sha256": pl.String(),
        "content": pl.Binary(),
        "byte_count": pl.Int64(),
        "first_fetched_at": pl.Datetime("us", "UTC"),
    }
)
OFFER_SCHEMA = pl.Schema(
    {
        "origin": pl.String(),
        "url": pl.String(),
        "name": pl.String(),
        "outcome": pl.String(),
        "reason": pl.String(),
        "page_sha256": pl.String(),
        "byte_count": pl.Int64(),
        "fetched_at": pl.Datetime("us", "UTC"),
        "address": pl.String(),
        "retrieved_at": pl.Datetime("us", "UTC"),
        "headers": pl.String(),
    }
)
OFFER_IDENTITY = ["origin", "url", "outcome", "reason", "page_sha256"]
"""The same file with the same bytes, offered again, is the same offer."""

DIGEST_BYTES = 32

PAGES_PER_ROW_GROUP = 2_000
"""Readers take one row group at a time; batches of one to two thousand pages were measured to be fastest."""


@dataclass(slots=True)
class FetchCounts:
    """What one fetch met: every file offered is exactly one of page (new or known), skipped or unreadable."""

    offered: int = 0
    new_pages: int = 0
    known_pages: int = 0
    skipped: int = 0
    unreadable: int = 0
    new_offers: int = 0

    def __iadd__(self, other: FetchCounts) -> FetchCounts:
        """Add the counts of another fetch."""
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))
        return self

    def as_counts(self) -> dict[str, int]:
        """The counts by the names of `quality.run`."""
        return {
            "offered_count": self.offered,
            "new_page_count": self.new_pages,
            "known_page_count": self.known_pages,
            "skipped_count": self.skipped,
            "unreadable_count": self.unreadable,
        }


@dataclass(slots=True)
class _Batch:
    """What becomes a pack: new pages by their digest, and the offers with the digests of their pages."""

    pages: dict[str, bytes] = field(default_factory=dict)
    offers: list[Offer] = field(default_factory=list)
    page_sha256s: list[str | None] = field(default_factory=list)
    byte_count: int = 0

    def page_rows(self, fetched_at: datetime) -> pl.DataFrame:
        """The pages as `PACK_SCHEMA`."""
        contents = list(self.pages.values())
        columns = {
            "page_sha256": list(self.pages),
            "content": contents,
            "byte_count": list(map(len, contents)),
            "first_fetched_at": fetched_at.astimezone(UTC),
        }
        return pl.DataFrame(columns, PACK_SCHEMA)

    def offer_rows(self, fetched_at: datetime) -> pl.DataFrame:
        """The offers as `OFFER_SCHEMA`, each once."""
        columns = {"page_sha256": self.page_sha256s, "fetched_at": fetched_at.astimezone(UTC)}
        columns |= {name: list(map(attrgetter(name), self.offers)) for name in OFFER_SCHEMA if name not in columns}
        rows = pl.DataFrame(columns, OFFER_SCHEMA)
        return rows.unique(OFFER_IDENTITY, maintain_order=True)


class _KnownPages:
    """The digests (SHA-256) of all pages known: those stored before, in 40 bytes each, and those added since."""

    def __init__(self, stored: pl.Series) -> None:
        """Take the digests of the stored pages, in hexadecimal and in any order."""
        digests = np.frombuffer(bytes.fromhex(stored.str.join()[0] or ""), ">u8").reshape(-1, DIGEST_BYTES // 8)
        heads = digests[:, 0].astype("=u8")
        order = np.argsort(heads)
        self._digests = digests[order].tobytes()
        self._heads = array("Q", heads[order].tobytes())
        self._added: set[bytes] = set()

    def add(self, digest: bytes) -> None:
        """Add one digest."""
        self._added.add(digest)

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._added or self._is_stored(digest)

    def _is_stored(self, digest: bytes) -> bool:
        head = int.from_bytes(digest[:8], "big")
        place = bisect_left(self._heads, head)
        while place < len(self._heads) and self._heads[place] == head:
            if self._digests[DIGEST_BYTES * place : DIGEST_BYTES * (place + 1)] == digest:
                return True
            place += 1
        return False


class _Recorded:
    """Which offers are recorded, in 16 bytes for each.

    Two hashes of 64 bits stand for an offer's identity. That two of ten million different offers agree in both, so that
    one would be left out, has a chance of one in 10**24; nobody gains by making them agree, as they need not repeat.
    """

    def __init__(self, offers: pl.LazyFrame) -> None:
        self._keys = offers.select(self._hashes()).collect()

    @staticmethod
    def _hashes() -> list[pl.Expr]:
        return [pl.struct(OFFER_IDENTITY).hash(seed=seed).alias(f"hash_{seed}") for seed in (1, 2)]

    def take_new(self, offers: pl.DataFrame) -> pl.DataFrame:
        """The offers that are not recorded yet; from now on they are."""
        columns = self._keys.columns
        hashed = offers.with_columns(self._hashes())
        repeated = self._keys.join(hashed, on=columns, how="semi")  # so that the few are hashed, and not the many
        new = hashed.join(repeated, on=columns, how="anti", maintain_order="left")
        self._keys = pl.concat([self._keys, new.select(columns)])
        return new.drop(columns)


def _record_of(path: Path) -> files.FileRecord:
    """The record of a stored file, made anew.

    Raises:
        files.DamagedFileError: if the bytes are not those that its name promises. A file gets its name when it is
            whole and on disk, so this is no half of a killed run.
    """
    kind, _, digest = path.stem.partition("-")
    sha256 = files.sha256_of(path)
    if sha256[:32] != digest:
        raise files.DamagedFileError(
            f"{path}: the bytes are not those that its name promises, and no manifest tells whether it is needed; "
            "restore both from a backup, or move the file away to go on without it"
        )
    rows = pl.scan_parquet([path], glob=False).select(pl.len()).collect().item()
    return files.FileRecord(path.name, kind, sha256, path.stat().st_size, rows)


class RawStore:
    """The store in one folder; append-only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = files.Manifest(folder / "manifest.json")

    def packs(self) -> list[files.FileRecord]:
        """The recorded packs of pages."""
        return [record for record in self.manifest.records() if record.kind == "pages"]

    def offer_files(self) -> list[files.FileRecord]:
        """The recorded files of offers."""
        return [record for record in self.manifest.records() if record.kind == "offers"]

    def offers(self) -> pl.LazyFrame:
        """Every offer ever recorded.

        Raises:
            files.DamagedFileError: if a stored file differs from the manifest.
        """
        paths = self.manifest.all_checked(self.offer_files())
        return files.scan_parquet(paths, OFFER_SCHEMA)

    def origins(self) -> set[str]:
        """The origins of all offers, as addresses."""
        return set(self.offers().select(pl.col("origin").unique()).collect()["origin"])

    def page_batches(self, pack: files.FileRecord) -> Iterator[pl.DataFrame]:
        """The pages of one pack, a row group at a time.

        Raises:
            files.DamagedFileError: if the pack differs from the manifest.
        """
        import pyarrow.parquet as pq

        with pq.ParquetFile(self.manifest.checked(pack), pre_buffer=False) as parquet:
            for group in range(parquet.num_row_groups):
                frame = pl.from_arrow(parquet.read_row_group(group))
                assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table always gives a frame; narrows the type
                yield frame.select(
                    pl.col("page_sha256").cast(pl.String),
                    pl.col("content").cast(pl.Binary),
                    "byte_count",
                    "first_fetched_at",
                )

    def add(
        self,
        offers: Iterable[Offer],
        fetched_at: datetime,
        pack_pages: int,
        pack_bytes: int,
        pack_seconds: float = 60.0,
    ) -> FetchCounts:
        """Store every page not stored yet and record every offer not recorded yet.

        A pack is written in a thread of its own, while the offers of the next one are taken.

        Args:
            offers: the files offered, taken one by one; memory holds two packs.
            fetched_at: the time to record, with its zone.
            pack_pages: a pack is closed at this many pages.
            pack_bytes: or at this many bytes.
            pack_seconds: or when it was begun this long ago, so that a slow fetch that is killed loses little.
        """
        self.sweep()
        known = self._known_pages()
        recorded = _Recorded(self.offers())
        counts = FetchCounts()
        batch = _Batch()
        begun = time.monotonic()
        with track("fetch") as tracker, ThreadPoolExecutor(1) as thread:
            written = thread.submit(int)  # nothing yet
            for offer in offers:
                self._take(offer, batch, known, counts)
                tracker.advance()
                is_full = len(batch.offers) >= pack_pages or batch.byte_count >= pack_bytes
                if is_full or time.monotonic() - begun >= pack_seconds:
                    counts.new_offers += written.result()
                    written = thread.submit(self._write, batch, fetched_at, recorded)
                    batch = _Batch()
                    begun = time.monotonic()
            counts.new_offers += written.result()
            counts.new_offers += self._write(batch, fetched_at, recorded)
        return counts

    def sweep(self) -> None:
        """Remove what a killed run left. Where the manifest lists nothing, it is made anew from what is whole.

        Raises:
            files.DamagedFileError: if the manifest lists nothing and a file is not whole: it may be the only copy.
        """
        with step("raw.sweep"):
            for pattern in (f"*{files.TEMPORARY_SUFFIX}", f"*{files.TEMPORARY_SUFFIX}.parquet"):
                self.manifest.sweep(pattern)
            if not self.manifest.records() and (found := self._whole_files()):
                self.manifest.append(*found)
            self.manifest.sweep("*.parquet")

    def _whole_files(self) -> list[files.FileRecord]:
        """Records of the files whose bytes are whole, and whose pages the offers name: a first load may have died."""
        found = [_record_of(path) for path in sorted(self.folder.glob("*-*.parquet"))]
        offers = [record for record in found if record.kind == "offers"]
        named = files.scan_parquet([self.folder / record.name for record in offers], OFFER_SCHEMA).select("page_sha256")
        packs = [record for record in found if record.kind == "pages"]
        scans = {record: files.scan_parquet([self.folder / record.name], PACK_SCHEMA) for record in packs}
        return offers + [
            record
            for record, pages in scans.items()
            if pages.join(named, on="page_sha256", how="anti").select(pl.len()).collect().item() == 0
        ]

    def _known_pages(self) -> _KnownPages:
        paths = self.manifest.all_checked(self.packs())
        return _KnownPages(files.scan_parquet(paths, PACK_SCHEMA).select("page_sha256").collect()["page_sha256"])

    @staticmethod
    def _take(offer: Offer, batch: _Batch, known: _KnownPages, counts: FetchCounts) -> None:
        counts.offered += 1
        if offer.content is None:
            batch.offers.append(offer)
            batch.page_sha256s.append(None)
            if offer.outcome == "skipped":
                counts.skipped += 1
            else:
                counts.unreadable += 1
            return
        digest = hashlib.sha256(offer.content).digest()
        page_sha256 = digest.hex()
        batch.offers.append(offer)
        batch.page_sha256s.append(page_sha256)
        if digest in known:
            counts.known_pages += 1
            return
        known.add(digest)
        counts.new_pages += 1
        batch.pages[page_sha256] = offer.content
        batch.byte_count += len(offer.content)

    def _write(self, batch: _Batch, fetched_at: datetime, recorded: _Recorded) -> int:
        """Write a batch: pages first, so that no recorded offer ever names a page that is not stored."""
        records = []
        if batch.pages:
            records.append(self._store(batch.page_rows(fetched_at), "pages"))
        offers = recorded.take_new(batch.offer_rows(fetched_at))
        if offers.height:
            records.append(self._store(offers, "offers"))
        if records:
            with step("raw.list"):
                self.manifest.append(*records)
        return offers.height

    def _store(self, frame: pl.DataFrame, kind: str) -> files.FileRecord:
        """Write a frame under the name of its own digest."""
        draft = self.folder / f"{kind}{files.TEMPORARY_SUFFIX}.parquet"
        with step("raw.pack"):
            record = files.write_parquet(frame, draft, kind, PAGES_PER_ROW_GROUP)
        final = self.folder / f"{kind}-{record.sha256[:32]}.parquet"
        draft.chmod(0o444)
        with step("raw.rename"):
            draft.replace(final)
            files.flush_folder(self.folder)
        return files.FileRecord(final.name, kind, record.sha256, record.byte_count, record.row_count)
