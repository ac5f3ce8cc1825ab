"""What an engine says of statements: revisions made of them, what each does, names and moves.

Imported where statements are written or have run: a check that only reads has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sqlplumb.errors import Problem, Refused

if TYPE_CHECKING:
    from sqlplumb.steps import DataStep, Step


# A step, in words of batch mode or none: what is wrong with them, or nothing.
Trial = Callable[["Step", str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionBody:
    """What a template is given. `below` are the functions that upgrade and downgrade call."""

    upgrade: str
    downgrade: str
    below: tuple[str, ...] = ()
    imports: str = ""  # besides those of `op` and `sa`


@dataclass(frozen=True, slots=True)
class Segment:
    """What one revision can do: these steps. `strings` are what a client of the engine runs for
    them, one after the other; none where the engine never cuts a plan."""

    steps: tuple[Step, ...]
    strings: tuple[str, ...] = ()


def refuse_losses(step: Step, wrong: str) -> None:
    """Where the desired side cannot say all that the table is, its text would lose the rest."""
    if wrong:
        message = f"{step.ref.kind} {step.ref} cannot be made anew from what is desired: {wrong}"
        advice = "write it in schema.sql, which can say all of it, or write this revision by hand"
        raise Refused(Problem(message, advice))


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyPart:
    """A part of a clause of a view, or of a trigger, in its author's words. `key` is what it is
    known by on both sides: the name of a column or a table, or else its canonical text."""

    key: str
    text: str
    canonical: str


# What a statement goes through: a setting, a guard beside the database, the stored schema alone,
# every row to read it, rows that it writes, all rows of a table that is made anew.
Work = Literal["setting", "guard", "schema", "scan", "rows", "rebuild"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one statement does, in words. It makes, changes or fills what it is `on`, and goes
    through the rows of `table`."""

    statement: str
    words: str
    work: Work
    on: str = ""
    table: str = ""
    seconds_per_row: float = 0.0  # measured on an ordinary machine, and good for a guess alone


@dataclass(frozen=True, slots=True)
class TableLock:
    """A lock that a statement took on a table: its mode, as the engine calls it, and whom it lets
    wait, if anybody."""

    table: str
    mode: str
    blocks: Literal["", "writers", "readers and writers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What one statement did to tables that were there before, as the engine measured it on the
    rows of a scratch.

    `locks` are those that nothing before it in the same transaction had, and those under which it
    went through rows; on each table the strongest. It gave new files to the tables that it
    `rewrites` and to `indexes`, and read all of what it `scans`. Where it ran outside of a
    transaction, nothing could be measured."""

    statement: str
    locks: tuple[TableLock, ...] = ()
    rewrites: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    is_measured: bool = True

    @property
    def does_anything(self) -> bool:
        return bool(self.locks or self.rewrites or self.indexes or self.scans)


class Ran(Protocol):
    """What a rule of an engine is given of a revision that ran: its statements, what was measured
    of them, what strings of env.py say, and how many rows tables hold in a live database, if there
    is one."""

    @property
    def statements(self) -> tuple[str, ...]: ...

    @property
    def traces(self) -> tuple[Trace, ...]: ...

    @property
    def env_words(self) -> frozenset[str]: ...

    @property
    def large(self) -> int: ...

    def rows(self, table: str) -> int | None: ...


_REWRITTEN, _INDEXED, _READ = 3e-6, 1e-6, 2e-7  # seconds for a row, on an ordinary machine


def as_measured(effect: Effect, trace: Trace | None) -> Effect:
    """Return an effect as it was measured, where its words tell more or less than that."""
    if trace and trace.rewrites:
        seconds = _REWRITTEN + _INDEXED * len(trace.indexes)
        return replace(effect, work="rebuild", table=trace.rewrites[0], seconds_per_row=seconds)
    if trace and trace.scans and effect.work == "schema":
        return replace(effect, work="scan", table=trace.scans[0], seconds_per_row=_READ)
    if trace and trace.is_measured and not trace.scans and effect.work == "scan":
        return replace(effect, work="schema", table="", seconds_per_row=0.0)
    return effect


@dataclass(slots=True, kw_only=True)
class Executed:
    """What statements did: which table, and which column of it, had which name before; which tables
    were created; which had rows taken away on purpose, replaced by others of their key, or added;
    which columns were given other values than a copy of what they had; which rows they were about;
    and the effect of each. Names are those after the last statement, but for `steps`, `effects` and
    `written`: these are the tables that they changed in any way, if every one of them
    `is_understood`. Columns that are `retyped` may print what they held in another way. They began
    so many `transactions`; what stands in none is committed by itself; `in_transactions` says it in
    words, where an engine has its own. `traces` are what was measured of statements.
    """

    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)
    created: set[str] = field(default_factory=set)
    emptied: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)
    computed: set[tuple[str, str]] = field(default_factory=set)
    retyped: set[tuple[str, str]] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    is_understood: bool = True
    steps: tuple[DataStep, ...] = ()
    effects: tuple[Effect, ...] = ()
    transactions: int = 0
    in_transactions: str = ""
    traces: tuple[Trace, ...] = ()

    def copy_table(self, table: str, name: str) -> None:
        """Know of a copy what was known of the rows of a table."""
        for names in (self.emptied, self.replaced, self.added):
            if table in names:
                names.add(name)

    def rename_table(self, table: str, name: str) -> None:
        """Know under the new name what was known of a table, and nothing more of what had that name
        before."""
        self.tables[name] = self.tables.pop(table, table)
        for known in [key for key in self.columns if key[0] == name]:
            del self.columns[known]
        for known in [key for key in self.columns if key[0] == table]:
            self.columns[name, known[1]] = self.columns.pop(known)
        moved = {(name, column) for known, column in self.computed if known == table}
        stale = [key for key in self.computed if key[0] in (table, name)]
        self.computed.difference_update(stale)
        self.computed.update(moved)
        for names in (self.created, self.emptied, self.replaced, self.added):
            names.discard(name)
            if table in names:
                names.discard(table)
                names.add(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a revision names, in lower case. `tables` are those whose whole definition it writes or
    drops; `columns` are the fields of single columns ("name": renamed; "dropped", "created"), and
    of a table itself under an empty name; `objects` are indexes, triggers, views and constraints;
    `checks_of` are the columns whose CHECK comes and goes with their type. `rebuilt` are the tables
    whose rows were copied into a new one, by whatever they are called afterwards; `docstring` is
    the revision's own."""

    tables: set[str] = field(default_factory=set)
    columns: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    objects: set[str] = field(default_factory=set)
    checks_of: set[tuple[str, str]] = field(default_factory=set)
    rebuilt: set[str] = field(default_factory=set)
    docstring: str = ""

    def as_json(self) -> dict[str, Any]:
        """For another process."""
        columns = [[*key, sorted(fields)] for key, fields in sorted(self.columns.items())]
        plain = {name: sorted(getattr(self, name)) for name in ("tables", "objects", "checks_of")}
        return {**plain, "columns": columns}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Named:
        return cls(
            tables=set(stored["tables"]),
            columns={(table, column): set(names) for table, column, names in stored["columns"]},
            objects=set(stored["objects"]),
            checks_of={(table, column) for table, column in stored["checks_of"]},
        )

    def name_column(self, table: str, column: str, *fields: str) -> None:
        self.columns.setdefault((table, column), set()).update(fields)

    def rename_table(self, table: str, name: str) -> None:
        """What was written whole still is; a new name alone says nothing of what is inside."""
        if table in self.tables:
            self.tables.add(name)
