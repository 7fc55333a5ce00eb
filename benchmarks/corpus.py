"""A deterministic corpus of pages of any size, in all layouts, and what a warehouse of them must hold.

A day has `PAGES_PER_DAY` captures: articles of that day from several sources, and articles of the days before captured
again, some of them with silent edits. The pages of a source and day share their sidebar, which slides through the
articles of that and the last days. Some pages are broken. Every day is made from the seed and its number alone, so any
range of pages can be made on its own, in constant memory.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from itertools import islice

from benchmarks.render import Article, Layout, SidebarBlock, printed_paragraphs, render_page, teaser_of
from benchmarks.texts import Writer

PAGES_PER_DAY = 100
AGAIN_PER_DAY = 10
"""Pages of a day that show an article of an earlier day again."""
EDITED_SHARE = 0.15
"""How many of the articles captured again are edited in between."""
BROKEN_SHARE = 0.01
BLOCKS_PER_PAGE = 15
WINDOW = 6
"""Days whose articles are still captured again and stand in sidebars."""
FIRST_CAPTURE = date(1998, 1, 5)
LAYOUT_SHARES: tuple[tuple[Layout, int], ...] = (("A", 76), ("B", 16), ("C", 6), ("D", 2))


@dataclass(frozen=True)
class Source:
    """One source label, and how its articles are printed.

    Attributes:
        label: as in the Date line.
        per_day: articles a day.
        has_dateline: whether they begin with a dateline, end with the end mark and have a footer.
        is_korean: whether they are in Korean.
    """

    label: str
    per_day: int
    has_dateline: bool = False
    is_korean: bool = False


SOURCES = (
    Source("KCNA.kp (En)", 47, has_dateline=True),
    Source("Rodong Sinmun (En)", 13),
    Source("KCNA.co.jp (En)", 8, has_dateline=True),
    Source("Pyongyang Times", 6),
    Source("Minju Choson (EN)", 5),
    Source("Naenara (En)", 4),
    Source("Voice of Korea", 3),
    Source("Ministry of Foreign Affairs", 1),
    Source("KCNA.kp (Kr)", 2, has_dateline=True, is_korean=True),
    Source("Rodong Sinmun (Kr)", 1, is_korean=True),
)


@dataclass
class Truth:
    """What a warehouse of the generated pages holds; `corpus` counts it up while it yields them.

    Attributes:
        pages: distinct pages, the sum of the three outcomes.
        loaded: pages that load.
        quarantined: pages that name too little or contradict themselves.
        rejected: pages that are none.
        articles: distinct articles on loaded pages.
        versions: their distinct wordings.
        edited_articles: articles of which two wordings are loaded.
        sidebar_entries: distinct entries on loaded pages.
        appearances: pairs of a loaded page and an entry.
    """

    pages: int = 0
    loaded: int = 0
    quarantined: int = 0
    rejected: int = 0
    articles: int = 0
    versions: int = 0
    edited_articles: int = 0
    sidebar_entries: int = 0
    appearances: int = 0


@dataclass(eq=False, slots=True)
class _Story:
    """One article: its wordings, its block in sidebars, and what of it was already counted."""

    article: Article
    block: SidebarBlock
    is_edited: bool
    edition: Article | None = None
    counted: set[str] = field(default_factory=set)
    is_entry_counted: bool = False


@dataclass(frozen=True)
class _Day:
    date: date
    stories: list[list[_Story]]  # by source

    def all(self) -> list[tuple[int, _Story]]:
        """Every story with the number of its source."""
        return [(number, story) for number, stories in enumerate(self.stories) for story in stories]


def corpus(page_count: int, seed: int = 1, start: int = 0, truth: Truth | None = None) -> Iterator[bytes]:
    """Pages as bytes, one after the other; the same seed gives the same pages, whatever range is asked for.

    Args:
        page_count: number of pages; all are distinct.
        seed: seed of the random choices.
        start: number of the first page; pages are numbered by capture day.
        truth: counted up with every page that was yielded before the next one is asked for.
    """
    truth = Truth() if truth is None else truth
    first_day, skipped = divmod(start, PAGES_PER_DAY)
    days: deque[_Day] = deque(maxlen=WINDOW)
    for number in range(first_day - WINDOW + 1, first_day):
        days.append(_day(seed, number))
    yield from islice(_pages(seed, first_day, days, truth, skipped), page_count)


def _pages(seed: int, number: int, days: deque[_Day], truth: Truth, skipped: int) -> Iterator[bytes]:
    """The pages of this day and all that follow, without the first `skipped`, which do not count."""
    while True:
        days.append(_day(seed, number))
        choice = random.Random(f"{seed} {number} pages")
        for place, (source, story, is_again) in enumerate(_captures(choice, days)):
            page, counts = _page(choice, days, source, story, is_again)
            if place >= skipped:
                truth.pages += 1
                counts(truth)
                yield page
        number, skipped = number + 1, 0


def _captures(choice: random.Random, days: deque[_Day]) -> list[tuple[int, _Story, bool]]:
    """The articles captured on the last of these days: its own, and some of the days before again."""
    earlier = [one for day in list(days)[:-1] for one in day.all()]
    again = choice.sample(earlier, AGAIN_PER_DAY)
    captured = [(source, story, False) for source, story in days[-1].all()]
    captured += [(source, story, True) for source, story in again]
    choice.shuffle(captured)
    return captured


def _page(
    choice: random.Random, days: deque[_Day], source: int, story: _Story, is_again: bool
) -> tuple[bytes, Callable[[Truth], None]]:
    """One page, and what counts it."""
    captured = days[-1].date
    layout = _LAYOUTS[int(choice.random() * (_FIRST_LAYOUTS if is_again else len(_LAYOUTS)))]
    sidebar = [] if layout == "C" else _sidebar(choice, days, source)
    article = story.article
    if is_again and story.is_edited:
        article = story.edition = story.edition or _edit(story.article)
    blocks = [other.block for other in sidebar]
    broken = choice.random()
    if broken < BROKEN_SHARE:
        kind = int(broken / BROKEN_SHARE * len(_BREAKS))
        page, outcome = _BREAKS[kind](choice, article, captured, blocks)
        return page, _OUTCOMES[outcome]
    page = render_page(layout, article, captured, blocks).encode()
    if layout == "D":
        return page, _count_quarantined
    return page, lambda truth: _count_loaded(truth, story, article, sidebar)


_LAYOUTS = [layout for layout, share in LAYOUT_SHARES for _ in range(share)]
_FIRST_LAYOUTS = sum(share for layout, share in LAYOUT_SHARES if layout in "AB")
"""Layout C shows neither the capture nor a sidebar: the same article again would be the same page."""


def _sidebar(choice: random.Random, days: deque[_Day], source: int) -> list[_Story]:
    """What a sidebar shows at some moment of the last day: the newest articles of the source."""
    recent = [story for day in reversed(days) for story in day.stories[source]]
    start = int(choice.random() * len(days[-1].stories[source]))
    return recent[start : start + BLOCKS_PER_PAGE]


def _count_loaded(truth: Truth, story: _Story, article: Article, sidebar: list[_Story]) -> None:
    truth.loaded += 1
    wording = "edited" if article is story.edition else "first"
    if wording not in story.counted:
        truth.articles += not story.counted
        truth.edited_articles += bool(story.counted)
        truth.versions += 1
        story.counted.add(wording)
    truth.appearances += len(sidebar)
    for other in sidebar:
        truth.sidebar_entries += not other.is_entry_counted
        other.is_entry_counted = True


def _count_quarantined(truth: Truth) -> None:
    truth.quarantined += 1


def _count_rejected(truth: Truth) -> None:
    truth.rejected += 1


_OUTCOMES = {"quarantine": _count_quarantined, "reject": _count_rejected}


@cache
def _writer() -> Writer:
    return Writer()


def _day(seed: int, number: int) -> _Day:
    """The articles of a day, by source."""
    choice = random.Random(f"{seed} {number} articles")
    day = FIRST_CAPTURE + timedelta(days=number)
    writer = _writer()
    writer.begin_day(day)
    return _Day(day, [_stories(choice, writer, source, day) for source in SOURCES])


def _stories(choice: random.Random, writer: Writer, source: Source, day: date) -> list[_Story]:
    stories: dict[tuple[str, str], _Story] = {}
    while len(stories) < source.per_day:
        article = _article(choice, writer, source, day)
        block = SidebarBlock(article.title, day, teaser_of(article))
        # title and teaser are what tells the entries of a day apart
        stories.setdefault((block.title, block.teaser), _Story(article, block, choice.random() < EDITED_SHARE))
    return list(stories.values())


def _article(choice: random.Random, writer: Writer, source: Source, day: date) -> Article:
    # lengths as measured on real articles: median 1,150 characters, a tenth below 490, a tenth above 3,400
    length = min(40_000, max(250, int(choice.lognormvariate(7.15, 0.87))))
    if source.is_korean:
        text = writer.korean(choice.random, length // 2)
        paragraphs = text.paragraphs
        if source.has_dateline:
            paragraphs = (f"(평양 {day.month}월 {day.day}일발 조선중앙통신)", *paragraphs)
    else:
        text = writer.english(choice.random, length)
        paragraphs = text.paragraphs
    return Article(
        title=text.title,
        published=day,
        source_label=source.label,
        paragraphs=paragraphs,
        dateline_place="Pyongyang" if source.has_dateline and not source.is_korean else None,
        end_mark=source.has_dateline,
        footer="auto" if source.label.startswith("KCNA.kp") else "none",
    )


_REWORDED = {
    "Visits": "Inspects",
    "Held": "Takes Place",
    "Opens": "Opened",
    "Praises": "Lauds",
    "Praised": "Lauded",
    "Sends": "Extends",
    "Gives": "Provides",
    "Newly": "Wonderfully",
    "Closes": "Ends",
    "Finish": "Complete",
    "Boosts": "Raises",
    "Increase": "Raise",
    "Increases": "Raises",
    "said": "noted",
    "noted": "said",
    "under": "well under",
    "More": "Well more",
    "Great": "Big",
    "colourful": "colorful",
    "honour": "honor",
    "labour": "labor",
    "harbour": "harbor",
    "programme": "program",
    "stressed": "underscored",
    "discussed": "debated",
    "ready": "available",
    "turned": "churned",
    "planned": "scheduled",
    "condemned": "denounced",
    "attention": "heed",
}


def _edit(article: Article) -> Article:
    """The article as it reads after a silent edit: another word in the title, words and a sentence in the text."""
    reworded = article.title.split(" ")
    changed = [_REWORDED.get(word, word) for word in reworded]
    if changed == reworded:
        changed.append("(2)" if _is_korean(article) else "amid Enthusiasm")
    choice = random.Random(article.paragraphs[0])  # whichever page shows it, the edit is the same
    paragraphs = [_edit_paragraph(paragraph) for paragraph in article.paragraphs]
    last = "이것은 커다란 의의를 가진다." if _is_korean(article) else _writer().sentence(choice.random)
    paragraphs[-1] = f"{paragraphs[-1]} {last}"
    return replace(article, title=" ".join(changed), paragraphs=tuple(paragraphs))


def _is_korean(article: Article) -> bool:
    return article.source_label.endswith("(Kr)")


def _edit_paragraph(paragraph: str) -> str:
    return " ".join([_REWORDED.get(word, word) for word in paragraph.split(" ")])


def _cut_text(choice: random.Random, article: Article, captured: date, _: list[SidebarBlock]) -> tuple[bytes, str]:
    """The file ends within the text."""
    page = render_page("A", replace(article, end_mark=False, footer="none"), captured, [])
    text = page[: page.rindex("\n\nMore From")]
    lost = max(2, int(len(printed_paragraphs(article)[-1]) * choice.random() * 0.9))
    return text[:-lost].encode(), "quarantine"


def _no_date(_: random.Random, article: Article, captured: date, sidebar: list[SidebarBlock]) -> tuple[bytes, str]:
    """The Date line names no day of the calendar."""
    page = render_page("A", article, captured, sidebar)
    day = f"Date: {article.published.day:02}/{article.published.month:02}"
    return page.replace(day, "Date: 31/02", 1).encode(), "quarantine"


def _no_title(_: random.Random, article: Article, captured: date, sidebar: list[SidebarBlock]) -> tuple[bytes, str]:
    page = render_page("A", article, captured, sidebar)
    return page.replace(f"{article.title}\n\n", "", 1).encode(), "quarantine"


def _blank(choice: random.Random, *_: object) -> tuple[bytes, str]:
    """Nothing that can be seen; no two of them are alike."""
    return f"{choice.getrandbits(64):b}".replace("0", " ").replace("1", "\n").encode(), "reject"


def _binary(choice: random.Random, *_: object) -> tuple[bytes, str]:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + choice.randbytes(2_000), "reject"


def _other_page(choice: random.Random, *_: object) -> tuple[bytes, str]:
    number = choice.getrandbits(48)
    return f"Service temporarily unavailable\n\nPlease try again later. Reference {number}\n".encode(), "reject"


_Break = Callable[[random.Random, Article, date, list[SidebarBlock]], tuple[bytes, str]]
_BREAKS: tuple[_Break, ...] = (_cut_text, _cut_text, _cut_text, _no_date, _no_title, _blank, _binary, _other_page)
