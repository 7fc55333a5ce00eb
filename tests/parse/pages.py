"""Pages to parse, made by the renderer, and hypothesis strategies for articles and for damage."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import polars as pl
from hypothesis import strategies as st

from benchmarks.render import Article, SidebarBlock, render_page

LABEL = "KCNA.kp (En)"
CAPTURED = date(2024, 9, 20)
FETCHED = datetime(2026, 1, 2, tzinfo=UTC)

ARTICLE = Article(
    title="Reservoir Repaired in Good Time",
    published=date(2024, 9, 18),
    source_label=LABEL,
    paragraphs=(
        "The repair of a reservoir in the north was finished before the rains.",
        "Workers of three farms took part in it.",
    ),
)
SIDEBAR = (
    SidebarBlock("New Bridge Opened", date(2024, 9, 20), "Pyongyang, September 20 (KCNA) -- A new bridge was opened"),
    SidebarBlock("Press Review", date(2024, 9, 19), "Pyongyang, September 19 (KCNA) -- Following are major news items"),
)

MARKERS = (
    "More From KCNA.kp (En)",
    f"More From {LABEL} and Elsewhere",
    "Date:",
    "Date: 01/01/2020 | Source: KCNA.kp (En) | Read original version at source",
    "-0-",
    "text -0- goes on",
    "Source:",
    "More Articles",
    "Share Button",
    "www.kcna.kp (Juche112.9.18.)",
    "September 19, 2024",
    "KCNA",
    "KCNA Delegation Leaves",
    "Get North Korea headlines",
    "=SUM(A1:A2)",
    "<script>alert(1)</script>",
    "NULL",
    "01/02/2003",
    "20\u00d710",
)
"""Words of the layouts, and words that tools stumble over; all are ordinary text inside a title or a body."""

_words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Zs")), min_size=1, max_size=12
)
lines = st.lists(_words, min_size=1, max_size=8).map(" ".join)
"""One line of visible text, no white space around it."""


def page(layout="A", article=ARTICLE, captured=CAPTURED, sidebar=SIDEBAR) -> str:
    """The text of one page."""
    return render_page(layout, article, captured, sidebar)


def frame(contents: Iterable[bytes]) -> pl.DataFrame:
    """Pages in the form in which the raw store hands them over, each distinct page once."""
    rows = {hashlib.sha256(content).hexdigest(): content for content in contents}
    return pl.DataFrame(
        [(sha256, content, len(content), FETCHED) for sha256, content in rows.items()],
        schema={
            "page_sha256": pl.String,
            "content": pl.Binary,
            "byte_count": pl.Int64,
            "first_fetched_at": pl.Datetime("us", "UTC"),
        },
        orient="row",
    )


@st.composite
def articles(draw: st.DrawFn, marked_titles: bool = True) -> Article:
    """Any article whose page has exactly one reading."""
    title = draw(lines | st.sampled_from(MARKERS)) if marked_titles else draw(lines)
    paragraphs = draw(st.lists(lines | st.sampled_from(MARKERS).map("He said: {}".format), min_size=1, max_size=5))
    published = draw(st.dates(date(1946, 1, 1), date(2049, 12, 1)))
    return Article(
        title=title,
        published=published,
        source_label=draw(st.sampled_from([LABEL, "Minju Choson (EN)", "Tongil Sinbo", "(En)"])),
        paragraphs=tuple(paragraphs),
        dateline_place=draw(st.sampled_from(["Pyongyang", "Moscow", None])),
        dateline_date=published + timedelta(days=draw(st.integers(-2, 2))) if published.year > 1946 else published,
        end_mark=draw(st.booleans()),
        footer=draw(st.sampled_from(["auto", "juche", "gregorian", "none"])) if published.year > 1911 else "none",
    )


sidebars = st.lists(
    st.builds(
        SidebarBlock,
        title=lines | st.sampled_from(MARKERS),
        shown_on=st.dates(date(1946, 1, 1), date(2049, 12, 1)),
        teaser=lines,
    ),
    min_size=1,
    max_size=4,
)
