"""A flow: how large the parts of an amount are, as boxes and the ribbons between them, for the report.

What belongs here: where a box or ribbon stands. What does not: what is counted (`report_flow`), and how boxes look.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass
class Amount:
    """A number that is made up of others.

    Attributes:
        name: what is counted.
        count: how many.
        kind: the name of its colour.
        parts: what became of them; they add up to the count, or there are none.
        note: what the name means, where that is not plain.
    """

    name: str
    count: int
    kind: str
    parts: list[Amount] = field(default_factory=list)
    note: str = ""

    def tree(self, level: int = 0, whole: int | None = None) -> Iterator[tuple[int, Amount, int | None]]:
        """This and all that it is made of: the level, the amount, and the count of what it is a part of."""
        yield level, self, whole
        for part in self.parts:
            yield from part.tree(level + 1, self.count)


class Box(NamedTuple):
    """A place for an amount: left edge and width in percent of the picture, and its level from the top."""

    left: float
    width: float
    level: int
    amount: Amount


class Ribbon(NamedTuple):
    """The outline that leads from a whole to one of its parts, in a picture 100 wide and `LEVEL` for a level."""

    path: str
    kind: str


LEVEL, BOX_HEIGHT = 128, 44
"""Height of a level and of the boxes in it."""

_GAP, _THINNEST = 1.4, 0.7


def flow(root: Amount) -> tuple[list[Box], list[Ribbon]]:
    """Boxes and ribbons of an amount, as wide as the counts are large; what is empty has none."""
    if not root.count:
        return [], []
    per_count = 100 / root.count
    boxes, ribbons = _placed(root, per_count)
    for _ in range(5):  # gaps and thin boxes take room of their own, so what is left for counts is found step by step
        needed = max(box.left + box.width for box in boxes)
        per_count *= 1 - (needed - 100) / 100
        boxes, ribbons = _placed(root, per_count)
    return boxes, ribbons


def _placed(root: Amount, per_count: float) -> tuple[list[Box], list[Ribbon]]:
    boxes: list[Box] = []
    ribbons: list[Ribbon] = []

    def place(amount: Amount, left: float, level: int) -> None:
        boxes.append(Box(round(left, 3), _width(amount, per_count), level, amount))
        start = at = left
        for part in amount.parts:
            if not part.count:
                continue
            width = _width(part, per_count)
            end = min(start + width, left + _width(amount, per_count))
            ribbons.append(Ribbon(_ribbon(start, end, at, at + width, level), part.kind))
            place(part, at, level + 1)
            start, at = end, at + width + _GAP

    place(root, 0, 0)
    return boxes, ribbons


def _width(amount: Amount, per_count: float) -> float:
    return round(max(amount.count * per_count, _THINNEST), 3)


def _ribbon(top_left: float, top_right: float, left: float, right: float, level: int) -> str:
    top, bottom = level * LEVEL + BOX_HEIGHT, (level + 1) * LEVEL
    bend = (top + bottom) / 2
    return (
        f"M{top_left:.2f} {top}C{top_left:.2f} {bend:g} {left:.2f} {bend:g} {left:.2f} {bottom}"
        f"H{right:.2f}C{right:.2f} {bend:g} {top_right:.2f} {bend:g} {top_right:.2f} {top}Z"
    )
