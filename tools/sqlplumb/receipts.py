"""What was done to one database: values only, the same for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlplumb.changes.comparison import Comparison
from sqlplumb.engines import Copy
from sqlplumb.errors import DatabaseFailed, PlumbError, Problem

RECOVERED = "a process was killed while it wrote; what it had begun was rolled back"

UNCOUNTED = -1  # rows that nobody counted before they were written

Outcome = Literal["applied", "nothing to do", "rehearsed", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Passage:
    """How a gate was passed; the one that is `shut` ended the run. `detail` is in words."""

    gate: str
    outcome: Literal["passed", "shut", "left out", "not reached"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Where a database stands: its revisions, and what its schema is in short."""

    revisions: tuple[str, ...] = ()
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """One statement of a rehearsal; `rows` are those of the table that it goes through."""

    statement: str
    words: str
    table: str = ""
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One revision. `rows` are counted before and after, by table; None where there is no such
    table; `renamed` are the former names of those that had another; `held` are the seconds for
    which the lock was ours, from its first moment to COMMIT."""

    revision: str
    message: str
    seconds: float = 0.0
    held: float = 0.0
    rows: Mapping[str, tuple[int | None, int | None]] | None = None
    compared: int = 0  # tables whose rows are the same, by their content
    statements: tuple[Touched, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    database: str
    path: Path
    outcome: Outcome
    began: str
    seconds: float
    waited: float = 0.0
    locked: float = 0.0  # so long a writer had to wait for us, or somebody who comes to write
    recovered: bool = False  # what a killed process had begun was rolled back first
    direction: Literal["up", "down"] = "up"
    notes: tuple[str, ...] = ()  # of a way back: what comes back, and what does not
    before: State = State()
    after: State = State()
    gates: tuple[Passage, ...] = ()
    revisions: tuple[Done, ...] = ()
    backup: Copy | None = None
    error: PlumbError | None = None
    drift: Comparison | None = None
    warnings: tuple[Problem, ...] = ()
    file: Path | None = None  # where this is written down

    @property
    def exit_code(self) -> int:
        return self.error.exit_code if self.error else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What the receipt in `file` says of one database: at which `revisions` the copy is, and which
    ones `ran` after it was made, or were taken back (`down`); `messages` are theirs."""

    file: Path
    path: Path
    label: str
    copy: Copy
    fingerprint: str
    began: str
    revisions: tuple[str, ...]
    ran: tuple[str, ...]
    messages: tuple[str, ...]
    down: bool

    @property
    def is_there(self) -> bool:
        return self.copy.path.is_file()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """`aside` is what was there until now; None, where nothing was."""

    database: str
    backup: Path
    aside: Path | None
    revisions: tuple[str, ...]


Adopted = Literal["adopted", "adopted already", "to be adopted", "not adopted", "drift"]
_ADOPTED_CODES = {"not adopted": 3, "drift": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What came of a database that named no revision. `revision` is where it is, or the nearest to
    it; so many are `pending` behind that. `problem` is why it was not adopted, and `ways` lead
    there: each a command, and what it does."""

    database: str
    outcome: Adopted
    revision: str = ""
    comparison: Comparison | None = None
    pending: int = 0
    waited: float = 0.0
    problem: Problem | None = None
    ways: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def exit_code(self) -> int:
        return _ADOPTED_CODES.get(self.outcome, 0)


def outcome_of(error: PlumbError) -> Outcome:
    return "failed" if isinstance(error, DatabaseFailed) else "refused"
