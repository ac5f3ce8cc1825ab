"""Whole processes, measured from outside: the median of the wall time, the peak of the memory."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Run:
    seconds: float
    megabytes: float
    code: int


def in_turn(commands: Sequence[Sequence[str]], folder: Path, runs: int) -> list[Run]:
    """The median of each command. They take turns, A B A B, so that both see the same machine."""
    rounds = [[once(command, folder) for command in commands] for _ in range(runs + 1)][1:]
    return [_median([one[index] for one in rounds]) for index in range(len(commands))]


def once(command: Sequence[str], folder: Path) -> Run:
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    return Run(seconds, usage.ru_maxrss / 1024, process.returncode)


def _median(runs: Sequence[Run]) -> Run:
    seconds = median(run.seconds for run in runs)
    return Run(seconds, max(run.megabytes for run in runs), runs[0].code)
