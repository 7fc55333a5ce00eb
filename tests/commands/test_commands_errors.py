"""The commonest errors, each provoked: one sentence that names the thing and the remedy, the exit code, no traceback.

The texts are those of `docs/errors.py`, from which docs/errors.md is written.
"""

import functools
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from fsspec.registry import _registry

from docs.errors import ERRORS
from etl.assets import raw
from etl.cli import main
from etl.commands import errors, pipeline, show, verify
from etl.fetch import client
from etl.settings import Settings
from etl.stages import parsed
from etl.stages.workers import run_tasks
from etl.warehouse.schema_version import FORMAT
from tests import support
from tests.commands.test_commands_run import impossible_rule
from tests.fetch.hostile_server import hostile_server, reply
from tests.stages.test_stages_workers import die
from tests.support import broken_page, page
from tests.warehouse.test_warehouse_lock import HOLD

AFTER_A_RUN = re.compile(r"The published warehouse is unchanged\. Details: kcna ui, run [0-9a-f-]{36}")
TINY_FILES = 6_000_000
"""Bytes of the longest file: room for Dagster's own files, and too little for the warehouse."""
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Takes from the superuser the right to read and write what permissions forbid."""
TRACED = {"KCNA_TRACEBACK": "1"}


def kcna(*arguments, **environment):
    """Run `kcna` in this process; a traceback there would come out here."""
    result = CliRunner(env={"COLUMNS": "200"} | environment).invoke(
        main, [str(argument) for argument in arguments], prog_name="kcna"
    )
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def unprivileged_kcna(*arguments):
    """Run `kcna` in a process that permissions hold for."""
    command = [sys.executable, "-c", "from etl.cli import main; main()", *map(str, arguments)]
    if os.geteuid() == 0:
        if not shutil.which(UNPRIVILEGED[0]):
            pytest.skip("permissions do not hold for the superuser")
        command = [*UNPRIVILEGED, *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=support.PROJECT)
    return Finished(done.returncode, done.stdout, done.stderr)


class Finished:
    """A command that ran in a process of its own, with the names of click's results."""

    def __init__(self, exit_code, stdout, stderr):
        self.exit_code, self.stdout, self.stderr = exit_code, stdout, stderr


class Scene:
    """A folder to go wrong in, and homes that were published before."""

    def __init__(self, folder, published, patch):
        self.folder, self.published, self.patch = folder, published, patch
        self.home = folder / "home"

    def copy(self):
        """A published home that may be damaged."""
        shutil.copytree(self.published.home, self.home, symlinks=True)
        return Settings(home=self.home).paths()

    def pages(self, *contents):
        """A folder of pages."""
        folder = self.folder / "pages"
        folder.mkdir()
        for number, content in enumerate(contents):
            (folder / f"page_{number}.txt").write_bytes(content)
        return folder

    @property
    def report(self):
        """Where the report of a run is."""
        return Settings(home=self.home).paths().report


CASES = {}


def case(function):
    """Register what provokes the error of this name; it returns the result, and what the message names."""
    CASES[function.__name__] = function
    return function


@case
def origin_missing(scene):
    origin = scene.folder / "nowhere"
    return kcna("run", origin, "--home", scene.home), {"origin": origin}


@case
def origin_unreadable(scene):
    origin = scene.pages(page())
    origin.chmod(0)
    try:
        return unprivileged_kcna("run", origin, "--home", scene.home), {"origin": origin}
    finally:
        origin.chmod(0o700)


@case
def origin_empty(scene):
    result = kcna("run", scene.pages(), "--home", scene.home, **TRACED)  # a rule that blocks is no fault to trace
    assert "page_rows_present" in result.stdout
    return result, {"report": scene.report}


@case
def scheme_unknown(scene):
    return kcna("run", "ftpx://host/x", "--home", scene.home), {"origin": "ftpx://host/x", "scheme": "ftpx"}


@case
def library_missing(scene):
    scene.patch.setitem(sys.modules, "s3fs", None)
    scene.patch.delitem(_registry, "s3", raising=False)  # where another test has used it
    return kcna("run", "s3://bucket/pages", "--home", scene.home), {"origin": "s3://bucket/pages"}


@case
def contact_missing(scene):
    return kcna("run", "https://example.org/page", "--home", scene.home), {}


