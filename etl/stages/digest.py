"""Digests that say what a stage was made from: equal digests mean equal content."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from etl import files
from etl.settings import PACKAGE_FOLDER, Home, project_folder

DIGEST_LENGTH = 12

LIBRARIES = ("duckdb", "holidays", "numpy", "polars", "rapidfuzz", "selectolax")
"""Those that decide what rows look like."""

SOURCES = {".py", ".sql", ".json", ".csv", ".geojson", ".j2"}


def digest_of(*parts: str) -> str:
    """A short digest of these texts, in this order."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:DIGEST_LENGTH]


@cache
def code_digest() -> str:
    """One digest of everything that decides what a build looks like: code, SQL, rules, reference data, libraries."""
    folders = (PACKAGE_FOLDER, project_folder("sql"), project_folder("expectations"))
    return _digest_of_files(path for folder in folders for path in folder.rglob("*"))


@cache
def rules_digest() -> str:
    """One digest of all that decides which rows of the parsed tables the rules send to quarantine."""
    return _digest_of_files(
        [*project_folder("expectations").glob("parsed_*.json"), *_used_by("etl.quality.quarantine")]
    )


@cache
def prune_digest() -> str:
    """One digest of the code that makes clean tables of parsed ones, span by span."""
    used = {path for module in ("article", "outcome", "sidebar") for path in _used_by(f"etl.prune.{module}")}
    here = (Path(__file__).with_name(name) for name in ("clean.py", "sorting.py", "spans.py"))
    return _digest_of_files([*used, *here])


@cache
def enrich_digest() -> str:
    """One digest of the code and the reference data that decide what is read from articles.

    It leaves the parser out: an article whose words are the same is not read again after a change of the parser.
    """
    data = [path for folder in ("enrich", "reference") for path in (PACKAGE_FOLDER / folder).rglob("*")]
    return _digest_of_files([*data, *_used_by("etl.enrich"), Path(__file__).with_name("clean.py")])


def _digest_of_files(paths: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}\0".encode())
    for path in sorted({path for path in paths if path.suffix in SOURCES and path.is_file()}):
        # no more of the path, so that a checkout may be moved
        digest.update("/".join(path.parts[-2:]).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _used_by(module: str) -> set[Path]:
    """The files of a module of this package and of all that it imports from the package, in whatever place."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _file_of(name)
        if path is None or path in found:
            continue
        found.add(path)
        waiting += [name.rpartition(".")[0], *_imports(path)]
    return found


def _file_of(module: str) -> Path | None:
    """The file of a module of this package; None for anything else, such as a function of a module."""
    package, *names = module.split(".")
    path = PACKAGE_FOLDER.joinpath(*names)
    candidates = (path / "__init__.py", path.with_name(f"{path.name}.py"))
    return next((each for each in candidates if package == "etl" and each.is_file()), None)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def build_digest(home: Home) -> str:
    """One digest of the raw pages, what was made of them so far, and the code: equal digests mean equal content."""
    stored = [files.Manifest(folder / "manifest.json").digest() for folder in (home.raw, home.parsed, home.clean)]
    return digest_of(*stored, code_digest())
