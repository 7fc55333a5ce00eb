"""The Dagster UI of a home: one click materializes everything, and the checks can be seen."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from playwright.sync_api import expect

from tests import support

START_SECONDS = 120
"""Time for the server to start and for a run to end on a busy machine."""


@pytest.fixture
def ui(tmp_path):
    """The address of `kcna ui` on an empty home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from etl.cli import main; main()", "ui", "--home", str(tmp_path / "home")]
    out = (tmp_path / "ui.log").open("wb")
    process = subprocess.Popen(
        [*command, "--port", str(port)], cwd=support.PROJECT, start_new_session=True, stdout=out, stderr=out
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)
        out.close()


def ask(address, query):
    """The answer of Dagster's own interface; None while the server does not answer."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{address}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    try:
        return json.load(urllib.request.urlopen(request, timeout=10))["data"]  # noqa: S310 - as above
    except OSError:
        return None


def wait_until(found, what):
    """Wait until a question has the answer wanted."""
    for _ in range(START_SECONDS * 2):
        if found():
            return
        time.sleep(0.5)
    pytest.fail(f"{what} within {START_SECONDS} s")


def statuses(address):
    answer = ask(address, "{ runsOrError { ... on Runs { results { status } } } }")
    return [run["status"] for run in answer["runsOrError"]["results"]] if answer else []


@pytest.mark.slow
def test_one_click_materializes_all_and_the_checks_are_shown(ui, browser, tmp_path):
    wait_until(lambda: (ask(ui, "{ assetNodes { id } }") or {}).get("assetNodes"), "the UI does not know the assets")
    page = browser.new_context(viewport={"width": 1600, "height": 1000}).new_page()
    page.goto(f"{ui}/asset-groups")

    page.get_by_role("button", name="Materialize all").click(timeout=START_SECONDS * 1000)
    wait_until(lambda: statuses(ui) == ["SUCCESS"], f"the run does not succeed: {statuses(ui)}")
    page.goto(f"{ui}/assets/core/fact_article?view=checks")

    expect(page.get_by_text("fact_article_key_unique").first).to_be_visible(timeout=START_SECONDS * 1000)
    assert (tmp_path / "home" / "kcna.duckdb").exists()
