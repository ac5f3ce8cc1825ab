"""Ask a project's `compare_type` and `compare_server_default` about the columns that differ.

They are asked with what Alembic would hand to them. What they call equal is no difference; they are
not asked about what sqlplumb holds equal. Must never find a difference of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlplumb.alembic_plugin.filters import SQLAlchemyObjects
from sqlplumb.changes import Alter, Change
from sqlplumb.changes.comparison import Comparison
from sqlplumb.schema import Column

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

_TYPE_FIELDS = ("type", "collation")


def without_equal_columns(comparison: Comparison, context: AutogenContext) -> Comparison:
    """Return the comparison without the types and defaults that the project calls equal."""
    options = context.migration_context.opts
    compare_type = options.get("compare_type", True)
    compare_default = options.get("compare_server_default")
    if context.metadata is None or not (compare_type is not True or callable(compare_default)):
        return comparison
    asked = _Columns(context, compare_type, compare_default)
    changes = (kept for change in comparison.changes for kept in asked.differing(change))
    return replace(comparison, changes=tuple(changes))


class _Columns:
    """What env.py says of columns; a class because each table is reflected once."""

    def __init__(self, context: Any, compare_type: Any, compare_default: Any) -> None:
        self.context = context.migration_context
        self.objects = SQLAlchemyObjects(context, {})
        self.compare_type, self.compare_default = compare_type, compare_default

    def differing(self, change: Change) -> Iterator[Change]:
        """Yield the change with the fields that the project does not call equal, if any."""
        if not (isinstance(change, Alter) and isinstance(change.desired, Column)):
            yield change
            return
        assert isinstance(change.current, Column)
        equal: set[str] = set()
        is_retyped = not set(_TYPE_FIELDS).isdisjoint(change.fields)
        if is_retyped and self._has_equal_type(change.current, change.desired):
            equal.update(_TYPE_FIELDS)
        if "default" in change.fields and self._has_equal_default(change.current, change.desired):
            equal.add("default")
        if fields := tuple(field for field in change.fields if field not in equal):
            yield replace(change, fields=fields)

    def _has_equal_type(self, current: Column, desired: Column) -> bool:
        if not callable(self.compare_type):
            return not self.compare_type
        inspected, column = self._both(current, desired)
        answer = self.compare_type(self.context, inspected, column, inspected.type, column.type)
        return answer is not None and not answer

    def _has_equal_default(self, current: Column, desired: Column) -> bool:
        """Alembic takes False for "do not compare" and for nothing said, so that is no answer."""
        if not callable(self.compare_default):
            return False
        inspected, column = self._both(current, desired)
        defaults = (
            current.default.text if current.default else None,
            column.server_default,
            desired.default.text if desired.default else None,
        )
        answer = self.compare_default(self.context, inspected, column, *defaults)
        return answer is not None and not answer

    def _both(self, current: Column, desired: Column) -> tuple[Any, Any]:
        return (
            self.objects.in_database("column", current),
            self.objects.in_models("column", desired),
        )