@case
def page_refused(scene):
    client.HOSTS.clear()  # ports come back, and with them would come the rules of another test's server
    with hostile_server() as server:
        server.replies["/robots.txt"] = reply(b"User-agent: *\nDisallow: /private\n")
        server.replies["/gone"] = reply(status=404)
        addresses = scene.folder / "pages.urls"
        addresses.write_text(f"{server.url('/gone')}\n{server.url('/private')}\n")
        environment = {
            "KCNA_HTTP_CONTACT": "tests@example.org",
            "KCNA_HTTP_ALLOW": json.dumps([server.host]),
            "KCNA_HTTP_DELAY_SECONDS": "0",
        }
        result = kcna("run", addresses, "--home", scene.home, **environment)
        assert re.search(rf"{re.escape(server.url('/gone'))} +the server answered with a status", result.stdout)
        assert re.search(rf"{re.escape(server.url('/private'))} +the host's robots.txt asks", result.stdout)
    return result, {"report": scene.report}


@case
def home_is_file(scene):
    scene.home.write_text("")
    return kcna("run", "--home", scene.home), {"home": scene.home}


@case
def home_below_file(scene):
    scene.home.write_text("")
    return kcna("status", "--home", scene.home / "below"), {"path": scene.home / "below" / "format.json"}


@case
def home_not_writable(scene):
    scene.folder.chmod(0o500)
    try:
        return unprivileged_kcna("run", "--home", scene.home), {"home": scene.home}
    finally:
        scene.folder.chmod(0o700)


@case
def home_newer(scene):
    scene.home.mkdir()
    (scene.home / "format.json").write_text(json.dumps({"format": FORMAT + 1}))
    return kcna("run", "--home", scene.home), {"home": scene.home, "found": FORMAT + 1, "known": FORMAT}


@case
def disk_full(scene):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write fails with an error, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (TINY_FILES, hard))
    try:
        return kcna("run", scene.pages(page()), "--home", scene.home), {}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


@case
def two_runs(scene):
    with support.python_process(HOLD, scene.home) as other:
        return kcna("run", "--home", scene.home), {"home": scene.home, "process": other.pid}


@case
def worker_died(scene):
    scene.patch.setattr(parsed, "run_tasks", lambda *_: run_tasks([die, die], 2))
    return kcna("run", scene.pages(page()), "--home", scene.home), {}


@case
def interrupted(scene):
    scene.patch.setattr(pipeline, "fetch_and_build", lambda *_: os.kill(os.getpid(), signal.SIGINT))
    return kcna("run", "--home", scene.home), {}


@case
def rule_blocks(scene):
    with impossible_rule(scene.folder / "project"):
        result = kcna("run", scene.pages(page()), "--home", scene.home)
    assert "dim_date_complete" in result.stdout
    assert "gave no page" not in result.stdout
    return result, {"report": scene.report}


@case
def nothing_published(scene):
    return kcna("sql", "select 1", "--home", scene.home), {"home": scene.home}


@case
def raw_damaged(scene):
    (pack,) = scene.copy().raw.glob("pages-*.parquet")
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes()[:-1])
    query = "select page_sha256 from quality.page_outcome where outcome = 'quarantine' limit 1"
    ((digest,),) = support.rows(scene.published.paths().warehouse, query)
    return kcna("quarantine", "show", digest, "--home", scene.home), {"pack": pack}


@case
def warehouse_damaged(scene):
    version = scene.copy().warehouse.resolve()
    version.chmod(0o644)
    version.write_bytes(version.read_bytes()[:10_000])
    return kcna("status", "--home", scene.home), {}


def query(scene, text, **environment):
    return kcna("sql", text, "--home", scene.published.home, **environment)


@case
def column_unknown(scene):
    result = query(scene, "select headline from core.fact_article")
    assert 'Referenced column "headline" not found' in result.stderr
    return result, {}


@case
def table_unknown(scene):
    result = query(scene, "select * from core.article")
    assert "Table with name article does not exist" in result.stderr
    return result, {}


@case
def query_writes(scene):
    return query(scene, "create table core.mine as select 1"), {}


@case
def query_reads_file(scene):
    secret = scene.folder / "secret.csv"
    secret.write_text("a\n1\n")
    return query(scene, f"select * from read_csv('{secret}')"), {"file": secret}


@case
def query_memory(scene):
    text = "select count(distinct range::varchar || 'a long text that takes room') from range(10_000_000)"
    return query(scene, text, KCNA_MEMORY_LIMIT="8MB", KCNA_THREADS="1"), {}


