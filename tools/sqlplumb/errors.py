"""The errors that sqlplumb raises on purpose, each with its exit code.

    PlumbError
    ├── WrongInput        2   usage, configuration, SQL that does not parse or run
    │   └── OneWay            a revision's own NotImplementedError: there is no such way
    ├── Refused           3   would lose data, is not proved, cannot be read in full
    │   ├── NotPlumb          an application's database is not what the history makes
    │   └── TimedOut          somebody's SQL or code ran longer than it may
    └── DatabaseFailed    4   locked, unreachable, not a database, out of space
        ├── HalfWritten       a process was killed while it wrote, and nobody has rolled it back
        └── ChangedMeanwhile  another process wrote to it while it was read

An error carries one or more `Problem`s, so that all the errors of a file are reported at once. How
they look on a screen is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from sqlplumb.hiding import without_urls_passwords
from sqlplumb.places import Place
from sqlplumb.values import dataclass


def shortened(words: str, most: int) -> str:
    """Return so many characters of a statement or a value, for a message."""
    return words if len(words) <= most else f"{words[:most]}..."


def on_one_line(statement: str, most: int) -> str:
    """Return so many characters of a statement, with one blank for each gap."""
    return shortened(" ".join(statement.split()), most)


@dataclass(frozen=True, slots=True)
class Problem:
    """What happened, where, the line itself if there is one, and what to do now."""

    message: str
    advice: str = ""
    place: Place | None = field(default=None, kw_only=True)
    excerpt: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        """Hide passwords: the message of a driver may hold a URL."""
        object.__setattr__(self, "message", without_urls_passwords(self.message))
        object.__setattr__(self, "advice", without_urls_passwords(self.advice))

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def did_you_mean(written: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return the advice for a word that nobody knows: the nearest that is known, if one is near."""
    from difflib import get_close_matches  # which nobody needs who makes no mistake

    by_folded = {name.lower(): name for name in known}
    close = get_close_matches(written.lower(), by_folded, 1)
    return f"did you mean {by_folded[close[0]]}?" if close else otherwise


class PlumbError(Exception):
    """The base class of all errors of sqlplumb."""

    exit_code = 2

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[PlumbError], tuple[tuple[Problem, ...]]]:
        """Pickle the problems, so that a child process can pass the error on."""
        return type(self), (self.problems,)


class WrongInput(PlumbError):
    exit_code = 2


class OneWay(WrongInput):
    """Raised where a revision itself raises NotImplementedError, and says why there is no way."""


class Refused(PlumbError):
    exit_code = 3


class NotPlumb(Refused):
    """Raised for an application that asks, before it starts, whether its database is right."""


class TimedOut(Refused):
    """Raised when SQL or code ran out of time; nothing may be concluded from that."""


class DatabaseFailed(PlumbError):
    exit_code = 4


class HalfWritten(DatabaseFailed):
    """Raised when a killed process left a transaction: to roll it back is to write."""


class ChangedMeanwhile(DatabaseFailed):
    """Raised when a read may mix two states of a database: read it again."""
