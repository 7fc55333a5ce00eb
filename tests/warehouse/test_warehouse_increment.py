"""Bringing a published warehouse up to date gives what building it from nothing gives."""

import errno
import random
from datetime import date

import duckdb
import pytest

from benchmarks.corpus import corpus
from etl.settings import Settings
from etl.stages import CleanStore, spans
from etl.warehouse import catalog, increment
from etl.warehouse.build import begin, build
from etl.warehouse.publish import published_version
from tests import support

PAGES = [support.offer(content, f"{number:03}.txt") for number, content in enumerate(corpus(260))]


@pytest.fixture
def in_small_spans(monkeypatch):
    """Many spans for few pages, and every change is taken for a small one."""
    monkeypatch.setattr(spans, "SPAN_PAGES", 45)
    monkeypatch.setattr(increment, "LARGEST_SHARE", 1.0)


@pytest.fixture(scope="module")
def at_once(tmp_path_factory):
    """The content of all pages, loaded at once."""
    return support.fingerprint(support.build_warehouse(Settings(home=tmp_path_factory.mktemp("at_once")), PAGES))


def is_incremental(settings):
    return increment.is_small(CleanStore(settings.paths()), published_version(settings.paths().warehouse))


@pytest.mark.parametrize("seed", [1, 2])
def test_loads_of_any_pages_one_after_the_other_give_what_one_load_gives(seed, settings, in_small_spans, at_once):
    choice = random.Random(seed)
    pages = PAGES[:]
    choice.shuffle(pages)
    support.publish_warehouse(settings, pages[:140])

    for start, end in ((140, 143), (143, 200), (200, 260)):
        support.add(settings, pages[start:end])
        support.refine(settings)
        assert is_incremental(settings)
        support.publish_warehouse(settings)

    assert support.fingerprint(published_version(settings.paths().warehouse)) == at_once


def test_a_load_of_new_pages_leaves_older_spans_alone(settings, in_small_spans):
    def parts(table):
        return {record.name for record in CleanStore(settings.paths()).manifest.records() if record.kind == table}

    support.publish_warehouse(settings, PAGES)
    before = {table: parts(table) for table in ("page", "mention", "sidebar_entry")}
    new = support.page(published=date(2024, 9, 18), captured=date(2024, 9, 19))

    support.publish_warehouse(settings, support.offers(new))

    for table, names in before.items():
        assert len(names) > 3
        assert len(parts(table) - names) == 1


def test_a_page_that_comes_again_under_an_earlier_address_is_named_anew(settings, in_small_spans):
    support.publish_warehouse(settings, PAGES[:60])
    again = support.offer(PAGES[7].content, "000 before all others.txt")

    support.publish_warehouse(settings, [again])

    with duckdb.connect(str(published_version(settings.paths().warehouse)), read_only=True) as con:
        found = con.execute(
            "select name, count(*) over () from quality.page_outcome where name like '000 %'"
        ).fetchall()
        files = con.execute(
            "select outcome from quality.origin_file where name like '00_ %' or name = '007.txt'"
        ).fetchall()
    assert found == [("000 before all others.txt", 1)]
    assert sorted(files) == [("duplicate",), ("page",)]


@pytest.mark.parametrize(
    "reason", ["other code", "another version", "long chain", "damaged version", "damaged part", "many rows"]
)
def test_a_warehouse_is_built_from_nothing_where_it_cannot_build_on_the_last(reason, settings, monkeypatch):
    version = support.publish_warehouse(settings, PAGES[:30])
    clean = CleanStore(settings.paths())
    if reason == "other code":
        monkeypatch.setattr("etl.stages.clean.code_digest", lambda: "other")
    elif reason == "another version":
        clean.note_published("kcna-other.duckdb", is_built_on_last=False)
    elif reason == "long chain":
        monkeypatch.setattr(increment, "LONGEST_CHAIN", 0)
    elif reason == "damaged version":
        version.chmod(0o644)
        version.write_bytes(version.read_bytes()[:-1] + b"?")
    support.add(settings, PAGES[30 : 100 if reason == "many rows" else 31])
    support.refine(settings)
    if reason == "damaged part":
        kept = {record.name for record in clean.manifest.records()}
        gone = next(record for record in clean.published().parts if record.name not in kept)
        (clean.folder / gone.name).unlink()
    loaded = []
    monkeypatch.setattr(increment.Increment, "load", lambda *_: loaded.append("on the last"))

    build(settings, settings.paths().work_file)

    assert loaded == []


