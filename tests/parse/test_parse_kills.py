"""Borders of every form, and what is reported about a page: small changes to the parser that no other test notices."""

from dataclasses import replace
from datetime import date

import pytest

from etl.parse import grammar
from etl.parse.columns import read_columns
from etl.parse.decode import UndecodableError, decode
from etl.parse.html import MAX_DEPTH, RUNS_ON, SHOWS_NOTHING, TooDeepError, html_to_text, is_html
from etl.parse.page import read_page
from etl.parse.text import content_key, fold, split_lines
from tests.parse.pages import ARTICLE, LABEL, SIDEBAR, frame, page
from tests.parse.test_parse_contract import BODY_END, DATE_LINE, FOOTER, REASONED, changed, outcome
from tests.parse.test_parse_properties import same_tables

HEADING = f"More From {LABEL}"
FOREIGN_HEADING = "More From Rodong Sinmun (En)"
TWO_WAYS = b"Text in two ways: " * 4 + "가 나 ".encode("cp949")
"""Good Korean and good western text."""
PARAGRAPH = f"Pyongyang, September 18 (KCNA) -- {ARTICLE.paragraphs[0]}"


WITHIN_A_LINE = """
    a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span strike strong
    sub sup time tt u var
"""
END_BY_THEMSELVES = """
    area base br col dd dt embed hr img input li link meta option p param source tbody td tfoot th thead tr track
    wbr BR
"""


def read(text):
    return read_page(text.encode())


