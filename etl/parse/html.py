"""Saved HTML to the text that a page shows: blocks of text with an empty line between them.

The layouts then read that text like any other page, so that the sidebar is found by its form, not by its markup.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BEGINNING = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_SPACES = re.compile(r"\s+")

SHOWS_NOTHING = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "iframe",
        "object",
        "svg",
        "canvas",
        "nav",
        "button",
        "select",
        "textarea",
        "input",
        "-comment",
    }
)
"""Elements whose text is no part of what the page says: code, menus, controls."""

RUNS_ON = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    }
)
"""Elements within a line; every other element stands as a block of its own."""

_BLOCK_END = "\x00"
"""Stands between blocks while the text is gathered; HTML text cannot hold it."""


def is_html(text: str) -> bool:
    """Whether the text begins like an HTML page."""
    return _BEGINNING.match(text[:2_000]) is not None


def html_to_text(html: str) -> str:
    """The visible text of an HTML page, blocks separated by an empty line, `<br>` as a line break."""
    body = LexborHTMLParser(html).body
    if body is None:
        return ""
    blocks = "".join(_pieces(body)).split(_BLOCK_END)
    lines = ("\n".join(_SPACES.sub(" ", line).strip() for line in block.split("\n")).strip() for block in blocks)
    return "\n\n".join(block for block in lines if block)


def _pieces(body: LexborNode) -> list[str]:
    """Texts, line breaks and block ends in document order; without recursion, because nesting has no limit."""
    pieces: list[str] = []
    waiting: list[LexborNode | str] = [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            pieces.append(node)
        elif node.tag == "-text":
            pieces.append(_SPACES.sub(" ", node.text_content or ""))
        elif node.tag == "br":
            pieces.append("\n")
        elif node.tag not in SHOWS_NOTHING:
            ends = [] if node.tag in RUNS_ON else [_BLOCK_END]
            pieces += ends
            waiting += ends
            waiting += reversed(_children(node))
    return pieces


def _children(node: LexborNode) -> list[LexborNode]:
    children = []
    child = node.child
    while child is not None:
        children.append(child)
        child = child.next
    return children
