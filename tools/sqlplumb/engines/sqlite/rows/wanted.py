"""Rows that rules which are yet to come will not refuse: so that a migration has rows to keep.

They are asked for beside the others, which a stricter rule may leave none of. And rows that a hint
will change, so that the loss of it is seen. A guess, as all rows
are: where none is found, none is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from sqlplumb.changes import Rename
from sqlplumb.engines.sqlite.grammar.lexer import fold, in_quotes, tokens
from sqlplumb.engines.sqlite.renamed import ROWID, former
from sqlplumb.engines.sqlite.rows.expressions import Expression, Sources, mentioned
from sqlplumb.steps import Fill, Look


def wishes(
    looks: Iterable[Look], renames: Sequence[Rename], sources: Mapping[str, Sources]
) -> Mapping[str, tuple[Expression, ...]]:
    """By the table that is there now: the first rule, then the first two, and so on to all."""
    tables, columns = former(renames)
    rules: dict[str, list[Look]] = {}
    for look in looks:
        rules.setdefault(fold(look.table), []).append(look)
    found = {}
    for name, asked in rules.items():
        table = fold(tables.get(name, name))
        if table in sources:
            known = _known(sources[table], columns.get(name, {}))
            found[table] = tuple(_each(name, asked, known, is_seen=name in columns))
    return found


def needs(
    fills: Iterable[Fill], renames: Sequence[Rename], sources: Mapping[str, Sources]
) -> Mapping[str, tuple[Expression, ...]]:
    """By the table that is there now: rows to which a hint gives a value, of each hint one."""
    tables, columns = former(renames)
    found: dict[str, list[Expression]] = {}
    for fill in fills:
        name = fold(fill.table)
        table = fold(tables.get(name, name))
        if table in sources and fill.where:
            known = _known(sources[table], columns.get(name, {}))
            wish = _wish(name, f"({fill.where}) IS TRUE", known, is_seen=name in columns)
            found.setdefault(table, []).append(wish)
    return {table: tuple(wishes) for table, wishes in found.items()}


def _known(sources: Sources, names: Mapping[str, str]) -> Sources:
    """A column by the name that it gets is the one that has it now."""
    return {**sources, **{fold(new): sources[fold(old)] for old, new in names.items()}}


def _each(
    table: str, looks: Collection[Look], sources: Sources, is_seen: bool
) -> Iterator[Expression]:
    rules = [f"({look.where}) IS NOT TRUE" for look in looks]
    for text in accumulate(rules, "{} AND {}".format):
        yield _wish(table, text, sources, is_seen)


def _wish(table: str, text: str, sources: Sources, is_seen: bool) -> Expression:
    said = tuple(tokens(text))
    through = f"SELECT {ROWID} FROM {in_quotes(table)} WHERE {text}"
    condition = f"rowid IN ({through})" if is_seen else text
    return Expression("wish", "", condition, said, mentioned(said, sources))
