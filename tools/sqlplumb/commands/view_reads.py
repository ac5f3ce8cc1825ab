"""What the views of a schema read, as the engine itself resolves their names.

Asked on a scratch that holds the schema. Whatever cannot be asked reads nothing that anybody knows.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlplumb.engines import engine
from sqlplumb.engines.queries import Queries, QueryFacts
from sqlplumb.errors import PlumbError
from sqlplumb.schema import Schema, View


def view_reads(schema: Schema) -> Mapping[str, frozenset[str]]:
    """Return the tables and views that each view reads itself, and not through another view."""
    if not any(isinstance(fact, View) for fact in schema.objects.values()):
        return {}
    if (known := engine(schema.engine).known_reads(schema)) is not None:
        return known
    try:
        with engine(schema.engine).open_queries(schema) as queries:
            return reads_of_views(schema, queries)
    except PlumbError:  # an engine without scratches; a module or a function that is not here
        return {}


def reads_of_views(schema: Schema, queries: Queries) -> Mapping[str, frozenset[str]]:
    spoken, found = engine(schema.engine), dict[str, frozenset[str]]()
    for name, unit in schema.by_unit.items():
        if not isinstance(unit.head, View):
            continue
        facts = queries.read(f"SELECT * FROM {spoken.quoted(unit.head.ref.name)}")
        # A view may call functions that the application alone has; then its words must do.
        touched = facts.tables if isinstance(facts, QueryFacts) else schema.by_unit.keys()
        # Of all that it comes to read, what its own text names: the rest is read by other views.
        found[name] = frozenset(touched & queries.named_tables(unit.head.body.text)) - {name}
    return found
