"""All that a scratch holds at one moment, and two moments held against each other: as schemas, and
by the foreign keys that rows break.

A key that was there must hold; one that is new may refuse rows. Must never run anything.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlplumb.changes import diff
from sqlplumb.engines import Executed, Orphans, Rows, Scratch, Source, engine
from sqlplumb.engines.scratch import Counter
from sqlplumb.schema import ForeignKey, Ref, Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchState:
    """`texts` are those of all units; `schema` and `rows` hold nothing of tables left alone."""

    schema: Schema
    texts: Mapping[str, frozenset[str]]
    rows: Mapping[str, Rows]
    counters: Mapping[str, Counter]
    unsound: Sequence[str]  # what the engine complains of


def state_of(
    opened: Source,
    scratch: Scratch,
    known: ScratchState | None = None,
    *,
    left_alone: Collection[str] = (),
) -> ScratchState:
    """Read what a scratch holds now.

    What has the same text as in a state that is known has the same facts, unless what another unit
    holds decides what a body says. Of tables that are `left_alone`, which hold no rows and change
    in nothing, the text alone is read."""
    steady = (
        known if known and not (known.schema.quotes_in_bodies or opened.quotes_in_bodies) else None
    )
    same = {u for u, text in opened.texts.items() if steady and steady.texts.get(u) == text}
    unchanged = [f for f in steady.schema.objects.values() if f.ref.unit in same] if steady else []
    same.update(left_alone)
    read = opened.read_units([unit for unit in opened.texts if unit not in same])
    schema = opened.schema((*unchanged, *read))
    return ScratchState(
        schema=schema,
        texts=opened.texts,
        rows=scratch.rows(left_alone),
        counters=scratch.counters(),
        unsound=scratch.unsound(),
    )


def complaints(before: ScratchState, after: ScratchState) -> Iterator[str]:
    """Yield what the engine did not say before: some schemas let in what it complains of."""
    yield from (complaint for complaint in after.unsound if complaint not in before.unsound)


def differing(schema: Schema, desired: Schema) -> Iterator[Ref]:
    """Yield what is not what it should be."""
    for change in diff(*engine(desired.engine).settle(schema, desired)):
        yield change.ref


def unlike(current: Source, desired: Source) -> tuple[Schema, Schema]:
    """Return both sides of what has not the same text."""
    units = current.texts.keys() | desired.texts.keys()
    if not (current.quotes_in_bodies or desired.quotes_in_bodies):
        units = {unit for unit in units if current.texts.get(unit) != desired.texts.get(unit)}
    return current.read(units), desired.read(units)


def stored_as(schema: Schema, table: str, column: str) -> Hashable:
    """Return what decides in which form a column stores a value."""
    unit = schema.unit(table)
    return engine(schema.engine).stored_as(unit, unit.columns[column])


def broken(
    broken_keys: Sequence[Orphans], before: ScratchState, *, after: ScratchState, executed: Executed
) -> tuple[list[str], list[str]]:
    """Return failures, and the tables of before whose rows a new key refuses."""
    known = {
        Orphans(
            table=fact.ref.table,
            columns=fact.columns,
            target=fact.target,
            target_columns=fact.target_columns,
        )
        for fact in before.schema.objects.values()
        if isinstance(fact, ForeignKey)
    }
    failures, refused = list[str](), list[str]()
    for orphans in broken_keys:
        former = _formerly(orphans, executed)
        claimed = former if former in known else replace(former, columns=orphans.columns)
        columns = zip(claimed.columns, orphans.columns, strict=True)
        # A key on a column that is computed now, or of another type, is as good as new.
        if claimed in known and all(
            stored_as(before.schema, claimed.table, name)
            == stored_as(after.schema, orphans.table, column)
            for name, column in columns
        ):
            child, parent = after.schema.unit(orphans.table), after.schema.unit(orphans.target)
            what = f"rows refer to rows of {parent.display} that are not there"
            failures.append(f"{child.display}: {what}")
        else:
            refused.append(former.table)
    return failures, refused


def _formerly(orphans: Orphans, executed: Executed) -> Orphans:
    """By the names of before."""
    table, target = orphans.table, orphans.target
    return Orphans(
        table=executed.tables.get(table, table),
        columns=tuple(executed.columns.get((table, name), name) for name in orphans.columns),
        target=executed.tables.get(target, target),
        target_columns=tuple(
            executed.columns.get((target, name), name) for name in orphans.target_columns
        ),
    )
