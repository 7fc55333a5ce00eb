"""The search index: one file per published version, made when it is needed, locked when it is read."""

import fcntl
import shutil
import subprocess
import sys

import duckdb
import pytest

from etl.warehouse import search_index
from etl.warehouse.search import parse_query
from etl.warehouse.search_index import UnrankedError, ranked_hits
from tests.searching import found_ids, one_home, publish
from tests.support import PROJECT
from tests.warehouse.test_warehouse_read import PROBES

PAGES = {"one": ("Orchard", "Apples were picked."), "two": ("Bridge", "A bridge of apples.")}
NAME = "kcna-20240919T120000Z-aaaaaaaaaaaa"
NEXT_NAME = "kcna-20240920T120000Z-bbbbbbbbbbbb"


@pytest.fixture
def home(tmp_path):
    return one_home(tmp_path, PAGES)


@pytest.fixture
def built(home):
    """A home whose index is built."""
    found_ids(home, "apples", "ranked")
    return home


@pytest.fixture(scope="module")
def con(tmp_path_factory):
    """The connection that searches read an index with."""
    home = one_home(tmp_path_factory.mktemp("index"), PAGES)
    found_ids(home, "apples", "ranked")
    with search_index._connect_index(home.settings, search_index._extension(), index_of(home)) as connection:
        yield connection


def index_of(home):
    (name,) = home.indexes
    return home.settings.paths().search / name


def said_while_searching(home, version=None):
    said = []
    hits = ranked_hits(home.settings, version or home.version, parse_query("apples"), said.append)
    assert sorted(hits["article_id"].to_pylist()) == sorted(PAGES)
    return said


def everything_below(folder):
    return sorted(path.name for path in folder.rglob("*"))


def test_the_index_is_built_once_and_read_only(home):
    assert said_while_searching(home) == ["building the search index of this version once"]
    assert said_while_searching(home) == []
    assert index_of(home).name.startswith(NAME)
    assert index_of(home).stat().st_mode & 0o222 == 0


def test_nothing_but_the_index_is_left_of_building_it_and_what_is_published_is_untouched(home):
    before = home.version.read_bytes()

    said_while_searching(home)

    assert everything_below(home.settings.paths().search) == ["build.lock", index_of(home).name]
    assert everything_below(home.version.parent) == [home.version.name]
    assert home.version.read_bytes() == before


def test_the_index_holds_words_and_no_texts(built):
    with duckdb.connect(str(index_of(built)), read_only=True) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        words = con.execute("select term from fts_main_article.dict").fetchall()

    assert {schema for schema, _ in tables} == {"fts_main_article"}
    assert sorted(word for (word,) in words) == ["a", "apples", "bridge", "of", "orchard", "picked", "were"]


@pytest.mark.parametrize("probe", [name for name, query in PROBES.items() if "core." not in query])
def test_the_connection_to_the_index_refuses_to(probe, con, tmp_path):
    (tmp_path / "file.csv").write_text("secret\n1\n")
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    targets = {
        "file": tmp_path / "file.csv",
        "folder": tmp_path,
        "other": tmp_path / "other.duckdb",
        "new": tmp_path / "new",
    }

    with pytest.raises(duckdb.Error):
        con.execute(PROBES[probe].format(**targets)).fetchall()

    assert not (tmp_path / "new").exists()


def test_the_connection_to_the_index_reads_it(con):
    assert con.execute("select count(*) from fts_main_article.docs").fetchall() == [(2,)]


def test_the_connection_to_the_index_checks_signatures_and_keeps_the_limits(built):
    settings = built.settings.model_copy(update={"memory_limit": "64MiB", "threads": 1})
    with search_index._connect_index(settings, search_index._extension(), index_of(built)) as con:
        (values,) = con.execute(
            "select current_setting('memory_limit'), current_setting('threads'), "
            "current_setting('allow_unsigned_extensions'), current_setting('autoload_known_extensions'), "
            "current_setting('autoinstall_known_extensions')"
        ).fetchall()

    assert values == ("64.0 MiB", 1, False, False, False)


def test_a_new_version_gets_its_own_index_and_the_old_one_goes(built):
    old = index_of(built)
    publish(built.settings, {"three": ("Ferry", "A ferry with apples.")}, NEXT_NAME)

    assert found_ids(built, "apples", "ranked") == ["three"]

    assert not old.exists()
    assert index_of(built).name.startswith(NEXT_NAME)


def test_a_search_that_still_reads_the_old_version_leaves_the_index_of_the_new_one(built):
    old = built.version
    publish(built.settings, PAGES, NEXT_NAME)
    said_while_searching(built)

    assert said_while_searching(built, old) == ["building the search index of this version once"]

    assert [name[: len(NAME)] for name in built.indexes] == [NAME, NEXT_NAME]
    assert said_while_searching(built) == []


