"""One rebuild in the words of Alembic's batch mode: the table as it was, and what changes in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.changes.names import under_names_of
from sqlplumb.engines.core import escaped, names_in_core
from sqlplumb.engines.sqlite.alembic.core import (
    REVISION,
    asked,
    column,
    default,
    executed,
    key_columns,
    options,
    statement,
    table,
    type_,
)
from sqlplumb.engines.sqlite.parse.lexer import literal
from sqlplumb.engines.sqlite.plan.guards import MADE_ANEW, Asked, Numbered
from sqlplumb.python_layout import Argument, Code, Named, call, call_with, string
from sqlplumb.schema import Check, Column, ForeignKey, PrimaryKey, Schema, Unique
from sqlplumb.steps import Step

_KEPT = "_plumb_sequence"


class Unsayable(Exception):
    """Says what batch mode has no words for."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The lines in `upgrade`, and the function that `copy_from` calls."""

    lines: list[str]
    function: list[str]


def batch(step: Step, function: str) -> Batch:
    """Write a rebuild in batch mode; whether the words are true is tried later.

    `function` is the name of the function that makes the table as it was. Raises Unsayable where
    batch mode has no words.
    """
    if step.fills:
        columns = ", ".join(str(fill.ref) for fill in step.fills)
        raise Unsayable(f"the rows that are there get a value for {columns}")
    opened = call_with(
        "op.batch_alter_table",
        [
            _text(step.ref.display),
            Named("copy_from", Code(f"{function}()")),
            Named("recreate", Code('"always"')),
        ],
    )
    written = statement(opened, prefix="with ", suffix=" as batch_op:")
    for change in step.changes:
        written += _operation(change, step)
    # Alembic copies from these words, and so a name comes along that only the new table has.
    after = Schema({fact.ref: fact for fact in step.after}, engine="sqlite")
    facts = list(under_names_of(step.before, after))
    retyped = frozenset(
        change.ref.name
        for change in step.changes
        if isinstance(change, Alter) and {"type", "collation"} & set(change.fields)
    )
    made = statement(table(facts, retyped), prefix="return ")
    return Batch(written, [f"def {function}() -> sa.Table:", *made])


def _operation(change: Change, step: Step) -> list[str]:
    match change:
        case Create(Column() as fact):
            return _op("add_column", [column(fact)])
        case Drop(Column() as fact):
            return _op("drop_column", [_text(fact.ref.shown)])
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
    raise Unsayable(f"{change.ref.kind} of {change.ref.unit} changes")


def _alter(current: Column, desired: Column, fields: tuple[str, ...]) -> list[str]:
    beyond = set(fields) - {"type", "collation", "not_null", "default"}
    if beyond:
        raise Unsayable(f"{', '.join(sorted(beyond)).replace('_', ' ')} of {desired.ref} changes")
    arguments: dict[str, str] = {}
    if {"type", "collation"} & set(fields):
        arguments["type_"] = type_(desired, spelled=True)
        arguments["existing_type"] = type_(current, spelled=True)
    if "not_null" in fields:
        arguments["nullable"] = str(not desired.not_null)
    if "default" in fields:
        arguments["server_default"] = default(desired) if desired.default else "None"
    named = (Named(name, Code(value)) for name, value in arguments.items())
    return _op("alter_column", [_text(current.ref.shown), *named])


def _create(fact: Unique | ForeignKey | Check, step: Step) -> list[str]:
    if not fact.ref.shown:
        raise Unsayable(f"{fact.ref} comes without a name, which a naming convention would give it")
    columns = {fact.ref.name: fact for fact in step.after if isinstance(fact, Column)}
    arguments: list[Argument] = [_name(fact)]
    match fact:
        case Check():
            arguments.append(_text(escaped(fact.expression.text)))
            return _op("create_check_constraint", arguments)
        case Unique():
            names = REVISION.listed(key_columns(fact, columns))
            return _op("create_unique_constraint", [*arguments, names, *options(fact)])
        case ForeignKey():
            target, *others = fact.shown
            arguments += [_text(target), REVISION.listed(names_in_core(fact.columns, columns))]
            arguments += [REVISION.listed(others), *REVISION.references(fact)]
            return _op("create_foreign_key", arguments)


def _drop(fact: Unique | ForeignKey | Check) -> list[str]:
    if not fact.ref.shown:
        raise Unsayable(f"{fact.ref} has no name by which it could be dropped")
    kinds: Mapping[type, str] = {Check: "check", Unique: "unique", ForeignKey: "foreignkey"}
    kind = Named("type_", Code(f'"{kinds[type(fact)]}"'))
    return _op("drop_constraint", [_name(fact), kind])


def _text(text: str) -> Code:
    return Code(string(text))


def _name(fact: Unique | ForeignKey | Check) -> Code:
    return Code(f"batch_op.f({string(fact.ref.shown)})")


def _op(name: str, arguments: Iterable[Argument]) -> list[str]:
    return statement(call_with(f"batch_op.{name}", arguments), depth=2)


def around(written: list[str], step: Step, asks: Asked) -> list[str]:
    """Write batch mode with what is asked before and after it.

    It would forget how far the keys of an AUTOINCREMENT table have counted.
    """
    name = step.ref.display
    first = asks.number(f"no copy of {step.ref} was left there before")
    last = asks.number(f"{step.ref} {MADE_ANEW}")
    before = statement(call("before_batch", Code(str(first)), _text(name)))
    after = statement(call("after_batch", Code(str(last)), _text(name)))
    counts = (
        any(isinstance(fact, PrimaryKey) and fact.options.flag("autoincrement") for fact in side)
        for side in (step.before, step.after)
    )
    if not all(counts):
        return [*before, *written, *after]
    rows = f"FROM sqlite_sequence WHERE name = {literal(name)}"
    first = asks.number(f"{step.ref} has counted its keys")
    last = asks.number(f"{step.ref} counts its keys from there")
    noted = f"INSERT INTO temp._plumb_guard\nSELECT {first}, 1, (SELECT seq {rows}), NULL"
    kept = f"INSERT INTO sqlite_sequence (name, seq) SELECT '{_KEPT}', seq {rows}"
    put_back = f"UPDATE sqlite_sequence SET name = {literal(name)} WHERE name = '{_KEPT}'"
    same = f"(SELECT seq {rows}) IS was\nFROM temp._plumb_guard WHERE asked = {first}"
    return [
        *before,
        *executed([noted, kept]),
        *written,
        *executed([f"DELETE {rows}", put_back]),
        *after,
        *asked([Numbered(last, same)]),
    ]
