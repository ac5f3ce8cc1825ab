"""What must hold for a migration to be committed, written down in a table beside the database.

A client may go on after an error. So nothing is committed because no error was seen, but because a
row for each condition is there: a condition that is false, or whose statement cannot be prepared,
leaves none, and an error that ends the transaction takes all of them away. The verdict counts them
and asks the schema table; it names nothing that could be missing, so it can always be prepared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlplumb.engines.sqlite.parse.lexer import in_quotes
from sqlplumb.steps import Guard

GUARD = "_plumb_guard"
COPIED = "were copied"
SET_ASIDE = "were set aside"
MADE_ANEW = "was made anew, with its rows"
AGAIN = "SAVEPOINT plumb"  # begins a transaction where none is open, and else changes nothing
# Once more before the verdict, which must not fail for want of it.
REMAKE = f"CREATE TEMP TABLE IF NOT EXISTS {GUARD} (asked, holds NOT NULL CHECK (holds))"
FORGET = f"DROP TABLE temp.{GUARD}"


def table(guards: Sequence[Guard]) -> str:
    """A constraint for each condition, so that SQLite's own message says which one failed."""
    rules = [
        f"CONSTRAINT {_constraint(guard)} CHECK (asked <> {number} OR holds)"
        for number, guard in enumerate(guards, 1)
    ]
    lines = ["asked INTEGER PRIMARY KEY", "holds INTEGER NOT NULL", *rules]
    lines.append('CONSTRAINT "every step was done" CHECK (asked <> 0 OR holds)')
    listed = ",\n    ".join(lines)
    return f"CREATE TEMP TABLE {GUARD} (\n    {listed}\n)"


def _constraint(guard: Guard) -> str:
    return in_quotes(" ".join(guard.words.split()))


def ask(number: int, condition: str) -> str:
    return f"INSERT INTO temp.{GUARD} (asked, holds)\nSELECT {number}, {condition}"


def says_rows_are_lost(message: str) -> bool:
    """Does a guard say that a copy forgot rows? No row that is refused can make it say so."""
    return message.endswith((COPIED, SET_ASIDE, MADE_ANEW))


def all_hold(count: int) -> str:
    return f"(SELECT count(*) FROM temp.{GUARD}) = {count}"


def verdict(conditions: Iterable[str]) -> str:
    listed = "\n    AND ".join(conditions)
    return f"INSERT OR ROLLBACK INTO temp.{GUARD} (asked, holds)\nSELECT 0, {listed}"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A condition, and the number under which its answer is written down."""

    number: int
    condition: str


class Asked:
    """The conditions in the order in which they are asked; a number is given to each."""

    def __init__(self, *first: Guard) -> None:
        self.guards = list(first)

    def number(self, words: str) -> int:
        self.guards.append(Guard(words, ""))
        return len(self.guards)

    def numbered(self, guards: Iterable[Guard]) -> Iterator[Numbered]:
        for guard in guards:
            self.guards.append(guard)
            yield Numbered(len(self.guards), guard.condition)

    def all(self, guards: Iterable[Guard]) -> Iterator[str]:
        for one in self.numbered(guards):
            yield ask(one.number, one.condition)