def test_what_killed_builds_left_is_removed(home):
    folder = home.settings.paths().search
    (folder / "tmp123").mkdir(parents=True)
    (folder / "tmp123" / "draft.duckdb").write_bytes(b"half")
    (folder / f"{NAME}-00000000.duckdb.4711.partial").write_bytes(b"half")
    (folder / f"{NAME}-00000000.duckdb").write_bytes(b"built by other code")

    said_while_searching(home)

    assert everything_below(folder) == ["build.lock", index_of(home).name]


DAMAGES = {
    "cut to nothing": lambda content: b"",
    "cut in its head": lambda content: content[:100],
    "cut in the middle": lambda content: content[: len(content) // 2],
    "no database": lambda content: b"text " * 1_000,
    "zeros inside": lambda content: content[:12_288] + bytes(len(content) - 12_288),
    "bits turned": lambda content: content[:12_288] + bytes(byte ^ 255 for byte in content[12_288:]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_index_is_built_again(damage, built):
    index = index_of(built)
    content = index.read_bytes()
    index.unlink()
    index.write_bytes(DAMAGES[damage](content))

    assert said_while_searching(built) == ["building the search index of this version once"]
    assert said_while_searching(built) == []


def test_a_database_that_is_no_index_is_replaced(built):
    index = index_of(built)
    index.unlink()
    with duckdb.connect(str(index)) as con:
        con.execute("create table x as select 1 as y")

    assert said_while_searching(built) == ["building the search index of this version once"]
    assert said_while_searching(built) == []


def test_two_processes_at_once_build_one_index(home):
    with searcher(home) as one, searcher(home) as two:
        ended = [process.communicate(timeout=60) for process in (one, two)]

    assert [process.returncode for process in (one, two)] == [0, 0]
    assert ended[0][0] == ended[1][0]
    assert "Apples were picked." in ended[0][0]
    assert "".join(said for _, said in ended).count("building the search index") == 1
    assert len(home.indexes) == 1


def test_a_search_waits_for_the_one_that_builds_and_says_so(home):
    folder = home.settings.paths().search
    folder.mkdir()
    lock = (folder / "build.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    with lock, searcher(home) as process:
        assert process.stderr.readline() == "another search is building the index; waiting for it\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=3)
        assert home.indexes == []
        fcntl.flock(lock, fcntl.LOCK_UN)
        rows, _ = process.communicate(timeout=60)

    assert "Apples were picked." in rows


def searcher(home):
    """`kcna search apples` in a process of its own."""
    command = [sys.executable, "-c", "from etl.cli import main; main()", "search", "apples"]
    command += ["--home", str(home.settings.home)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT)


def test_a_path_with_signs_that_sql_and_patterns_know_is_taken_literally(tmp_path):
    home = one_home(tmp_path / 'it\'s [a] *home* "x"', PAGES)

    assert found_ids(home, "apples", "ranked") == ["one", "two"]


def test_without_the_wheel_it_says_what_to_install_and_writes_nothing(home, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb_extension_fts", None)

    with pytest.raises(UnrankedError, match=r"needs `pip install 'kcna-warehouse\[search\]'`"):
        said_while_searching(home)

    assert not home.settings.paths().search.exists()


def test_a_wheel_for_another_release_of_duckdb_is_not_used(home, monkeypatch):
    monkeypatch.setattr(duckdb, "__version__", "9.9.9")

    with pytest.raises(UnrankedError, match="pip install"):
        said_while_searching(home)


def test_an_extension_whose_bytes_were_changed_is_refused(home, tmp_path, monkeypatch):
    changed = tmp_path / "fts.duckdb_extension"
    shutil.copy(search_index._extension(), changed)
    with changed.open("r+b") as handle:
        handle.seek(1_000_000)
        (byte,) = handle.read(1)
        handle.seek(1_000_000)
        handle.write(bytes([byte ^ 1]))
    monkeypatch.setattr(search_index, "_extension", lambda: changed)

    with pytest.raises(UnrankedError, match="signature"):
        said_while_searching(home)

    assert home.indexes == []


def test_where_the_index_cannot_be_written_it_says_why(home):
    home.settings.paths().search.write_text("a file where the folder should be")

    with pytest.raises(UnrankedError, match="the search index cannot be used"):
        said_while_searching(home)


def test_a_failed_build_leaves_nothing_and_the_next_search_builds(home, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(search_index, "_BUILD", (*search_index._BUILD[:4], "select nonsense"))
        with pytest.raises(UnrankedError, match="nonsense"):
            said_while_searching(home)

    assert everything_below(home.settings.paths().search) == ["build.lock"]
    assert said_while_searching(home) == ["building the search index of this version once"]
