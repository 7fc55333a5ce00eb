"""The loading contract, case by case: what a page needs to load, and why it does not."""

from dataclasses import replace
from datetime import date

import pytest

from etl.parse.outcome import REASONS
from etl.parse.page import read_page
from tests.parse.pages import ARTICLE, CAPTURED, SIDEBAR, page

DATE_LINE = "Date: 18/09/2024 | Source: KCNA.kp (En) | Read original version at source"
BODY_END = "Workers of three farms took part in it. -0-"
FOOTER = "www.kcna.kp (Juche113.9.18.)"


def outcome(text, fetched=None):
    """The reason why a page does not load; `load` if it does."""
    problems = read_page(text if isinstance(text, bytes) else text.encode(), fetched).problems
    return problems[0][0] if problems else "load"


def changed(old, new, layout="A"):
    text = page(layout)
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_a_regular_page_gives_every_field():
    read = read_page(page().encode())
    assert read.problems == []
    assert (read.layout, read.captured_date, read.site_label, read.source_label) == (
        "A", CAPTURED, "KCNA.kp (En)", "KCNA.kp (En)",
    )  # fmt: skip
    assert (read.title, read.published_date) == (ARTICLE.title, date(2024, 9, 18))
    assert (read.dateline_place, read.dateline_date) == ("Pyongyang", date(2024, 9, 18))
    assert read.paragraphs[1] == "Workers of three farms took part in it."
    assert read.has_end_mark
    assert (read.footer_site, read.footer_calendar, read.footer_date) == ("www.kcna.kp", "juche", date(2024, 9, 18))
    assert [(b.position, b.title, b.shown_date, b.teaser) for b in read.blocks] == [
        (i, b.title, b.shown_on, b.teaser) for i, b in enumerate(SIDEBAR, start=1)
    ]
    assert [b.line_number for b in read.blocks] == [16, 26]
    assert "unexplained" not in read.roles
    assert not read.is_sidebar_cut


REASONED = {
    "missing_title": changed(f"{ARTICLE.title}\n\n", ""),
    "missing_date": changed(f"{DATE_LINE}\n\n", ""),
    "bad_date": changed("Date: 18/09/2024", "Date: 31/02/2024"),
    "future_date": changed("Date: 18/09/2024", "Date: 22/09/2024"),
    "no_body": page(article=replace(ARTICLE, paragraphs=())),
    "truncated": page().partition(" in it.")[0],
    "unexplained_text": changed("\n\nPress Review\n\nPress Review", "\n\nBuy now\n\nPress Review\n\nPress Review"),
    "contradiction": changed("September 20, 2024Sep 20, 2024", "September 20, 2024Sep 21, 2024"),
    "headless": page("D"),
    "empty_page": " \n\n \u200b\n",
    "not_text": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "undecodable": page().encode().replace(b"farms", b"far\x81\xc3(ms"),
    "unknown_layout": "Bad Gateway\n\nThe server did not answer.",
    "html_too_deep": "<!doctype html><body>" + "<div>" * 600,
}


@pytest.mark.parametrize("reason", REASONED)
def test_each_reason_has_an_example(reason):
    assert outcome(REASONED[reason]) == reason


def test_every_reason_of_the_list_is_shown_here_or_in_another_test():
    # a failed rule is shown where the rules are, a failing parser below
    assert set(REASONS) == {*REASONED, "failed_rule", "parser_error"}


def test_a_fault_of_the_parser_takes_one_page_to_quarantine(monkeypatch):
    monkeypatch.setattr("etl.parse.page.split_lines", lambda text: 1 / 0)
    assert read_page(page().encode()).problems == [("parser_error", None, "ZeroDivisionError")]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("04/12/2023", date(2023, 12, 4)),
        ("4/12/2023", date(2023, 12, 4)),
        ("29/02/2024", date(2024, 2, 29)),
        ("01/01/1946", date(1946, 1, 1)),
        ("31/12/1945", None),
        ("29/02/2023", None),
        ("00/01/2024", None),
        ("12/13/2023", None),
        ("202", None),
        ("04/12/202", None),
        ("04/12/20233", None),
        ("٠٤/١٢/٢٠٢٣", None),
        ("2023-12-04", None),
        ("", None),
    ],
)
def test_the_date_is_read_day_first_or_not_at_all(written, expected):
    text = changed("Date: 18/09/2024", f"Date: {written}").replace(f"{FOOTER}\n\n", "")
    read = read_page(text.encode())
    if expected:
        assert (read.published_date, read.problems) == (expected, [])
    else:
        assert read.problems[0][0] in ("bad_date", "missing_date")


