"""Text of pages, made safe to look at: characters that would steer a reader's screen become a visible sign."""

from __future__ import annotations

import unicodedata

STEERING_CATEGORIES = ("Cc", "Cf", "Cs", "Co")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def visible(value: object) -> str:
    """A value as text in which control and direction characters are replaced by a visible sign."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(REPLACEMENT if unicodedata.category(c) in STEERING_CATEGORIES else c for c in text)
