"""A column becomes NOT NULL without a look at all rows while everybody waits: they are filled in
batches, if a hint says with what, and looked through by a lock that lets readers and writers pass.

Must never add a column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlplumb.engines.moves import ASIDE
from sqlplumb.engines.postgres.names import quoted, table_of
from sqlplumb.engines.postgres.options import column_options
from sqlplumb.engines.postgres.plan.graph import parent_of
from sqlplumb.engines.postgres.plan.statements.columns import (
    fill,
    fill_in_batches,
    may_be_row,
    prove_not_null,
)
from sqlplumb.engines.postgres.plan.statements.names import OF_PARTS, rule_name
from sqlplumb.engines.postgres.plan.statements.rules import add_and_prove
from sqlplumb.engines.postgres.plan.states import key
from sqlplumb.engines.postgres.plan.transition import Transition
from sqlplumb.schema import Column, Ref
from sqlplumb.steps import Step

_NOT_NULL = " SET NOT NULL"
_ADDED = re.compile(r" ADD (CONSTRAINT (\w+|\"[^\"]+\") )?NOT NULL (?!.* NOT VALID$)")
NOTHING_SAID: Mapping[str, Any] = {"changes": (), "losses": (), "row_checks": ()}


def proved_not_null(transition: Transition, step: Step) -> Iterator[Step]:
    """Fill the rows in batches, if a hint says with what, and prove a NOT NULL before it is one:
    by a CHECK, or from 18 on by itself, while it is not valid."""
    if frees_from_not_null(step):
        yield replace(step, repeatable=True)
        return
    places = [at for at, one in enumerate(step.statements) if looks_at_rows(one)]
    before, after = step.statements[: places[0]], step.statements[places[-1] + 1 :]
    ready, proved = (f"NOT NULL of {key(step.ref)} is {word}" for word in ("ready", "proved"))
    if before:
        yield replace(step, statements=before, gives=frozenset((ready,)), **NOTHING_SAID)
    statements = list[str]()
    for one in step.statements[places[0] : places[-1] + 1]:
        if one.endswith(_NOT_NULL) or _ADDED.search(one):
            statements += _proofs(transition, step.ref, one)
        else:
            statements.append(_in_batches(transition, step.ref, one))
    yield replace(
        step,
        statements=tuple(statements),
        needs=step.needs | ({ready} if before else set()),
        gives=frozenset((proved,)) if after else step.gives,
        transactional=False,
    )
    if after:
        needs = step.needs | {proved}
        yield replace(step, statements=after, needs=needs, **NOTHING_SAID)


def _proofs(transition: Transition, ref: Ref, statement: str) -> list[str]:
    fact = transition.desired.nodes[ref].fact
    assert isinstance(fact, Column)
    if _has_free_name(transition, fact):
        return prove_not_null(fact)
    if _is_row(transition, fact):
        return [statement]  # it IS NOT NULL where all of its parts are, which proves nothing
    table, rule = table_of(ref), quoted(f"{ASIDE}{ref.name}_not_null")
    check = f"CONSTRAINT {rule} CHECK ({quoted(ref.name)} IS NOT NULL)"
    return [
        *add_and_prove(table, rule, check),
        statement,  # one that drops the CHECK as well drops it first, and looks
        f"ALTER TABLE {table} DROP CONSTRAINT {rule}",
    ]


def _is_row(transition: Transition, column: Column) -> bool:
    """Has a value of its type parts, or one of what its domain is of?"""
    nodes, left = transition.desired.nodes, [column.ref] if may_be_row(column) else []
    while left:
        needs = nodes[left.pop()].needs - {column.ref.table_ref}
        if any(need.kind in OF_PARTS for need in needs):
            return True
        left += [need for need in needs if need.kind == "domain" and need in nodes]
    return False


def _has_free_name(transition: Transition, column: Column) -> bool:
    """Has its NOT NULL a name, from 18 on, that nothing on its table has yet?"""
    name = column_options(column).not_null_called
    facts = transition.current.schema.unit(column.ref.unit).facts
    taken = {rule_name(fact) for fact in facts}
    others = (column_options(fact) for fact in facts if fact.ref != column.ref)
    taken |= {quoted(one.not_null_called) for one in others}
    return bool(name) and quoted(name) not in taken


def _in_batches(transition: Transition, ref: Ref, statement: str) -> str:
    """The rows of a table that has parts are not on pages of its own."""
    desired = transition.desired
    column, users = desired.nodes[ref].fact, desired.dependents.get(ref.table_ref, ())
    assert isinstance(column, Column)
    own = parent_of(ref.table_ref)
    has_parts = any(one.kind == "parent" and one != own for one in users)
    is_whole = statement == fill(column) and not has_parts
    return fill_in_batches(column) if is_whole else statement


def looks_at_rows(statement: str) -> bool:
    if statement.endswith(_NOT_NULL) or statement.startswith("UPDATE "):
        return True
    return " VALIDATE CONSTRAINT " in statement or bool(_ADDED.search(statement))


def frees_from_not_null(step: Step) -> bool:
    """Is NOT NULL all that goes? Then it may go twice."""
    is_all = all(one.endswith(" DROP NOT NULL") for one in step.statements)
    return step.verb == "alter" and bool(step.statements) and is_all
