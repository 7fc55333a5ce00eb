"""Press reviews: what is an item, which paper it belongs to, and where it stands in the text."""

import itertools
import time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.score import parse_pages
from etl.enrich.press_review import SCHEMA, find_items
from etl.settings import sample_pages
from tests.enrich.reading import DATELINE, frame

OPENING = DATELINE + "Following are major news items and articles in leading newspapers of the DPRK on Wednesday:"
REVIEW_OF_ONE = DATELINE + "Following are major news items and articles in Rodong Sinmun on Wednesday:"
RODONG = ("rodong-sinmun", "Rodong Sinmun")
MINJU = ("minju-joson", "Minju Joson")
NO_PAPER = (None, None)


def body(*paragraphs):
    return "\n\n".join(paragraphs)


def items(text, title="Press Review"):
    """Texts of the items in order, each proven to be the slice of the body."""
    found = find_items(frame((title, text)))
    assert found.schema == SCHEMA
    assert found["position"].to_list() == list(range(1, len(found) + 1))
    for row in found.rows(named=True):
        assert text[row["start"] : row["end"]] == row["text"] != ""
    return found["text"].to_list()


def papers(text, title="Press Review"):
    return find_items(frame((title, text))).select("newspaper_id", "newspaper").rows()


def test_items_stand_below_the_names_of_the_papers_or_above_all_of_them():
    text = body(OPENING, "- A bridge was built.", "Rodong Sinmun", "- Rice grows.", "Minju Joson", "- A law passed.")
    assert items(text) == ["A bridge was built.", "Rice grows.", "A law passed."]
    assert papers(text) == [NO_PAPER, RODONG, MINJU]


def test_a_review_of_one_paper_needs_no_heading():
    assert papers(body(REVIEW_OF_ONE, "- Rice grows."), "Review of Rodong Sinmun") == [RODONG]
    assert papers(body(REVIEW_OF_ONE, "- Rice grows.")) == [RODONG]
    assert papers(body(OPENING, "- Rice grows."), "Review of Rodong Sinmun") == [RODONG]


def test_an_opening_that_names_two_papers_gives_its_items_to_none():
    opening = DATELINE + "Following are major news items in Rodong Sinmun and Minju Joson on Wednesday:"
    assert papers(body(opening, "- Rice grows."), "Review of Rodong Sinmun") == [NO_PAPER]


@pytest.mark.parametrize(
    "opening",
    [
        "Following are major news items and articles in newspapers of the DPRK on Friday:",
        "Following are major news items and articles in leading newspaper of the DPRK on Friday:",
        "Following are major news items and articles in leading newspapers here on Friday:",
        "The following are major news items and articles in leading newspapers of the DPRK Friday:",
        "Following are major news items carried by leading newspapers here on Friday, with sports coming first.",
        "Given here are the major news items of Friday:",
    ],
)
@pytest.mark.parametrize("dateline", [DATELINE, DATELINE.rstrip(), DATELINE + "\n\n", ""])
def test_an_opening_is_no_item_whatever_its_form(opening, dateline):
    assert items(body(dateline + opening, "- Rice grows.", "- A law passed.")) == ["Rice grows.", "A law passed."]


@pytest.mark.parametrize("bullet", ["- ", "-", "\u2013 ", "\u2022 ", "* ", "\u00b7", "\u25cb ", ""])
@pytest.mark.parametrize("gap", ["\n\n", "\n", "\r\n\r\n", "\n \n\n"])
def test_bullets_and_gaps_may_have_any_form_or_be_missing(bullet, gap):
    lines = [OPENING, f"{bullet}Rice grows.", "Rodong Sinmun", f"{bullet}A law passed.", f"{bullet}Kim Jong Un rode."]
    assert items(gap.join(lines)) == ["Rice grows.", "A law passed.", "Kim Jong Un rode."]


def test_an_item_without_a_bullet_among_bullets_is_an_item():
    text = body(OPENING, "- Rice grows.", "Minju Joson", "A political essay deals with thrift.", "- A law passed.")
    assert items(text) == ["Rice grows.", "A political essay deals with thrift.", "A law passed."]


