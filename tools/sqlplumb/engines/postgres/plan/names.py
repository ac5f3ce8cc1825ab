"""Names of objects as statements write them, and the states that steps give and need.

Every name is written in full, so that no statement depends on a `search_path`. Must never read an
expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlplumb.engines.postgres.names import quoted
from sqlplumb.engines.postgres.options import TableOptions, ViewOptions
from sqlplumb.schema import Object, PrimaryKey, Ref

PUBLIC = "public"


def qualified(name: str, namespace: str) -> str:
    return f"{quoted(namespace or PUBLIC)}.{quoted(name)}"


def table_of(ref: Ref) -> str:
    """Return the table or view that an object belongs to, or is, in full."""
    return qualified(ref.owner, ref.namespace)


def routine(ref: Ref) -> str:
    """Return a function by its name and the types of its arguments, as its `Ref` has them."""
    name, bracket, arguments = _split_arguments(ref.name)
    written = name if name.startswith('"') else quoted(name)
    return f"{quoted(ref.namespace or PUBLIC)}.{written}{bracket}{arguments}"


def _split_arguments(name: str) -> tuple[str, str, str]:
    if name.startswith('"'):
        end = re.match(r'"(?:[^"]|"")*"', name)
        if end:
            return end.group(), *name[end.end() :].partition("(")[1:]
    return name.partition("(")


NO_NAMESPACE = frozenset(
    (
        *("schema", "extension", "publication", "subscription", "event trigger", "language"),
        *("foreign data wrapper", "server", "access method", "role", "cast", "user mapping"),
    )
)


def spelled(fact: Object) -> str:
    """Return an object as a statement names it on its own."""
    ref = fact.ref
    if ref.kind in ("function", "procedure", "aggregate", "routine"):
        return routine(ref)
    if ref.kind in NO_NAMESPACE:
        return quoted(ref.name)
    return qualified(ref.name, ref.namespace)


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


def key(ref: Ref) -> str:
    return f"{ref.kind} {ref.namespace or PUBLIC} {ref.table} {ref.name}"


def there(ref: Ref) -> str:
    """The state in which an object is as it shall be."""
    return f"{key(ref)} is there"


def gone(ref: Ref) -> str:
    """The state in which an object as it was is in nobody's way any more."""
    return f"{key(ref)} is gone"


def listed(words: Iterable[str]) -> str:
    return ", ".join(words)
