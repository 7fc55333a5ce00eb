"""The pictures of trends in the report, as SVG that stands inside the page: no script, no address, no fixed colour.

What belongs here: where ink goes. What does not: which numbers are worth drawing. No text of a page comes here.
Colours are variables of the page's style, so that a picture follows light and dark with everything around it.
The same numbers always give the same bytes.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple
from xml.etree import ElementTree

from etl.quality.report_text import MONTHS, day, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path as Outline

WIDE, NARROW = (1040, 250), (340, 230)
"""Sizes in pixels: over the whole page, and on a phone. Text in a picture shrinks with it, so each has its own."""
CARD = (400, 270)

Step = Literal["day", "week", "month", "year"]

_COLOURS = {
    name: f"#{number:06x}"
    for number, name in enumerate(
        ("ink", "soft", "line", "card", "load", "quarantine", "reject", "sidebar", "gap", "accent", "bad"), start=1
    )
}
"""Stand-ins that matplotlib knows, by the names of the variables that take their place."""

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"


# Pictures of trends --------------------------------------------------------------------------------


class Period(NamedTuple):
    """A day, week, month or year: what is known of it, and whether no page was saved in it."""

    start: date
    article_count: int
    sidebar_only_count: int
    is_gap: bool

    def known_count(self) -> int:
        """Articles known in full or from sidebars."""
        return self.article_count + self.sidebar_only_count


class RunShares(NamedTuple):
    """The shares of all pages that one run kept out."""

    label: str
    quarantined: float
    rejected: float
    is_blocked: bool


class FieldTrend(NamedTuple):
    """How many articles have a field, 0 to 1, by month."""

    label: str
    shares: list[tuple[date, float]]


def articles_chart(periods: Sequence[Period], step: Step) -> str:
    """Articles by period as bars, periods without a capture shaded; drawn wide and narrow, and the style shows one."""
    most = max(periods, key=Period.known_count)
    gaps = sum(each.is_gap for each in periods)
    title = f"Articles known per {step}"
    description = (
        f"{len(periods)} {step}s from {day(periods[0].start)}. The most, {most.known_count()}, are known of the {step} "
        f"that begins on {day(most.start)}. In {gaps} of the {step}s no page was saved."
    )
    with _drawing():
        return "".join(
            _finished(_articles_figure(periods, step, size), f"articles-{name}", title, description)
            for name, size in (("wide", WIDE), ("narrow", NARROW))
        )


def shares_chart(runs: Sequence[RunShares]) -> str:
    """Shares of pages in quarantine and rejected after each run, the oldest run first."""
    last = runs[-1]
    description = (
        f"{len(runs)} runs. After the last, {percent(last.quarantined)} of all pages are in quarantine and "
        f"{percent(last.rejected)} are rejected; after the first shown it was {percent(runs[0].quarantined)} and "
        f"{percent(runs[0].rejected)}."
    )
    with _drawing():
        return _finished(_shares_figure(runs), "shares", "Share of pages kept out, by run", description)


def completeness_chart(fields: Sequence[FieldTrend]) -> str:
    """A line for each field, 0 to 100 % high, with its last share as a number; months without articles are a break."""
    months = sorted({month for each in fields for month, _ in each.shares})
    lasts = ", ".join(f"{each.label} {percent(each.shares[-1][1])}" for each in fields)
    description = f"From {_month(months[0])} to {_month(months[-1])}. Shares in the last month: {lasts}."
    with _drawing():
        figure = _completeness_figure(fields, months)
        return _finished(figure, "completeness", "Share of articles that have a field, by month", description)


def step_for(first: date, last: date) -> Step:
    """The period that gives a readable number of bars."""
    days = (last - first).days
    if days <= 150:
        return "day"
    if days <= 730:
        return "week"
    return "month" if days <= 20 * 365 else "year"


def next_start(start: date, step: Step) -> date:
    """The first day of the following period."""
    if step == "day":
        return start + timedelta(days=1)
    if step == "week":
        return start + timedelta(days=7)
    if step == "month":
        return date(start.year + start.month // 12, start.month % 12 + 1, 1)
    return date(start.year + 1, 1, 1)


# Drawing -------------------------------------------------------------------------------------------


def _articles_figure(periods: Sequence[Period], step: Step, size: tuple[int, int]) -> Figure:
    from matplotlib.patches import PathPatch

    figure, axes = _figure(size, left=38, right=4, top=12, bottom=28)
    top = _nice_top(max(each.known_count() for each in periods))
    for first, last in _gap_ranges(periods):
        axes.axvspan(first - 0.5, last + 0.5, color=_COLOURS["gap"], linewidth=0, zorder=0, clip_on=False)
    width = 0.8 if size[0] / len(periods) > 4 else 1.0
    full = [(place, 0, each.article_count) for place, each in enumerate(periods)]
    named = [(place, each.article_count, each.sidebar_only_count) for place, each in enumerate(periods)]
    for bars, colour in ((full, "load"), (named, "sidebar")):
        axes.add_patch(PathPatch(_bars(bars, width), color=_COLOURS[colour], linewidth=0, clip_on=False))
    axes.set_xlim(-0.6, len(periods) - 0.4)
    _scale(axes, top, [f"{top * part / 4:,.0f}" for part in range(5)])
    labels = _date_labels([each.start for each in periods], step, at_most=size[0] // 64)
    axes.set_xticks(list(labels), list(labels.values()))
    return figure


def _bars(bars: Iterable[tuple[int, int, int]], width: float) -> Outline:
    """One outline for all bars; each is place, floor and height."""
    from matplotlib.path import Path as Outline

    points: list[tuple[float, float]] = []
    for place, floor, height in bars:
        if height:
            left, right = place - width / 2, place + width / 2
            points += [(left, floor), (left, floor + height), (right, floor + height), (right, floor), (left, floor)]
    once = [Outline.MOVETO, Outline.LINETO, Outline.LINETO, Outline.LINETO, Outline.CLOSEPOLY]
    return Outline(points or [(0, 0)], once * (len(points) // 5) or [Outline.MOVETO])


def _shares_figure(runs: Sequence[RunShares]) -> Figure:
    figure, axes = _figure(CARD, left=46, right=14, top=14, bottom=32)
    top = _nice_top(max(max(run.quarantined, run.rejected) for run in runs) * 100)
    _scale(axes, top, [f"{top * part / 4:g}%" for part in range(5)])
    for name, values in (
        ("reject", [run.rejected for run in runs]),
        ("quarantine", [run.quarantined for run in runs]),
    ):
        shares = [100 * value for value in values]
        axes.plot(shares, color=_COLOURS[name], linewidth=2.5, marker="o", markersize=6, clip_on=False)
    blocked = [place for place, run in enumerate(runs) if run.is_blocked]
    shares = [100 * runs[place].quarantined for place in blocked]
    axes.plot(blocked, shares, "o", color=_COLOURS["bad"], markersize=13, fillstyle="none", mew=2, clip_on=False)
    span = len(runs) - 1
    axes.set_xlim(-0.05 * span, 1.05 * span)
    axes.set_xticks([0, len(runs) - 1], [runs[0].label, runs[-1].label])
    first, last = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    return figure


def _completeness_figure(fields: Sequence[FieldTrend], months: Sequence[date]) -> Figure:
    width, row, height = CARD[0], 31, 0.56
    figure, axes = _figure((width, row * len(fields) + 26), left=170, right=50, top=2, bottom=24)
    places = _month_places(months)
    across = axes.get_yaxis_transform()
    for line, each in enumerate(fields):
        floor, values = -line - 0.78, dict(each.shares)
        axes.axhspan(floor, floor + height, color=_COLOURS["line"], alpha=0.5, linewidth=0, clip_on=False)
        for stretch in _stretches([month for month, _ in each.shares]):
            xs, ys = [places[month] for month in stretch], [floor + height * values[month] for month in stretch]
            marker = "o" if len(months) <= 36 or len(stretch) == 1 else ""
            axes.plot(xs, ys, color=_COLOURS["accent"], linewidth=2, marker=marker, markersize=4, clip_on=False)
        middle = floor + height / 2
        axes.text(-0.05, middle, each.label, transform=across, ha="right", va="center", color=_COLOURS["ink"])
        last = percent(each.shares[-1][1])
        axes.text(1.05, middle, last, transform=across, va="center", color=_COLOURS["ink"], weight="bold")
    axes.set_ylim(-len(fields), 0)
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    span = places[months[-1]]
    axes.set_xlim(-0.02 * span, 1.02 * span)
    axes.set_xticks([0, span], [_month(months[0]), _month(months[-1])])
    return figure


def _scale(axes: Axes, top: float, labels: Sequence[str]) -> None:
    """A scale from nothing to the top with light lines, one for each label."""
    axes.set_ylim(0, top)
    axes.set_yticks([top * part / (len(labels) - 1) for part in range(len(labels))], labels)
    axes.yaxis.grid(visible=True, color=_COLOURS["line"], linewidth=1)
    for line in axes.yaxis.get_gridlines():
        line.set_clip_on(False)


@contextlib.contextmanager
def _drawing() -> Iterator[None]:
    """Matplotlib's own defaults, whatever a user's file says, and text that stays text."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "report", "font.size": 13})
        yield


