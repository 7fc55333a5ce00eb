"""Every outcome a page can have, and the closed list of reasons with a sentence for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["load", "quarantine", "reject"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a page does not load."""

    code: str
    outcome: Outcome
    sentence: str


_ALL = (
    Reason("empty_page", "reject", "The file has no visible text."),
    Reason("not_text", "reject", "The file is binary, not text."),
    Reason("unknown_layout", "reject", "Nothing on the page looks like a KCNA Watch page."),
    Reason("undecodable", "quarantine", "The bytes are not valid text in a known encoding."),
    Reason("headless", "quarantine", "The page names no title, date or source (layout D)."),
    Reason("missing_title", "quarantine", "There is no visible title between the header and the Date line."),
    Reason("missing_date", "quarantine", "There is no Date line."),
    Reason("bad_date", "quarantine", "The Date line names no real day from 1946 on, written day first."),
    Reason("future_date", "quarantine", "The Date line names a day more than one day after the capture."),
    Reason("no_body", "quarantine", "There is no paragraph of text."),
    Reason("truncated", "quarantine", "Nothing shows that the text ended, so it may be cut off."),
    Reason("contradiction", "quarantine", "Two dates on the page contradict each other."),
    Reason("unexplained_text", "quarantine", "A line belongs to no field and to no known part of the page."),
    Reason("failed_rule", "quarantine", "A field broke a rule of the suites in expectations/."),
    Reason("html_too_deep", "quarantine", "The HTML nests too many elements to be read safely."),
    Reason("parser_error", "quarantine", "The parser failed on this page; this is a fault of the program."),
)

REASONS = {reason.code: reason for reason in _ALL}
"""Code to reason; codes are stable, because tables and notes refer to them."""