def test_the_published_date_may_be_one_day_after_the_capture_but_not_two():
    assert outcome(changed("Date: 18/09/2024", "Date: 21/09/2024")) == "load"
    assert outcome(changed("Date: 18/09/2024", "Date: 22/09/2024")) == "future_date"


def test_without_a_capture_header_the_day_of_fetching_bounds_the_date():
    text = page("C")
    assert outcome(text, date(2024, 9, 17)) == "load"
    assert outcome(text, date(2024, 9, 16)) == "future_date"
    assert read_page(text.encode(), date(2024, 9, 17)).captured_date is None


@pytest.mark.parametrize("title", ["\u200b", "\u200e\u2060", "\u00ad"])
def test_a_title_of_invisible_characters_is_no_title(title):
    assert outcome(changed(ARTICLE.title, title)) == "missing_title"


@pytest.mark.parametrize(
    "title",
    [
        "42", "=1+1", "NULL", "nan", "true", "2024-09-18", "18/09/2024", "<b>x</b>", "&amp;", "%s", "{x}", "\\n",
        "-0-", "More Articles", "More From KCNA.kp (En)", "KCNA", "KCNA Delegation Leaves", "Share Button",
        "Date: today", DATE_LINE, FOOTER, "September 20, 2024", "·제목", "a  b", "“Quoted”", "e\u0301",
    ],
)  # fmt: skip
@pytest.mark.parametrize("layout", ["A", "B", "C"])
def test_a_title_is_kept_word_for_word(title, layout):
    read = read_page(page(layout, replace(ARTICLE, title=title)).encode())
    assert (read.title, read.problems) == (title, [])


def test_a_title_over_several_lines_keeps_its_line_breaks():
    assert read_page(changed(ARTICLE.title, "First line\nsecond line").encode()).title == "First line\nsecond line"


def test_many_lines_before_the_date_line_are_no_title():
    assert outcome(changed(ARTICLE.title, "\n".join(f"line {i}" for i in range(9)))) == "unexplained_text"


class TestBodyEnd:
    """Any one sign shows that the text ended; without one it may be cut."""

    bare = page().partition(f"{FOOTER}\n\n")[0]

    def test_the_end_mark_alone_is_enough(self):
        assert outcome(self.bare) == "load"

    def test_the_footer_alone_is_enough(self):
        assert outcome(self.bare.replace(" -0-", "") + FOOTER) == "load"

    def test_the_gregorian_footer_counts_too(self):
        assert outcome(self.bare.replace(" -0-", "") + "www.kcna.kp (2024.09.18.)") == "load"

    def test_the_heading_alone_is_enough(self):
        assert outcome(self.bare.replace(" -0-", "") + "More From KCNA.kp (En)") == "load"

    def test_the_newsletter_of_layout_c_is_enough(self):
        assert outcome(page("C", replace(ARTICLE, end_mark=False, footer="none"))) == "load"

    def test_none_is_not_enough(self):
        assert outcome(self.bare.replace(" -0-", "")) == "truncated"

    def test_an_end_mark_that_text_follows_proves_nothing(self):
        assert outcome(self.bare + "And then it goes") == "truncated"

    def test_an_end_mark_on_a_line_of_its_own_is_no_paragraph(self):
        read = read_page(self.bare.replace(" -0-", "\n\n-0-").encode())
        assert (read.problems, len(read.paragraphs), read.has_end_mark) == ([], 2, True)


