"""What each statement of a migration does to a SQLite database, for somebody who must review it.

Read from the statements that ran. Nothing here decides whether one is safe: it says what is
written, which rows are gone through for it, and who waits meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sqlplumb.engines.sqlite.parse.cursor import Cursor, Unreadable
from sqlplumb.engines.sqlite.scratch.statement_effects.names import Names, renames
from sqlplumb.engines.sqlite.scratch.statement_effects.objects import alter, create, drop
from sqlplumb.engines.sqlite.scratch.statement_effects.rows import changed, insert, pragma
from sqlplumb.engines.statements import Effect, Work

__all__ = ["effects"]

_BEGINS = ("BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE")
_QUESTIONS = ("SELECT", "VALUES", "EXPLAIN")
_VERBS = ("INSERT", "REPLACE", "UPDATE", "DELETE", *_QUESTIONS)
# Seconds that a row costs: of a table with a dozen columns, half a million rows and more.
_COSTS: Mapping[Work, float] = {"scan": 0.6e-6, "rows": 1.5e-6, "rebuild": 1.5e-6}


def effects(statements: Iterable[str]) -> Iterator[Effect]:
    """Of those that change something, in the order in which they ran. A table is called by the name
    that it had before the first: its rows are the ones that a live database has."""
    statements = list(statements)
    names = Names(frozenset(renames(statements)))
    for statement in statements:
        if statement.startswith("--"):
            continue  # what a trigger runs is told as a comment
        try:
            found = _effect(Cursor(statement), statement, names)
        except Unreadable:
            found = Effect(statement, "does what is written", "rows")
        if found:
            cost = _COSTS.get(found.work, 0.0) if found.table else 0.0
            yield replace(found, seconds_per_row=cost)


def _effect(cursor: Cursor, statement: str, names: Names) -> Effect | None:
    if cursor.accept("WITH"):
        cursor.skip_to(*_VERBS)
    match cursor.word:
        case "CREATE":
            return create(cursor, statement, names)
        case "DROP":
            return drop(cursor, statement, names)
        case "ALTER":
            return alter(cursor, statement, names)
        case "INSERT" | "REPLACE":
            return insert(cursor, statement, names)
        case "UPDATE" | "DELETE":
            return changed(cursor, statement, names)
        case "PRAGMA":
            return pragma(cursor, statement)
        case word if word in _BEGINS or word in _QUESTIONS:
            return None
    return Effect(statement, "does what is written", "rows")
