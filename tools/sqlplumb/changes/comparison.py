"""The outcome of a comparison of two schemas. Values only; `commands` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sqlplumb.changes import Change
from sqlplumb.config.sections import Accept
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.schema import Ref, Schema
from sqlplumb.values import dataclass

Reason = Literal["column order", "name", "spelling", "not in metadata", "stand-in"]


@dataclass(frozen=True, slots=True)
class Note:
    """A difference that is no drift; `--strict` makes it one."""

    ref: Ref
    reason: Reason
    change: Change | None = None


Verdict = Literal["equal", "looser", "stricter", "other", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How two spellings of one rule relate: what `field` of an object says on either side.

    Of all rows, `only_current` is one that the current side alone takes, and `only_desired` one
    that the desired side alone takes; of two values (`is_value`), `only_current` is a row for which
    they differ. `tried` rows show it. Where both sides are a list of literals, `lost` and `gained`
    are those that one side alone has.
    """

    ref: Ref
    field: str
    current: str
    desired: str
    verdict: Verdict
    tried: int = 0
    is_value: bool = False
    only_current: Mapping[str, str] | None = None
    only_desired: Mapping[str, str] | None = None
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()


def describe_row(row: Mapping[str, str]) -> str:
    """Return `state = 'new' and size is NULL` for columns and their values as literals of SQL."""
    values = [f"{name} {'is' if value == 'NULL' else '='} {value}" for name, value in row.items()]
    return " and ".join(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where in the history a database is: `at` these revisions, before those that are `pending`.

    `differences` counts the differences from what the history made there; it is None if that is not
    known, and `why` says why not.
    """

    at: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    differences: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class AcceptedDifference:
    """Changes that the settings accept for now."""

    accept: Accept
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncreatable:
    """An object of the models that the engine refuses to make, and why; `title` is what it is. It
    is in no schema, and the rest is compared."""

    source: str
    table: str
    title: str
    statement: str
    reason: str

    @property
    def problem(self) -> Problem:
        message = f"{self.source}: {self.title} of table {self.table} cannot be created"
        return Problem(f"{message}: {self.reason}", f"it is left out: {self.statement}")


State = Literal["plumb", "behind", "drift", "unmeasured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The comparison of `current` with `desired`.

    The schemas hold only what may differ, unless the whole was asked for.
    """

    current: Schema
    desired: Schema
    changes: tuple[Change, ...]
    notes: tuple[Note, ...]
    explanations: tuple[Explanation, ...] = ()
    units: int
    passed_over: tuple[Problem, ...] = ()
    done: tuple[Problem, ...] = ()  # hints of names that change places, and already did
    undecided: tuple[Problem, ...] = ()  # hints of which that is not known
    standing: Standing | None = None  # only of a source that differs
    ignored: tuple[Ref, ...] = ()  # what the settings ignore, on either side
    accepted: tuple[AcceptedDifference, ...] = ()  # none of `changes`
    expired: tuple[Accept, ...] = ()  # what was accepted until a day that is past
    uncreatable: tuple[Uncreatable, ...] = ()  # what no schema can hold

    def state(self, strict: bool) -> State:
        """Return whether it is plumb, behind (plumb with an earlier revision) or drifted."""
        if self.is_plumb(strict):
            return "plumb"
        differs = self.changes and self.standing and self.standing.differences == 0
        is_behind = differs and not self.uncreatable
        return "behind" if is_behind else "drift"

    def is_plumb(self, strict: bool) -> bool:
        return not (self.changes or self.uncreatable) and not (strict and self.notes)


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A source that could not be read; the others are compared nevertheless."""

    source: str
    error: PlumbError