class TestForms:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("September 9, 2024", date(2024, 9, 9)),
            ("Sep 09, 2024", date(2024, 9, 9)),
            ("Sept 9, 2024", date(2024, 9, 9)),
            ("May 31, 2024", date(2024, 5, 31)),
            ("September , 2024", None),
            ("September 009, 2024", None),
            ("September 9, 202", None),
            ("September 9, 20244", None),
            ("September 9, 0000", None),
            ("september 9, 2024", None),
            ("Smarch 9, 2024", None),
            ("On September 9, 2024", None),
            ("September 9, 2024.", None),
        ],
    )
    def test_a_long_date(self, text, expected):
        assert grammar.long_date(text) == expected

    @pytest.mark.parametrize(
        ("text", "is_one"),
        [
            ("September 9, 2024Sep 9, 2024", True),
            ("September 9, 2024Sep 10, 2024", True),
            ("September 9, 2024 Sep 9, 2024", False),
            ("September 9, 2024Sep 31, 2024", False),
            ("September 31, 2024Sep 9, 2024", False),
            ("September 9, 2024", False),
        ],
    )
    def test_a_doubled_date(self, text, is_one):
        assert (grammar.doubled_date(text) is not None) is is_one

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1/2/2024", date(2024, 2, 1)),
            ("31/12/9999", date(9999, 12, 31)),
            ("01/01/0001", date(1, 1, 1)),
            ("01/01/0000", None),
            ("/12/2023", None),
            ("04//2023", None),
            ("004/12/2023", None),
            ("04/012/2023", None),
            ("04/12/", None),
        ],
    )
    def test_a_day_first_date(self, text, expected):
        assert grammar.day_first(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("KCNA", ""),
            ("KCNA  Naenara  (en) ", "Naenara  (en)"),
            ("KCNA\u00a0Naenara", None),
            ("KCNAX", None),
            ("The KCNA", None),
        ],
    )
    def test_a_site_line(self, text, expected):
        assert grammar.site_label(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Date:1|Source:x|Read original version at source", ("1", "x")),
            ("Date: 1 |  Source:  x  |  Read original version at source", ("1", "x")),
            ("Date: | Source: x|y | Read original version at source", ("", "x|y")),
            ("Date: 1 | Source: x | Read original version", None),
            (f"The {DATE_LINE}", None),
            (f"{DATE_LINE} now", None),
        ],
    )
    def test_a_date_line(self, text, expected):
        assert grammar.date_line(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Pyongyang, May 1 (KCNA) -- Text", ("Pyongyang", 5, 1, 27)),
            ("Pyongyang, Sept. 18 (KCNA)--Text", ("Pyongyang", 9, 18, 28)),
            ("Pyongyang, September 18 (KCNA)  -  Text", ("Pyongyang", 9, 18, 35)),
            (f"{'P' * 60}, May 1 (KCNA) -- Text", ("P" * 60, 5, 1, 78)),
            (f"{'P' * 61}, May 1 (KCNA) -- Text", None),
            ("P , May 1 (KCNA) -- Text", ("P", 5, 1, 20)),
            ("Pyongyang , May 1 (KCNA) -- Text", ("Pyongyang", 5, 1, 28)),
            ("1st, May 1 (KCNA) -- Text", None),
            ("_P, May 1 (KCNA) -- Text", None),
            (" P, May 1 (KCNA) -- Text", None),
            ("Rason, Pyongyang, May 1 (KCNA) -- Text", None),
            ("Rason (1), May 1 (KCNA) -- Text", None),
            ("He) in Rason, May 1 (KCNA) -- Text", None),
            ("(He in Rason, May 1 (KCNA) -- Text", None),
            ("Rason 1, May 1 (KCNA) -- Text", None),
            ("Pyongyang, May  (KCNA) -- Text", None),
            ("Pyongyang, May 001 (KCNA) -- Text", None),
            ("Pyongyang, Ma 1 (KCNA) -- Text", None),
            ("Pyongyang, may 1 (KCNA) -- Text", None),
            ("Pyongyang, May.. 1 (KCNA) -- Text", None),
            ("Pyongyang, May 1 (KCNA) Text", None),
            ("Pyongyang, May 1 (KCNA) \u2013\u00a0Text", ("Pyongyang", 5, 1, 26)),
            ("Pyongyang, 1 de mayo (ACNC) -- Texto", ("Pyongyang", 5, 1, 31)),
            ("Pyongyang, 18 de setiembre (ACNC)\u2014Texto", ("Pyongyang", 9, 18, 34)),
            ("Pyongyang, 18 DE SEPTIEMBRE (acnc)  -  Texto", ("Pyongyang", 9, 18, 39)),
            ("Pyongyang , 1 de mayo (ACNC) \u2013 Texto", ("Pyongyang", 5, 1, 31)),
            (f"{'P' * 60}, 1 de mayo (ACNC) -- Texto", ("P" * 60, 5, 1, 82)),
            (f"{'P' * 61}, 1 de mayo (ACNC) -- Texto", None),
            ("1a, 1 de mayo (ACNC) -- Texto", None),
            ("_P, 1 de mayo (ACNC) -- Texto", None),
            ("Rason, Pyongyang, 1 de mayo (ACNC) -- Texto", None),
            ("Rason 1, 1 de mayo (ACNC) -- Texto", None),
            ("(Rason, 1 de mayo (ACNC) -- Texto", None),
            ("Rason), 1 de mayo (ACNC) -- Texto", None),
            ("Ra(son, 1 de mayo (ACNC) -- Texto", None),
            ("Pyongyang,  de mayo (ACNC) -- Texto", None),
            ("Pyongyang, 001 de mayo (ACNC) -- Texto", None),
            ("Pyongyang, 1 de termidor (ACNC) -- Texto", None),
            ("Pyongyang, 1 de mayo (ACNC) Texto", None),
            ("(평양 5월 1일발 조선중앙통신)본문", ("평양", 5, 1, 18)),
            ("(평양5월1일발조선중앙통신)  본문", ("평양", 5, 1, 17)),
            ("(평 5월 1일발 조선중앙통신) 본문", None),
            (f"({'평' * 10} 5월 1일발 조선중앙통신)본문", ("평" * 10, 5, 1, 26)),
            (f"({'평' * 11} 5월 1일발 조선중앙통신)본문", None),
            ("(평양 월 1일발 조선중앙통신)", None),
            ("(평양 005월 1일발 조선중앙통신)", None),
            ("(평양 5월 일발 조선중앙통신)", None),
            ("(평양 5월 001일발 조선중앙통신)", None),
            ("(평양 0월 1일발 조선중앙통신)", None),
            ("\u201cPyongyang, May 1 (KCNA) -- Text", None),
            ("He said (평양 5월 1일발 조선중앙통신)", None),
        ],
    )
    def test_a_dateline(self, text, expected):
        assert grammar.dateline(text) == expected

    @pytest.mark.parametrize(("number", "spanish"), [*enumerate(grammar.SPANISH_MONTHS, start=1)])
    def test_a_dateline_in_each_month(self, number, spanish):
        english = date(2024, number, 1).strftime("%B")
        for month in (f"{english} 7 (KCNA)", f"{english[:3]} 7 (KCNA)", f"7 de {spanish} (ACNC)"):
            assert grammar.dateline(f"Pyongyang, {month} -- Text").month == number

    def test_months_in_spanish(self):
        assert " ".join(grammar.SPANISH_MONTHS) == (
            "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
        )

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("www.kcna.kp (Juche113.9.18.)", ("www.kcna.kp", "juche", date(2024, 9, 18))),
            ("www.kcna.kp  (Juche 113. 9. 18)", ("www.kcna.kp", "juche", date(2024, 9, 18))),
            ("www.kcna.kp(2024.09.18.)", ("www.kcna.kp", "gregorian", date(2024, 9, 18))),
            ("www.kcna.kp (Juche1.1.1.)", ("www.kcna.kp", "juche", date(1912, 1, 1))),
            ("www.kcna.kp (2024.2.30.)", ("www.kcna.kp", "gregorian", None)),
            ("www.kcna.kp (0000.2.3.)", ("www.kcna.kp", "gregorian", None)),
            (f"www.{'k' * 100} (2024.9.18.)", (f"www.{'k' * 100}", "gregorian", date(2024, 9, 18))),
            (f"www.{'k' * 101} (2024.9.18.)", None),
            ("www.k (2024.9.18.)", ("www.k", "gregorian", date(2024, 9, 18))),
            ("www. (2024.9.18.)", None),
            ("www.k(c (2024.9.18.)", None),
            ("www.k)c (2024.9.18.)", None),
            ("www.k c (2024.9.18.)", None),
            ("www.kcna.kp (Juche.9.18.)", None),
            ("www.kcna.kp (Juche1130.9.18.)", None),
            ("www.kcna.kp (Juche  113.9.18.)", None),
            ("www.kcna.kp (202.9.18.)", None),
            ("www.kcna.kp (20244.9.18.)", None),
            ("www.kcna.kp (2024..18.)", None),
            ("www.kcna.kp (2024.009.18.)", None),
            ("www.kcna.kp (2024.9..)", None),
            ("www.kcna.kp (2024.9.018.)", None),
            ("www.kcna.kp (2024.  9.18.)", None),
            ("www.kcna.kp (2024.9.  18.)", None),
            ("www.kcna.kp (2024.9.18..)", None),
            ("wwwxkcna.kp (2024.9.18.)", None),
            ("See www.kcna.kp (2024.9.18.)", None),
            ("www.kcna.kp (2024.9.18.) now", None),
        ],
    )
    def test_a_footer(self, text, expected):
        assert grammar.footer(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("More From", ""),
            ("More From  x ", "x"),
            ("More From(En)", "(En)"),
            ("More Fromage", None),
            ("Even More From x", None),
        ],
    )
    def test_a_heading(self, text, expected):
        assert grammar.sidebar_label(text) == expected


