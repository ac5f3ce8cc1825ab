"""upgrade() and downgrade() of a revision, statement by statement.

Each direction sets how long it waits for a lock, whatever env.py says. Where statements run by
themselves, it is Alembic's `autocommit_block` that lets them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlplumb.config import Style
from sqlplumb.engines.postgres.alembic.said import said
from sqlplumb.engines.postgres.alembic.segments import runs_alone, segments
from sqlplumb.engines.revision_lines import executed, remark, risks, statement
from sqlplumb.engines.statements import RevisionBody
from sqlplumb.steps import Step

_BLOCK = "    with op.get_context().autocommit_block():"
_AGAIN = "Each runs by itself, and may run twice: what a failed run has left is no obstacle."
_SHORT, _LONG = "5s", "15min"  # the latter is in nobody's way while it waits
_ROUTINES = ("function", "procedure")
_IMPORT = "from sqlalchemy.dialects import postgresql"
_Write = Callable[[Iterable[str], int], list[str]]


def revision_body(up: Sequence[Step], down: Sequence[Step], style: Style) -> RevisionBody:
    """Say in Alembic's operations what they can say, where the style is `ops`; else all in SQL."""
    write = _operations if style == "ops" else _lines
    upgrade, downgrade = _function(up, write), _function(down, write)
    imports = _IMPORT if "postgresql." in upgrade + downgrade else ""
    return RevisionBody(upgrade=upgrade, downgrade=downgrade, imports=imports)


def _function(steps: Sequence[Step], write: _Write) -> str:
    """Labels of enums come first where a direction could not be cut: they may come twice."""
    parts = (_part(part.steps, write) for part in segments(steps))
    text = "\n\n".join("\n".join(lines) for lines in parts)
    return text.removeprefix("    ") or "pass"


def _part(steps: Sequence[Step], write: _Write) -> list[str]:
    return [*_alone(steps, write)] if runs_alone(steps) else [*_in_a_transaction(steps, write)]


def _in_a_transaction(steps: Sequence[Step], write: _Write) -> Iterator[str]:
    settings = [f"SET LOCAL lock_timeout = '{_SHORT}'"]
    if any(step.ref.kind in _ROUTINES for step in steps):
        settings.append("SET LOCAL check_function_bodies = off")
    yield from _lines(settings, 1)
    for step in steps:
        yield from risks(step)
        yield from write(step.statements, 1)


def _alone(steps: Iterable[Step], write: _Write) -> Iterator[str]:
    yield from remark(_AGAIN)
    yield _BLOCK
    waits = ""
    for step in steps:
        yield from (f"    {line}" for line in risks(step))
        for sql in step.statements:
            needed = _LONG if _lets_all_pass(sql) else _SHORT
            if needed != waits:
                yield from _lines([f"SET lock_timeout = '{needed}'"], 2)
            waits = needed
            yield from write([sql], 2)
    yield from _lines(["RESET lock_timeout"], 2)


def _lets_all_pass(statement: str) -> bool:
    return " INDEX CONCURRENTLY " in statement


def _lines(statements: Iterable[str], depth: int) -> list[str]:
    from sqlalchemy.dialects.postgresql.psycopg import dialect

    return executed(statements, dialect, depth=depth)


def _operations(statements: Iterable[str], depth: int) -> list[str]:
    lines = list[str]()
    for sql in statements:
        operation = said(sql)
        lines += statement(operation, depth=depth) if operation else _lines([sql], depth)
    return lines