# The copy begun ahead --------------------------------------------------------------------------------


@pytest.fixture
def copies(monkeypatch):
    """The copies that are made, by the name of the file."""
    made = []
    copy = increment.copy_version

    def copy_and_tell(version, draft):
        made.append(draft.name)
        return copy(version, draft)

    monkeypatch.setattr(increment, "copy_version", copy_and_tell)
    return made


def load_ahead(settings, pages):
    """Add pages and build, the copy begun as soon as the pages are there; returns the warehouse's content."""
    support.add(settings, pages)
    begin(settings)
    support.refine(settings)
    build(settings, settings.paths().work_file)
    return support.fingerprint(settings.paths().work_file)


def left_in(settings):
    return sorted(path.name for path in settings.paths().work_file.parent.iterdir() if path.is_file())


def test_the_published_version_is_copied_once_and_beside_other_work(settings, in_small_spans, copies):
    support.publish_warehouse(settings, PAGES[:60])

    content = load_ahead(settings, PAGES[60:62])

    work_file = settings.paths().work_file.name
    assert copies == [f"draft-{work_file}.copy"]
    assert left_in(settings) == [work_file, f"{work_file}.changes"]
    other = Settings(home=settings.home / "other")
    assert content == support.fingerprint(support.build_warehouse(other, PAGES[:62]))


@pytest.mark.parametrize("reason", ["nothing is new", "much is new", "nothing is published"])
def test_no_copy_is_begun_where_it_would_not_be_wanted(reason, settings, copies):
    if reason != "nothing is published":
        support.publish_warehouse(settings, PAGES[:30])

    load_ahead(settings, PAGES[:60] if reason == "much is new" else PAGES[:30])

    assert f"draft-{settings.paths().work_file.name}.copy" not in copies


def test_a_copy_of_a_damaged_version_is_not_taken(settings, in_small_spans, copies):
    version = support.publish_warehouse(settings, PAGES[:60])
    version.chmod(0o644)
    version.write_bytes(version.read_bytes()[:-1] + b"?")

    load_ahead(settings, PAGES[60:62])

    assert left_in(settings) == [settings.paths().work_file.name]  # built from nothing, so no list of changes


def test_a_copy_that_is_not_wanted_after_all_is_removed(settings, in_small_spans, copies, monkeypatch):
    support.publish_warehouse(settings, PAGES[:60])
    support.add(settings, PAGES[60:62])
    begin(settings)
    support.refine(settings)
    monkeypatch.setattr(increment, "LARGEST_SHARE", 0.0)

    build(settings, settings.paths().work_file)

    assert copies == [f"draft-{settings.paths().work_file.name}.copy"]
    assert left_in(settings) == [settings.paths().work_file.name]


def test_a_copy_that_failed_is_made_again(settings, in_small_spans, copies, monkeypatch):
    support.publish_warehouse(settings, PAGES[:60])
    copy = increment.copy_version

    def fail_ahead(version, draft):
        if draft.name.endswith(".copy"):
            draft.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        return copy(version, draft)

    monkeypatch.setattr(increment, "copy_version", fail_ahead)

    load_ahead(settings, PAGES[60:62])

    work_file = settings.paths().work_file.name
    assert copies == [f"draft-{work_file}"]
    assert left_in(settings) == [work_file, f"{work_file}.changes"]


def test_every_keyed_table_reads_only_tables_whose_changes_concern_it():
    for table, keyed in increment.KEYED.items():
        assert table in catalog.BUILD_ORDER
        columns = {column.name for column in catalog.dictionary()[table].columns}
        assert columns.issuperset(keyed.columns)
        read = {name.removeprefix("clean.") for name in catalog.sources(table) if name.startswith("clean.")}
        derived = {name for name in catalog.sources(table) if name in increment.KEYED}
        assert set(keyed.sources) == (derived if table.startswith("marts.") else read)
        for name in derived & set(keyed.sources):
            if keyed.columns == increment.MONTH:
                assert name in increment.DAYS or increment.KEYED[name].columns == increment.ARTICLE
            else:
                assert increment.KEYED[name].columns == keyed.columns
