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
from collections.abc import Mapping

from sqlplumb.engines import engine
from sqlplumb.render.tables.layout import Argument, Call, Code, Named, Words, call
from sqlplumb.render.tables.said import Said
from sqlplumb.schema import Column, Ref

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
# What a type of the module's own is declared as where nothing else is said.
_USUAL = {"JSONText": "TEXT", "UTCDateTime": "DATETIME", "UUIDText": "CHAR(36)"}
_TEXTS = ("text", "clob", "varchar", "char", "nchar", "nvarchar")
_SIZED = (*_TEXTS[2:], "numeric", "decimal")
_TYPE = re.compile(r"(?P<name>[a-z ]+?)(?:\((?P<sizes>[1-9]\d*(?:,\d+)?)\))?\Z")


def type_(column: Column, said: Said, enums: Mapping[Ref, str]) -> Argument:
    """`enums` are the classes of those that have one."""
    affinity = engine(said.engine).affinity(column.type)
    is_json = column.type == "json" or (column.ref in said.json and affinity == "text")
    if chosen := said.chosen.get(column.ref):
        return _own(chosen, column) if chosen in _USUAL else Code(chosen)
    if is_json:
        return _own("JSONText", column)
    if column.ref in enums:
        return _enum(column, enums[column.ref])
    if column.ref in said.uuids and affinity == "text":
        return _own("UUIDText", column)
    if column.type in ("datetime", "timestamp") or (affinity == "text" and _is_now(column)):
        return _own("UTCDateTime", column)
    return _plain(column) or call("Declared", Words(declared(column)))


def has_enum(column: Column, said: Said) -> bool:
    """Where case does not count, a stored value may be none of those listed."""
    plain = column.ref in said.values and column.ref not in said.chosen and not column.collation
    return plain and engine(said.engine).affinity(column.type) == "text"


def _is_now(column: Column) -> bool:
    return column.default is not None and column.default.canonical == "current_timestamp"


def _own(name: str, column: Column) -> Argument:
    spelled = declared(column)
    return call(name) if spelled == _USUAL[name] else call(name, Words(spelled))


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
