"""Dagster's instance of a home: no telemetry, no sign-up box, one run at a time."""

import pytest
import yaml

from etl.commands.instance import INSTANCE_SETTINGS, open_instance, prepare_instance


def test_the_settings_are_written_once_and_mended_when_changed(settings):
    home = settings.paths()
    prepare_instance(home)
    path = home.dagster / "dagster.yaml"
    written = path.stat().st_mtime_ns
    prepare_instance(home)

    assert path.stat().st_mtime_ns == written

    path.write_text("telemetry:\n  enabled: true\n")
    prepare_instance(home)

    assert path.read_text() == INSTANCE_SETTINGS


def test_the_settings_switch_telemetry_and_the_sign_up_box_off():
    written = yaml.safe_load(INSTANCE_SETTINGS)

    assert written["telemetry"] == {"enabled": False}
    assert written["nux"] == {"enabled": False}


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "a [b]* 'c'",
    ],
)
def test_an_open_instance_sends_no_telemetry(name, settings, tmp_path):
    settings.home = tmp_path / name

    with open_instance(settings.paths()) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.root_directory == str(settings.paths().dagster)
