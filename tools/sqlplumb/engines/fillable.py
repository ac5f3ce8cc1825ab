"""A scratch database that somebody else fills, and what can be seen of it.

Imported when one is filled: a check that only reads fills none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from sqlplumb.changes import Rename
    from sqlplumb.engines.source import Source
    from sqlplumb.engines.statements import Traced
    from sqlplumb.schema import SpelledIn
    from sqlplumb.steps import DataStep, Fill, Look


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


@dataclass(frozen=True, slots=True, kw_only=True)
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
    opened: Callable[[str, SpelledIn], Source]
    # What these CREATE statements make, in databases of its own; None where they must run here.
    created: Callable[[Sequence[str], str, SpelledIn], Source | None]
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
