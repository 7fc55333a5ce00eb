"""The title or the body of one article with the mentions found in it, read whole for what it reports."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

from etl.enrich.text import Mention

# A full stop ends a sentence if white space and a capital, a quotation or a digit follow and no abbreviation precedes.
_STOP = re.compile(r"[.!?\n](?:(?<=[.!?])[\"')]*(?=\s+[\"'(]?[A-Z0-9])|(?<=\n)\s*\n)")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Z]|Mt|Mr|Mrs|Ms|Dr|Prof|Gen|Col|Lt|Maj|No|St|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec))$"
)
_ABBREVIATION = 5
"""Characters that show an abbreviation and where it begins."""


class Section:
    """A folded text.

    Attributes:
        text: the folded text.
        dateline: the dateline that opens a body.
        body_start: where the text after the dateline begins.
    """

    def __init__(
        self,
        text: str,
        dateline: re.Match[str] | None = None,
        body_start: int = 0,
        find_mentions: Callable[[], list[Mention]] = list,
    ) -> None:
        self.text = text
        self.dateline = dateline
        self.body_start = body_start
        self._find_mentions = find_mentions

    @cached_property
    def mentions(self) -> list[Mention]:
        """What was found, in the order of the text."""
        return self._find_mentions()

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Sentences as spans, the dateline left out."""
        text, spans, begin = self.text, [], self.body_start
        for stop in _STOP.finditer(text, begin):
            position, end = stop.span()
            if text[position] == "." and _ends_abbreviated(text[max(begin, position - _ABBREVIATION) : position]):
                continue
            spans.append((begin, end))
            begin = end
        spans.append((begin, len(text)))
        return [(start, end) for start, end in spans if text[start:end].strip()]


def _ends_abbreviated(before: str) -> bool:
    """Whether the few characters before a full stop end in an abbreviation, not in a longer word."""
    is_longer = len(before) == _ABBREVIATION and before.isalpha()
    return not is_longer and bool(_ABBREVIATED.search(before))
