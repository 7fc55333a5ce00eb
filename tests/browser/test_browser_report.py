"""The report and Great Expectations' pages as a browser shows them: nothing is fetched elsewhere, nothing acts.

Skipped only where no Chromium is installed; `apt-get install chromium` brings one.
"""

import functools
import threading
from http.server import ThreadingHTTPServer

import pytest

from etl.commands.serve import _Handler
from etl.quality.report import write_report
from tests.canaries import RAW_SIGNS

NUMBERS_OF_COLOUR = "name => getComputedStyle(document.body)[name].match(/[0-9]+/g).map(Number)"
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def page(browser):
    """A page that notes every request, message and dialogue."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.requested, page.said = [], []
    page.on("request", lambda request: page.requested.append(request.url))
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("dialog", lambda dialog: (page.said.append(dialog.message), dialog.dismiss()))
    yield page
    context.close()


def open_report(page, run):
    page.goto(run.settings.paths().report.as_uri())
    return page


def open_all(page):
    """Open every folded part."""
    page.eval_on_selector_all("details", "parts => parts.forEach(part => { part.open = true })")


def test_the_report_asks_for_nothing_but_itself(page, sample_run):
    open_all(open_report(page, sample_run))

    assert page.requested == [sample_run.settings.paths().report.as_uri()]
    assert page.said == []
    assert "Good: published" in page.inner_text("h1")


def test_text_of_pages_does_nothing_in_the_report(page, canary_run):
    open_all(open_report(page, canary_run))

    assert page.requested == [canary_run.settings.paths().report.as_uri()]
    assert page.said == []
    assert page.locator("script, img, iframe, object, form, b > bdi").count() == 0
    assert "<script>alert('canary 1')</script>" in page.inner_text("body")  # shown, as text
    assert not any(sign in page.inner_text("body") for sign in RAW_SIGNS if not sign.startswith("<"))


def test_a_reason_leads_to_its_pages_and_to_the_line_at_fault(page, sample_run):
    open_report(page, sample_run)
    reason = page.locator("#left-out details", has_text="unexplained_text").first
    marked = reason.locator("mark")
    assert not marked.first.is_visible()

    reason.locator("summary").first.click()

    assert marked.first.is_visible()
    assert "Advertisement" in marked.first.inner_text()


def test_a_failed_rule_leads_to_the_rows_that_break_it(page, sample_run):
    open_report(page, sample_run)
    row = page.locator("#rule-article_footer_date_agrees")
    assert "critical" in row.inner_text()
    keys = page.locator("#rule-article_footer_date_agrees + tr ul.keys")
    assert not keys.is_visible()

    page.locator("#rule-article_footer_date_agrees + tr summary").first.click()

    assert keys.is_visible()
    assert page.locator("tr[id^=rule-]").count() > 100


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_colour_schemes_are_legible(page, sample_run, scheme):
    page.emulate_media(color_scheme=scheme)
    open_report(page, sample_run)

    paper, ink = (page.evaluate(NUMBERS_OF_COLOUR, name) for name in ("backgroundColor", "color"))

    assert contrast(paper, ink) > 7
    assert (luminance(paper) < luminance(ink)) == (scheme == "dark")


def luminance(colour):
    """Relative luminance as the Web Content Accessibility Guidelines define it."""
    parts = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("run", ["sample_run", "canary_run"])
def test_a_phone_need_not_scroll_sideways(page, run, request):
    page.set_viewport_size(PHONE)
    open_all(open_report(page, request.getfixturevalue(run)))

    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]


def test_the_evidence_of_a_run_opens_from_the_report_and_asks_for_its_own_styles_only(page, sample_run):
    open_report(page, sample_run)
    page.locator("#runs a").first.click()
    page.wait_for_load_state()
    page.locator("a", has_text="parsed_article").first.click()
    page.wait_for_load_state()
    open_all(page)

    home = sample_run.settings.paths().report.parent.as_uri()
    assert all(url.startswith(home) for url in page.requested)
    assert [message for message in page.said if "canary" in message] == []
    assert "The footer names the day of the Date line" in page.inner_text("body")
    assert "critical" in page.inner_text("body")


def test_served_it_is_the_same_and_asks_for_nothing_elsewhere(page, sample_run):
    write_report(sample_run.settings)
    folder = sample_run.settings.paths().report.parent
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        page.goto(address)
        page.locator("#runs a").first.click()
        page.wait_for_load_state()
    finally:
        server.shutdown()
        server.server_close()

    assert all(url.startswith(address) for url in page.requested)
    assert [message for message in page.said if "Content Security Policy" in message] == []