class TestText:
    def test_lines_without_an_empty_line_between_them_are_one_paragraph(self):
        found = read(changed("Workers of three", "Workers\nof three"))
        assert found.paragraphs == [PARAGRAPH, "Workers\nof three farms took part in it."]

    def test_a_line_knows_its_number_and_whether_a_block_starts_there(self):
        lines, count = split_lines("one\ntwo\n\u200b\n three \n\n")
        assert [(line.number, line.text, line.starts_block) for line in lines] == [
            (1, "one", True), (2, "two", False), (4, "three", True),
        ]  # fmt: skip
        assert count == 5

    def test_a_text_without_lines_has_none(self):
        assert split_lines("") == ([], 0)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a\n\nb", "a b"),
            (" a ", "a"),
            ("a  b", "a b"),
            ("a\n \nb\tc", "a b c"),
            ("a\x01b", "ab"),
            ("a \u200b b", "a b"),
            ("\u00a0a\u3000b", "a b"),
            ("e\u0301", "\u00e9"),
            ("\ue000", "\ue000"),
            ("\ue000\u200b", "\ue000"),
        ],
    )
    def test_folding(self, text, expected):
        assert fold(text) == expected

    def test_keys_never_change(self):
        """Tables of earlier runs hold them."""
        assert content_key("article", None, "a b") == "7db13cb98ba35741c0bb3bd8883ab566"


