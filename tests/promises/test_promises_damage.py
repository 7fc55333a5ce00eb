"""P1, P12, P13: damage is found, named and mended from what is whole, never loaded in silence."""

import os
import shutil

import pytest
from click.testing import CliRunner

from etl.cli import main
from etl.settings import Settings
from etl.warehouse.verify import RESTORE, verify
from tests import support
from tests.promises import loader

MANY_FLIPS = 200
STORED = ("raw", "stages/parsed", "stages/clean", "versions")


def stored_files(home, *folders):
    """Parquet and DuckDB files, sorted."""
    found = [path for folder in folders for path in (home / folder).iterdir() if path.suffix in (".parquet", ".duckdb")]
    return sorted(found)


def overwrite(path, content):
    path.chmod(0o644)
    path.write_bytes(content)


def flip(path, chance):
    content = bytearray(path.read_bytes())
    place = chance.randrange(len(content))
    content[place] ^= 1 << chance.randrange(8)
    overwrite(path, content)


def cut(path, chance):
    overwrite(path, path.read_bytes()[: chance.randrange(path.stat().st_size)])


def zero(path, chance):
    content = bytearray(path.read_bytes())
    place = chance.randrange(len(content))
    content[place : place + 512] = bytes(len(content[place : place + 512]))
    overwrite(path, b"\x00" * len(content) if content == path.read_bytes() else content)


def named(home):
    return {damage.file for damage in verify(Settings(home=home)).damages}


@pytest.fixture
def home(scene, tmp_path):
    """A copy of a whole home."""
    shutil.copytree(scene.undisturbed, tmp_path / "home", symlinks=True)
    return tmp_path / "home"


def damage_one(home, path, how, chance):
    content = path.read_bytes()
    how(path, chance)
    assert str(path) in named(home), f"{how.__name__} of {path.name} was not found"
    overwrite(path, content)


@pytest.mark.parametrize("how", [flip, cut, zero])
def test_one_damaged_file_of_any_kind_is_named(home, chance, how):
    """P1 P12 P13."""
    for folder in STORED:
        damage_one(home, chance.choice(stored_files(home, folder)), how, chance)
    assert named(home) == set()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_each_of_two_hundred_flipped_bits_is_found(home, chance, figures):
    """P12 P13."""
    files = stored_files(home, *STORED)
    for _ in range(MANY_FLIPS):
        damage_one(home, chance.choice(files), flip, chance)
    figures(f"{MANY_FLIPS} of {MANY_FLIPS} flipped bits found in {len(files)} files")


def test_no_damaged_stage_is_used_by_the_next_load(scene, home, chance):
    """P12."""
    for path in stored_files(home, "stages/parsed", "stages/clean", "versions"):
        flip(path, chance)

    assert loader.run(loader.load, home, scene.pages) == loader.DONE

    assert support.fingerprint(home / "kcna.duckdb") == scene.after
    assert verify(Settings(home=home)).damages == []


def test_a_damaged_raw_file_stops_a_load_and_keeps_the_warehouse(scene, home, chance, tmp_path):
    """P1 P12 P32."""
    pack = stored_files(home, "raw")[-1]
    flip(pack, chance)
    errors = tmp_path / "errors"

    assert loader.run(loader.load, home, scene.pages, environment={"ERRORS": str(errors)}) == loader.FAILED

    assert str(pack) in errors.read_text()
    assert RESTORE in errors.read_text()
    assert support.fingerprint(home / "kcna.duckdb") == scene.after


def test_two_files_exchanged_are_both_named(home):
    """P12."""
    for folder in STORED[:3]:
        one, two = stored_files(home, folder)[:2]
        other = one.with_name("aside")
        one.rename(other)
        two.rename(one)
        other.rename(two)
        assert {str(one), str(two)} <= named(home)


def test_a_file_of_another_run_is_not_taken_for_this_ones(scene, home):
    """P12."""
    for folder in STORED:
        theirs = {path.name: path for path in stored_files(scene.base, folder)}
        ours = {path.name: path for path in stored_files(home, folder)}
        stray = next(iter(theirs.values()))
        name = next((name for name in theirs if name not in ours), f"x-0{stray.suffix}")
        target = home / folder / name
        shutil.copyfile(stray, target)
        assert str(target) in named(home)
        target.unlink()
    assert named(home) == set()


@pytest.mark.parametrize("content", [b"", b"[", b"null", b"\xff"])
def test_a_manifest_that_cannot_be_read_is_named(home, content):
    """P12 P32."""
    for folder in STORED:
        manifest = home / folder / "manifest.json"
        before = manifest.read_bytes()
        manifest.write_bytes(content)
        assert str(manifest) in named(home)
        manifest.write_bytes(before)


def test_a_lost_manifest_beside_a_damaged_pack_loses_no_page(scene, home, chance):
    """P1."""
    pack = stored_files(home, "raw")[-1]
    flip(pack, chance)
    (home / "raw" / "manifest.json").unlink()

    assert loader.run(loader.load, home, scene.pages, environment={"ERRORS": os.devnull}) == loader.FAILED

    assert pack.exists()


def test_what_a_killed_writer_leaves_is_named_and_swept_by_the_next_load(scene, home):
    """P4 P12."""
    left = [
        home / ".kcna.duckdb.999999999.partial",
        home / "stages" / "draft-build.duckdb",
        home / "stages" / "build.duckdb.wal",
        home / "stages" / "build.duckdb",
        home / "stages" / "clean" / "page.parquet.999999999.partial",
        home / "runs" / "a run.json.999999999.partial",
        home / "versions" / "manifest.json.999999999.partial",
        home / "raw" / "pages.partial.parquet",
    ]
    for path in left:
        path.write_bytes(b"half")

    assert {str(path) for path in left} <= named(home)
    assert loader.run(loader.load, home, scene.pages) == loader.DONE
    assert named(home) == set()


