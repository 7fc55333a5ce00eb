"""Writes the documents that follow from the code: `python -m docs.build [--check]`.

A document is a file in this folder and a function that returns its text. The text depends on nothing but the project,
so that writing it twice gives the same bytes and `--check` can tell a stale file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from docs import dictionary, errors, promises, questions, rules

FOLDER = Path(__file__).resolve().parent
COMMAND = "python -m docs.build"

DOCUMENTS: dict[str, Callable[[], str]] = {
    "dictionary.md": dictionary.render,
    "errors.md": errors.render,
    "promises.md": promises.render,
    "questions.md": questions.text,
    "rules.md": rules.render,
}
"""The functions that give the texts of the documents, by file name."""


def stale_documents() -> dict[str, str]:
    """New texts by file name, for the documents that are missing or say something else."""
    texts = {name: render() for name, render in DOCUMENTS.items()}
    return {name: text for name, text in texts.items() if _stored(name) != text.encode()}


def _stored(name: str) -> bytes | None:
    path = FOLDER / name
    return path.read_bytes() if path.is_file() else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what is stale, or only name it; returns the exit code: 1 if a check found something stale, else 0."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Write the documents that follow from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 and name what is stale")
    only_check = parser.parse_args(arguments).check
    stale = stale_documents()
    for name, text in stale.items():
        if only_check:
            print(f"docs/{name} is stale: run `{COMMAND}`", file=sys.stderr)
        else:
            (FOLDER / name).write_bytes(text.encode())
            print(f"docs/{name} written")
    return 1 if only_check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
