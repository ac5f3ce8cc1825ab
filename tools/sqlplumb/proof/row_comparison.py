"""Did every row, and every value that should, survive? Compares two states of a scratch.

What the downgrade brings back is told only where every row of before is there again with the same
values. Must never read a statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sqlplumb.engines import Executed, engine
from sqlplumb.engines.scratch import Counter
from sqlplumb.proof.proof import Changed
from sqlplumb.proof.row_matching import (
    MatchedRows,
    TableSides,
    changed,
    key_columns,
    loosely,
    matched,
)
from sqlplumb.proof.scratch_state import ScratchState, stored_as
from sqlplumb.schema import Unit


@dataclass(frozen=True, slots=True)
class TablePair:
    """One table before and after, and its columns that are on both sides."""

    before: str
    after: str
    columns: tuple[tuple[str, str], ...]


def pairs(before: ScratchState, after: ScratchState, executed: Executed) -> Iterator[TablePair]:
    """Each table by the name that it had before; what has none is new."""
    for name in after.rows:
        former = _former_table(executed, name)
        former = former if former in before.rows or not former else name
        if former != name and former in after.rows and _former_table(executed, former) == former:
            continue  # a copy of a table that is there still
        if former in before.rows:
            known = before.rows[former].columns
            columns = executed.columns
            others = {column for (table, _), column in columns.items() if table == name}
            both = [
                # A column that another one was filled from is not this one by its name alone.
                (columns.get((name, column), "" if column in others else column), column)
                for column in after.rows[name].columns
            ]
            yield TablePair(former, name, tuple(names for names in both if names[0] in known))


def _former_table(executed: Executed, name: str) -> str:
    """One that was made under a name that no other table took along is the one of that name."""
    is_new = name in executed.created and name in executed.tables.values()
    return executed.tables.get(name, "" if is_new else name)


@dataclass(frozen=True, slots=True)
class Lost:
    """A table, or one column of it, by the name that it had; `shown` is how that was spelled."""

    table: str
    column: str = ""
    shown: str = ""

    def __str__(self) -> str:
        return f"{'column' if self.column else 'table'} {self.shown}"


def losses(before: ScratchState, table_pairs: list[TablePair]) -> Iterator[Lost]:
    """Yield what is on one side only, which is reported and no failure."""
    columns_after = {pair.before: {column for column, _ in pair.columns} for pair in table_pairs}
    for table, rows in before.rows.items():
        unit = before.schema.unit(table)
        if table not in columns_after:
            yield Lost(table, shown=unit.display)
            continue
        for name in rows.columns:
            if name not in columns_after[table]:
                yield Lost(table, name, f"{unit.display}.{unit.spelled(name)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedTable:
    """The rows of one table held against each other; `emptied`: some were taken away on purpose."""

    pair: TablePair
    table: Unit  # as it is afterwards
    sides: TableSides
    matches: MatchedRows
    emptied: bool


def compared(
    before: ScratchState, after: ScratchState, executed: Executed
) -> Iterator[ComparedTable]:
    """Of every table that held a row."""
    for pair in pairs(before, after, executed):
        if before.rows[pair.before].rows:
            sides = sides_of(before, after, pair, executed=executed)
            yield ComparedTable(
                pair=pair,
                table=after.schema.unit(pair.after),
                sides=sides,
                matches=matched(sides),
                emptied=pair.after in executed.emptied,
            )


def damages(tables: Iterable[ComparedTable]) -> Iterator[str]:
    """Yield rows that are gone and values that are not what they were, unless it was meant."""
    for comparison in tables:
        table, sides = comparison.table.display, comparison.sides
        if comparison.matches.gone and not comparison.emptied:
            yield f"{table}: {comparison.matches.gone} of {_what_became(comparison)}"
        if comparison.matches.renumbered and not comparison.matches.how:
            rows = f"{comparison.matches.renumbered} of {len(sides.rows[0].rows)} rows"
            yield f"{table}: {rows} have another rowid, with the same values, and no key"
        for names in sides.steady:
            if values := list(changed(sides, comparison.matches, names)):
                what = f"{values[0][0]!r} became {values[0][1]!r}"
                column = f"{table}.{comparison.table.spelled(names[1])}"
                yield f"{column}: {len(values)} values changed, {what}"


def _what_became(comparison: ComparedTable) -> str:
    was, now = (len(rows.rows) for rows in comparison.sides.rows)
    if not comparison.matches.how:
        return f"{was} rows are gone or changed"
    if was == now:
        return f"{was} rows have another {comparison.matches.how}"
    return f"{was} rows are gone"


def renumbered(tables: Iterable[ComparedTable]) -> Iterator[str]:
    """Yield notes of rows with another number, by which nobody loses: no key knows it."""
    for comparison in tables:
        if comparison.matches.renumbered and comparison.matches.how:
            rows = f"{comparison.matches.renumbered} of {len(comparison.sides.rows[0].rows)} rows"
            anew = f"have another rowid, under the same {comparison.matches.how}"
            yield f"{rows} of {comparison.table.display} {anew}"


def sides_of(
    before: ScratchState, after: ScratchState, pair: TablePair, *, executed: Executed
) -> TableSides:
    """Compare two tables; no statement and no new type was meant to change what is steady."""
    copied = [names for names in pair.columns if (pair.after, names[1]) not in executed.computed]
    if pair.after in executed.replaced:  # a row is the same by its key alone
        key = set(key_columns(before.schema, pair.before))
        copied = [names for names in copied if names[0] in key]
    steady = [
        (former, column)
        for former, column in copied
        if (pair.after, column) not in executed.retyped
        and stored_as(before.schema, pair.before, former)
        == stored_as(after.schema, pair.after, column)
    ]
    stored = steady if len(steady) == len(copied) else copied
    return TableSides(
        before=(before, pair.before),
        after=(after, pair.after),
        columns=pair.columns,
        steady=steady,
        stored=stored,
        retyped=[
            names
            for names in copied
            if names not in steady and (pair.after, names[1]) in executed.retyped
        ],
    )


def counted_less(
    before: ScratchState, after: ScratchState, table_pairs: Iterable[TablePair]
) -> Iterator[str]:
    for pair in table_pairs:
        table = after.schema.unit(pair.after)
        counts = engine(after.schema.engine).counts_keys(table)
        was, now = before.counters.get(pair.before), after.counters.get(pair.after, Counter(last=0))
        if not (counts and was):
            continue
        if not now.least <= was.last <= now.most:
            continue  # where it stood, it may not stand any more
        is_other = now.by and now.by != was.by  # a plan can only let it go on behind the rows
        counted = now.highest if is_other else was.last
        if now.last < counted:
            yield f"{table.display}: its keys had been counted to {counted}, and now to {now.last}"


def changes(tables: Iterable[ComparedTable]) -> Iterator[Changed]:
    """Yield changes of columns that a data step wrote; what only has another type now is a loss."""
    for comparison in tables:
        total = len(comparison.sides.rows[0].rows)
        if comparison.emptied and comparison.matches.gone:
            yield Changed(
                table=comparison.pair.before,
                column="",
                shown=comparison.table.display,
                rows=comparison.matches.gone,
                of=total,
            )
        for names in comparison.sides.columns:
            if values := list(_changed_on_purpose(comparison, names)):
                given = sum(value is None for value, _ in values)
                rows = len(values) - given
                yield Changed(
                    table=comparison.pair.before,
                    column=names[0],
                    shown=f"{comparison.table.display}.{comparison.table.spelled(names[1])}",
                    rows=rows,
                    given=given,
                    of=total,
                )


def _changed_on_purpose(
    comparison: ComparedTable, names: tuple[str, str]
) -> Iterator[tuple[object, object]]:
    """Yield the values of a column that was computed; of one that has another type and prints its
    values in another way, those that do not mean the same."""
    sides = comparison.sides
    values = changed(sides, comparison.matches, names)
    if names not in sides.stored:
        yield from values
    elif names in sides.retyped:
        yield from (pair for pair in values if loosely(pair[0]) != loosely(pair[1]))


def with_way_back(
    changes_found: Iterable[Changed],
    again: Iterable[Changed],
    ends: tuple[ScratchState, ScratchState | None],
) -> Iterator[Changed]:
    """`again` is what the run did that went down as well, perhaps with fewer rows."""
    last_changes = {(change.table, change.column): change for change in again}
    for change in changes_found:
        last = last_changes.get((change.table, change.column))
        covered = last is not None and last.rows + last.given >= change.rows + change.given
        before, back = ends
        restored = covered and back is not None and _is_restored(before, back, change)
        yield replace(change, restored=restored)


def _is_restored(before: ScratchState, back: ScratchState, change: Changed) -> bool:
    if change.column:
        return came_back(before, back, Lost(change.table, change.column))
    sides = _there_and_back(before, back, change.table)
    return sides is not None and not matched(sides).gone


def came_back(before: ScratchState, back: ScratchState, lost: Lost) -> bool:
    """Return whether every row has the values that it had. Where all have the same value, a
    default would look like it."""
    sides = _there_and_back(before, back, lost.table, column=lost.column)
    if sides is None:
        return False
    was, now = sides.rows
    matches = matched(sides)
    names = [(name, name) for name in was.columns if lost.column in ("", name)]
    same = not any(next(changed(sides, matches, pair), None) for pair in names)
    if matches.gone or not same:
        return False
    if not lost.column:
        return len(was.rows) == len(now.rows)
    place = was.columns.index(lost.column)
    return len({repr(row[place]) for row in was.rows.values()}) > 1


def put_instead(back: ScratchState, lost: Lost) -> str:
    """Say what the rows have in the place of values that did not come back; nothing, where they
    have none."""
    rows = back.rows.get(lost.table)
    if not lost.column or rows is None or lost.column not in rows.columns:
        return ""
    place = rows.columns.index(lost.column)
    values = {repr(row[place]) for row in rows.rows.values() if row[place] is not None}
    if len(values) > 1:
        return "values that are not all what they were"
    return "".join(values)


def _there_and_back(
    before: ScratchState, back: ScratchState, table: str, *, column: str = ""
) -> TableSides | None:
    """Return None where there was no row to tell by, or a column is gone for good."""
    was, now = before.rows.get(table), back.rows.get(table)
    if was is None or now is None or not was.rows or not set(was.columns) <= set(now.columns):
        return None
    names = [(name, name) for name in was.columns]
    steady = [both for both in names if both[0] != column]
    return TableSides(
        before=(before, table), after=(back, table), columns=names, steady=steady, stored=steady
    )
