"""Great Expectations' pages on each run's checks ("Data Docs"), as the evidence behind the quality report.

A run's checks store the validation of each suite in `report/data-docs/<run id>.partial/`. When they have ended, the
pages are written beside them and the folder gets the run's id as its name: a folder of that name is whole. How a
suite's page is rendered, and made safe, is in `gx_page`; here is which files there are and for how long.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from etl import files
from etl.quality.report_rules import SEVERITY_ORDER
from etl.runs import RunRecord
from etl.settings import Settings
from etl.text import visible

if TYPE_CHECKING:
    from etl.quality.check import SuiteReport  # importing it brings Great Expectations, which takes seconds

VENDOR = Path(__file__).parent / "vendor"
INDEX = "index.html"


class DataDocsWarning(UserWarning):
    """The pages of a run could not be made; the run itself went on."""


@contextlib.contextmanager
def optional(run_id: str) -> Iterator[None]:
    """Turn an error inside the block into a warning: pages about a load must never stop it."""
    try:
        yield
    except Exception as error:
        message = f"run {run_id} has no Data Docs: {type(error).__name__}: {visible(error)}"
        warnings.warn(message, DataDocsWarning, stacklevel=3)


def store(settings: Settings, run_id: str, reports: Iterable[SuiteReport]) -> None:
    """Store the validations of a run's suites until its checks have ended, and remove what killed runs left.

    Args:
        settings: Where the home folder is.
        run_id: The run.
        reports: What its checks found. A suite without a validation, whose table could not be read, gets no page.
    """
    folder = _unfinished(settings, run_id)
    for path in _folders(settings):
        if path.suffix == files.TEMPORARY_SUFFIX and path != folder:
            shutil.rmtree(path)
    folder.mkdir(parents=True, exist_ok=True)
    for report in reports:
        if report.validation is not None:
            path = folder / f"{report.suite.name}.json"
            path.write_text(json.dumps(report.validation, ensure_ascii=False), encoding="utf-8")


def build(settings: Settings, record: RunRecord) -> Path:
    """Make the pages of a run from the validations stored, and remove those of older runs.

    Args:
        settings: Where the home folder is, and how many runs are kept.
        record: The run, with its results and verdict.

    Returns:
        The list of the run's suites, which leads to their pages.

    Raises:
        gx_page.PageError: A page lacks a rule or holds something that could act.
    """
    from etl.quality import gx_page  # Great Expectations takes seconds to import

    unfinished = _unfinished(settings, record.run_id)
    unfinished.mkdir(parents=True, exist_ok=True)
    pages = gx_page.SuitePages(record)
    for path in sorted(unfinished.glob("*.json")):
        page = pages.render(json.loads(path.read_text(encoding="utf-8")))
        path.with_suffix(".html").write_text(page, encoding="utf-8")
    content = {"policy": gx_page.POLICY, "run": record, "suites": _summaries(record, unfinished)}
    index = _environment(gx_page.TEMPLATES).get_template("index.html.j2").render(content)
    gx_page.check_page(index)
    (unfinished / INDEX).write_text(index, encoding="utf-8")
    _copy_vendor(settings)
    folder = settings.paths().data_docs / record.run_id
    if folder.exists():
        _remove(folder)
    unfinished.rename(folder)
    _prune(settings, folder)
    return folder / INDEX


def _unfinished(settings: Settings, run_id: str) -> Path:
    return settings.paths().data_docs / f"{run_id}{files.TEMPORARY_SUFFIX}"


def _copy_vendor(settings: Settings) -> None:
    """Put the styles beside the runs; nothing is removed, because pages of older runs may still use it."""
    folder = settings.paths().data_docs / VENDOR.name
    folder.mkdir(exist_ok=True)
    for source in VENDOR.iterdir():
        target, content = folder / source.name, source.read_bytes()
        if not target.exists() or target.read_bytes() != content:
            with files.atomic_path(target) as temporary:
                temporary.write_bytes(content)


def _prune(settings: Settings, current: Path) -> None:
    """Remove the pages of all but the newest runs; the current one is the newest, whatever the clock says."""
    whole = [path for path in _folders(settings) if path.suffix != files.TEMPORARY_SUFFIX and (path / INDEX).exists()]
    older = sorted((path for path in whole if path != current), key=lambda path: (path.stat().st_mtime_ns, path.name))
    for path in older[: max(0, len(whole) - settings.keep_data_docs)]:
        _remove(path)


def _remove(folder: Path) -> None:
    """Remove a run's folder so that none of that name is ever a part."""
    doomed = folder.with_name(f"{folder.name}.old{files.TEMPORARY_SUFFIX}")
    folder.rename(doomed)
    shutil.rmtree(doomed)


def _folders(settings: Settings) -> list[Path]:
    parent = settings.paths().data_docs
    if not parent.exists():
        return []
    return [path for path in parent.iterdir() if path.is_dir() and not path.is_symlink()]


# The list of suites --------------------------------------------------------------------------------


def _environment(templates: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    return environment


def _summaries(record: RunRecord, folder: Path) -> list[dict[str, Any]]:
    """One entry per suite: those that stop the publication first, then those that fail."""
    by_suite: dict[str, list[dict[str, Any]]] = {}
    for row in record.rule_results:
        by_suite.setdefault(row["suite"], []).append(row)
    entries = [_summary(suite, rows, folder) for suite, rows in by_suite.items()]
    return sorted(entries, key=lambda entry: (not entry["blocks"], entry["passed"] == entry["total"], entry["suite"]))


def _summary(suite: str, rows: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    failures = [row for row in rows if not row["success"]]
    by_severity = Counter(row["severity"] for row in failures if row["error"] is None)
    return {
        "suite": suite,
        "table": rows[0]["table_name"],
        "has_page": (folder / f"{suite}.html").exists(),
        "total": len(rows),
        "passed": len(rows) - len(failures),
        "failed": {severity: by_severity[severity] for severity in SEVERITY_ORDER},
        "unjudged": sum(row["error"] is not None for row in failures),
        "blocks": any(row["is_blocking"] for row in failures),
    }
