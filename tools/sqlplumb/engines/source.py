"""What every engine hands up: a source that is open, cheap to list and dear to read.

Units (a table with its indexes and triggers, a view, a virtual table) are listed by their text at
once; facts are read only for the units asked for, so that what is the same on both sides, to the
byte, is never parsed. Must never know one engine from another.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from sqlplumb.errors import Problem
from sqlplumb.places import Place
from sqlplumb.schema import Object, Ref, Schema, SpelledIn
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from sqlplumb.changes import Rename
    from sqlplumb.changes.comparison import Uncreatable
    from sqlplumb.config import Ignore
    from sqlplumb.engines import Engine
    from sqlplumb.steps import RowCheck


_QUOTES = frozenset("\"'`[]")


@dataclass(frozen=True, slots=True)
class RefusedRows:
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
class KnownRenames:
    """What a source knows of the renames behind it: an object by its present name, and its former
    name. It knows `all` of them, or those that the `texts` of its tables keep as comments, or, by
    itself, `nothing`. `by` is who knows."""

    renames: frozenset[tuple[Ref, str]] = frozenset()
    knows: Literal["all", "texts", "nothing"] = "nothing"
    by: str = ""


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a table of a live database holds; its bytes are 0 where nobody can say."""

    rows: int
    bytes: int


@dataclasses.dataclass(eq=False, repr=False, kw_only=True)
class Source(ABC):
    """A schema somewhere: `texts` lists its units, `read` makes facts of them.

    `hinted` are the units that say what something of them was called, `passed_over` is what the
    source holds and no schema does, and `known_renames` tells which hints have been carried out
    on it. `ignored` is what the settings ignore, each with its statement: it is in no text, and is
    read only for whoever must keep it.
    """

    engine: Engine
    label: str
    texts: Mapping[str, frozenset[str]]
    spelled_in: SpelledIn = "sql"
    quotes_in_bodies: bool = False
    files: frozenset[str] = frozenset()
    hinted: frozenset[str] = frozenset()
    ignored: Mapping[Ref, str] = field(default_factory=dict)
    passed_over: tuple[Problem, ...] = ()
    uncreatable: tuple[Uncreatable, ...] = ()
    known_renames: Callable[[], KnownRenames] = KnownRenames
    is_tried: ClassVar[bool] = True  # a database runs all of its statements

    @property
    def is_empty(self) -> bool:
        """Is there nothing in it? That is asked before it is known what it is compared with."""
        return not self.texts

    def prepare(self, other: Source) -> None:
        """Learn what this is about to be compared with: a scratch may have to be like it."""
        return

    def units_if_alike(self, other: Source, version_table: str) -> Collection[str] | None:
        """Return the units of both where it can be told that they say the same without reading what
        they say; None where it cannot. Alembic's own table may be in the other one alone."""
        return None

    @abstractmethod
    def read_units(self, units: Collection[str]) -> Iterable[Object]:
        """Return the facts of these units."""

    def leave_out(self, ignore: Ignore) -> None:
        """List and read nothing from now on that these patterns cover, and say how much that is."""
        if not ignore.patterns:
            return
        self.ignored = self.hide(ignore)
        if told := told_ignored(self.ignored):
            problem = Problem(f"{self.label}: {told}, as the settings say")
            self.passed_over = (*self.passed_over, problem)

    def hide(self, ignore: Ignore) -> Mapping[Ref, str]:
        """Take what is covered out of `texts`, and return it with its statements."""
        return {}

    def read_ignored(self) -> Iterable[Object]:
        """Return the facts of what is ignored."""
        return ()

    def place_of(self, ref: Ref) -> Place | None:
        """Return where a statement stands in a file."""
        return None

    def unit_called(self, table: str) -> str:
        """Return the unit that a table makes, by the name that people give it."""
        return table

    def try_statements(self, but: Collection[str] = ()) -> None:
        """Run every statement, where no database has run them; raise what the engine refuses. To
        read a unit runs its statements, too: those that will be read may be left out by `but`."""
        return

    def at(self, version_table: str) -> tuple[str, ...]:
        """Return the revisions that Alembic's table names; of what Alembic never changed, none."""
        return ()

    def remarks(self, mark: str) -> Iterable[Remark]:
        """Return the comments of its files that hold this mark."""
        return ()

    def units_naming(self, units: Collection[str]) -> frozenset[str]:
        """Return the units whose texts name one of these: none is missing, some may be too many,
        for a name is looked for anywhere in a text."""
        names = [name.casefold() for name in units]
        return frozenset(
            unit
            for unit, text in _casefolded(self.texts).items()
            if any(_may_name(text, name) for name in names)
        )

    def units_named_by(self, units: Collection[str]) -> frozenset[str]:
        """Return the units that the texts of these name; as above, none is missing."""
        return self._units_named_in(chain.from_iterable(self.texts.get(unit, ()) for unit in units))

    def units_named_by_ignored(self) -> frozenset[str]:
        """Return the units that what is ignored names."""
        return self._units_named_in(self.ignored.values())

    def _units_named_in(self, texts: Iterable[str]) -> frozenset[str]:
        text = "\n".join(texts).casefold()
        return frozenset(unit for unit in self.texts if text and _may_name(text, unit.casefold()))

    def units_with_bodies(self) -> frozenset[str]:
        """Return the units that hold a view or a trigger; all, where their texts do not tell."""
        return frozenset(self.texts)

    def read(self, units: Collection[str] | None = None, *, to_plan: bool = False) -> Schema:
        """Return the facts of these units, or of all, as a schema; for a plan, with what is
        ignored beside them."""
        wanted = self.texts if units is None else [unit for unit in self.texts if unit in units]
        schema = self.schema(self.read_units(list(wanted)) if wanted else ())
        if not (to_plan and self.ignored):
            return schema
        ignored = {fact.ref: fact for fact in self.read_ignored()}
        return dataclasses.replace(schema, ignored=ignored)

    def schema(self, facts: Iterable[Object], units: Collection[str] | None = None) -> Schema:
        """Return these facts as the schema of this source, which has these units, or those of its
        texts."""
        objects = {fact.ref: fact for fact in facts}
        return Schema(
            objects,
            source=self.label,
            engine=self.engine.name,
            spelled_in=self.spelled_in,
            quotes_in_bodies=self.quotes_in_bodies,
            units=frozenset(self.texts if units is None else units),
        )


