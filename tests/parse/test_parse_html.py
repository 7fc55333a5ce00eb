"""Saved HTML is reduced to what the page shows, then read like any other page."""

import pytest

from benchmarks.render import render_html
from etl.parse.html import html_to_text, is_html
from etl.parse.page import read_page
from tests.parse.pages import ARTICLE, page


@pytest.mark.parametrize("layout", ["A", "B", "C", "D"])
def test_a_page_saved_as_html_reads_like_its_text(layout):
    plain, saved = read_page(page(layout).encode()), read_page(render_html(page(layout)).encode())
    assert saved.is_html
    assert (saved.title, saved.problems == [], saved.roles.count("body")) == (
        plain.title, plain.problems == [], plain.roles.count("body"),
    )  # fmt: skip
    if layout != "D":  # there a paragraph is a line, and HTML has blocks
        assert (saved.paragraphs, len(saved.blocks)) == (plain.paragraphs, len(plain.blocks))


def test_the_sidebar_does_not_leak_into_the_article():
    saved = read_page(render_html(page()).encode())
    assert len(saved.paragraphs) == len(ARTICLE.paragraphs)
    assert not any("New Bridge" in paragraph for paragraph in saved.paragraphs)


def test_scripts_menus_and_markup_are_no_text():
    html = (
        "<!doctype html><html><head><title>no</title></head><body><nav>no</nav><script>no</script>"
        "<h1>Ti<b>tl</b>e &amp; more</h1><p>one<br>two</p><!-- no --><div>th<i>r</i>ee</div>four</body></html>"
    )
    assert html_to_text(html) == "Title & more\n\none\ntwo\n\nthree\n\nfour"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<!DOCTYPE html><p>x", True),
        ("  <html><body>x", True),
        ('<?xml version="1.0"?><!-- saved --><html>', True),
        ("<b>Dictionary</b> Published", False),
        ("<html> is a markup language", False),
        ("<body> of evidence", False),
        (page(), False),
        ("", False),
    ],
)
def test_html_is_known_by_its_beginning(text, expected):
    assert is_html(text) is expected


def test_text_around_the_page_that_nothing_explains_is_noticed():
    html = render_html(page()).replace("</main>", "</main><p>Related stories</p>")
    assert read_page(html.encode()).problems[0][0] == "unexplained_text"
