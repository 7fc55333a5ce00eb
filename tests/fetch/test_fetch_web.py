"""Fetching over HTTP from a server that misbehaves: every address ends, in time and memory, with one named outcome."""

import contextlib
import gzip
import hashlib
import ipaddress
import itertools
import json
import os
import random
import signal
import ssl
import subprocess
import sys
import time
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from etl.fetch import address, client
from etl.fetch.address import Refusal, parse_address
from etl.fetch.listing import read_listing
from etl.fetch.origin import REASONS, OriginError, check_origin
from etl.fetch.raw_store import RawStore
from etl.fetch.web import read_list, read_web
from etl.settings import Settings
from tests.fetch.hostile_server import Reply, drip, endless, hostile_server, raw, reply
from tests.support import FETCHED_AT, PROJECT
from tests.support import offer as made_offer

PAGE = b"Pyongyang, September 18 (KCNA) -- \xb1\xe8 apples"
LIMIT = 2 * 2**20


@pytest.fixture(autouse=True)
def unknown_hosts():
    """Ports come back, and with them would come the rules of another test's server."""
    client.HOSTS.clear()


@pytest.fixture
def server():
    with hostile_server() as running:
        running.replies["/page"] = reply(PAGE)
        yield running


@pytest.fixture
def web(tmp_path, server):
    """Settings with tiny delays that allow the one server."""
    return web_settings(tmp_path / "home", server)


def web_settings(home, server, **changes):
    defaults = {
        "home": home,
        "max_page_bytes": LIMIT,
        "http_contact": "tests@example.org",
        "http_delay_seconds": 0,
        "http_retry_seconds": 0.01,
        "http_attempts": 3,
        "http_idle_seconds": 2,
        "http_total_seconds": 5,
        "http_max_delay_seconds": 2,
        "http_allow": [server.host],
    }
    return Settings(**(defaults | changes))


def changed(settings, **changes):
    return settings.model_copy(update=changes)


def only(offers):
    (offer,) = offers
    assert offer.reason is None or offer.reason in REASONS
    assert (offer.content is None) == (offer.outcome != "page") == (offer.reason is not None)
    return offer


def fetch(server, path, settings, **options):
    return only(read_web(server.url(path), settings, **options))


def headers_of(offer):
    return json.loads(offer.headers)


def write_list(folder, *addresses):
    path = folder / "list.urls"
    path.write_text("\n".join(addresses), encoding="utf-8")
    return path


def store(settings, offers, **options):
    return RawStore(settings.paths().raw).add(offers, FETCHED_AT, 1_000, 10**6, **options)


# What an offer holds


def test_a_page_is_offered_with_its_bytes_its_final_address_its_time_and_its_headers(server, web):
    server.replies["/old"] = reply(status=301, Location="/page")
    server.replies["/page"] = reply(PAGE, Content_Type="text/html; charset=utf-16", Set_Cookie="id=1")
    before = datetime.now(UTC)
    offer = fetch(server, "/old#part", web)
    assert offer.content == PAGE
    assert (offer.origin, offer.url, offer.address) == (server.url("/old"), server.url("/old"), server.url("/page"))
    assert offer.name == f"{server.host}/old"
    assert before <= offer.retrieved_at <= datetime.now(UTC)
    kept = headers_of(offer)
    assert kept[":status"] == "200"
    assert kept["content-type"] == "text/html; charset=utf-16"  # wrong, but bytes stay as they are
    assert "set-cookie" not in kept


def test_only_get_is_asked_with_a_contact_and_without_cookies(server, web):
    server.replies["/a"] = reply(status=302, Location="/page", Set_Cookie="id=1")
    fetch(server, "/a", web)
    for _, headers, _ in server.requests:
        assert "tests@example.org" in headers["User-Agent"]
        assert headers["Host"] == server.host
        assert not {"Cookie", "Authorization", "Referer"} & set(headers)


def test_nobody_is_asked_without_a_contact(server, web):
    with pytest.raises(OriginError, match="KCNA_HTTP_CONTACT"):
        read_web(server.url("/page"), changed(web, http_contact=""))
    offer = fetch(server, "/page", changed(web, http_contact="", http_user_agent="my-robot (me@example.org)"))
    assert offer.content == PAGE
    assert server.requests[-1][1]["User-Agent"] == "my-robot (me@example.org)"


