"""Hints of what is new that nothing can come of. What `@renamed` names nothing is told where names
are settled (`swaps`)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.changes import Create
from sqlplumb.errors import Problem
from sqlplumb.schema import Column, Table
from sqlplumb.steps import Plan


def idle_hints(plan: Plan) -> Iterator[Problem]:
    """Yield a problem for each hint to fill a column of a table that is new."""
    created = [change.desired for change in plan.changes if isinstance(change, Create)]
    tables = {fact.ref for fact in created if isinstance(fact, Table)}
    for fact in created:
        if isinstance(fact, Column) and fact.backfill and fact.ref.table_ref in tables:
            message = f"{fact.ref}: its table is new, so there is no row for the @backfill to fill"
            advice = "put an INSERT ... SELECT into the revision, behind the CREATE TABLE"
            yield Problem(message, advice, place=fact.place)
