"""A deterministic corpus of pages of any size, in all layouts, with sidebars that overlap within a day.

Sizes follow the real pages: about 7 KB, 15 sidebar blocks, bodies of about 1,200 characters with a long tail. The words
are drawn from a short list, so the texts mean nothing; what matters is their form.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from benchmarks.render import Article, Layout, SidebarBlock, render_page, teaser_of

ARTICLES_PER_DAY = 18
BLOCKS_PER_PAGE = 15
FIRST_CAPTURE = date(2016, 1, 4)
LABEL = "KCNA.kp (En)"
LAYOUT_SHARES: tuple[tuple[Layout, float], ...] = (("A", 0.76), ("B", 0.16), ("C", 0.06), ("D", 0.02))

_TEXT = (
    "the of and to in a for on with new work people officials workers farm factory province county city "
    "party construction production modern equipment technical level development national economic plan "
    "students school hospital science institute delegation meeting message friendship cooperation "
    "exhibition art performance sports river forest land power coal mine railway fish rice maize "
    "vegetable greenhouse houses village street museum anniversary struggle efforts success innovation "
    "campaign training visit respected greetings sent received "
)
_WORDS = _TEXT.split()


def corpus(page_count: int, seed: int = 1) -> Iterator[bytes]:
    """Pages as bytes, one after the other; the same count and seed give the same pages.

    Args:
        page_count: number of pages; all are distinct.
        seed: seed of the random choices.
    """
    choice = random.Random(seed)
    day = FIRST_CAPTURE
    recent: list[Article] = []
    made = 0
    while made < page_count:
        today = [_article(choice, day) for _ in range(ARTICLES_PER_DAY)]
        recent = (today + recent)[: 2 * ARTICLES_PER_DAY]
        blocks = [SidebarBlock(article.title, article.published, teaser_of(article)) for article in recent]
        for article in today[: page_count - made]:
            start = choice.randrange(max(1, len(blocks) - BLOCKS_PER_PAGE + 1))
            yield _page(choice, article, day, blocks[start : start + BLOCKS_PER_PAGE])
            made += 1
        day += timedelta(days=1)


def _page(choice: random.Random, article: Article, captured: date, sidebar: list[SidebarBlock]) -> bytes:
    layouts, shares = zip(*LAYOUT_SHARES, strict=True)
    layout = choice.choices(layouts, shares)[0]
    return render_page(layout, article, captured, sidebar).encode()


def _article(choice: random.Random, day: date) -> Article:
    length = min(40_000, max(150, int(choice.lognormvariate(7.1, 0.7))))
    paragraphs = []
    while length > 0:
        paragraph = _sentence(choice, choice.randint(12, 60))
        paragraphs.append(paragraph)
        length -= len(paragraph)
    article = Article(
        title=_sentence(choice, choice.randint(4, 11)).rstrip(".").title(),
        published=day,
        source_label=LABEL,
        paragraphs=tuple(paragraphs),
    )
    return article if choice.random() < 0.9 else replace(article, dateline_place=None)


def _sentence(choice: random.Random, word_count: int) -> str:
    words = choice.choices(_WORDS, k=word_count)
    if choice.random() < 0.1:
        words.insert(choice.randrange(len(words)), f"{choice.randint(1, 9)} {choice.randint(100, 999)}")
    return " ".join(words).capitalize() + "."
