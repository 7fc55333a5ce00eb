"""Clean parts by span: interrupted work goes on, and what a published version needs is kept."""

import pytest

from benchmarks.corpus import corpus
from etl.stages import CleanStore, ParsedStore, clean, spans
from tests import support

PAGES = [support.offer(content, f"{number:03}.txt") for number, content in enumerate(corpus(220))]


@pytest.fixture
def store(settings, monkeypatch):
    """Parsed pages of several days, to be cleaned in one span per day."""
    monkeypatch.setattr(spans, "SPAN_PAGES", 45)
    support.add(settings, PAGES)
    ParsedStore(settings.paths()).update()
    return CleanStore(settings.paths())


def parts(store):
    return sorted(path.name for path in store.folder.glob("*.parquet"))


def test_an_update_that_dies_goes_on_where_it_stopped(store, monkeypatch):
    made = []
    prune_span = clean.prune_span

    def die_at_the_third(task):
        made.append(task)
        if len(made) == 3:
            raise KeyboardInterrupt
        return prune_span(task)

    monkeypatch.setattr(clean, "NOTED_TOGETHER", 1)
    monkeypatch.setattr(clean, "prune_span", die_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        store.update()
    assert store.manifest.records() == []
    monkeypatch.setattr(clean, "prune_span", lambda task: made.append(task) or prune_span(task))

    store.update()

    assert len({task.span for task in made}) > 3
    assert len(made) == len({task.span for task in made}) + 1


def test_what_an_interrupted_update_made_for_pages_that_changed_since_is_swept(store, settings):
    store.update()
    before = parts(store)
    store.draft.replace(store.manifest.records())
    store.manifest.replace([])
    support.add(settings, [support.offer(support.page(), "new.txt")])
    ParsedStore(settings.paths()).update()

    store.update()

    assert parts(store) == sorted(record.name for record in store.manifest.records())
    assert parts(store) != before
    assert store.draft.records() == []


def test_parts_of_the_published_version_are_kept_until_the_next_one(store, settings):
    store.update()
    store.note_published("kcna-1.duckdb", is_built_on_last=False)
    published = {record.name for record in store.manifest.records()}
    support.add(settings, [support.offer(support.page(), "new.txt")])
    ParsedStore(settings.paths()).update()

    store.update()
    assert published <= set(parts(store))

    store.note_published("kcna-2.duckdb", is_built_on_last=True)
    store.update()
    assert set(parts(store)) == {record.name for record in store.manifest.records()}
    assert store.published().chain == 1


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"parts": 1}', '{"version": 1, "parts": [{"a": 1}]}'])
def test_a_damaged_note_about_the_published_version_counts_as_none(content, store):
    store.folder.mkdir(parents=True)
    (store.folder / "published.json").write_text(content)

    assert store.published() is None


def test_two_workers_make_the_same_files_as_one(store, settings, monkeypatch):
    monkeypatch.setattr(clean, "SMALL", 0)
    store.update(workers=2)
    by_two = {name: (store.folder / name).read_bytes() for name in parts(store)}
    store.manifest.replace([])

    store.update(workers=1)

    assert {name: (store.folder / name).read_bytes() for name in parts(store)} == by_two
