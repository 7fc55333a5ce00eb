"""Write the sample pages that ship with the project, and what a loader must make of each.

Here: which article is captured when and in which layout, the sidebars, and the damage done on purpose.
Not here: the article texts (`sample_articles.json`) and the page layouts (`render.py`).

Run with `python -m benchmarks.sample_pages`; `--check` writes nothing and exits 1 if a file differs.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from benchmarks.render import Article, Layout, SidebarBlock, printed_paragraphs, render_html, render_page, teaser_of

Outcome = Literal["load", "quarantine", "reject"]

ROOT = Path(__file__).resolve().parent.parent
ARTICLES_FILE = Path(__file__).with_name("sample_articles.json")
PAGES_FOLDER = Path("etl/sample_pages")
EXPECTED_FILE = Path("tests/sample_pages_expected.json")
HIDDEN_NAME = ".hidden_note"
README_NAME = "README.md"

KCNA = "KCNA.kp (En)"
# The second wording of an article replaces the first in the sidebars from its own first capture on.
EDIT_SEEN_ON = date(2024, 9, 19)

# (captured, article, layout): the pages that load, in the order of their numbers.
CAPTURES: tuple[tuple[date, str, Layout], ...] = (
    (date(2024, 8, 8), "knitwear-output", "A"),
    (date(2024, 8, 8), "mongolian-reception", "B"),
    (date(2024, 8, 8), "table-tennis", "A"),
    (date(2024, 8, 8), "irrigation", "A"),
    (date(2024, 8, 8), "press-review-0808", "A"),
    (date(2024, 8, 8), "leader-foodstuff-site", "A"),
    (date(2024, 8, 8), "tongil-library", "B"),
    (date(2024, 8, 8), "lao-thanks", "A"),
    (date(2024, 8, 9), "sum-contest", "A"),
    (date(2024, 8, 9), "weather-network", "B"),
    (date(2024, 8, 9), "park-bench", "A"),
    (date(2024, 8, 9), "leader-foodstuff-site", "A"),
    (date(2024, 9, 18), "wood-chemistry", "A"),
    (date(2024, 9, 18), "laos-departure", "A"),
    (date(2024, 9, 18), "ryanggang-houses", "A"),
    (date(2024, 9, 18), "autumn-harvest", "B"),
    (date(2024, 9, 18), "environment-statement", "A"),
    (date(2024, 9, 18), "oxygen-plant", "A"),
    (date(2024, 9, 18), "regional-exhibition", "A"),
    (date(2024, 9, 18), "cuban-letter", "A"),
    (date(2024, 9, 18), "salt-production", "B"),
    (date(2024, 9, 18), "leader-foodstuff-site", "A"),
    (date(2024, 9, 19), "oxygen-plant-edited", "A"),
    (date(2024, 9, 19), "mongolian-mps", "A"),
    (date(2024, 9, 19), "harvest-song", "A"),
    (date(2024, 9, 19), "factory-college", "A"),
    (date(2024, 11, 6), "review-rodong-1104", "A"),
    (date(2024, 11, 6), "teachers-college", "B"),
    (date(2024, 11, 6), "greenhouse-farm", "A"),
    (date(2024, 11, 6), "building-dictionary", "A"),
    (date(2024, 11, 6), "small-power-stations", "A"),
    (date(2024, 11, 6), "press-review-1106", "A"),
    (date(2024, 11, 6), "folk-museum", "B"),
    (date(2024, 12, 5), "centenarian", "A"),
    (date(2024, 12, 5), "forest-design", "A"),
    (date(2024, 12, 5), "youth-coal-mine", "A"),
    (date(2024, 12, 5), "lao-delegation", "A"),
    (date(2024, 12, 5), "womens-football", "A"),
)
# Two of the three also have a page with a header; the hospital has none.
CAPTURES_WITHOUT_HEADER = ("koryo-hospital", "folk-museum", "autumn-harvest")
BARE_CAPTURES = ((date(2024, 11, 6), "small-power-stations"), (date(2024, 12, 5), "centenarian"))
NOTES = {
    "tongil-library": "Korean; the sidebar heading is the only sign that the body ended",
    "sum-contest": "title like a formula",
    "weather-network": "dateline of the day before",
    "park-bench": "no dateline",
    "laos-departure": "one short paragraph",
    "oxygen-plant": "first wording",
    "oxygen-plant-edited": "second wording, captured a day later",
    "regional-exhibition": "twelve paragraphs",
    "cuban-letter": "dated one day after the capture header",
    "salt-production": "the sidebar heading is the only sign that the body ended",
    "leader-foodstuff-site": "captured on three days",
    "harvest-song": "one paragraph stands there twice",
    "factory-college": "the sidebar heading is the only sign that the body ended",
    "building-dictionary": "title with markup",
    "folk-museum": "label without a name",
}
CUT_SIDEBAR_ARTICLE = "mongolian-mps"
REPEATED_BLOCK_ARTICLE = "youth-coal-mine"
COPIED_ARTICLE = "irrigation"

# (label, day, title, opening): articles which no page shows in full.
SIDEBAR_ONLY: tuple[tuple[str, date, str, str], ...] = (
    (
        KCNA,
        date(2024, 8, 3),
        "Press Review",
        "Following are major news items carried by leading newspapers here on Saturday, among them a long "
        "article on the flood damage of July.",
    ),
    (
        KCNA,
        date(2024, 8, 5),
        "Ferry Line Resumed on Taedong River",
        "The ferry between Songyo and Taesong districts carries passengers again after its landing stages "
        "were raised by a metre and a half.",
    ),
    (
        KCNA,
        date(2024, 8, 5),
        "“Kalmaegi” Washing Powder Popular",
        "A washing powder with the trade mark “Kalmaegi” that is made at a chemical factory in Wonsan City "
        "sells well in the shops of the port.",
    ),
    (
        KCNA,
        date(2024, 9, 15),
        "Chess Circles in Rural Schools",
        "Chess circles have been formed at more than sixty rural schools in North Phyongan and Kangwon "
        "provinces since the new term began in April.",
    ),
    (
        KCNA,
        date(2024, 11, 3),
        "Kindergarten Opened in Hoeryong City",
        "A kindergarten with a swimming pool and a small garden was opened in Hoeryong City, North Hamgyong "
        "Province, for 240 children of textile workers.",
    ),
    (
        KCNA,
        date(2024, 12, 2),
        "Winter Fishing Begins in East Sea",
        "The fishing boats of Sinpho, Hongwon and Riwon put out to the East Sea for the winter catch after "
        "their engines and nets had been overhauled.",
    ),
    (
        "Tongil Sinbo",
        date(2024, 8, 7),
        "·강가에 일떠선 새 마을",
        "강가의 언덕우에 새 살림집들이 한줄로 늘어섰다. 해마다 장마철이면 물걱정을 하던 이곳 사람들이 "
        "이제는 높은 지대에 자리잡은 집에서 마음놓고 살게 되였다. 마을어귀에는 어린이놀이터와 작은 "
        "공원도 꾸려졌으며 집집의 앞마당에는 감나무와 배나무들이 자라고있다.",
    ),
    (
        "Tongil Sinbo",
        date(2024, 8, 6),
        "·민속놀이로 흥겨운 휴식일",
        "휴식일이면 공원의 넓은 마당에서 그네뛰기와 씨름, 윷놀이가 벌어진다. 할아버지들은 장기판에 마주앉고 "
        "아이들은 줄넘기로 시간가는줄 모른다. 지나가던 사람들도 걸음을 멈추고 응원의 목소리를 합치니 공원은 "
        "온종일 웃음소리로 떠들썩하고 저녁이 되여서야 조용해진다.",
    ),
    (
        "Minju Choson (EN)",
        date(2024, 9, 18),
        "Roads Repaired before Frost",
        "People's committees of four counties in South Phyongan Province have put their roads in order "
        "before the first frost, with gravel from nearby rivers.",
    ),
    (
        "Minju Choson (EN)",
        date(2024, 9, 16),
        "Public Bath Reopens in Kusong",
        "The public bath in the centre of Kusong City has opened again with a new boiler that burns sawdust "
        "and a room where visitors wait in comfort.",
    ),
    (
        "Minju Choson (EN)",
        date(2024, 9, 14),
        "Post Offices Get New Scales",
        "All post offices in Jagang Province received electronic scales this month, which print the postage "
        "and shorten the waiting time at the counters.",
    ),
    (
        "Rodong Sinmun (En)",
        date(2024, 9, 18),
        "Team Leader's Notebook",
        "The leader of a field team on a farm in Mundok County has written down the weather and the growth "
        "of her rice every day for twenty-one years.",
    ),
    (
        "Rodong Sinmun (En)",
        date(2024, 9, 17),
        "To Save Electricity Is to Produce It",
        "At a textile mill in Kaesong Municipality every loom has its own meter, and each shift begins with "
        "a look at how much power the last one used.",
    ),
    (
        "(En)",
        date(2024, 11, 4),
        "Kite Makers of Uiju",
        "Three brothers in Uiju County make kites of mulberry paper the way their grandfather did, and in "
        "autumn the whole village goes out to fly them.",
    ),
    (
        "(En)",
        date(2024, 11, 2),
        "Pears from Stony Ground",
        "On a slope once thought too stony for anything a family in Pukchong County grows pears that keep "
        "fresh in the cellar until the end of March.",
    ),
)

GATEWAY_ERROR = (
    "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n"
    "<hr><center>proxy</center>\n</body>\n</html>\n"
)
HIDDEN_NOTE = b"left by a file manager\n"
README = """# Sample pages

