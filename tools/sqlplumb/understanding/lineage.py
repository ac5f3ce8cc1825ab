"""From which columns of tables each column of a view comes. Told to people, and to nobody else.

sqlglot resolves the names, which no engine tells. Whatever it does not understand has no lineage.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from sqlplumb.understanding.overlay import silence_sqlglot

_INVENTED = re.compile(r"_col_\d+")  # sqlglot's name for a column without one


def lineage(
    view: str, columns: Mapping[str, Collection[str]], dialect: str
) -> Mapping[str, tuple[str, ...]]:
    """Return the sources of each column of a view, as `table.column`, in the order of its columns.

    `columns` are those of the tables and views that it may read, by folded names.
    """
    try:
        return _lineage(view, columns, dialect)
    except Exception:  # whatever goes wrong in there means that it does not know
        return {}


def _lineage(
    view: str, columns: Mapping[str, Collection[str]], dialect: str
) -> Mapping[str, tuple[str, ...]]:
    from sqlglot import exp, parse_one
    from sqlglot.lineage import lineage as trace
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    silence_sqlglot()
    schema: dict[str, object] = {
        table: dict.fromkeys(names, "unknown") for table, names in columns.items()
    }
    created = parse_one(view, dialect=dialect)
    query = created.args["expression"]
    tree = qualify(query, schema=schema, dialect=dialect)
    if not isinstance(tree, exp.Query):
        return {}
    called = [column.name for column in created.this.expressions] or _told_apart(tree)
    scope = build_scope(tree)
    return {
        name: _sources(trace(column, tree, schema=schema, dialect=dialect, scope=scope))
        for name, column in zip(called, tree.named_selects, strict=True)
        if not _INVENTED.fullmatch(name) or name in view
    }


def _told_apart(tree: Any) -> list[str]:
    """Number the columns of a result that have one name, `id:1` behind `id`, as SQLite does; a
    trace begins at a name."""
    from sqlglot import exp

    names: list[str] = []
    for select in tree.selects:
        name, number = select.alias_or_name, 0
        while (unique := f"{name}:{number}" if number else name) in names:
            number += 1
        names.append(unique)
        if number:
            select.replace(exp.alias_(select.unalias(), unique, quoted=True))
    return names


def _sources(node: Any) -> tuple[str, ...]:
    """The columns at the ends of a trace, which are those of tables."""
    ends = [part for part in node.walk() if not part.downstream]
    names = (
        (part.expression.this.name, part.name.rpartition(".")[2].strip('"'))
        for part in ends
        if type(part.expression).__name__ == "Table"
    )
    return tuple(sorted({*map(".".join, names)}))
