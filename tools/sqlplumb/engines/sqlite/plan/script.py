"""A plan as one script for SQLite's own client: it opens and ends its own transaction.

The client may go on after an error, so nothing relies on its stopping. Every statement runs inside
a transaction, also behind an error that has ended one; and before COMMIT a verdict is asked, over
what was written down and what is there then. Where it says no, everything is rolled back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing

from sqlplumb.changes import Create
from sqlplumb.engines.sqlite.plan import guards
from sqlplumb.engines.sqlite.plan.guards import Asked, done_conditions, may_begin
from sqlplumb.engines.sqlite.plan.naming import statement, was_read
from sqlplumb.engines.sqlite.read.memory import scratch_for_code
from sqlplumb.schema import Ref, Schema
from sqlplumb.steps import Guard, Plan, Step

_LEGACY = "PRAGMA legacy_alter_table = "
_KEYS_OFF = "PRAGMA foreign_keys = OFF"
_KEYS_ARE_OFF = "(SELECT foreign_keys FROM pragma_foreign_keys) = 0"
_KEYS_GUARD = Guard("foreign keys are off: env.py turns them off before it begins", _KEYS_ARE_OFF)
_BEGUN = Guard("no error has ended the transaction", "1")
_ABOUT = """\
-- All of this is done or nothing, also by a client that goes on after an error. What must hold is
-- written down in a table beside the database; the last statement before COMMIT rolls everything
-- back unless all of it is there. Each SAVEPOINT begins a transaction if an error has ended it."""

_ONCE = """\
-- Run this once: what it does cannot be seen in the schema, and a second run would do it again."""


def script(plan: Plan) -> str:
    """Return the script; empty where there is nothing to do."""
    steps = plan.steps
    if not steps:
        return ""
    keys, legacy = needs_keys_off(steps), needs_legacy(steps)
    asked = Asked()
    first = list(asked.all((_BEGUN, *may_begin(plan))))
    middle = list(_middle(steps, asked))
    opening = [_ABOUT, *([_KEYS_OFF] if keys else []), "BEGIN", guards.AGAIN]
    opening += [f"DROP TABLE IF EXISTS temp.{guards.GUARD}", guards.table(asked.guards)]
    held = [guards.all_hold(len(asked.guards)), *([_KEYS_ARE_OFF] if keys else [])]
    verdict = guards.verdict([*held, *_verdict(steps)])
    after = [f"{_LEGACY}OFF"] if legacy else []
    after += ["PRAGMA foreign_keys = ON"] if keys else []
    text = ""
    for lines in (
        [*opening, *first],
        *middle,
        [guards.AGAIN, guards.REMAKE, verdict, guards.FORGET, "COMMIT"],
        *([after] if after else []),
    ):
        ended = (f"{line}\n" if line.startswith("--") else f"{line};\n" for line in lines)
        text += "\n" + "".join(ended)
    moves = any(step.fills or step.verb == "rename" for step in steps)
    text = text.removeprefix("\n")
    return f"{_ONCE}\n{text}" if moves and _can_run_twice(plan, text) else text


def _can_run_twice(plan: Plan, text: str) -> bool:
    """Asked of SQLite; where it cannot say, a warning does no harm."""
    with closing(scratch_for_code()) as scratch:
        try:
            scratch.executescript(creates(plan.current))
            scratch.executescript(text)
        except sqlite3.Error:
            return True
        try:
            scratch.executescript(text)
        except sqlite3.Error:
            return False
    return True


def creates(schema: Schema) -> str:
    """Tables before what hangs on them or reads them."""
    ordered = [
        fact
        for kind in ("table", "virtual table", "index", "view", "trigger")
        for ref, fact in schema.objects.items()
        if ref.kind == kind
    ]
    return "".join(f"{statement(fact.text)};\n" for fact in ordered)


class Frame:
    """What stands around steps in a revision, whose transaction is somebody else's. Foreign keys
    can only be turned off outside of it; that they are is the `first` thing asked."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        keys, legacy = needs_keys_off(steps), needs_legacy(steps)
        self.steps = steps
        self.asked = Asked(Guard("no revision before it has failed", ""))
        self.outside = [_KEYS_OFF] if keys else []
        self.first = list(self.asked.numbered([_KEYS_GUARD] if keys else []))
        self.before = [f"{_LEGACY}ON"] if legacy else []
        self.after = [f"{_LEGACY}OFF"] if legacy else []

    def verdict(self, others: Collection[Ref]) -> list[str]:
        """What must hold at the end, besides what was asked."""
        return list(_verdict(self.steps, others))


