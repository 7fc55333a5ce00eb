"""Every promise has a test, and every test that is named for one exists."""

import pytest

from docs import promises


def test_every_promise_has_a_test():
    assert [promise for promise, tests in promises.tests_of().items() if not tests] == []


def test_every_test_here_names_its_promise():
    exempt = {"promises/test_promises_table.py", "promises/test_promises_steps.py"}
    files = sorted((promises.TESTS / "promises").glob("test_*.py"))
    tests = [test for path in files for test in promises.tests_in(path)]

    assert [test.node for test in tests if not test.promises and test.node.split("::")[0] not in exempt] == []


def test_a_test_that_does_not_exist_is_noticed(monkeypatch):
    monkeypatch.setitem(promises.ELSEWHERE, "P1", ["fetch/test_fetch_raw_store.py::test_of_nothing"])

    with pytest.raises(LookupError, match=r"does not exist: fetch/test_fetch_raw_store\.py::test_of_nothing"):
        promises.render()
