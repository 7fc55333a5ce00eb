"""The promises with the tests that hold them, as Markdown.

A test in `tests/promises/` names its promises at the beginning of its docstring; tests elsewhere are listed here. The
figures of the last long run are read from `promises.json`, which the tests write when `PROMISES_RESULTS` names it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TESTS = PROJECT / "tests"
RESULTS = Path(__file__).resolve().parent / "promises.json"

HEAD = """\
<!-- Written by `python -m docs.build` from tests/promises/ and docs/promises.py: change those, then run it. -->

# Promises and the tests that hold them

Each test fails when its promise is broken. Tests marked *long* run with `pytest -m slow tests/promises`; with
`PROMISES_RESULTS=docs/promises.json` they write down the figures that are shown here.
"""

PROMISES = {
    "P1": "Every raw byte is kept, never changed, and named by its SHA-256.",
    "P2": "A raw write is all or nothing.",
    "P3": "The same load again changes no byte; a page more adds only its rows.",
    "P4": "Killed at any moment and run again, the content is as if nothing had happened.",
    "P5": "A reader gets one version or the next, whole, never an older one.",
    "P6": "Every file, page, sidebar block and line is accounted for.",
    "P7": "Nothing is cut off in silence.",
    "P8": "Order, split, repetition and parallelism change nothing.",
    "P9": "Of two runs at once, one goes on and the other stops and says why.",
    "P10": "A full disk ends a run cleanly; with more room the next one goes on.",
    "P11": "Too little memory ends a run and harms nothing.",
    "P12": "A damaged file between raw pages and warehouse is found before it is used.",
    "P13": "A damaged warehouse is found, and made again from the raw pages alone.",
    "P14": "Text is read in the right encoding or goes to quarantine.",
    "P15": "One bad page never stops the others.",
    "P16": "The work grows with the length of a page and no faster.",
    "P17": "Dates are read day first; impossible ones go to quarantine; no clock or time zone decides.",
    "P18": "An older home is brought up to date beside its old version; a newer one is refused.",
    "P19": "A new parser reads every page again.",
    "P20": "Quarantine loses nothing and can be judged again.",
    "P21": "A failed blocking rule leaves the published version as it is.",
    "P22": "A publication whose success was not recorded is not made twice.",
    "P29": "The same pages and code give the same content on any machine.",
    "P31": "Files reach the disk in the order that survives a power cut; whether a disk keeps its word is not tested.",
    "P32": "Errors name the file, the rule and what to do; exit codes are documented.",
}

ELSEWHERE = {
    "P1": [
        "fetch/test_fetch_raw_store.py::test_any_bytes_come_back_exactly_whatever_the_packs",
        "fetch/test_fetch_raw_store.py::test_packs_and_offers_are_read_only_and_named_by_their_own_digest",
        "fetch/test_fetch_raw_store.py::test_one_flipped_bit_in_a_pack_is_found_before_a_page_is_read",
    ],
    "P2": [
        "fetch/test_fetch_raw_store.py::test_a_run_that_dies_before_it_lists_its_pack_loses_nothing",
        "fetch/test_fetch_raw_store.py::test_no_recorded_offer_names_a_page_that_is_not_stored",
    ],
    "P3": [
        "commands/test_commands_run.py::test_the_same_run_again_adds_nothing_and_leaves_every_published_byte",
        "warehouse/test_warehouse_build.py::test_one_more_page_adds_its_own_rows_and_changes_no_other",
    ],
    "P5": [
        "warehouse/test_warehouse_publish.py::"
        "test_a_reader_in_another_process_sees_whole_versions_only_and_never_an_older_one",
        "warehouse/test_warehouse_publish.py::test_a_file_that_was_not_closed_cleanly_is_refused_and_the_old_version_stays",
    ],
    "P6": [
        "warehouse/test_warehouse_build.py::test_every_sample_file_is_accounted_for",
        "expectations/test_expectations_defects.py::"
        "test_a_seeded_fault_is_found_by_its_rule_and_by_no_other_and_its_rows_are_named",
    ],
    "P7": [
        "parse/test_parse_contract.py::test_every_prefix_loads_only_with_a_proven_end",
        "fetch/test_fetch_archive.py::test_of_a_zip_that_was_cut_everywhere_the_whole_members_are_read",
        "fetch/test_fetch_warc.py::test_of_a_file_that_was_cut_everywhere_the_whole_records_are_read",
    ],
    "P8": [
        "prune/test_prune_order.py::test_any_order_split_and_repetition_gives_the_same_content",
        "warehouse/test_warehouse_build.py::test_the_number_of_threads_changes_nothing",
    ],
    "P9": [
        "warehouse/test_warehouse_lock.py::test_a_second_process_is_told_who_is_writing_and_what_to_do",
        "warehouse/test_warehouse_lock.py::test_the_lock_dies_with_its_process",
        "commands/test_commands_run.py::test_a_run_beside_another_stops_and_says_who_is_writing",
    ],
    "P12": [
        "commands/test_commands_run.py::test_a_damaged_stage_is_made_again_from_raw",
        "warehouse/test_warehouse_build.py::test_damaged_clean_tables_are_never_built_from",
    ],
    "P13": ["warehouse/test_warehouse_publish.py::test_the_warehouse_is_built_again_from_raw_alone"],
    "P14": [
        "parse/test_parse_decode.py::test_any_bytes_are_text_or_refused",
        "parse/test_parse_decode.py::test_korean_text_is_never_read_as_something_else",
    ],
    "P15": [
        "parse/test_parse_contract.py::test_a_fault_of_the_parser_takes_one_page_to_quarantine",
        "parse/test_parse_properties.py::test_a_fault_of_the_column_reader_leaves_the_batch_to_the_other",
        "warehouse/test_warehouse_build.py::test_good_pages_load_beside_a_broken_one_which_says_why",
    ],
    "P16": ["parse/test_parse_properties.py::test_the_work_grows_with_the_length_of_the_page"],
    "P17": [
        "parse/test_parse_contract.py::test_the_date_is_read_day_first_or_not_at_all",
        "parse/test_parse_contract.py::test_the_published_date_may_be_one_day_after_the_capture_but_not_two",
    ],
    "P18": [
        "warehouse/test_warehouse_schema_version.py::"
        "test_a_home_from_before_formats_is_brought_up_to_date_beside_the_old_version",
        "warehouse/test_warehouse_schema_version.py::"
        "test_every_command_refuses_a_home_of_a_newer_format_and_touches_nothing",
    ],
    "P19": ["stages/test_stages_parts.py::test_a_new_parser_reads_every_page_again_and_its_parts_replace_the_old_ones"],
    "P20": [
        "parse/test_parse_contract.py::test_each_reason_has_an_example",
        "commands/test_commands_quarantine.py::test_a_changed_rule_lets_a_page_out_and_another_in",
    ],
    "P21": ["commands/test_commands_run.py::test_a_blocked_run_leaves_the_published_version_and_its_bytes_alone"],
    "P29": ["warehouse/test_warehouse_build.py::test_another_hash_seed_time_zone_and_locale_change_nothing"],
    "P32": [
        "commands/test_commands_errors.py::test_it_is_one_sentence_with_thing_and_remedy_and_the_documented_exit_code",
        "commands/test_commands_errors.py::test_of_an_error_inside_the_job_the_traceback_names_the_place_and_the_cause",
        "commands/test_commands_run.py::test_a_damaged_raw_pack_ends_the_run_with_the_name_of_the_file",
        "commands/test_commands_run.py::test_a_missing_origin_is_named_before_anything_is_written",
    ],
}
"""Tests outside tests/promises/, by the promise that they hold."""

_NAMED = re.compile(r"P\d+(?:[ ,]+P\d+)*(?=\.)")


@dataclass(frozen=True, slots=True)
class Test:
    """A test function.

    Attributes:
        node: its id below `tests/`.
        promises: the promises that its docstring begins with.
        is_long: whether it is marked `slow`.
    """

    node: str
    promises: tuple[str, ...]
    is_long: bool


def tests_in(path: Path) -> Iterator[Test]:
    """The test functions of a file, in its order."""
    for item in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(item, ast.FunctionDef) and item.name.startswith("test_"):
            named = _NAMED.match(ast.get_docstring(item) or "")
            promises = tuple(re.findall(r"P\d+", named[0])) if named else ()
            is_long = any(ast.unparse(mark) == "pytest.mark.slow" for mark in item.decorator_list)
            yield Test(f"{path.relative_to(TESTS)}::{item.name}", promises, is_long)


def tests_of() -> dict[str, list[Test]]:
    """The tests of each promise: those here, then those of `ELSEWHERE`.

    Raises:
        LookupError: if a listed test does not exist, or a test names a promise that is not listed.
    """
    here = [test for path in sorted((TESTS / "promises").glob("test_*.py")) for test in tests_in(path)]
    if unknown := {promise for test in here for promise in test.promises} - set(PROMISES):
        raise LookupError(f"tests/promises names promises that docs/promises.py does not have: {sorted(unknown)}")
    return {
        promise: [test for test in here if promise in test.promises] + [_find(n) for n in ELSEWHERE.get(promise, [])]
        for promise in PROMISES
    }


def _find(node: str) -> Test:
    path = TESTS / node.split("::")[0]
    for test in tests_in(path) if path.is_file() else ():
        if test.node == node:
            return test
    raise LookupError(f"docs/promises.py lists a test that does not exist: {node}")


def render() -> str:
    """The whole document."""
    figures = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    lines = [HEAD, "| promise | test | figures of the last long run |", "| --- | --- | --- |"]
    for promise, tests in tests_of().items():
        for number, test in enumerate(tests):
            name = f"{promise}: {PROMISES[promise]}" if number == 0 else ""
            path, function = test.node.split("::")
            mark = " (long)" if test.is_long else ""
            what = function.removeprefix("test_").replace("_", " ")
            lines.append(f"| {name} | [{what}](../tests/{path}){mark} | {figures.get(test.node, '')} |")
    return "\n".join(lines) + "\n"
