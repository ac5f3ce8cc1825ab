"""Foreign keys after a move: one that was there must hold, one that is new may refuse rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlplumb.engines import Orphans, Traced
from sqlplumb.proof.state import State, kind
from sqlplumb.schema import ForeignKey, Schema


def broken(
    found: Sequence[Orphans], before: State, after: State, traced: Traced
) -> tuple[list[str], list[str]]:
    """What must not be, and the tables of before whose rows a new key refuses."""
    known = {
        Orphans(
            table=fact.ref.table,
            columns=fact.columns,
            target=fact.target,
            target_columns=fact.target_columns,
        )
        for fact in _keys(before.schema)
    }
    failures, refused = list[str](), list[str]()
    for orphans in found:
        former = _formerly(orphans, traced)
        claimed = former if former in known else replace(former, columns=orphans.columns)
        if claimed in known and _means_the_same(before, after, claimed, orphans):
            child, parent = after.schema.unit(orphans.table), after.schema.unit(orphans.target)
            what = f"rows refer to rows of {parent.display} that are not there"
            failures.append(f"{child.display}: {what}")
        else:
            refused.append(former.table)
    return failures, refused


def _formerly(orphans: Orphans, traced: Traced) -> Orphans:
    """By the names of before."""
    table, target = orphans.table, orphans.target
    return Orphans(
        table=traced.tables.get(table, table),
        columns=tuple(traced.columns.get((table, name), name) for name in orphans.columns),
        target=traced.tables.get(target, target),
        target_columns=tuple(
            traced.columns.get((target, name), name) for name in orphans.target_columns
        ),
    )


def _means_the_same(before: State, after: State, former: Orphans, orphans: Orphans) -> bool:
    """A key on a column that is computed now, or of another type, is as good as new."""
    columns = zip(former.columns, orphans.columns, strict=True)
    return all(
        kind(before.schema, former.table, was) == kind(after.schema, orphans.table, now)
        for was, now in columns
    )


def _keys(schema: Schema) -> list[ForeignKey]:
    return [fact for fact in schema.objects.values() if isinstance(fact, ForeignKey)]