def test_a_sentence_without_its_full_stop_does_not_swallow_the_next_item():
    text = body(OPENING, "Koreans in China celebrated the day", "- A gala took place", "- A law passed.")
    assert items(text) == ["Koreans in China celebrated the day", "A gala took place", "A law passed."]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("- Baskets were laid before the statues of Kim Il Sung and", "Kim Jong Il."),
        ("Baskets were sent to the statues of President Kim Il Sung and Chairman", "Kim Jong Il on Mansu Hill."),
        ("- Homage was paid toKim Il Sungand", "Kim Jong Il."),
        ("- A delegation left for the meeting", "of the council."),
    ],
)
def test_a_line_broken_inside_a_sentence_is_one_item(above, below):
    text = body(OPENING, above, below, "- Rice grows.")
    assert items(text) == [body(above.removeprefix("- "), below), "Rice grows."]


def test_the_naming_of_an_occasion_is_no_item_but_what_follows_is():
    text = body(
        OPENING,
        "- In celebration of the national day,",
        "The president received baskets.",
        "He received letters.",
        "- On the occasion of the anniversary of liberation",
        "the statues were visited.",
        "- To mark the Day of the Sun,",
        "- Wreaths were laid.",
    )
    assert items(text) == [
        "The president received baskets.",
        "He received letters.",
        "the statues were visited.",
        "Wreaths were laid.",
    ]


@pytest.mark.parametrize(
    "last", ["- In celebration of the national day,", "- To mark the Day of the Sun a meeting was held"]
)
@pytest.mark.parametrize("after", [[], ["Minju Joson", "- A law passed."]])
def test_an_occasion_under_which_nothing_stands_is_an_item(last, after):
    assert items(body(OPENING, last, *after))[0] == last.removeprefix("- ")


def test_a_sentence_that_opens_with_an_occasion_is_an_item():
    text = body(OPENING, "- In celebration of the day a gala took place", "- On the occasion of the day he spoke.")
    assert len(items(text)) == 2


@pytest.mark.parametrize("note", ["(photos accompanied)", "- (Photos accompanied).", "[End of the review]", "* * *"])
def test_a_remark_that_stands_alone_is_no_item(note):
    assert items(body(OPENING, "- Rice grows. (a photo accompanied)", note)) == ["Rice grows. (a photo accompanied)"]


@pytest.mark.parametrize(
    ("heading", "paper"),
    [
        ("Rodong Sinmun:", RODONG),
        ("- Rodong Sinmun", RODONG),
        ("<Rodong Sinmun>", RODONG),
        ("Rodong\u00a0Sinmun", RODONG),
        ("Rodong Simun", ("rodong-sinmun", "Rodong Simun")),
        ("Roodng Sinmun", ("rodong-sinmun", "Roodng Sinmun")),
        ("MINJU JOSON", ("minju-joson", "MINJU JOSON")),
        ("Minju Choson", ("minju-joson", "Minju Choson")),
        ("The Pyongyang Times", ("pyongyang-times", "The Pyongyang Times")),
        ("The Guardian", ("the-guardian", "The Guardian")),
        ("Kyoyuk Sinmun", (None, "Kyoyuk Sinmun")),
        ("Rodongja Sinmun", (None, "Rodongja Sinmun")),
        ("Rodong Sinmun and Minju Joson", (None, "Rodong Sinmun and Minju Joson")),
    ],
)
def test_a_heading_is_read_in_any_form_and_an_unknown_paper_has_no_id(heading, paper):
    text = body(OPENING, "Chongnyon Jonwi", "- Youth marched.", heading, "- Rice grows.")
    assert papers(text) == [("chongnyon-jonwi", "Chongnyon Jonwi"), paper]


def test_a_sentence_about_a_paper_is_no_heading():
    text = body(OPENING, "- Rodong Sinmun marked its birthday.", "Readers thank Minju Joson.", "An article on rice")
    assert len(items(text)) == 3
    assert set(papers(text)) == {NO_PAPER}


def test_a_review_that_lost_its_line_breaks_is_cut_at_its_bullets():
    text = f'{OPENING} - Rice grows. - Plants - "all of them" - were shown. (photos) - A law passed.'
    assert items(text) == ["Rice grows.", 'Plants - "all of them" - were shown. (photos) - A law passed.']


def test_running_text_after_an_opening_or_a_dateline_is_one_item():
    assert items(f"{REVIEW_OF_ONE} An article deals with rice. Another tells of thrift.") == [
        "An article deals with rice. Another tells of thrift."
    ]
    assert items(DATELINE + "Papers observe the day of electricity.") == ["Papers observe the day of electricity."]
    assert items(DATELINE + "- Rice grows.") == ["Rice grows."]


