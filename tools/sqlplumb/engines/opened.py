"""What every engine hands up: a source that is open, cheap to list and dear to read.

Units (a table with its indexes and triggers, a view, a virtual table) are listed by their text at
once; facts are read only for the units asked for, so that what is the same on both sides, to the
byte, is never parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlplumb.errors import Problem
from sqlplumb.places import Place
from sqlplumb.schema import Object, Ref, Schema, SpelledIn

if TYPE_CHECKING:
    from sqlplumb.changes import Rename
    from sqlplumb.steps import Look


@dataclass(frozen=True, slots=True)
class Seen:
    """How many rows a new rule would refuse, and the first of their values. `why_not` is said
    where the look itself was not possible."""

    count: int
    values: tuple[str, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment of a file, and the line that it speaks of."""

    text: str
    place: Place
    line: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a source knows of the renames behind it: an object by its present name, and its former
    name. It knows `all` of them, or those that the `texts` of its tables keep as comments, or, by
    itself, `nothing`. `by` is who knows."""

    renames: frozenset[tuple[Ref, str]] = frozenset()
    knows: Literal["all", "texts", "nothing"] = "nothing"
    by: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    label: str
    texts: Mapping[str, frozenset[str]]
    read_units: Callable[[Collection[str]], Iterable[Object]]
    prove: Callable[[], None] | None = None  # tries every statement; None: a database did
    spelled_in: SpelledIn = "sql"
    engine: str = "sqlite"
    quotes_in_bodies: bool = False
    files: frozenset[str] = frozenset()
    passed_over: tuple[Problem, ...] = ()  # what the source holds and no schema does
    # A live database's rows, under the names that these renames give; None: there are none.
    look: Callable[[Look, Sequence[Rename]], Seen] | None = None
    weigh: Callable[[str], Weight | None] | None = None  # a table of a live database
    # The revisions that this table of a live database names; None: it has no such table.
    versions: Callable[[str], tuple[str, ...] | None] | None = None
    image: Callable[[int], bytes | None] | None = None  # a live database, if it is no larger
    waits: str = ""  # who waits while a live database is written
    remarks: Callable[[str], Iterable[Remark]] = lambda mark: ()  # comments that hold this mark
    hinted: frozenset[str] = frozenset()  # units that say what something of them was called
    told: Callable[[], Told] = lambda: Told()  # which hints have been carried out on it

    def read(self, units: Collection[str] | None = None) -> Schema:
        """The facts of these units, or of all."""
        wanted = self.texts if units is None else [unit for unit in self.texts if unit in units]
        return self.schema(self.read_units(list(wanted)) if wanted else ())

    def schema(self, facts: Iterable[Object]) -> Schema:
        """These facts as the schema of this source."""
        objects = {fact.ref: fact for fact in facts}
        return Schema(
            objects,
            source=self.label,
            engine=self.engine,
            spelled_in=self.spelled_in,
            quotes_in_bodies=self.quotes_in_bodies,
            units=frozenset(self.texts),
        )


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a table of a live database holds; its bytes are 0 where nobody can say."""

    rows: int
    bytes: int