class TestBytes:
    @pytest.mark.parametrize(
        ("mark", "encoding"),
        [
            (b"\xff\xfe\x00\x00", "utf-32-le"),
            (b"\x00\x00\xfe\xff", "utf-32-be"),
            (b"\xff\xfe", "utf-16-le"),
            (b"\xfe\xff", "utf-16-be"),
            (b"\xef\xbb\xbf", "utf-8"),
        ],
    )
    def test_each_byte_order_mark_decides(self, mark, encoding):
        # Korean alone holds no NUL in UTF-16, so nothing but the mark tells
        assert decode(mark + "평양의 도서실".encode(encoding)) == ("평양의 도서실", encoding)

    @pytest.mark.parametrize(
        ("content", "detail"),
        [
            (b"\xff\xfea\x00b", "the byte order mark says utf-16-le, but the bytes are not"),
            (b"\xef\xbb\xbfa\xff", "the byte order mark says utf-8, but the bytes are not"),
            (f"\ufeff\x00{'Text' * 20}".encode("utf-16-le"), "character 1 is NUL"),
            (page().encode() + b"\x00 \x00", f"character {len(page()) + 1} is NUL"),
            (b"Text \x81\xff\xff\xff\xff", "byte 6 is not valid UTF-8, and the bytes fit no other known encoding"),
        ],
    )
    def test_the_fault_is_named_with_its_place(self, content, detail):
        with pytest.raises(UndecodableError) as raised:
            decode(content)
        assert str(raised.value) == detail

    def test_wide_text_may_hold_one_sign_in_fifty_beyond_the_first_plane(self):
        text = "x" * 49 + "\U0001f33e"
        assert decode(text.encode("utf-32-le")) == (text, "utf-32-le")
        assert decode(text.encode("utf-32-be")) == (text, "utf-32-be")

    @pytest.mark.parametrize("character", "\t\n\v\f\r\x1b")
    def test_white_space_and_escapes_are_no_sign_of_binary_data(self, character):
        assert decode(f"a{character}".encode() * 9).encoding == "utf-8"

    @pytest.mark.parametrize("code", [*range(1, 9), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
    def test_control_characters_are(self, code):
        assert outcome(b"a" * 49 + bytes([code])) != "not_text"  # one in fifty is a stray
        assert outcome(b"a" * 48 + bytes([code])) == "not_text"

    @pytest.mark.parametrize(
        "declaration",
        [
            '<meta charset="{}">',
            "<meta charset='{}'>",
            "<META content=x CharSet = {}>",
            '<meta http-equiv="Content-Type" content="text/html; charset={}">',
        ],
    )
    @pytest.mark.parametrize(
        ("name", "encoding"),
        [
            ("euc-kr", "cp949"),
            ("CP949", "cp949"),
            ("ks_c_5601-1987", "cp949"),
            ("windows-1252", "cp1252"),
            ("ISO-8859-1", "cp1252"),
        ],
    )
    def test_a_declaration_decides_between_two_encodings(self, declaration, name, encoding):
        assert decode(TWO_WAYS + declaration.format(name).encode()).encoding == encoding

    def test_a_declaration_counts_within_the_first_4096_bytes(self):
        declaration = TWO_WAYS + b" " * 4_000
        end = b"<meta charset=euc-kr"
        assert decode(declaration[: 4096 - len(end)] + end).encoding == "cp949"
        assert outcome(declaration[: 4097 - len(end)] + end) == "undecodable"

    def test_a_declaration_stands_within_200_characters(self):
        assert decode(TWO_WAYS + b"<meta" + b" " * 200 + b"charset=euc-kr").encoding == "cp949"
        assert outcome(TWO_WAYS + b"<meta" + b" " * 201 + b"charset=euc-kr") == "undecodable"

    def test_korean_is_known_by_four_kinds_of_common_syllables_in_five(self):
        # four high bytes in a row are no CP1252
        assert decode("가나다라 伽".encode("cp949")).encoding == "cp949"
        assert outcome("가나다 伽".encode("cp949")) == "undecodable"

    def test_western_text_is_one_tenth_high_bytes_at_most_and_three_in_a_row(self):
        assert decode(b"x" * 9 + b"\xa3").encoding == "cp1252"
        assert outcome(b"x" * 8 + b"\xa3") == "undecodable"
        assert decode(b"x" * 60 + b"\xa3\xa3\xa3").encoding == "cp1252"
        assert outcome(b"x" * 60 + b"\xa3\xa3\xa3\xa3") == "undecodable"
        assert outcome(b"x" * 60 + b"\xa3 \xa3\xa3\xa3\xa3") == "undecodable"

    @pytest.mark.parametrize("remains", [b"\xc3\x80", b"\xdf\xbf", b"\xe1\x80\x80", b"\xef\xbf\xbf"])
    def test_remains_of_utf_8_are_no_western_text(self, remains):
        damaged = b"x" * 60 + remains + b" \xa3"
        assert outcome(damaged) == "undecodable"


class TestHtml:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('\n<?xml version="1.0"?>\n<!-- saved\nhere -->\n<HTML lang="en">', True),
            ("<!DOCTYPE\nhtml>", True),
            ("<head>", True),
            ("<body class='x'>", True),
            ("<!doctypehtml>", False),
            ("<htmlx>", False),
            ("<bodyguard>", False),
            (f"<!--{'x' * 500}--><html>", True),
            (f"<!--{'x' * 501}--><html>", False),
            (" " * 1_994 + "<html>", True),
            (" " * 1_995 + "<html>", False),
        ],
    )
    def test_how_html_begins(self, text, expected):
        assert is_html(text) is expected

    @pytest.mark.parametrize("element", sorted(SHOWS_NOTHING - {"-comment", "head", "input"}))
    def test_what_shows_nothing(self, element):
        shown = html_to_text(f"<body><p>one</p><{element}>hidden</{element}><p>two</p>")
        assert shown == "one\n\ntwo"

    @pytest.mark.parametrize("element", WITHIN_A_LINE.split())
    def test_what_stands_within_a_line(self, element):
        assert html_to_text(f"<body><p>o<{element}>n</{element}>e</p>") == "one"

    def test_a_place_to_break_a_word_is_no_break(self):
        assert html_to_text("<body>o<wbr>ne") == "one"
        assert "wbr" in RUNS_ON

    def test_white_space_is_folded_within_lines(self):
        assert html_to_text("<body><p> one \n two <br> three <br></p>\n<p> </p>") == "one two\nthree"

    @pytest.mark.parametrize("element", ["div", "SPAN", "b"])
    def test_elements_may_nest_512_deep(self, element):
        deep = f"<{element}>" * (MAX_DEPTH - 2)
        html_to_text(f"<html><body>{deep}x")
        with pytest.raises(TooDeepError):
            html_to_text(f"<html><body>{deep}<{element}>x")
        assert MAX_DEPTH == 512

    def test_elements_that_are_closed_do_not_count(self):
        assert html_to_text(f"<html><body>{'</i>' * 9}{'<b>x</b>' * 600}") == "x" * 600

    @pytest.mark.parametrize("element", END_BY_THEMSELVES.split())
    def test_elements_that_end_by_themselves_do_not_count(self, element):
        html_to_text(f"<html><body>{f'<{element}>' * 600}")


class TestReports:
    @pytest.mark.parametrize(
        ("reason", "line", "detail"),
        [
            ("missing_title", 4, None),
            ("missing_date", 4, None),
            ("bad_date", 6, "31/02/2024"),
            ("future_date", None, "published 2024-09-22, captured 2024-09-20"),
            ("no_body", None, None),
            ("truncated", 10, None),
            ("unexplained_text", 26, None),
            ("contradiction", 1, "the capture header names 2024-09-20 and 2024-09-21"),
            ("headless", 1, None),
            ("empty_page", None, None),
            ("not_text", None, None),
            ("unknown_layout", 1, None),
            ("html_too_deep", None, "more than 512 elements are open at once"),
        ],
    )
    def test_a_reason_is_reported_with_its_line_and_detail(self, reason, line, detail):
        content = REASONED[reason]
        found = read_page(content if isinstance(content, bytes) else content.encode())
        assert found.problems[0] == (reason, line, detail)

    def test_a_date_before_the_agency_is_reported(self):
        text = changed("Date: 18/09/2024", "Date: 31/12/1945").replace(f"{FOOTER}\n\n", "")
        assert read(text).problems == [("bad_date", None, "1945-12-31")]

    def test_an_empty_date_is_reported_as_missing(self):
        assert read(changed("Date: 18/09/2024 |", "Date: |")).problems == [("missing_date", 6, "")]

    def test_a_page_that_ends_with_its_site_line_lacks_its_date_there(self):
        assert read(page().partition("\n\n")[0]).problems == [("missing_date", 2, None)]

    def test_bytes_in_no_encoding_are_reported_with_the_fault(self):
        ((reason, line, detail),) = read_page(REASONED["undecodable"]).problems
        assert (reason, line) == ("undecodable", None)
        assert detail.startswith("byte ")

    def test_the_first_date_of_a_header_that_contradicts_itself_is_the_capture(self):
        assert read(REASONED["contradiction"]).captured_date == date(2024, 9, 20)


