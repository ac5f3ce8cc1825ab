"""The kinds by what they share, and what statements call the parts of a table.

Must never read an expression.
"""

from __future__ import annotations

from sqlplumb.engines.postgres.names import quoted, table_of
from sqlplumb.engines.postgres.options import TableOptions, ViewOptions
from sqlplumb.schema import Object, PrimaryKey, Ref

TYPES = frozenset(("enum", "composite type", "domain", "range type", "base type"))
RULES = frozenset(("primary key", "unique", "foreign key", "check", "exclusion"))
KEYS = frozenset(("primary key", "unique", "exclusion"))
INDEXED = KEYS | {"index"}
RELATIONS = frozenset(("table", "view", "materialized view"))
OF_PARTS = RELATIONS | {"composite type"}  # as are their rows
ROUTINES = frozenset(("function", "procedure", "aggregate"))


def rule_name(fact: Object) -> str:
    """Return the name of a constraint, which a primary key has beside its address."""
    own = fact.name if isinstance(fact, PrimaryKey) else ""
    return quoted(own or fact.ref.name)


def column_of(ref: Ref) -> str:
    return f"{table_of(ref)}.{quoted(ref.name)}"


def relation_word(fact: Object) -> str:
    """Return what statements call a table or a view."""
    match fact.options:
        case TableOptions(server=server):
            return "FOREIGN TABLE" if server else "TABLE"
        case ViewOptions(is_materialized=True):
            return "MATERIALIZED VIEW"
    return "VIEW" if fact.ref.kind == "view" else fact.ref.kind.upper()
