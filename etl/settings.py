"""Every setting once, read from the environment (`KCNA_...`) and from a `.env` file.

Nothing else in the package reads the environment, and nothing is read at import time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PACKAGE_FOLDER = Path(__file__).resolve().parent


class Settings(BaseSettings):
    """The settings a user may change; each is `KCNA_` plus its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="KCNA_", env_file=".env", env_ignore_empty=True, extra="ignore")

    home: Path = Field(default=Path("kcna-data"), description="Folder that holds everything the pipeline writes.")
    origins: list[str] = Field(
        default_factory=list, description="What a run loads when it is told nothing; empty: the sample pages."
    )
    max_page_bytes: int = Field(
        default=16 * 2**20, ge=2 * 2**20, description="Larger files are skipped by name; at least 2 MiB."
    )
    pack_pages: int = Field(default=10_000, ge=1, description="Pages in one raw pack at most.")
    pack_bytes: int = Field(default=64 * 2**20, ge=1, description="Bytes of pages in one raw pack before it is closed.")
    keep_versions: int = Field(default=3, ge=1, description="Published versions kept.")
    keep_runs: int = Field(default=200, ge=1, description="Runs kept in the history of rule results.")
    keep_data_docs: int = Field(default=10, ge=1, description="Runs whose pages by Great Expectations are kept.")
    memory_limit: str = Field(
        default="800MB", description="DuckDB's memory limit, for loads, checks and queries."
    )
    threads: int = Field(default=2, ge=1, description="DuckDB's threads.")
    ui_port: int = Field(default=3000, description="Port of the Dagster UI on 127.0.0.1.")
    report_port: int = Field(default=8765, description="Port of the served report on 127.0.0.1.")

    @field_validator("memory_limit")
    @classmethod
    def _refuse_other_units(cls, limit: str) -> str:
        if not re.fullmatch(r"[1-9][0-9]*(\.[0-9]+)? ?([KMGT]i?B)", limit):
            raise ValueError("write it as a number with a unit, for example 1GB or 512MiB")
        return limit

    @field_validator("home")
    @classmethod
    def _refuse_question_mark(cls, home: Path) -> Path:
        if "?" in str(home.expanduser().absolute()):
            raise ValueError("the path holds a question mark, after which DuckDB looks for no file; choose another")
        return home

    def paths(self) -> Home:
        """The absolute paths below the home folder."""
        return Home(self.home.expanduser().resolve())


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything is, below one folder; creating the object creates nothing on disk."""

    root: Path

    @property
    def raw(self) -> Path:
        """Raw packs and their manifest."""
        return self.root / "raw"

    @property
    def parsed(self) -> Path:
        """Parsed parts, one folder per raw pack and parser version."""
        return self.root / "stages" / "parsed"

    @property
    def clean(self) -> Path:
        """Clean tables as Parquet."""
        return self.root / "stages" / "clean"

    @property
    def work_file(self) -> Path:
        """The private DuckDB file that a run builds before it publishes."""
        return self.root / "stages" / "build.duckdb"

    @property
    def runs(self) -> Path:
        """One JSON record per run; the only place of wall-clock times until a version is published."""
        return self.root / "runs"

    @property
    def versions(self) -> Path:
        """Published, read-only warehouse files."""
        return self.root / "versions"

    @property
    def warehouse(self) -> Path:
        """The link to the published version."""
        return self.root / "kcna.duckdb"

    @property
    def search(self) -> Path:
        """Search indexes, made from published versions when first searched; free to be deleted."""
        return self.root / "search"

    @property
    def report(self) -> Path:
        """The data-quality report."""
        return self.root / "report" / "index.html"

    @property
    def data_docs(self) -> Path:
        """Great Expectations' pages on the newest runs, one folder per run, which the report links to."""
        return self.root / "report" / "data-docs"

    @property
    def dagster(self) -> Path:
        """Dagster's instance folder."""
        return self.root / "dagster"

    @property
    def lock_file(self) -> Path:
        """Locked by the one writer."""
        return self.root / "write.lock"


def project_folder(name: str) -> Path:
    """The top-level folder `name` (`sql`, `expectations`): beside the package in a checkout, inside it when installed.

    Raises:
        FileNotFoundError: if neither place has it.
    """
    for candidate in (PACKAGE_FOLDER / name, PACKAGE_FOLDER.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"the folder {name!r} of the project is missing; install the package again")


def sample_pages() -> Path:
    """The sample pages that ship with the package."""
    return PACKAGE_FOLDER / "sample_pages"