def test_proxies_of_the_environment_are_not_used(server, web, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert fetch(server, "/page", web).content == PAGE


def test_an_empty_body_is_an_empty_page(server, web):
    server.replies["/empty"] = reply(b"")
    assert fetch(server, "/empty", web).content == b""


# Addresses


@pytest.mark.parametrize(
    "text",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "http://user:secret@example.org/",
        "http://user@example.org/",
        "http://example.org\\@example.com/",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://%31/",
        "http://0177.0.0.1/",
        "http://a\nb/",
        "javascript:alert(1)",
        "http://[",
        "http://example.org/" + "a" * 5_000,
    ],
)
def test_what_is_no_plain_web_address_is_refused_and_no_password_is_shown(text, server, web, tmp_path):
    with pytest.raises(OriginError) as caught:
        read_web(text, web)
    assert "secret" not in str(caught.value)
    server.replies["/away"] = reply(status=302, Location=text.replace("\n", "\t"))
    offer = fetch(server, "/away", web)
    assert offer.reason == "bad_address"
    assert "secret" not in repr(offer)


def test_no_password_of_an_origin_is_shown_or_recorded():
    with pytest.raises(OriginError) as caught:
        check_origin("https://user:secret@example.org/")
    assert "secret" not in str(caught.value)


def test_an_address_without_host_is_refused(web):
    for text in ("//example.org/", "http:///x", "", "page.html"):
        with pytest.raises(OriginError, match="no http or https address"):
            read_web(text, web)


def test_addresses_get_one_spelling():
    spelled = str(parse_address(" HTTP://Ex\u00e4mple.org:80/a b?q=\u00fc#part "))
    assert spelled == "http://xn--exmple-cua.org/a%20b?q=%C3%BC"
    assert str(parse_address("//example.org/@x", parse_address("https://a/b"))) == "https://example.org/@x"


LOCAL_HOSTS = """
127.0.0.1 2130706433 0x7f.1 127.1 0 [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] 10.0.0.1 172.16.0.1
192.168.0.1 169.254.169.254 100.100.100.200 168.63.129.16 224.0.0.1 255.255.255.255 [fe80::1] [fd00:ec2::254]
[ff02::1] [64:ff9b::7f00:1] [64:ff9b::808:808] [2002:7f00:1::] [2001:0:1::1] [::7f00:1] [fec0::1] 192.88.99.1
localhost 192.0.2.1 [2001:db8::1]
"""


@pytest.mark.parametrize("host", LOCAL_HOSTS.split())
def test_hosts_in_networks_that_are_not_public_are_refused_directly_and_behind_a_redirect(host, server, web):
    target = f"http://{host}/latest/meta-data/"
    assert only(read_web(target, web)).reason == "forbidden_address"
    server.replies["/away"] = reply(status=302, Location=target)
    offer = fetch(server, "/away", web)
    assert (offer.outcome, offer.reason, offer.address) == ("skipped", "forbidden_address", target)


def test_the_permission_is_for_one_port_and_only_for_this_machine(server, web):
    with hostile_server() as other:
        assert only(read_web(other.url("/page"), web)).reason == "forbidden_address"
        assert other.requests == []
    allowing = changed(web, http_allow=["10.0.0.1:80", "10.0.0.1:8080"])
    assert only(read_web("http://10.0.0.1/", allowing)).reason == "forbidden_address"


def test_public_addresses_pass():
    for text in ("8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::1"):
        assert address.is_public(ipaddress.ip_address(text))


def test_a_resolver_that_changes_its_answer_does_not_win(server, web):
    asked = []

    def resolver(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) > 1 else ["127.0.0.1", "10.0.0.1"]

    name = f"rebind.test:{server.port}"
    offers = read_web(f"http://{name}/page", changed(web, http_allow=[name]), resolver)
    assert only(offers).reason == "forbidden_address"  # one bad answer among good ones is enough
    assert server.requests == []


