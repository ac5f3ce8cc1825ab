"""One rebuild in the words of Alembic's batch mode: the table as it was, and what changes in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.changes.names import under_names_of
from sqlplumb.engines import Frame
from sqlplumb.render.revision import table as core
from sqlplumb.render.revision.python import call, execute, string
from sqlplumb.schema import Check, Column, ForeignKey, PrimaryKey, Schema, Unique
from sqlplumb.steps import Step

_KEPT = "_plumb_sequence"


class Unsayable(Exception):
    """What batch mode has no words for, in words."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The lines in `upgrade`, and the function that `copy_from` calls."""

    lines: list[str]
    function: list[str]


def batch(step: Step, function: str) -> Batch:
    """Raises Unsayable where no words are known; whether the words are true is tried later.
    `function` is what the one is to be called that makes the table."""
    if step.fills:
        columns = ", ".join(str(fill.ref) for fill in step.fills)
        raise Unsayable(f"the rows that are there get a value for {columns}")
    name = step.ref.display
    lines = call(
        "with op.batch_alter_table",
        [string(name), f"copy_from={function}()", 'recreate="always"'],
        behind=" as batch_op:",
    )
    for change in step.changes:
        lines += _operation(change, step)
    return Batch(lines, _function(step, function))


def _function(step: Step, function: str) -> list[str]:
    """Alembic copies from these words, and so a name comes along that only the new table has."""
    known = under_names_of(step.before, Schema({fact.ref: fact for fact in step.after}))
    retyped = frozenset(
        change.ref.name
        for change in step.changes
        if isinstance(change, Alter) and {"type", "collation"} & set(change.fields)
    )
    return [
        f"def {function}() -> sa.Table:",
        f"    return {core.table(list(known), retyped, 1)}",
    ]


def _operation(change: Change, step: Step) -> list[str]:
    match change:
        case Create(Column() as column):
            return _op("add_column", [core.column(column, 3)])
        case Drop(Column() as column):
            return _op("drop_column", [string(column.ref.shown)])
        case Alter(Column() as current, Column() as desired):
            return _alter(current, desired, change.fields)
        case Create(fact) if isinstance(fact, Unique | ForeignKey | Check):
            return _create(fact, step)
        case Drop(fact) if isinstance(fact, Unique | ForeignKey | Check):
            return _drop(fact)
        case Alter(current, desired) | Rename(current, desired):
            if isinstance(current, Unique | ForeignKey | Check):
                assert isinstance(desired, Unique | ForeignKey | Check)
                return [*_drop(current), *_create(desired, step)]
    raise Unsayable(f"{change.ref.kind} of {change.ref.display_unit} changes")


def _alter(current: Column, desired: Column, fields: tuple[str, ...]) -> list[str]:
    said = [string(current.ref.shown)]
    if {"type", "collation"} & set(fields):
        said.append(f"type_={core.type_(desired, spelled=True)}")
        said.append(f"existing_type={core.type_(current, spelled=True)}")
    if "not_null" in fields:
        said.append(f"nullable={not desired.not_null}")
    if "default" in fields:
        said.append(f"server_default={core.default(desired) if desired.default else None}")
    beyond = set(fields) - {"type", "collation", "not_null", "default"}
    if beyond:
        raise Unsayable(f"{', '.join(sorted(beyond)).replace('_', ' ')} of {desired.ref} changes")
    return _op("alter_column", said)


def _create(fact: Unique | ForeignKey | Check, step: Step) -> list[str]:
    if not fact.ref.shown:
        raise Unsayable(f"{fact.ref} comes without a name, which a naming convention would give it")
    columns = {one.ref.name: one for one in step.after if isinstance(one, Column)}
    name = f"batch_op.f({string(fact.ref.shown)})"
    match fact:
        case Check():
            return _op("create_check_constraint", [name, core.condition(fact)])
        case Unique():
            names = core.shown_columns([part.term for part in fact.columns], columns)
            said = [name, _listed(names)]
            if conflict := fact.options.word("on_conflict"):
                said.append(f"sqlite_on_conflict={string(conflict)}")
            return _op("create_unique_constraint", said)
        case ForeignKey():
            names = core.shown_columns(fact.columns, columns)
            target, *targets = fact.shown
            said = [name, string(target), _listed(names), _listed(targets)]
            return _op("create_foreign_key", [*said, *core.references(fact)])


def _drop(fact: Unique | ForeignKey | Check) -> list[str]:
    if not fact.ref.shown:
        raise Unsayable(f"{fact.ref} has no name by which it could be dropped")
    kinds: Mapping[type, str] = {Check: "check", Unique: "unique", ForeignKey: "foreignkey"}
    name = f"batch_op.f({string(fact.ref.shown)})"
    return _op("drop_constraint", [name, f'type_="{kinds[type(fact)]}"'])


def _op(name: str, arguments: list[str]) -> list[str]:
    return call(f"batch_op.{name}", arguments, 2)


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return f"[{', '.join(map(string, names))}]"


def around(lines: list[str], step: Step, frame: Frame) -> list[str]:
    """Batch mode with what is asked before and behind it; and it would forget how far the keys of
    an AUTOINCREMENT table have counted."""
    name = step.ref.display
    first = frame.number(f"no copy of {step.ref} was left there before")
    last = frame.number(f"{step.ref} was made anew, with its rows")
    before = call("before_batch", [str(first), string(name)])
    after = call("after_batch", [str(last), string(name)])
    if not _counts(step):
        return [*before, *lines, *after]
    seq = f"(SELECT seq FROM sqlite_sequence WHERE name = {_literal(name)})"
    first = frame.number(f"{step.ref} has counted its keys")
    last = frame.number(f"{step.ref} counts its keys from there")
    asked = f"{seq} IS was\nFROM temp._plumb_guard WHERE asked = {first}"
    return [
        *before,
        *execute(f"INSERT INTO temp._plumb_guard\nSELECT {first}, 1, {seq}, NULL"),
        *execute(
            "INSERT INTO sqlite_sequence (name, seq)"
            f" SELECT '{_KEPT}', seq FROM sqlite_sequence WHERE name = {_literal(name)}"
        ),
        *lines,
        *execute(f"DELETE FROM sqlite_sequence WHERE name = {_literal(name)}"),
        *execute(f"UPDATE sqlite_sequence SET name = {_literal(name)} WHERE name = '{_KEPT}'"),
        *after,
        *call("ask", [str(last), string(asked)]),
    ]


def _counts(step: Step) -> bool:
    """AUTOINCREMENT before and after."""
    keys = [
        [
            fact
            for fact in side
            if isinstance(fact, PrimaryKey) and fact.options.flag("autoincrement")
        ]
        for side in (step.before, step.after)
    ]
    return all(keys)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
