"""The states that steps give and need: what must be so before a statement, and is so behind it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.postgres.names import PUBLIC
from sqlplumb.engines.postgres.options import column_options
from sqlplumb.engines.postgres.plan.statements.names import (
    INDEXED,
    RELATIONS,
    ROUTINES,
    RULES,
    TYPES,
)
from sqlplumb.schema import Column, Object, PrimaryKey, Ref

_NAMED = TYPES | INDEXED | RELATIONS | {"sequence"}


def key(ref: Ref) -> str:
    return f"{ref.kind} {ref.namespace or PUBLIC} {ref.table} {ref.name}"


def there(ref: Ref) -> str:
    """The state in which an object is as it shall be."""
    return f"{key(ref)} is there"


def gone(ref: Ref) -> str:
    """The state in which an object as it was is in nobody's way any more."""
    return f"{key(ref)} is gone"


def filled(column: Ref) -> str:
    """The state in which the rows that were there have the value that a hint gives them."""
    return f"{key(column)} is filled"


def as_text(column: Ref) -> str:
    """The state in which a column holds the texts of its values, until its type is there again."""
    return f"{key(column)} is text"


def unruled(domain: Ref) -> str:
    """The state in which a domain has no rules, until their functions are there again."""
    return f"{key(domain)} has no rules"


def announced(ref: Ref) -> str:
    """The state in which a type has its name, and nothing else yet."""
    return f"{key(ref)} is announced"


def aside(ref: Ref) -> str:
    return f"{key(ref)} is aside"


def taken_names(ref: Ref, fact: Object) -> Iterator[str]:
    """The names that an object takes while it is there."""
    if ref.kind in ("default", "ownership", "parent", "typing") or ref.kind.startswith(
        "attachment"
    ):
        return
    place = ref.namespace
    own = fact.name if isinstance(fact, PrimaryKey) else ref.name
    if ref.kind in _NAMED:
        yield f"the name {place}.{own} is free"
    if ref.kind in RULES:
        yield f"the name {own} on {place}.{ref.table} is free"
    if isinstance(fact, Column) and column_options(fact).identity:
        own = column_options(fact).sequence or f"{ref.table}_{ref.name}_seq"
        yield f"the name {place}.{own} is free"
    if ref.kind in ROUTINES:
        yield f"the routine {place}.{ref.name} is free"


def copied(table: Ref) -> str:
    """The state in which a table that is made anew has its rows."""
    return f"the rows of {key(table)} are copied"
