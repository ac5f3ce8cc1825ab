"""A plan as one script for SQLite's own client: it opens and ends its own transaction.

The client may go on after an error, so nothing relies on its stopping: everything stays inside the
transaction, and before COMMIT a verdict is asked, over what was written down before rows were
taken away and over what is there then. Where it says no, everything is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlplumb.engines.opened import Frame
from sqlplumb.engines.sqlite.alter.done import all_done
from sqlplumb.engines.sqlite.alter.naming import statement
from sqlplumb.schema import Schema
from sqlplumb.steps import Step

_GUARD = "_plumb_guard"
_MAKE = f"CREATE TEMP TABLE IF NOT EXISTS {_GUARD} (holds INTEGER NOT NULL CHECK (holds))"
_OPEN = (
    "BEGIN",
    "SAVEPOINT plumb",  # should BEGIN fail, this begins as well
    f"DROP TABLE IF EXISTS temp.{_GUARD}",
    _MAKE,  # and once more before the verdict, which must not fail for want of it
)
_LEGACY = "PRAGMA legacy_alter_table = "
_KEYS_OFF = (
    "PRAGMA foreign_keys = OFF",
    "CREATE TEMP TABLE _plumb_guard (\n"
    "    foreign_keys CONSTRAINT foreign_keys_are_off CHECK (foreign_keys = 0)\n)",
    "INSERT INTO temp._plumb_guard\nSELECT foreign_keys FROM pragma_foreign_keys",
    "DROP TABLE temp._plumb_guard",
)
_CLOSE = f"DROP TABLE temp.{_GUARD}"


def script(steps: Iterable[Step]) -> str:
    """Empty where there is nothing to do."""
    planned = tuple(steps)
    if not planned:
        return ""
    return "".join(_paragraph(lines) for lines in _paragraphs(planned)).lstrip("\n")


def creates(schema: Schema) -> str:
    """Tables before what hangs on them or reads them."""
    ordered = [
        fact
        for kind in ("table", "virtual table", "index", "view", "trigger")
        for ref, fact in schema.objects.items()
        if ref.kind == kind
    ]
    return "".join(f"{statement(fact.text)};\n" for fact in ordered)


def frame(steps: tuple[Step, ...]) -> Frame:
    """For a revision, which holds a transaction already, where foreign keys stay what they are."""
    return Frame(
        _KEYS_OFF if needs_keys_off(steps) else (),
        (f"{_LEGACY}ON",) if needs_legacy(steps) else (),
        (f"{_LEGACY}OFF",) if needs_legacy(steps) else (),
    )


def statements(steps: tuple[Step, ...]) -> list[str]:
    """As a revision runs them, in a transaction that is open already."""
    around = frame(steps)
    renames = [one for step in steps if step.verb == "rename" for one in step.statements]
    others = [step for step in steps if step.verb != "rename"]
    made = [one for step in others for one in (*step.first, *step.statements)]
    return [*around.guard, *renames, *around.before, *made, *around.after]


def needs_legacy(steps: Iterable[Step]) -> bool:
    """So that ALTER TABLE leaves other tables, views and triggers as their authors wrote them."""
    return any(step.verb in ("alter", "rebuild") for step in steps)


def needs_keys_off(steps: Iterable[Step]) -> bool:
    """To drop a table deletes its rows first, and with foreign keys on theirs that refer to it."""
    return any(step.drops_table for step in steps)


def _paragraphs(steps: tuple[Step, ...]) -> Iterator[list[str]]:
    keys = needs_keys_off(steps)
    legacy = needs_legacy(steps)
    yield [*(["PRAGMA foreign_keys = OFF"] if keys else []), *_OPEN]
    for step in steps:
        if step.verb == "rename":
            yield [_said(step), *step.statements, *_written_down(step.evidence)]
    if legacy:
        yield [f"{_LEGACY}ON"]
    if first := [one for step in steps for one in step.first]:
        yield first
    for step in steps:
        if step.verb != "rename":
            yield [_said(step), *_guarded(step)]
    yield [_MAKE, *_verdicts(steps), _CLOSE, "COMMIT"]
    if keys or legacy:
        yield [
            *([f"{_LEGACY}OFF"] if legacy else []),
            *(["PRAGMA foreign_keys = ON"] if keys else []),
        ]


def _paragraph(lines: list[str]) -> str:
    return "\n" + "".join(f"{line}\n" if line.startswith("--") else f"{line};\n" for line in lines)


def _said(step: Step) -> str:
    return f"-- {step.verb} {step.ref.kind} {' '.join(str(step.ref).split())}"


def _guarded(step: Step) -> Iterator[str]:
    """What can be asked only before something is taken away is written down for the verdict."""
    yield from step.statements[:-1]
    yield from _written_down(step.proviso)
    yield step.statements[-1]
    yield from _written_down(step.evidence)


def _written_down(condition: str) -> list[str]:
    return [f"INSERT INTO temp.{_GUARD} SELECT {condition}"] if condition else []


def _flags(steps: tuple[Step, ...]) -> Iterator[tuple[str, int]]:
    """Without these SQLite would have rewritten or emptied what nobody spoke of."""
    if needs_keys_off(steps):
        yield "foreign_keys", 0
    if any(step.verb == "rebuild" for step in steps):
        yield "legacy_alter_table", 1


def _verdicts(steps: tuple[Step, ...]) -> Iterator[str]:
    """The first asks SQLite alone, and always can. The second names tables, which are there once
    the first has held: a statement that cannot be prepared would roll nothing back."""
    asked = sum(bool(one) for step in steps for one in (step.proviso, step.evidence))
    held = f"(SELECT count(*) FROM temp.{_GUARD} WHERE holds) = {asked}"
    flags = [f"(SELECT {name} FROM pragma_{name}) = {value}" for name, value in _flags(steps)]
    yield _verdict([held, *flags, *all_done(steps)])
    if checks := [one for step in steps for one in step.checks]:
        yield _verdict(checks)


def _verdict(conditions: list[str]) -> str:
    listed = "\n    AND ".join(conditions)
    return f"INSERT OR ROLLBACK INTO temp.{_GUARD}\nSELECT {listed}"
