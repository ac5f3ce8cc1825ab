"""What became of values, from rows alone: changed, given, deleted, and whether they come back.

What the downgrade brings back is told only where every row of before is there again with the same
values. Nothing here reads a statement or a declared type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlplumb.proof.matching import Sides, changed, matched
from sqlplumb.proof.proof import Changed
from sqlplumb.proof.state import State
from sqlplumb.proof.survival import Compared, Lost


def changes(known: Iterable[Compared]) -> Iterator[Changed]:
    """Of columns that a data step wrote: what only has another type now is a loss, or none."""
    for one in known:
        total = len(one.sides.rows[0].rows)
        if one.emptied and one.found.gone:
            yield Changed(
                table=one.pair.before,
                column="",
                shown=one.table.display,
                rows=one.found.gone,
                of=total,
            )
        for names in one.sides.columns:
            if names not in one.sides.stored and (
                found := list(changed(one.sides, one.found, names))
            ):
                given = sum(value is None for value, _ in found)
                rows = len(found) - given
                yield Changed(
                    table=one.pair.before,
                    column=names[0],
                    shown=f"{one.table.display}.{one.table.spelled(names[1])}",
                    rows=rows,
                    given=given,
                    of=total,
                )


def with_way_back(
    found: Iterable[Changed], again: Iterable[Changed], ends: tuple[State, State | None]
) -> Iterator[Changed]:
    """`again` is what the run did that went down as well, perhaps with fewer rows."""
    seen = {(one.table, one.column): one for one in again}
    for one in found:
        last = seen.get((one.table, one.column))
        covered = last is not None and last.rows + last.given >= one.rows + one.given
        before, back = ends
        restored = covered and back is not None and _is_restored(before, back, one)
        yield replace(one, restored=restored)


def _is_restored(before: State, back: State, one: Changed) -> bool:
    if one.column:
        return came_back(before, back, Lost(one.table, one.column))
    sides = _there_and_back(before, back, one.table, "")
    return sides is not None and not matched(sides).gone


def came_back(before: State, back: State, lost: Lost) -> bool:
    """Every row with the values that it had. Where all have the same value, a default would look
    like it."""
    sides = _there_and_back(before, back, lost.table, lost.column)
    if sides is None:
        return False
    was, now = sides.rows
    found = matched(sides)
    names = [(name, name) for name in was.columns if lost.column in ("", name)]
    same = not any(next(changed(sides, found, both), None) for both in names)
    if found.gone or not same:
        return False
    if not lost.column:
        return len(was.rows) == len(now.rows)
    place = was.columns.index(lost.column)
    return len({repr(row[place]) for row in was.rows.values()}) > 1


def _there_and_back(before: State, back: State, table: str, column: str) -> Sides | None:
    """None where there was no row to tell by, or a column is gone for good."""
    was, now = before.rows.get(table), back.rows.get(table)
    if was is None or now is None or not was.rows or not set(was.columns) <= set(now.columns):
        return None
    names = [(name, name) for name in was.columns]
    steady = [both for both in names if both[0] != column]
    return Sides((before, table), (back, table), columns=names, steady=steady, stored=steady)
