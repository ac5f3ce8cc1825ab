"""What sqlplumb found, as one operation of Alembic's: rendered, reversed, compared, carried out."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass
from typing import Any

from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, Operations

from sqlplumb.python_text import literal
from sqlplumb.steps import Plan


@dataclass(frozen=True)
class Said:
    """One direction: its source, the functions it calls, what changes, and the plan itself."""

    source: str
    below: tuple[str, ...]
    changes: tuple[str, ...]
    plan: Plan


class PlumbOp(MigrateOperation):
    """A class because Alembic dispatches on it."""

    def __init__(self, said: Said, back: Said) -> None:
        self.said = said
        self.back = back

    def reverse(self) -> MigrateOperation:
        return PlumbOp(self.back, self.said)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("sqlplumb", *self.said.changes)


@renderers.dispatch_for(PlumbOp)
def _render(context: Any, operation: PlumbOp) -> list[str]:
    """Alembic indents what it is given, also inside of strings: so no string may go over lines."""
    context.imports.update(f"\n\n{part.rstrip()}\n" for part in operation.said.below)
    lines = ("    " + operation.said.source).split("\n")
    source = "\n".join(line.removeprefix("    ") for line in _one_line_strings(lines))
    return [source]


def _one_line_strings(lines: list[str]) -> list[str]:
    """Each string that goes over lines becomes several, which Python puts together again."""
    text = "if True:\n" + "\n".join(lines) + "\n"
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    said, done = "", 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING and "\n" in token.string:
            begins = starts[token.start[0] - 1] + token.start[1]
            said += text[done:begins] + _pieces(literal(token.string), token.start[1])
            done = begins + len(token.string)
    return (said + text[done:]).split("\n")[1:-1]


def _pieces(value: str, column: int) -> str:
    pieces = [repr(piece) for piece in value.lstrip("\n").splitlines(keepends=True)]
    return ("\n" + " " * column).join(pieces)


@Operations.implementation_for(PlumbOp)
def _carry_out(operations: Operations, operation: PlumbOp) -> None:
    from sqlplumb.engines import engine

    plan, bind = operation.said.plan, operations.get_bind()
    for one in engine(plan.desired.engine).statements(plan.steps):
        bind.exec_driver_sql(one)