@case
def command_unknown(scene):
    return kcna("publish"), {"word": "publish"}


@case
def format_unknown(scene):
    return kcna("sql", "select 1", "--format", "xml", "--home", scene.home), {"word": "xml"}


@case
def setting_bad(scene):
    values = {"setting": "KCNA_MEMORY_LIMIT", "value": "'lots'"}
    values["what"] = "write it as a number with a unit, for example 1GB or 512MiB"
    return kcna("status", "--home", scene.home, KCNA_MEMORY_LIMIT="lots"), values


@case
def port_in_use(scene):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        return kcna("ui", "--port", port, "--home", scene.home), {"port": port}


@case
def page_unknown(scene):
    return kcna("quarantine", "show", "no such page", "--home", scene.published.home), {"page": "no such page"}


@case
def page_ambiguous(scene):
    contents = broken_page(), broken_page(published=support.date(2024, 9, 17))
    offered = [support.offer(each, origin=f"file:///{number}") for number, each in enumerate(contents)]
    support.publish_warehouse(Settings(home=scene.home), offered)
    digests = sorted(hashlib.sha256(each).hexdigest()[:12] for each in contents)
    values = {"page": "page.txt", "candidates": ", ".join(f"{digest} page.txt" for digest in digests)}
    return kcna("quarantine", "show", "page.txt", "--home", scene.home), values


@case
def export_not_ours(scene):
    folder = scene.folder / "out"
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    return kcna("export", folder, "--home", scene.published.home), {"folder": folder, "file": "thesis.txt"}


@pytest.fixture
def scene(tmp_path, published, monkeypatch):
    return Scene(tmp_path, published, monkeypatch)


def as_pattern(text, values):
    """A pattern that a message fits; what is not known beforehand may be anything."""
    parts = re.split(r"\{(\w+)\}", text)
    return "".join(
        (re.escape(str(values[part])) if part in values else ".+") if number % 2 else re.escape(part)
        for number, part in enumerate(parts)
    )


@pytest.mark.parametrize("name", ERRORS)
def test_it_is_one_sentence_with_thing_and_remedy_and_the_documented_exit_code(name, scene):
    text = ERRORS[name]

    result, values = CASES[name](scene)

    assert result.exit_code == text.exit_code, result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert set(values) <= set(re.findall(r"\{(\w+)\}", text.message))
    lines = result.stderr.splitlines()
    if text.kind == "blocked":
        assert lines == []
        lines = [result.stdout.splitlines()[-1]]
    elif text.kind == "usage":
        assert lines[0].startswith("Usage: kcna ")
        assert re.fullmatch(r"Try 'kcna.* --help' for help\.", lines[1])
        lines = lines[-1:]
    elif text.kind == "run":
        assert AFTER_A_RUN.fullmatch(lines.pop())
    assert len(lines) == 1, result.stderr
    assert re.fullmatch(as_pattern(text.printed, values), lines[0]), lines[0]


def test_every_error_has_its_case():
    assert list(CASES) == list(ERRORS)


