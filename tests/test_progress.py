"""Progress goes to whoever listens, and to nobody otherwise."""

import pytest

from etl import progress


class Listener:
    def __init__(self):
        self.heard = []

    def begin(self, step, total):
        self.heard.append(("begin", step, total))

    def advance(self, step, count):
        self.heard.append(("advance", step, count))

    def end(self, step):
        self.heard.append(("end", step))


def test_a_step_is_reported_from_beginning_to_end():
    listener = Listener()

    with progress.reported_to(listener), progress.track("parse", 3) as tracker:
        tracker.advance()
        tracker.advance(2)

    assert listener.heard == [("begin", "parse", 3), ("advance", "parse", 1), ("advance", "parse", 2), ("end", "parse")]


def test_a_step_that_fails_ends_too():
    listener = Listener()

    with pytest.raises(RuntimeError), progress.reported_to(listener), progress.track("parse"):
        raise RuntimeError

    assert listener.heard[-1] == ("end", "parse")


def test_nobody_listens_outside_the_block():
    listener = Listener()
    with progress.reported_to(listener):
        assert progress.is_heard()

    with progress.track("parse") as tracker:
        tracker.advance()

    assert not progress.is_heard()
    assert listener.heard == []
