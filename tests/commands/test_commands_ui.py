"""`kcna ui`: Dagster on this machine only, with this home's instance."""

import socket

import pytest
from click.testing import CliRunner

from etl.cli import main
from etl.commands import serve


@pytest.fixture
def started(monkeypatch):
    """What the command would become instead of itself."""
    calls = []
    monkeypatch.setattr(serve.os, "execve", lambda *call: calls.append(call))
    return calls


def ui(home, *arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(main, ["ui", "--home", str(home), *arguments])


def test_it_listens_on_this_machine_only_and_knows_its_home(tmp_path, started):
    result = ui(tmp_path, "--port", "0")

    ((_, command, environment),) = started
    assert result.exit_code == 0
    assert command[command.index("-h") + 1] == "127.0.0.1"
    assert command[command.index("-m", 3) + 1] == "etl.definitions"
    assert environment["KCNA_HOME"] == str(tmp_path)
    assert environment["DAGSTER_HOME"] == str(tmp_path / "dagster")
    assert (tmp_path / "dagster" / "dagster.yaml").exists()


def test_a_port_in_use_is_a_message(tmp_path, started):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = ui(tmp_path, "--port", str(taken.getsockname()[1]))

    assert result.exit_code == 2
    assert "is in use; choose another with --port" in result.output
    assert started == []


def test_a_home_whose_settings_dagster_would_not_find_is_refused(tmp_path, started):
    # Without its settings, Dagster would send telemetry.
    result = ui(tmp_path / "a [b]")

    assert result.exit_code == 2
    assert "choose a --home without them" in result.output
    assert started == []
