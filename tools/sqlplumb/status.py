"""Where a history, its schema and its databases stand: values only, the same for people and for
machines.

What is pending, and why, is told here; what happens to it is not.
"""

from __future__ import annotations

from typing import Literal

from sqlplumb.changes.comparison import Comparison
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.values import dataclass

DatabaseState = Literal["plumb", "behind", "drift", "unversioned", "unknown", "unmeasured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionStatus:
    """A revision; `unproved` says why its proof does not count, and is empty where it does."""

    revision: str
    message: str
    file: str
    unproved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryStatus:
    """`unproved` are the revisions that nobody proved, `outdated` what was proved and is not so any
    more: nothing is applied then. The history ends at `end`; at nothing where nobody said that its
    heads are meant."""

    folder: str
    count: int
    heads: tuple[str, ...]
    end: tuple[str, ...] = ()
    unproved: tuple[RevisionStatus, ...] = ()
    outdated: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        return int(self.is_split or bool(self.outdated))

    @property
    def is_split(self) -> bool:
        return bool(self.heads) and not self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaStatus:
    """The end of the history held against schema.sql; `error` where that was not possible."""

    source: str
    comparison: Comparison | None = None
    error: PlumbError | None = None

    @property
    def exit_code(self) -> int:
        if self.error:
            return self.error.exit_code
        return int(bool(self.comparison and self.comparison.changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseStatus:
    """A database that names the revisions `at`, which others are `pending` behind.

    `differences` counts those from what the history makes at its revisions, or, without a history,
    from schema.sql; None where there is nothing to hold it against. `to_do` is what to do now.
    """

    database: str
    state: DatabaseState
    at: tuple[str, ...] = ()
    pending: tuple[RevisionStatus, ...] = ()
    differences: int | None = None
    to_do: str = ""
    warnings: tuple[Problem, ...] = ()
    error: PlumbError | None = None

    @property
    def exit_code(self) -> int:
        return self.error.exit_code if self.error else int(self.state != "plumb")


Status = HistoryStatus | SchemaStatus | DatabaseStatus
