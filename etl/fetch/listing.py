"""Sitemaps and feeds: XML that names addresses, told apart from pages by its content and read without trust.

No tree is built, no entity is resolved, no other file is read, and neither depth nor number is unbounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped] # ships no types
from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped] # as above

from etl.fetch.address import MAX_ADDRESS_LENGTH, Refusal
from etl.fetch.client import read_body

MAX_DEPTH = 50
_CHUNK = 64 * 2**10
_GZIP_MAGIC = b"\x1f\x8b"
_HEAD_BYTES = 16 * 2**10
# Atomic groups: comments without end must not cost more than one look at each byte.
_LISTING_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?>(?>(?:<\?[^>]*>|<!--.*?-->)\s*)*)"
    rb"<(?:!DOCTYPE\s+)?(?:[\w.-]+:)?(?P<root>urlset|sitemapindex|rss|feed|RDF)[\s>\[]",
    re.DOTALL,
)
_PARENTS = {"loc": {"url", "sitemap"}, "link": {"item", "entry"}}
"""Where an address stands: the element that holds it, and the elements that this one stands in."""


@dataclass(slots=True)
class Listing:
    """What a sitemap or feed names.

    Attributes:
        is_index: whether the addresses are those of further sitemaps.
        addresses: as written, in their order, each once.
        fault: `bad_listing` or `too_many_addresses`, if not all could be read.
    """

    is_index: bool
    addresses: list[str] = field(default_factory=list)
    fault: str | None = None


def read_listing(content: bytes, max_bytes: int, max_addresses: int) -> Listing | None:
    """The addresses that a sitemap or feed names; None if the content is something else, such as a page.

    Args:
        content: the body of an answer; a gzip file is unpacked.
        max_bytes: a gzip file that holds more is no listing.
        max_addresses: reading stops there.
    """
    if content.startswith(_GZIP_MAGIC):
        parts = (content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK))
        try:
            content = read_body(parts, {"content-encoding": "gzip"}, max_bytes)
        except Refusal:
            return None
    head = _LISTING_HEAD.match(content[:_HEAD_BYTES])
    if not head:
        return None
    reader = _Reader(max_addresses)
    listing = Listing(head["root"] == b"sitemapindex")
    try:
        _parse(content, reader)
    except (ParseError, DefusedXmlException, _TooDeepError, ValueError, LookupError):  # also unknown encodings
        listing.fault = "bad_listing"
    except _TooManyError:
        listing.fault = "too_many_addresses"
    listing.addresses = list(reader.found)
    return listing


def _parse(content: bytes, reader: _Reader) -> None:
    parser = DefusedXMLParser(target=reader, forbid_dtd=True)
    parser.feed(content)
    parser.close()


class _TooDeepError(Exception):
    pass


class _TooManyError(Exception):
    pass


class _Reader:
    """Receives the elements one by one and keeps only addresses."""

    def __init__(self, max_addresses: int) -> None:
        self.max_addresses = max_addresses
        self.found: dict[str, None] = {}
        self._path: list[str] = []
        self._text: str | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if len(self._path) >= MAX_DEPTH:
            raise _TooDeepError
        if self._path and self._path[-1] in _PARENTS.get(name, ()):
            self._text = ""
            if "href" in attributes and attributes.get("rel", "alternate") == "alternate":
                self._text = attributes["href"][:MAX_ADDRESS_LENGTH]
        self._path.append(name)

    def data(self, text: str) -> None:
        if self._text is not None and len(self._text) <= MAX_ADDRESS_LENGTH:
            self._text += text[: MAX_ADDRESS_LENGTH + 1]

    def end(self, tag: str) -> None:
        self._path.pop()
        if self._text is None or tag.rpartition("}")[2] not in _PARENTS:
            return
        address, self._text = self._text.strip(), None
        if not address or address in self.found:
            return
        if len(self.found) >= self.max_addresses:
            raise _TooManyError
        self.found[address] = None

    def close(self) -> None:
        pass