def test_a_log_beside_the_published_version_is_named_and_the_next_load_publishes_anew(scene, home):
    """P5 P13."""
    version = (home / "kcna.duckdb").resolve()
    log = version.with_name(f"{version.name}.wal")
    log.write_bytes(b"a log of a writer that should not have been there")
    assert str(log) in named(home)

    assert loader.run(loader.load, home, scene.pages) == loader.DONE

    assert support.fingerprint(home / "kcna.duckdb") == scene.after
    assert named(home) == set()


@pytest.mark.parametrize("where", ["versions/gone.duckdb", "stages/clean/manifest.json", None])
def test_a_link_that_leads_elsewhere_is_named_and_mended(scene, home, where):
    """P5 P13."""
    link = home / "kcna.duckdb"
    link.unlink()
    if where:
        link.symlink_to(where)

    assert str(link) in named(home)
    assert loader.run(loader.load, home, scene.pages) == loader.DONE
    assert support.fingerprint(link) == scene.after
    assert named(home) == set()


def test_a_record_of_a_run_that_cannot_be_read_is_named(home):
    """P32."""
    record = home / "runs" / "torn.json"
    record.write_text('{"run_id": "torn')

    assert named(home) == {str(record)}


def test_rows_that_no_rule_allows_are_named_even_in_a_listed_file(home):
    """P6 P13."""
    import duckdb

    from etl import files
    from etl.warehouse import publish

    version = (home / "kcna.duckdb").resolve()
    version.chmod(0o644)
    with duckdb.connect(str(version)) as con:
        con.execute("update quality.accounting set left_count = left_count + 1 where identity = 'page_lines'")
        con.execute("delete from core.fact_page where page_sha256 = (select min(page_sha256) from core.fact_page)")
        con.execute("insert into core.fact_article from core.fact_article")
    manifest = files.Manifest(version.parent / "manifest.json")
    size = version.stat().st_size
    others = [record for record in manifest.records() if record.name != version.name]
    manifest.replace([*others, files.FileRecord(version.name, publish.KIND, files.sha256_of(version), size, 0)])

    found = {damage.rule for damage in verify(Settings(home=home)).damages}

    assert {"accounting_agrees", "fact_article_key_unique", "every raw page is in the warehouse"} <= found


def test_pages_whose_bytes_are_not_those_of_their_name_are_named_even_in_a_listed_pack(settings):
    """P1."""
    import polars as pl

    from etl import files
    from etl.fetch.raw_store import RawStore

    support.add(settings, support.offers(b"one", b"two"))
    store = RawStore(settings.paths().raw)
    (pack,) = store.packs()
    path = store.folder / pack.name
    frame = pl.read_parquet(path).with_columns(pl.col("content").reverse())
    path.unlink()
    record = files.write_parquet(frame, path, "pages")
    store.manifest.replace([*store.offer_files(), record])

    rules = [damage.rule for damage in verify(settings).damages]

    assert rules == ["page has the bytes of its name (SHA-256)"] * 2


def kcna(*arguments):
    return CliRunner(env={"COLUMNS": "400"}).invoke(main, list(map(str, arguments)))


def test_the_command_names_what_is_damaged_with_what_to_do_and_exits_with_1(home, chance):
    """P1 P13 P32."""
    assert kcna("verify", "--home", home).exit_code == 0
    pack = stored_files(home, "raw")[0]
    flip(pack, chance)

    result = kcna("verify", "--home", home)
    as_json = kcna("verify", "--home", home, "--format", "json")

    assert result.exit_code == as_json.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if str(pack) in line]
    assert RESTORE in line
    assert '"advice": "restore it from a backup"' in as_json.stdout


def test_an_empty_home_is_whole_and_stays_empty(tmp_path):
    """P32."""
    assert kcna("verify", "--home", tmp_path / "none").exit_code == 0
    assert not (tmp_path / "none").exists()


def test_fingerprints_are_printed_by_table(home, scene):
    """P29."""
    import json

    found = json.loads(kcna("verify", "--fingerprint", "--home", home, "--format", "json").stdout)

    assert {row["table"]: (row["row_count"], row["digest"]) for row in found[:-1]} == scene.after
    assert found[-1]["table"] == "all tables"


def test_a_rebuild_deletes_nothing_where_a_raw_page_is_damaged(home, chance):
    """P1 P13 P32."""
    pack = stored_files(home, "raw")[0]
    flip(pack, chance)
    before = stored_files(home, *STORED)

    result = kcna("rebuild", "--home", home)

    assert result.exit_code == 2
    assert str(pack) in result.output
    assert stored_files(home, *STORED) == before


def test_a_rebuild_of_a_home_without_pages_says_what_to_run_and_makes_nothing(tmp_path):
    """P32."""
    result = kcna("rebuild", "--home", tmp_path / "none")

    assert result.exit_code == 2
    assert "run `kcna run` first" in result.output
    assert not (tmp_path / "none").exists()


def test_a_load_after_all_but_the_raw_pages_is_gone_gives_the_same_content(home, scene):
    """P13."""
    shutil.rmtree(home / "stages")
    shutil.rmtree(home / "versions")
    (home / "kcna.duckdb").unlink()

    assert loader.run(loader.load, home, scene.pages) == loader.DONE

    assert support.fingerprint(home / "kcna.duckdb") == scene.after
