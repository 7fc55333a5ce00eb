"""P10, P11: a full disk and too little memory end a load with a message, harm nothing, and the next load goes on."""

import os
import resource
import shutil
import subprocess
import sys

import pytest

from etl.warehouse import lock
from tests import support
from tests.promises import loader

SIZES = (1_000, 50_000, 1_000_000, 8_000_000)
"""In bytes, the longest file that may be written: dies at a manifest, at a stage, at the work file, at the version."""

SWEEP = tuple(int(2_000 * 1.4**exponent) for exponent in range(30))

MOUNTED = """
set -e
mount -t tmpfs -o size="$1" tmpfs "$2"
cp -a "$3/." "$2"
set +e
ERRORS="$5" "$6" -c 'import os, sys
from tests.promises import loader
sys.exit(loader._code_of(loader.load, sys.argv[1:3], os.environ["ERRORS"]))' "$2" "$4"
code=$?
"$6" -c 'import sys
from tests import support
from pathlib import Path
from tests.promises import loader
print(support.fingerprint(Path(sys.argv[1]) / "kcna.duckdb"))' "$2" || exit 90
mount -o remount,size=1g "$2" || exit 91
"$6" -c 'import sys
from tests.promises import loader
loader.load(*sys.argv[1:3])' "$2" "$4" || exit 92
"$6" -c 'import sys
from tests import support
from pathlib import Path
print(support.fingerprint(Path(sys.argv[1]) / "kcna.duckdb"))' "$2" || exit 93
exit $code
"""
"""In a name space of its own: a small disk, a load, what readers get, more room, the load again, what readers get."""


def assert_plain(errors):
    """One line for people: no trace of the program, and what it was about."""
    text = errors.read_text(encoding="utf-8").strip()
    assert "Traceback" not in text
    assert any(word in text for word in ("large", "space", "memory", "allocate", "IO Error", "write", "Memory")), text


def load_with_limit(scene, errors, what, limit, environment=None):
    """A load under a limit, what readers get after it, and a load without; returns the exit code of the first."""
    home = scene.copy("limited")
    errors.unlink(missing_ok=True)
    variables = {"ERRORS": str(errors)} | (environment or {})
    code = loader.run(loader.load, home, scene.pages, environment=variables, limits=[(what, limit)] if what else ())
    assert code in (loader.DONE, loader.FAILED), (limit, code)
    if code == loader.FAILED:
        assert_plain(errors)
    scene.assert_readable(home)
    scene.assert_mended(home)
    return code


def test_a_full_disk_ends_a_load_cleanly_and_the_next_one_goes_on(scene, tmp_path):
    """P10 P32."""
    codes = [load_with_limit(scene, tmp_path / "errors", resource.RLIMIT_FSIZE, size) for size in SIZES]

    assert loader.FAILED in codes


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_disk_that_is_full_at_any_size_ends_a_load_cleanly(scene, tmp_path, figures):
    """P10 P32."""
    codes = [load_with_limit(scene, tmp_path / "errors", resource.RLIMIT_FSIZE, size) for size in SWEEP]

    assert {loader.DONE, loader.FAILED} == set(codes)
    figures(f"{len(codes)} limits of a file's size, {codes.count(loader.FAILED)} ended the load, 0 differences")


def can_mount():
    """Whether this machine lets us have a small disk of our own."""
    command = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return bool(shutil.which("unshare")) and subprocess.run(command, check=False, capture_output=True).returncode == 0


def on_a_disk_of(size, scene, tmp_path):
    errors, place = tmp_path / f"errors {size}", tmp_path / f"disk {size}"
    place.mkdir()
    arguments = [f"{size}k", place, scene.base, scene.pages, errors, sys.executable]
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", MOUNTED, "sh", *map(str, arguments)],
        cwd=support.PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=loader.ENOUGH_SECONDS,
    )
    assert done.returncode in (loader.DONE, loader.FAILED), done.stderr
    during, after = done.stdout.splitlines()
    assert during in (str(scene.before), str(scene.after))
    assert after == str(scene.after)
    if done.returncode == loader.FAILED:
        assert_plain(errors)
    return done.returncode


def kilobytes(folder):
    """What the files take on a disk of blocks of 4 KiB, folders included."""
    return sum(4 * (path.lstat().st_size // 4096 + 1) for path in folder.rglob("*"))


@pytest.mark.skipif(not can_mount(), reason="needs a user name space with mounts")
def test_a_small_disk_ends_a_load_cleanly_and_with_more_room_the_next_one_goes_on(scene, tmp_path):
    """P10."""
    assert on_a_disk_of(kilobytes(scene.base) + 6_000, scene, tmp_path) == loader.FAILED


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not can_mount(), reason="needs a user name space with mounts")
def test_a_small_disk_of_any_size_ends_a_load_cleanly(scene, tmp_path, figures):
    """P10."""
    used = kilobytes(scene.base)

    codes = [on_a_disk_of(used + 40 + 1_500 * number, scene, tmp_path) for number in range(30)]

    assert {loader.DONE, loader.FAILED} == set(codes)
    figures(f"{len(codes)} sizes of the disk, {codes.count(loader.FAILED)} ended the load, 0 differences")


def test_too_little_memory_for_the_database_ends_a_load_with_a_message(scene, tmp_path):
    """P11 P32."""
    assert load_with_limit(scene, tmp_path / "errors", None, None, {"KCNA_MEMORY_LIMIT": "1MB"}) == loader.FAILED


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("megabytes", [1_200, 1_600, 2_000, 3_000, 6_000])
def test_too_little_address_space_never_harms_what_is_published(scene, tmp_path, megabytes):
    """P11. A library that cannot get memory may end the process by itself; it must harm nothing."""
    home = scene.copy("limited")
    limits = [(resource.RLIMIT_AS, megabytes * 2**20)]

    loader.run(loader.load, home, scene.pages, environment={"ERRORS": os.devnull}, limits=limits)

    scene.assert_readable(home)
    scene.assert_mended(home)


def test_the_lock_of_a_load_that_failed_is_free(scene, tmp_path):
    """P9 P10."""
    from etl.settings import Settings

    home = scene.copy("limited")
    limits = [(resource.RLIMIT_FSIZE, SIZES[0])]
    loader.run(loader.load, home, scene.pages, environment={"ERRORS": os.devnull}, limits=limits)

    assert not lock.is_held(Settings(home=home).paths())
