"""What the words of an object say of the parts of rows by their places: the server keeps them so,
and does not follow where a part comes or goes.

Must never know what changes.
"""

from __future__ import annotations

import re

from sqlplumb.engines.postgres.names import qualified, spelled
from sqlplumb.engines.postgres.plan.graph import Graph
from sqlplumb.schema import Column, Ref

_ALIAS = r'(?:"[^"]+"|\w+)\('
# `FROM f() f(a, b)`, `JOIN t k(a, b)` and `ROW(1, 2)::t`
_BY_PLACE = re.compile(rf'(?:FROM|JOIN|,)\s+\(*(?:LATERAL )?[\w."]+(?:\(.*?\))? {_ALIAS}|\bROW\(')


def _text_of(graph: Graph, user: Ref) -> str:
    fact = graph.nodes[user].fact
    if user.kind == "default" and isinstance(fact, Column) and fact.default:
        return fact.default.canonical
    if isinstance(fact, Column):
        return fact.generated.canonical if fact.generated else ""
    return fact.text or fact.options.word("definition")


def builds_rows(graph: Graph, holder: Ref, user: Ref) -> bool:
    """Does an object build rows of a type, or of a table, from values in their places?"""
    text = _text_of(graph, user)
    return "ROW(" in text and f")::{spelled(graph.nodes[holder].fact)}" in text


def is_read_by_place(graph: Graph, table: Ref) -> bool:
    """Do the words of any object give the columns of a table, or of a function that returns its
    rows, other names by their places, or build rows of it?"""
    users = graph.dependents.get(table, ())
    columns = graph.schema.unit(table.unit).columns.values()
    readers = {user for one in columns for user in graph.dependents.get(one.ref, ())}
    name = re.escape(spelled(graph.nodes[table].fact))
    if any(re.search(rf"{name} {_ALIAS}", _text_of(graph, user)) for user in readers):
        return True
    for function in (user for user in users if user.kind == "function"):
        called = re.escape(qualified(function.name.partition("(")[0], function.namespace))
        named = re.compile(rf"{called}\(.*?\) {_ALIAS}")
        if any(named.search(_text_of(graph, one)) for one in graph.dependents.get(function, ())):
            return True
    return any(builds_rows(graph, table, user) for user in users)


def reads_by_place(graph: Graph, user: Ref) -> bool:
    """Does the text of an object name parts of rows by their places?"""
    return bool(_BY_PLACE.search(_text_of(graph, user)))
