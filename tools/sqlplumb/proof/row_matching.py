"""Find each row of before among the rows after a move: by a key where there is one, else by its
number.

A number that the database gave is no identity under a key: whoever copies a table may number it
anew. Where the key itself changes, a row is known by all that should not have changed in it; where
there is none, it is told whether the number alone changed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlplumb.engines import Rows, engine
from sqlplumb.proof.scratch_state import ScratchState
from sqlplumb.schema import Index, PrimaryKey, Schema, Unique

Row = tuple[object, ...]
Names = Sequence[tuple[str, str]]  # of columns, before and after


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedRows:
    """`both` are the two sides of each row that was found again, `gone` how many were not; `how`
    says by what they were sought. So many were `renumbered` under a key that stayed, or with the
    same values where there is no key."""

    both: tuple[tuple[Row, Row], ...]
    gone: int
    how: str
    renumbered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSides:
    """One table at two moments; `columns` are on both sides, `steady` those of them in which
    nothing was meant to change, `stored` those that hold at least the same under another type;
    those that are `retyped` may have lost some of it."""

    before: tuple[ScratchState, str]
    after: tuple[ScratchState, str]
    columns: Names
    steady: Names
    stored: Names = ()
    retyped: Names = ()

    @property
    def rows(self) -> tuple[Rows, Rows]:
        return self.before[0].rows[self.before[1]], self.after[0].rows[self.after[1]]


def matched(sides: TableSides) -> MatchedRows:
    keys = tuple(_keys(sides.before[0].schema, sides.before[1]))
    for names, read in _readings(sides, keys):
        if matches := _by_key(sides, names, read):
            return matches
    was, now = sides.rows
    if was.numbered and now.numbered and not _is_numbered_anew(sides):
        by_number = _by_number(sides)
        if not (by_number.gone or _differ(sides, by_number)):
            return by_number
        if not keys:
            return _by_values_alone(sides, by_number)
    return _by_all(sides, was.rows.values(), now.rows.values())


def key_columns(schema: Schema, table: str) -> tuple[str, ...]:
    return schema.unit(table).key


def _keys(schema: Schema, table: str) -> Iterator[tuple[str, ...]]:
    """The primary key, then each unique key none of whose columns may be NULL."""
    unit = schema.unit(table)
    if unit.primary_key:
        yield unit.key
    required = {name for name, column in unit.columns.items() if column.not_null}
    indexes = (index for index in unit.indexes if index.unique and index.predicate is None)
    for fact in (*unit.unique, *indexes):
        if required.issuperset(terms := _terms(fact)):
            yield terms


def _terms(fact: object) -> tuple[str, ...]:
    match fact:
        case PrimaryKey(columns=parts) | Unique(columns=parts) | Index(keys=parts):
            return tuple("" if part.is_expression else part.term for part in parts)
    raise TypeError(fact)


def _readings(
    sides: TableSides, keys: Sequence[tuple[str, ...]]
) -> Iterator[tuple[Names, Callable[[object], Hashable]]]:
    """The keys whose values stay, as they are; then those that are only stored as another type."""
    for known, read in ((sides.steady, _exactly), (sides.stored, loosely)):
        names = dict(known)
        for key in keys:
            if names.keys() >= set(key):
                yield [(name, names[name]) for name in key], read


def _exactly(value: object) -> Hashable:
    """To Python b'1' is not '1', and 1 is 1.0: as to a key of SQLite's."""
    assert isinstance(value, Hashable)
    return value


def loosely(value: object) -> Hashable:
    """What a value of another type was converted from."""
    text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)
    for read in (int, float):
        try:
            return read(text)
        except (ValueError, OverflowError):
            continue
    return text


def _by_key(
    sides: TableSides, names: Names, read: Callable[[object], Hashable]
) -> MatchedRows | None:
    """Match rows by a key; None where two rows have one. SQLite lets NULL into a key: rows with
    one are known by all that should not have changed."""
    was, now = sides.rows
    befores = _by_values(was, [former for former, _ in names], read)
    afters = _by_values(now, [column for _, column in names], read)
    if befores is None or afters is None:
        return None
    (keys_before, keyless_before), (keys_after, keyless_after) = befores, afters
    numbers = [(first, keys_after[key]) for key, first in keys_before.items() if key in keys_after]
    rest = _by_all(
        sides,
        [was.rows[number] for number in keyless_before],
        [now.rows[number] for number in keyless_after],
    )
    counts = was.numbered and now.numbered and not _has_number_as_key(sides)
    return MatchedRows(
        both=(*((was.rows[first], now.rows[second]) for first, second in numbers), *rest.both),
        gone=len(keys_before) - len(numbers) + rest.gone,
        how=", ".join(column for _, column in names),
        renumbered=sum(first != second for first, second in numbers) if counts else 0,
    )


