"""What every engine hands up: a source that is open, cheap to list and dear to read.

Units (a table with its indexes and triggers, a view, a virtual table) are listed by their text at
once; facts are read only for the units asked for, so that what is the same on both sides, to the
byte, is never parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlplumb.errors import Problem
from sqlplumb.schema import Object, Schema, SpelledIn

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Opened:
    label: str
    texts: Mapping[str, Hashable]
    read_units: Callable[[Collection[str]], Iterable[Object]]
    prove: Callable[[], None] | None = None  # tries every statement; None: a database did
    spelled_in: SpelledIn = "sql"
    engine: str = "sqlite"
    files: frozenset[str] = frozenset()
    passed_over: tuple[Problem, ...] = ()  # what the source holds and no schema does

    def read(self, units: Collection[str] | None = None) -> Schema:
        """The facts of these units, or of all."""
        wanted = self.texts if units is None else [unit for unit in self.texts if unit in units]
        objects = {fact.ref: fact for fact in self.read_units(list(wanted))} if wanted else {}
        return Schema(objects, self.label, self.engine, self.spelled_in)


@dataclass(frozen=True, slots=True)
class Fillable:
    """A scratch database that SQLAlchemy fills, to be read when it is full."""

    alchemy: Engine
    opened: Callable[[str, SpelledIn], Opened]
