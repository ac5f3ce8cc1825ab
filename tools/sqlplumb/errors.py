"""Everything sqlplumb raises on purpose, and the exit code that goes with it.

    PlumbError
    ├── WrongInput        2   usage, configuration, SQL that does not parse or run
    ├── Refused           3   would lose data, is not proved, cannot be read in full
    │   ├── NotPlumb          an application's database is not what the history makes
    │   └── TimedOut          somebody's SQL or code ran longer than it may
    └── DatabaseFailed    4   locked, unreachable, not a database, out of space
        ├── HalfWritten       a process was killed while it wrote, and nobody has rolled it back
        └── ChangedMeanwhile  another process wrote to it while it was read

Each carries one or more `Problem`s, so that all the errors of a file are told at once, and each
problem says what to do now. How they look on a screen is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlplumb.hiding import without_urls_passwords
from sqlplumb.places import Place


@dataclass(frozen=True, slots=True)
class Problem:
    """What happened, where, the line itself if there is one, and what to do now."""

    message: str
    hint: str = ""
    place: Place | None = None
    excerpt: str = ""

    def __post_init__(self) -> None:
        """What others say may hold a URL, and that a password."""
        object.__setattr__(self, "message", without_urls_passwords(self.message))
        object.__setattr__(self, "hint", without_urls_passwords(self.hint))

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class PlumbError(Exception):
    """The root of the tree."""

    exit_code = 2

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[PlumbError], tuple[tuple[Problem, ...]]]:
        """As one process hands it to another."""
        return type(self), (self.problems,)


class WrongInput(PlumbError):
    exit_code = 2


class Refused(PlumbError):
    exit_code = 3


class NotPlumb(Refused):
    """Asked for by an application, before it starts on a database."""


class TimedOut(Refused):
    """Nothing may be concluded from it."""


class DatabaseFailed(PlumbError):
    exit_code = 4


class HalfWritten(DatabaseFailed):
    """What a killed process had begun must be rolled back first, and that is to write."""


class ChangedMeanwhile(DatabaseFailed):
    """What was read may be of two moments, so nothing may be concluded from it: read it again."""
