"""One web client for a run: polite, patient within limits, and never in need of more memory than one page.

Only GET, one request at a time, a new connection for each: a server that sends more than it announced cannot slip the
rest in as the answer to the next address. No cookies, no credentials, no proxies; nothing of the environment decides
where a request goes.
"""

from __future__ import annotations

import json
import logging
import random
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import httpcore2
import httpx2
import stamina

from etl.fetch.address import Deadline, PinnedBackend, Refusal, Resolver, parse_address, port_of
from etl.fetch.origin import OriginError
from etl.fetch.robots import MAX_ROBOTS_BYTES, Rules, fetch_rules
from etl.runs import now
from etl.settings import Settings

MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({429, 502, 503, 504})
"""Answers after which the same request may succeed later."""

MAX_FAILED_CONNECTIONS = 12
"""In a row; after that a host is gone, and thousands of addresses would each wait for it in vain."""

MAX_RATIO = 100
"""Pages shrink to about a fifth; deflate itself ends near a thousandth."""

_RATIO_COUNTS_FROM = 2**20
_LONGEST_HEADER = 4_096
_PRIVATE_WORDS = ("cookie", "auth", "token", "session", "secret", "api-key")
_OK, _NOT_MODIFIED = 200, 304

# Without a handler, Python itself would print every repetition to the terminal.
logging.getLogger("stamina").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of status 200 with its body, or of 304 without one.

    Attributes:
        url: the address after all redirects.
        status: 200 or 304.
        headers: the status and the headers that are kept, as a JSON object of texts.
        body: the bytes, unpacked.
        retrieved_at: when it began.
    """

    url: httpx2.URL
    status: int
    headers: str
    body: bytes
    retrieved_at: datetime


class _Later(Refusal):
    """A refusal that may be none a little later."""

    def __init__(
        self,
        reason: str,
        address: str,
        status: int | None = None,
        headers: str | None = None,
        after: float | None = None,
    ) -> None:
        super().__init__(reason, address, status, headers)
        self.after = after


@dataclass(slots=True)
class _Host:
    """What is known of a host; times are those of the monotonic clock."""

    rules: Rules | None = None
    rules_until: float = 0.0
    next_at: float = 0.0
    busy_until: float = 0.0
    failed_connections: int = 0


HOSTS: dict[str, _Host] = {}
"""By scheme, host and port; of the whole process, so that pace and rules hold across the origins of a run."""

RULES_SECONDS = 3_600
"""A robots.txt is used for this long; RFC 9309 allows a day."""


class Client:
    """Asks for pages, politely and within limits."""

    def __init__(self, settings: Settings, resolver: Resolver) -> None:
        """Make a client.

        Raises:
            OriginError: if no contact is set that the servers could be told.
        """
        self.settings = settings
        self.resolver = resolver
        self.user_agent = _user_agent(settings)
        self._tls = httpcore2.default_ssl_context()

    def get(self, url: httpx2.URL, conditions: Mapping[str, Mapping[str, str]]) -> Answer:
        """The answer to a request, after redirects.

        Args:
            url: from `parse_address`.
            conditions: request headers (If-None-Match ...) by the address that they are for.

        Raises:
            Refusal: if it may not be asked, or gives neither 200 nor an expected 304.
        """
        self._obey_robots(url)
        self._await_turn(url, None)
        deadline = Deadline.after(self.settings.http_total_seconds)
        return self._follow(url, deadline, conditions, self.settings.max_page_bytes)

    def _follow(
        self,
        url: httpx2.URL,
        deadline: Deadline,
        conditions: Mapping[str, Mapping[str, str]],
        limit: int,
        is_robots: bool = False,
    ) -> Answer:
        seen: set[str] = set()
        while len(seen) <= MAX_REDIRECTS:
            seen.add(str(url))
            answer = self._ask_patiently(url, deadline, conditions.get(str(url), {}), limit, is_robots)
            if isinstance(answer, Answer):
                return answer
            url = answer
            if str(url) in seen:
                raise Refusal("redirect_loop", str(url))
            if not is_robots:
                self._obey_robots(url)
        raise Refusal("too_many_redirects", str(url))

    def _ask_patiently(
        self, url: httpx2.URL, deadline: Deadline, condition: Mapping[str, str], limit: int, is_robots: bool
    ) -> Answer | httpx2.URL:
        """Ask, and ask again where that may help; gives the address of a redirect as it is."""
        first = self.settings.http_retry_seconds
        attempts = stamina.retry_context(
            on=lambda error: self._pause(error, deadline),
            attempts=self.settings.http_attempts,
            timeout=max(deadline.left(), 0.001),
            wait_initial=first,
            wait_jitter=first,
            wait_max=max(first, self.settings.http_max_delay_seconds),
        )
        for attempt in attempts:
            with attempt:
                return self._ask(url, deadline, condition, limit, is_robots)
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, error: Exception, deadline: Deadline) -> bool | float:
        """Whether to ask again, or the seconds after which the server wants it."""
        if not isinstance(error, _Later) or error.after is None:
            return isinstance(error, _Later)
        is_bearable = error.after <= min(self.settings.http_max_delay_seconds, deadline.left())
        return is_bearable and error.after + _jitter(self.settings.http_retry_seconds)

    def _ask(
        self, url: httpx2.URL, deadline: Deadline, condition: Mapping[str, str], limit: int, is_robots: bool
    ) -> Answer | httpx2.URL:
        self._await_turn(url, deadline)
        idle = self.settings.http_idle_seconds
        backend = PinnedBackend(self.resolver, self.settings.http_allow, deadline)
        try:
            with (
                httpcore2.ConnectionPool(self._tls, network_backend=backend) as pool,
                pool.stream(
                    "GET",
                    _core_url(url),
                    headers=self._headers(condition),
                    extensions={"timeout": {"connect": idle, "read": idle, "write": idle, "pool": idle}},
                ) as response,
            ):
                return self._judge(url, response, bool(condition), limit, is_robots)
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
            _host(url).failed_connections += 1
            raise _Later("connection_failed", str(url)) from None
        except httpcore2.TimeoutException:
            raise _Later("timed_out", str(url)) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError):
            raise _Later("connection_failed", str(url)) from None
        except Refusal as refusal:
            refusal.address = refusal.address or str(url)
            raise
        finally:
            self._let_rest(_host(url))

    def _headers(self, condition: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        headers = {"User-Agent": self.user_agent, "Accept": "*/*", "Accept-Encoding": "gzip", "Connection": "close"}
        return [(name.encode(), value.encode("latin-1")) for name, value in {**headers, **condition}.items()]

    def _judge(
        self, url: httpx2.URL, response: httpcore2.Response, is_conditional: bool, limit: int, is_robots: bool
    ) -> Answer | httpx2.URL:
        """What the answer means: a page, a redirect's target, or a refusal."""
        _host(url).failed_connections = 0
        headers = _as_texts(response.headers)
        kept = _kept(response.status, headers)
        if response.status in REDIRECTS and "location" in headers:
            return parse_address(headers["location"], url)
        if response.status == _NOT_MODIFIED:
            if not is_conditional:
                raise Refusal("nothing_to_reuse", str(url), response.status, kept)
            return Answer(url, response.status, kept, b"", now())
        if response.status in BUSY:
            after = retry_after(headers.get("retry-after", ""), now())
            _host(url).busy_until = time.monotonic() + (after or 0.0)
            raise _Later("http_status", str(url), response.status, kept, after)
        if response.status != _OK:
            raise Refusal("http_status", str(url), response.status, kept)
        retrieved_at = now()
        try:
            body = read_body(response.iter_stream(), headers, limit, is_robots)
        except Refusal as refusal:
            raise Refusal(refusal.reason, str(url), response.status, kept) from None
        except (httpcore2.ReadError, httpcore2.RemoteProtocolError):
            raise _Later("incomplete_answer", str(url), response.status, kept) from None
        return Answer(url, response.status, kept, body, retrieved_at)

    def _let_rest(self, host: _Host) -> None:
        """No request before the host has had its pause, which is the longer of ours and its own."""
        wanted = host.rules.delay(self.user_agent) if host.rules else 0.0
        pause = max(self.settings.http_delay_seconds, min(wanted, self.settings.http_max_delay_seconds))
        host.next_at = time.monotonic() + pause + _jitter(pause / 4)

    def _await_turn(self, url: httpx2.URL, deadline: Deadline | None) -> None:
        """Wait until the host may be asked.

        Raises:
            Refusal: `host_busy` or `timed_out`, if that is longer than is waited; `host_unreachable`, if it is gone.
        """
        host = _host(url)
        if host.failed_connections >= MAX_FAILED_CONNECTIONS:
            raise Refusal("host_unreachable", str(url))
        moment = time.monotonic()
        if host.busy_until - moment > self.settings.http_max_delay_seconds:
            raise Refusal("host_busy", str(url))
        wait = max(host.next_at, host.busy_until) - moment
        if deadline and wait > deadline.left():
            raise Refusal("timed_out", str(url))
        time.sleep(max(0.0, wait))

    def _obey_robots(self, url: httpx2.URL) -> None:
        host = _host(url)
        if host.rules is None or time.monotonic() > host.rules_until:
            host.failed_connections = 0
            host.rules = fetch_rules(url, self._robots_file)
            host.rules_until = time.monotonic() + RULES_SECONDS
            self._let_rest(host)
        if refusal := host.rules.refusal_of(url, self.user_agent):
            raise Refusal(refusal, str(url))

    def _robots_file(self, url: httpx2.URL) -> bytes:
        deadline = Deadline.after(self.settings.http_total_seconds)
        return self._follow(url, deadline, {}, MAX_ROBOTS_BYTES, is_robots=True).body


