"""Origins on the web: a page, a sitemap, a feed, or a list of addresses.

Each address gives exactly one offer, whatever the server does. What the store already holds decides what is asked:
an address taken a short time ago is not asked again, an older one is asked whether it changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote_from_bytes

import httpx2
import polars as pl

from etl import files
from etl.fetch.address import Refusal, Resolver, hide_user, parse_address, resolve
from etl.fetch.client import Client
from etl.fetch.listing import Listing, read_listing
from etl.fetch.origin import REASONS, Offer, OfferOutcome, OriginError
from etl.fetch.raw_store import PACK_SCHEMA, RawStore
from etl.runs import now
from etl.settings import Settings

MAX_LIST_BYTES = 64 * 2**20

_SKIPPED = frozenset(
    {"robots_denied", "robots_unavailable", "forbidden_address", "bad_address", "too_large"}
    | {"host_busy", "host_unreachable", "listing", "too_many_addresses"}
)
"""Reasons that are our own decision; the others are failures."""


def read_web(origin: str, settings: Settings, resolver: Resolver = resolve) -> Iterator[Offer]:
    """Offer the page at an address, or the pages that the sitemap or feed there names.

    Args:
        origin: an http or https address.
        settings: those that begin with `http_`, the limit of a page, and where the store is.
        resolver: finds the addresses of hosts.

    Raises:
        OriginError: if it is no such address, or no contact is set.
    """
    try:
        url = parse_address(origin)
    except Refusal as refusal:
        raise OriginError(f"{hide_user(origin)}: {REASONS[refusal.reason]}; give one like https://host/path") from None
    return _Fetcher(str(url), settings, resolver).offers_of(url)


def read_list(path: Path, settings: Settings, resolver: Resolver = resolve) -> Iterator[Offer]:
    """Offer the pages at the addresses that a text file lists, one per line; `#` begins a comment line.

    Args:
        path: the file; it is read as UTF-8.
        settings: as for `read_web`.
        resolver: finds the addresses of hosts.

    Raises:
        OriginError: if the file cannot be read, is larger than 64 MiB, or no contact is set.
    """
    try:
        with path.open("rb") as handle:
            content = handle.read(MAX_LIST_BYTES + 1)
    except OSError as error:
        raise OriginError(f"{path}: the list cannot be read ({error.strerror}); check its name") from error
    if len(content) > MAX_LIST_BYTES:
        raise OriginError(f"{path}: the list is larger than {MAX_LIST_BYTES // 2**20} MiB; split it")
    lines = (line.strip() for line in content.decode("utf-8-sig", "replace").splitlines())
    addresses = list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    origin = "file://" + quote_from_bytes(os.fsencode(path.resolve()))
    return _Fetcher(origin, settings, resolver).offers_of_list(addresses)


@dataclass(frozen=True, slots=True)
class _Known:
    """The newest page that an address gave."""

    page_sha256: str
    address: str
    retrieved_at: datetime
    headers: str

    def condition(self) -> dict[str, str]:
        """The request headers that ask whether it changed; none if the server gave no mark to ask by."""
        headers: dict[str, str] = json.loads(self.headers)
        marks = {"If-None-Match": "etag", "If-Modified-Since": "last-modified"}
        return {asked: headers[given] for asked, given in marks.items() if given in headers}


class _StoredPages:
    """What the raw store held when the fetch began."""

    def __init__(self, store: RawStore) -> None:
        self.store = store
        self.known = _newest(store.offers())

    def content(self, page_sha256: str) -> bytes | None:
        """The bytes of one page; None if they are not there, or are not those."""
        paths = [self.store.folder / pack.name for pack in self.store.packs()]
        row = files.scan_parquet(paths, PACK_SCHEMA).filter(pl.col("page_sha256") == page_sha256).head(1)
        for (content,) in row.select("content").collect().iter_rows():
            return content if hashlib.sha256(content).hexdigest() == page_sha256 else None
        return None

    def contents(self, wanted: list[str]) -> Iterator[tuple[str, bytes]]:
        """The pages of many digests in the store's order, in one pass and the memory of one row group.

        Raises:
            files.DamagedFileError: if a pack differs from the manifest.
        """
        for pack in self.store.packs() if wanted else []:
            for batch in self.store.page_batches(pack):
                found = batch.filter(pl.col("page_sha256").is_in(wanted))
                yield from found.select("page_sha256", "content").iter_rows()


def _newest(offers: pl.LazyFrame) -> dict[str, _Known]:
    """The newest page of each web address that was asked."""
    rows = (
        offers.filter(pl.col("url").str.contains("^https?://"))
        .drop_nulls(["page_sha256", "retrieved_at", "address", "headers"])
        .sort("retrieved_at", "page_sha256")
        .unique("url", keep="last", maintain_order=True)
        .select("url", "page_sha256", "address", "retrieved_at", "headers")
        .collect()
    )
    return {url: _Known(*rest) for url, *rest in rows.iter_rows()}


class _Fetcher:
    """Fetches the addresses of one origin."""

    def __init__(self, origin: str, settings: Settings, resolver: Resolver) -> None:
        self.origin = origin
        self.settings = settings
        self.client = Client(settings, resolver)
        self.begun_at = now()
        self._seen: set[str] = set()

    @cached_property
    def pages(self) -> _StoredPages:
        """Read with the first offer: by then the store has swept away what a killed run left."""
        return _StoredPages(RawStore(self.settings.paths().raw))

    def offers_of(self, origin: httpx2.URL) -> Iterator[Offer]:
        """The page of the origin, or the pages that the listing there leads to."""
        self._seen.add(str(origin))
        known = self._fresh([origin])
        yield from (offers := list(self._offers_of_known(known)))
        pending = deque([] if offers else [origin])
        while pending:
            url = pending.popleft()
            offer = self._fetch(url)
            listing = self._listing_in(offer)
            if listing is None:
                is_misnamed = offer.content is not None and url != origin
                yield self._without_page(offer, "bad_listing") if is_misnamed else offer
                continue
            yield self._without_page(offer, listing.fault or "listing")
            if listing.is_index:
                urls, refused = self._new_urls(listing.addresses, url)
                yield from refused
                pending.extend(urls)
            else:
                yield from self._offers_of_addresses(listing.addresses, url)

    def offers_of_list(self, addresses: list[str]) -> Iterator[Offer]:
        """The pages at the addresses; too long a list is read up to the limit, and said to be so."""
        most = self.settings.http_max_addresses
        if len(addresses) > most:
            yield self._refused(self.origin, Refusal("too_many_addresses"))
        yield from self._offers_of_addresses(addresses[:most], None)

    def _offers_of_addresses(self, addresses: Iterable[str], base: httpx2.URL | None) -> Iterator[Offer]:
        urls, refused = self._new_urls(addresses, base)
        yield from refused
        offered = set()
        for offer in self._offers_of_known(self._fresh(urls)):
            offered.add(offer.url)
            yield offer
        for url in urls:
            if str(url) not in offered:
                yield self._fetch(url)

    def _new_urls(self, addresses: Iterable[str], base: httpx2.URL | None) -> tuple[list[httpx2.URL], list[Offer]]:
        """The addresses not met before, each once, and a refusal for each that is none."""
        urls, refused = [], []
        for address in addresses:
            try:
                url = parse_address(address, base)
            except Refusal as refusal:
                if (shown := hide_user(address)) not in self._seen:
                    self._seen.add(shown)
                    refused.append(self._refused(shown, refusal))
                continue
            if str(url) not in self._seen:
                self._seen.add(str(url))
                urls.append(url)
        return urls, refused

    def _fetch(self, url: httpx2.URL) -> Offer:
        """Ask for one address; whatever happens is told in the offer."""
        known = self.pages.known.get(str(url))
        conditions = {known.address: known.condition()} if known else {}
        try:
            answer = self.client.get(url, conditions)
        except Refusal as refusal:
            return self._refused(str(url), refusal)
        if answer.status == HTTPStatus.OK:
            return self._page(str(url), answer.body, str(answer.url), answer.retrieved_at, answer.headers)
        content = self.pages.content(known.page_sha256) if known else None
        if content is None or known is None:
            return self._refused(str(url), Refusal("nothing_to_reuse", str(answer.url), headers=answer.headers))
        return self._page(str(url), content, known.address, answer.retrieved_at, known.headers)

    def _fresh(self, urls: Iterable[httpx2.URL]) -> dict[str, _Known]:
        """Those of the addresses that were taken a short time ago."""
        shortly_ago = self.begun_at - timedelta(hours=self.settings.http_fresh_hours)
        known = {str(url): known for url in urls if (known := self.pages.known.get(str(url)))}
        return {url: page for url, page in known.items() if shortly_ago < page.retrieved_at <= self.begun_at}

    def _offers_of_known(self, fresh: Mapping[str, _Known]) -> Iterator[Offer]:
        """Offers of stored pages, without a request."""
        urls_of: dict[str, list[str]] = {}
        for url, known in fresh.items():
            urls_of.setdefault(known.page_sha256, []).append(url)
        for page_sha256, content in self.pages.contents(list(urls_of)):
            for url in urls_of.pop(page_sha256, []):
                known = fresh[url]
                yield self._page(url, content, known.address, known.retrieved_at, known.headers)

    def _listing_in(self, offer: Offer) -> Listing | None:
        if offer.content is None:
            return None
        room = self.settings.http_max_addresses - len(self._seen)
        return read_listing(offer.content, self.settings.max_page_bytes, room)

    def _page(self, url: str, content: bytes, address: str, retrieved_at: datetime, headers: str) -> Offer:
        return Offer(
            self.origin,
            url,
            _name(url),
            "page",
            content=content,
            byte_count=len(content),
            address=address,
            retrieved_at=retrieved_at,
            headers=headers,
        )

    def _refused(self, url: str, refusal: Refusal) -> Offer:
        return Offer(
            self.origin,
            url,
            _name(url),
            _outcome(refusal.reason),
            refusal.reason,
            address=refusal.address,
            headers=refusal.headers,
        )

    @staticmethod
    def _without_page(offer: Offer, reason: str) -> Offer:
        return offer._replace(outcome=_outcome(reason), reason=reason, content=None)


def _outcome(reason: str) -> OfferOutcome:
    return "skipped" if reason in _SKIPPED else "unreadable"


def _name(url: str) -> str:
    """The address without its scheme."""
    return url.partition("://")[2] or url
