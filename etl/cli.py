"""The command `kcna`: thin, it calls the same code as the Dagster assets.

Nothing heavy is imported before a command needs it, so that `kcna --help` answers at once.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from etl.settings import Settings

Command = TypeVar("Command", bound=Callable[..., object])


def _home_option(command: Command) -> Command:
    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for everything that is written. [default: $KCNA_HOME, else ./kcna-data]",
    )(command)


def _format_option(command: Command) -> Command:
    return click.option(
        "--format",
        "style",
        type=click.Choice(["table", "json", "csv"]),
        default="table",
        show_default=True,
        help="How rows are printed.",
    )(command)


def _settings(home: Path | None) -> Settings:
    """The settings, for a home that no newer version of this program wrote to."""
    from etl.warehouse.schema_version import check_home

    settings = _read_settings(home)
    with _explained():
        check_home(settings.paths())
    return settings


def _read_settings(home: Path | None) -> Settings:
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from etl.settings import Settings

    try:
        return Settings(home=home) if home else Settings()
    except ValidationError as error:
        problem = error.errors()[0]
        why = problem["msg"].removeprefix("Value error, ")
        _refuse_setting(str(problem["loc"][0]), f"{why} (it is {problem['input']!r})")
    except SettingsError as error:
        (name,) = (name for name in Settings.model_fields if f'"{name}"' in str(error))
        _refuse_setting(name, 'write it as a JSON list, for example ["./pages"]')


def _refuse_setting(name: str, why: str) -> NoReturn:
    from etl.commands import show

    sys.exit(show.fail(f"the setting KCNA_{name.upper()} cannot be used: {why}"))


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn errors into one sentence and the exit code 2, or 130 after Ctrl-C."""
    try:
        yield
    except BrokenPipeError:  # whoever reads what we print has seen enough
        raise
    except (Exception, KeyboardInterrupt) as error:
        from etl.commands import errors

        sys.exit(errors.fail(error))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kcna-warehouse", prog_name="kcna")
def main() -> None:
    """Saved KCNA Watch pages into a DuckDB warehouse, with a data-quality report."""


@main.command()
@click.argument("origins", nargs=-1, metavar="[ORIGIN ...]")
@_home_option
def run(origins: tuple[str, ...], home: Path | None) -> None:
    """Fetch, parse, check, publish and report.

    ORIGIN is a folder, a page, an archive (zip, tar, WARC), a table (JSONL, Parquet), a web page, sitemap or feed, a
    list of addresses (.urls), or object storage (s3://...). Without any, those of KCNA_ORIGINS are read, else, in a new
    home, the sample pages.

    Exit codes: 0 published (or nothing new), 1 not published because a blocking check failed,
    2 wrong usage or environment, 130 interrupted.
    """
    from etl.commands.run import run_pipeline

    sys.exit(run_pipeline(_settings(home), list(origins)))


@main.command()
@click.option(
    "--missing",
    "listing",
    required=True,
    metavar="TABLE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV or Parquet with the columns title, address (or url) and perhaps date.",
)
@click.option("--list", "only_list", is_flag=True, help="Only write the addresses to missing.urls; fetch nothing.")
@_home_option
def fetch(listing: Path, only_list: bool, home: Path | None) -> None:
    """Fetch what sidebars name and the warehouse lacks.

    TABLE says which title stands at which address; titles repeat, so give dates where you have them.
    """
    from etl.commands.fetch import fetch_missing

    settings = _settings(home)
    with _explained():
        sys.exit(fetch_missing(settings, listing, only_list=only_list))


@main.command()
@_home_option
@click.option("--port", type=click.IntRange(0, 65_535), help="Port on 127.0.0.1. [default: 3000]")
def ui(home: Path | None, port: int | None) -> None:
    """Open the Dagster UI on 127.0.0.1, with this home's history."""
    from etl.commands.serve import start_ui

    settings = _settings(home)
    with _explained():
        start_ui(settings, settings.ui_port if port is None else port)


@main.command()
@click.argument("query", required=False)
@_home_option
@_format_option
def sql(query: str | None, home: Path | None, style: str) -> None:
    """Run one QUERY on the published warehouse, or open a prompt.

    The connection is read-only and locked: no files, no network, no extensions.
    """
    from etl.commands.sql import prompt, run_query

    settings = _settings(home)
    with _explained():
        if query is None:
            sys.exit(prompt(settings))
        sys.exit(run_query(settings, query, style))