class TestParagraphs:
    def test_repeated_paragraphs_are_kept(self):
        read = read_page(page(article=replace(ARTICLE, paragraphs=("Same.", "Same.", "Same."))).encode())
        assert read.paragraphs[1:] == ["Same.", "Same."]

    def test_text_between_end_mark_and_footer_is_body(self):
        read = read_page(changed(BODY_END, f"{BODY_END}\n\nA note.").encode())
        assert read.problems == []
        assert read.paragraphs[-1] == "A note."

    def test_text_after_the_footer_is_not_explained(self):
        read = read_page(changed(FOOTER, f"{FOOTER}\n\nBuy now").encode())
        assert read.problems[0][:2] == ("unexplained_text", 14)

    def test_a_footer_in_the_text_is_text_when_the_text_ends_with_its_mark(self):
        text = changed(f"{BODY_END}\n\n{FOOTER}", f"See\n\n{FOOTER}\n\n{BODY_END}")
        read = read_page(text.encode())
        assert (read.problems, read.footer_date, len(read.paragraphs)) == ([], None, 4)

    def test_the_heading_of_another_source_is_text(self):
        text = changed(BODY_END, f"More From Rodong Sinmun (En)\n\n{BODY_END}")
        assert read_page(text.encode()).paragraphs[1] == "More From Rodong Sinmun (En)"

    def test_the_own_heading_in_the_text_is_text_when_the_sidebar_comes_later(self):
        text = changed(BODY_END, f"More From KCNA.kp (En)\n\nis what readers see.\n\n{BODY_END}")
        read = read_page(text.encode())
        assert (read.problems, len(read.paragraphs), len(read.blocks)) == ([], 4, 2)


class TestSidebar:
    def test_one_that_stops_inside_a_block_loads_and_is_marked(self):
        cut = page().rpartition("\n\nSeptember 19, 2024")[0]
        read = read_page(cut.encode())
        assert (read.problems, read.is_sidebar_cut) == ([], True)
        assert [block.is_complete for block in read.blocks] == [True, False]

    def test_a_missing_trailer_is_marked(self):
        read = read_page(page().removesuffix("\n\nMore Articles").encode())
        assert (read.problems, read.is_sidebar_cut, len(read.blocks)) == ([], True, 2)

    def test_a_block_that_lost_a_line_is_incomplete_and_the_next_is_whole(self):
        teaser = SIDEBAR[0].teaser
        text = page().replace(f"{teaser}\n\nSeptember 20, 2024\n\n{teaser}", f"{teaser}\n\nSeptember 20, 2024")
        read = read_page(text.encode())
        assert (read.problems, [block.is_complete for block in read.blocks]) == ([], [False, True])

    def test_titles_that_look_like_other_parts_do_not_confuse_it(self):
        odd = [replace(SIDEBAR[0], title=title) for title in ("More Articles", "September 20, 2024", "-0-", FOOTER)]
        read = read_page(page(sidebar=odd).encode())
        assert [block.title for block in read.blocks] == [block.title for block in odd]

    def test_a_block_that_stands_twice_is_seen_twice(self):
        assert len(read_page(page(sidebar=[*SIDEBAR, SIDEBAR[0]]).encode()).blocks) == 3

    def test_teasers_of_layout_d_are_counted_without_titles(self):
        read = read_page(page("D").encode())
        assert [(b.title, b.teaser, b.shown_date, b.is_complete) for b in read.blocks] == [
            (None, b.teaser, b.shown_on, False) for b in SIDEBAR
        ]

    def test_a_page_without_a_date_line_still_shows_its_sidebar(self):
        assert len(read_page(REASONED["missing_date"].encode()).blocks) == 2