def read_body(chunks: Iterable[bytes], headers: Mapping[str, str], limit: int, may_cut: bool = False) -> bytes:
    """The body, unpacked; never more than the limit, neither packed nor unpacked.

    Args:
        chunks: the body as it arrives.
        headers: by names in small letters; Content-Encoding and Content-Length count.
        limit: most bytes.
        may_cut: give the first bytes of a larger body instead of refusing it.

    Raises:
        Refusal: `too_large`, `compression_bomb` or `bad_encoding`.
    """
    encoding = headers.get("content-encoding", "").strip().lower()
    is_packed = encoding not in {"", "identity"}
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise Refusal("bad_encoding")
    stated = headers.get("content-length", "")
    if not may_cut and stated.isdecimal() and int(stated[:20]) > limit:
        raise Refusal("too_large")
    decoder = _Gzip() if is_packed else None
    content = bytearray()
    taken = 0
    for chunk in chunks:
        taken += len(chunk)
        content += decoder.unpack(chunk, limit + 1 - len(content)) if decoder else chunk
        if len(content) > max(_RATIO_COUNTS_FROM, MAX_RATIO * taken):
            raise Refusal("compression_bomb")
        if max(len(content), taken) > limit:
            if may_cut:
                return bytes(content[:limit])
            raise Refusal("too_large")
    if decoder and taken and not decoder.is_whole():
        raise Refusal("bad_encoding")
    return bytes(content)


