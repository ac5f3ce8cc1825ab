"""Record what Alembic's operations name as they run.

What Alembic executes for an operation is not what the revision says: batch mode writes a whole
table for one column. Statements that a revision executes itself name what they create or drop. Must
never change an operation, or what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlplumb.engines import Engine, Named
from sqlplumb.sources.alembic_internals import batch_of

if TYPE_CHECKING:
    from alembic.operations import Operations

_COLUMN_FIELDS = ("type", "not_null", "default", "collation", "generated", "stored")
_DEFAULT_FIELDS = ("default", "generated", "stored")


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
                impl = batch_of(batch)
                self.batches.append(impl)
                self._watch_invoke(batch)
                impl.flush = self._decided_by_alembic(impl.flush)
                yield batch

        vars(op)["batch_alter_table"] = batch_alter_table
        self._watch_invoke(op)

    def _watch_invoke(self, op: Any) -> None:
        invoke = op.invoke

        def watched(operation: Any) -> Any:
            self.operations.append(operation)
            kind = type(operation)
            is_alembics = kind.__module__.startswith("alembic.") and kind.__name__ != "ExecuteSQLOp"
            return (self._decided_by_alembic(invoke) if is_alembics else invoke)(operation)

        op.invoke = watched

    def _decided_by_alembic(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any) -> Any:
            first = len(self.statements)
            try:
                return call(*args)
            finally:
                self.executed.update(range(first, len(self.statements)))

        return watched

    def named(self, engine: Engine) -> Named:
        """Return what the operations name, and the statements that the revision itself executed."""
        if self.elsewhere is not None:
            return self.elsewhere
        by_revision = (
            statement
            for place, statement in enumerate(self.statements)
            if place not in self.executed
        )
        named = engine.named(by_revision)
        option_fields = engine.core_option_fields()
        for operation in self.operations:
            _add_operation(named, operation, option_fields)
        for batch in self.batches:
            _add_batch(named, batch, option_fields)
        return named


def _add_operation(named: Named, operation: Any, option_fields: Mapping[str, str]) -> None:
    """An operation that is not known here executes statements, which were read."""
    table = str(getattr(operation, "table_name", None) or "").lower()
    match type(operation).__name__:
        case "CreateTableOp" | "DropTableOp":
            named.tables.add(table)
        case "RenameTableOp":
            named.rename_table(table, str(operation.new_table_name).lower())
        case "AddColumnOp":
            named.name_column(table, str(operation.column.name).lower(), "created")
        case "DropColumnOp":
            named.name_column(table, str(operation.column_name).lower(), "dropped")
        case "AlterColumnOp":
            _add_altered_column(named, operation, option_fields)
        case "CreateIndexOp" | "DropIndexOp":
            named.objects.add(str(operation.index_name).lower())
        case "CreatePrimaryKeyOp":
            named.name_column(table, "", "primary key")
        case "DropConstraintOp" if operation.constraint_type == "primary":
            named.name_column(table, "", "primary key")
        case _ if getattr(operation, "constraint_name", None):
            named.objects.add(str(operation.constraint_name).lower())


def _add_altered_column(named: Named, operation: Any, option_fields: Mapping[str, str]) -> None:
    table, column = str(operation.table_name).lower(), str(operation.column_name).lower()
    if operation.modify_nullable is not None:
        named.name_column(table, column, "not_null")
    if operation.modify_server_default is not False:
        named.name_column(table, column, *_DEFAULT_FIELDS)
    options = [name for name, value in operation.kw.items() if value is not None]
    if fields := [option_fields[name] for name in options if name in option_fields]:
        named.name_column(table, "", *fields)
    types = [
        type_() if isinstance(type_, type) else type_
        for type_ in (operation.modify_type, operation.existing_type)
        if type_
    ]
    if operation.modify_type is not None:
        named.name_column(table, column, "type")
        if any(map(_has_collation, types)):
            named.name_column(table, column, "collation")
        if any(hasattr(type_, "create_constraint") for type_ in types):
            named.checks_of.add((table, column))
    named.objects.update(str(type_.name).lower() for type_ in types if getattr(type_, "name", None))
    if operation.modify_name:
        fields_so_far = named.columns.get((table, column), set())
        named.name_column(table, str(operation.modify_name).lower(), *{"name", *fields_so_far})
        named.name_column(table, column, "name")


def _has_collation(type_: Any) -> bool:
    """Does this type say a collation, by SQLAlchemy's own argument or in its own spelling?"""
    if getattr(type_, "collation", None):
        return True
    from sqlalchemy.exc import CompileError, UnsupportedCompilationError

    with suppress(CompileError, UnsupportedCompilationError):
        return "COLLATE" in type_.compile().upper().split()
    return False


def _add_batch(named: Named, batch: Any, option_fields: Mapping[str, str]) -> None:
    """Add what `batch_alter_table` itself is told about the table that it reflects."""
    table = str(batch.table_name).lower()
    for item in batch.reflect_args:
        if type(item).__name__ == "Column":
            named.name_column(table, str(item.name).lower(), *_COLUMN_FIELDS)
    for item in (*batch.reflect_args, *batch.table_args):
        if type(item).__name__ == "PrimaryKeyConstraint":
            named.name_column(table, "", "primary key")
        elif isinstance(name := getattr(item, "name", None), str):
            named.objects.add(name.lower())
    fields = [option_fields[name] for name in batch.table_kwargs if name in option_fields]
    named.name_column(table, "", *fields)
