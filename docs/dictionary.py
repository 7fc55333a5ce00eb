"""The data dictionary as Markdown: what a row of each table is, its key, its references and its columns.

Everything is read from where it is written once: meanings from the comments in `sql/`, keys and references from the
rule files in `expectations/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from etl.quality.references import Reference, references
from etl.quality.suite import Suite, load_suites
from etl.settings import project_folder
from etl.warehouse.catalog import RECORD_ORDER, Table, dictionary

HEAD = """\
<!-- Written by `python -m docs.build` from sql/ and expectations/: change those, then run it. -->

# Data dictionary

Every table of the warehouse with what a row is, its key, the tables it refers to, and its columns. A reference is
tested: each value stands in the table named. The same meanings are shown by `kcna sql ".describe core.fact_article"`.
"""

SCHEMA_MEANINGS = {
    "core": "Facts and dimensions.",
    "marts": "Answers to common questions, made from core.",
    "quality": "What became of every file and page, and what the rules said.",
}


def render() -> str:
    """The whole document."""
    tables = dictionary()
    suites = {suite.table: suite for suite in load_suites(project_folder("expectations")).values()}
    blocks = [HEAD, _contents(tables.values())]
    for schema, members in _by_schema(tables.values()):
        blocks.append(f"## {schema}\n\n{SCHEMA_MEANINGS[schema]}\n")
        blocks += [_section(table, suites.get(table.name), tables) for table in members]
    return "\n".join(blocks)


def _by_schema(tables: Iterable[Table]) -> Iterator[tuple[str, list[Table]]]:
    for schema, members in groupby(tables, key=lambda table: table.name.split(".")[0]):
        yield schema, list(members)


def _contents(tables: Iterable[Table]) -> str:
    lines = []
    for schema, members in _by_schema(tables):
        lines.append(f"- [{schema}](#{schema})")
        lines += [f"  - {_link(table.name)}: {_first_sentence(table.comment)}" for table in members]
    return "\n".join(lines) + "\n"


def _first_sentence(comment: str) -> str:
    return escaped(comment.split(". ")[0].rstrip(".")) + "."


def _section(table: Table, suite: Suite | None, tables: Mapping[str, Table]) -> str:
    lines = [f"### {table.name}", "", _text(table.comment, table, tables), ""]
    lines += [*_facts(table, suite), ""]
    lines += ["| column | type | meaning |", "| --- | --- | --- |"]
    lines += [f"| `{one.name}` | {one.type} | {_text(one.comment, table, tables)} |" for one in table.columns]
    return "\n".join(lines) + "\n"


def _facts(table: Table, suite: Suite | None) -> Iterator[str]:
    """Key, references, rules and definition as a list."""
    if suite:
        yield f"- Key: {_names(suite.key)}"
        yield from (f"- {_described(reference)}" for reference in references(suite))
        file = f"expectations/{suite.name}.json"
        yield f"- Rules: {len(suite.rules)}, in [{file}](../{file})"
    else:
        yield "- Rules: none" + ("; it is filled after the checks" if table.name in RECORD_ORDER else "")
    file = f"sql/{table.name.replace('.', '/')}.sql"
    yield f"- Defined in [{file}](../{file})"


def _described(reference: Reference) -> str:
    child = _names(own for own, _ in reference.columns)
    parent = _names(other for _, other in reference.columns)
    scope = f", where `{' and '.join(reference.scope)}`" if reference.scope else ""
    target = f", a row with `{' and '.join(reference.target)}`" if reference.target else ""
    return f"{child} refers to {parent} in {_link(reference.table)}{target}{scope}"


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _text(comment: str, table: Table, tables: Mapping[str, Table]) -> str:
    """A comment with links to the other tables that it names."""

    def linked(found: re.Match[str]) -> str:
        name = found.group()
        return _link(name) if name in tables and name != table.name else name

    return re.sub(r"\b\w+\.\w+\b", linked, escaped(comment))


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line and inside a cell of a table."""
    return re.sub(r"([\\|*<>\[\]`])", r"\\\1", " ".join(text.split()))


def _link(table: str) -> str:
    return f"[{table}](#{table.replace('.', '')})"