@main.command()
@click.argument("words", nargs=-1, required=True, metavar="WORDS...")
@_home_option
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Published on DAY or later.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Published on DAY or before.")
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="NAME",
    help="Id or label of a source; may be repeated. [default: all]",
)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Articles shown at most.")
@_format_option
def search(
    words: tuple[str, ...],
    home: Path | None,
    first: datetime | None,
    last: datetime | None,
    sources: tuple[str, ...],
    limit: int,
    style: str,
) -> None:
    """Find articles by words in their titles and texts, best first.

    Every word must occur, in upper or lower case. Words are found whole and as written, without stems:
    launch does not find launches; launch* finds every word that begins so.

    A phrase in quotes must occur as it is, also inside words: kcna search '"missile launch" pyongyang'.
    Use quotes also for texts that put no spaces between words.

    Ranked (BM25, a title counts three times) with the extra `search`; without it, by number of hits.
    Both find the same articles. Articles known only from sidebars are not searched.
    """
    from etl.commands.search import run_search

    settings = _settings(home)
    with _explained():
        sys.exit(run_search(settings, " ".join(words), _day(first), _day(last), sources, limit, style))


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_home_option
@click.option(
    "--format",
    "style",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="How tables are written.",
)
@click.option(
    "--table", "tables", multiple=True, metavar="NAME", help="A table to write; may be repeated. [default: all]"
)
@click.option("--with-text", is_flag=True, help="Write also the columns that hold text of pages at length.")
def export(
    folder: Path, home: Path | None, style: Literal["parquet", "csv"], tables: tuple[str, ...], with_text: bool
) -> None:
    """Write the published tables into FOLDER, with a datapackage.json that describes them.

    FOLDER is new, empty, or holds an earlier export, which is replaced. Texts of pages belong to their publishers
    and are left out unless asked for.
    """
    from etl.commands.export import run_export

    settings = _settings(home)
    with _explained():
        run_export(settings, folder, style, tables, with_text=with_text)


@main.group()
def quarantine() -> None:
    """Work on pages that did not load: list, show, replay, export."""


@quarantine.command("list")
@_home_option
@click.option("--reason", metavar="CODE", help="Only pages with this reason, in quarantine or rejected.")
@click.option("--rejected", is_flag=True, help="List rejected pages too.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Pages listed at most.")
@_format_option
def quarantine_list(home: Path | None, reason: str | None, rejected: bool, limit: int, style: str) -> None:
    """List the pages in quarantine, after a summary by reason."""
    from etl.commands.quarantine import run_list

    settings = _settings(home)
    with _explained():
        sys.exit(run_list(settings, reason, limit, style, rejected=rejected))


@quarantine.command("show")
@click.argument("page", metavar="PAGE")
@_home_option
@click.option("--full", is_flag=True, help="Print the whole page instead of the lines around the fault.")
def quarantine_show(page: str, home: Path | None, full: bool) -> None:
    """Say why PAGE did not load, where it came from and what to do next, with the lines at fault.

    PAGE is the name of its file, or six characters or more of its SHA-256, as listed.
    """
    from etl.commands.quarantine import run_show

    settings = _settings(home)
    with _explained():
        sys.exit(run_show(settings, page, whole=full))


@quarantine.command("replay")
@click.argument("pages", nargs=-1, metavar="[PAGE ...]")
@_home_option
@click.option(
    "--with",
    "corrected",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Load FILE in place of PAGE; PAGE stays in quarantine, marked as corrected.",
)
def quarantine_replay(pages: tuple[str, ...], home: Path | None, corrected: Path | None) -> None:
    """Judge pages again with the parser and the rules of today, publish, and say what changed.

    PAGE is the name of its file, or six characters or more of its SHA-256; without any, all pages that did not load
    are judged. Nothing is fetched and nothing is deleted. Exit codes are those of `kcna run`.
    """
    from etl.commands.quarantine import run_replay

    if corrected and len(pages) != 1:
        raise click.UsageError("--with needs the one PAGE that FILE is loaded in place of")
    settings = _settings(home)
    with _explained():
        sys.exit(run_replay(settings, pages, corrected))


@quarantine.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_home_option
def quarantine_export(folder: Path, home: Path | None) -> None:
    """Write the pages in quarantine into FOLDER, byte for byte, with an index.csv that says why they are there.

    FOLDER is new, empty, or holds an earlier export of this kind, which is replaced.
    """
    from etl.commands.quarantine import run_export

    settings = _settings(home)
    with _explained():
        sys.exit(run_export(settings, folder))


@main.command()
@_home_option
@click.option("--port", type=click.IntRange(0, 65_535), help="Port on 127.0.0.1. [default: 8765]")
def report(home: Path | None, port: int | None) -> None:
    """Serve the data-quality report on 127.0.0.1, after building it if there is none."""
    from etl.commands.serve import serve_report

    settings = _settings(home)
    with _explained():
        serve_report(settings, settings.report_port if port is None else port)


@main.command()
@_home_option
def status(home: Path | None) -> None:
    """Say what is there: pages, last run, versions, folders."""
    from etl.commands.status import print_status

    with _explained():
        print_status(_settings(home))


@main.command()
@_home_option
@click.option("--fingerprint", is_flag=True, help="Only print digests of the published tables' content.")
@_format_option
def verify(home: Path | None, style: str, *, fingerprint: bool) -> None:
    """Look for damage: compare every stored byte with its digest, and the warehouse with its rules and the raw pages.

    Nothing is written. Fingerprints are equal for equal content, whatever the order of rows, file or machine; run
    records and times of fetching are left out.

    Exit codes: 0 whole, 1 damaged, each damage with what to do, 2 wrong usage or environment.
    """
    from etl.commands.verify import run_fingerprint, run_verify

    settings = _read_settings(home)  # a damaged format file is one of the damages
    with _explained():
        sys.exit(run_fingerprint(settings, style) if fingerprint else run_verify(settings, style))


@main.command()
@_home_option
def rebuild(home: Path | None) -> None:
    """Make everything but the raw pages again: parse, check, build, publish.

    The raw pages are looked at first; if one is damaged, nothing is deleted. The published version stays readable
    until the new one takes its place. Exit codes are those of `kcna run`.
    """
    from etl.commands.rebuild import run_rebuild

    settings = _settings(home)
    with _explained():
        sys.exit(run_rebuild(settings))
