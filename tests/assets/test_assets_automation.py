"""The pipeline that runs itself: the inbox, the daily run, second attempts, and records of runs that ended badly."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from pydantic import ValidationError

from etl.assets import automation, raw
from etl.assets.automation import Cursor, list_inbox
from etl.assets.resources import Warehouse
from etl.commands import serve
from etl.commands.instance import open_instance
from etl.definitions import build_definitions
from etl.fetch.origin import OriginError
from etl.runs import RunStore
from etl.settings import Settings, sample_pages
from etl.warehouse import lock
from tests.support import PROJECT, page, python_process, rows

HOLDING = """
import sys, pathlib
from etl.settings import Home
from etl.warehouse import lock
lock.hold(Home(pathlib.Path(sys.argv[1])))
print("held", flush=True)
sys.stdin.readline()
"""
LATER = automation.QUIET_SECONDS + 1


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def inbox(settings):
    folder = settings.paths().inbox
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def clock(monkeypatch):
    """The time that the sensor sees: late enough that files written now are whole."""
    clock = Clock()
    monkeypatch.setattr(automation.time, "time", clock)
    return clock


class Clock:
    """Seconds since 1970, ahead of the clock by a number that tests change."""

    def __init__(self):
        self.ahead = LATER

    def __call__(self):
        return datetime.now(UTC).timestamp() + self.ahead


@pytest.fixture
def look(settings, instance, clock):
    """Ask the sensor as the daemon does, with the cursor that it left; returns a run request or a reason."""
    sensor = automation.inbox_sensor(settings)
    stored = {"cursor": None}

    def look():
        context = dg.build_sensor_context(instance=instance, cursor=stored["cursor"], sensor_name="inbox")
        data = sensor.evaluate_tick(context)
        stored["cursor"] = data.cursor
        assert len(data.run_requests) <= 1
        return data.run_requests[0] if data.run_requests else data.skip_message

    look.stored = stored
    return look


def is_request(found):
    return isinstance(found, dg.RunRequest)


def start(instance, request, status=dg.DagsterRunStatus.QUEUED):
    """A run as the daemon makes it of a request."""
    return create_run(instance, status, tags=dict(request.tags))


def create_run(instance, status, **options):
    """A run that the daemon made and nobody executes."""
    target = LoadableTargetOrigin(module_name="etl.definitions")
    location = ManagedGrpcPythonEnvCodeLocationOrigin(target, location_name="kcna")
    origin = RemoteRepositoryOrigin(location, "__repository__").get_job_origin("refresh")
    return instance.create_run_for_job(empty_job, status=status, remote_job_origin=origin, **options)


@dg.job(name="another_job")
def empty_job():
    pass


# The inbox ------------------------------------------------------------------------------------------


def test_new_files_start_one_run_that_reads_the_inbox(look, inbox):
    (inbox / "a.txt").write_bytes(b"one")
    (inbox / "below").mkdir()
    (inbox / "below" / "b.txt").write_bytes(b"two")

    request = look()

    assert request.run_config["ops"] == {"raw__page": {"config": {"origins": [str(inbox)]}}}
    assert look() == "nothing is new; files known: 2"


def test_an_empty_inbox_starts_nothing_and_is_made_where_it_is_missing(look, settings):
    assert look() == f"nothing is in {settings.paths().inbox}"
    assert settings.paths().inbox.is_dir()


@pytest.mark.parametrize(
    "change",
    [
        lambda inbox: (inbox / "b.txt").write_bytes(b"another"),
        lambda inbox: (inbox / "a.txt").write_bytes(b"longer"),
        lambda inbox: os.utime(inbox / "a.txt", (1, 1)),
        lambda inbox: (inbox / "a.txt").rename(inbox / "c.txt"),
    ],
    ids=["new", "size", "time", "name"],
)
def test_a_new_or_changed_file_starts_another_run_under_another_key(look, inbox, change):
    (inbox / "a.txt").write_bytes(b"one")
    first = look()
    change(inbox)
    second = look()

    assert is_request(first)
    assert is_request(second)
    assert first.run_key != second.run_key


def test_a_file_that_changed_a_moment_ago_waits_and_is_then_loaded(look, inbox, clock):
    (inbox / "a.txt").write_bytes(b"half")
    clock.ahead = 0
    assert look() == "1 files changed a moment ago and may still be growing"
    clock.ahead = LATER
    assert is_request(look())


def test_a_growing_file_keeps_the_others_waiting_so_that_it_is_not_read_in_half(look, inbox, clock, monkeypatch):
    (inbox / "whole.txt").write_bytes(b"one")
    growing = automation.list_inbox(inbox, clock())
    monkeypatch.setattr(automation, "list_inbox", lambda *_: dataclasses.replace(growing, growing_count=1))

    assert "may still be growing" in look()


def test_an_inbox_that_is_written_to_without_a_pause_is_loaded_now_and_then(look, inbox, clock, monkeypatch):
    (inbox / "whole.txt").write_bytes(b"one")
    growing = dataclasses.replace(automation.list_inbox(inbox, clock()), growing_count=1)
    monkeypatch.setattr(automation, "list_inbox", lambda *_: growing)

    assert "may still be growing" in look()
    clock.ahead += automation.PATIENCE_SECONDS + 1
    assert is_request(look())
    assert "may still be growing" in look()


def test_a_time_of_the_content_in_the_future_keeps_no_file_waiting(look, inbox):
    (inbox / "a.txt").write_bytes(b"one")
    os.utime(inbox / "a.txt", (4e9, 4e9))

    assert is_request(look())


@pytest.mark.parametrize("name", [".hidden", ".folder/a.txt", "a.part", "a.TMP", "a.txt.crdownload", "a.partial"])
def test_hidden_and_partial_files_start_nothing(look, inbox, name):
    (inbox / name).parent.mkdir(exist_ok=True)
    (inbox / name).write_bytes(b"half")

    assert look() == f"nothing is in {inbox}"


def test_a_partial_file_is_loaded_under_its_final_name(look, inbox):
    (inbox / "a.txt.part").write_bytes(b"half")
    look()
    (inbox / "a.txt.part").rename(inbox / "a.txt")

    assert is_request(look())


@pytest.mark.parametrize("name", [b"\xff\xfe.txt", b"a\nb", b"a\\b", "가나다.txt".encode(), b"'; --", b"$(x)"])
def test_names_of_any_bytes_are_seen_and_stand_in_no_request(look, inbox, name):
    with open(os.path.join(os.fsencode(inbox), name), "wb") as handle:  # noqa: PTH118, PTH123 - pathlib takes no bytes
        handle.write(b"one")
    request = look()

    assert is_request(request)
    json.dumps([request.run_key, request.run_config, request.tags]).encode()
    assert look() == "nothing is new; files known: 1"


def test_names_are_told_apart_from_sizes_and_times(inbox):
    (inbox / "a").write_bytes(b"x" * 11)
    os.utime(inbox / "a", ns=(0, 5))
    first = list_inbox(inbox, time.time() + LATER).digest
    (inbox / "a").rename(inbox / "a1")
    (inbox / "a1").write_bytes(b"x")
    os.utime(inbox / "a1", ns=(0, 5))

    assert list_inbox(inbox, time.time() + LATER).digest != first


def test_links_are_followed_to_files_only(look, inbox, tmp_path):
    (tmp_path / "page.txt").write_bytes(b"one")
    (inbox / "circle").symlink_to(inbox)
    (inbox / "nowhere").symlink_to(tmp_path / "missing")
    assert look() == f"nothing is in {inbox}"

    (inbox / "link.txt").symlink_to(tmp_path / "page.txt")
    assert is_request(look())


def test_the_cursor_of_many_files_is_short_and_survives_a_restart(look, inbox, settings, instance):
    for number in range(20_000):
        (inbox / f"{number}.txt").touch()
    assert is_request(look())
    assert len(look.stored["cursor"]) < 200

    restarted = dg.build_sensor_context(instance=instance, cursor=look.stored["cursor"])
    data = automation.inbox_sensor(settings).evaluate_tick(restarted)

    assert (data.run_requests, data.skip_message) == ([], "nothing is new; files known: 20,000")


def test_the_order_in_which_the_system_lists_files_does_not_matter(inbox, tmp_path):
    names = [f"{number}.txt" for number in range(50)]
    for folder, order in (inbox, names), (tmp_path / "other", names[::-1]):
        folder.mkdir(exist_ok=True)
        for name in order:
            (folder / name).write_bytes(b"x")
            os.utime(folder / name, (1, 1))
    later = time.time() + LATER

    assert list_inbox(inbox, later) == list_inbox(tmp_path / "other", later)


@pytest.mark.parametrize("stored", [None, "", "no json", "[]", '{"other": 1}', "3"])
def test_a_cursor_that_cannot_be_read_is_a_new_one(stored):
    assert Cursor.read(stored) == Cursor()


def test_a_cursor_is_read_as_it_was_written():
    assert Cursor.read(Cursor("digest", 3.5).text()) == Cursor("digest", 3.5)


# One run at a time ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING"])
def test_while_a_run_is_not_over_the_inbox_waits_and_loses_nothing(look, inbox, instance, status):
    run = create_run(instance, dg.DagsterRunStatus[status])
    (inbox / "a.txt").write_bytes(b"one")

    assert "a run is waiting or about to begin" in look()
    instance.report_run_failed(run)
    assert is_request(look())


def test_while_another_process_writes_the_inbox_waits_and_loses_nothing(look, inbox, settings):
    (inbox / "a.txt").write_bytes(b"one")
    with python_process(HOLDING, settings.paths().root) as process:
        assert process.first_line == "held"
        assert "a run is writing" in look()
    assert is_request(look())


def test_files_that_come_while_a_run_reads_are_loaded_by_the_next_one(look, inbox, instance):
    (inbox / "a.txt").write_bytes(b"one")
    run = start(instance, look())
    (inbox / "b.txt").write_bytes(b"two")
    assert "a run is waiting" in look()
    instance.report_run_canceled(run)

    assert is_request(look())


def test_a_run_whose_process_is_gone_is_given_up_so_that_the_queue_goes_on(instance, settings):
    dead = create_run(instance, dg.DagsterRunStatus.STARTED)
    waiting = create_run(instance, dg.DagsterRunStatus.QUEUED)
    RunStore(settings.paths()).begin(dead.run_id, [])
    now = datetime.now(UTC)

    automation.give_up_dead_runs(instance, settings.paths(), now)
    assert instance.get_run_by_id(dead.run_id).status == dg.DagsterRunStatus.STARTED

    automation.give_up_dead_runs(instance, settings.paths(), now + automation.DEAD_AFTER + timedelta(minutes=1))
    assert instance.get_run_by_id(dead.run_id).status == dg.DagsterRunStatus.FAILURE
    assert instance.get_run_by_id(waiting.run_id).status == dg.DagsterRunStatus.QUEUED
    assert RunStore(settings.paths()).load(dead.run_id).verdict == "failed"


def test_a_run_is_not_given_up_while_somebody_writes(instance, settings):
    run = create_run(instance, dg.DagsterRunStatus.STARTED)
    later = datetime.now(UTC) + automation.DEAD_AFTER + timedelta(minutes=1)
    with lock.held(settings.paths()):
        automation.give_up_dead_runs(instance, settings.paths(), later)

    assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.STARTED


def test_files_whose_run_was_ended_from_outside_get_another_run_but_not_for_ever(look, inbox, instance):
    (inbox / "a.txt").write_bytes(b"one")
    keys = set()
    for _ in range(automation.ATTEMPTS):
        request = look()
        keys.add(request.run_key)
        instance.report_run_failed(start(instance, request))

    assert len(keys) == automation.ATTEMPTS
    assert look() == "nothing is new; files known: 1"


def test_files_whose_run_failed_or_was_cancelled_by_hand_get_no_other_run(look, inbox, instance, settings):
    (inbox / "a.txt").write_bytes(b"one")
    failed = failing_run(instance, tags=dict(look().tags))
    assert instance.get_run_by_id(failed).status == dg.DagsterRunStatus.FAILURE
    assert look() == "nothing is new; files known: 1"

    (inbox / "b.txt").write_bytes(b"two")
    instance.report_run_canceled(start(instance, look()))
    assert look() == "nothing is new; files known: 2"


def test_the_instance_runs_one_at_a_time(settings):
    with open_instance(settings.paths()) as instance:
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1


# The daily run --------------------------------------------------------------------------------------


def test_the_daily_run_reads_the_configured_origins_and_the_inbox(tmp_path):
    settings = Settings(home=tmp_path / "home", origins=["one", "two"])
    request = automation.daily_schedule(settings)(dg.build_schedule_context())

    assert request.run_config["ops"]["raw__page"]["config"]["origins"] == ["one", "two", str(settings.paths().inbox)]
    assert settings.paths().inbox.is_dir()


@pytest.mark.parametrize(
    ("given", "is_on"), [({}, False), ({"origins": ["one"]}, True), ({"schedule": "0 6 * * *"}, True)]
)
def test_the_daily_run_and_freshness_are_on_once_somebody_asked_for_them(given, is_on, settings):
    definitions = build_definitions(Settings(home=settings.home, **given))
    schedule = definitions.resolve_schedule_def("daily")
    graph = definitions.resolve_asset_graph()
    fresh = {"/".join(key.path) for key in graph.get_all_asset_keys() if graph.get(key).freshness_policy}

    assert (schedule.default_status == dg.DefaultScheduleStatus.RUNNING) == is_on
    assert {"core/fact_article", "core/dim_date", "quality/report"} <= fresh if is_on else fresh == set()
    assert not fresh & {"raw/page", "clean/page"}


def test_the_daily_run_has_the_time_and_zone_of_the_settings(settings):
    schedule = automation.daily_schedule(Settings(home=settings.home, schedule="30 22 * * 1-5", timezone="Asia/Seoul"))

    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 22 * * 1-5", "Asia/Seoul")


@pytest.mark.parametrize(("schedule", "hours"), [("0 6 * * *", 24), ("0 6 * * 1", 168), ("0 6 * * 1-5", 72)])
def test_an_asset_is_late_an_hour_after_a_run_that_did_not_come_and_stale_after_the_second(schedule, hours, settings):
    policy = automation.freshness(Settings(home=settings.home, schedule=schedule))

    assert policy.warn_window.to_timedelta() == timedelta(hours=hours + 1)
    assert policy.fail_window.to_timedelta() == timedelta(hours=2 * hours + 1)


@pytest.mark.parametrize("schedule", ["0 6 * * *", "*/15 0-5,22 1,15 */2 7", "0 0 29 2 *", "59 23 31 12 0"])
def test_a_schedule_that_comes_up_is_taken_and_dagster_takes_it_too(schedule, settings):
    given = Settings(home=settings.home, schedule=schedule)

    dg.Definitions.validate_loadable(build_definitions(given))


@pytest.mark.parametrize(
    "schedule",
    [
        *("6", "daily", "@daily", "0 6 * *", "0 6 * * * *", "x * * * *", "1, * * * *", "-1 * * * *", ""),
        *("60 6 * * *", "0 24 * * *", "0 6 0 * *", "0 6 * 13 *", "0 6 * * 8", "*/0 * * * *", "5-1 * * * *"),
        *("0 6 31 4 *", "0 6 30 2 *"),
    ],
)
def test_a_schedule_that_never_comes_is_refused(schedule):
    with pytest.raises(ValidationError, match="write minute, hour, day, month and weekday"):
        Settings(schedule=schedule)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "/etc/passwd", "a\0b", "Europe"])
def test_a_time_zone_that_does_not_exist_is_refused(zone):
    with pytest.raises(ValidationError, match="no such time zone"):
        Settings(timezone=zone)


# Second attempts ------------------------------------------------------------------------------------


@pytest.fixture
def fetch(settings, instance, monkeypatch):
    """Fetch from an origin that fails as told and count the attempts; no time passes between them."""
    monkeypatch.setattr(raw, "BUSY_SECONDS", 0)
    monkeypatch.setattr(raw, "ORIGIN_SECONDS", 0)

    def fetch(*faults):
        attempts = iter((*faults, None))
        started = []

        def read(*_):
            started.append(fault := next(attempts))
            yield from ()
            if fault:
                raise fault

        monkeypatch.setattr(raw, "read_origin", read)
        config = {"ops": {"raw__page": {"config": {"origins": ["somewhere"]}}}}
        result = dg.materialize(
            [raw.raw_page],
            instance=instance,
            run_config=config,
            resources={"warehouse": Warehouse(home=str(settings.paths().root))},
            raise_on_error=False,
        )
        lock.release(settings.paths())
        return result, len(started)

    return fetch


def test_an_origin_that_the_system_refuses_for_a_while_is_read_again(fetch):
    result, attempts = fetch(ConnectionResetError("reset"), TimeoutError("slow"))

    assert (result.success, attempts) == (True, 3)


def test_after_three_more_attempts_the_run_fails_and_says_what_was_wrong(fetch, instance):
    result, attempts = fetch(*[TimeoutError("too slow")] * 9)

    assert (result.success, attempts) == (False, 4)
    assert "too slow" in automation.first_error(instance, result.run_id)


@pytest.mark.parametrize("fault", [OriginError("no such folder"), ValueError("a fault"), KeyError("a fault")])
def test_nothing_else_is_tried_again(fetch, fault):
    result, attempts = fetch(fault)

    assert (result.success, attempts) == (False, 1)


def test_an_error_of_the_store_is_not_tried_again(fetch, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(raw.RawStore, "add", full)
    result, _ = fetch()

    assert not result.success
    assert [event for event in result.all_events if event.is_step_up_for_retry] == []


def test_a_home_that_is_busy_is_tried_again_and_then_named(fetch, settings, instance):
    with python_process(HOLDING, settings.paths().root) as process:
        assert process.first_line == "held"
        result, attempts = fetch()

    assert (result.success, attempts) == (False, 0)
    assert len([event for event in result.all_events if event.is_step_up_for_retry]) == 3
    assert "another run is writing here" in automation.first_error(instance, result.run_id)


def test_waiting_for_a_busy_home_takes_a_minute_at_most():
    assert raw.RETRIES * raw.BUSY_SECONDS == 60


def test_only_fetching_is_tried_again(settings):
    for asset in build_definitions(settings).assets:
        assert asset.op.retry_policy is None, asset.key


# Runs that end badly --------------------------------------------------------------------------------


@dg.op
def breaking():
    raise ValueError("the first error") from KeyError("what led to it")


@dg.job(name="refresh")
def breaking_job():
    breaking()


def failing_run(instance, **options):
    return breaking_job.execute_in_process(instance=instance, raise_on_error=False, **options).run_id


def notice(settings, instance, run_id, kind):
    """Let the sensor for failed or cancelled runs see the end of a run."""
    failed, cancelled = automation.failure_sensors(settings)
    result_of = instance.get_run_by_id(run_id)
    events = instance.all_logs(run_id, of_type=kind)
    context = dg.build_run_status_sensor_context(
        sensor_name="noticing", dagster_event=events[-1].dagster_event, dagster_instance=instance, dagster_run=result_of
    )
    if kind == dg.DagsterEventType.RUN_FAILURE:
        failed(context.for_run_failure())
    else:
        cancelled(context)


@pytest.mark.parametrize(("before", "after"), [("running", "failed"), ("blocked", "blocked"), ("passed", "passed")])
def test_a_run_that_fails_is_marked_failed_unless_it_came_to_a_verdict(settings, instance, before, after):
    run_id = failing_run(instance)
    runs = RunStore(settings.paths())
    record = runs.begin(run_id, ["somewhere"])
    record.verdict = before
    runs.save(record)

    notice(settings, instance, run_id, dg.DagsterEventType.RUN_FAILURE)

    assert (runs.load(run_id).verdict, runs.load(run_id).origins) == (after, ["somewhere"])


def test_a_run_that_is_cancelled_is_marked_failed(settings, instance):
    run = create_run(instance, dg.DagsterRunStatus.STARTED)
    RunStore(settings.paths()).begin(run.run_id, [])
    instance.report_run_canceled(run)

    notice(settings, instance, run.run_id, dg.DagsterEventType.RUN_CANCELED)

    assert RunStore(settings.paths()).load(run.run_id).verdict == "failed"


def test_the_first_error_is_that_of_the_step_without_what_dagster_says_around_it(instance):
    assert automation.first_error(instance, failing_run(instance)) == "ValueError: the first error"


def test_a_run_that_was_ended_from_outside_has_no_first_error(instance):
    run = create_run(instance, dg.DagsterRunStatus.STARTED)
    instance.report_run_failed(run)

    assert automation.first_error(instance, run.run_id) is None


# All of it ------------------------------------------------------------------------------------------


def test_the_definitions_hold_what_starts_runs_and_all_of_it_is_on(settings):
    definitions = build_definitions(settings)
    sensors = {sensor.name: sensor for sensor in definitions.sensors}

    dg.Definitions.validate_loadable(definitions)
    assert set(sensors) == {"inbox", "note_failed_run", "note_cancelled_run"}
    assert {sensor.default_status for sensor in sensors.values()} == {dg.DefaultSensorStatus.RUNNING}
    assert not settings.paths().root.exists()


def test_the_ui_makes_the_inbox_and_says_where_it_is(settings, monkeypatch, capsys):
    monkeypatch.setattr(serve.os, "execve", lambda *_: None)
    serve.start_ui(settings, 0)

    assert settings.paths().inbox.is_dir()
    assert f"inbox: {settings.paths().inbox}" in capsys.readouterr().out


@contextmanager
def running_ui(home, port, log):
    """`kcna ui` beside the test, ended as a person ends it."""
    code = "import sys; from etl.cli import main; sys.argv[0] = 'kcna'; main()"
    command = [sys.executable, "-c", code, "ui", "--home", str(home), "--port", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=output) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=60)
            finally:
                process.kill()


def wait_for(condition, seconds, log):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, log.read_text(errors="replace")[-3000:]
        time.sleep(0.5)


@pytest.mark.slow
def test_pages_put_into_the_inbox_are_published_by_themselves(settings, tmp_path, unused_port):
    home, log = settings.paths(), tmp_path / "ui.log"
    with running_ui(home.root, unused_port, log):
        wait_for(home.inbox.is_dir, 60, log)
        shutil.copytree(sample_pages(), home.inbox, dirs_exist_ok=True)
        wait_for(home.warehouse.exists, 240, log)
        wait_for(lambda: RunStore(home).latest().version, 30, log)

    ((articles,),) = rows(home.warehouse, "select count(*) from core.fact_article")
    assert articles == 36
    assert len(RunStore(home).all()) == 1


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_page_in_the_inbox_is_read_as_any_other(settings, inbox, instance):
    (inbox / "a.txt").write_bytes(page())
    result = dg.materialize(
        [raw.raw_page],
        instance=instance,
        run_config=automation.daily_schedule(settings)(dg.build_schedule_context()).run_config,
        resources={"warehouse": Warehouse(home=str(settings.paths().root))},
    )
    lock.release(settings.paths())

    assert RunStore(settings.paths()).load(result.run_id).counts["new_page_count"] == 1