Pages in the form in which KCNA Watch pages are saved as text, so that the project can be tried and tested
without any page of the archive. **All texts were written for this project; the events in them did not
happen.** No text of a news agency or newspaper is contained here.

`python -m benchmarks.sample_pages` writes this folder, this file included, from the articles in
`benchmarks/sample_articles.json`; with `--check` it only compares. Do not edit the pages by hand.

| what | where |
| --- | --- |
| a page | `<number>_<first 16 hex digits of the SHA-256 of its bytes>.txt` |
| what a loader must make of each page | `tests/sample_pages_expected.json` |
| `.hidden_note` | a hidden file, which a loader counts as skipped |

Some pages are broken on purpose: empty, binary, cut off, undecodable, or with a title, date or body that is
missing or contradicts itself. They belong in quarantine or are rejected, each for one reason.

Licence: MIT, as the project.
"""
ABOUT = (
    "Written by `python -m benchmarks.sample_pages`. Fields of a page that does not load say what is printed "
    "on it; null where the page does not tell. `sidebar_block_count` counts complete blocks of five lines as "
    "printed, repeats included. `totals` count pages with distinct bytes, `loaded` only those that load."
)


@dataclass(frozen=True)
class SampleArticle:
    """An article of the collection.

    Attributes:
        wording_id: The name of this wording.
        article_id: The name of the article; two wordings of one article share it.
        article: What a page prints.
    """

    wording_id: str
    article_id: str
    article: Article


@dataclass(frozen=True)
class SamplePage:
    """One page file and what a loader must make of it.

    Attributes:
        content: The bytes of the file.
        note: What the page is for.
        outcome: What a loader must do with it.
        reason: The reason code of a page that does not load.
        layout: The layout; None where the text shows none.
        source: The article on the page; None if nothing can be read.
        title: The title, as far as the page tells it.
        published: The day of the Date line, as far as it is one.
        captured: The day in the capture header.
        paragraph_count: The number of body paragraphs.
        sidebar: The complete sidebar blocks as printed.
        incomplete_block_count: The number of sidebar blocks that break off.
        is_copy: Whether an earlier page has the same bytes.
    """

    content: bytes
    note: str
    outcome: Outcome = "load"
    reason: str | None = None
    layout: Layout | None = None
    source: SampleArticle | None = None
    title: str | None = None
    published: date | None = None
    captured: date | None = None
    paragraph_count: int | None = None
    sidebar: tuple[SidebarBlock, ...] = ()
    incomplete_block_count: int = 0
    is_copy: bool = False


class _PageMaker:
    """Makes pages from the collection, with sidebars that fit their day and source."""

    def __init__(self, collection: Mapping[str, SampleArticle]) -> None:
        self._collection = collection
        self._made = 0
        entries: list[tuple[str, SidebarBlock]] = []
        for sample in collection.values():
            entries.append((sample.wording_id, _block_of(sample.article)))
        labels = {sample.wording_id: sample.article.source_label for sample in collection.values()}
        for label, shown_on, title, opening in SIDEBAR_ONLY:
            # The outlets behind the other labels print no dateline.
            place = "Pyongyang" if label == KCNA else None
            article = Article(title, shown_on, label, (opening,), dateline_place=place)
            entries.append((f"sidebar only: {title} {shown_on}", _block_of(article)))
            labels[entries[-1][0]] = label
        # Sorting is stable: within a day, the order of the collection.
        self._entries = sorted(entries, key=lambda entry: entry[1].shown_on, reverse=True)
        self._labels = labels

    def sidebar_for(self, sample: SampleArticle, captured: date) -> tuple[SidebarBlock, ...]:
        """Choose six to nine of the newest entries of the article's own source.

        Entries dated after the capture appear only beside an article that is itself dated so: Korean time
        is ahead of the clock that wrote the capture header.
        """
        self._made += 1
        superseded = "oxygen-plant" if captured >= EDIT_SEEN_ON else "oxygen-plant-edited"
        latest = max(captured, sample.article.published)
        blocks = [
            block
            for name, block in self._entries
            if self._labels[name] == sample.article.source_label
            and block.shown_on <= latest
            and name not in (superseded, sample.wording_id)
        ]
        start = self._made % 3 if len(blocks) > 8 else 0
        return tuple(blocks[start : start + 6 + self._made % 4])

    def page(self, wording_id: str, layout: Layout, captured: date, note: str = "") -> SamplePage:
        """Make an undamaged page of layout A or B."""
        sample = self._collection[wording_id]
        return self.page_of(sample, layout, captured, self.sidebar_for(sample, captured), note)

    def page_of(
        self,
        sample: SampleArticle,
        layout: Layout,
        captured: date,
        sidebar: tuple[SidebarBlock, ...],
        note: str = "",
    ) -> SamplePage:
        """Make an undamaged page of layout A or B with a given article and sidebar."""
        article = sample.article
        return SamplePage(
            content=render_page(layout, article, captured, sidebar).encode(),
            note=note,
            layout=layout,
            source=sample,
            title=article.title,
            published=article.published,
            captured=captured,
            paragraph_count=len(article.paragraphs),
            sidebar=sidebar,
        )

    def page_with_cut_sidebar(self, wording_id: str, captured: date) -> SamplePage:
        """Make a page whose text ends within the last sidebar block."""
        whole = self.page(wording_id, "A", captured, "sidebar stops inside a block")
        # The last three parts are the block's date, its second teaser and the trailer.
        kept = whole.content.decode().split("\n\n")[:-3]
        return replace(whole, content="\n\n".join(kept).encode(), sidebar=whole.sidebar[:-1], incomplete_block_count=1)

    def page_with_repeated_block(self, wording_id: str, captured: date) -> SamplePage:
        """Make a page that prints its second sidebar block again at the end."""
        sample = self._collection[wording_id]
        blocks = self.sidebar_for(sample, captured)
        return self.page_of(sample, "A", captured, (*blocks, blocks[1]), "one sidebar block stands there twice")

    def page_without_header(self, wording_id: str) -> SamplePage:
        """Make a page of layout C."""
        sample = self._collection[wording_id]
        article = sample.article
        return SamplePage(
            content=render_page("C", article, article.published, ()).encode(),
            note="older capture without header lines",
            layout="C",
            source=sample,
            title=article.title,
            published=article.published,
            paragraph_count=len(article.paragraphs),
        )

    def bare_page(self, wording_id: str, captured: date) -> SamplePage:
        """Make a page of layout D; its sidebar has no titles, so it holds no complete block."""
        sample = self._collection[wording_id]
        sidebar = self.sidebar_for(sample, captured)
        return SamplePage(
            content=render_page("D", sample.article, captured, sidebar).encode(),
            note="extraction without title, date and source line",
            outcome="quarantine",
            reason="headless",
            layout="D",
            source=sample,
            paragraph_count=len(sample.article.paragraphs),
        )

    def page_as_html(self, wording_id: str, captured: date) -> SamplePage:
        """Make a page of layout A saved as HTML, with a menu and a script around it."""
        whole = self.page(wording_id, "A", captured, "saved as HTML")
        return replace(whole, content=render_html(whole.content.decode()).encode())

    def page_in_cp949(self, wording_id: str, captured: date) -> SamplePage:
        """Make a Korean page of layout B in the encoding of Korean Windows."""
        whole = self.page(wording_id, "B", captured, "in CP949, which nothing on the page says")
        return replace(whole, content=whole.content.decode().encode("cp949"))

    def broken_pages(self) -> list[SamplePage]:
        """Make the pages that cannot be loaded, each for one reason."""
        return [
            self._page_without_title(),
            self._page_without_date(),
            self._page_with_impossible_date(),
            self._page_from_the_future(),
            self._page_without_body(),
            self._page_cut_in_paragraph(),
            self._page_that_contradicts_itself(),
            self._undecodable_page(),
            self._page_with_a_stray_line(),
            SamplePage(b"", "empty file", "reject", "empty_page"),
            SamplePage(_picture(), "a picture under the name of a page", "reject", "not_text"),
            SamplePage(GATEWAY_ERROR.encode(), "error page of a proxy", "reject", "unknown_layout"),
        ]

    def _page_without_title(self) -> SamplePage:
        whole = self.page("table-tennis", "A", date(2024, 8, 9))
        content = _replace_once(whole.content, f"{whole.title}\n\nDate: ", "Date: ")
        return replace(_quarantined(whole, content, "missing_title", "title removed"), title=None)

    def _page_without_date(self) -> SamplePage:
        whole = self.page("wood-chemistry", "A", date(2024, 9, 19))
        line = "Date: 16/09/2024 | Source: KCNA.kp (En) | Read original version at source\n\n"
        content = _replace_once(whole.content, line, "")
        # Without the Date line nothing tells the title from the first paragraph.
        page = _quarantined(whole, content, "missing_date", "Date line removed")
        return replace(page, title=None, published=None, paragraph_count=None)

    def _page_with_impossible_date(self) -> SamplePage:
        whole = self.page("irrigation", "A", date(2024, 8, 9))
        content = _replace_once(whole.content, "Date: 07/08/2024 |", "Date: 31/02/2024 |")
        page = _quarantined(whole, content, "bad_date", "Date line names a day that never was")
        return replace(page, published=None)

    def _page_from_the_future(self) -> SamplePage:
        captured = date(2024, 11, 6)
        sample = self._collection["teachers-college"]
        sidebar = self.sidebar_for(sample, captured)
        later = replace(sample.article, published=captured + timedelta(days=5))
        whole = self.page_of(replace(sample, article=later), "A", captured, sidebar)
        return _quarantined(whole, whole.content, "future_date", "dated five days after the capture")

    def _page_without_body(self) -> SamplePage:
        captured = date(2024, 12, 5)
        sample = self._collection["womens-football"]
        sidebar = self.sidebar_for(sample, captured)
        empty = replace(sample, article=replace(sample.article, paragraphs=()))
        whole = self.page_of(empty, "A", captured, sidebar)
        return _quarantined(whole, whole.content, "no_body", "no paragraph between Date line and footer")

    def _page_cut_in_paragraph(self) -> SamplePage:
        whole = self.page("greenhouse-farm", "A", date(2024, 12, 5))
        kept = whole.content.decode().partition(" winter nights")[0]
        page = _quarantined(whole, kept.encode(), "truncated", "ends within the fourth paragraph")
        return replace(page, paragraph_count=4, sidebar=())

    def _page_that_contradicts_itself(self) -> SamplePage:
        whole = self.page("forest-design", "A", date(2024, 12, 5))
        content = _replace_once(whole.content, "(2024.12.03.)", "(2024.11.24.)")
        return _quarantined(whole, content, "contradiction", "footer nine days before the Date line")

    def _page_with_a_stray_line(self) -> SamplePage:
        whole = self.page("teachers-college", "A", date(2024, 11, 6))
        block = whole.sidebar[2].title
        content = _replace_once(whole.content, f"\n\n{block}\n\n{block}", f"\n\nAdvertisement\n\n{block}\n\n{block}")
        return _quarantined(whole, content, "unexplained_text", "a line between sidebar blocks that nothing explains")

    def _undecodable_page(self) -> SamplePage:
        whole = self.page("ryanggang-houses", "A", date(2024, 9, 19))
        # Valid in none of UTF-8, cp1252 and cp949.
        before, _, after = whole.content.partition(b"danced to")
        content = before + b"danced \x81 to\x8d\xc3(" + after
        note = "bytes in the second paragraph that no encoding explains"
        return SamplePage(content, note, "quarantine", "undecodable")


def load_articles(path: Path = ARTICLES_FILE) -> dict[str, SampleArticle]:
    """Read the collection of sample articles.

    Args:
        path: The JSON file.

    Returns:
        The articles by the name of their wording, in the order of the file.
    """
    collection = {}
    for item in json.loads(path.read_text(encoding="utf-8")):
        fields = dict(item)
        wording_id = fields.pop("id")
        article_id = fields.pop("edit_of", wording_id)
        fields["published"] = date.fromisoformat(fields["published"])
        if fields.get("dateline_date") is not None:
            fields["dateline_date"] = date.fromisoformat(fields["dateline_date"])
        fields["paragraphs"] = tuple(fields["paragraphs"])
        collection[wording_id] = SampleArticle(wording_id, article_id, Article(**fields))
    return collection


def build_pages(collection: Mapping[str, SampleArticle]) -> list[SamplePage]:
    """Make all pages in the order of their numbers.

    Args:
        collection: The articles by the name of their wording.

    Returns:
        The pages; the last is a copy of an earlier one.
    """
    maker = _PageMaker(collection)
    special: dict[str, Callable[[str, date], SamplePage]] = {
        CUT_SIDEBAR_ARTICLE: maker.page_with_cut_sidebar,
        REPEATED_BLOCK_ARTICLE: maker.page_with_repeated_block,
    }
    pages = []
    for captured, wording_id, layout in CAPTURES:
        make = special.get(wording_id)
        note = NOTES.get(wording_id, "")
        pages.append(make(wording_id, captured) if make else maker.page(wording_id, layout, captured, note))
    pages += [maker.page_without_header(wording_id) for wording_id in CAPTURES_WITHOUT_HEADER]
    pages += [maker.bare_page(wording_id, captured) for captured, wording_id in BARE_CAPTURES]
    pages += maker.broken_pages()
    pages.append(maker.page_as_html("lao-delegation", date(2024, 12, 5)))
    pages.append(maker.page_in_cp949("tongil-library", date(2024, 8, 9)))
    original = next(page for page in pages if page.source and page.source.wording_id == COPIED_ARTICLE)
    pages.append(replace(original, note="copy of another page, byte for byte", is_copy=True))
    return pages


def build_files() -> dict[Path, bytes]:
    """Make everything that the script writes.

    Returns:
        The content of each file by its path below the project's root.
    """
    pages = build_pages(load_articles())
    files = {}
    described = {}
    for number, page in enumerate(pages, start=1):
        name = f"{number:04}_{hashlib.sha256(page.content).hexdigest()[:16]}.txt"
        files[PAGES_FOLDER / name] = page.content
        described[name] = page
    files[PAGES_FOLDER / HIDDEN_NAME] = HIDDEN_NOTE
    files[PAGES_FOLDER / README_NAME] = README.encode()
    expected = json.dumps(_expectation(described), ensure_ascii=False, indent=2)
    files[EXPECTED_FILE] = f"{expected}\n".encode()
    return files


def find_differences(root: Path = ROOT) -> list[str]:
    """Compare the files on disk with what the script would write.

    Args:
        root: The project's root.

    Returns:
        One line per missing, changed or unknown file.
    """
    files = build_files()
    lines = []
    for path, content in files.items():
        target = root / path
        if not target.is_file():
            lines.append(f"missing: {path}")
        elif target.read_bytes() != content:
            lines.append(f"changed: {path}")
    return lines + [f"unknown: {path}" for path in _unknown_paths(root, files)]


def write_files(root: Path = ROOT) -> int:
    """Write all files and remove pages of earlier runs that no longer belong.

    Args:
        root: The project's root.

    Returns:
        The number of files written.
    """
    files = build_files()
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    for path in _unknown_paths(root, files):
        if path.suffix == ".txt":
            (root / path).unlink()
    return len(files)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the sample pages.

    Args:
        arguments: The command line without the program's name; None for the process's own.

    Returns:
        The exit code: 1 if a check found a difference.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sample_pages", description="Write or check the sample pages."
    )
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 if a file differs")
    if not parser.parse_args(arguments).check:
        print(f"wrote {write_files()} files")
        return 0
    differences = find_differences()
    print("; ".join(differences) if differences else "all files are as written")
    return 1 if differences else 0


def _block_of(article: Article) -> SidebarBlock:
    """Make the sidebar block of an article."""
    return SidebarBlock(article.title, article.published, teaser_of(article))


def _quarantined(whole: SamplePage, content: bytes, reason: str, note: str) -> SamplePage:
    """Turn a whole page into a broken one that belongs in quarantine."""
    return replace(whole, content=content, reason=reason, note=note, outcome="quarantine")


def _replace_once(content: bytes, old: str, new: str) -> bytes:
    """Replace a text that must stand on the page exactly once."""
    if content.count(old.encode()) != 1:
        raise ValueError(f"not exactly once on the page: {old!r}")
    return content.replace(old.encode(), new.encode())


def _picture() -> bytes:
    """Make the beginning of a PNG file, followed by bytes that look random but never change."""
    noise = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(32))
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x80\x00\x00\x01\xe0\x08\x02\x00\x00\x00" + noise


def _unknown_paths(root: Path, files: Mapping[Path, bytes]) -> list[Path]:
    """List the files in the pages' folder that the script would not write."""
    folder = root / PAGES_FOLDER
    if not folder.is_dir():
        return []
    return sorted(path.relative_to(root) for path in folder.iterdir() if path.relative_to(root) not in files)


