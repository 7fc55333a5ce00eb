"""The ready questions as Markdown, each with the answer that the sample pages give.

Questions, traps and limits are read from the headers in `sql/queries/`. Answers are made by building the warehouse from
the sample pages; times and digests of that build, which change with every change of the code, are not shown.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from rich.cells import cell_len, set_cell_size

from etl.fetch.origin import read_origin
from etl.fetch.raw_store import RawStore
from etl.runs import RunRecord, RunStore
from etl.settings import Settings, sample_pages
from etl.stages import CleanStore, ParsedStore
from etl.text import visible
from etl.warehouse import build
from etl.warehouse.queries import ReadyQuery, load_queries
from etl.warehouse.read import connect_locked

HEAD = """\
<!-- Written by `python -m docs.build` from sql/queries/ and the sample pages: change those, then run it. -->

# Ready questions

Each question is one file in [sql/queries](../sql/queries/README.md), and is answered on the published warehouse by its
name, for example `kcna sql ".ask leader_absence"`. The answers below are those of the sample pages, whose texts were
written for this project: they show what an answer looks like, and no fact.
"""

WIDTH = 110
ROWS = 8
LEAST = 16
"""Narrower than this, a column of text says little; other values are never cut."""

GAP = "  "
TIME = datetime(2026, 3, 1, tzinfo=UTC)
"""After every capture on the sample pages."""

UNSHOWN = ("parser_version", "build_digest")


def text() -> str:
    """The whole document."""
    queries = load_queries()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home")
        with connect_locked(_sample_warehouse(settings), settings) as con:
            sections = [_section(query, con) for query in queries.values()]
    return "\n".join([HEAD, _contents(queries.values()), *sections])


def _sample_warehouse(settings: Settings) -> Path:
    home = settings.paths()
    offers = read_origin(str(sample_pages()), settings)
    RawStore(home.raw).add(offers, TIME, settings.pack_pages, settings.pack_bytes)
    ParsedStore(home).update()
    CleanStore(home).update()
    build.build(settings, home.work_file)
    time = TIME.isoformat()
    record = RunRecord("sample", time, verdict="passed", finished_at=time, build_digest="0" * 12)
    build.record(settings, home.work_file, RunStore(home).history(record))
    return home.work_file


def _contents(queries: Iterable[ReadyQuery]) -> str:
    return "".join(f"- [{_heading(query)}](#{_anchor(_heading(query))})\n" for query in queries)


def _heading(query: ReadyQuery) -> str:
    return query.question if query.number is None else f"{query.number}. {query.question}"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")


def _section(query: ReadyQuery, con: duckdb.DuckDBPyConnection) -> str:
    cursor = con.execute(query.sql)
    columns = [column[0] for column in cursor.description]
    rows = cursor.fetchall()
    said = {"Row": query.row, "Trap": query.trap, "Cannot say": query.cannot_say, "Change": query.change}
    lines = [
        f"## {_heading(query)}",
        "",
        f"[sql/queries/{query.name}.sql](../sql/queries/{query.name}.sql)",
        "",
        *(f"- **{part}**: {_escaped(words)}" for part, words in said.items()),
        "",
        *_answer(columns, rows),
    ]
    return "\n".join(lines) + "\n"


def _escaped(words: str) -> str:
    """Words that Markdown shows as they are."""
    return re.sub(r"([\\|*<>\[\]])", r"\\\1", words)


def _answer(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """The first rows in a fence that no text of a page can close, and what of the answer is not in it."""
    if not rows:
        return ["The sample pages give no row."]
    shown = [column for column in columns if column not in UNSHOWN]
    values = [[row[columns.index(column)] for column in shown] for row in rows[:ROWS]]
    lines, kept = _record(shown, values[0]) if len(rows) == 1 else _table(shown, values)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", "\n".join(lines))), default=0))
    beyond = [f"{len(rows) - ROWS} more rows"] if len(rows) > ROWS else []
    if unseen := [f"`{column}`" for column in columns if column not in kept]:
        beyond.append(f"the columns {', '.join(unseen)}" if len(unseen) > 1 else f"the column {unseen[0]}")
    return [f"{fence}text", *lines, fence, *(["", f"Not shown: {'; '.join(beyond)}."] if beyond else [])]


def _cell(value: object) -> str:
    """A value on one line, without characters that steer a terminal."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return visible(" ".join(str(value).split()))


def _record(columns: Sequence[str], values: Sequence[object]) -> tuple[list[str], Sequence[str]]:
    """One row with a line to a column."""
    width = max(map(cell_len, columns))
    lines = [
        f"{column:<{width}}{GAP}{_cut(_cell(value), WIDTH - width - len(GAP))}"
        for column, value in zip(columns, values, strict=True)
    ]
    return lines, columns


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> tuple[list[str], Sequence[str]]:
    """Lines no wider than `WIDTH`, and the columns that have a place in them: as many as fit, from the left."""
    heads = [column.split("_") for column in columns]
    cells = [[_cell(row[place]) for row in rows] for place in range(len(columns))]
    named = [max(map(cell_len, head)) for head in heads]
    wanted = [max(width, *map(cell_len, column)) for width, column in zip(named, cells, strict=True)]
    least = [
        max(name, min(want, LEAST)) if any(isinstance(row[place], str) for row in rows) else want
        for place, (name, want) in enumerate(zip(named, wanted, strict=True))
    ]
    kept = max(count for count in range(1, len(columns) + 1) if count == 1 or _total(least[:count]) <= WIDTH)
    widths = wanted[:kept]
    while _total(widths) > WIDTH:
        widest = max((place for place in range(kept) if widths[place] > least[place]), key=widths.__getitem__)
        widths[widest] -= 1
    height = max(map(len, heads[:kept]))
    printed = [[([""] * (height - len(head)) + head)[line] for head in heads[:kept]] for line in range(height)]
    printed += [["─" * width for width in widths], *(list(row)[:kept] for row in zip(*cells, strict=True))]
    right = [all(re.fullmatch(r"-|-?[0-9.]+", cell) for cell in column) for column in cells[:kept]]
    return [_line(line, widths, right) for line in printed], columns[:kept]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    fitted = []
    for cell, width, on_right in zip(cells, widths, right, strict=True):
        cut = _cut(cell, width)
        space = " " * (width - cell_len(cut))
        fitted.append(space + cut if on_right else cut + space)
    return GAP.join(fitted).rstrip()


def _cut(cell: str, width: int) -> str:
    return cell if cell_len(cell) <= width else set_cell_size(cell, width - 1).rstrip() + "…"
