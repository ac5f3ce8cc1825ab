"""Whole processes, measured from outside: medians of CPU and wall time, the peak of memory."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    cpu: float
    seconds: float
    megabytes: float
    code: int

    def __str__(self) -> str:
        return f"{self.cpu:.2f} ({self.seconds:.2f})"


def in_turn(commands: Sequence[Sequence[str]], folder: Path, runs: int) -> list[Run]:
    """Return the median of each command. They take turns, A B A B, so that all see one machine."""
    rounds = [[once(command, folder) for command in commands] for _ in range(runs + 1)][1:]
    return [median_of([each[index] for each in rounds]) for index in range(len(commands))]


def once(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Run:
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**_environment(), **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        cpu=usage.ru_utime + usage.ru_stime,
        seconds=time.perf_counter() - start,
        megabytes=usage.ru_maxrss / 1024,
        code=process.returncode,
    )


def _environment() -> dict[str, str]:
    """Python keeps the bytecode of modules between runs, as on any machine that is used."""
    return {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def median_of(runs: Sequence[Run]) -> Run:
    return Run(
        cpu=median(run.cpu for run in runs),
        seconds=median(run.seconds for run in runs),
        megabytes=max(run.megabytes for run in runs),
        code=runs[0].code,
    )


def expect(codes: Sequence[int], runs: Sequence[Run], what: str) -> None:
    """Stop where a command did not end as it must: a time that proves nothing is not printed."""
    ended = tuple(run.code for run in runs)
    if ended != tuple(codes):
        raise SystemExit(f"{what}: the commands ended with {ended}, not {tuple(codes)}")
