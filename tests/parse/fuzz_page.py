"""Coverage-guided fuzzing of the parser: `python -m tests.parse.fuzz_page -max_total_time=60`.

Starts from the sample pages. Stops with the bytes that broke a promise: reading raised, a line has no role, a page
loaded with an unexplained line, or the two readers disagree.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["etl.parse"]):
    from etl.parse.batch import parse_batch, read_one_by_one
    from etl.parse.outcome import REASONS
    from etl.parse.page import read_page

from etl.settings import sample_pages
from tests.parse.pages import frame


def check(content: bytes) -> None:
    """One input, all promises."""
    page = read_page(content)
    codes = {code for code, _, _ in page.problems}
    assert codes <= set(REASONS), codes
    assert "parser_error" not in codes, page.problems
    assert sum(page.line_roles().values()) == len(page.roles)
    if not page.problems:
        assert "unexplained" not in page.roles
        assert page.title
        assert page.paragraphs
        assert page.published_date
    pages = frame([content])
    together, alone = parse_batch(pages), read_one_by_one(pages)
    assert all(together[name].equals(alone[name]) for name in alone), "the two readers disagree"


def main() -> None:
    """Fuzz until a failure, or as long as the arguments of libFuzzer say."""
    with tempfile.TemporaryDirectory() as corpus:
        for path in sample_pages().glob("*.txt"):
            (Path(corpus) / path.name).write_bytes(path.read_bytes())
        atheris.Setup([*sys.argv, "-max_len=20000", f"-artifact_prefix={tempfile.gettempdir()}/", corpus], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