def _expectation(pages: Mapping[str, SamplePage]) -> dict[str, object]:
    """Describe all files for the tests."""
    names_by_content: dict[bytes, str] = {}
    for name, page in pages.items():
        names_by_content.setdefault(page.content, name)
    return {
        "about": ABOUT,
        "pages": {
            name: _describe(page, names_by_content[page.content] if page.is_copy else None)
            for name, page in pages.items()
        },
        "other_files": {HIDDEN_NAME: "hidden", README_NAME: "not a page"},
        "totals": _totals(list(pages.values())),
    }


def _describe(page: SamplePage, copy_of: str | None) -> dict[str, object]:
    """Describe one file for the tests."""
    # Layout D names its source only above the sidebar, which is a hint and no more.
    label = page.source.article.source_label if page.source and page.layout != "D" else None
    return {
        "layout": page.layout,
        "outcome": page.outcome,
        "reason": page.reason,
        "title": page.title,
        "published": page.published.isoformat() if page.published else None,
        "captured": page.captured.isoformat() if page.captured else None,
        "source_label": label,
        "paragraph_count": page.paragraph_count,
        "sidebar_block_count": len(page.sidebar),
        "incomplete_block_count": page.incomplete_block_count,
        "article": page.source.article_id if page.source else None,
        "wording": page.source.wording_id if page.source else None,
        "copy_of": copy_of,
        "note": page.note,
    }