@pytest.mark.parametrize("text", ["", DATELINE, OPENING, body(OPENING, "Rodong Sinmun"), "-", "- \n\n-0-\n\n...", "\n"])
def test_a_review_without_items_gives_no_rows(text):
    assert items(text) == []


def test_only_press_reviews_give_rows():
    text = body(OPENING, "- Rice grows.")
    assert items(text, "Rice Harvest Begins") == []
    assert find_items(frame()).schema == SCHEMA
    missing = frame(("Press Review", text)).with_columns(pl.lit(None, pl.String).alias("body"))
    assert find_items(missing).is_empty()


def test_rows_are_sorted_and_the_order_of_articles_changes_nothing():
    articles = frame(*[("Press Review", body(OPENING, f"- Item {number}.", "- Last.")) for number in range(5)])
    found = find_items(articles)
    assert found.equals(find_items(articles.reverse()))
    assert found.select("article_id", "position").rows() == sorted(found.select("article_id", "position").rows())


# What a paragraph is, by construction: the rows of any mixture of them are known.
PARAGRAPHS = {
    "- Rice grows.": "item",
    "-A law passed.": "item",
    "A gala took place. (photos accompanied)": "item",
    "- \ud55c\uad6d\uc5b4 \U0001f600 grows.": "item",
    "Rodong Sinmun": "heading",
    "Minju Joson": "heading",
    "(photos accompanied)": "note",
    "-0-": "note",
}


@given(st.lists(st.sampled_from(sorted(PARAGRAPHS)), max_size=12), st.sampled_from(["\n", "\n\n", "\r\n"]))
def test_every_paragraph_is_an_item_or_known_to_be_none(paragraphs, gap):
    wanted, paper = [], NO_PAPER
    for paragraph in paragraphs:
        if PARAGRAPHS[paragraph] == "heading":
            paper = RODONG if paragraph.startswith("Rodong") else MINJU
        elif PARAGRAPHS[paragraph] == "item":
            wanted.append((*paper, paragraph.removeprefix("-").strip()))
    text = gap.join([OPENING, *paragraphs])
    assert [(*paper, item) for paper, item in zip(papers(text), items(text), strict=True)] == wanted


PIECES = (
    OPENING,
    *PARAGRAPHS,
    "In celebration of the day,",
    "Kim Il Sung and",
    "Following are",
    "\u2028",
    "\x85",
    "\x00",
)
texts = st.lists(st.sampled_from(PIECES) | st.sampled_from(["\n\n", "\n", " ", ": "]) | st.text(max_size=9)).map(
    "".join
)


@given(texts, st.sampled_from(["Press Review", "Review of Rodong Sinmun", "press review: "]))
def test_items_of_any_text_stand_in_order_and_never_overlap(text, title):
    items(text, title)
    found = find_items(frame((title, text)))
    spans = found.select("start", "end").rows()
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans))
    assert all(item == item.strip() for item in found["text"])
    known = pl.col("newspaper_id").is_not_null()
    assert found.filter(known & pl.col("newspaper").is_null()).is_empty()


def test_the_sample_pages_are_taken_apart():
    pages = {path.name: path.read_bytes() for path in sorted(sample_pages().glob("*.txt"))}
    found = find_items(parse_pages(pages).unique(["title", "published_date", "body"]))
    assert found["article_id"].n_unique() == 3
    assert found.group_by("newspaper_id").len().sort("newspaper_id").rows() == [
        ("minju-joson", 3),
        ("pyongyang-sinmun", 1),
        ("rodong-sinmun", 9),
    ]


@pytest.mark.parametrize(
    "piece",
    ["- ", "A", "- A.", "\n", " ", ". - A", ".\t", ": ", "(", "Rodong Sinmun\n", "and\n", "a\n", "In honor of a,\n"],
)
def test_time_grows_with_the_length_of_the_text(piece):
    def seconds(length):
        text = OPENING + "\n" + piece * (length // len(piece))
        best = []
        for _ in range(3):
            begin = time.process_time()
            find_items(frame(("Press Review", text)))
            best.append(time.process_time() - begin)
        return min(best)

    seconds(100)
    # Four times the text may take some six times the time on a busy machine; quadratic work would take sixteen.
    assert seconds(60_000) < 8 * seconds(15_000) + 0.05