def _figure(size: tuple[int, int], *, left: int, right: int, top: int, bottom: int) -> tuple[Figure, Axes]:
    """An empty picture: a point is a pixel, and the margins are ours, so that no text needs to be measured."""
    from matplotlib.figure import Figure

    width, height = size
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    figure.patch.set_visible(False)
    box = (left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height)
    axes = figure.add_axes(box)
    axes.patch.set_visible(False)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_COLOURS["line"])
    axes.tick_params(length=0, labelcolor=_COLOURS["soft"], labelsize=13, pad=6)
    axes.tick_params(axis="x", pad=9)
    return figure, axes


def _finished(figure: Figure, name: str, title: str, description: str) -> str:
    """The figure as an element of our page: named for those who do not see it, its colours and font left to the style.

    Names inside the figure get the picture's name in front, because a page holds several; what nothing refers to
    goes, and so do matplotlib's own title block and the addresses in it.
    """
    target = io.StringIO()
    figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(target.getvalue())  # noqa: S314 - written by us a moment ago
    wanted = {element.get(_LINK, "")[1:] for element in root.iter()} - {""}
    about = ElementTree.Element("desc", {"id": f"{name}-about"})
    about.text = description
    heading = ElementTree.Element("title", {"id": f"{name}-title"})
    heading.text = title
    picture = ElementTree.Element("svg", {"class": f"chart {name}", "viewBox": root.get("viewBox", ""), "role": "img"})
    picture.set("aria-labelledby", f"{name}-title {name}-about")
    picture.extend([heading, about, *(kept for element in root for kept in _tidied(element, name, wanted))])
    return ElementTree.tostring(picture, encoding="unicode", short_empty_elements=False)