def _totals(pages: Sequence[SamplePage]) -> dict[str, object]:
    """Count files, distinct pages and what the loaded ones hold."""
    distinct = [page for page in pages if not page.is_copy]
    loaded = [page for page in distinct if page.outcome == "load"]
    sources = [page.source for page in loaded if page.source]
    blocks = [(page.source.article.source_label, block) for page in loaded if page.source for block in page.sidebar]
    return {
        "files": len(pages),
        "copies": len(pages) - len(distinct),
        "distinct_pages": len(distinct),
        "by_outcome": dict(sorted(Counter(page.outcome for page in distinct).items())),
        "by_reason": dict(sorted(Counter(page.reason for page in distinct if page.reason).items())),
        "by_layout": dict(sorted(Counter(page.layout or "none" for page in distinct).items())),
        "loaded": {
            "articles": len({source.article_id for source in sources}),
            "article_versions": len({source.wording_id for source in sources}),
            "paragraphs": sum(len(printed_paragraphs(source.article)) for source in sources),
            "sidebar_blocks": len(blocks),
            "sidebar_blocks_distinct_per_page": sum(len(set(page.sidebar)) for page in loaded),
            "sidebar_entries": len(set(blocks)),
            "incomplete_blocks": sum(page.incomplete_block_count for page in loaded),
        },
    }


if __name__ == "__main__":
    sys.exit(main())
