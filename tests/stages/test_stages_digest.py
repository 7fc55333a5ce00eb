"""Digests change with whatever decides the content, and with nothing else where that would cost much."""

import shutil

import pytest

from etl.settings import PACKAGE_FOLDER, project_folder
from etl.stages import digest

DIGESTS = ("code_digest", "rules_digest", "prune_digest", "enrich_digest")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the code and the rules, to be changed."""
    for folder in ("sql", "expectations"):
        shutil.copytree(project_folder(folder), tmp_path / folder)
    shutil.copytree(PACKAGE_FOLDER, tmp_path / "etl", ignore=shutil.ignore_patterns("__pycache__", "sample_pages"))
    monkeypatch.setattr(digest, "PACKAGE_FOLDER", tmp_path / "etl")
    monkeypatch.setattr(digest, "__file__", str(tmp_path / "etl" / "stages" / "digest.py"))
    monkeypatch.setattr(digest, "project_folder", lambda name: tmp_path / name)
    return tmp_path


def digests():
    return {name: getattr(digest, name).__wrapped__() for name in DIGESTS}


def test_a_checkout_that_was_moved_has_the_same_digests(project):
    assert digests() == {name: getattr(digest, name)() for name in DIGESTS}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("etl/enrich/places.py", {"code_digest", "enrich_digest"}),
        ("etl/reference/places.csv", {"code_digest", "enrich_digest"}),
        ("etl/prune/revision.py", {"code_digest", "prune_digest"}),
        ("etl/stages/clean.py", {"code_digest", "prune_digest", "enrich_digest"}),
        ("etl/quality/row_rules.py", {"code_digest", "rules_digest"}),
        ("expectations/parsed_page.json", {"code_digest", "rules_digest"}),
        ("expectations/core_fact_page.json", {"code_digest"}),
        ("etl/parse/page.py", {"code_digest"}),
        ("etl/cli.py", {"code_digest"}),
        ("sql/core/dim_date.sql", {"code_digest"}),
    ],
)
def test_a_changed_file_changes_the_digests_of_what_it_decides(changed, expected, project):
    before = digests()
    with (project / changed).open("a", encoding="utf-8") as file:
        file.write("\n")

    after = digests()

    assert {name for name in DIGESTS if after[name] != before[name]} == expected


def test_imports_are_followed_wherever_they_stand(project):
    (project / "etl" / "enrich" / "days.py").write_text("def late():\n    from etl.prune import sidebar\n")
    (project / "etl" / "prune" / "sidebar.py").write_text("import etl.runs\n")
    before = digest.enrich_digest.__wrapped__()
    (project / "etl" / "runs.py").write_text("changed = True\n")

    assert digest.enrich_digest.__wrapped__() != before


def test_other_libraries_make_other_digests(monkeypatch):
    before = digests()
    monkeypatch.setattr(digest, "version", lambda library: f"another {library}")

    after = digests()

    assert all(after[name] != before[name] for name in DIGESTS)
