"""Do these words make the table that is meant? Alembic runs them on the table as it was."""

from __future__ import annotations

from sqlplumb.engines import engine
from sqlplumb.schema import Object, Ref, Table
from sqlplumb.steps import Step


def trial(engine_name: str, step: Step, source: str = "") -> str:
    """What is wrong with them; empty where nothing is. Without a source, the step's own SQL."""
    with engine(engine_name).open_fillable() as scratch:
        try:
            with scratch.alchemy.connect() as bind:
                bind.exec_driver_sql(_head(step.before).text)
                if source:
                    _run(source, bind)
                else:
                    for one in (*step.first, *step.statements):
                        bind.exec_driver_sql(one)
                bind.commit()
        except Exception as error:  # somebody else's code, on whatever a person wrote
            return f"{type(error).__name__}: {error}".partition("\n")[0]
        found = scratch.opened("trial", "sql").read()
    return _difference(dict(found.objects), {fact.ref: fact for fact in step.after})


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


def _difference(found: dict[Ref, Object], wanted: dict[Ref, Object]) -> str:
    """The first object that would not be what it is to be."""
    for ref, fact in wanted.items():
        if found.get(ref) != fact:
            return f"{ref.kind} {ref} would not be what it is to be"
    extra = next((ref for ref in found if ref.inline and ref not in wanted), None)
    return f"{extra.kind} {extra} would come as well" if extra else ""
