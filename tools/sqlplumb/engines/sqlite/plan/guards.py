"""What must hold for a migration to be committed, written down in a table beside the database.

A client may go on after an error. So nothing is committed because no error was seen, but because a
row for each condition is there: a condition that is false, or whose statement cannot be prepared,
leaves none, and an error that ends the transaction takes all of them away. The verdict counts them
and asks the schema table; it names nothing that could be missing, so it can always be prepared.
Whether a script may begin, and whether every step was done, is asked of the stored schema alone:
nothing here looks at a row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from sqlplumb.changes import Alter, Create, Drop, Rename
from sqlplumb.engines.sqlite.parse.lexer import fold, in_quotes, literal
from sqlplumb.engines.sqlite.plan.naming import statement, wrap
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.schema import Column, Ref
from sqlplumb.steps import Guard, Plan, Step

GUARD = "_plumb_guard"
COPIED = "were copied"
SET_ASIDE = "were set aside"
MADE_ANEW = "was made anew, with its rows"
AGAIN = "SAVEPOINT plumb"  # begins a transaction where none is open, and else changes nothing
# Once more before the verdict, which must not fail for want of it.
REMAKE = f"CREATE TEMP TABLE IF NOT EXISTS {GUARD} (asked, holds NOT NULL CHECK (holds))"
FORGET = f"DROP TABLE temp.{GUARD}"
_MASTER = "main.sqlite_master"


def table(guards: Sequence[Guard]) -> str:
    """A constraint for each condition, so that SQLite's own message says which one failed."""
    rules = [
        f"CONSTRAINT {in_quotes(' '.join(guard.words.split()))} CHECK (asked <> {number} OR holds)"
        for number, guard in enumerate(guards, 1)
    ]
    lines = ["asked INTEGER PRIMARY KEY", "holds INTEGER NOT NULL", *rules]
    lines.append('CONSTRAINT "every step was done" CHECK (asked <> 0 OR holds)')
    listed = ",\n    ".join(lines)
    return f"CREATE TEMP TABLE {GUARD} (\n    {listed}\n)"


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
        for asked in self.numbered(guards):
            yield ask(asked.number, asked.condition)


def may_begin(plan: Plan) -> Iterator[Guard]:
    """Ask that the tables which are made anew, or get another name, have the columns that are
    copied, and that the values which hints give or move are not given yet.

    A text tells: a table that is made anew has the author's, which it did not have before.
    """
    renames = [change for change in plan.changes if isinstance(change, Rename)]
    former = {rename.ref: rename.current.ref for rename in renames}
    moved = {rename.ref.unit for rename in renames}
    for step in plan:
        table = former.get(step.ref, step.ref)
        known = plan.current.tables.get(table.name)
        if known and (step.verb == "rebuild" or (step.changes and step.ref in former)):
            names, count = ", ".join(map(literal, known.columns)), len(known.columns)
            columns = f"count(*) = {count}\n    AND sum(lower(name) IN ({names})) = count(*)"
            yield Guard(
                f"{table} has the columns that are known here",
                f"(SELECT {columns}\n    FROM pragma_table_xinfo({literal(table.display)}))",
            )
        if step.verb == "rebuild" and (step.fills or step.ref.name in moved):
            done = [*_has_text(plan, step, former), *_has_types(step, former)]
            conditions = "\n    AND ".join(f"NOT {condition}" for condition in done)
            if done:
                yield Guard(f"the values of {step.ref} are not given yet", conditions)


def _has_text(plan: Plan, step: Step, former: Mapping[Ref, Ref]) -> Iterator[str]:
    """None where it has that text already, and a person says that its values move again."""
    known, text = plan.current.objects.get(former.get(step.ref, step.ref)), step.statements[0]
    if known is None or _stored(statement(known.text)) != (stored := _stored(text)):
        yield f"EXISTS (SELECT 1 FROM {_MASTER}\n    WHERE sql = {literal(stored)})"


def _has_types(step: Step, former: Mapping[Ref, Ref]) -> Iterator[str]:
    """Another tool may have converted them, and the text is not the author's then."""
    info = f"pragma_table_xinfo({literal(former.get(step.ref, step.ref).display)})"
    filled = {fill.ref for fill in step.fills}
    for change in step.changes:
        if not (isinstance(change, Alter) and "type" in change.fields):
            continue
        column = change.desired
        if isinstance(column, Column) and column.ref in filled:
            name = literal(former.get(column.ref, column.ref).name)
            where = f"lower(name) = {name} AND lower(type) = {literal(column.type)}"
            yield f"EXISTS (SELECT 1 FROM {info}\n    WHERE {where})"


def _stored(create: str) -> str:
    """SQLite keeps the words before the name in its own form."""
    with closing(scratch_for_code()) as scratch:
        scratch.execute(create)
        return str(scratch.execute("SELECT sql FROM sqlite_master").fetchone()[0])


def done_conditions(steps: tuple[Step, ...], others: Collection[Ref] = ()) -> Iterator[str]:
    """An object is known by its name, and by how long its text is; a tab may have become four
    blanks on its way. `others` have a text of somebody else's, and were asked for when made."""
    whole = [step for step in steps if not step.ref.inline]
    made = [step for step in whole if step.verb in ("create", "rebuild")]
    texts = {
        (*_named(step), len(step.statements[0].replace("\t", "    ")))
        for step in made
        if step.ref not in others
    }
    named = {_named(step) for step in whole if step.verb == "rename" and step.changes}
    gone = {_named(step) for step in whole if step.verb == "drop"}
    gone -= {_named(step) for step in made} | named
    if texts:
        rows = _listed(f"({literal(kind)}, {literal(name)}, {size})" for kind, name, size in texts)
        size = "length(replace(sql, char(9), '    '))"
        yield f"{_count(f'type, lower(name), {size}', rows)} = {len(texts)}"
    if named:
        yield f"{_count('type, lower(name)', _rows(named))} = {len(named)}"
    if gone:
        yield f"{_count('type, lower(name)', _rows(gone))} = 0"
    for step in steps:
        if step.verb == "alter":
            yield from _columns(step)


def _named(step: Step) -> tuple[str, str]:
    return step.ref.kind.removeprefix("virtual "), fold(step.ref.display)


def _rows(objects: set[tuple[str, str]]) -> str:
    return _listed(f"({literal(kind)}, {literal(name)})" for kind, name in objects)


def _listed(rows: Iterable[str]) -> str:
    return ",\n    ".join(sorted(rows))


def _count(what: str, rows: str) -> str:
    return f"(SELECT count(*) FROM {_MASTER}\n    WHERE ({what}) IN (VALUES\n    {rows}))"


def _columns(step: Step) -> Iterator[str]:
    """Those that came are there, and those that went are not."""
    table = literal(step.ref.display)
    columns = [change for change in step.changes if change.ref.kind == "column"]
    for verb in (Create, Drop):
        names = [literal(change.ref.name) for change in columns if isinstance(change, verb)]
        if names:
            count = f"SELECT count(*) FROM pragma_table_xinfo({table})\n    WHERE lower(name) "
            listed = f"= {names[0]}" if len(names) == 1 else f"IN (\n    {wrap(names, width=80)})"
            yield f"({count}{listed}) = {len(names) if verb is Create else 0}"
