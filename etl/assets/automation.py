"""What starts runs by itself: new files in the inbox and a daily schedule; and what is noted when a run ends badly.

What belongs here: when a run starts, and with which origins. What does not: what a run does.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path

import dagster as dg
from dagster._utils.schedules import schedule_execution_time_iterator
from dagster_shared.error import SerializableErrorInfo

from etl.runs import RunStore
from etl.settings import Home, Settings
from etl.warehouse import lock

JOB = "refresh"
INBOX_SECONDS = 15
"""Between two looks at the inbox."""
QUIET_SECONDS = 5
"""A file that changed later than this may still be growing."""
PATIENCE_SECONDS = 600
"""An inbox that is written to without a pause is loaded this often."""
DEAD_AFTER = timedelta(minutes=10)
"""A run that nobody works on is given up after this time."""
GONE = "The process of this run is gone."
ATTEMPTS = 3
"""Runs at most for the same files, where each was ended from outside."""
INBOX_TAG = "kcna/inbox"
PARTIAL_ENDINGS = (b".part", b".partial", b".tmp", b".crdownload")
WAITING = (dg.DagsterRunStatus.QUEUED,)
WORKING = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


# The inbox ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of the inbox at one moment.

    Attributes:
        digest: of the names, sizes and times of all files that are whole; empty where there is none.
        file_count: how many these are.
        growing_count: how many others changed a moment ago.
    """

    digest: str
    file_count: int
    growing_count: int


def list_inbox(inbox: Path, moment: float) -> Listing:
    """Look at every file below the inbox once, without reading any.

    Args:
        inbox: the folder; hidden files, hidden folders and partial downloads are passed over.
        moment: seconds since 1970.
    """
    root = os.fsencode(inbox)
    whole, growing = [], 0
    for entry in _files(root):
        try:
            status = entry.stat()
        except OSError:  # gone again, or a link that leads nowhere
            continue
        # The time of the last change of the file itself: unlike the time of its content, no program can set it.
        if abs(moment - status.st_ctime) < QUIET_SECONDS:
            growing += 1
        elif not entry.name.lower().endswith(PARTIAL_ENDINGS):
            whole.append((entry.path[len(root) :], status.st_size, status.st_mtime_ns))
    digest = hashlib.sha256()
    for name, size, changed in sorted(whole):
        digest.update(b"%b\0%d\0%d\0" % (name, size, changed))  # no name holds a zero byte
    return Listing(digest.hexdigest() if whole else "", len(whole), growing)


def _files(folder: bytes) -> Iterator[os.DirEntry[bytes]]:
    try:
        with os.scandir(folder) as entries:
            listed = [entry for entry in entries if not entry.name.startswith(b".")]
    except OSError:  # gone again, or closed to us: the run will report it
        return
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        elif not entry.is_dir():  # a run follows no link to a folder either
            yield entry


@dataclass(frozen=True, slots=True)
class Cursor:
    """What the sensor remembers between two looks.

    Attributes:
        started: digest of the listing that the last run was started for.
        waiting_since: since when there have always been files that are growing; None if there were none.
    """

    started: str = ""
    waiting_since: float | None = None

    @classmethod
    def read(cls, stored: str | None) -> "Cursor":
        """The stored cursor; a new one where there is none or where another version of this program wrote it."""
        try:
            return cls(**json.loads(stored or "{}"))
        except (ValueError, TypeError):
            return cls()

    def text(self) -> str:
        """The cursor as it is stored."""
        return json.dumps(asdict(self))


def _look(context: dg.SensorEvaluationContext, settings: Settings) -> dg.RunRequest | dg.SkipReason:
    """Start a run if the inbox holds something new; otherwise say why not."""
    home = settings.paths()
    home.inbox.mkdir(parents=True, exist_ok=True)
    give_up_dead_runs(context.instance, home, datetime.now(UTC))
    moment = time.time()
    listing = list_inbox(home.inbox, moment)
    cursor = Cursor.read(context.cursor)
    since = (cursor.waiting_since or moment) if listing.growing_count else None
    context.update_cursor(Cursor(cursor.started, since).text())
    if reason := _reason_to_wait(context.instance, home, listing, cursor.started, moment - (since or moment)):
        return dg.SkipReason(reason)
    context.update_cursor(Cursor(listing.digest).text())
    return _inbox_request(context.instance, home, listing)


def _reason_to_wait(
    instance: dg.DagsterInstance, home: Home, listing: Listing, started: str, waited: float
) -> str | None:
    if listing.growing_count and waited < PATIENCE_SECONDS:
        return f"{listing.growing_count:,} files changed a moment ago and may still be growing"
    if not listing.digest:
        return f"nothing is in {printable(home.inbox)}"
    if listing.digest == started and not _was_cut_short(instance, listing.digest):
        return f"nothing is new; files known: {listing.file_count:,}"
    return _reason_of_being_busy(instance, home)


def _inbox_request(instance: dg.DagsterInstance, home: Home, listing: Listing) -> dg.RunRequest:
    """A run for these files, under a key that Dagster takes only once."""
    attempt = instance.get_runs_count(_runs_for(listing.digest)) + 1
    return dg.RunRequest(
        run_key=f"{listing.digest}-{attempt}",
        run_config=_reading([str(home.inbox)]),
        tags={INBOX_TAG: listing.digest[:32]},
    )


def _runs_for(digest: str) -> dg.RunsFilter:
    return dg.RunsFilter(tags={INBOX_TAG: digest[:32]})


