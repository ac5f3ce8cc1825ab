"""What a change of a table's inside does to stored values: which are lost, which have no source.

An affinity converts what it can and keeps the rest, so no declared type tells which values a column
holds. Each condition lets SQLite itself convert, and is asked of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Alter, Change, Create, Drop
from sqlplumb.engines.sqlite.options import is_strict
from sqlplumb.engines.sqlite.parse.expressions import columns_of
from sqlplumb.engines.sqlite.parse.lexer import fold, unquoted
from sqlplumb.engines.sqlite.parse.parts import affinity
from sqlplumb.engines.sqlite.plan.copying import Filling, is_without_value
from sqlplumb.engines.sqlite.plan.naming import quoted
from sqlplumb.engines.sqlite.read.hints import rename_hint
from sqlplumb.schema import Column, Table, Unit, VirtualTable
from sqlplumb.steps import Loss, RowCheck

# Of these pairs of affinities nearly every value can be had back: a number as the text of it. Those
# that cannot, numbers of more digits than a text gets, are asked about and no reason to refuse.
_KEEPS = frozenset(
    (
        *(("integer", "numeric"), ("numeric", "integer"), ("real", "integer"), ("real", "numeric")),
        *(("integer", "text"), ("numeric", "text"), ("blob", "text")),
    )
)
_NUMBERS = ("integer", "numeric", "real")
_LEAST = -(2**63)


def loses_data(change: Change) -> bool:
    """Is stored data lost by this change, whatever the plan?"""
    match change:
        case Drop(Table() | VirtualTable()) | Alter(VirtualTable(), _):
            return True
        case Drop(Column(generated=expression)):
            return expression is None
        case Alter(Column() as current, Column() as desired):
            kinds = affinity(current.type), affinity(desired.type)
            return _is_computed_now(current, desired) or _narrows(current, desired, kinds)
        case _:
            return False


def lost_inside(
    current: Unit, desired: Unit, changes: tuple[Change, ...], *, filled: list[Filling]
) -> Iterator[Loss]:
    for change in changes:
        match change:
            case Drop() if loses_data(change):
                message = f"column {change.ref} and its values"
                yield Loss(
                    kind="drop", ref=change.ref, message=message, advice=_rename(change, changes)
                )
            case Alter(Column() as known, Column() as column) if _is_computed_now(known, column):
                message = f"the stored values of {change.ref}, which are computed now"
                yield Loss(kind="drop", ref=change.ref, message=message)
    for known, column in _retyped(current, desired):
        kinds = meaning(known, current), meaning(column, desired)
        if _narrows(known, column, kinds):
            message = f"values of {column.ref} that change with its type, {_types(known, column)}"
            advice = "say `-- @backfill EXPRESSION` to convert them"
            yield Loss(
                kind="narrow",
                ref=column.ref,
                message=message,
                advice=advice,
                row_check=_changed(current, known, column, kinds=kinds, filled=filled),
            )
    for column in desired.columns.values():
        if is_without_value(column, current, desired, filled=filled):
            message = f"{column.ref} is NOT NULL, and no row that is there has a value for it"
            advice = "say `-- @backfill EXPRESSION` beside it in schema.sql, or give it a DEFAULT"
            yield Loss(kind="empty", ref=column.ref, message=message, advice=advice)


def doubts(current: Unit, desired: Unit, *, filled: list[Filling]) -> Iterator[RowCheck]:
    """Values that may change with the type of their column, or are then what the type does not say,
    where that is no reason to refuse."""
    for known, column in _retyped(current, desired):
        if _is_converted(column) or known.generated is not None or column.generated is not None:
            continue
        kinds = meaning(known, current), meaning(column, desired)
        if not _narrows(known, column, kinds) and lost(known.ref.name, kinds[0], kinds[1]):
            yield _changed(current, known, column, kinds=kinds, filled=filled)
        if is_strict(desired.head):
            continue
        value = _copied(known, filled)
        fractions = _fractions(value, kinds[1]) if kinds[0] in ("text", "blob") else ""
        if fractions:  # of those that cannot be had back, the loss speaks
            fractions += f" AND NOT ({lost(value, kinds[0], kinds[1])})"
        for words, where in (
            ("stay what they are", kept(value, kinds[1])),
            ("become numbers with a fraction", fractions),
        ):
            if where:
                yield RowCheck(
                    ref=column.ref,
                    rule=f"values of {column.ref} that {words}, {_types(known, column)}",
                    table=current.display,
                    where=where,
                    shows=quoted(known.ref.name),
                    outcome="stay",
                )


def _copied(column: Column, filled: list[Filling]) -> str:
    """What is copied of a column: a hint may give some rows another value."""
    name = quoted(column.ref.name)
    for filling in filled:
        if (
            fold(filling.column) == column.ref.name
            and fold(unquoted(filling.expression)) != column.ref.name
        ):
            return f"({filling.expression})"
    return name


def _retyped(current: Unit, desired: Unit) -> Iterator[tuple[Column, Column]]:
    """Columns of another affinity; ANY has another where a table is STRICT no more."""
    for column in desired.columns.values():
        known = current.columns.get(column.ref.name)
        if known and meaning(known, current) != meaning(column, desired):
            yield known, column


def _changed(
    current: Unit,
    known: Column,
    column: Column,
    *,
    kinds: tuple[str, str],
    filled: list[Filling],
) -> RowCheck:
    value = _copied(known, filled)
    rule = f"values of {column.ref} that change with its type, {_types(known, column)}"
    return RowCheck(
        ref=column.ref,
        rule=rule,
        table=current.display,
        where=lost(value, kinds[0], kinds[1]),
        shows=quoted(known.ref.name),
        outcome="lose",
    )


def _types(current: Column, desired: Column) -> str:
    return f"{current.type or 'no type'} to {desired.type or 'no type'}"


def _is_computed_now(current: Column, desired: Column) -> bool:
    return current.generated is None and desired.generated is not None


def _narrows(current: Column, desired: Column, kinds: tuple[str, str]) -> bool:
    if current.generated is not None or desired.generated is not None or _is_converted(desired):
        return False
    return not (kinds[0] == kinds[1] or kinds[1] == "blob" or kinds in _KEEPS)


def _is_converted(column: Column) -> bool:
    """A hint that does not name its own column is only for rows that have no value."""
    own = frozenset((column.ref.name,))
    return bool(column.backfill) and bool(columns_of(column.backfill, own, column.ref.table))


def _rename(change: Change, changes: tuple[Change, ...]) -> str:
    """Never guessed, but mentioned: the columns that come while this one goes."""
    made = [
        c.ref.display for c in changes if isinstance(c, Create) and isinstance(c.desired, Column)
    ]
    if not made:
        return ""
    which, hint = " or ".join(made[:3]), rename_hint(change.ref.display)
    return f"if {which} is what it is called now, say `{hint}` there" if hint else ""


def meaning(column: Column, unit: Unit) -> str:
    """Its affinity: ANY keeps every value as it is in a STRICT table alone."""
    keeps_all = column.type == "any" and is_strict(unit.head)
    return "blob" if keeps_all else affinity(column.type)


def lost(value: str, current: str, desired: str) -> str:
    """Which values of a column of that affinity cannot be had back from this one; empty: none."""
    conditions = []
    if desired in _NUMBERS and current in ("text", "blob"):
        number = f"CAST({value} AS {'REAL' if desired == 'real' else 'NUMERIC'})"
        conditions.append(
            f"{_is_number(value)} AND CAST({number} AS TEXT) <> {value} COLLATE BINARY"
        )
    if desired == "real" and current in ("integer", "numeric", "blob"):
        back = f"CAST(CAST({value} AS REAL) AS INTEGER)"
        conditions.append(f"typeof({value}) = 'integer' AND {back} <> {value}")
    if desired == "text" and current != "text":
        back = f"CAST(CAST({value} AS TEXT) AS REAL)"
        conditions.append(f"typeof({value}) = 'real' AND {back} <> {value}")
    return " OR ".join(f"({condition})" for condition in conditions)


def kept(value: str, desired: str) -> str:
    """Which values this affinity leaves as they are, although its type says something else. A DATE
    or a UUID is NUMERIC to SQLite and text to people, so nothing is said of those."""
    match desired:
        case "integer":
            is_real = f"typeof({value}) = 'real' AND NOT ({_is_whole(value)})"
            return f"{_is_no_number(value)} OR ({is_real})"
        case "real":
            return _is_no_number(value)
        case "text":
            return f"typeof({value}) = 'blob'"
        case _:
            return ""


def unfit(value: str, desired: str) -> str:
    """Which values are something else than the type says, once they are stored: those that stay
    what they are, and texts that become numbers with a fraction."""
    others, fractions = kept(value, desired), _fractions(value, desired)
    return f"{others} OR ({fractions})" if fractions else others


def _fractions(value: str, desired: str) -> str:
    """Which texts become numbers that are no integers."""
    return f"{_is_number(value)} AND NOT ({_is_whole(value)})" if desired == "integer" else ""


def _is_no_number(value: str) -> str:
    return f"typeof({value}) = 'blob' OR (typeof({value}) = 'text' AND NOT {_is_number(value)})"


def _is_whole(value: str) -> str:
    """The least integer, as a REAL, is left alone; every other whole number becomes one."""
    number = f"CAST({value} AS NUMERIC)"
    cast = f"CAST({number} AS INTEGER)"
    is_real = f"typeof({number}) = 'real'"
    return f"NOT {is_real} OR ({cast} = {number} AND {cast} > {_LEAST})"


def refused(value: str, declared: str) -> str:
    """Which values a column of a STRICT table does not take; empty: it takes all."""
    if declared == "any":
        return ""
    if declared == "blob":
        return f"typeof({value}) NOT IN ('blob', 'null')"
    return unfit(value, affinity(declared))


def _is_number(value: str) -> str:
    """A text that SQLite takes for a number: compared with one, it is converted only then."""
    return f"(typeof({value}) = 'text' AND +{value} = CAST({value} AS NUMERIC))"
