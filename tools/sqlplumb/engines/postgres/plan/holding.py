"""Which types have others inside of them, and which columns hold values of a type.

A table and a view are types as well: that of their rows. Must never know what changes, only which
types go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from sqlplumb.engines.postgres.names import listed, quoted, spelled
from sqlplumb.engines.postgres.options import (
    ColumnOptions,
    CompositeOptions,
    DomainOptions,
    ViewOptions,
)
from sqlplumb.engines.postgres.plan.graph import Graph
from sqlplumb.engines.postgres.plan.statements.names import RELATIONS, TYPES
from sqlplumb.errors import Problem, Refused
from sqlplumb.schema import Column, Object, Ref

HOLDERS = TYPES | RELATIONS
# What can give up its name while its values are stored: the functions of the others have theirs.
STEP_ASIDE = frozenset(("enum", "composite type", "domain", "collation"))


def is_held(graph: Graph, holder: Ref, column: Ref) -> bool:
    """Are values of this type, or texts of this collation, in a column?"""
    if column.kind != "column" or holder.kind in TYPES or holder.kind == "collation":
        return column.kind == "column"
    fact = graph.nodes[column].fact
    assert isinstance(fact, Column)
    return holder.kind in RELATIONS and fact.type.removesuffix("[]") == spelled(
        graph.nodes[holder].fact
    )


def stored_in(graph: Graph, holder: Ref) -> set[Ref]:
    """Return the columns and the materialized views that hold values of a type, inside of
    whatever."""
    found, left, seen = set[Ref](), [holder], set[Ref]()
    while left:
        inner = left.pop()
        seen.add(inner)
        for user in graph.dependents.get(inner, ()):
            if is_held(graph, inner, user):
                found.add(user)
                left += {user.table_ref} - seen
            elif user.kind == "materialized view" and inner.kind in TYPES:
                found.add(user)
            elif user.kind in TYPES:
                left += {user} - seen
    return found


def is_held_inside(graph: Graph, domain: Ref) -> bool:
    """Is a domain stored inside of an array, a composite, a range or a row? The server does not
    look there for values that a new rule would refuse, and refuses the rule."""
    for user in graph.dependents.get(domain, ()):
        fact = graph.nodes[user].fact
        if isinstance(fact, Column) and user.kind == "column":
            if fact.type.endswith("[]") or stored_in(graph, user.table_ref):
                return True
        elif isinstance(fact.options, DomainOptions):
            is_array = fact.options.base.endswith("[]")
            if stored_in(graph, user) if is_array else is_held_inside(graph, user):
                return True
        elif user.kind in TYPES and stored_in(graph, user):
            return True
    return False


def within(graph: Graph, column: Ref, going: Collection[Ref]) -> set[Ref]:
    """Return what goes and is needed by the type of a column, or by a type inside of that."""
    found, left = set[Ref](), [column]
    while left:
        user = left.pop()
        for need in graph.nodes[user].needs:
            is_part = user != column or is_held(graph, need, column)
            if is_part and need in going and need not in found:
                found.add(need)
                left += [need] if need.kind in TYPES else []
    return found


def is_named_again(graph: Graph, ref: Ref) -> bool:
    """Does another side have a type, or whatever it is, of this name?"""
    if ref.kind not in HOLDERS:
        return ref in graph.nodes
    return any(Ref(kind, "", ref.name, namespace=ref.namespace) in graph.nodes for kind in HOLDERS)


def parts_of(graph: Graph, holder: Ref) -> list[str]:
    """Return the names of what a row or a composite is made of, in order."""
    fact = graph.nodes[holder].fact
    match fact.options:
        case CompositeOptions(attributes=attributes):
            return [name for name, *_ in attributes]
        case ViewOptions(columns=columns):
            return [name for name, *_ in columns]
    return list(graph.schema.unit(holder.unit).columns) if holder.kind == "table" else []


def refuse_other_parts(
    column: Ref,
    graphs: tuple[Graph, Graph],
    holders: Iterable[Ref],
    *,
    order: Callable[[list[str]], Collection[str]] = list,
) -> None:
    """The text of a row is read by the places of its parts."""
    for holder in holders:
        if any(holder not in graph.nodes for graph in graphs):
            continue
        before, after = (order(parts_of(graph, holder)) for graph in graphs)
        if before != after:
            message = f"column {column} holds rows of {holder}, whose parts change: their values"
            message += " cannot be read as the new type"
            advice = "move them by hand first, or change the types of the parts alone"
            raise Refused(Problem(message, advice))


def is_read_by_names(graphs: tuple[Graph, Graph], column: Ref, holder: Ref) -> bool:
    """Is this the type of a column on both sides, a composite?"""
    facts = [graph.nodes[column].fact for graph in graphs]
    types = [fact.type for fact in facts if isinstance(fact, Column)]
    is_there = all(holder in graph.nodes for graph in graphs) and holder.kind == "composite type"
    return is_there and {*types} == {spelled(graphs[0].nodes[holder].fact)}


def by_names(column: Ref, before: Object, after: Object) -> str:
    """Return the expression of a composite whose parts are read by their names; empty where they
    are the same, and their text can be read."""
    former, latter = before.options, after.options
    assert isinstance(former, CompositeOptions) and isinstance(latter, CompositeOptions)
    names = [name for name, *_ in former.attributes]
    if names == [name for name, *_ in latter.attributes]:
        return ""
    own = quoted(column.name)
    values = [
        f"({own}).{quoted(name)}::text::{declared}" if name in names else "NULL"
        for name, declared, _ in latter.attributes
    ]
    row = f"ROW({listed(values)})::{spelled(after)}"
    return f"CASE WHEN {own} IS DISTINCT FROM NULL THEN {row} END"


def added_beside_rows(column: Column, has_default: bool, users: Iterable[Ref]) -> Column:
    """Return a column as it can be added while other columns hold rows of its table: its default
    comes after it, and fills the rows by a statement of its own. What else would give it values
    is refused, as the server does."""
    identity = isinstance(column.options, ColumnOptions) and column.options.identity
    if identity or (column.generated and column.stored):
        where = ", ".join(str(user) for user in users)
        message = f"column {column.ref} cannot be added with values: {where} holds rows of its"
        message += " table"
        raise Refused(Problem(message, "drop what holds them first, or add it in two steps"))
    if not has_default or column.default is None or column.backfill:
        return column
    return replace(column, backfill=column.default.canonical)
