"""What a schema says of its columns beyond their types: in CHECKs, in comments, in foreign keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlplumb.engines import engine
from sqlplumb.engines.core import CoreWriter, escaped, one_line
from sqlplumb.render.comments import Comments
from sqlplumb.schema import Column, Expr, ForeignKey, Ref, Schema, Unit
from sqlplumb.understanding.conditions import called_with, listed_texts, of_values, required
from sqlplumb.understanding.tree import Node, conjuncts

_CHARACTERS = re.compile(r"(var)?char\((32|36)\)\Z")
CORE = CoreWriter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanings:
    """What the values of columns are, by the refs of the columns."""

    json: frozenset[Ref]
    uuids: frozenset[Ref]
    values: Mapping[Ref, tuple[str, ...]]  # of an enumeration
    chosen: Mapping[Ref, str]  # by the settings
    engine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleContext:
    """What all tables of a module are written with."""

    schema: Schema
    meanings: Meanings
    enums: Mapping[Ref, str]
    comments: Comments
    variables: Mapping[Ref, str]  # of tables and types
    types: Mapping[str, str]  # those of types, by the words that columns have for them
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # those of another MetaData's tables


def find_meanings(
    schema: Schema, beside: Mapping[Ref, Sequence[str]], chosen: Mapping[Ref, str]
) -> Meanings:
    """`beside` are the comments on a column's line."""
    json, uuids, values = set[Ref](), set[Ref](), dict[Ref, tuple[str, ...]]()
    tables = () if engine(schema.engine).types_say_all else schema.tables.values()
    for check in (check for table in tables for check in table.checks):
        rule = check.expression.canonical
        is_of_calls = "json_valid" in rule or "length" in rule
        conditions = [*_conditions(rule)] if is_of_calls else []
        # json_valid(x), perhaps AND more, perhaps letting NULL through: then x is JSON, or NULL.
        valid = (called_with(condition, "json_valid") for condition in conditions)
        json |= {check.ref.column_ref(column) for column in valid if column}
        if len(conditions) == 1 and (column := _as_long_as_a_uuid(conditions[0])):
            uuids.add(check.ref.column_ref(column))
        if allowed := listed_texts(rule):
            column, literals = allowed
            strings = (literal[1:-1].replace("''", "'") for literal in literals)
            values[check.ref.column_ref(column)] = tuple(dict.fromkeys(strings))
    json |= {ref for ref, lines in beside.items() if _begins("JSON", lines)}
    uuids |= {ref for ref, lines in beside.items() if _begins("UUID", lines)}
    columns = {ref: fact for ref, fact in schema.objects.items() if isinstance(fact, Column)}
    uuids = {ref for ref in uuids if ref in columns and _CHARACTERS.match(columns[ref].type)}
    return Meanings(
        json=frozenset(json),
        uuids=_with_referring(schema, uuids),
        values=values,
        chosen=chosen,
        engine=schema.engine,
    )


def _conditions(rule: str) -> Iterator[Node]:
    for condition in required(rule):
        yield from conjuncts(of_values(condition))


def _as_long_as_a_uuid(condition: Node) -> str | None:
    """Return the column of `length(column) = 36`."""
    if condition.kind == "compare" and condition.word == "=" and condition.parts[1].text == "36":
        return called_with(condition.parts[0], "length")
    return None


def _begins(word: str, lines: Sequence[str]) -> bool:
    return any(re.match(rf"{word}\b", line) for line in lines)


def _with_referring(schema: Schema, columns: set[Ref]) -> frozenset[Ref]:
    """Return these columns, what refers to them, and what refers to that."""
    pairs = [
        (key.ref.column_ref(child), key.target_ref.column_ref(parent))
        for table in schema.tables.values()
        for key in table.foreign_keys
        for child, parent in zip(key.columns, target_columns(schema, key), strict=False)
    ]
    referring, size = set(columns), -1
    while len(referring) != size:
        size = len(referring)
        referring |= {child for child, parent in pairs if parent in referring}
    return frozenset(referring)


def target_columns(schema: Schema, key: ForeignKey) -> tuple[str, ...]:
    """Return the columns that a foreign key refers to: those it names, or the key of its target."""
    target = target_of(schema, key)
    return key.target_columns or (target.key if target else ())


def target_of(schema: Schema, key: ForeignKey) -> Unit | None:
    """Return the table that a foreign key refers to, of its own schema unless it names another."""
    main = engine(schema.engine).main_schema
    for name in (key.target_ref.unit, key.target, key.target.removeprefix(f"{main}.")):
        if name in schema.tables:
            return schema.tables[name]
    return None


def name_of(ref: Ref) -> str:
    """`check tasks.valid_status`, for a message; a primary key needs no name."""
    return ref.kind if ref.kind == "primary key" else f"{ref.kind} {ref}"


def sql(expression: Expr) -> str:
    return escaped(one_line(expression.text))
