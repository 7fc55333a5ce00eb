"""`kcna report` and the page itself: self-contained, without scripts, and nothing on it can act."""

import html.parser
import http.client
import re
import socket

import pytest

from etl.commands.serve import ADDRESS
from etl.quality.report import write_report
from tests import support
from tests.canaries import RAW_SIGNS
from tests.support import offers, page, python_process

SERVE = """
import sys
from etl.cli import main
main(["report", "--home", sys.argv[1]])
"""


class Elements(html.parser.HTMLParser):
    """The elements of a page with their attributes, and its visible text."""

    def __init__(self, text):
        super().__init__()
        self.names, self.attributes, self.text = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def sample_page(sample_run):
    return sample_run.settings.paths().report.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def canary_page(canary_run):
    assert canary_run.exit_code == 0, canary_run.output
    return canary_run.settings.paths().report.read_text(encoding="utf-8")


def test_no_page_text_acts(canary_page):
    assert [sign for sign in RAW_SIGNS if sign in canary_page] == []
    assert "&lt;script&gt;" in canary_page  # it is there, as text
    assert "canary 10" in canary_page
    assert "{{ 7 * 7 }}" in canary_page


@pytest.mark.parametrize("which", ["sample_page", "canary_page"])
def test_the_page_holds_no_script_no_outside_address_and_a_policy(which, request):
    elements = Elements(request.getfixturevalue(which))

    assert elements.names.isdisjoint({"script", "img", "image", "iframe", "object", "embed", "link", "form", "base"})
    assert [name for _, name, _ in elements.attributes if name.startswith("on") or name in ("src", "srcset")] == []
    links = {value for _, name, value in elements.attributes if name == "href"}
    assert {link for link in links if not re.fullmatch(r"#[a-z][\w-]*|data-docs/[\w-]+/\w+\.html", link)} == set()
    policies = [
        value
        for tag, name, value in elements.attributes
        if tag == "meta" and name == "content" and "default-src" in value
    ]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_the_page_names_no_address_outside_this_machine(sample_page):
    hosts = re.findall(r"https?://([^/\s\"'<]+)", sample_page)

    assert [host for host in hosts if not host.startswith("127.0.0.1")] == []
    assert "url(" not in sample_page
    assert "@import" not in sample_page


def test_the_page_says_what_was_offered_why_pages_did_not_load_and_which_rules_hold(sample_page, sample_run):
    text = " ".join(" ".join(Elements(sample_page).text).split())

    assert "Good: published" in text
    for heading in (
        "What was offered",
        "Pages that did not load",
        "Sums that must agree",
        "Removed as duplicates",
        "Trends",
        "Silent edits",
        "What was not captured",
        "Runs",
        "Rules",
    ):
        assert heading in text
    for row in sample_run.record.rule_results:
        assert row["rule_id"] in text
    refused = "select reason_sentence from quality.page_outcome where outcome <> 'load'"
    for (sentence,) in support.rows(sample_run.settings.paths().warehouse, refused):
        assert sentence in text


def test_a_home_without_a_run_has_a_page_that_says_so(settings):
    text = write_report(settings).read_text(encoding="utf-8")

    assert "No run has ended here yet" in text


def test_a_half_built_warehouse_of_a_killed_run_does_not_stop_the_report(settings, monkeypatch):
    support.publish_warehouse(settings, offers(page()))
    from etl.warehouse import build

    def die(*_):
        raise KeyboardInterrupt  # a run is killed before it makes its first table

    with monkeypatch.context() as patch:
        patch.setattr(build, "_attach_frames", die)
        with pytest.raises(KeyboardInterrupt):
            build.build(settings, settings.paths().work_file)

    assert write_report(settings).exists()


@pytest.fixture
def server(sample_run, monkeypatch):
    """The report, served by the command; any free port."""
    monkeypatch.setenv("KCNA_REPORT_PORT", "0")
    with python_process(SERVE, sample_run.settings.home) as process:
        host, port = re.search(r"http://([\d.]+):(\d+)/", process.first_line).groups()
        assert host == ADDRESS == "127.0.0.1"
        yield int(port)
        process.kill(2)


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def test_the_report_is_served_with_a_policy_and_nothing_else_is(server, sample_run, sample_page):
    status, headers, body = get(server, "/")

    assert (status, body.decode()) == (200, sample_page)
    assert headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    for path in ("/../kcna.duckdb", "/%2e%2e/kcna.duckdb", "//etc/passwd", "/../../../../../../etc/passwd"):
        assert get(server, path)[0] in (301, 404)


def test_a_port_in_use_is_a_message(sample_run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = "import sys; from etl.cli import main; main(sys.argv[1:])"
        result = support.run_python(
            code, "report", "--home", sample_run.settings.home, "--port", port, cwd=support.PROJECT
        )

    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert str(port) in result.stderr