@pytest.mark.parametrize(
    ("beginning", "place", "day"),
    [
        ("Pyongyang, September 18 (KCNA) -- Text", "Pyongyang", date(2024, 9, 18)),
        ("Pyongyang, September 18 (KCNA) --Text", "Pyongyang", date(2024, 9, 18)),
        ("Pyongyang, September 18 (KCNA) --\u00a0Text", "Pyongyang", date(2024, 9, 18)),
        ("Pyongyang, September 18 (KCNA) \u2013 Text", "Pyongyang", date(2024, 9, 18)),
        ("Pyongyang, September 18 (KCNA) \u2014 Text", "Pyongyang", date(2024, 9, 18)),
        ("Pyongyang, Sept. 17 (KCNA) -- Text", "Pyongyang", date(2024, 9, 17)),
        ("Pyongyang, 18 de septiembre (ACNC) -- Texto", "Pyongyang", date(2024, 9, 18)),
        ("(평양 9월 18일발 조선중앙통신) 본문", "평양", date(2024, 9, 18)),
        ("Pyongyang, February 30 (KCNA) -- Text", "Pyongyang", None),
        ("Pyongyang, Smarch 3 (KCNA) -- Text", None, None),
        ("One day in September, he came.", None, None),
    ],
)  # fmt: skip
def test_datelines_of_every_form(beginning, place, day):
    article = replace(ARTICLE, paragraphs=(beginning, "More."), dateline_place=None)
    read = read_page(page(article=article).encode())
    assert (read.dateline_place, read.dateline_date, read.problems) == (place, day, [])
    assert read.paragraphs[0] == beginning


@pytest.mark.parametrize(
    ("published", "dateline", "year"),
    [
        (date(2024, 1, 1), date(2023, 12, 31), 2023),
        (date(2023, 12, 31), date(2024, 1, 1), 2024),
        (date(2024, 1, 1), date(2024, 1, 1), 2024),
    ],
)
def test_the_year_of_a_dateline_is_the_nearest(published, dateline, year):
    article = replace(ARTICLE, published=published, dateline_date=dateline)
    assert read_page(page(article=article).encode()).dateline_date.year == year


@pytest.mark.parametrize("label", ["KCNA.kp (En)", "Minju Choson (EN)", "Tongil Sinbo", "(En)", "Naenara (en)", "X|Y"])
@pytest.mark.parametrize("layout", ["A", "B", "C"])
def test_labels_of_every_form_load(label, layout):
    article = replace(ARTICLE, source_label=label, footer="none")
    read = read_page(page(layout, article).encode())
    assert (read.source_label, read.problems) == (label, [])


def test_a_blank_label_loads():
    text = page().replace("KCNA KCNA.kp (En)", "KCNA").replace("Source: KCNA.kp (En) |", "Source:  |")
    read = read_page(text.replace("More From KCNA.kp (En)", "More From").encode())
    assert (read.source_label, read.problems, len(read.blocks)) == ("", [], 2)


def test_dates_that_contradict_each_other_are_kept_side_by_side():
    read = read_page(changed("Juche113.9.18.", "Juche113.9.27.").encode())
    assert (read.published_date, read.footer_date) == (date(2024, 9, 18), date(2024, 9, 27))
    assert read.problems == []  # the rule article_footer_date_agrees decides


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("layout", ["A", "B", "C", "D"])
def test_line_ends_change_nothing(end, layout):
    plain, other = read_page(page(layout).encode()), read_page(page(layout).replace("\n", end).encode())
    assert other == plain


@pytest.mark.parametrize("change", [
    lambda text: "\ufeff" + text,
    lambda text: text + "\n",
    lambda text: "\n".join(line + "  " for line in text.split("\n")),
    lambda text: "\n".join("\u00a0" + line for line in text.split("\n")),
])  # fmt: skip
def test_marks_and_white_space_around_lines_change_nothing(change):
    plain, other = read_page(page().encode()), read_page(change(page()).encode())
    assert (other.title, other.paragraphs, other.blocks, other.roles) == (
        plain.title, plain.paragraphs, plain.blocks, plain.roles,
    )  # fmt: skip


@pytest.mark.parametrize("layout", ["A", "B", "C", "D"])
def test_every_prefix_loads_only_with_a_proven_end(layout):
    """A cut page either shows a sign that its text ended, or does not load."""
    whole = page(layout)
    text_end = whole.index("-0-") + len("-0-")
    for length in range(len(whole)):
        read = read_page(whole[:length].encode())
        if not read.problems:
            assert length >= text_end
            assert len(read.paragraphs) == len(ARTICLE.paragraphs)
