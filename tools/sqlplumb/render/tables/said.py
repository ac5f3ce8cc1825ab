"""What a schema says of its columns beyond their types: in CHECKs, in comments, in foreign keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlplumb.engines.core import CoreWriter, escaped, one_line
from sqlplumb.lint.words import allowed_strings, words_for_values
from sqlplumb.render.tables.comments import Comments
from sqlplumb.schema import Check, Column, Expr, ForeignKey, Ref, Schema
from sqlplumb.schema.words import split_at, unquote_name

_CHARACTERS = re.compile(r"(var)?char\((32|36)\)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a schema says of its columns beyond their types, by their refs."""

    json: frozenset[Ref]
    uuids: frozenset[Ref]
    values: Mapping[Ref, tuple[str, ...]]  # of an enumeration
    chosen: Mapping[Ref, str]  # by the settings
    engine: str


def said(schema: Schema, beside: Mapping[Ref, Sequence[str]], chosen: Mapping[Ref, str]) -> Said:
    """`beside` are the comments on a column's line."""
    json, uuids, values = set[Ref](), set[Ref](), dict[Ref, tuple[str, ...]]()
    columns = {ref: fact for ref, fact in schema.objects.items() if isinstance(fact, Column)}
    for fact in (check for table in schema.tables.values() for check in table.checks):
        said = words_for_values(fact.expression, schema)
        json |= {_column(fact, name) for name in _valid_json(said)}
        uuids |= {_column(fact, name) for name in _long_as_a_uuid(said)}
        if found := allowed_strings(fact, schema):
            listed = tuple(one[1:-1].replace("''", "'") for one in found[1])
            values[_column(fact, found[0])] = tuple(dict.fromkeys(listed))
    json |= {ref for ref, lines in beside.items() if _begins("JSON", lines)}
    uuids |= {ref for ref, lines in beside.items() if _begins("UUID", lines)}
    uuids = {ref for ref in uuids if ref in columns and _CHARACTERS.match(columns[ref].type)}
    referring = frozenset(_referring(schema, uuids))
    return Said(
        json=frozenset(json), uuids=referring, values=values, chosen=chosen, engine=schema.engine
    )


def _begins(word: str, lines: Sequence[str]) -> bool:
    return any(re.match(rf"{word}\b", line) for line in lines)


def _column(check: Check, name: str) -> Ref:
    return check.ref.column_ref(name)


def _valid_json(said: Sequence[str]) -> Iterator[str]:
    """`json_valid(x)`, perhaps AND more, perhaps letting NULL through: then x is JSON, or NULL."""
    if {"or", "not", "case"} & set(said):
        return
    for part in split_at(said, "and"):
        match part:
            case ["json_valid", "(", name, ")"]:
                yield unquote_name(name)


def _long_as_a_uuid(said: Sequence[str]) -> list[str]:
    match said:
        case ["length", "(", name, ")", "=", "36"]:
            return [unquote_name(name)]
        case _:
            return []


def _referring(schema: Schema, uuids: set[Ref]) -> set[Ref]:
    """These, and what refers to them, and what refers to that."""
    keys = (key for table in schema.tables.values() for key in table.foreign_keys)
    pairs = [pair for key in keys for pair in _pairs(schema, key)]
    found, before = set(uuids), -1
    while len(found) != before:
        before = len(found)
        found |= {child for child, parent in pairs if parent in found}
    return found


def _pairs(schema: Schema, fact: ForeignKey) -> list[tuple[Ref, Ref]]:
    return [
        (fact.ref.column_ref(child), fact.target_ref.column_ref(parent))
        for child, parent in zip(fact.columns, targets(schema, fact), strict=False)
    ]


def targets(schema: Schema, fact: ForeignKey) -> tuple[str, ...]:
    """The columns that a foreign key refers to: said, or else the key of its target."""
    return fact.target_columns or schema.unit(fact.target).key


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What all tables of a module are written with."""

    schema: Schema
    said: Said
    enums: Mapping[Ref, str]
    comments: Comments


def name_of(ref: Ref) -> str:
    """`check tasks.valid_status`, for a message; a primary key needs no name."""
    return ref.kind if ref.kind == "primary key" else f"{ref.kind} {ref}"


def sql(expression: Expr) -> str:
    return escaped(one_line(expression.text))


CORE = CoreWriter()