class TestTitles:
    def test_a_title_may_begin_like_the_site_line_where_that_is_missing(self):
        title = "KCNA Delegation Leaves"
        for layout in ("A", "B"):
            text = page(layout, replace(ARTICLE, title=title)).replace(f"KCNA {LABEL}\n\n", "")
            found = read(text)
            assert (found.title, found.site_label, found.problems) == (title, None, [])

    def test_without_a_header_the_site_line_must_name_the_source(self):
        assert read(changed(f"KCNA {LABEL}", "KCNA Naenara")).site_label == "Naenara"
        loose = f"KCNA {LABEL}\n\n{page('C')}"
        assert read(loose).site_label == LABEL
        assert read(loose.replace(f"Source: {LABEL}", "Source: KCNA.kp\u00a0 (En)")).site_label == LABEL
        assert read(f"KCNA Naenara\n\n{page('C')}").title == f"KCNA Naenara\n{ARTICLE.title}"

    def test_eight_lines_before_the_date_line_are_a_title(self):
        eight = "\n".join(f"line {i}" for i in range(8))
        assert (read(changed(ARTICLE.title, eight)).title, outcome(changed(ARTICLE.title, eight))) == (eight, "load")
        nine = read(changed(ARTICLE.title, f"{eight}\nline 9"))
        assert nine.problems[0][:2] == ("unexplained_text", 4)
        assert nine.title == f"{eight}\nline 9"


class TestLayouts:
    def test_a_title_over_two_lines_needs_no_header(self):
        found = read(page("C", replace(ARTICLE, title="First line\nsecond line")))
        assert (found.layout, found.title, found.problems) == ("C", "First line\nsecond line", [])

    def test_a_date_alone_is_no_page(self):
        assert read("September 20, 2024").problems == [("unknown_layout", 1, None)]

    def test_a_date_that_nothing_of_a_page_follows_is_no_header(self):
        assert read("September 20, 2024\n\nIt rained.").problems == [("unknown_layout", 1, None)]
        assert read("September 20, 2024\n\nIt rained. -0-").layout == "D"

    def test_a_header_before_the_date_line_is_no_title_of_layout_c(self):
        text = page("B").replace(f"KCNA {LABEL}\n\n{ARTICLE.title}\n\n", "")
        found = read(text)
        assert (found.layout, found.captured_date, found.problems) == (
            "B", date(2024, 9, 20), [("missing_title", 2, None)],
        )  # fmt: skip

    def test_layout_b_needs_the_site_line_or_the_date_line(self):
        without_site = read(page("B").replace(f"KCNA {LABEL}\n\n", ""))
        assert (without_site.layout, without_site.problems) == ("B", [])
        without_date = read(page("B").replace(f"{DATE_LINE}\n\n", ""))
        assert (without_date.layout, without_date.problems) == ("B", [("missing_date", 4, None)])

    @pytest.mark.parametrize("furniture", ["Share Button", "Get North Korea headlines", "Subscribe to the NK News"])
    def test_one_piece_of_furniture_tells_a_title_from_a_header(self, furniture):
        title = "September 20, 2024"
        button = f"{furniture}\n\n" if furniture == "Share Button" else ""
        end = "" if button else f"\n\n{furniture} daily"
        found = read(f"{title}\n\n{DATE_LINE}\n\n{button}{PARAGRAPH} -0-{end}")
        assert (found.layout, found.title, found.problems) == ("C", title, [])

    def test_furniture_is_looked_for_after_the_first_date_line(self):
        text = f"September 20, 2024\n\n{DATE_LINE}\n\nShare Button\n\n{PARAGRAPH}\n\n{DATE_LINE}"
        assert read(text).layout == "C"

    def test_without_furniture_the_date_is_a_header(self):
        for text in ("Share Button is a word", "Get more"):
            assert read(f"September 20, 2024\n\n{DATE_LINE}\n\n{text}\n\n{PARAGRAPH} -0-").layout == "B"
        assert read(f"September 20, 2024\n\n{DATE_LINE}").layout == "B"

    def test_a_page_that_ends_with_its_date_line_is_read(self):
        for layout in "ABC":
            text = page(layout)
            codes = [code for code, _, _ in read(text[: text.index(DATE_LINE) + len(DATE_LINE)]).problems]
            assert codes == ["no_body", "truncated"]


