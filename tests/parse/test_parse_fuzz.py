"""The long fuzz run: `pytest -m slow tests/parse/test_parse_fuzz.py`. CI runs the same for a minute."""

import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 600


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 300)
def test_ten_minutes_of_fuzzing_find_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "tests.parse.fuzz_page", f"-max_total_time={SECONDS}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
