"""Columns that a hint fills: what a rule sees of them before the rows have their new values."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlplumb.engines.sqlite.affinity import affinity
from sqlplumb.engines.sqlite.alter.copying import is_same_again
from sqlplumb.engines.sqlite.alter.naming import quoted
from sqlplumb.engines.sqlite.alter.units import Unit
from sqlplumb.engines.sqlite.grammar.lexer import tokens
from sqlplumb.schema import Check, Column, Object, Ref, Schema


def may_be_null(column: Column) -> bool:
    """The value that its hint gives, to some row."""
    words = tokens(column.backfill)
    is_literal = len(words) == 1 and words[0].kind in ("string", "number")
    return bool(words) and not is_literal and is_same_again(column.backfill)


def once_filled(
    where: str, names: Collection[str], desired: Unit, sources: Mapping[str, str]
) -> str:
    """A condition over these columns of one row, asked of the values that hints give to it. Empty
    where nobody can know them before."""
    columns = [column for column in desired.columns if column.ref.name in names]
    known = [sources.get(column.ref.name, "random()") for column in columns]
    if not all(map(is_same_again, known)):
        return ""
    values = ", ".join(
        f"{_as_stored(source, column)} AS {quoted(column.ref.name)}"
        for source, column in zip(known, columns, strict=True)
    )
    return f"EXISTS (SELECT 1 FROM (SELECT {values}) AS {quoted(desired.shown)} WHERE {where})"


def _as_stored(source: str, column: Column) -> str:
    """As the column would compare it; a text that is no number stays what it is."""
    kind = affinity(column.type)
    if kind == "text":
        said = f"CAST({source} AS TEXT)"
    elif kind == "blob":
        said = f"({source})"
    else:
        number = f"CAST({source} AS NUMERIC)"
        said = f"iif({number} = ({source}), {number}, ({source}))"
    return f"{said} COLLATE {quoted(column.collation)}" if column.collation else said


def decides(schema: Schema, table: str) -> Mapping[Ref, Object]:
    """Whether a hint has work to do: the columns of its table, and the rules."""
    facts = schema.objects.items()
    return {ref: one for ref, one in facts if ref.unit == table and isinstance(one, Column | Check)}