def test_the_connection_goes_to_the_checked_address_and_keeps_the_name(server, web):
    """The name is resolved exactly once per connection, and not by the library below."""
    asked = []

    def resolver(host, port):
        asked.append((host, port))
        return ["127.0.0.1"]

    name = f"named.test:{server.port}"
    offer = only(read_web(f"http://{name}/page", changed(web, http_allow=[name]), resolver))
    assert offer.content == PAGE
    assert asked == [("named.test", server.port)] * len(server.requests)
    assert {headers["Host"] for _, headers, _ in server.requests} == {name}
    assert only(read_web(f"http://{name}/page", web, resolver)).reason == "forbidden_address"


@pytest.fixture
def certificate(tmp_path):
    """The file of a certificate for `named.test`, with its key."""
    pytest.importorskip("cryptography")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "named.test")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime.now(UTC) - timedelta(days=1))
    builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("named.test")]), critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


def test_certificates_are_checked_against_the_name_while_the_connection_is_pinned(web, certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    told = []
    context.sni_callback = lambda socket, name, of: told.append(name)
    with hostile_server(context) as server:
        server.replies["/page"] = reply(PAGE)
        good, bad = f"named.test:{server.port}", f"other.test:{server.port}"
        allowing = changed(web, http_allow=[good, bad], http_attempts=1)

        def fetch_from(host):
            return only(read_web(f"https://{host}/page", allowing, lambda host, port: ["127.0.0.1"]))

        assert fetch_from(good).reason == "robots_unavailable"  # nobody vouches for the certificate
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        client.HOSTS.clear()
        assert fetch_from(good).content == PAGE
        assert fetch_from(bad).reason == "robots_unavailable"
        assert set(told) == {"named.test", "other.test"}


def test_an_unknown_host_is_named(web):
    def resolver(host, port):
        raise OSError("no such host")

    assert only(read_web("http://nowhere.test/", web, resolver)).reason == "host_not_found"


# Redirects


def test_redirects_in_a_circle_or_without_end_are_named(server, web):
    server.replies |= {"/a": reply(status=302, Location="/b"), "/b": reply(status=307, Location="/a")}
    assert fetch(server, "/a", web).reason == "redirect_loop"
    server.replies |= {f"/{n}": reply(status=302, Location=f"/{n + 1}") for n in range(10)}
    assert fetch(server, "/0", web).reason == "too_many_redirects"
    assert server.counts()["/5"] == 1
    assert server.counts()["/6"] == 0
    assert fetch(server, "/5", web).reason == "http_status"  # /10, five redirects on, is a 404


# Time and size


def test_a_slow_drip_ends_at_the_deadline(server, web):
    server.replies["/drip"] = drip(1_000, 0.02)
    start = time.monotonic()
    offer = fetch(server, "/drip", changed(web, http_total_seconds=0.4))
    assert offer.reason == "timed_out"
    assert time.monotonic() - start < 2


def test_a_drip_of_headers_ends_too(server, web):
    server.replies["/drip"] = raw(b"HTTP/1.1 200 OK\r\n", *[b"a: b\r\n"] * 500, pause=0.02)
    assert fetch(server, "/drip", changed(web, http_total_seconds=0.3)).reason == "timed_out"


def test_silence_ends_at_the_idle_time(server, web):
    server.replies["/silent"] = Reply(parts=(b"x", b"y"), length=2, pause=0.6)
    start = time.monotonic()
    assert fetch(server, "/silent", changed(web, http_idle_seconds=0.1, http_attempts=2)).reason == "timed_out"
    assert time.monotonic() - start < 2


def test_bodies_over_the_limit_are_not_read(server, web):
    server.replies["/stated"] = Reply(length=10**12)
    server.replies["/endless"] = endless()
    assert fetch(server, "/stated", web).reason == "too_large"
    assert fetch(server, "/endless", web).reason == "too_large"


def test_compressed_pages_are_unpacked_within_limits(server, web):
    packed = gzip.compress(PAGE)
    bomb = gzip.compress(bytes(LIMIT - 1))
    random = gzip.compress(os.urandom(LIMIT + 1))
    replies = {
        "/good": reply(packed, Content_Encoding="gzip"),
        "/bomb": reply(bomb, Content_Encoding="gzip"),
        "/larger-bomb": reply(gzip.compress(bytes(50 * 2**20)), Content_Encoding="gzip"),
        "/large": Reply(headers={"Content-Encoding": "gzip"}, parts=(random,)),
        "/cut": reply(packed[:-4], Content_Encoding="gzip"),
        "/broken": reply(b"no gzip", Content_Encoding="gzip"),
        "/twice": reply(gzip.compress(packed), Content_Encoding="gzip, gzip"),
        "/more": reply(packed + packed, Content_Encoding="gzip"),
        "/brotli": reply(b"\x0b\x02\x80", Content_Encoding="br"),
        "/deflate": reply(zlib.compress(PAGE), Content_Encoding="deflate"),
        "/nothing": reply(b"", Content_Encoding="gzip"),
    }
    server.replies |= replies
    outcomes = {path: fetch(server, path, web) for path in replies}
    assert outcomes["/good"].content == PAGE
    assert outcomes["/nothing"].content == b""
    assert {path: offer.reason for path, offer in outcomes.items() if offer.reason} == {
        "/bomb": "compression_bomb",
        "/larger-bomb": "too_large",
        "/large": "too_large",
        "/cut": "bad_encoding",
        "/broken": "bad_encoding",
        "/twice": "bad_encoding",
        "/more": "bad_encoding",
        "/brotli": "bad_encoding",
        "/deflate": "bad_encoding",
    }


def test_no_more_than_the_limit_is_ever_unpacked():
    packed = gzip.compress(bytes(100 * 2**20))
    with pytest.raises(Refusal, match="too_large"):
        client.read_body([packed], {"content-encoding": "gzip"}, 1_000)
    assert client.read_body([packed], {"content-encoding": "gzip"}, 1_000, may_cut=True) == bytes(1_000)


def test_a_wrong_length_is_never_a_silent_cut(server, web):
    server.replies["/short"] = reply(PAGE, length=len(PAGE) + 10)
    offer = fetch(server, "/short", web)
    assert (offer.reason, server.counts()["/short"]) == ("incomplete_answer", 3)
    # What a server sends behind the stated end is no part of the page, nor of the next answer.
    server.replies["/long"] = reply(b"one" + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", length=3)
    offers = list(read_list(write_list(web.home.parent, server.url("/long"), server.url("/page")), web))
    assert [offer.content for offer in offers] == [b"one", PAGE]


def test_what_is_no_http_is_a_failed_connection(server, web):
    for nonsense in (b"hello\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"\x00" * 300_000):
        server.replies["/nonsense"] = raw(nonsense)
        assert fetch(server, "/nonsense", web).reason == "connection_failed"
    with hostile_server() as gone:
        pass
    offer = only(read_web(gone.url("/page"), changed(web, http_allow=[gone.host])))
    assert offer.reason == "robots_unavailable"


# Patience


def test_busy_servers_are_asked_again_and_retry_after_is_obeyed(server, web):
    server.replies["/busy"] = [reply(status=429, Retry_After="1"), reply(PAGE)]
    assert fetch(server, "/busy", web).content == PAGE
    first, second = (moment for path, _, moment in server.requests if path == "/busy")
    assert second - first >= 1
    server.replies["/down"] = [reply(status=503), reply(status=502), reply(PAGE)]
    assert fetch(server, "/down", web).content == PAGE


def test_failures_end_after_the_set_number(server, web):
    server.replies |= {"/503": reply(status=503), "/500": reply(status=500), "/410": reply(status=410)}
    for path, times in (("/503", 3), ("/500", 1), ("/410", 1)):
        offer = fetch(server, path, web)
        assert (offer.outcome, offer.reason, headers_of(offer)[":status"]) == ("unreadable", "http_status", path[1:])
        assert server.counts()[path] == times


def test_a_host_that_wants_a_long_rest_is_left_alone(server, web, tmp_path):
    server.replies["/busy"] = reply(status=503, Retry_After="3600")
    offers = list(read_list(write_list(tmp_path, server.url("/busy"), server.url("/page")), web))
    assert [offer.reason for offer in offers] == ["http_status", "host_busy"]
    assert server.counts() == {"/busy": 1}


def test_a_host_that_is_gone_is_soon_given_up(web, tmp_path):
    with hostile_server() as leaving:
        leaving.replies["/page"] = reply(PAGE)
        allowing = changed(web, http_allow=[leaving.host])
        assert fetch(leaving, "/page", allowing).content == PAGE
    listed = write_list(tmp_path, *(leaving.url(f"/{number}") for number in range(10)))
    reasons = [offer.reason for offer in read_list(listed, allowing)]
    assert reasons == ["connection_failed"] * 4 + ["host_unreachable"] * 6


def test_retry_after_is_read_as_seconds_and_as_a_date():
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert client.retry_after("120", moment) == 120
    assert client.retry_after("Sun, 01 Mar 2026 12:01:00 GMT", moment) == 60
    assert client.retry_after("Sun, 01 Mar 2026 11:00:00 GMT", moment) == 0
    assert client.retry_after("Sun, 01 Mar 2026 12:01:00 -0000", moment) == 60
    for nonsense in ("", "soon", "-5", "1e9", "\u00b2"):
        assert client.retry_after(nonsense, moment) is None


def test_requests_keep_their_distance(server, web, tmp_path):
    server.replies["/a"] = reply(status=302, Location="/page")
    list(read_web(server.url("/a"), changed(web, http_delay_seconds=0.15)))
    times = server.times()
    assert len(times) == 3  # robots.txt, the redirect, the page
    assert all(later - earlier >= 0.15 for earlier, later in itertools.pairwise(times))


def test_the_distance_is_kept_between_origins_too(server, web):
    paced = changed(web, http_delay_seconds=0.15)
    for _ in range(2):
        assert fetch(server, "/page", paced).content == PAGE
    times = server.times()
    assert [path for path, _, _ in server.requests] == ["/robots.txt", "/page", "/page"]
    assert all(later - earlier >= 0.15 for earlier, later in itertools.pairwise(times))


# robots.txt


def test_robots_rules_are_obeyed_and_asked_for_once(server, web, tmp_path):
    server.replies["/robots.txt"] = reply(
        b"User-agent: *\nDisallow: /private\n\nUser-agent: kcna-warehouse\nDisallow: /no\n"
    )
    server.replies |= {"/away": reply(status=302, Location="/no/x"), "/private": reply(PAGE)}
    paths = ["/no", "/away", "/private", "/page"]
    offers = list(read_list(write_list(tmp_path, *map(server.url, paths)), web))
    assert [offer.reason for offer in offers] == ["robots_denied", "robots_denied", None, None]
    assert [path for path, _, _ in server.requests] == ["/robots.txt", "/away", "/private", "/page"]


@pytest.mark.parametrize(
    ("robots", "reason"),
    [
        (reply(status=404), None),
        (reply(status=403), None),
        (reply(status=500), "robots_unavailable"),
        (reply(status=503), "robots_unavailable"),
        (reply(status=429), "robots_unavailable"),
        (reply(status=301, Location="/robots.txt"), "robots_unavailable"),
        (reply(status=301, Location="http://10.0.0.1/robots.txt"), "forbidden_address"),
        (raw(b"nonsense"), "robots_unavailable"),
        (reply(b"\xff\xfe\x00 nonsense"), None),
        (reply(b"User-agent: *\nDisallow: /\n" + b"#" * 2**21), "robots_denied"),
        (reply(b"#" * 2**21 + b"\nUser-agent: *\nDisallow: /\n"), None),
    ],
)
def test_doubt_about_robots_counts_against_us(robots, reason, server, web):
    server.replies["/robots.txt"] = robots
    assert fetch(server, "/page", web).reason == reason


def test_crawl_delay_is_kept_up_to_a_bound(server, web, tmp_path):
    server.replies["/robots.txt"] = reply(b"User-agent: *\nCrawl-delay: 9999\n")
    server.replies["/b"] = reply(PAGE)
    list(
        read_list(write_list(tmp_path, server.url("/page"), server.url("/b")), changed(web, http_max_delay_seconds=0.2))
    )
    _, first, second = server.times()
    assert 0.2 <= second - first < 2


# What is already stored


def test_a_fresh_address_is_not_asked_again(server, web, tmp_path):
    listed = write_list(tmp_path, server.url("/page"), server.url("/gone"))
    assert store(web, read_list(listed, web)).new_pages == 1
    counts = store(web, read_list(listed, web))
    assert (counts.known_pages, counts.unreadable, counts.new_offers) == (1, 1, 0)
    assert server.counts() == {"/page": 1, "/gone": 2}
    assert only(read_web(server.url("/page"), web)).content == PAGE
    assert server.counts()["/page"] == 1


def test_an_older_address_is_asked_whether_it_changed(server, web):
    def answer(headers):
        is_same = headers.get("If-None-Match") == '"1"' and headers.get("If-Modified-Since")
        return reply(status=304) if is_same else reply(PAGE, ETag='"1"', Last_Modified="Sun, 01 Mar 2026 12:00:00 GMT")

    server.replies["/page"] = answer
    stale = changed(web, http_fresh_hours=0)
    store(stale, read_web(server.url("/page"), stale))
    offer = fetch(server, "/page", stale)
    assert (offer.content, offer.address, headers_of(offer)["etag"]) == (PAGE, server.url("/page"), '"1"')
    assert server.requests[-1][1]["If-None-Match"] == '"1"'
    assert store(stale, read_web(server.url("/page"), stale)).new_offers == 0


def test_the_mark_of_a_redirected_page_is_shown_only_to_its_own_address(server, web):
    server.replies["/old"] = reply(status=302, Location="/page")
    server.replies["/page"] = [reply(PAGE, ETag='"1"'), reply(status=304)]
    stale = changed(web, http_fresh_hours=0)
    store(stale, read_web(server.url("/old"), stale))
    assert fetch(server, "/old", stale).content == PAGE
    asked = [(path, headers.get("If-None-Match")) for path, headers, _ in server.requests if path != "/robots.txt"]
    assert asked == [("/old", None), ("/page", None), ("/old", None), ("/page", '"1"')]


def test_lying_marks_lose_and_mix_nothing(server, web):
    server.replies["/page"] = reply(status=304)
    assert fetch(server, "/page", web).reason == "nothing_to_reuse"
    stale = changed(web, http_fresh_hours=0)
    server.replies["/page"] = [reply(PAGE, ETag='"1"'), reply(b"another text", ETag='"1"'), reply(status=304)]
    bodies = []
    for _ in range(3):
        offer = fetch(server, "/page", stale)
        bodies.append(offer.content)
        store(stale, [offer])
    assert bodies == [PAGE, b"another text", b"another text"]


def test_a_304_for_a_page_that_is_stored_no_more_is_no_page(server, web, monkeypatch):
    server.replies["/page"] = [reply(PAGE, ETag='"1"'), reply(status=304)]
    stale = changed(web, http_fresh_hours=0)
    store(stale, read_web(server.url("/page"), stale))
    monkeypatch.setattr(RawStore, "packs", lambda store: [])
    assert fetch(server, "/page", stale).reason == "nothing_to_reuse"


# Lists, sitemaps, feeds


def test_a_list_gives_one_offer_per_address(server, web, tmp_path):
    page = server.url("/page")
    lines = [
        "\ufeff# comment",
        "",
        page,
        f"  {page}#again ",
        "http://user:secret@example.org/",
        "nonsense",
        server.url("/no"),
    ]
    path = write_list(tmp_path, *lines)
    offers = list(read_list(path, web))
    assert [offer.reason for offer in offers] == ["bad_address", "bad_address", None, "http_status"]
    assert {offer.origin for offer in offers} == {path.resolve().as_uri()}
    assert "secret" not in repr(offers)
    assert server.counts() == {"/page": 1, "/no": 1}


def test_a_list_is_bounded_and_must_be_there(server, web, tmp_path):
    path = write_list(tmp_path, server.url("/page"), server.url("/b"))
    offers = list(read_list(path, changed(web, http_max_addresses=1)))
    assert [offer.reason for offer in offers] == ["too_many_addresses", None]
    with pytest.raises(OriginError, match="cannot be read"):
        read_list(tmp_path / "missing.urls", web)


SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemap(*addresses, root="urlset", entry="url"):
    entries = "".join(
        f"<{entry}><loc> {address} </loc><lastmod>2026-03-01</lastmod></{entry}>" for address in addresses
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- made --><{root} xmlns="{SITEMAP}">{entries}</{root}>'.encode()


def test_a_sitemap_index_leads_to_pages_once_and_out_of_its_loop(server, web):
    inner = gzip.compress(sitemap(server.url("/b"), "/c", server.url("/index.xml"), server.url("/b")))
    outer = [server.url(path) for path in ("/index.xml", "/a.xml.gz", "/page")]
    server.replies |= {
        "/index.xml": reply(sitemap(*outer, root="sitemapindex", entry="sitemap")),
        "/a.xml.gz": reply(inner),
        "/b": reply(PAGE),
        "/c": reply(b"other"),
    }
    offers = list(read_web(server.url("/index.xml"), web))
    found = {offer.url.removeprefix(server.url("")): offer.reason for offer in offers}
    assert found == {"/index.xml": "listing", "/a.xml.gz": "listing", "/b": None, "/c": None, "/page": "bad_listing"}
    assert len(offers) == 5
    assert set(server.counts().values()) == {1}
    assert {offer.origin for offer in offers} == {server.url("/index.xml")}


RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><link>%(u)s/home</link>
<item><title>a</title><link>%(u)s/page</link></item><item><link>/b</link></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><link href="%(u)s/home"/>
<entry><link rel="self" href="%(u)s/no"/><link rel="alternate" href="%(u)s/page"/><title>t</title></entry>
<entry><link href="/b"/></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<item><link>%(u)s/page</link></item><item><link>/b</link></item></rdf:RDF>"""


@pytest.mark.parametrize("feed", [RSS, ATOM, RDF])
def test_feeds_name_pages(feed, server, web):
    server.replies |= {"/feed": reply(feed % {b"u": server.url("").encode()}), "/b": reply(b"other")}
    offers = list(read_web(server.url("/feed"), web))
    assert [offer.reason for offer in offers] == ["listing", None, None]
    assert server.counts() == {"/feed": 1, "/page": 1, "/b": 1}


def test_large_and_hostile_listings_are_bounded():
    huge = sitemap(*(f"http://example.org/{n}" for n in range(5_000)))
    listing = read_listing(huge, LIMIT, 1_000)
    assert (len(listing.addresses), listing.fault) == (1_000, "too_many_addresses")
    body = b"<urlset><url><loc>&a;</loc></url></urlset>"
    bombs = {
        "entities": b'<!DOCTYPE urlset [<!ENTITY b "bbbb"><!ENTITY a "&b;&b;">]>' + body,
        "external": b'<!DOCTYPE urlset [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + body,
        "deep": b"<urlset>" + b"<a>" * 500_000,
        "cut": sitemap("http://example.org/")[:-20],
        "encoding": b'<?xml version="1.0" encoding="no-such"?><urlset></urlset>',
        "nul": b"<urlset>\x00</urlset>",
    }
    for name, content in bombs.items():
        listing = read_listing(content, LIMIT, 1_000)
        assert listing.fault == "bad_listing", name
        assert all("root:" not in address for address in listing.addresses)
    start = time.monotonic()
    assert read_listing(b"<!-- a -->" * 100_000, LIMIT, 10) is None
    assert read_listing(b"<urlset>" + b"<loc/>" * 300_000 + b"</urlset>", LIMIT, 10).addresses == []
    assert time.monotonic() - start < 5
    assert read_listing(gzip.compress(bytes(50 * 2**20)), LIMIT, 10) is None


@pytest.mark.parametrize("content", [PAGE, b"", b"<html><rss></html>", b"<!DOCTYPE html><html>", b"\x1f\x8bnonsense"])
def test_pages_are_no_listings(content):
    assert read_listing(content, LIMIT, 10) is None


def test_a_sitemap_cannot_send_us_into_the_house(server, web):
    server.replies["/map"] = reply(sitemap("http://169.254.169.254/", "file:///etc/passwd", server.url("/page")))
    offers = list(read_web(server.url("/map"), web))
    assert [offer.reason for offer in offers] == ["listing", "bad_address", "forbidden_address", None]


# Killed and run again


def test_a_slow_fetch_stores_what_it_has(tmp_path):
    raw = RawStore(tmp_path / "raw")
    stored_before = []

    def offered():
        for number in range(3):
            give_up = time.monotonic() + 30  # the pack is written while the next page is waited for
            while len(RawStore(raw.folder).packs()) < number and time.monotonic() < give_up:
                time.sleep(0.01)
            stored_before.append(len(RawStore(raw.folder).packs()))
            yield made_offer(f"{number}".encode(), str(number))

    raw.add(offered(), FETCHED_AT, 1_000, 10**6, pack_seconds=0)
    assert stored_before == [0, 1, 2]


def test_a_stored_page_of_the_future_or_without_bytes_is_asked_again(server, web, monkeypatch):
    store(web, read_web(server.url("/page"), web))
    monkeypatch.setattr("etl.fetch.web.now", lambda: datetime.now(UTC) - timedelta(hours=1))
    assert fetch(server, "/page", web).content == PAGE
    assert server.counts()["/page"] == 2
    monkeypatch.undo()
    monkeypatch.setattr(RawStore, "packs", lambda store: [])
    assert fetch(server, "/page", web).content == PAGE
    assert server.counts()["/page"] == 3


FETCH = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from etl.fetch.raw_store import RawStore
from etl.fetch.web import read_list
from etl.settings import Settings
settings = Settings()
offers = read_list(Path(sys.argv[1]), settings)
RawStore(settings.paths().raw).add(offers, datetime.now(UTC), 1_000, 10**6, pack_seconds=0.05)
"""


def start_fetch(home, server, listed):
    environment = {
        "KCNA_HOME": str(home),
        "KCNA_HTTP_CONTACT": "tests@example.org",
        "KCNA_HTTP_DELAY_SECONDS": "0.01",
        "KCNA_HTTP_ALLOW": json.dumps([server.host]),
    }
    command = [sys.executable, "-c", FETCH, str(listed)]
    return subprocess.Popen(command, env={**os.environ, **environment}, cwd=PROJECT, start_new_session=True)


def stored(home):
    raw = RawStore(home / "raw")
    pages = {sha for pack in raw.packs() for batch in raw.page_batches(pack) for sha in batch["page_sha256"]}
    offers = raw.offers().select("url", "outcome", "reason", "page_sha256").collect().rows()
    assert len(offers) == len(set(offers))
    return pages, set(offers)


def test_killed_in_the_middle_and_run_again_gives_the_same_store(server, tmp_path):
    paths = [f"/{number}" for number in range(40)]
    server.replies |= {path: reply(b"page" + path.encode()) for path in paths[:-4]}
    listed = write_list(tmp_path, *map(server.url, paths))
    running = start_fetch(tmp_path / "killed", server, listed)
    while sum(server.counts().values()) < 15:
        assert running.poll() is None
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert 0 < sum(server.counts().values()) < 40
    assert start_fetch(tmp_path / "killed", server, listed).wait() == 0
    counts = server.counts()
    assert set(counts) == set(paths)
    assert max(counts.values()) <= 2
    assert sum(counts.values()) < 40 + 15  # what was stored before the kill was not asked again
    assert start_fetch(tmp_path / "calm", server, listed).wait() == 0
    killed, calm = stored(tmp_path / "killed"), stored(tmp_path / "calm")
    assert killed == calm
    assert hashlib.sha256(b"page/0").hexdigest() in killed[0]
    assert len(killed[1]) == 40


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_a_random_moment_and_run_again_gives_the_same_store(server, tmp_path, seed):
    paths = [f"/{number}" for number in range(40)]
    server.replies |= {path: reply(b"page" + path.encode()) for path in paths[:-4]}
    listed = write_list(tmp_path, *map(server.url, paths))
    running = start_fetch(tmp_path / "killed", server, listed)
    while not server.counts() and running.poll() is None:
        time.sleep(0.005)
    time.sleep(random.Random(seed).uniform(0, 1.2))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()

    assert start_fetch(tmp_path / "killed", server, listed).wait() == 0

    assert max(server.counts().values()) <= 2
    assert start_fetch(tmp_path / "calm", server, listed).wait() == 0
    assert stored(tmp_path / "killed") == stored(tmp_path / "calm")
