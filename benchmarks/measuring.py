"""What a command or a step costs: CPU and wall seconds, and the memory of a process with all its children (Linux)."""

import os
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

SAMPLE_SECONDS = 0.2
_TICKS = os.sysconf("SC_CLK_TCK")
_FIELDS_BEFORE_STATE = 2
Result = TypeVar("Result")


@dataclass(frozen=True)
class Cost:
    """What something took.

    Attributes:
        cpu: CPU seconds, children included.
        wall: seconds on the clock.
        memory: the highest proportional set size (PSS) of the process tree in MB; 0 where it was not sampled.
        output: what a command wrote to standard output.
    """

    cpu: float
    wall: float
    memory: float = 0.0
    output: str = ""


class CommandError(RuntimeError):
    """A command that was to be measured failed."""


def run(command: Sequence[str | Path], folder: Path | None = None, env: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end and say what it cost; its CPU seconds are those of the whole tree.

    Raises:
        CommandError: if it fails; with the end of what it wrote.
    """
    os.sync()  # else it would wait for what the one before has written
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - the commands are ours
        list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder, env=env
    ) as process:
        outputs: dict[str, bytes] = {}
        readers = [
            threading.Thread(target=lambda name=name, pipe=pipe: outputs.update({name: pipe.read()}))
            for name, pipe in (("out", process.stdout), ("err", process.stderr))
        ]
        sampler = _Sampler(process.pid)
        for thread in (*readers, sampler):
            thread.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        sampler.is_over.set()
        for thread in (*readers, sampler):
            thread.join()
    if process.returncode:
        raise CommandError(f"{command[0]} ended with {process.returncode}: {outputs['err'].decode()[-2_000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, sampler.highest, outputs["out"].decode())


def read_through(command: Sequence[str | Path]) -> Cost:
    """Run a command whose output is thrown away, as when a file is only read."""
    return run(["sh", "-c", 'exec "$@" > /dev/null', "sh", *command])


def timed(work: Callable[[], Result]) -> tuple[Result, Cost]:
    """Do some work in this process and say what it cost."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, Cost(time.process_time() - cpu, time.perf_counter() - wall)


def tree_cpu(root: int) -> float:
    """CPU seconds so far of a process, its living children, and those children that were waited for."""
    return sum(_cpu_of(pid) for pid in _tree(root))


def tree_memory(root: int) -> float:
    """Proportional set size of a process and its children now, in MB: shared pages count once altogether."""
    return sum(_pss_of(pid) for pid in _tree(root))


class _Sampler(threading.Thread):
    """Looks at the memory of a process tree again and again and keeps the highest figure."""

    def __init__(self, root: int) -> None:
        super().__init__()
        self.root = root
        self.highest = 0.0
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.wait(SAMPLE_SECONDS):
            self.highest = max(self.highest, tree_memory(self.root))


def _tree(root: int) -> list[int]:
    children = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children[int(fields[1])].append(int(folder.name))
    found = [root]
    for pid in found:  # grows while it is walked
        found += children[pid]
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; the name before them may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_of(pid: int) -> float:
    first = 13 - _FIELDS_BEFORE_STATE
    return sum(map(int, _stat(pid)[first : first + 4])) / _TICKS  # own and of ended children, each user and system


def _pss_of(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
