"""Fixtures for all tests: settings that no environment decides, one home to read from, and a quick calendar."""

import dataclasses
import functools
import os
import shutil

import pytest
from hypothesis import settings as hypothesis_settings

from etl import reference
from etl.fetch.origin import read_origin
from etl.settings import Settings, sample_pages
from tests import canaries, support
from tests.support import run_kcna

# A busy machine makes an example slow, not wrong.
hypothesis_settings.register_profile("project", deadline=None)
hypothesis_settings.load_profile("project")


@pytest.fixture(autouse=True, scope="session")
def only_our_settings():
    """A developer's own KCNA_... variables and .env file decide nothing here."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("KCNA_")]:
            patch.delenv(name)
        patch.setitem(Settings.model_config, "env_file", None)
        yield


@pytest.fixture(autouse=True, scope="session")
def holidays_read_once():
    """Every build asks for the same holidays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "holidays", functools.cache(reference.holidays))
        yield


@pytest.fixture
def settings(tmp_path):
    """Settings with an empty home."""
    return Settings(home=tmp_path / "home")


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """Settings of a home with the sample pages published, built without Dagster; only for reading."""
    settings = Settings(home=tmp_path_factory.mktemp("published"))
    support.publish_warehouse(settings, read_origin(str(sample_pages()), settings))
    return settings


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory):
    """A run of the sample pages; only for reading."""
    return run_kcna(tmp_path_factory.mktemp("sample") / "home")


@pytest.fixture(scope="session")
def canary_run(tmp_path_factory):
    """A run of pages full of text that must not act; only for reading."""
    folder = tmp_path_factory.mktemp("canaries")
    canaries.write_pages(folder / "pages")
    return run_kcna(folder / "home", folder / "pages")


@pytest.fixture
def copied_run(sample_run, tmp_path):
    """A copy of the home of the sample run, to be changed."""
    home = tmp_path / "copy"
    shutil.copytree(sample_run.settings.home, home, symlinks=True)
    return dataclasses.replace(sample_run, settings=Settings(home=home))
