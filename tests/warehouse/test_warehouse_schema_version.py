"""Homes of older formats are brought up to date; a newer one is refused by every command, and nothing of it touched."""

import json
import shutil

import duckdb
import pytest
from click.testing import CliRunner

from etl.cli import main
from etl.files import DamagedFileError
from etl.settings import Settings
from etl.warehouse import lock, schema_version
from etl.warehouse.schema_version import FORMAT, NewerFormatError
from etl.warehouse.verify import verify
from tests import support

NEWER = FORMAT + 1


def write_format(home, content):
    home.root.mkdir(parents=True, exist_ok=True)
    schema_version.marker(home).write_text(content if isinstance(content, str) else json.dumps(content))


def all_files(folder):
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in folder.rglob("*")}


def commands():
    """Every command that looks at a home, with arguments that it takes."""
    arguments = {
        "fetch": ["--missing", "table.csv"],
        "search": ["word"],
        "export": ["folder"],
        "sql": ["select 1"],
        "quarantine list": [],
        "quarantine show": ["page"],
        "quarantine replay": [],
        "quarantine export": ["folder"],
    }
    names = [name for name in main.commands if name != "quarantine"]
    names += [f"quarantine {name}" for name in main.commands["quarantine"].commands]
    return [pytest.param([*name.split(), *arguments.get(name, [])], id=name) for name in sorted(names)]


@pytest.fixture
def home(settings):
    return settings.paths()


def test_a_home_says_its_format_from_the_first_write_on(home):
    with lock.held(home):
        assert schema_version.home_format(home) == FORMAT

    assert json.loads(schema_version.marker(home).read_text()) == {"format": FORMAT}


def test_a_home_that_says_the_format_is_not_written_again(home):
    with lock.held(home):
        before = schema_version.marker(home).stat().st_mtime_ns
    with lock.held(home):
        assert schema_version.marker(home).stat().st_mtime_ns == before


@pytest.mark.parametrize("content", ["", "{", "{}", "[]", '{"format": "1"}', '{"format": 0}', '{"format": true}'])
def test_a_format_that_cannot_be_read_is_named_and_nothing_is_written(home, content):
    write_format(home, content)

    with pytest.raises(DamagedFileError, match=r"format\.json: the format of the home cannot be read"):
        lock.hold(home)

    assert [path.name for path in home.root.iterdir()] == ["format.json"]
    assert [damage.file for damage in verify(Settings(home=home.root)).damages] == [str(schema_version.marker(home))]


@pytest.mark.parametrize("arguments", commands())
def test_every_command_refuses_a_home_of_a_newer_format_and_touches_nothing(published, tmp_path, arguments):
    home = tmp_path / "home"
    shutil.copytree(published.home, home, symlinks=True)
    write_format(Settings(home=home).paths(), {"format": NEWER})
    before = all_files(tmp_path)

    result = CliRunner().invoke(main, [*arguments, "--home", str(home)])

    assert result.exit_code == 2, result.output
    assert f"format {NEWER} was written by a newer kcna" in result.output
    assert "install the newer version, or use another --home" in result.output
    assert len(result.output.splitlines()) == 1
    assert all_files(tmp_path) == before


def test_a_writer_refuses_a_home_of_a_newer_format_before_it_takes_the_lock(home):
    write_format(home, {"format": NEWER})

    with pytest.raises(NewerFormatError):
        lock.hold(home)

    assert [path.name for path in home.root.iterdir()] == ["format.json"]


def test_a_warehouse_says_its_format_and_one_that_says_none_is_of_the_first(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema quality")
        assert schema_version.warehouse_format(con) == 1
        con.execute(schema_version.WRITE_FORMAT)

    with duckdb.connect(str(path), read_only=True) as con:
        assert schema_version.warehouse_format(con) == FORMAT
        assert con.execute("select quality.format_version()").fetchall() == [(FORMAT,)]
        schema_version.check_warehouse(con, path)


def test_a_warehouse_of_a_newer_format_is_refused(tmp_path):
    with duckdb.connect() as con:
        con.execute("create schema quality")
        con.execute(schema_version.WRITE_FORMAT.replace(f"as {FORMAT}", f"as {NEWER}"))

        with pytest.raises(NewerFormatError, match=f"warehouse.duckdb: format {NEWER} was written by a newer kcna"):
            schema_version.check_warehouse(con, tmp_path / "warehouse.duckdb")


def test_a_home_from_before_formats_is_brought_up_to_date_beside_the_old_version(settings, home):
    """P18: an older home gets the content of a fresh one, and its old version stays until the new one is there."""
    pages = support.offers(support.page(support.block()), support.broken_page())
    old = support.publish_warehouse(settings, pages)
    fresh = support.fingerprint(old)
    schema_version.marker(home).unlink(missing_ok=True)
    (home.clean / "manifest.json").write_text("[]")
    # parts as an older parser named them, and a version built by other code
    older = home.parsed / "0123456789abcdef-p0-page.parquet"
    shutil.copyfile(next(home.parsed.glob("*page*.parquet")), older)
    records = json.loads((home.parsed / "manifest.json").read_text())
    (home.parsed / "manifest.json").write_text(json.dumps([{**records[0], "name": older.name}]))
    renamed = old.with_name("kcna-20200101T000000Z-0123456789ab.duckdb")
    old.rename(renamed)
    (record,) = json.loads((home.versions / "manifest.json").read_text())
    (home.versions / "manifest.json").write_text(json.dumps([{**record, "name": renamed.name}]))
    home.warehouse.unlink()
    home.warehouse.symlink_to(renamed.relative_to(home.root))

    with lock.held(home):
        new = support.publish_warehouse(settings)

    assert support.fingerprint(new) == fresh
    assert renamed.exists()
    assert not older.exists()
    assert schema_version.home_format(home) == FORMAT
    assert verify(settings).damages == []
