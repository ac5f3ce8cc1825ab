"""What Alembic's operations say as they run: each with what it names.

What Alembic executes for an operation is not what the revision says: batch mode writes a whole
table for one column. Statements that a revision executes itself name what they create or drop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlplumb.engines import Engine, Named

if TYPE_CHECKING:
    from alembic.operations import Operations

_TYPE_FIELDS = ("type", "not_null", "default", "collation", "generated", "stored")


@dataclass(slots=True, kw_only=True)
class OperationLog:
    """`statements` is filled by the scratch's own trace; `executed` are those places in it that
    Alembic, not the revision, decided on. What ran in another process is named `elsewhere`."""

    statements: list[str] = field(default_factory=list)
    operations: list[Any] = field(default_factory=list)
    batches: list[Any] = field(default_factory=list)
    executed: set[int] = field(default_factory=set)
    elsewhere: Named | None = None

    def watch(self, op: Operations) -> None:
        """`op` is what the functions of `alembic.op` call; nothing of Alembic itself is changed."""
        open_batch = op.batch_alter_table

        @contextmanager
        def batch_alter_table(*args: Any, **options: Any) -> Iterator[Any]:
            with open_batch(*args, **options) as batch:
                impl: Any = batch.impl
                self.batches.append(impl)
                self._watch_invoke(batch)
                impl.flush = self._as_alembics(impl.flush)
                yield batch

        vars(op)["batch_alter_table"] = batch_alter_table
        self._watch_invoke(op)

    def _watch_invoke(self, op: Any) -> None:
        invoke = op.invoke

        def watched(operation: Any) -> Any:
            self.operations.append(operation)
            is_sql = type(operation).__name__ == "ExecuteSQLOp"
            is_alembics = type(operation).__module__.startswith("alembic.") and not is_sql
            return (self._as_alembics(invoke) if is_alembics else invoke)(operation)

        op.invoke = watched

    def _as_alembics(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any) -> Any:
            first = len(self.statements)
            try:
                return call(*args)
            finally:
                self.executed.update(range(first, len(self.statements)))

        return watched

    def named(self, engine: Engine) -> Named:
        if self.elsewhere is not None:
            return self.elsewhere
        own = (one for at, one in enumerate(self.statements) if at not in self.executed)
        found = engine.named(own)
        option_fields = engine.core_option_fields()
        for operation in self.operations:
            _name(operation, found, option_fields)
        for batch in self.batches:
            _name_restated(batch, found, option_fields)
        return found


def _name(operation: Any, found: Named, option_fields: Mapping[str, str]) -> None:
    """An operation that is not known here executes statements, which were read."""
    table = str(getattr(operation, "table_name", None) or "").lower()
    match type(operation).__name__:
        case "CreateTableOp" | "DropTableOp":
            found.tables.add(table)
        case "RenameTableOp":
            found.rename_table(table, str(operation.new_table_name).lower())
        case "AddColumnOp":
            found.name_column(table, str(operation.column.name).lower(), "created")
        case "DropColumnOp":
            found.name_column(table, str(operation.column_name).lower(), "dropped")
        case "AlterColumnOp":
            _name_column(table, operation, found, option_fields)
        case "CreateIndexOp" | "DropIndexOp":
            found.objects.add(str(operation.index_name).lower())
        case "CreatePrimaryKeyOp":
            found.name_column(table, "", "primary key")
        case "DropConstraintOp" if operation.constraint_type == "primary":
            found.name_column(table, "", "primary key")
        case _ if getattr(operation, "constraint_name", None):
            found.objects.add(str(operation.constraint_name).lower())


def _name_column(
    table: str, operation: Any, found: Named, option_fields: Mapping[str, str]
) -> None:
    column = str(operation.column_name).lower()
    if operation.modify_nullable is not None:
        found.name_column(table, column, "not_null")
    if operation.modify_server_default is not False:
        found.name_column(table, column, "default", "generated", "stored")
    set_options = (name for name, value in operation.kw.items() if value is not None)
    fields = [option_fields[name] for name in set_options if name in option_fields]
    if fields:
        found.name_column(table, "", *fields)
    both = [
        one() if isinstance(one, type) else one
        for one in (operation.modify_type, operation.existing_type)
        if one
    ]
    if operation.modify_type is not None:
        found.name_column(table, column, "type")
        if any(_has_collation(one) for one in both):
            found.name_column(table, column, "collation")
        if any(hasattr(one, "create_constraint") for one in both):
            found.checks_of.add((table, column))
    found.objects.update(str(one.name).lower() for one in both if getattr(one, "name", None))
    if operation.modify_name:
        renamed = str(operation.modify_name).lower()
        found.name_column(table, renamed, "name", *found.columns.get((table, column), ()))
        found.name_column(table, column, "name")


def _has_collation(type_: Any) -> bool:
    """Does this type say a collation, by SQLAlchemy's own argument or in its own spelling?"""
    if getattr(type_, "collation", None):
        return True
    from sqlalchemy.exc import CompileError, UnsupportedCompilationError

    with suppress(CompileError, UnsupportedCompilationError):
        return "COLLATE" in type_.compile().upper().split()
    return False


def _name_restated(batch: Any, found: Named, option_fields: Mapping[str, str]) -> None:
    """What `batch_alter_table` itself is told about the table that it reflects."""
    table = str(batch.table_name).lower()
    for one in batch.reflect_args:
        if type(one).__name__ == "Column":
            found.name_column(table, str(one.name).lower(), *_TYPE_FIELDS)
    for one in (*batch.reflect_args, *batch.table_args):
        if type(one).__name__ == "PrimaryKeyConstraint":
            found.name_column(table, "", "primary key")
        elif isinstance(name := getattr(one, "name", None), str):
            found.objects.add(name.lower())
    fields = [option_fields[name] for name in batch.table_kwargs if name in option_fields]
    found.name_column(table, "", *fields)
