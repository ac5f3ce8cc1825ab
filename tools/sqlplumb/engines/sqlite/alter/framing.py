"""A plan as one script for SQLite's own client: it opens and ends its own transaction.

The client may go on after an error, so nothing relies on its stopping: before rows are taken away,
and before COMMIT, a guard is asked; where it says no, everything is rolled back, and what follows
finds nothing to work on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlplumb.changes import Create, Drop
from sqlplumb.engines.opened import Frame
from sqlplumb.engines.sqlite.alter.naming import literal, statement
from sqlplumb.schema import Column, Schema
from sqlplumb.steps import Step

_GUARD = "_plumb_guard"
_OPEN = f"CREATE TEMP TABLE {_GUARD} (holds INTEGER NOT NULL CHECK (holds))"
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


def needs_legacy(steps: Iterable[Step]) -> bool:
    """So that ALTER TABLE leaves other tables, views and triggers as their authors wrote them."""
    return any(step.verb in ("alter", "rebuild") for step in steps)


def needs_keys_off(steps: Iterable[Step]) -> bool:
    """To drop a table deletes its rows first, and with foreign keys on theirs that refer to it."""
    made = [step for step in steps if step.verb != "edit"]
    return any("DROP TABLE " in one for step in made for one in step.statements)


def _paragraphs(steps: tuple[Step, ...]) -> Iterator[list[str]]:
    keys = needs_keys_off(steps)
    legacy = needs_legacy(steps)
    yield [*(["PRAGMA foreign_keys = OFF"] if keys else []), "BEGIN IMMEDIATE", _OPEN]
    for step in steps:
        if step.verb == "rename":
            yield [_said(step), *step.statements]
    if legacy:
        yield [f"{_LEGACY}ON"]
    if first := [one for step in steps for one in step.first]:
        yield first
    for step in steps:
        if step.verb != "rename":
            yield [_said(step), *_guarded(step)]
    yield [_guard(" AND ".join(_all_done(steps))), _CLOSE, "COMMIT"]
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
    if not step.proviso:
        yield from step.statements
        return
    yield from step.statements[:-1]
    yield _guard(step.proviso)
    yield step.statements[-1]


def _guard(condition: str) -> str:
    return f"INSERT OR ROLLBACK INTO temp.{_GUARD} SELECT {condition}"


def _all_done(steps: tuple[Step, ...]) -> Iterator[str]:
    """That nothing is missing that these steps were to make."""
    whole = [step for step in steps if not step.ref.inline and (step.changes or step.gives)]
    made = {_object(step) for step in whole if step.verb != "drop"}
    gone = {_object(step) for step in whole if step.verb == "drop"} - made
    yield f"{_count(made)} = {len(made)}"
    if gone:
        yield f"{_count(gone)} = 0"
    for step in steps:
        if step.verb == "alter":
            yield from _columns(step)
        if step.verb == "edit":
            yield _is_edited(step)


def _object(step: Step) -> tuple[str, str]:
    return step.ref.kind.removeprefix("virtual "), _shown(step)


def _count(objects: set[tuple[str, str]]) -> str:
    rows = ", ".join(f"({literal(kind)}, {literal(name)})" for kind, name in sorted(objects))
    if not rows:
        return "0"
    return f"(SELECT count(*) FROM main.sqlite_master WHERE (type, name) IN (VALUES {rows}))"


def _columns(step: Step) -> Iterator[str]:
    columns = f"SELECT 1 FROM pragma_table_xinfo({literal(_shown(step))}) WHERE name = "
    for change in step.changes:
        match change:
            case Create(Column(ref=ref)):
                yield f"EXISTS ({columns}{literal(ref.shown)})"
            case Drop(Column(ref=ref)):
                yield f"NOT EXISTS ({columns}{literal(ref.shown)})"
            case _:
                pass


def _is_edited(step: Step) -> str:
    """The last words of the text are enough to know it by: all of it stands above."""
    table = literal(_shown(step))
    (text,) = (one for one in step.statements if one.startswith("UPDATE"))
    said = text.partition(" SET sql = ")[2].rpartition(" WHERE type = ")[0]
    return f"EXISTS (SELECT 1 FROM main.sqlite_master WHERE name = {table} AND sql = {said})"


def _shown(step: Step) -> str:
    return step.ref.shown or step.ref.name
