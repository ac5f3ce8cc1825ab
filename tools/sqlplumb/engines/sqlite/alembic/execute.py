"""Statements of SQL as statements of a revision: `op.execute`, `ask`, and their lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlplumb.engines.sqlite.plan.guards import Numbered
from sqlplumb.python_layout import INDENT, Call, Code, call, can_be_tripled, lines, string, tripled

WIDTH = 88  # as ruff and black have it where nobody says otherwise

_BIND = re.compile(r"(?<![:\w]):(?=\w)")


def statement(node: Call, *, depth: int = 1, prefix: str = "", suffix: str = "") -> list[str]:
    return list(lines(node, depth, prefix=prefix, suffix=suffix, width=WIDTH))


def executed(statements: Iterable[str]) -> list[str]:
    return [line for one in statements for line in _execute(one)]


def asked(conditions: Iterable[Numbered]) -> list[str]:
    calls = (call("ask", Code(str(one.number)), Code(string(one.condition))) for one in conditions)
    return [line for one in calls for line in statement(one)]


def _execute(sql: str) -> list[str]:
    """SQLAlchemy would take `:word` for a parameter, so that is escaped."""
    escaped = _BIND.sub(r"\\:", sql)
    if not _is_read_back(escaped, sql):
        said = call("sa.DDL", Code(string(sql.replace("%", "%%"))))
        return statement(call("op.execute", said))
    one_line = f"{INDENT}op.execute({string(escaped)})"
    if "\n" not in escaped and len(one_line) <= WIDTH:
        return [one_line]
    if not can_be_tripled(escaped):
        return statement(call("op.execute", Code(string(escaped))))
    ends = "\n" if escaped.endswith('"') else ""
    return [f"{INDENT}op.execute({tripled(escaped, ends)})"]


def _is_read_back(escaped: str, sql: str) -> bool:
    """Does SQLAlchemy hand on to the database what was meant?"""
    if ":" not in sql and "\\" not in sql:
        return True
    import sqlalchemy as sa
    from sqlalchemy.dialects.sqlite import dialect

    return str(sa.text(escaped).compile(dialect=dialect())) == sql
