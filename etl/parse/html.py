"""Saved HTML to the text that a page shows: blocks of text with an empty line between them.

The layouts then read that text like any other page, so that the sidebar is found by its form, not by its markup.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BEGINNING = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,500}?-->\s*)?(?:<!doctype\s+html\b|<(?:html|head|body)\b[^>]*>\s*(?:<|\Z))",
    re.I | re.S,
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

ENDS_BY_ITSELF = frozenset(
    {"area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p"}
    | {"param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr"}
)
"""Elements whose end tag may be missing on an honest page."""

MAX_DEPTH = 512
"""Browsers stop nesting at this depth too; the time to parse grows with the square of it."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")

_BLOCK_END = "\x00"
"""Stands between blocks while the text is gathered; HTML text cannot hold it."""


class TooDeepError(ValueError):
    """The HTML nests so many elements that no parser reads it in a time in proportion to its length."""


def is_html(text: str) -> bool:
    """Whether the text begins like an HTML page."""
    return _BEGINNING.match(text[:2_000]) is not None


def html_to_text(html: str) -> str:
    """The visible text of an HTML page, blocks separated by an empty line, `<br>` as a line break.

    Raises:
        TooDeepError: if more than `MAX_DEPTH` elements are open at once.
    """
    if _depth(html) > MAX_DEPTH:
        raise TooDeepError(f"more than {MAX_DEPTH} elements are open at once")
    body = LexborHTMLParser(html).body
    if body is None:
        return ""
    blocks = "".join(_pieces(body)).split(_BLOCK_END)
    lines = ("\n".join(_SPACES.sub(" ", line).strip() for line in block.split("\n")).strip() for block in blocks)
    return "\n\n".join(block for block in lines if block)


def _depth(html: str) -> int:
    """The most elements that are open at once, by counting tags; those that end by themselves do not count."""
    depth = deepest = 0
    for closing, name in _TAG.findall(html):
        if name.lower() not in ENDS_BY_ITSELF:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest


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