def _tidied(element: ElementTree.Element, name: str, wanted: set[str]) -> Iterator[ElementTree.Element]:
    """The element without what only matplotlib needs: groups that mean nothing, its style sheet, long numbers."""
    tag = element.tag.removeprefix(_SVG)
    if tag in ("metadata", "style"):
        return
    inside = [kept for child in element for kept in _tidied(child, name, wanted)]
    link, known = element.get(_LINK), element.get("id")
    attributes = {key: _shortened(value) for key, value in element.attrib.items() if key not in (_LINK, "id")}
    if tag in ("g", "defs") and not (inside and attributes):
        yield from inside if tag == "g" else _defined(inside)
        return
    if attributes.get("transform", "").startswith("rotate(-0 "):
        del attributes["transform"]
    kept = ElementTree.Element(tag, attributes)
    kept.text = element.text if tag == "text" else None
    if link:
        kept.set("href", f"#{name}-{link[1:]}")
    if known in wanted:
        kept.set("id", f"{name}-{known}")
    if "style" in attributes:
        kept.set("style", _restyled(attributes["style"]))
    kept.extend(inside)
    yield kept


def _defined(inside: list[ElementTree.Element]) -> Iterator[ElementTree.Element]:
    if inside:
        defs = ElementTree.Element("defs")
        defs.extend(inside)
        yield defs


def _shortened(value: str) -> str:
    return re.sub(r"\d+\.\d+", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), value).strip()


def _restyled(style: str) -> str:
    """Our variables for the stand-ins; the page has its own fonts."""
    style = re.sub(r"font-family:[^;]*;? ?", "", style)
    for name, colour in _COLOURS.items():
        style = style.replace(colour, f"var(--{name})")
    return style.strip("; ")


# Scales --------------------------------------------------------------------------------------------


def _nice_top(value: float) -> float:
    """The end of a scale, the next of 4, 8, 12, 16, 20, 24, 32, 40, 80 ..., so that its quarters are round."""
    scale = 1.0
    while True:
        for step in (4, 8, 12, 16, 20, 24, 32):
            if value <= step * scale:
                return step * scale
        scale *= 10


def _gap_ranges(periods: Sequence[Period]) -> Iterator[tuple[int, int]]:
    """First and last place of each stretch of periods without a capture."""
    for is_gap, stretch in groupby(enumerate(periods), key=lambda item: item[1].is_gap):
        places = [place for place, _ in stretch]
        if is_gap:
            yield places[0], places[-1]


def _month_places(months: Sequence[date]) -> dict[date, int]:
    """Where a month stands: as many places from the first as months lie between."""
    first = months[0]
    return {month: 12 * (month.year - first.year) + month.month - first.month for month in months}


def _stretches(months: Sequence[date]) -> Iterator[list[date]]:
    """Months that follow one another."""
    stretch = [months[0]]
    for before, month in pairwise(months):
        if next_start(before, "month") != month:
            yield stretch
            stretch = []
        stretch.append(month)
    yield stretch


def _month(value: date) -> str:
    return f"{MONTHS[value.month - 1]} {value.year}"


def _date_labels(starts: Sequence[date], step: Step, at_most: int) -> dict[int, str]:
    """A label where a month or a year begins, as many as there is room for; the year where it changes."""
    if step == "year":
        places = list(range(len(starts)))
    elif step == "day" and len(starts) <= 45:
        places = list(range(0, len(starts), -(-len(starts) // at_most)))
        return {place: f"{starts[place].day} {MONTHS[starts[place].month - 1]}" for place in places}
    else:
        months = [(start.year, start.month) for start in starts]
        places = [0] + [place for place in range(1, len(starts)) if months[place] != months[place - 1]]
    every = -(-len(places) // at_most)
    if step != "year" and every > 2:
        every = next(number for number in (3, 6, 12, 24, 60, 120, 240) if number >= every)
    places = places[::every]
    if len(places) > 1 and (places[1] - places[0]) * at_most < len(starts):
        del places[0]  # a month of which only the last days are shown
    labels: dict[int, str] = {}
    year = None
    for place in places:
        start = starts[place]
        month = "" if step == "year" else MONTHS[start.month - 1]
        labels[place] = month if start.year == year and month else f"{month} {start.year}".strip()
        year = start.year
    return labels
