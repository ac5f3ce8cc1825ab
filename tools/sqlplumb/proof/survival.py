"""Did every row, and every value that should, survive? Compares two states of a scratch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlplumb.engines import Traced
from sqlplumb.proof.state import State, kind
from sqlplumb.schema import PrimaryKey, Ref


@dataclass(frozen=True, slots=True)
class Pair:
    """One table before and after, and its columns that are on both sides."""

    before: str
    after: str
    columns: tuple[tuple[str, str], ...]


def pairs(before: State, after: State, traced: Traced) -> Iterator[Pair]:
    """Each table by the name that it had before; what has none is new."""
    for name in after.rows:
        former = _former_table(traced, name)
        former = former if former in before.rows or not former else name
        if former != name and former in after.rows and _former_table(traced, former) == former:
            continue  # a copy of a table that is there still
        if former in before.rows:
            known = before.rows[former].columns
            columns = after.rows[name].columns
            both = [(_former(traced, name, column, known), column) for column in columns]
            yield Pair(former, name, tuple(one for one in both if one[0] in known))


def _former_table(traced: Traced, name: str) -> str:
    """One that was made under a name that no other table took along is the one of that name."""
    is_new = name in traced.created and name in traced.tables.values()
    return traced.tables.get(name, "" if is_new else name)


def _former(traced: Traced, table: str, column: str, known: tuple[str, ...]) -> str:
    others = (former for (name, other), former in traced.columns.items() if name == table)
    plain = column if column in known and column not in others else ""
    return traced.columns.get((table, column), plain)


def losses(before: State, found: list[Pair]) -> Iterator[str]:
    """What is on one side only: said, and no failure."""
    kept = {pair.before: {column for column, _ in pair.columns} for pair in found}
    for table, rows in before.rows.items():
        if table not in kept:
            yield f"table {table}"
        else:
            yield from (
                f"column {table}.{name}" for name in rows.columns if name not in kept[table]
            )


def damages(before: State, after: State, pair: Pair, traced: Traced) -> Iterator[str]:
    """Rows that are gone and values that are not what they were, unless it was meant."""
    yield from _forgotten(before, after, pair)
    was, now = before.rows[pair.before], after.rows[pair.after]
    if not was.rows:
        return
    if was.identity != now.identity:
        yield from _as_a_heap(before, after, pair, traced)
        return
    lost = [key for key in was.rows if key not in now.rows]
    if pair.after in traced.emptied:
        lost = []
    if lost and was.identity != "key" and len(was.rows) == len(now.rows):
        yield f"{pair.after}: {len(lost)} of {len(was.rows)} rows have another rowid"
    elif lost:
        yield f"{pair.after}: {len(lost)} of {len(was.rows)} rows are gone"
    for former, column in _steady(before, after, pair, traced):
        first, second = was.columns.index(former), now.columns.index(column)
        changed = [
            (row[first], now.rows[key][second])
            for key, row in was.rows.items()
            if key in now.rows and not _same(row[first], now.rows[key][second])
        ]
        if changed:
            what = f"{changed[0][0]!r} became {changed[0][1]!r}"
            yield f"{pair.after}.{column}: {len(changed)} values changed, {what}"


def _forgotten(before: State, after: State, pair: Pair) -> Iterator[str]:
    key = after.schema.objects.get(Ref("primary key", pair.after, "primary key"))
    counts = isinstance(key, PrimaryKey) and key.autoincrement
    was, now = before.counters.get(pair.before, 0), after.counters.get(pair.after, 0)
    if counts and now < was:
        yield f"{pair.after}: AUTOINCREMENT had counted to {was}, and now to {now}"


def _as_a_heap(before: State, after: State, pair: Pair, traced: Traced) -> Iterator[str]:
    """The rowid came or went: the same rows, however they are called."""
    steady = _steady(before, after, pair, traced)
    sides = (before.rows[pair.before], after.rows[pair.after])
    heaps = []
    for rows, side in zip(sides, (0, 1), strict=True):
        places = [rows.columns.index(both[side]) for both in steady]
        heaps.append(
            Counter(tuple(map(repr, (row[p] for p in places))) for row in rows.rows.values())
        )
    gone = heaps[0] - heaps[1]
    if gone and pair.after not in traced.emptied:
        yield f"{pair.after}: {gone.total()} of {heaps[0].total()} rows are gone or changed"


def _steady(before: State, after: State, pair: Pair, traced: Traced) -> list[tuple[str, str]]:
    """The columns whose values no statement and no new type was meant to change."""
    return [
        (former, column)
        for former, column in pair.columns
        if (pair.after, column) not in traced.computed
        and kind(before.schema, pair.before, former) == kind(after.schema, pair.after, column)
    ]


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and (one == other or (one != one and other != other))