def test_a_message_is_no_class_of_the_program():
    for name, text in ERRORS.items():
        assert not re.search(r"\b\w+\.\w*(?:Error|Exception)\b", text.message), name


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("KCNA_THREADS", "many", "valid integer"),
        ("KCNA_TIMEZONE", "Mars/Olympus", "no such time zone; write it as in Europe/Berlin or UTC"),
        ("KCNA_UI_PORT", "70000", "less than or equal to 65535"),
        ("KCNA_SCHEDULE", "daily", "for example 0 6 * * * for 06:00"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_its_value_and_what_it_may_be(setting, value, said, scene):
    result = kcna("status", "--home", scene.home, **{setting: value})

    assert result.exit_code == 2
    assert result.stderr.startswith(f"kcna: the setting {setting} cannot be used: ")
    assert result.stderr.endswith(f" (it is '{value}')\n")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("setting", ["KCNA_ORIGINS", "KCNA_HTTP_ALLOW"])
def test_a_list_that_is_no_json_is_named(setting, scene):
    result = kcna("status", "--home", scene.home, **{setting: "./pages"})

    assert result.exit_code == 2
    assert result.stderr.startswith(f"kcna: the setting {setting} cannot be used: write it as a JSON list")


@pytest.mark.parametrize("command", ["ui", "report"])
def test_a_port_that_there_is_not_is_wrong_usage(command, scene):
    result = kcna(command, "--port", 70000, "--home", scene.home)

    assert result.exit_code == 2
    assert "70000 is not in the range" in result.stderr


@pytest.mark.parametrize("command", [["run"], ["status"], ["sql", "select 1"], ["verify"], ["rebuild"]])
def test_no_command_ends_a_fault_of_the_system_with_a_traceback(command, scene):
    scene.home.write_text("")

    result = kcna(*command, "--home", scene.home / "below")

    assert result.exit_code == 2
    assert re.fullmatch(r"kcna: .+/home/below[^:]*: a part of this path is a file .+\n", result.stderr)


def test_an_interrupted_query_ends_with_130(scene, monkeypatch):
    monkeypatch.setattr("etl.commands.sql.run_query", functools.partial(interrupt, RuntimeError("Query interrupted")))

    result = query(scene, "select 1")

    assert result.exit_code == 130
    assert result.stderr == "kcna: interrupted; the next run goes on from what is stored\n"


def interrupt(error, *_):
    raise error


def test_a_fault_of_the_program_says_that_it_is_one_and_how_to_report_it(scene, monkeypatch):
    monkeypatch.setattr("etl.commands.sql.run_query", functools.partial(interrupt, LookupError("no \x1b[31m{x}")))

    result = query(scene, "select 1")

    assert result.exit_code == 2
    assert "\x1b" not in result.stderr
    assert result.stderr.startswith("kcna: unexpected LookupError: no ")
    assert result.stderr.endswith("{x}; this is a fault of the program: report it with what KCNA_TRACEBACK=1 prints\n")


# The traceback ---------------------------------------------------------------------------------------


def test_the_traceback_is_printed_before_the_sentence_if_it_is_asked_for(scene):
    home = scene.home

    plain, traced = (kcna("sql", "select 1", "--home", home, **environment) for environment in ({}, TRACED))

    assert traced.stderr.startswith("Traceback (most recent call last):\n")
    assert traced.stderr.endswith(plain.stderr)
    assert "NothingPublishedError" in traced.stderr
    assert traced.exit_code == plain.exit_code == 2


def test_of_an_error_inside_the_job_the_traceback_names_the_place_and_the_cause(scene, monkeypatch):
    def fail(*_):
        try:
            raise KeyError("the cause")
        except KeyError as error:
            raise LookupError("the error") from error

    monkeypatch.setattr(raw, "read_origin", fail)

    result = kcna("run", scene.pages(page()), "--home", scene.home, **TRACED)

    before, _, after = result.stderr.partition("\nkcna: the run failed: ")
    assert "LookupError: the error" in before
    assert "KeyError: 'the cause'" in before
    assert f'File "{__file__}", line ' in before
    assert after.startswith("unexpected LookupError: the error; this is a fault of the program")
    assert AFTER_A_RUN.fullmatch(after.splitlines()[-1])


# Exit codes ------------------------------------------------------------------------------------------


def test_the_readme_has_the_exit_codes_of_the_code():
    readme = (support.PROJECT / "README.md").read_text(encoding="utf-8")

    for code, meaning in errors.EXIT_CODES.items():
        assert f"| {code} | {meaning} |" in readme


def test_the_help_of_commands_names_no_other_exit_codes():
    codes = {pipeline.PUBLISHED, pipeline.BLOCKED, verify.WHOLE, verify.DAMAGED, show.FAILED, show.INTERRUPTED}
    assert codes == set(errors.EXIT_CODES)
    assert {text.exit_code for text in ERRORS.values()} == codes - {0}
    documented = {name: exit_codes_in(command) for name, command in main.commands.items()}
    assert documented["run"] == codes
    assert documented["verify"] == codes - {show.INTERRUPTED}
    assert set().union(*documented.values()) == codes


def exit_codes_in(command):
    """The numbers in the part of a command's help that is about exit codes."""
    _, found, text = " ".join(command.help.split()).partition("Exit codes: ")
    return {int(code) for code in re.findall(r"(?:^|, )(\d+) ", text)} if found else set()


def test_the_readme_leads_to_the_errors():
    assert "(docs/errors.md)" in (support.PROJECT / "README.md").read_text(encoding="utf-8")
    assert Path(support.PROJECT / "docs" / "errors.md").is_file()
