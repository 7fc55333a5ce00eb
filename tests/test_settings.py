"""Settings: each name once, sensible limits, and paths that do not depend on where a command is typed."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from etl import settings as settings_module
from etl.settings import Settings, project_folder, sample_pages


def test_every_setting_has_a_description():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_setting_is_read_from_its_variable_when_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("KCNA_KEEP_VERSIONS", "7")
    monkeypatch.setenv("KCNA_ORIGINS", '["one", "two"]')

    assert (Settings().keep_versions, Settings().origins) == (7, ["one", "two"])


@pytest.mark.parametrize(
    ("name", "value"),
    [("KCNA_MAX_PAGE_BYTES", "2097151"), ("KCNA_KEEP_VERSIONS", "0"), ("KCNA_PACK_PAGES", "0"), ("KCNA_THREADS", "x")],
)
def test_a_value_that_cannot_work_is_refused(name, value, monkeypatch):
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError):
        Settings()


def test_paths_are_absolute_and_below_the_home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = Settings(home=Path("somewhere")).paths()

    assert home.root == tmp_path / "somewhere"
    names = ("raw", "parsed", "clean", "work_file", "runs", "versions", "warehouse", "report", "dagster")
    assert all(getattr(home, name).is_relative_to(home.root) for name in names)
    assert not home.root.exists()


def test_the_folders_of_the_project_are_found():
    assert (project_folder("sql") / "core").is_dir()
    assert (project_folder("expectations") / "parsed_page.json").is_file()
    assert len(list(sample_pages().glob("*.txt"))) > 50


def test_an_incomplete_installation_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(settings_module, "PACKAGE_FOLDER", tmp_path / "etl")

    with pytest.raises(FileNotFoundError, match="'sql' of the project is missing; install the package again"):
        project_folder("sql")


@pytest.mark.parametrize("limit", ["lots", "1", "-1GB", "1GB; drop table x", "0GB"])
def test_a_memory_limit_without_a_unit_is_refused(limit):
    with pytest.raises(ValueError, match="a number with a unit"):
        Settings(memory_limit=limit)


def test_a_blank_home_is_no_home(monkeypatch):
    monkeypatch.setenv("KCNA_HOME", "")
    assert Settings().home == Path("kcna-data")
