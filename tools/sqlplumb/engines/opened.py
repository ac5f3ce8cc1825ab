"""What every engine hands up: a source that is open, cheap to list and dear to read.

Units (a table with its indexes and triggers, a view, a virtual table) are listed by their text at
once; facts are read only for the units asked for, so that what is the same on both sides, to the
byte, is never parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sqlplumb.errors import Problem
from sqlplumb.places import Place
from sqlplumb.schema import Object, Ref, Schema, SpelledIn

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from sqlplumb.changes import Rename
    from sqlplumb.steps import DataStep, Fill, Guard, Look, Step


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
        source = (self.label, self.engine, self.spelled_in, self.quotes_in_bodies)
        return Schema(objects, *source, frozenset(self.texts))


@dataclass(frozen=True, slots=True)
class Around:
    """Statements before something that is done in other words than ours, and behind it."""

    before: Sequence[str]
    after: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around steps that run in somebody else's transaction: a guard that fails where
    they would do harm, and statements before the first step that is no rename, and behind all.

    `ask` and `made_anew` write down conditions, which are numbered in `asked`; the latter around a
    rebuild by way of a table of this name, which may have to go on counting its keys. `verdict`
    is what must hold at the end; the tables that are named were made anew in other words.
    """

    ask: Callable[[Iterable[Guard]], list[str]]
    made_anew: Callable[[Step, str, bool], Around]
    asked: Sequence[Guard]
    verdict: Callable[[Collection[Ref]], list[str]]
    guard: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a table of a live database holds; its bytes are 0 where nobody can say."""

    rows: int
    bytes: int


# What a statement goes through: a setting, a guard beside the database, the stored schema alone,
# every row to read it, rows that it writes, all rows of a table that is made anew.
Work = Literal["setting", "guard", "schema", "scan", "rows", "rebuild"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one statement does, in words; `table` is the one whose rows it goes through."""

    statement: str
    words: str
    work: Work
    table: str = ""
    seconds_per_row: float = 0.0  # measured on an ordinary machine, and good for a guess alone


@dataclass(frozen=True, slots=True)
class ColumnType:
    """What an application keeps in a column that is `declared` so: `values` of its type, as they
    are stored, and whether its type `reads` a value that is stored."""

    declared: str
    values: tuple[Any, ...]
    reads: Callable[[object], bool]


ColumnTypes = Mapping[tuple[str, str], ColumnType]


@dataclass(frozen=True, slots=True)
class Filled:
    """Rows put into each table, and the tables for which none was found, with the reason; `unmet`
    are the data steps that none of the rows is for, by their words."""

    counts: Mapping[str, int]
    unfilled: Mapping[str, str]
    unmet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows of a table, by their numbers where rows are `numbered`, else by the primary key."""

    columns: tuple[str, ...]
    rows: Mapping[Hashable, tuple[object, ...]]
    numbered: bool


@dataclass(frozen=True, slots=True)
class Traced:
    """What statements did: which table, and which column of it, had which name before; which tables
    were made; which had rows taken away on purpose, or replaced by others of their key; which
    columns were given other values than a copy of what they had; and which rows they were about.
    Names as they are after the last statement, but for those in `steps`."""

    tables: dict[str, str]
    columns: dict[tuple[str, str], str]
    created: set[str]
    emptied: set[str]
    replaced: set[str]
    computed: set[tuple[str, str]]
    steps: tuple[DataStep, ...] = ()


@dataclass(frozen=True, slots=True)
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

    def name_column(self, table: str, column: str, *fields: str) -> None:
        self.columns.setdefault((table, column), set()).update(fields)

    def rename_table(self, table: str, name: str) -> None:
        """What was written whole still is; a new name alone says nothing of what is inside."""
        if table in self.tables:
            self.tables.add(name)


@dataclass(frozen=True, slots=True)
class Orphans:
    """A foreign key that rows break: the table they stand in, and what they miss in which."""

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fillable:
    """A scratch database: SQLAlchemy fills it with tables, `fill` with rows that satisfy them, and
    if it can with some that the rules to come, under the names to come, will not refuse.

    `unsound` are the engine's own complaints about what is stored; `record` keeps every statement
    that runs from then on.
    """

    alchemy: Engine
    opened: Callable[[str, SpelledIn], Opened]
    # But for these tables; with rows for the rules, the hints and the data steps that are to come.
    # The last are the types that an application has for columns, by table and column.
    fill: Callable[
        [
            Collection[str],
            Collection[Look],
            Sequence[Rename],
            Collection[Fill | DataStep],
            ColumnTypes,
        ],
        Filled,
    ]
    near: Callable[[Collection[str]], Collection[str]]  # what needs rows for these to be seen
    rows: Callable[[], Mapping[str, Rows]]
    counters: Callable[[], Mapping[str, int]]  # how far each table has counted its keys
    unsound: Callable[[], Sequence[str]]
    orphans: Callable[[], Sequence[Orphans]]
    run: Callable[[str], None]  # a whole script
    record: Callable[[list[str] | None], None]  # None: no more
    traced: Callable[[Iterable[str]], Traced]
    image: Callable[[], bytes]  # all of it, for another scratch to begin with
    restore: Callable[[bytes], None]
    count: Callable[[str, str, Sequence[Rename]], int]  # rows of a table for which this holds
    # Rows of a table for which this holds, under the names to come, and their children.
    remove: Callable[[str, str, Sequence[Rename]], None]
