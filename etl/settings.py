"""Every setting once, read from the environment (`KCNA_...`) and from a `.env` file.

Nothing else in the package reads the environment, and nothing is read at import time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PACKAGE_FOLDER = Path(__file__).resolve().parent


_CRON_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_CRON_PART = re.compile(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,2}))?")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _comes_up(schedule: str) -> bool:
    """Whether this is a cron schedule of numbers that comes up at all; Dagster would stop at one of the 31st of April.

    It is judged here because Dagster takes seconds to import.
    """
    fields = schedule.split()
    if len(fields) != len(_CRON_LIMITS):
        return False
    values = [_cron_values(field, *limits) for field, limits in zip(fields, _CRON_LIMITS, strict=True)]
    if not all(values):
        return False
    return any(min(values[2]) <= _LONGEST_MONTHS[month - 1] for month in values[3])


def _cron_values(field: str, lowest: int, highest: int) -> set[int]:
    """The numbers that one field of a cron schedule stands for; none if it cannot be read."""
    values: set[int] = set()
    for part in field.split(","):
        match = _CRON_PART.fullmatch(part)
        if not match:
            return set()
        first, last = int(match[1] or lowest), int(match[2] or match[1] or highest)
        step = int(match[3] or 1)
        if not (lowest <= first <= last <= highest and step):
            return set()
        values.update(range(first, last + 1, step))
    return values


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
    max_archive_members: int = Field(
        default=2_000_000, ge=1, description="Members (or rows, or records) read from one archive at most."
    )
    max_archive_bytes: int = Field(
        default=64 * 2**30, ge=1, description="Bytes unpacked from one archive at most, nested archives included."
    )
    max_archive_ratio: int = Field(
        default=1_000, ge=1, description="How often larger a member of a zip may be than its compressed bytes."
    )
    max_archive_depth: int = Field(
        default=2, ge=1, description="Archives inside archives are opened to this depth; 1 opens none."
    )
    max_nested_bytes: int = Field(
        default=128 * 2**20, ge=1, description="Larger archives inside archives are skipped; they are held in memory."
    )
    pack_pages: int = Field(default=5_000, ge=1, description="Pages in one raw pack at most.")
    pack_bytes: int = Field(default=32 * 2**20, ge=1, description="Bytes of pages in one raw pack before it is closed.")
    keep_versions: int = Field(default=3, ge=1, description="Published versions kept.")
    keep_runs: int = Field(default=200, ge=1, description="Runs kept in the history of rule results.")
    keep_data_docs: int = Field(default=10, ge=1, description="Runs whose pages by Great Expectations are kept.")
    memory_limit: str = Field(default="600MB", description="DuckDB's memory limit, for loads, checks and queries.")
    threads: int = Field(default=2, ge=1, description="DuckDB's threads.")
    workers: int = Field(default=2, ge=1, description="Processes that parse pages and read articles.")
    ui_port: int = Field(default=3000, ge=0, le=65_535, description="Port of the Dagster UI on 127.0.0.1.")
    report_port: int = Field(
        default=8765, ge=0, le=65_535, description="Port of the served report on 127.0.0.1; 0: a free one."
    )
    schedule: str = Field(
        default="0 6 * * *", description="When `kcna ui` runs by itself, as in cron; once it or the origins are set."
    )
    timezone: str = Field(default="UTC", description="Time zone of the schedule, for example Asia/Seoul.")
    traceback: bool = Field(
        default=False, description="Whether an error also prints where in the program it arose, for those who mend it."
    )

    http_contact: str = Field(
        default="", description="An e-mail address or page of yours, told to every web server that is asked for pages."
    )
    http_user_agent: str = Field(
        default="", description="The whole user agent; empty: this project's name with the contact."
    )
    http_delay_seconds: float = Field(
        default=2.0, ge=0, description="Seconds between two requests to one host; its robots.txt may ask for more."
    )
    http_max_delay_seconds: float = Field(
        default=60.0, ge=0, description="Longest Crawl-delay or Retry-After that is waited for."
    )
    http_attempts: int = Field(default=4, ge=1, le=10, description="Requests for one address at most, if it fails.")
    http_retry_seconds: float = Field(
        default=2.0, gt=0, description="Wait before the first repetition; it doubles with each one."
    )
    http_idle_seconds: float = Field(default=30.0, gt=0, description="Longest silence of a web server.")
    http_total_seconds: float = Field(
        default=300.0, gt=0, description="Longest time for one address, with redirects, waits and repetitions."
    )
    http_fresh_hours: float = Field(
        default=20.0, ge=0, description="An address taken within this time is not asked again."
    )
    http_max_addresses: int = Field(
        default=100_000, ge=1, description="Addresses taken from one list, sitemap or feed at most."
    )
    http_allow: list[str] = Field(
        default_factory=list, description="Web servers on this machine that may be asked, as host:port; for tests."
    )

    @field_validator("http_contact", "http_user_agent")
    @classmethod
    def _refuse_what_breaks_a_header(cls, text: str) -> str:
        if not (text.isascii() and text.isprintable()):
            raise ValueError("write it in printable ASCII letters, on one line")
        return text

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

    @field_validator("schedule")
    @classmethod
    def _refuse_what_never_comes(cls, schedule: str) -> str:
        if not _comes_up(schedule):
            raise ValueError(
                "write minute, hour, day, month and weekday as numbers, as in cron, for example 0 6 * * * for 06:00"
            )
        return schedule

    @field_validator("timezone")
    @classmethod
    def _refuse_unknown_zone(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("no such time zone; write it as in Europe/Berlin or UTC") from error
        return timezone

    @property
    def has_schedule(self) -> bool:
        """Whether the daily run is wanted: who names origins wants them read again, and who names a time wants it."""
        return bool(self.origins) or "schedule" in self.model_fields_set

    def paths(self) -> Home:
        """The absolute paths below the home folder."""
        return Home(self.home.expanduser().resolve())


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything is, below one folder; creating the object creates nothing on disk."""

    root: Path

    @property
    def inbox(self) -> Path:
        """Where people put pages that `kcna ui` loads by itself."""
        return self.root / "inbox"

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
    def missing(self) -> Path:
        """Addresses of what is known only from sidebars, as `kcna fetch --missing` found them."""
        return self.root / "missing.urls"

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
