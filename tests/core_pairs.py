"""Rules as people write them in schema.sql, beside the same rules as natural SQLAlchemy Core.

The last four do not mean the same. A rule is a CHECK, the predicate of a partial index, the value
of a generated column, a default or a term of an index.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy import and_, case, false, func, literal_column, not_, null, or_, text, true

COLUMNS = """
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL,
    kind TEXT,
    name TEXT COLLATE NOCASE,
    size INTEGER NOT NULL,
    price REAL,
    active BOOLEAN NOT NULL,
    done BOOLEAN,
    data TEXT,
    starts TEXT,
    ends TEXT,
    a INTEGER,
    b INTEGER"""


def columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20)),
        sa.Column("name", sa.String(80, collation="NOCASE")),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("price", sa.Float),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("done", sa.Boolean),
        sa.Column("data", sa.Text),
        sa.Column("starts", sa.Text),
        sa.Column("ends", sa.Text),
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.Integer),
    )


class Rule(NamedTuple):
    kind: Literal["check", "where", "default", "generated", "index"]
    written: str
    core: Callable[[Any], Any]


SAME: tuple[Rule, ...] = (
    # Lists.
    Rule("check", "status IN ('new', 'done')", lambda t: t.status.in_(["new", "done"])),
    Rule("check", "status IN ('new', 'done')", lambda t: t.status.in_(["done", "new"])),
    Rule(
        "check", "status IN ('new', 'done')", lambda t: or_(t.status == "new", t.status == "done")
    ),
    Rule("check", "status = 'new' OR status = 'done'", lambda t: t.status.in_(["new", "done"])),
    Rule("check", "status NOT IN ('gone')", lambda t: t.status != "gone"),
    Rule("check", "status <> 'gone'", lambda t: t.status.not_in(["gone"])),
    Rule("check", "NOT (status IN ('a', 'b'))", lambda t: t.status.not_in(["a", "b"])),
    Rule("check", "kind IS NULL OR kind IN ('x', 'y')", lambda t: t.kind.in_(["x", "y"])),
    Rule(
        "check",
        "kind IN ('x', 'y') OR kind IS NULL",
        lambda t: or_(t.kind.is_(None), t.kind.in_(["x", "y"])),
    ),
    Rule("check", "size IN (1, 2, 3)", lambda t: t.size.in_([3, 2, 1])),
    # Booleans.
    Rule("check", "active IN (0, 1)", lambda t: or_(t.active == false(), t.active == true())),
    Rule("check", "active IN (0, 1)", lambda t: t.active.in_([True, False])),
    Rule("check", "active = 0 OR active = 1", lambda t: t.active.in_([False, True])),
    Rule("check", "done IS NULL OR done IN (0, 1)", lambda t: t.done.in_([True, False])),
    Rule("where", "active IS TRUE", lambda t: t.active),
    Rule("where", "active = 1", lambda t: t.active == true()),
    Rule("where", "active = 0", lambda t: t.active == false()),
    Rule("where", "active = 0", lambda t: not_(t.active)),
    Rule("where", "active = 1", lambda t: t.active.is_(True)),
    Rule("where", "done IS NOT NULL", lambda t: t.done.is_not(None)),
    Rule("where", "done IS NULL", lambda t: t.done == null()),
    Rule("where", "done NOTNULL", lambda t: not_(t.done.is_(None))),
    # Ranges.
    Rule("check", "size BETWEEN 0 AND 100", lambda t: t.size.between(0, 100)),
    Rule("check", "size >= 0 AND size <= 100", lambda t: t.size.between(0, 100)),
    Rule("check", "size BETWEEN 0 AND 100", lambda t: and_(t.size >= 0, t.size <= 100)),
    Rule("check", "0 <= size AND size <= 100", lambda t: and_(t.size <= 100, t.size >= 0)),
    Rule("check", "NOT size BETWEEN 5 AND 9", lambda t: ~t.size.between(5, 9)),
    Rule("check", "size < 5 OR size > 9", lambda t: not_(t.size.between(5, 9))),
    Rule("check", "size > 0", lambda t: literal_column("0") < t.size),
    Rule("check", "NOT size <= 0", lambda t: t.size > 0),
    Rule("check", "0 < size", lambda t: t.size > 0),
    Rule("check", "price IS NULL OR price >= 0", lambda t: t.price >= 0),
    Rule("check", "price >= 0", lambda t: t.price >= 0.0),
    Rule("check", "price > .5", lambda t: t.price > 0.5),
    Rule("check", "id > 0", lambda t: t.id >= 1),
    # Logic.
    Rule("check", "a > 0 AND b > 0 AND size > 0", lambda t: and_(t.size > 0, t.a > 0, t.b > 0)),
    Rule("check", "NOT (a > 0 OR b > 0)", lambda t: and_(not_(t.a > 0), not_(t.b > 0))),
    Rule("check", "a IS NULL OR b IS NOT NULL", lambda t: or_(t.b.is_not(None), t.a.is_(None))),
    Rule("check", "(a IS NULL) = (b IS NULL)", lambda t: t.a.is_(None) == t.b.is_(None)),
    Rule(
        "where",
        "active = 1 AND status NOT IN ('DONE', 'FAILED')",
        lambda t: and_(t.status != "DONE", t.status != "FAILED", t.active.is_(true())),
    ),
    Rule("where", "b > a", lambda t: t.a < t.b),
    Rule("check", "starts IS NULL OR ends IS NULL OR starts <= ends", lambda t: t.ends >= t.starts),
    Rule("check", "a <> b", lambda t: not_(t.a == t.b)),
    # Texts and calls.
    Rule("check", "length(name) > 0", lambda t: func.length(t.name) > 0),
    Rule("check", "0 < length(name)", lambda t: func.length(t.name) > 0),
    Rule(
        "check",
        "length(name) BETWEEN 1 AND 80",
        lambda t: and_(func.length(t.name) >= 1, func.length(t.name) <= 80),
    ),
    Rule("check", "trim(kind) <> ''", lambda t: func.trim(t.kind) != ""),
    Rule(
        "check",
        "json_valid(data) OR data IS NULL",
        lambda t: or_(t.data.is_(None), func.json_valid(t.data)),
    ),
    Rule("check", "kind LIKE 'x%' AND size > 0", lambda t: and_(t.size > 0, t.kind.like("x%"))),
    Rule("check", "name <> ''", lambda t: func.coalesce(t.name, "x") != ""),
    Rule("check", "upper(kind) = kind", lambda t: t.kind == func.upper(t.kind)),
    Rule("check", "size * 2 > a AND a > 0", lambda t: and_(t.a > 0, t.size * 2 > t.a)),
    # Values.
    Rule("default", "(1 = 1)", lambda t: text("1")),
    Rule("default", "(60 * 60)", lambda t: text("3600")),
    Rule("generated", "(size > 9)", lambda t: "9 < size"),
    Rule("index", "status = 'new'", lambda t: literal_column("'new' = status")),
)
OTHER: tuple[Rule, ...] = (
    Rule("check", "status IN ('new', 'done')", lambda t: t.status.in_(["new", "Done"])),
    Rule("check", "size BETWEEN 1 AND 100", lambda t: and_(t.size > 1, t.size <= 100)),
    Rule("where", "done", lambda t: t.done.is_(True)),
    Rule("check", "kind IN ('x', 'y')", lambda t: case((t.kind == "x", 1), else_=0) == 1),
)


def script(rules: tuple[Rule, ...]) -> str:
    return "".join(_create(f"t{number}", rule) for number, rule in enumerate(rules))


def _create(table: str, rule: Rule) -> str:
    index = f"CREATE INDEX i_{table} ON {table}"
    inside = behind = ""
    match rule.kind:
        case "check":
            inside = f", CONSTRAINT ck_{table} CHECK ({rule.written})"
        case "default":
            inside = f", x INTEGER DEFAULT {rule.written}"
        case "generated":
            inside = f", x INTEGER AS {rule.written}"
        case "where":
            behind = f"{index} (size) WHERE {rule.written};\n"
        case "index":
            behind = f"{index} (size, ({rule.written}));\n"
    return f"CREATE TABLE {table} ({COLUMNS}{inside});\n{behind}"


def metadata(rules: tuple[Rule, ...]) -> sa.MetaData:
    found = sa.MetaData()
    for number, rule in enumerate(rules):
        name = f"t{number}"
        table = sa.Table(name, found, *columns())
        said = rule.core(table.c)
        match rule.kind:
            case "check":
                table.append_constraint(sa.CheckConstraint(said, name=f"ck_{name}"))
            case "default":
                table.append_column(sa.Column("x", sa.Integer, server_default=said))
            case "generated":
                table.append_column(sa.Column("x", sa.Integer, sa.Computed(said)))
            case "where":
                sa.Index(f"i_{name}", table.c.size, sqlite_where=said)
            case "index":
                sa.Index(f"i_{name}", table.c.size, said)
    return found
