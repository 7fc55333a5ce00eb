"""The command `kcna`: thin, it calls the same code as the Dagster assets.

Nothing heavy is imported before a command needs it, so that `kcna --help` answers at once.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from etl.settings import Settings

EXIT_USAGE = 2

Command = TypeVar("Command", bound=Callable[..., object])


def _home_option(command: Command) -> Command:
    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for everything that is written. [default: $KCNA_HOME, else ./kcna-data]",
    )(command)


def _settings(home: Path | None) -> Settings:
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from etl.settings import Settings

    try:
        return Settings(home=home) if home else Settings()
    except ValidationError as error:
        problem = error.errors()[0]
        _fail(f"the setting KCNA_{str(problem['loc'][0]).upper()} cannot be used: {problem['msg']}")
    except SettingsError:
        _fail('the setting KCNA_ORIGINS cannot be used: write it as a JSON list, for example ["./pages"]')


def _fail(message: str) -> NoReturn:
    click.echo(f"kcna: {message}", err=True)
    sys.exit(EXIT_USAGE)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn the errors that a user can mend into one line and the exit code 2."""
    import duckdb

    from etl.commands.serve import ServeError
    from etl.files import DamagedFileError
    from etl.warehouse.read import NothingPublishedError

    try:
        yield
    except (NothingPublishedError, DamagedFileError, ServeError) as error:
        _fail(str(error))
    except duckdb.IOException as error:
        if "lock" in str(error):
            _fail(f"a run is checking the warehouse right now; try again in a moment ({error})")
        _fail(f"the warehouse cannot be read and may be damaged; publish it anew with `kcna run` ({error})")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kcna-warehouse", prog_name="kcna")
def main() -> None:
    """Saved KCNA Watch pages into a DuckDB warehouse, with a data-quality report."""


@main.command()
@click.argument("origins", nargs=-1, metavar="[ORIGIN ...]")
@_home_option
def run(origins: tuple[str, ...], home: Path | None) -> None:
    """Fetch, parse, check, publish and report.

    ORIGIN is a folder of saved pages or one page; without any, the sample pages are loaded.
    Exit codes: 0 published (or nothing new), 1 not published because a blocking check failed,
    2 wrong usage or environment.
    """
    from etl.commands.run import run_pipeline

    sys.exit(run_pipeline(_settings(home), list(origins)))


@main.command()
@_home_option
@click.option("--port", type=int, help="Port on 127.0.0.1. [default: 3000]")
def ui(home: Path | None, port: int | None) -> None:
    """Open the Dagster UI on 127.0.0.1, with this home's history."""
    from etl.commands.serve import start_ui

    settings = _settings(home)
    with _explained():
        start_ui(settings, settings.ui_port if port is None else port)


@main.command()
@click.argument("query", required=False)
@_home_option
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How rows are printed.",
)
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
@_home_option
@click.option("--port", type=int, help="Port on 127.0.0.1. [default: 8765]")
def report(home: Path | None, port: int | None) -> None:
    """Serve the data-quality report on 127.0.0.1, after building it if there is none."""
    from etl.commands.serve import serve_report

    settings = _settings(home)
    with _explained():
        serve_report(settings, settings.report_port if port is None else port)


@main.command()
@_home_option
def status(home: Path | None) -> None:
    """Say what is there: pages, outcomes, the last run, versions, where the files are."""
    from etl.commands.status import print_status

    with _explained():
        print_status(_settings(home))
