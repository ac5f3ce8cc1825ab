"""Which type each column has in Python: by what it is declared as, and by what the SQL says of it.

    the settings                                    what they name
    CHECK with json_valid(x), `-- JSON`, JSON       JSONText
    CHECK (x IN ('a', 'b')) on a text               EnumText
    CHECK (length(x) = 36), `-- UUID`, on CHAR      UUIDText, and so what refers to it
    DATETIME, TIMESTAMP, a text that is now         UTCDateTime
    what SQLAlchemy spells the same way             its own
    anything else                                   Declared

Whatever is chosen is spelled as it is declared, so that the facts stay the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlplumb.engines import engine
from sqlplumb.lint.words import members, words
from sqlplumb.render.tables.layout import Argument, Call, Code, Named, Words, call
from sqlplumb.schema import Check, Column, ForeignKey, PrimaryKey, Ref, Schema

_PLAIN = {
    "integer": "Integer",
    "bigint": "BigInteger",
    "smallint": "SmallInteger",
    "text": "Text",
    "clob": "CLOB",
    "varchar": "String",
    "char": "CHAR",
    "nchar": "NCHAR",
    "nvarchar": "NVARCHAR",
    "blob": "LargeBinary",
    "boolean": "Boolean",
    "real": "REAL",
    "float": "Float",
    "double": "Double",
    "double precision": "DOUBLE_PRECISION",
    "numeric": "NUMERIC",
    "decimal": "DECIMAL",
    "date": "Date",
    "time": "Time",
}
_TEXTS = ("text", "clob", "varchar", "char", "nchar", "nvarchar")
_SIZED = (*_TEXTS[2:], "numeric", "decimal")
_TYPE = re.compile(r"(?P<name>[a-z ]+?)(?:\((?P<sizes>[1-9]\d*(?:,\d+)?)\))?\Z")
_CHARACTERS = re.compile(r"(var)?char\((32|36)\)\Z")


@dataclass(frozen=True, slots=True)
class Said:
    """What a schema says of its columns beyond their types, by their refs."""

    json: frozenset[Ref]
    uuids: frozenset[Ref]
    values: Mapping[Ref, tuple[str, ...]]  # of an enumeration
    chosen: Mapping[Ref, str]  # by the settings
    engine: str


def said(schema: Schema, beside: Mapping[Ref, str], chosen: Mapping[Ref, str]) -> Said:
    """`beside` is the comment on a column's line."""
    json, uuids, values = set[Ref](), set[Ref](), dict[Ref, tuple[str, ...]]()
    columns = {ref: fact for ref, fact in schema.objects.items() if isinstance(fact, Column)}
    for fact in schema.objects.values():
        if isinstance(fact, Check):
            json |= {_column(fact, name) for name in _valid_json(fact)}
            uuids |= {_column(fact, name) for name in _long_as_a_uuid(fact)}
            if said := members(fact):
                listed = tuple(one[1:-1].replace("''", "'") for one in said[1])
                values[_column(fact, said[0])] = tuple(dict.fromkeys(listed))
    json |= {ref for ref, comment in beside.items() if re.match(r"JSON\b", comment)}
    uuids |= {ref for ref, comment in beside.items() if re.match(r"UUID\b", comment)}
    uuids = {ref for ref in uuids if ref in columns and _CHARACTERS.match(columns[ref].type)}
    referring = frozenset(_referring(schema, uuids))
    return Said(frozenset(json), referring, values, chosen, schema.engine)


def _column(check: Check, name: str) -> Ref:
    return Ref("column", check.ref.table, name)


def _valid_json(check: Check) -> Iterator[str]:
    """What json_valid() is asked of; where a NOT stands anywhere, who knows."""
    said = words(check.expression)
    if "not" in said:
        return
    for function, opens, name, closes in zip(said, said[1:], said[2:], said[3:], strict=False):
        if (function, opens, closes) == ("json_valid", "(", ")"):
            yield name.strip('"')


