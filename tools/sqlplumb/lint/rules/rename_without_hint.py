"""P204: one goes, its like comes: perhaps a rename that nobody said."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlplumb.changes import Create, Drop
from sqlplumb.engines import engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Outlook
from sqlplumb.schema import Column, Ref, Schema, Table
from sqlplumb.steps import Plan

_ALIKE = 0.7


def find(outlook: Outlook) -> Iterator[Found]:
    for made, dropped in (*likely_columns(outlook.plan), *_tables(outlook.plan)):
        yield _found(made, dropped, engine(outlook.plan.desired.engine).rename_hint)


def likely_columns(plan: Plan) -> Iterator[tuple[Ref, Ref]]:
    """What comes and what goes, where in its table there is one of either, and of one type."""
    whole = {c.ref.name for c in plan.changes if not c.ref.table and not c.ref.inline}
    gone: dict[str, list[Column]] = {}
    come: dict[str, list[Column]] = {}
    for change in plan.changes:
        match change:
            case Drop(Column() as column) if column.ref.table not in whole:
                gone.setdefault(column.ref.table, []).append(column)
            case Create(Column() as column) if column.ref.table not in whole:
                come.setdefault(column.ref.table, []).append(column)
    for table in gone.keys() & come.keys():
        pairs = [(m, d) for m in come[table] for d in gone[table] if _could_be(d, m)]
        if len(pairs) == 1:
            yield pairs[0][0].ref, pairs[0][1].ref


def _could_be(dropped: Column, made: Column) -> bool:
    return dropped.type == made.type and made.generated is None and not made.backfill


def _tables(plan: Plan) -> Iterator[tuple[Ref, Ref]]:
    gone = [c.ref for c in plan.changes if _is(c, Drop)]
    come = [c.ref for c in plan.changes if _is(c, Create)]
    for dropped in gone:
        for made in come:
            sides = _names(plan.current, dropped), _names(plan.desired, made)
            if len(sides[0] & sides[1]) >= _ALIKE * len(sides[0] | sides[1]) > 1:
                yield made, dropped


def _is(change: object, kind: type) -> bool:
    fact = getattr(change, "current" if kind is Drop else "desired", None)
    return isinstance(change, kind) and isinstance(fact, Table)


def _names(schema: Schema, table: Ref) -> set[str]:
    return {r.name for r in schema.objects if r.kind == "column" and r.table == table.name}


def _found(made: Ref, dropped: Ref, rename_hint: Callable[[str], str]) -> Found:
    like = "of the same type" if made.inline else "with nearly the same columns"
    lost = "values" if made.inline else "rows"
    message = f"{dropped} goes and {made} comes, {like}: if that is a rename, the {lost} are lost"
    hint = rename_hint(dropped.display)
    say = f"say `{hint}` beside {made} in schema.sql, or " if hint else ""
    instead = (
        f"If it is one, {say}rename it in the revision. If it is not, ignore this with a reason."
    )
    return Found(made, message, instead)


RULE = Rule(
    code="P204",
    name="rename-without-hint",
    severity="warning",
    judges="plan",
    triggers="A column or table that is dropped while another like it is created.",
    harms=(
        "If it was meant as a rename, the new one is empty and the stored values are gone. A tool"
        " cannot see the difference, and sqlplumb never guesses."
    ),
    instead=(
        "Say `-- @renamed from=name` beside it in schema.sql, or rename it in the revision. If it"
        " is no rename, ignore this with a reason."
    ),
    bad="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY, label TEXT);
-- desired
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);""",
    good="""\
-- current
CREATE TABLE users (id INTEGER PRIMARY KEY, label TEXT);
-- desired
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT -- @renamed from=label
);""",
    find=find,
)
