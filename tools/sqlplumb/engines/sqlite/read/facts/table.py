"""The facts of one table: itself, its columns, its keys, its references, its checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from sqlplumb.engines.sqlite.parse.lexer import fold
from sqlplumb.engines.sqlite.parse.parts import (
    CheckClause,
    Collate,
    ColumnDef,
    Default,
    Generated,
    NotNull,
    Part,
    References,
    TableText,
)
from sqlplumb.engines.sqlite.parse.statements import Statement
from sqlplumb.engines.sqlite.parse.words import ROWID_NAMES
from sqlplumb.engines.sqlite.read.facts import keys, pieces, spelling
from sqlplumb.engines.sqlite.read.stored import stored_default
from sqlplumb.schema import Check, Column, Expr, ForeignKey, Object, Ref, Table

P = TypeVar("P", bound=Part)


def table_facts(statement: Statement, parsed: TableText) -> Iterator[Object]:
    table = fold(statement.name)
    yield Table(
        ref=Ref("table", "", table, shown=statement.name),
        text=statement.text,
        place=statement.place,
        strict=parsed.strict,
        without_rowid=parsed.without_rowid,
    )
    names = column_names(parsed)
    required = keys.required_by_key(parsed)
    for position, column in enumerate(parsed.columns):
        found = _column(statement, column, names, position, fold(column.name) in required)
        yield _with_stored_default(found, parsed.strict)
    yield from keys.key_facts(statement, parsed)
    for part in pieces.all_parts(parsed):
        if isinstance(part, CheckClause):
            yield _check(statement, parsed, part, names)
        elif isinstance(part, References):
            yield _foreign_key(statement, parsed, part)


def column_names(parsed: TableText) -> frozenset[str]:
    names = frozenset(fold(column.name) for column in parsed.columns)
    return names if parsed.without_rowid else names.union(ROWID_NAMES)


def _column(
    statement: Statement, column: ColumnDef, names: frozenset[str], position: int, required: bool
) -> Column:
    not_null = _last(column, NotNull)
    default = _last(column, Default)
    generated = _last(column, Generated)
    collate = _last(column, Collate)
    return Column(
        ref=Ref(
            "column",
            fold(statement.name),
            fold(column.name),
            shown=column.name,
            shown_table=statement.name,
        ),
        text=statement.text[column.span.start : column.span.end],
        place=statement.place_at(column.span.start),
        type=spelling.declared_type(column.type),
        not_null=not_null is not None or required,
        not_null_name=fold(not_null.name) if not_null else "",
        not_null_conflict=spelling.conflict(not_null.on_conflict) if not_null else "",
        default=Expr(spelling.default_value(default), pieces.slice_of(statement, default.tokens))
        if default
        else None,
        default_name=fold(default.name) if default else "",
        collation=spelling.collation(collate.collation) if collate else "",
        generated=pieces.expression(statement, generated.tokens, names) if generated else None,
        stored=generated.stored if generated else False,
        position=position,
    )


def _with_stored_default(column: Column, strict: bool) -> Column:
    if column.default is None:
        return column
    said = stored_default(column.default.canonical, column.type, strict)
    return replace(column, default=replace(column.default, canonical=said))


def _last(column: ColumnDef, kind: type[P]) -> P | None:
    """Said twice, the last one counts: so SQLite has it."""
    return next((part for part in reversed(column.parts) if isinstance(part, kind)), None)


def _check(
    statement: Statement, parsed: TableText, part: CheckClause, names: frozenset[str]
) -> Check:
    expression = pieces.expression(statement, part.tokens, names)
    spelled = {fold(column.name): column.name for column in parsed.columns}
    about = (spelled.get(name, name) for name in sorted(expression.columns))
    return Check(
        ref=pieces.ref("check", statement, part, about),
        text=pieces.words(statement, parsed, part),
        place=statement.place_at(part.span.start),
        expression=expression,
        on_conflict=spelling.conflict(part.on_conflict),
    )


def _foreign_key(statement: Statement, parsed: TableText, part: References) -> ForeignKey:
    columns = tuple(fold(name) for name in part.columns)
    return ForeignKey(
        ref=pieces.ref("foreign key", statement, part, part.columns),
        text=pieces.words(statement, parsed, part),
        place=statement.place_at(part.span.start),
        columns=columns,
        target=fold(part.target),
        target_columns=tuple(fold(name) for name in part.target_columns),
        shown=(part.target, *part.target_columns),
        on_delete=part.on_delete,
        on_update=part.on_update,
        match=part.match,
        deferrable=part.deferrable,
    )