def _long_as_a_uuid(check: Check) -> list[str]:
    match words(check.expression):
        case ["length", "(", name, ")", "=", "36"]:
            return [name.strip('"')]
        case [one, "is", "null", "or", "length", "(", name, ")", "=", "36"] if one == name:
            return [name.strip('"')]
        case _:
            return []


def _referring(schema: Schema, uuids: set[Ref]) -> set[Ref]:
    """These, and what refers to them, and what refers to that."""
    pairs = [pair for fact in schema.objects.values() for pair in _pairs(schema, fact)]
    found, before = set(uuids), -1
    while len(found) != before:
        before = len(found)
        found |= {child for child, parent in pairs if parent in found}
    return found


def _pairs(schema: Schema, fact: object) -> list[tuple[Ref, Ref]]:
    if not isinstance(fact, ForeignKey):
        return []
    return [
        (Ref("column", fact.ref.table, child), Ref("column", fact.target, parent))
        for child, parent in zip(fact.columns, targets(schema, fact), strict=False)
    ]


def targets(schema: Schema, fact: ForeignKey) -> tuple[str, ...]:
    """The columns that a foreign key refers to: said, or else the key of its target."""
    key = schema.objects.get(Ref("primary key", fact.target, "primary key"))
    implied = tuple(part.term for part in key.columns) if isinstance(key, PrimaryKey) else ()
    return fact.target_columns or implied


def type_(column: Column, said: Said, enums: Mapping[Ref, str]) -> Argument:
    """`enums` are the classes of those that have one."""
    affinity = engine(said.engine).affinity(column.type)
    is_json = column.type == "json" or (column.ref in said.json and affinity == "text")
    if column.ref in said.chosen:
        return Code(said.chosen[column.ref])
    if is_json:
        return _own("JSONText", column, "text")
    if column.ref in enums:
        return _enum(column, enums[column.ref])
    if column.ref in said.uuids and affinity == "text":
        return _own("UUIDText", column, "char(36)")
    if column.type in ("datetime", "timestamp") or (affinity == "text" and _is_now(column)):
        return _own("UTCDateTime", column, "datetime")
    return _plain(column) or call("Declared", Words(declared(column)))


def has_enum(column: Column, said: Said) -> bool:
    """Where case does not count, a stored value may be none of those listed."""
    plain = column.ref in said.values and column.ref not in said.chosen and not column.collation
    return plain and engine(said.engine).affinity(column.type) == "text"


def _is_now(column: Column) -> bool:
    return column.default is not None and column.default.canonical == "current_timestamp"


def _own(name: str, column: Column, usual: str) -> Argument:
    spelled = declared(column)
    return call(name) if spelled == usual.upper() else call(name, Words(spelled))


def _enum(column: Column, members: str) -> Call:
    spelled = declared(column)
    other = None if spelled == "TEXT" else Named("words", Words(spelled))
    return call("EnumText", Code(members), other)


def declared(column: Column) -> str:
    """The words of its type, as SQLAlchemy shall spell them."""
    collation = f' COLLATE "{column.collation.upper()}"' if column.collation else ""
    return (column.type.upper().replace(",", ", ") + collation).strip()


def _plain(column: Column) -> Argument | None:
    match = _TYPE.fullmatch(column.type)
    if not match or match["name"] not in _PLAIN:
        return None
    name, sizes = match["name"], match["sizes"]
    if (sizes and name not in _SIZED) or (column.collation and name not in _TEXTS):
        return None
    if sizes and "," in sizes and name in _TEXTS:
        return None
    listed = [Code(size) for size in sizes.split(",")] if sizes else []
    collation = [Named("collation", Words(column.collation.upper()))] if column.collation else []
    if not listed and not collation:
        return Code(_PLAIN[name])
    return call(_PLAIN[name], *listed, *collation)
