"""Proofs of less than a revision of the history: of a plan that is no revision yet, of the words
for one table, and of what a revision changes in a copy of a database that somebody uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlplumb.changes import Alter, Change, Drop, Rename, diff
from sqlplumb.changes.names import named_on_one_side
from sqlplumb.engines import Snapshot, engine
from sqlplumb.errors import PlumbError
from sqlplumb.proof.proof import Counted, Failure, Proof, refused_rows
from sqlplumb.proof.revision_run import RevisionRun, RowsRefused, TryAgain, down_and_up, state, up
from sqlplumb.proof.row_comparison import (
    compared,
    counted_less,
    damages,
    losses,
    pairs,
    with_way_back,
)
from sqlplumb.proof.scratch_state import ScratchState, complaints, state_of
from sqlplumb.schema import Column, ForeignKey, Object, Schema, Table
from sqlplumb.sources.open_replays import OpenReplay
from sqlplumb.steps import Plan, Step


def prove_plan(plan: Plan) -> Proof:
    """Run a plan on rows; those that a new rule refuses are left out, and reported."""
    its_engine = engine(plan.desired.engine)
    with its_engine.open_scratch() as scratch:
        scratch.run(its_engine.creates(plan.current))
        renames = [change for change in plan.changes if isinstance(change, Rename)]
        filled = scratch.fill(row_checks=plan.row_checks, renames=renames, fills=plan.fills)
        for row_check in plan.row_checks:
            scratch.remove(row_check.table, row_check.where, renames)
        before = state_of(scratch.source("scratch"), scratch)
        statements = list[str]()
        orphans = scratch.orphans()
        scratch.record(statements)
        failures = list[str]()
        try:
            scratch.run(its_engine.script(plan))
            after = state_of(scratch.source("scratch"), scratch, before)
        except PlumbError as error:
            return Proof(revision="plan", failures=(Failure(str(error)),))
        executed = scratch.executed(statements)
        table_pairs = list(pairs(before, after, executed))
        failures += counted_less(before, after, table_pairs)
        failures += damages(compared(before, after, executed))
        differences = _differences(after.schema, plan.desired)
        failures += complaints(before, after)
        failures += [
            f"{change.ref.kind} {change.ref} is not what it should be" for change in differences
        ]
        failures += [
            f"{key.table}: rows refer to rows of {key.target} that are gone"
            for key in scratch.orphans()
            if key not in orphans
        ]
    counts = [len(rows.rows) for rows in before.rows.values() if rows.rows]
    return Proof(
        revision="plan",
        tables=len(counts),
        rows=sum(counts),
        failures=tuple(map(Failure, failures)),
        losses=tuple(map(str, losses(before, table_pairs))),
        uncovered=(
            *(f"rows of {table}: {why}" for table, why in filled.unfilled.items()),
            *map(refused_rows, plan.row_rules),
            "a way back: it is a revision that has one",
        ),
    )


def trial(engine_name: str, step: Step, source: str = "") -> str:
    """Try the source of a step, or its own SQL; return what is wrong with it, or nothing."""
    with engine(engine_name).open_scratch() as scratch:
        try:
            with scratch.alchemy.connect() as bind:
                head = next(fact for fact in step.before if isinstance(fact, Table))
                for table in (head, *step.reads):
                    bind.exec_driver_sql(table.text)
                if source:
                    _run(source, bind)
                else:
                    for statement in (*step.first, *step.statements):
                        bind.exec_driver_sql(statement)
                bind.commit()
        except Exception as error:  # somebody else's code, on whatever a person wrote
            return f"{type(error).__name__}: {error}".partition("\n")[0]
        schema = scratch.source("trial", "sql").read()
    objects = {ref: fact for ref, fact in schema.objects.items() if ref.unit == step.ref.name}
    return _difference(replace(schema, objects=objects), step.after, bool(source))


def _run(source: str, bind: object) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    context = MigrationContext.configure(bind)  # type: ignore[arg-type]
    names: dict[str, object] = {}
    exec(compile(source, "trial", "exec"), names)  # noqa: S102 (what will be a revision file)
    with Operations.context(context):
        names["upgrade"]()  # type: ignore[operator]


def _difference(schema: Schema, after: tuple[Object, ...], names: bool) -> str:
    """Return the first object that would not be what it is to be. A step's own SQL gives the names
    that it gives; a source must give the same `names`."""
    desired = Schema({fact.ref: fact for fact in after}, engine=schema.engine)
    for change in diff(schema, desired) if names else _differences(schema, desired):
        if not isinstance(change, Drop):
            return f"{change.ref.kind} {change.ref} would not be what it is to be"
        if change.ref.inline:
            return f"{change.ref.kind} {change.ref} would come as well"
    lone = named_on_one_side(schema, desired) if names else ()
    return next((f"{fact.ref.kind} {fact.ref} would not keep its name" for _, fact in lone), "")


def _differences(schema: Schema, desired: Schema) -> Iterator[Change]:
    """Yield what a plan's own SQL does not make as it should be. A table that is made anew from
    the words of a MetaData has these words, which were found to mean the same."""
    for change in diff(schema, desired):
        if not (isinstance(change, Alter) and set(change.fields) <= {*_respelled(change, desired)}):
            yield change


def _respelled(change: Alter, desired: Schema) -> Iterator[str]:
    """Yield the fields in which SQLAlchemy Core has one way to say what can be said in several:
    a type by another name of its family; NOT NULL of the column that numbers the rows, which it is
    anyway; no default; a foreign key without the columns of the key that it refers to."""
    its_engine = engine(desired.engine)
    match change.current, change.desired:
        case Column() as current, Column() as column:
            if its_engine.type_family(current.type) == its_engine.type_family(column.type):
                yield "type"
            if its_engine.row_number_column(desired.unit(column.ref.table)) == column.ref.name:
                yield "not_null"
            defaults = (side.default.canonical for side in (current, column) if side.default)
            if {*defaults} <= {"null"}:
                yield "default"
        case ForeignKey(), ForeignKey(target_columns=()):
            yield "target_columns"


def count_changes(
    snapshot: Snapshot,
    open_replay: OpenReplay,
    *,
    revision: str,
    parents: tuple[str, ...],
    beside: bool = False,
) -> Counted:
    """Run a revision up and down with the rows that are there; count what it changes in them."""
    try:
        with open_replay() as replay:
            replay.scratch.restore(snapshot)
            run = RevisionRun(
                replay=replay, revision=revision, bases=parents, parents=parents, beside=beside
            )
            before = state(run)
            climbed, after = up(run, before, None)
            if climbed.failures:
                return Counted(why_not=str(climbed.failures[0]), fails=True)
            back = _back(run, before, after) if climbed.changes else None
            ends = (before, back)
            return Counted(tuple(with_way_back(climbed.changes, climbed.changes, ends)))
    except RowsRefused as refusal:
        return Counted(why_not=str(refusal), fails=True)
    except (TryAgain, PlumbError) as error:
        return Counted(why_not=str(error) or "its own code refuses them")


def _back(run: RevisionRun, before: ScratchState, after: ScratchState) -> ScratchState | None:
    try:
        return down_and_up(run, before, after).back
    except (TryAgain, RowsRefused):
        return None
