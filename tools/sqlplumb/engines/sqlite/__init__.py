"""SQLite: everything we know about it, and the only names the rest of sqlplumb may use.

    open_script     hand-written SQL, tried on scratch databases
    open_database   a live file, read-only
    open_held       a live file that is about to be changed
    reader          a connection to a live file, read-only; is_database: is it one?
    wording         the very words of a schema, in short
    recover         a live file that a killed process left half written
    restore         a backup in the place of a live file
    open_fillable   a database in memory that SQLAlchemy or Alembic fills
    settle          two schemas in the words that SQLAlchemy Core has too
    hints_kept      the former names that stored tables tell in their comments
    renames         a schema under the names that hints of another give it
    plan_steps      changes into the steps that make them
    script          steps as one script for SQLite's own client
    creates         a whole schema as a script
    laid_out        a whole schema as a file for people
    frame           what stands around steps in a revision
    effects         what each statement of a migration does, in words
    named           what statements create, drop or alter by name
    verb_and_names  what one statement does, and all the names that it says
    statements      steps, framed, for a transaction that is open already
    loses_data      what a change does to stored values
    affinity, reserved, row_names, spelled_type, strings_in_double_quotes, unreadable
                    what only SQLite can say of a schema that it has accepted

What plans and fills is imported when it is asked for: a check needs none of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.changes import Change
from sqlplumb.engines.sqlite.live.opening import open_connection, open_database, open_script
from sqlplumb.engines.sqlite.live.read_only import connect as reader
from sqlplumb.engines.sqlite.live.read_only import is_database
from sqlplumb.engines.sqlite.parse.affinity import affinity
from sqlplumb.engines.sqlite.parse.words import BARE_COLUMNS, RESERVED, ROWID_NAMES
from sqlplumb.engines.sqlite.read.normalize_for_core import settle
from sqlplumb.schema import Column, Kind, Ref, Schema

if TYPE_CHECKING:
    from sqlplumb.engines.fillable import Fillable
    from sqlplumb.engines.held import Held, Patience, Restoring
    from sqlplumb.engines.statements import Effect, Frame, Named
    from sqlplumb.steps import Step, Target

__all__ = [
    "affinity",
    "creates",
    "effects",
    "frame",
    "hints_kept",
    "is_database",
    "laid_out",
    "loses_data",
    "named",
    "open_connection",
    "open_database",
    "open_fillable",
    "open_held",
    "open_script",
    "plan_steps",
    "reader",
    "recover",
    "renames",
    "reserved",
    "restore",
    "row_names",
    "says_rows_are_lost",
    "script",
    "settle",
    "spelled_type",
    "stand_in",
    "statements",
    "strings_in_double_quotes",
    "target",
    "unreadable",
    "verb_and_names",
    "wording",
]


def open_fillable() -> AbstractContextManager[Fillable]:
    from sqlplumb.engines.sqlite.scratch.fillable import open_fillable as opened

    return opened()


def open_held(path: Path, label: str) -> AbstractContextManager[Held]:
    from sqlplumb.engines.sqlite.live.held import open_held as opened

    return opened(path, label)


def recover(path: Path, label: str, patience: Patience) -> None:
    from sqlplumb.engines.sqlite.live.held import recover as recovered

    recovered(path, label, patience)


def wording(texts: Mapping[str, Iterable[str]], own: str) -> str:
    from sqlplumb.engines.sqlite.parse.text_digest import wording as worded

    return worded(texts, own)


def restore(wish: Restoring) -> None:
    from sqlplumb.engines.sqlite.live.restored import restore as restored

    restored(wish)


def hints_kept(schema: Schema) -> frozenset[tuple[Ref, str]]:
    from sqlplumb.engines.sqlite.read.facts.hinted import hints_kept as kept

    return frozenset(kept(schema.objects.values()))


def renames(current: Schema, desired: Schema) -> tuple[Schema, tuple[Change, ...]]:
    if not any(fact.renamed_from for fact in desired.objects.values()):
        return current, ()
    from sqlplumb.engines.sqlite.plan.renames import renames as found

    return found(current, desired)


def plan_steps(
    current: Schema, desired: Schema, changes: Collection[Change], target: Target
) -> tuple[Step, ...]:
    from sqlplumb.engines.sqlite.plan.plan import plan_steps as planned

    return planned(current, desired, changes, target)


def frame(steps: Iterable[Step]) -> Frame:
    from sqlplumb.engines.sqlite.plan.framing import frame as framed

    return framed(tuple(steps))


def loses_data(change: Change) -> bool:
    from sqlplumb.engines.sqlite.plan.losses import loses_data as loses

    return loses(change)


def target(version: str = "", instant: bool = False) -> Target:
    from sqlplumb.engines.sqlite.plan.targets import target as chosen

    return chosen(version, instant)


def effects(statements: Iterable[str]) -> Iterator[Effect]:
    from sqlplumb.engines.sqlite.scratch.statement_effects import effects as found

    return found(statements)


def named(statements: Iterable[str]) -> Named:
    from sqlplumb.engines.sqlite.parse.naming import named as found

    return found(statements)


def spelled_type(declared: str) -> str:
    from sqlplumb.engines.sqlite.read.facts.spelling import spelled_type as spelled

    return spelled(declared)


def verb_and_names(statement: str) -> tuple[str, frozenset[str]]:
    from sqlplumb.engines.sqlite.parse.naming import verb_and_names as found

    return found(statement)


def statements(steps: Iterable[Step]) -> list[str]:
    from sqlplumb.engines.sqlite.plan.framing import statements as framed

    return framed(tuple(steps))


def says_rows_are_lost(message: str) -> bool:
    from sqlplumb.engines.sqlite.plan import guards

    return guards.says_rows_are_lost(message)


def stand_in(column: Column) -> str:
    return {"text": "''", "blob": "x''"}.get(affinity(column.type), "0")


def creates(schema: Schema) -> str:
    from sqlplumb.engines.sqlite.plan.framing import creates as framed

    return framed(schema)


def laid_out(schema: Schema) -> str:
    from sqlplumb.engines.sqlite.read.schema_file import laid_out as written

    return written(schema)


def script(steps: Iterable[Step]) -> str:
    from sqlplumb.engines.sqlite.plan.framing import script as framed

    return framed(steps)


def reserved() -> frozenset[str]:
    return RESERVED - BARE_COLUMNS


def row_names() -> frozenset[str]:
    return frozenset(ROWID_NAMES)


def strings_in_double_quotes(schema: Schema) -> Iterator[tuple[Ref, str]]:
    from sqlplumb.engines.sqlite.read import accepted_but_wrong as doubts

    return doubts.strings_in_double_quotes(schema)


def unreadable(schema: Schema, kind: Kind) -> Iterator[tuple[Ref, str]]:
    from sqlplumb.engines.sqlite.read import body_check as tried

    return tried.unreadable(schema, kind)