def _was_cut_short(instance: dg.DagsterInstance, digest: str) -> bool:
    """Whether the last run for these files was ended from outside, so that another one may do better."""
    runs = instance.get_runs(_runs_for(digest), limit=ATTEMPTS)
    if not runs or len(runs) == ATTEMPTS or runs[0].status != dg.DagsterRunStatus.FAILURE:
        return False
    return first_error(instance, runs[0].run_id) is None


def printable(path: Path) -> str:
    """The path as text that any log can hold."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


# Runs of this home ----------------------------------------------------------------------------------


def _reason_of_being_busy(instance: dg.DagsterInstance, home: Home) -> str | None:
    """Who is writing or about to write; every run of this instance writes to this home, whatever its job is called."""
    if lock.is_held(home):
        return "a run is writing; the inbox is looked at again when it is over"
    if instance.get_runs_count(dg.RunsFilter(statuses=[*WAITING, *WORKING])):
        return "a run is waiting or about to begin; the inbox is looked at again when it is over"
    return None


def give_up_dead_runs(instance: dg.DagsterInstance, home: Home, moment: datetime) -> None:
    """Mark the runs as failed that look alive but whose process is gone; the queue would wait for them for ever.

    A run that writes holds the lock until its process ends. Dagster itself notices only the end of processes that it
    has started, and not that of a `kcna run` which was killed.
    """
    runs = instance.get_runs(dg.RunsFilter(statuses=list(WORKING), updated_before=moment - DEAD_AFTER))
    if not runs or lock.is_held(home):
        return
    for run in runs:
        instance.report_run_failed(run, GONE)
        RunStore(home).note_failure(run.run_id, GONE)


def first_error(instance: dg.DagsterInstance, run_id: str) -> str | None:
    """What went wrong in the first step that failed; None if the run was ended from outside."""
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        error = own_error(entry.get_dagster_event().step_failure_data.error)
        if error:
            return error.message.strip()
    return None


def own_error(error: SerializableErrorInfo | None) -> SerializableErrorInfo | None:
    """The error inside those of Dagster, which only say that there is another one inside; None if there is none."""
    while error and (error.cls_name == "RetryRequested" or str(error.cls_name).startswith("Dagster")):
        error = error.cause
    return error


# What Dagster is given ------------------------------------------------------------------------------


def _reading(origins: list[str]) -> dict[str, object]:
    """The run's configuration: what it reads, and that its log, which is stored, does not fill the terminal too."""
    return {
        "ops": {"raw__page": {"config": {"origins": origins}}},
        "loggers": {"console": {"config": {"log_level": "WARNING"}}},
    }


def inbox_sensor(settings: Settings) -> dg.SensorDefinition:
    """Starts one run when files in the inbox are new or changed; it is on from the start: nothing else loads them."""

    @dg.sensor(
        name="inbox",
        job_name=JOB,
        minimum_interval_seconds=INBOX_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Loads what is put into {printable(settings.paths().inbox)}.",
    )
    def inbox(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        return _look(context, settings)

    return inbox


def daily_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Reads the configured origins and the inbox at a fixed time; it is on from the start if `has_schedule` says so."""

    @dg.schedule(
        name="daily",
        job_name=JOB,
        cron_schedule=settings.schedule,
        execution_timezone=settings.timezone,
        default_status=(
            dg.DefaultScheduleStatus.RUNNING if settings.has_schedule else dg.DefaultScheduleStatus.STOPPED
        ),
        description="Reads the origins of KCNA_ORIGINS and the inbox at the time of KCNA_SCHEDULE.",
    )
    def daily() -> dg.RunRequest:
        inbox = settings.paths().inbox
        inbox.mkdir(parents=True, exist_ok=True)
        return dg.RunRequest(run_config=_reading([*settings.origins, str(inbox)]))

    return daily


def failure_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """Note in the run's record that it failed or was cancelled; Dagster's own page of the run has the details."""
    home = settings.paths()

    @dg.run_failure_sensor(
        name="note_failed_run",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Notes in the record of a run that it failed.",
    )
    def note_failed_run(context: dg.RunFailureSensorContext) -> None:
        run_id = context.dagster_run.run_id
        error = first_error(context.instance, run_id) or context.failure_event.message
        RunStore(home).note_failure(run_id, error)
        context.log.warning(error)

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.CANCELED,
        name="note_cancelled_run",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Notes in the record of a run that it did not end.",
    )
    def note_cancelled_run(context: dg.RunStatusSensorContext) -> None:
        RunStore(home).note_failure(context.dagster_run.run_id, "The run was ended before it was done.")

    return [note_failed_run, note_cancelled_run]


def freshness(settings: Settings) -> dg.FreshnessPolicy:
    """An hour after a scheduled run did not come, an asset is late; after a second one, it is stale."""
    times = islice(schedule_execution_time_iterator(time.time(), settings.schedule, settings.timezone), 10)
    longest = max(later - earlier for earlier, later in pairwise(times))
    hour = timedelta(hours=1)
    return dg.FreshnessPolicy.time_window(warn_window=longest + hour, fail_window=2 * longest + hour)


def with_freshness(assets: Sequence[dg.AssetsDefinition], settings: Settings) -> list[dg.AssetsDefinition]:
    """The assets, of which core tables and the report show when they are older than the schedule allows."""
    policy = freshness(settings)

    def add(spec: dg.AssetSpec) -> dg.AssetSpec:
        is_shown = spec.group_name == "core" or spec.key == dg.AssetKey(["quality", "report"])
        return dg.apply_freshness_policy(spec, policy) if is_shown else spec

    return [asset.map_asset_specs(add) for asset in assets]
