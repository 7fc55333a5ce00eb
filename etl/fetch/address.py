"""Web addresses: which ones may be asked at all, and connections that go only where the check looked.

The resolved address is what is judged, whatever the spelling; the connection goes to that very address, so a name that
resolves differently a moment later wins nothing.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]
"""From a host and a port to its addresses; raises OSError or UnicodeError where there are none."""

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_ADDRESS_LENGTH = 4_096
_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]+")
_USER_INFO = re.compile(r"^([^/?#]*//)[^/?#]*@")

PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
FORBIDDEN_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in [
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
        "168.63.129.16/32",  # the metadata service of Azure, which has a public number
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),  # tunnels that carry an IPv4 address, and examples
    ]
)
"""Networks that are not the public Internet. Outside 2000::/3 no IPv6 address is (mapped, NAT64, local ...)."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of the program
    """An address that gave no page.

    Attributes:
        reason: a code of `REASONS`.
        address: the address that it ended at, where it is known.
        status: the status of the answer, where there was one.
        headers: what is kept of the answer's headers, as JSON.
    """

    def __init__(
        self, reason: str, address: str | None = None, status: int | None = None, headers: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.address = address
        self.status = status
        self.headers = headers


@dataclass(slots=True)
class Deadline:
    """A moment of the monotonic clock after which nothing more is waited for."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """The deadline that many seconds from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds left, never less than nothing."""
        return max(0.0, self.at - time.monotonic())


def parse_address(text: str, base: httpx2.URL | None = None) -> httpx2.URL:
    """The address in one spelling, without its fragment.

    Args:
        text: what a list, a page or a redirect says.
        base: what a relative address is relative to.

    Raises:
        Refusal: `bad_address`, if it is no http or https address, or holds a user name.
    """
    try:
        url = httpx2.URL(text.strip()) if base is None else base.join(text.strip())
        url = url.copy_with(fragment=None)
        if url.port == DEFAULT_PORTS.get(url.scheme):
            url = url.copy_with(port=None)
        host, port = url.raw_host.decode("ascii"), port_of(url)
    except (httpx2.InvalidURL, KeyError, ValueError):  # no such scheme has a port
        raise Refusal("bad_address", hide_user(text)) from None
    is_sound = _HOST.fullmatch(host) and 0 < port < 2**16 and len(str(url)) <= MAX_ADDRESS_LENGTH
    if not is_sound or url.userinfo or _USER_INFO.search(str(url)):
        raise Refusal("bad_address", hide_user(text))
    return url


def port_of(url: httpx2.URL) -> int:
    """The port that the address is asked at."""
    return DEFAULT_PORTS[url.scheme] if url.port is None else url.port


def hide_user(text: str) -> str:
    """The address cut to a bearable length, without user name and password: they must not reach the store."""
    return _USER_INFO.sub(r"\1***@", text.strip()[:MAX_ADDRESS_LENGTH])


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system finds them."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(ip: IPAddress) -> bool:
    """Whether the address belongs to the public Internet."""
    if isinstance(ip, ipaddress.IPv6Address) and (ip.scope_id or ip not in PUBLIC_IPV6):
        return False
    return ip.is_global and not any(ip in network for network in FORBIDDEN_NETWORKS)


def checked_addresses(host: str, port: int, resolver: Resolver, allowed: Collection[str]) -> list[str]:
    """The addresses of a host, if every one of them may be connected to.

    Args:
        host: the name or number as the address spells it.
        port: the port.
        resolver: asked once.
        allowed: `host:port` of servers on this machine that may be asked, as the addresses spell them.

    Raises:
        Refusal: `host_not_found` or `forbidden_address`.
    """
    try:
        found = [ipaddress.ip_address(text) for text in dict.fromkeys(resolver(host, port))]
    except (OSError, UnicodeError, ValueError):
        found = []
    if not found:
        raise Refusal("host_not_found")
    may_be_local = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}") in allowed
    if not all(is_public(ip) or (may_be_local and ip.is_loopback) for ip in found):
        raise Refusal("forbidden_address")
    return [str(ip) for ip in found]


class PinnedBackend(httpcore2.NetworkBackend):
    """Connects to addresses that were checked, and lets no read or write outlast the deadline.

    Everything above it (Host header, server name in TLS, certificate) still sees the host's name.
    """

    def __init__(self, resolver: Resolver, allowed: Collection[str], deadline: Deadline) -> None:
        self.resolver = resolver
        self.allowed = allowed
        self.deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - part of the interface; never set here
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002 - as above
    ) -> httpcore2.NetworkStream:
        """Connect to the first checked address that answers.

        Raises:
            Refusal: if an address of the host is forbidden, or there is none.
            httpcore2.ConnectError: if none of them answers.
        """
        addresses = checked_addresses(host, port, self.resolver, self.allowed)
        for ip in addresses[:-1]:
            with contextlib.suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return self._connect(ip, port, timeout)
        return self._connect(addresses[-1], port, timeout)

    def _connect(self, ip: str, port: int, timeout: float | None) -> httpcore2.NetworkStream:
        seconds = _shorter(timeout, self.deadline, httpcore2.ConnectTimeout)
        return _BoundedStream(httpcore2.SyncBackend().connect_tcp(ip, port, seconds), self.deadline)


class _BoundedStream(httpcore2.NetworkStream):
    """A connection that ends at the deadline, however slowly it drips."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self.stream = stream
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, _shorter(timeout, self.deadline, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, _shorter(timeout, self.deadline, httpcore2.WriteTimeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        seconds = _shorter(timeout, self.deadline, httpcore2.ConnectTimeout)
        return _BoundedStream(self.stream.start_tls(ssl_context, server_hostname, seconds), self.deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the library's own signature
        return self.stream.get_extra_info(info)


def _shorter(timeout: float | None, deadline: Deadline, error: type[Exception]) -> float:
    """The shorter of the time-out and the time left; a time-out of nothing would mean: do not wait at all."""
    left = deadline.left()
    if left <= 0:
        raise error("the deadline has passed")
    return left if timeout is None else min(timeout, left)
