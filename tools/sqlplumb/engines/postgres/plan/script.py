"""A plan as one script for psql, which stops at the first error (`ON_ERROR_STOP`).

It opens and ends its own transactions. What can be used only when it is committed, and what cannot
run in a transaction, stand in parts of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlplumb.changes import Create
from sqlplumb.engines.postgres.plan.plan import plan_steps
from sqlplumb.schema import Ref, Schema
from sqlplumb.steps import Plan, Step, Target

_SETTINGS = ("SET lock_timeout = '5s'", "SET check_function_bodies = off")
_TEXTS_ALONE = ("SET check_function_bodies = off",)
_IN_EVERY_DATABASE = Ref("extension", "", "plpgsql")


def script(plan: Plan) -> str:
    """Return the script; empty where there is nothing to do."""
    if not plan.steps:
        return ""
    parts = list(segments(plan.steps))
    lines = [f"{setting};\n" for setting in _SETTINGS]
    for part in parts:
        lines.append("\n")
        inside = list(_said(part))
        is_alone = not all(step.transactional for step in part)
        lines += inside if is_alone else ["BEGIN;\n", *inside, "COMMIT;\n"]
    return "".join(lines)


def segments(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Cut the steps where a transaction must end."""
    steps = tuple(steps)
    first = [step for step in steps if step.commits and not step.needs_before(steps)]
    if first:
        yield first
    part: list[Step] = []
    for step in steps:
        if step in first:
            continue
        if not step.transactional:
            if part:
                yield part
            yield [step]
            part = []
            continue
        part.append(step)
        if step.commits:
            yield part
            part = []
    if part:
        yield part


def laid_out(schema: Schema) -> str:
    """Return the whole schema as a file for people: one statement after the other."""
    nothing = Schema({}, engine=schema.engine)
    own = (fact for fact in schema.objects.values() if fact.ref != _IN_EVERY_DATABASE)
    made = tuple(Create(fact) for fact in own)
    steps = plan_steps(nothing, schema, made, target=Target(version=()))
    return "\n".join(f"{statement};\n" for step in steps for statement in step.statements)


def _said(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        for statement in step.statements:
            yield f"{statement};\n"


def creates(schema: Schema) -> str:
    """Return the whole schema as a script for an empty database."""
    nothing = Schema({}, engine=schema.engine)
    made = tuple(Create(fact) for fact in schema.objects.values())
    steps = plan_steps(nothing, schema, made, target=Target(version=()))
    settings = "".join(f"{setting};\n" for setting in _TEXTS_ALONE)
    return settings + "".join(_said(steps))
