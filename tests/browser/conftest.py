"""A headless Chromium, the machine's own; nothing is downloaded."""

import shutil

import pytest

FLAGS = [
    "--no-sandbox",  # tests may run as root in a container, where Chromium's own sandbox cannot start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Chromium's own errands, which are none of the page's
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser(sample_run, canary_run):  # the runs come first: no other loop of events may turn while Playwright's does
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium on this machine; apt-get install chromium brings one")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()
