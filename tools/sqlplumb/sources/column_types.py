"""Tell which values an application keeps in a column: by the types of the operations that made it,
else by those of the metadata. SQL knows a VARCHAR; SQLAlchemy knows an Enum, and which strings it
can read.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlplumb.engines import ColumnType, ColumnTypes

if TYPE_CHECKING:
    from sqlalchemy import Dialect, MetaData
    from sqlalchemy.types import TypeEngine

_AlchemyTypes = dict[tuple[str, str], "TypeEngine[Any]"]  # by table and column, in lower case

_MOMENT = datetime(2024, 2, 29, 23, 59, 59, 125000, tzinfo=UTC).replace(tzinfo=None)
_MANY = 12  # more than a table gets rows, for a UNIQUE
_MOMENTS = [_MOMENT + timedelta(days=400 * number) for number in range(_MANY)]
_DOCUMENTS: tuple[object, ...] = ({}, [], {"a": "it's", "b": [1.5, None]}, "é", 7, [1, 2])
_IDS = [UUID(int=(number + 1) << 100 | 4 << 76 | 8 << 60 | 0xFF) for number in range(_MANY)]
# What a text may have to be for a type of the project's own; what that cannot read is left out.
_TEXTS = ("{}", "[]", '{"a": 1}', "null", *map(str, _IDS), *(id_.hex for id_ in _IDS), "1", "0")
_PYTHON_VALUES: Mapping[str, Iterable[object]] = {
    "Boolean": (True, False),
    "DateTime": _MOMENTS,
    "Date": [moment.date() for moment in _MOMENTS],
    "Time": [time(8, 15), time(23, 59, 59, 125000), time()],
    "Interval": [timedelta(days=number, seconds=7) for number in range(_MANY)],
    "JSON": _DOCUMENTS,
    "PickleType": _DOCUMENTS,
    "Numeric": [Decimal("1.50") + number for number in range(_MANY)],
    "Float": [1.5 + number for number in range(_MANY)],
    "LargeBinary": [b"\x00\xff", b"abc", b""],
}


def types_of_operations(operations: Iterable[Any]) -> _AlchemyTypes:
    """Return the types that operations of Alembic gave to columns, by their names after the last
    of them."""
    types: _AlchemyTypes = {}
    for operation in operations:
        table = str(getattr(operation, "table_name", None) or "").lower()
        match type(operation).__name__:
            case "CreateTableOp":
                for item in operation.columns:
                    if hasattr(item, "type"):
                        types[table, item.name.lower()] = item.type
            case "AddColumnOp":
                types[table, operation.column.name.lower()] = operation.column.type
            case "AlterColumnOp":
                _alter_column(types, table, operation)
            case "DropColumnOp":
                types.pop((table, operation.column_name.lower()), None)
            case "DropTableOp" | "RenameTableOp":
                new_table = str(getattr(operation, "new_table_name", "")).lower()
                columns = [key for key in types if key[0] == table]
                moved = {(new_table, key[1]): types.pop(key) for key in columns}
                types |= moved if new_table else {}
    return types


def _alter_column(types: _AlchemyTypes, table: str, operation: Any) -> None:
    column = operation.column_name.lower()
    if operation.modify_type is not None:
        types[table, column] = operation.modify_type
    if operation.modify_name and (table, column) in types:
        types[table, operation.modify_name.lower()] = types.pop((table, column))


def types_of_metadata(metadata: MetaData) -> _AlchemyTypes:
    return {
        (table.name.lower(), column.name.lower()): column.type
        for table in metadata.tables.values()
        for column in table.columns
    }


def column_types(*sources: _AlchemyTypes, dialect: Dialect) -> ColumnTypes:
    """Return what each column keeps; of several sources that know a column, the first decides."""
    types: dict[tuple[str, str], ColumnType] = {}
    for source in sources:
        for key, type_ in source.items():
            if key not in types and (read := _column_type(type_, dialect)):
                types[key] = read
    return types


def _column_type(type_: Any, dialect: Dialect) -> ColumnType | None:
    """Return None where any value will do."""
    try:
        type_ = type_() if isinstance(type_, type) else type_
        declared = str(type_.compile(dialect=dialect))
        process = type_.dialect_impl(dialect).result_processor(dialect, None)
    except Exception:  # it may be the project's own code
        return None
    values = tuple(_stored_values(type_, dialect))
    if process is None and not values:
        return None
    is_binary = all(isinstance(value, bytes) for value in values) and bool(values)
    kind = bytes if is_binary else object

    def reads(value: object) -> bool:
        if process is None or value is None:
            return isinstance(value, kind | None)
        try:
            process(value)
        except Exception:  # of SQLAlchemy's types, or of the project's own
            return False
        return True

    return ColumnType(declared, values, reads)


def _stored_values(type_: Any, dialect: Dialect) -> Iterator[Any]:
    """Yield values as the driver is given them. A type of the project's own stores what the type
    beneath it does: nobody knows which objects it takes."""
    from sqlalchemy import types

    if isinstance(type_, types.TypeDecorator) and not isinstance(type_, types.PickleType):
        beneath = type_.load_dialect_impl(dialect)
        if isinstance(beneath, types.String) and not isinstance(beneath, types.Enum):
            yield from _TEXTS
            yield from (moment.isoformat() for moment in _MOMENTS)
        yield from _stored_values(beneath, dialect)
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
        enum_class = type_.enum_class
        return list(enum_class) if isinstance(enum_class, enum.EnumMeta) else type_.enums
    if "Uuid" in names:
        return _IDS if type_.as_uuid else map(str, _IDS)
    if "Float" in names:  # which is a Numeric
        return _PYTHON_VALUES["Float"]
    return next((_PYTHON_VALUES[name] for name in names if name in _PYTHON_VALUES), ())
