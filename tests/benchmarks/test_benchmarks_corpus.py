"""The generated corpus: the same pages every time, in any range, and a truth that the pipeline arrives at."""

import re
from collections import Counter
from dataclasses import asdict, fields

import duckdb
import polars as pl
import pytest

from benchmarks.baselines import raw_batches_of
from benchmarks.corpus import BLOCKS_PER_PAGE, PAGES_PER_DAY, Truth, corpus
from etl.parse.batch import parse_batch
from etl.prune.article import linked_versions
from tests.support import run_kcna


@pytest.fixture(scope="module")
def made():
    truth = Truth()
    return list(corpus(1_000, truth=truth)), truth


@pytest.fixture(scope="module")
def parsed(made):
    parts = [parse_batch(batch) for batch in raw_batches_of(made[0])]
    return {table: pl.concat([part[table] for part in parts]) for table in parts[0]}


def test_same_seed_same_pages_and_another_seed_none_of_them(made):
    pages, _ = made
    assert list(corpus(1_000)) == pages
    assert not set(corpus(200, seed=2)) & set(pages)


@pytest.mark.parametrize("start", [1, PAGES_PER_DAY, 3 * PAGES_PER_DAY + 55, 970])
def test_any_range_can_be_made_on_its_own(made, start):
    assert list(corpus(30, start=start)) == made[0][start : start + 30]


def test_pages_are_distinct_and_of_the_usual_size(made):
    pages, truth = made
    assert len(set(pages)) == len(pages) == truth.pages
    assert 6_000 < sum(map(len, pages)) / len(pages) < 8_000


def test_outcomes_are_those_of_the_reader(made, parsed):
    outcomes = Counter(parsed["page"]["outcome"])
    truth = made[1]
    assert outcomes == {"load": truth.loaded, "quarantine": truth.quarantined, "reject": truth.rejected}
    reasons = set(parsed["page"]["reason"].drop_nulls())
    assert {"headless", "truncated", "missing_title", "bad_date", "empty_page", "not_text", "unknown_layout"} >= reasons
    assert len(reasons) > 4


def test_articles_and_versions_are_those_of_the_pruning(made, parsed):
    versions = linked_versions(parsed["article"].lazy())
    edited = versions.filter(pl.col("version_count") > 1)["article_id"].n_unique()
    assert (versions.height, versions["article_id"].n_unique(), edited) == (
        made[1].versions,
        made[1].articles,
        made[1].edited_articles,
    )
    assert edited > 0


def test_sidebars_are_those_of_the_reader(made, parsed):
    loaded = parsed["page"].filter(pl.col("outcome") == "load").select("page_sha256")
    blocks = parsed["sidebar_block"].join(loaded, on="page_sha256", how="semi")
    assert blocks["is_complete"].all()
    assert blocks.height == made[1].appearances
    assert blocks["sidebar_entry_id"].n_unique() == made[1].sidebar_entries
    assert blocks.group_by("page_sha256").len()["len"].max() == BLOCKS_PER_PAGE


def test_a_few_pages_are_korean(made):
    korean = sum(bool(re.search(r"[가-힣]{2}", page.decode(errors="replace"))) for page in made[0])
    assert 10 <= korean <= 60


def test_a_truth_counts_only_what_was_asked_for():
    whole, first, rest = Truth(), Truth(), Truth()
    for truth, count, start in ((whole, 400, 0), (first, 150, 0), (rest, 250, 150)):
        assert len(list(corpus(count, start=start, truth=truth))) == truth.pages == count
    assert first.loaded + rest.loaded == whole.loaded
    assert first.appearances + rest.appearances == whole.appearances


QUERIES = {
    "pages": "from quality.page_outcome select count(*)",
    "loaded": "from quality.page_outcome select count(*) where outcome = 'load'",
    "quarantined": "from quality.page_outcome select count(*) where outcome = 'quarantine'",
    "rejected": "from quality.page_outcome select count(*) where outcome = 'reject'",
    "articles": "from core.fact_article select count(*)",
    "versions": "from core.fact_article_version select count(*)",
    "edited_articles": "from core.fact_article_version select count(distinct article_id) where version_number > 1",
    "sidebar_entries": "from core.fact_sidebar_entry select count(*)",
    "appearances": "from core.fact_sidebar_appearance select count(*)",
}


@pytest.mark.slow
def test_a_whole_run_arrives_at_the_truth(tmp_path):
    truth = Truth()
    for number, page in enumerate(corpus(3_000, truth=truth)):
        path = tmp_path / "pages" / f"{number:05}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(page)
    result = run_kcna(tmp_path / "home", tmp_path / "pages")
    assert result.exit_code == 0, result.output
    assert set(QUERIES) == {field.name for field in fields(Truth)}
    with duckdb.connect(str(tmp_path / "home" / "kcna.duckdb"), read_only=True) as con:
        found = {name: con.sql(query).fetchone()[0] for name, query in QUERIES.items()}
    assert found == asdict(truth)
