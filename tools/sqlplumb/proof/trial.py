"""Do these words make the table that is meant? Alembic runs them on the table as it was."""

from __future__ import annotations

from dataclasses import replace

from sqlplumb.changes import Drop, diff
from sqlplumb.changes.names import named_on_one_side
from sqlplumb.engines import engine
from sqlplumb.schema import Object, Schema, Table
from sqlplumb.steps import Step


def trial(engine_name: str, step: Step, source: str = "") -> str:
    """What is wrong with them; empty where nothing is. Without a source, the step's own SQL."""
    with engine(engine_name).open_scratch() as scratch:
        try:
            with scratch.alchemy.connect() as bind:
                for table in (_head(step.before), *step.reads):
                    bind.exec_driver_sql(table.text)
                if source:
                    _run(source, bind)
                else:
                    for one in (*step.first, *step.statements):
                        bind.exec_driver_sql(one)
                bind.commit()
        except Exception as error:  # somebody else's code, on whatever a person wrote
            return f"{type(error).__name__}: {error}".partition("\n")[0]
        found = scratch.source("trial", "sql").read()
    own = {ref: fact for ref, fact in found.objects.items() if ref.unit == step.ref.name}
    return _difference(replace(found, objects=own), step.after, bool(source))


def _run(source: str, bind: object) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    context = MigrationContext.configure(bind)  # type: ignore[arg-type]
    names: dict[str, object] = {}
    exec(compile(source, "trial", "exec"), names)  # noqa: S102 (what will be a revision file)
    with Operations.context(context):
        names["upgrade"]()  # type: ignore[operator]


def _head(facts: tuple[Object, ...]) -> Table:
    return next(fact for fact in facts if isinstance(fact, Table))


def _difference(found: Schema, after: tuple[Object, ...], names: bool) -> str:
    """The first object that would not be what it is to be. The text of a step says the names that
    it says; other words are to say the same `names`."""
    wanted = Schema({fact.ref: fact for fact in after})
    for change in diff(found, wanted):
        if not isinstance(change, Drop):
            return f"{change.ref.kind} {change.ref} would not be what it is to be"
        if change.ref.inline:
            return f"{change.ref.kind} {change.ref} would come as well"
    lone = named_on_one_side(found, wanted) if names else ()
    return next((f"{one.ref.kind} {one.ref} would not keep its name" for _, one in lone), "")