def statements(steps: tuple[Step, ...]) -> list[str]:
    """As a revision runs them, in a transaction that is open already."""
    around = Frame(steps)
    renames = [text for step in steps if step.verb == "rename" for text in step.statements]
    others = [step for step in steps if step.verb != "rename"]
    made = [text for step in others for text in (*step.first, *step.statements)]
    return [*around.outside, *renames, *around.before, *made, *around.after]


def needs_legacy(steps: Iterable[Step]) -> bool:
    """So that ALTER TABLE leaves other tables, views and triggers as their authors wrote them."""
    for step in steps:
        adds_columns = all(
            isinstance(change, Create) and change.ref.kind == "column" for change in step.changes
        )
        if step.verb == "rebuild" or (step.verb == "alter" and not adds_columns):
            return True  # ADD COLUMN alone touches nothing but its table
    return False


def needs_keys_off(steps: Iterable[Step]) -> bool:
    """To drop a table deletes its rows first, and with foreign keys on theirs that refer to it."""
    return any(step.drops_table for step in steps)


def _middle(steps: tuple[Step, ...], asked: Asked) -> Iterator[list[str]]:
    for step in steps:
        if step.verb == "rename":
            yield [_said(step), *_again(step.statements), *asked.all(step.evidence)]
    if needs_legacy(steps):
        yield [f"{_LEGACY}ON"]
    read = {state for step in steps for state in step.gives}
    early = [step for step in steps if was_read(step.ref.name) not in read]
    if first := [line for step in early for line in _set_aside(step, asked)]:
        yield first
    for step in steps:
        if step.verb != "rename":
            late = () if step in early else _set_aside(step, asked)
            yield [_said(step), *late, *_guarded(step, asked)]
    if checks := [check for step in steps for check in step.checks]:
        yield list(asked.all(checks))


def _said(step: Step) -> str:
    return f"-- {step.verb} {step.ref.kind} {' '.join(str(step.ref).split())}"


def _guarded(step: Step, asked: Asked) -> Iterator[str]:
    """What can be asked only before something is taken away is written down for the verdict.
    Behind an error, the statements of a rebuild find no table of the name that they need."""
    *before, last = step.statements
    if step.verb == "rebuild":
        yield guards.AGAIN
        yield from before
    else:
        yield from _again(before)
    yield from asked.all(step.provisos)
    if step.verb != "rebuild":
        yield guards.AGAIN
    yield last
    yield from asked.all(step.evidence)


def _set_aside(step: Step, asked: Asked) -> Iterator[str]:
    yield from _again(step.first[:-1])
    yield from asked.all(step.first_provisos)
    yield from _again(step.first[-1:])


def _again(statements: Iterable[str]) -> Iterator[str]:
    for text in statements:
        yield guards.AGAIN
        yield text


def _verdict(steps: tuple[Step, ...], others: Collection[Ref] = ()) -> Iterator[str]:
    """SQLite alone is asked, and can always answer. Without the setting it would have rewritten
    what nobody spoke of. `others` were made anew in other words than ours."""
    if any(step.verb == "rebuild" and step.ref not in others for step in steps):
        yield "(SELECT legacy_alter_table FROM pragma_legacy_alter_table) = 1"
    yield from done_conditions(steps, others)
