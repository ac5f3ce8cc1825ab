"""What must hold for a migration to be committed, written down in a table beside the database.

A client may go on after an error. So nothing is committed because no error was seen, but because a
row for each condition is there: a condition that is false, or whose statement cannot be prepared,
leaves none, and an error that ends the transaction takes all of them away. The verdict counts them
and asks the schema table; it names nothing that could be missing, so it can always be prepared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlplumb.engines.sqlite.parse.lexer import fold, in_quotes, literal
from sqlplumb.engines.sqlite.plan.naming import quoted
from sqlplumb.engines.statements import Around
from sqlplumb.steps import Guard, Step

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


class Asked:
    """The conditions in the order in which they are asked; a number is given to each."""

    def __init__(self, *first: Guard) -> None:
        self.guards = list(first)

    def made_anew(self, step: Step, spare: str, keeps_count: bool) -> Around:
        """Of a table that somebody else rebuilds, by way of a table of this other name: what is
        written down before, and what is asked behind it."""
        name = step.ref.display
        of_table = f"WHERE type = 'table' AND lower(name) = {literal(fold(name))}"
        text = f"FROM main.sqlite_master\n    {of_table}"
        no_spare = f"NOT EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = {literal(spare)})"
        rows = f"EXISTS (SELECT 1 FROM {quoted(name)})"
        first = self._number(f"no {spare} was left there before")
        before = [f"INSERT INTO temp.{GUARD}\nSELECT {first}, {no_spare},\n    sql, {rows}\n{text}"]
        anew = self._number(f"{step.ref} {MADE_ANEW}")
        is_new = f"{rows} = had_rows\n    AND was <> (SELECT sql {text})\n    AND {no_spare}"
        after = [f"{ask(anew, is_new)}\nFROM temp.{GUARD} WHERE asked = {first}"]
        if keeps_count:
            seq = f"(SELECT seq FROM sqlite_sequence WHERE name = {literal(name)})"
            first = self._number(f"{step.ref} has counted its keys")
            before.append(f"INSERT INTO temp.{GUARD}\nSELECT {first}, 1, {seq}, NULL")
            same = ask(self._number(f"{step.ref} counts its keys from there"), f"{seq} IS was")
            after.append(f"{same}\nFROM temp.{GUARD} WHERE asked = {first}")
        return Around(before, after)

    def _number(self, words: str) -> int:
        self.guards.append(Guard(words, ""))
        return len(self.guards)

    def all(self, guards: Iterable[Guard]) -> Iterator[str]:
        for guard in guards:
            self.guards.append(guard)
            yield ask(len(self.guards), guard.condition)
