"""Lines of a revision that all engines write alike: a statement to execute, a comment.

What comes from a schema is hostile until it is a Python literal. Must never know what a statement
is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlplumb.python_layout import (
    INDENT,
    Call,
    Code,
    call,
    can_be_tripled,
    comment,
    lines,
    string,
    tripled,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

    from sqlplumb.steps import Step

WIDTH = 88  # as ruff and black have it where nobody says otherwise

_BIND = re.compile(r"(?<![:\w]):(?=\w)")


def statement(node: Call, *, depth: int = 1, prefix: str = "", suffix: str = "") -> list[str]:
    return list(lines(node, depth, prefix=prefix, suffix=suffix, width=WIDTH))


def executed(statements: Iterable[str], dialect: type[Dialect], *, depth: int = 1) -> list[str]:
    return [line for sql in statements for line in _execute(sql, dialect, depth)]


def _execute(sql: str, dialect: type[Dialect], depth: int) -> list[str]:
    """SQLAlchemy would take `:word` for a parameter, so that is escaped."""
    escaped = _BIND.sub(r"\\:", sql)
    if not _is_read_back(escaped, sql, dialect):
        ddl = call("sa.DDL", Code(string(sql.replace("%", "%%"))))
        return statement(call("op.execute", ddl), depth=depth)
    one_line = f"{INDENT * depth}op.execute({string(escaped)})"
    if "\n" not in escaped and len(one_line) <= WIDTH:
        return [one_line]
    if not can_be_tripled(escaped):
        return statement(call("op.execute", Code(string(escaped))), depth=depth)
    ends = "\n" if escaped.endswith('"') else ""
    return [f"{INDENT * depth}op.execute({tripled(escaped, ends)})"]


def _is_read_back(escaped: str, sql: str, dialect: type[Dialect]) -> bool:
    """Does every SQLAlchemy hand on to the database what was meant? Before 2.1, `%(x)s` is a
    parameter to it."""
    if "%(" in sql:
        return False
    if ":" not in sql and "\\" not in sql:
        return True
    import sqlalchemy as sa

    of_driver = dialect()
    compiled = str(sa.text(escaped).compile(dialect=of_driver))
    if of_driver.paramstyle in ("format", "pyformat"):
        compiled = compiled.replace("%%", "%")  # as the driver does
    return compiled == sql


def risks(step: Step) -> list[str]:
    """Say in comments what a step may lose, and what rows may refuse."""
    said = [
        f"{loss.message}."
        if loss.kind == "empty"
        else f"{'May lose' if loss.row_check else 'Loses'} {loss.message}."
        for loss in step.losses
    ]
    is_whole = step.verb == "drop" and step.ref.kind == "table"
    if not is_whole and any(loss.kind != "empty" for loss in step.losses):
        said.append("A statement that keeps them goes here, above this comment.")
    said += [f"There may be {row_check.rule}." for row_check in step.doubts]
    said += [f"Rows may refuse: {row_check.rule}." for row_check in step.row_checks]
    if step.row_checks:
        said.append("A statement that mends them goes here, above this comment.")
    return [line for text in said for line in remark(text)]


def remark(text: str, depth: int = 1) -> list[str]:
    return comment(" ".join(text.split()), depth, WIDTH)
