"""What an application keeps in a column: by the types of the operations that made it, else by those
of the metadata. SQL knows a VARCHAR; SQLAlchemy knows an Enum, and which strings it can read.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlplumb.engines import ColumnType

if TYPE_CHECKING:
    from sqlalchemy import Dialect, MetaData
    from sqlalchemy.types import TypeEngine

ColumnTypes = Mapping[tuple[str, str], ColumnType]
_Found = dict[tuple[str, str], "TypeEngine[Any]"]

_MOMENT = datetime(2024, 2, 29, 23, 59, 59, 125000, tzinfo=UTC).replace(tzinfo=None)
_MANY = 12  # more than a table gets rows, for a UNIQUE
_MOMENTS = [_MOMENT + timedelta(days=400 * number) for number in range(_MANY)]
_DOCUMENTS: tuple[object, ...] = ({}, [], {"a": "it's", "b": [1.5, None]}, "é", 7, [1, 2])
_IDS = [UUID(int=(number + 1) << 100 | 4 << 76 | 8 << 60 | 0xFF) for number in range(_MANY)]
# What a text may have to be for a type of the project's own; what that cannot read is left out.
_TEXTS = ("{}", "[]", '{"a": 1}', "null", *map(str, _IDS), *(one.hex for one in _IDS), "1", "0")
_PYTHON: Mapping[str, Iterable[object]] = {
    "Boolean": (True, False),
    "DateTime": _MOMENTS,
    "Date": [one.date() for one in _MOMENTS],
    "Time": [time(8, 15), time(23, 59, 59, 125000), time()],
    "Interval": [timedelta(days=number, seconds=7) for number in range(_MANY)],
    "JSON": _DOCUMENTS,
    "PickleType": _DOCUMENTS,
    "Numeric": [Decimal("1.50") + number for number in range(_MANY)],
    "Float": [1.5 + number for number in range(_MANY)],
    "LargeBinary": [b"\x00\xff", b"abc", b""],
}


def types_of_operations(operations: Iterable[Any], known: _Found | None = None) -> _Found:
    """In the order in which they ran; names as they are afterwards, in lower case."""
    types: _Found = {} if known is None else known
    for operation in operations:
        _take(operation, str(getattr(operation, "table_name", None) or "").lower(), types)
    return types


def types_of_metadata(metadata: MetaData) -> _Found:
    return {
        (table.name.lower(), column.name.lower()): column.type
        for table in metadata.tables.values()
        for column in table.columns
    }


def column_types(*sources: _Found, dialect: Dialect) -> ColumnTypes:
    """Of several sources that say something of a column, the first."""
    types: dict[tuple[str, str], ColumnType] = {}
    for source in sources:
        for key, type_ in source.items():
            if key not in types and (read := _column_type(type_, dialect)):
                types[key] = read
    return types


def _take(operation: Any, table: str, found: _Found) -> None:
    name = str(getattr(operation, "new_table_name", "")).lower()
    match type(operation).__name__:
        case "CreateTableOp":
            for one in operation.columns:
                if hasattr(one, "type"):
                    found[table, one.name.lower()] = one.type
        case "AddColumnOp":
            found[table, operation.column.name.lower()] = operation.column.type
        case "AlterColumnOp":
            _alter(table, operation, found)
        case "DropColumnOp":
            found.pop((table, operation.column_name.lower()), None)
        case "DropTableOp" | "RenameTableOp":
            gone = {column: found.pop((one, column)) for one, column in [*found] if one == table}
            found |= {(name, column): type_ for column, type_ in gone.items() if name}


def _alter(table: str, operation: Any, found: _Found) -> None:
    column = operation.column_name.lower()
    if operation.modify_type is not None:
        found[table, column] = operation.modify_type
    if operation.modify_name and (table, column) in found:
        found[table, operation.modify_name.lower()] = found.pop((table, column))


def _column_type(type_: Any, dialect: Dialect) -> ColumnType | None:
    """None where any value will do."""
    try:
        type_ = type_() if isinstance(type_, type) else type_
        declared = str(type_.compile(dialect=dialect))
        spoken = type_.dialect_impl(dialect)
        read = spoken.result_processor(dialect, None)
    except Exception:  # it may be the project's own code
        return None
    values = tuple(_stored(type_, dialect))
    if read is None and not values:
        return None
    is_binary = all(isinstance(one, bytes) for one in values) and bool(values)
    return ColumnType(declared, values, _reads(read, bytes if is_binary else object))


def _reads(read: Callable[[Any], Any] | None, kind: type) -> Callable[[object], bool]:
    def reads(value: object) -> bool:
        if read is None or value is None:
            return isinstance(value, kind | None)
        try:
            read(value)
        except Exception:  # of SQLAlchemy's types, or of the project's own
            return False
        return True

    return reads


def _stored(type_: Any, dialect: Any) -> Iterator[Any]:
    """As the driver is given them. A type of the project's own stores what the type beneath it
    does: nobody knows which objects it takes."""
    from sqlalchemy import types

    if isinstance(type_, types.TypeDecorator) and not isinstance(type_, types.PickleType):
        beneath = type_.load_dialect_impl(dialect)
        if isinstance(beneath, types.String) and not isinstance(beneath, types.Enum):
            yield from _TEXTS
            yield from (one.isoformat() for one in _MOMENTS)
        yield from _stored(beneath, dialect)
        return
    bind = type_.dialect_impl(dialect).bind_processor(dialect)
    for value in _python_values(type_):
        with suppress(Exception):
            stored = bind(value) if bind else value
            if isinstance(stored, memoryview):
                stored = bytes(stored)
            yield int(stored) if isinstance(stored, bool) else stored


def _python_values(type_: Any) -> Iterable[object]:
    names = [kind.__name__ for kind in type(type_).__mro__]
    if "Enum" in names:
        chosen = type_.enum_class
        return list(chosen) if isinstance(chosen, enum.EnumMeta) else type_.enums
    if "Uuid" in names:
        return _IDS if type_.as_uuid else map(str, _IDS)
    if "Float" in names:
        return _PYTHON["Float"]
    return next((_PYTHON[name] for name in names if name in _PYTHON), ())
