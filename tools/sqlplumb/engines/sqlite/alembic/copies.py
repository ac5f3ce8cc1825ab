"""The functions of a revision that make the tables to copy from, before and after it.

What a table is on both sides is written once. Must never know SQL: it compares calls of Core.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeGuard

from sqlplumb.engines.revision_lines import statement
from sqlplumb.python_layout import Argument, Call, Code, Named, call_with, flat, identifier

Side = Literal["before", "after", "table"]  # what it is on both sides is the `table`
_ITEM = "sa.schema.SchemaItem"
_WORTH = 6  # lines that must go for a function that stands between
_TAKEN = frozenset(("sa", "op", "changing"))


def copy_functions(name: str, sides: Mapping[Side, Call]) -> list[str]:
    """Write `name_before()` and `name_after()`, over what they share, if that is shorter; or the
    one of these and `name_table()` that is needed."""
    alone = [copy_function(f"{name}_{side}", table) for side, table in sides.items()]
    if len(sides) < 2 or (shared := _shared(sides["before"], sides["after"])) is None:
        return alone
    common = f"{name}_table"
    both = [
        copy_function(f"{name}_{side}", call_with(common, shared.arguments(sides[side])))
        for side in sides
    ]
    written = [*both, _common_function(common, shared)]
    saved = "".join(alone).count("\n") - "".join(written).count("\n")
    return written if saved >= _WORTH else alone


def copy_function(name: str, table: Call) -> str:
    made = statement(table, prefix="return ")
    return "\n".join((f"def {name}() -> sa.Table:", *made)) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """The items of a table on both sides, in order: what is the same, and in the place of a column
    that changes the name of a parameter. Whatever else a side has stands behind them all."""

    items: tuple[Argument, ...]
    named: tuple[Named, ...]
    parameters: Mapping[str, str]  # by the name of the column, as it is written

    def arguments(self, table: Call) -> list[Argument]:
        """Return what the function is called with for this side."""
        own = [item for item in _items(table) if item not in self.items]
        given = [_columns(table)[name] for name in self.parameters]
        return [*given, *(item for item in own if item not in given)]


def _shared(before: Call, after: Call) -> _Shared | None:
    """Find what two tables share; None where a column of one side stands between those."""
    same = [item for item in _items(before) if item in _items(after)]
    changed = _columns(before).keys() & _columns(after).keys()
    changed -= {name for name, column in _columns(before).items() if column in same}
    parameters = {name: identifier(name) for name in _columns(before) if name in changed}
    names = set(parameters.values())
    if len(names) < len(parameters) or names & _TAKEN or _named(before) != _named(after):
        return None
    slots = [_slots(table, same, parameters) for table in (before, after)]
    if slots[0] is None or slots[0] != slots[1]:
        return None
    return _Shared(items=tuple(slots[0]), named=_named(before), parameters=parameters)


def _slots(
    table: Call, same: list[Argument], parameters: Mapping[str, str]
) -> list[Argument] | None:
    slots: list[Argument] = []
    is_passed = False  # a column that this side alone has
    for item in _items(table):
        name = flat(item.arguments[0]) if _is_column(item) else ""
        if name and is_passed and (item in same or name in parameters):
            return None
        if name in parameters:
            slots.append(Code(parameters[name]))
        elif item in same:
            slots.append(item)
        is_passed = is_passed or bool(name and item not in same and name not in parameters)
    return slots


def _common_function(name: str, shared: _Shared) -> str:
    parameters = [f"{parameter}: {_ITEM}" for parameter in shared.parameters.values()]
    opened = call_with(f"def {name}", [Code(text) for text in (*parameters, f"*changing: {_ITEM}")])
    table = call_with("sa.Table", [*shared.items, Code("*changing"), *shared.named])
    lines = statement(opened, depth=0, suffix=" -> sa.Table:")
    lines.append('    """The table before and after: it differs in what is handed over."""')
    return "\n".join([*lines, *statement(table, prefix="return ")]) + "\n"


def _items(table: Call) -> list[Argument]:
    return [item for item in table.arguments if not isinstance(item, Named)]


def _named(table: Call) -> tuple[Named, ...]:
    return tuple(item for item in table.arguments if isinstance(item, Named))


def _columns(table: Call) -> dict[str, Call]:
    columns = [item for item in _items(table) if _is_column(item)]
    return {flat(column.arguments[0]): column for column in columns}


def _is_column(item: Argument) -> TypeGuard[Call]:
    return isinstance(item, Call) and item.name == "sa.Column"