class _Gzip:
    """Unpacks one gzip member; bytes behind its end are an error, as a page has no second part."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    def unpack(self, chunk: bytes, most: int) -> bytes:
        """At most so many bytes; what would follow is forgotten."""
        try:
            unpacked = self._decoder.decompress(chunk, most)
        except zlib.error:
            raise Refusal("bad_encoding") from None
        if self._decoder.unused_data:
            raise Refusal("bad_encoding")
        return unpacked

    def is_whole(self) -> bool:
        """Whether the end was reached and its checksum was right."""
        return self._decoder.eof


def retry_after(text: str, moment: datetime) -> float | None:
    """The seconds that a Retry-After header asks for, given as seconds or as a date; None if it says neither."""
    if text.isdecimal():
        return float(int(text[:9]))
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - moment).total_seconds())


def _user_agent(settings: Settings) -> str:
    if settings.http_user_agent:
        return settings.http_user_agent
    if not settings.http_contact:
        raise OriginError(
            "web servers are only asked by somebody they can reach: "
            "set KCNA_HTTP_CONTACT to an e-mail address or a page of yours"
        )
    return f"kcna-warehouse/{version('kcna-warehouse')} (+{settings.http_contact})"


def _host(url: httpx2.URL) -> _Host:
    return HOSTS.setdefault(f"{url.scheme}://{url.host}:{port_of(url)}", _Host())


def _jitter(most: float) -> float:
    return random.uniform(0.0, most)  # noqa: S311 - spreads requests, protects nothing


def _core_url(url: httpx2.URL) -> httpcore2.URL:
    return httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _as_texts(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name in small letters; repeated ones are joined, as HTTP allows."""
    texts: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        texts[name] = f"{texts[name]}, {value}" if name in texts else value
    return texts


def _kept(status: int, headers: Mapping[str, str]) -> str:
    """The status and the headers as JSON, without those that may hold a secret or are of no bearable length."""
    kept = {
        name: value
        for name, value in sorted(headers.items())
        if len(value) <= _LONGEST_HEADER and not any(word in name for word in _PRIVATE_WORDS)
    }
    return json.dumps({":status": str(status), **kept}, ensure_ascii=False)