class TestLayoutD:
    @pytest.mark.parametrize("sign", ["KCNA", "-0-", "Text. -0-", FOOTER, "More From Naenara"])
    def test_one_sign_is_enough(self, sign):
        assert read(f"Text.\n{sign}").layout == "D"

    def test_paragraphs_are_lines_without_marks(self):
        found = read("One.\nTwo. -0-\n-0-\nKCNA\nMore From Naenara\nThree\nSeptember 20, 2024\nThree\nFour")
        assert found.paragraphs == ["One.", "Two."]
        assert found.roles == [
            "body", "body", "end_mark", "end_mark", "sidebar_heading",
            "sidebar_teaser", "sidebar_date", "sidebar_teaser", "unexplained",
        ]  # fmt: skip
        assert found.sidebar_label == "Naenara"
        assert [(block.position, block.line_number, block.teaser) for block in found.blocks] == [(1, 6, "Three")]

    def test_without_a_heading_all_lines_are_text(self):
        found = read("One.\nTwo. -0-")
        assert (found.paragraphs, found.sidebar_label, found.blocks) == (["One.", "Two."], None, [])

    def test_the_heading_is_the_first_one_that_a_teaser_follows_or_else_the_last(self):
        teaser = "Text\nSeptember 20, 2024\nText"
        found = read(f"More From x\nText\nMore From y\n{teaser}\nMore From z\n{teaser}\nMore From q")
        assert (found.sidebar_label, len(found.blocks)) == ("y", 2)
        assert read("More From x\nText\nMore From y\nText\nSeptember 20, 2024\nOther").sidebar_label == "y"

    def test_teasers_are_read_after_a_line_that_belongs_to_none(self):
        teaser = "Text\nSeptember 20, 2024\nText"
        found = read(f"Text -0-\nMore From x\nBuy now\n{teaser}\n{teaser}\nText\nSeptember 20, 2024")
        assert [(block.position, block.line_number) for block in found.blocks] == [(1, 4), (2, 7)]


class TestSidebars:
    def test_a_page_cut_after_a_foreign_heading_shows_no_end(self):
        text = page().partition(BODY_END)[0] + FOREIGN_HEADING
        found = read(text)
        assert [code for code, _, _ in found.problems] == ["truncated"]
        assert found.paragraphs[-1] == FOREIGN_HEADING

    def test_a_damaged_sidebar_of_a_page_without_a_date_line_is_read(self):
        text = REASONED["missing_date"].replace("\n\nMore Articles", "\n\nBuy now\n\nMore Articles")
        assert [block.is_complete for block in read(text).blocks] == [True, True]

    def test_the_heading_and_the_trailer_in_the_text_are_text(self):
        quoted = f"{HEADING}\n\nMore Articles\n\n{BODY_END}"
        found = read(changed(BODY_END, quoted))
        assert found.paragraphs[1:3] == [HEADING, "More Articles"]
        assert len(found.blocks) == 2

    @pytest.mark.parametrize("length", range(len("More A"), len("More Articles")))
    def test_a_trailer_may_be_cut(self, length):
        found = read(page()[: length - len("More Articles")])
        assert (found.roles[-1], found.is_sidebar_cut, found.problems) == ("more_articles", True, [])

    def test_more_alone_may_be_anything(self):
        found = read(page().removesuffix(" Articles"))
        assert (found.roles[-1], found.is_sidebar_cut, found.problems) == ("sidebar_incomplete", True, [])

    def test_lines_after_the_trailer_are_not_explained(self):
        found = read(f"{page()}\n\nBuy now\n\nand\n\nthen\n\nmore")
        assert found.problems[0][0] == "unexplained_text"

    @pytest.mark.parametrize("number", [2, 3, 4, 5, 6])
    def test_lines_unlike_a_block_are_not_explained(self, number):
        text = page().partition(HEADING)[0] + HEADING + "".join(f"\n\nline {i}" for i in range(number))
        assert read(text).problems == [("unexplained_text", 16, None)]

    def test_a_sidebar_titled_like_its_heading_and_cut_inside_its_only_block_is_found(self):
        block = replace(SIDEBAR[0], title=HEADING)
        found = read(page(sidebar=[block]).removesuffix("bridge was opened\n\nMore Articles"))
        assert (found.problems, len(found.paragraphs), [b.is_complete for b in found.blocks]) == ([], 2, [False])

    def test_a_sidebar_titled_like_its_heading_is_found_wherever_it_is_cut(self):
        text = page(sidebar=[replace(SIDEBAR[0], title=HEADING)])
        for length in range(text.index(HEADING) + len(HEADING), len(text)):
            found = read(text[:length])
            assert (found.roles.index("sidebar_heading"), found.problems) == (7, [])

    def test_a_damaged_sidebar_begins_at_the_first_heading_that_a_block_follows(self):
        text = page(sidebar=[SIDEBAR[0], replace(SIDEBAR[1], title=HEADING)])
        found = read(text.replace(f"\n\n{HEADING}\n\n{HEADING}", f"\n\nBuy now\n\n{HEADING}\n\n{HEADING}"))
        assert (found.roles.index("sidebar_heading"), found.problems) == (7, [("unexplained_text", 26, None)])

    def test_a_block_without_a_real_date_is_one_incomplete_block(self):
        found = read(changed("September 20, 2024\n\nPyongyang", "September 31, 2024\n\nPyongyang"))
        assert [block.is_complete for block in found.blocks] == [False, True]
        assert found.problems == []

    @pytest.mark.parametrize("lost", range(10))
    def test_a_block_that_lost_any_line_is_one_incomplete_block(self, lost):
        lines = page().split("\n\n")
        del lines[lines.index(HEADING) + 1 + lost]
        found = read("\n\n".join(lines))
        expected = [(1, 16, False), (2, 24, True)] if lost < 5 else [(1, 16, True), (2, 26, False)]
        assert [(block.position, block.line_number, block.is_complete) for block in found.blocks] == expected
        assert (found.problems, found.is_sidebar_cut) == ([], False)

    def test_a_missing_trailer_leaves_the_last_block_whole(self):
        found = read(page().removesuffix("\n\nMore Articles"))
        assert [block.is_complete for block in found.blocks] == [True, True]

    def test_of_two_headings_that_no_sidebar_follows_the_last_counts(self):
        text = page().partition(BODY_END)[0] + f"{HEADING}\n\nis text." + f"\n\n{HEADING}" + "\n\nBuy" * 7
        found = read(text)
        assert (found.paragraphs[1:], found.problems[0][0]) == ([HEADING, "is text."], "unexplained_text")

    def test_titles_and_teasers_may_differ_in_white_space(self):
        title, teaser = SIDEBAR[0].title, SIDEBAR[0].teaser
        text = page().replace(f"{title}\n\n{title}", f"{title}\n\nNew\u00a0Bridge\u200b Opened")
        found = read(text.replace(f"2024\n\n{teaser}", f"2024\n\n{teaser.replace(' ', '  ')}"))
        assert (found.blocks[0].title, found.blocks[0].teaser) == (title, teaser)
        assert [block.is_complete for block in found.blocks] == [True, True]


