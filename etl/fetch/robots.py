"""What a host's robots.txt allows, read as RFC 9309 says, and with doubt counted against us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx2
from protego import Protego

from etl.fetch.address import Refusal

MAX_ROBOTS_BYTES = 500 * 2**10
"""The size that every crawler has to read; what stands behind it is not read."""

_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one host.

    Attributes:
        refusal: why nothing may be taken from the host; None if the rules decide.
        parsed: the rules; None if there are none.
    """

    refusal: str | None = None
    parsed: Protego | None = None

    def refusal_of(self, url: httpx2.URL, user_agent: str) -> str | None:
        """Why the address may not be taken; None if it may."""
        if self.refusal or self.parsed is None:
            return self.refusal
        return None if self.parsed.can_fetch(str(url), user_agent) else "robots_denied"

    def delay(self, user_agent: str) -> float:
        """The seconds that the host wants between two requests."""
        return (self.parsed and self.parsed.crawl_delay(user_agent)) or 0.0


def fetch_rules(url: httpx2.URL, ask: Callable[[httpx2.URL], bytes]) -> Rules:
    """The rules of the address's host.

    Args:
        url: any address of the host.
        ask: gives the first bytes of the file, or raises `Refusal`.
    """
    try:
        content = ask(url.copy_with(raw_path=b"/robots.txt"))
    except Refusal as refusal:
        return _without_file(refusal)
    return Rules(parsed=Protego.parse(content.decode("utf-8-sig", "replace")))


def _without_file(refusal: Refusal) -> Rules:
    """No such file means no rules. A host that is broken, busy or forbidden is left alone."""
    status = refusal.status or 0
    if refusal.reason == "http_status" and 400 <= status < 500 and status != _TOO_MANY_REQUESTS:
        return Rules()
    told_apart = refusal.reason in {"forbidden_address", "host_not_found"}
    return Rules(refusal.reason if told_apart else "robots_unavailable")