def told_ignored(ignored: Collection[Ref]) -> str:
    """`3 tables and 1 trigger ignored`; what hangs on a table that is ignored is part of it."""
    from sqlplumb.schema.words import enumerate_names  # most projects ignore nothing

    heads = {ref.unit for ref in ignored if not ref.table}
    kinds = [ref.kind for ref in ignored if not ref.table or ref.unit not in heads]
    several = {"index": "indexes"}
    first = ("table", "virtual table", "view", "index", "trigger")
    parts = [
        f"{count} {kind if count == 1 else several.get(kind, f'{kind}s')}"
        for kind in dict.fromkeys((*first, *kinds))
        if (count := kinds.count(kind))
    ]
    return f"{enumerate_names(parts)} ignored" if parts else ""


def _casefolded(texts: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {unit: "\n".join(words).casefold() for unit, words in texts.items()}


def _may_name(text: str, name: str) -> bool:
    """A name with a quote in it is written in more than one way."""
    return name in text or not _QUOTES.isdisjoint(name)


class EmptySource(Source):
    """A schema with nothing in it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine=engine, label="empty", texts={})

    def read_units(self, units: Collection[str]) -> Iterable[Object]:
        return ()


class DerivedSource(Source, ABC):
    """A source whose facts are made from those of another."""

    def __init__(self, source: Source) -> None:
        names = [each.name for each in dataclasses.fields(Source)]
        super().__init__(**{name: getattr(source, name) for name in names})
        self.source = source

    def read_ignored(self) -> Iterable[Object]:
        return self.source.read_ignored()

    def units_with_bodies(self) -> frozenset[str]:
        return self.source.units_with_bodies()


class Snapshot(Protocol):
    """All that a database held at one moment. What is inside is its engine's affair."""

    def as_file(self) -> bytes | None:
        """Return the bytes of a file that holds it; None where no file does."""


class LiveDatabase(Source, ABC):
    """A database with rows that count, open for reading alone."""

    version_schema = ""  # where env.py says that Alembic's table is

    @abstractmethod
    def count_refused(self, row_check: RowCheck, renames: Sequence[Rename] = ()) -> RefusedRows:
        """Count the rows that a rule would refuse, under the names that these renames give."""

    @abstractmethod
    def weigh(self, table: str) -> Weight | None:
        """Return how much a table holds; None for what is no table."""

    @abstractmethod
    def scanned(self, query: str) -> frozenset[str]:
        """Return the tables whose every row a query visits, for want of an index that fits."""

    @abstractmethod
    def revisions(self, version_table: str) -> tuple[str, ...] | None:
        """Return the revisions that Alembic's own table names; None where there is none. Raise
        WrongInput where that table is out of sight."""

    def at(self, version_table: str) -> tuple[str, ...]:
        return self.revisions(version_table) or ()

    @abstractmethod
    def snapshot(self, most: int) -> Snapshot | None:
        """Return the whole database for a scratch to begin with; None where it has more bytes."""

    @abstractmethod
    def waits(self) -> str:
        """Say who waits while the database is written."""

    def leftovers(self) -> Iterable[Problem]:
        """Return what a migration that did not end left behind, and what to do about it."""
        return ()
