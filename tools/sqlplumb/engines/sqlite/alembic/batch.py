"""One rebuild in the words of Alembic's batch mode: the table as it was, and what changes in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.changes.names import under_names_of
from sqlplumb.engines.core import escaped, names_in_core
from sqlplumb.engines.revision_lines import WIDTH, statement
from sqlplumb.engines.sqlite.alembic.core import (
    REVISION,
    asked,
    column,
    default,
    executed,
    key_columns,
    options,
    rule,
    table,
    type_,
)
from sqlplumb.engines.sqlite.parse.lexer import literal
from sqlplumb.engines.sqlite.plan.guards import MADE_ANEW, Asked, Numbered
from sqlplumb.python_layout import (
    Argument,
    Call,
    Code,
    Listing,
    Named,
    call,
    call_with,
    comment,
    string,
)
from sqlplumb.schema import Check, Column, ForeignKey, PrimaryKey, Ref, Schema, Unique
from sqlplumb.steps import Step

_KEPT = "_plumb_sequence"
REFERENCED = "referenced"
Rule = Unique | ForeignKey | Check


class Unsayable(Exception):
    """Says what batch mode has no words for."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The lines in `upgrade`, and the table that the function makes which `copy_from` calls."""

    lines: list[str]
    table: Call


def batch(step: Step, function: str) -> Batch:
    """Write a rebuild in batch mode; whether the words are true is tried later.

    `function` is the name of the function that makes the table as it was. Raises Unsayable where
    batch mode has no words.
    """
    if step.fills:
        columns = ", ".join(str(fill.ref) for fill in step.fills)
        raise Unsayable(f"the rows that are there get a value for {columns}")
    for fact in (*step.before, *step.after):
        if isinstance(fact, ForeignKey) and len(fact.shown) == 1:
            raise Unsayable(f"{fact.ref} names no columns of {fact.target}")
    before, after = _unnamed(step)
    # Alembic copies from these words, and so a name comes along that only the new table has.
    schema = Schema({fact.ref: fact for fact in step.after}, engine="sqlite")
    facts = [fact for fact in under_names_of(step.before, schema) if fact.ref not in before]
    retyped = frozenset(
        change.ref.name
        for change in step.changes
        if isinstance(change, Alter) and {"type", "collation"} & set(change.fields)
    )
    of_table = {fact.ref.name: fact for fact in step.after if isinstance(fact, Column)}
    rules = [call for fact in after if (call := _table_argument(fact, of_table))]
    opened = call_with(
        "op.batch_alter_table",
        [
            _text(step.ref.display),
            Named("copy_from", Code(f"{function}()")),
            Named("recreate", Code('"always"')),
            Named("table_args", Listing(tuple(rules))) if rules else None,
        ],
    )
    written = statement(opened, prefix="with ", suffix=" as batch_op:")
    for ref in before:
        written += comment(f"{ref.display} goes: the table to copy from is without it.", 2, WIDTH)
    operations = [line for change in step.changes for line in _operation(change, step)]
    written += operations or ["        pass"]
    return Batch(written, table(facts, retyped))


def _table_argument(fact: Rule, columns: Mapping[str, Column]) -> Call | None:
    """Write a rule for the table that batch mode makes, whose MetaData holds no other table."""
    if not isinstance(fact, ForeignKey):
        return rule(fact, columns)
    arguments: list[Argument] = [
        REVISION.listed(names_in_core(fact.columns, columns)),
        call_with(REFERENCED, map(_text, fact.shown)),
        *REVISION.references(fact),
    ]
    return call_with("sa.ForeignKeyConstraint", arguments)


def _unnamed(step: Step) -> tuple[list[Ref], list[Rule]]:
    """Find the rules without a name that go, and those that come: no operation can name them."""
    gone: list[Ref] = []
    come: list[Rule] = []
    for change in step.changes:
        current = None if isinstance(change, Create) else change.current
        desired = None if isinstance(change, Drop) else change.desired
        if isinstance(current, Rule) and not current.ref.shown:
            gone.append(current.ref)
        if isinstance(desired, Rule) and not desired.ref.shown:
            come.append(desired)
    return gone, come


def _operation(change: Change, step: Step) -> list[str]:
    match change:
        case Create(Column() as fact):
            return _op("add_column", [column(fact)])
        case Drop(Column() as fact):
            return _op("drop_column", [_text(fact.ref.shown)])
        case Alter(Column() as current, Column() as desired):
            return _alter(current, desired, change.fields)
        case Create(fact) if isinstance(fact, Rule):
            return _create(fact, step)
        case Drop(fact) if isinstance(fact, Rule):
            return _drop(fact)
        case Alter(current, desired) | Rename(current, desired):
            if isinstance(current, Rule):
                assert isinstance(desired, Rule)
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


def _create(fact: Rule, step: Step) -> list[str]:
    if not fact.ref.shown:
        return []  # it stands in `table_args`
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


def _drop(fact: Rule) -> list[str]:
    if not fact.ref.shown:
        return []  # the table to copy from is without it
    kinds: Mapping[type, str] = {Check: "check", Unique: "unique", ForeignKey: "foreignkey"}
    kind = Named("type_", Code(f'"{kinds[type(fact)]}"'))
    return _op("drop_constraint", [_name(fact), kind])


def _text(text: str) -> Code:
    return Code(string(text))


def _name(fact: Rule) -> Code:
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
