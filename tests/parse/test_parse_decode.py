"""The right text or none: encodings with and without marks, and bytes that are no text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.parse.decode import NotTextError, UndecodableError, decode
from tests.parse.pages import ARTICLE, page

KOREAN = (
    "August 8, 2024\nKCNA Tongil Sinbo\n\n·새 도서실에 울리는 책 읽는 소리\n\n"
    "평양의 어느 한 거리에 새로 꾸려진 도서실이 있다. 아이들이 저녁마다 이곳을 찾아와 책을 읽는다. -0-"
)
WESTERN = page().replace("Workers", "“Workers” – ‘of’ the café’s").replace("took", "took 20×10 £")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", [KOREAN, WESTERN])
def test_unicode_with_and_without_a_mark(text, encoding):
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", [KOREAN, WESTERN])
def test_wide_unicode_without_a_mark(text, encoding):
    decoded = decode(text.encode(encoding))
    assert decoded == (text, encoding)


@pytest.mark.parametrize("encoding", ["cp949", "euc-kr"])
def test_korean_in_the_encodings_of_korean_systems(encoding):
    assert decode(KOREAN.encode(encoding)) == (KOREAN, "cp949")


def test_western_punctuation_in_cp1252():
    assert decode(WESTERN.encode("cp1252")) == (WESTERN, "cp1252")


def html(declared, content):
    return f'<html><head><meta charset="{declared}"></head><body>'.encode() + content + b"</body></html>"


def test_a_declared_encoding_decides():
    assert decode(html("euc-kr", "가나다라".encode("cp949"))).text.count("가나다라") == 1
    assert decode(html("windows-1252", "café’s".encode("cp1252"))).text.count("café’s") == 1


@pytest.mark.parametrize("declared", ["windows-1252", "utf-8", "shift_jis"])
def test_a_page_that_contradicts_its_own_declaration_is_not_guessed(declared):
    with pytest.raises(UndecodableError):
        decode(html(declared, "가나다라".encode("cp949")))


@pytest.mark.parametrize(
    "content",
    [
        KOREAN.encode()[:-20] + b"\xea\xb0" + b" -0-",  # UTF-8 with a character cut in the middle
        WESTERN.encode().replace("“".encode(), b"\xe2\x80", 1),
        KOREAN.encode("cp949").replace(b"-0-", b"\xff\xff -0-"),
        page().encode("utf-16-le") + b"\x00",
        page().encode("utf-16")[:-1],
        b"\xff\xfe" + "a\ud800b".encode("utf-16-le", "surrogatepass"),
        page().encode().replace(b"farms", "far\udc80ms".encode("utf-8", "surrogatepass")),
        page().encode().replace(b"farms", b"far\x00ms"),
        page().encode("latin-1").replace(b"farms", b"f\x81\x8d\x8f\x90ms"),
    ],
)
def test_damaged_text_is_not_guessed(content):
    with pytest.raises((UndecodableError, NotTextError)):
        decode(content)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"\x00" * 4096, bytes(range(32)) * 9])
def test_binary_data_is_no_text(content):
    with pytest.raises(NotTextError):
        decode(content)


@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_refused(content):
    try:
        text, encoding = decode(content)
    except (NotTextError, UndecodableError):
        return
    mark = {"utf-8": b"\xef\xbb\xbf"}.get(encoding, b"")
    assert content.removeprefix(mark).decode(encoding).lstrip("\ufeff") == text.lstrip("\ufeff")


@given(st.text(st.characters(codec="cp949", min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=40))
def test_korean_text_is_never_read_as_something_else(text):
    around = f"{ARTICLE.title}\n\n{KOREAN}{text}"
    try:
        decoded = decode(around.encode("cp949"))
    except UndecodableError:
        return  # rare syllables alone could be another encoding; then nothing is guessed
    assert decoded.text == around