class TestFooters:
    def test_an_end_mark_on_its_own_line_that_text_follows_proves_nothing(self):
        text = changed(BODY_END, "-0-\n\nAnd then").partition(" then")[0]
        found = read(text)
        assert (found.has_end_mark, found.problems) == (False, [("truncated", 12, None)])


class TestBothReaders:
    """The reader of columns gives the same rows, and takes no page that it reads otherwise."""

    TEXTS = (
        "The news.\n\nPyongyang, September 18 (KCNA) -- Text",
        "The news\n\nof today, September 18 (KCNA) -- Text",
        "He) in Rason, September 18 (KCNA) -- Text",
        "Rason (2), September 18 (KCNA) -- Text",
        "(Rason, September 18 (KCNA) -- Text",
        "Rason 2, September 18 (KCNA) -- Text",
        "_Rason, September 18 (KCNA) -- Text",
        "2 Rason, September 18 (KCNA) -- Text",
        "Pyongyang , September 18 (KCNA) -- Text",
        "P, September 18 (KCNA) -- Text",
        "Text\u2028over two lines",
        "Text\u2029over two blocks",
        "Pyongyang, Sep. 18 (KCNA)--Text",
        "Pyongyang, Sept 18 (KCNA)  -  Text",
        "Pyongyang, May 8 (KCNA) \u2013 Text",
        "Pyongyang, September 18 (KCNA) \u2014 Text",
        "Pyongyang, September 018 (KCNA) -- Text",
        "Pyongyang, September 31 (KCNA) -- Text",
        "Pyongyang, Smarch 18 (KCNA) -- Text",
        "Pyongyang, Septembers 18 (KCNA) -- Text",
        "Pyongyang, Se 18 (KCNA) -- Text",
        "Pyongyang, February 29 (KCNA) -- Text",
        "Pyongyang, March 18 (KCNA) -- Text",
        "Pyongyang, 18 de septiembre (ACNC) -- Texto",
        "pyongyang, 18 DE SEPTIEMBRE (acnc) -- Texto",
        "(평양 9월 18일발 조선중앙통신) 본문",
        f"{'P' * 60}, September 18 (KCNA) -- Text",
        f"{'P' * 61}, September 18 (KCNA) -- Text",
        "www.kcna.kp (2024.9.18.)",
        "Text -0- goes on",
        "Text\n\nwww.kcna.kp is a page.",
        "Text\nover two lines",
        "Text \ufffd",
        "Text \u00e2\u20ac",
        "Text  with two  spaces",
        "Text\u00a0with another space",
        "x" * 300,
        "More From here",
        "Date: today",
        "It said More From KCNA.kp (En) and More Articles",
    )
    FOOTERS = (
        "www.kcna.kp (Juche113.9.18.)",
        "www.kcna.kp (Juche 113. 9. 18)",
        "www.kcna.kp(2024.09.18.)",
        "www.kcna.kp  (2024.9.18.)",
        "www.kcna.kp (2024.2.30.)",
        "www.kcna.kp (0999.2.3.)",
        "www.kcna.kp (Juche0.9.18.)",
        "www.kcna.kp (Juche1130.9.18.)",
        "www.kcna.kp (20244.9.18.)",
        "www.kcna.kp (2024.009.18.)",
        "www.kcna.kp (2024.9.018.)",
        "www.kcna.kp (2024.9.18..)",
        "www.k(c (2024.9.18.)",
        "www.k)c (2024.9.18.)",
        "www.k c (2024.9.18.)",
        "www. (2024.9.18.)",
        f"www.{'k' * 100} (Juche 113. 9. 18.)",
        f"www.{'k' * 101} (2024.9.18.)",
        "wwwxkcna.kp (2024.9.18.)",
        "See www.kcna.kp (2024.9.18.)",
        "www.kcna.kp (2024.9.18.) now",
        "",
    )
    CHANGES = (
        ("September 20, 2024Sep 20, 2024", "Sept 20, 2024Sep 20, 2024"),
        ("September 20, 2024Sep 20, 2024", "September 20, 2024Sep 31, 2024"),
        ("September 20, 2024Sep 20, 2024", "September 20, 2024Sep 21, 2024"),
        ("September 20, 2024Sep 20, 2024", "September 020, 2024"),
        ("September 20, 2024Sep 20, 2024", "September 18, 2024"),
        ("September 20, 2024Sep 20, 2024", "September 17, 2024"),
        ("September 20, 2024Sep 20, 2024", "September 16, 2024"),
        (f"KCNA {LABEL}", "KCNA"),
        (f"KCNA {LABEL}", "KCNA Naenara"),
        (f"KCNA {LABEL}", f"KCNA  {LABEL}"),
        (f"KCNA {LABEL}\n\n", f"KCNA {LABEL}\n"),
        (f"{ARTICLE.title}\n\n", f"{ARTICLE.title}\n"),
        (ARTICLE.title, "First line\nsecond line"),
        (ARTICLE.title, "Damaged \ufffd title"),
        (ARTICLE.title, "Damaged \u00e2\u20ac title"),
        (ARTICLE.title, "Title  with two spaces"),
        ("Date: 18/09/2024", "Date:  8/9/2024 "),
        ("Date: 18/09/2024", "Date:18/09/2024"),
        ("Date: 18/09/2024", "Date: /09/2024"),
        ("Date: 18/09/2024", "Date: 018/09/2024"),
        ("Date: 18/09/2024", "Date: 01/01/1946"),
        ("Date: 18/09/2024", "Date: 31/12/1945"),
        ("Date: 18/09/2024", "Date: 21/09/2024"),
        ("Date: 18/09/2024", "Date: 22/09/2024"),
        ("| Source:", "|Source:"),
        ("| Source:", "|  Source:"),
        ("Source: KCNA.kp", "Source:KCNA.kp"),
        (f"{HEADING}\n", f"{FOREIGN_HEADING}\n"),
        (f"{HEADING}\n\n", f"{HEADING}\n"),
        ("\n\nPress Review\n\nPress Review", "\n\nPress Review\n\nPress  Review"),
        ("\n\nPress Review\n\nPress Review", "\n\nPress\nReview\n\nPress\nReview"),
        ("\n\nPress Review\n\nPress Review", "\n\nPress Review \n\nPress Review "),
        ("\n\nPress Review\n\nPress Review", "\n\nPress\u200b Review\n\nPress\u200b Review"),
        ("September 19, 2024\n\nPyongyang", "Sept 9, 2024\n\nPyongyang"),
        ("September 19, 2024\n\nPyongyang", "September 31, 2024\n\nPyongyang"),
        ("September 19, 2024\n\nPyongyang", "September 019, 2024\n\nPyongyang"),
        ("\n\nMore Articles", "\n\nMore Articles\n"),
        ("\n\nMore Articles", "\n\nMore Articles\n\n"),
        ("\n\nMore Articles", "\nMore Articles"),
        (" -0-", "-0-"),
        (" -0-", "  -0-"),
        (" -0-", "\n\n-0-"),
        (" -0-", " -0-."),
        (" -0-", ""),
        (f" -0-\n\n{FOOTER}", ""),
    )

    @pytest.mark.parametrize("layout", ["A", "B"])
    def test_on_texts_of_every_form(self, layout):
        made = [replace(ARTICLE, paragraphs=(text, "More text."), dateline_place=None) for text in self.TEXTS]
        same_tables(frame(page(layout, article).encode() for article in made))

    @pytest.mark.parametrize("text", ["Text.", "Text. -0-"])
    def test_on_footers_of_every_form(self, text):
        end = f"{BODY_END}\n\n{FOOTER}"
        same_tables(frame(changed(end, f"{text}\n\n{footer}").encode() for footer in self.FOOTERS))

    def test_on_changes_of_every_part(self):
        same_tables(frame(changed(old, new).encode() for old, new in self.CHANGES))

    def test_on_pages_that_share_their_sidebar_but_not_their_source(self):
        made = [page(), page("B"), page(article=replace(ARTICLE, source_label="Naenara (en)"))]
        same_tables(frame(text.encode() for text in made))
        ids = read_columns(frame(text.encode() for text in made))["sidebar_block"]["sidebar_entry_id"]
        assert (len(ids), ids.n_unique()) == (6, 4)

    @pytest.mark.parametrize(
        ("published", "dateline"),
        [
            (date(2024, 1, 1), date(2023, 12, 31)),
            (date(2023, 12, 31), date(2024, 1, 1)),
            (date(2024, 7, 2), date(2024, 1, 1)),
            (date(2023, 3, 1), date(2024, 2, 29)),
        ],
    )
    def test_on_the_year_of_a_dateline(self, published, dateline):
        article = replace(ARTICLE, published=published, dateline_date=dateline)
        pages = frame([page(article=article).encode()])
        same_tables(pages)
        assert read_columns(pages)["article"]["dateline_date"].to_list() == [dateline]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (ARTICLE.title, ARTICLE.title),
            ("September 20, 2024Sep 20, 2024", "September 20, 2024"),
            (f"\n\n{FOOTER}", ""),
            (" -0-", ""),
            (ARTICLE.paragraphs[0], "It said More From KCNA.kp (En) and Date: today"),
            ("\n\nMore Articles", "\n\nMore Articles\n"),
            ("Juche113.9.18.", "Juche113.9.27."),
        ],
    )
    def test_a_regular_page_is_read_as_columns(self, old, new):
        pages = frame([changed(old, new).encode()])
        assert read_columns(pages)["page"].height == 1
        same_tables(pages)