def _by_values(
    rows: Rows, names: Sequence[str], read: Callable[[object], Hashable]
) -> tuple[Mapping[Hashable, Hashable], list[Hashable]] | None:
    """Return rows by key, and those with a NULL in it; None where two rows have the same."""
    places = [rows.columns.index(name) for name in names]
    by_key: dict[Hashable, Hashable] = {}
    keyless: list[Hashable] = []
    for number, row in rows.rows.items():
        key = tuple(read(row[place]) for place in places if row[place] is not None)
        if len(key) < len(places):
            keyless.append(number)
        elif by_key.setdefault(key, number) != number:
            return None
    return by_key, keyless


def _has_number_as_key(sides: TableSides) -> bool:
    return any(_number_column(state.schema, table) for state, table in (sides.before, sides.after))


def _is_numbered_anew(sides: TableSides) -> bool:
    """Return whether a column became the number of a row, or ceased to be it."""
    former, column = (
        _number_column(state.schema, name) for state, name in (sides.before, sides.after)
    )
    return bool(former or column) and (former, column) not in sides.columns


def _number_column(schema: Schema, table: str) -> str:
    return engine(schema.engine).row_number_column(schema.unit(table))


def _by_number(sides: TableSides) -> MatchedRows:
    was, now = sides.rows
    both = tuple((row, now.rows[number]) for number, row in was.rows.items() if number in now.rows)
    return MatchedRows(both=both, gone=len(was.rows) - len(both), how="rowid")


def _differ(sides: TableSides, matches: MatchedRows) -> bool:
    return any(next(changed(sides, matches, names), None) for names in sides.steady)


def _by_values_alone(sides: TableSides, by_number: MatchedRows) -> MatchedRows:
    """Match rows that nothing but their values tells apart. Where a value was written, or a row is
    not there again with all that it had, what became of each number says more."""
    was, now = sides.rows
    by_values = _by_all(sides, was.rows.values(), now.rows.values())
    if by_values.gone or len(sides.steady) < len(sides.columns):
        return by_number
    first, second = _places(sides)
    stayed = sum(_all(row, first) == _all(other, second) for row, other in by_number.both)
    return replace(by_values, renumbered=len(was.rows) - stayed)


def _places(sides: TableSides) -> tuple[list[int], list[int]]:
    was, now = sides.rows
    return (
        [was.columns.index(former) for former, _ in sides.steady],
        [now.columns.index(column) for _, column in sides.steady],
    )


def _by_all(sides: TableSides, was: Iterable[Row], now: Iterable[Row]) -> MatchedRows:
    """Match rows with equal values, as often as they were there before."""
    places = _places(sides)
    there: dict[Hashable, list[Row]] = {}
    for row in now:
        there.setdefault(_all(row, places[1]), []).append(row)
    both: list[tuple[Row, Row]] = []
    gone = 0
    for row in was:
        if alike := there.get(_all(row, places[0])):
            both.append((row, alike.pop()))
        else:
            gone += 1
    return MatchedRows(both=tuple(both), gone=gone, how="")


def _all(row: Row, places: Sequence[int]) -> Hashable:
    return tuple((type(row[place]), row[place]) for place in places)


def changed(
    sides: TableSides, matches: MatchedRows, names: tuple[str, str]
) -> Iterator[tuple[object, object]]:
    """Yield the values of one column that are not what they were."""
    was, now = sides.rows
    first, second = was.columns.index(names[0]), now.columns.index(names[1])
    for row_before, row_after in matches.both:
        if not same(row_before[first], row_after[second]):
            yield row_before[first], row_after[second]


def same(former: object, current: object) -> bool:
    return type(former) is type(current) and (
        former == current or (former != former and current != current)
    )
