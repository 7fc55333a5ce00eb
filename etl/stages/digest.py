"""Digests that say what a stage was made from: equal digests mean equal content."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from etl import files
from etl.settings import PACKAGE_FOLDER, Home, project_folder

DIGEST_LENGTH = 12


def digest_of(*parts: str) -> str:
    """A short digest of these texts, in this order."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:DIGEST_LENGTH]


@cache
def code_digest() -> str:
    """One digest of everything that decides what a build looks like: code, SQL, rules, reference data, libraries."""
    digest = hashlib.sha256()
    for library in ("duckdb", "holidays", "polars", "rapidfuzz", "selectolax"):
        digest.update(f"{library} {version(library)}\0".encode())
    folders = (PACKAGE_FOLDER, project_folder("sql"), project_folder("expectations"))
    for path in sorted(p for folder in folders for p in folder.rglob("*") if _is_source(p)):
        digest.update("/".join(path.parts[-3:]).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@cache
def rules_digest() -> str:
    """One digest of all that decides which rows of the parsed tables the rules send to quarantine."""
    rules = sorted(project_folder("expectations").glob("parsed_*.json"))
    code = [PACKAGE_FOLDER / "quality" / f"{name}.py" for name in ("quarantine", "row_rules", "suite")]
    return digest_of(version("duckdb"), *(path.read_text(encoding="utf-8") for path in (*rules, *code)))


def _is_source(path: Path) -> bool:
    return path.suffix in {".py", ".sql", ".json", ".csv", ".j2"} and path.is_file()


def build_digest(home: Home) -> str:
    """One digest of the raw pages, what was made of them so far, and the code: equal digests mean equal content."""
    stored = [files.Manifest(folder / "manifest.json").digest() for folder in (home.raw, home.parsed, home.clean)]
    return digest_of(*stored, code_digest())
