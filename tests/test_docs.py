"""The documents that are made from the code say what the code says."""

import re
from pathlib import Path

import pytest

from docs import build, dictionary
from etl.quality.references import references
from etl.quality.suite import load_suites
from etl.settings import project_folder
from etl.warehouse import catalog

DOCS = Path(build.__file__).parent


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of documents of which one can be written."""
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    monkeypatch.setattr(build, "DOCUMENTS", {"one.md": lambda: "written\n"})
    return tmp_path


@pytest.fixture(scope="module")
def document():
    return dictionary.render()


def test_no_document_is_stale(monkeypatch):
    monkeypatch.delitem(build.DOCUMENTS, "rules.md")  # tests/expectations compares it line by line
    stale = list(build.stale_documents())
    if stale:
        pytest.fail(
            f"stale in docs/: {', '.join(stale)}. Run `{build.COMMAND}` and commit what it wrote", pytrace=False
        )


def test_a_check_names_what_is_stale_and_writes_nothing(folder, capsys):
    assert build.main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/one.md is stale: run `python -m docs.build`\n"
    assert list(folder.iterdir()) == []


def test_what_is_stale_is_written_and_then_no_longer_stale(folder, capsys):
    (folder / "one.md").write_text("old\n")

    assert build.main([]) == 0
    assert capsys.readouterr().out == "docs/one.md written\n"
    assert (folder / "one.md").read_text() == "written\n"
    assert build.main(["--check"]) == 0
    assert build.main([]) == 0
    assert capsys.readouterr().out == ""


def test_every_table_and_column_has_its_line(document):
    for table in catalog.dictionary().values():
        _, found, section = document.partition(f"\n### {table.name}\n")
        assert found, table.name
        lines = section.split("\n### ")[0].splitlines()
        assert [line.split(" | ")[0] for line in lines if line.startswith("| `")] == [
            f"| `{column.name}`" for column in table.columns
        ]
        assert all(len(re.findall(r"(?<!\\)\|", line)) == 4 for line in lines if line.startswith("|"))


def test_every_link_leads_somewhere(document):
    anchors = {
        re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", document, re.MULTILINE)
    }
    for link in re.findall(r"\]\(([^)]+)\)", document):
        if link.startswith("#"):
            assert link[1:] in anchors, link
        else:
            assert (DOCS / link).is_file(), link


def test_every_rule_about_a_reference_is_read(document):
    count = 0
    for suite in load_suites(project_folder("expectations")).values():
        if suite.table not in catalog.dictionary():
            continue
        found = references(suite)
        wanted = [rule for rule in suite.rules if " as parent on " in str(rule.kwargs.get("unexpected_rows_query"))]
        assert len(found) == len(wanted), suite.name
        columns = {column.name for column in catalog.dictionary()[suite.table].columns}
        assert all(own in columns for reference in found for own, _ in reference.columns)
        count += len(found)
    assert count == len(re.findall(r"^- `.+ refers to `", document, re.MULTILINE)) > 10


def test_text_cannot_break_a_table():
    assert dictionary.escaped("a | b\n<b> *c*") == r"a \| b \<b\> \*c\*"
