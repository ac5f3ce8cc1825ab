"""upgrade() and downgrade() of a revision, statement by statement.

Each direction sets how long it waits for a lock, whatever env.py says. Where statements run by
themselves, it is Alembic's `autocommit_block` that lets them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlplumb.engines.postgres.alembic.segments import runs_alone, segments
from sqlplumb.engines.revision_lines import executed, remark, risks
from sqlplumb.engines.statements import RevisionBody
from sqlplumb.steps import Step

_BLOCK = "    with op.get_context().autocommit_block():"
_AGAIN = "Each runs by itself, and may run twice: what a failed run has left is no obstacle."
_SHORT, _LONG = "5s", "15min"  # the latter is in nobody's way while it waits
_ROUTINES = ("function", "procedure")


def revision_body(up: Sequence[Step], down: Sequence[Step]) -> RevisionBody:
    return RevisionBody(_function(up), _function(down))


def _function(steps: Sequence[Step]) -> str:
    """Labels of enums come first where a direction could not be cut: they may come twice."""
    parts = (_part(part.steps) for part in segments(steps))
    text = "\n\n".join("\n".join(lines) for lines in parts)
    return text.removeprefix("    ") or "pass"


def _part(steps: Sequence[Step]) -> list[str]:
    return [*_alone(steps)] if runs_alone(steps) else [*_in_a_transaction(steps)]


def _in_a_transaction(steps: Sequence[Step]) -> Iterator[str]:
    settings = [f"SET LOCAL lock_timeout = '{_SHORT}'"]
    if any(step.ref.kind in _ROUTINES for step in steps):
        settings.append("SET LOCAL check_function_bodies = off")
    yield from _lines(settings, 1)
    for step in steps:
        yield from risks(step)
        yield from _lines(step.statements, 1)


def _alone(steps: Iterable[Step]) -> Iterator[str]:
    yield from remark(_AGAIN)
    yield _BLOCK
    waits = ""
    for step in steps:
        yield from (f"    {line}" for line in risks(step))
        for statement in step.statements:
            needed = _LONG if _lets_all_pass(statement) else _SHORT
            if needed != waits:
                yield from _lines([f"SET lock_timeout = '{needed}'"], 2)
            waits = needed
            yield from _lines([statement], 2)
    yield from _lines(["RESET lock_timeout"], 2)


def _lets_all_pass(statement: str) -> bool:
    return " INDEX CONCURRENTLY " in statement


def _lines(statements: Iterable[str], depth: int) -> list[str]:
    from sqlalchemy.dialects.postgresql.psycopg import dialect

    return executed(statements, dialect, depth=depth)
