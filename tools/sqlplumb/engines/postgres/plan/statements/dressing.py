"""What any object may be given when it is there: a comment, an owner, privileges."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from sqlplumb.engines.postgres.grants import grants, taken_away
from sqlplumb.engines.postgres.names import PUBLIC, literal, qualified, quoted, spelled, table_of
from sqlplumb.engines.postgres.options import DomainOptions, PostgresOptions, RuleOptions
from sqlplumb.engines.postgres.plan.statements.names import (
    RULES,
    TYPES,
    column_of,
    relation_word,
    rule_name,
)
from sqlplumb.engines.postgres.plan.statements.rules import index_name
from sqlplumb.schema import Column, Index, Object, Table, View

_ON_TABLE = frozenset(("trigger", "policy", "rule"))
_UNOWNED = _ON_TABLE | {"default privileges"}
_SYMBOL = re.compile(r"[^(]+")


def address(fact: Object) -> tuple[str, str]:
    """Return the word for an object and its name, as COMMENT, ALTER and DROP write them."""
    ref, kind = fact.ref, fact.ref.kind
    if isinstance(fact, Table | View):
        return relation_word(fact), spelled(fact)
    if kind == "column":
        return "COLUMN", column_of(ref)
    if kind in RULES:
        return "CONSTRAINT", f"{rule_name(fact)} ON {table_of(ref)}"
    if kind in _ON_TABLE:
        return kind.upper(), f"{quoted(ref.name)} ON {table_of(ref)}"
    if isinstance(fact.options, DomainOptions):
        return "DOMAIN", spelled(fact)
    if kind in TYPES:
        return "TYPE", spelled(fact)
    return kind.upper(), _odd_name(fact)


def _odd_name(fact: Object) -> str:
    ref = fact.ref
    match ref.kind:
        case "cast":
            return f"({ref.name})"
        case "operator":
            symbol, _, arguments = ref.name.partition("(")
            return f"{quoted(ref.namespace or PUBLIC)}.{symbol} ({arguments}"
        case "operator class" | "operator family":
            name, _, method = ref.name.rpartition(" USING ")
            return f"{qualified(name, ref.namespace)} USING {method}"
        case "user mapping":
            user, _, server = ref.name.rpartition(" SERVER ")
            return f"FOR {user} SERVER {quoted(server)}"
        case "aggregate" if ref.name.endswith("()"):
            return spelled(fact).removesuffix("()") + "(*)"
    return spelled(fact)


def options_of(fact: Object) -> PostgresOptions:
    return fact.options if isinstance(fact.options, PostgresOptions) else PostgresOptions()


def dressed(
    current: Object | None,
    desired: Object,
    was: Object | None = None,
    *,
    given: Collection[str] = (),
) -> list[str]:
    """Return what gives an object its comment, owner and privileges. `current` is None for one that
    is made; `was` is the one that stood there before, and `given` are the roles that may have
    privileges because it is made."""
    before, after = options_of(current) if current else None, options_of(desired)
    made = list[str]()
    word, name = address(desired)
    if (before.comment if before else "") != after.comment:
        made.append(_comment(word, name, after.comment))
    made += _part_comments(current, desired)
    held = options_of(was) if was else PostgresOptions()
    owner = after.owner or ("" if current or held.is_own else held.had_owner)
    has_owner = not (isinstance(desired, Column | Index) or desired.ref.kind in RULES | _UNOWNED)
    if owner and has_owner and owner != (before.had_owner or before.owner if before else ""):
        made.append(f"ALTER {word} {name} OWNER TO {quoted(owner)}")
    if current:
        former, latter = options_of(current).grants, after.grants
    else:
        are_compared = after.grants or held.grants
        latter = after.grants if are_compared else held.had_grants
        statements, former = taken_away(desired, {*given} - {owner or after.had_owner})
        made += statements
    return made + list(grants(desired, former, latter, owner=owner or after.had_owner))


def _comment(word: str, name: str, text: str) -> str:
    return f"COMMENT ON {word} {name} IS {literal(text) if text else 'NULL'}"


def _part_comments(current: Object | None, desired: Object) -> Iterator[str]:
    """The columns of views and composite types, and the index of a key."""
    former: Mapping[str, str] = dict(
        getattr(current.options, "column_comments", ()) if current else ()
    )
    latter: Mapping[str, str] = dict(getattr(desired.options, "column_comments", ()))
    for name in former.keys() | latter.keys():
        if former.get(name) != latter.get(name):
            column = f"{spelled(desired)}.{quoted(name)}"
            yield _comment("COLUMN", column, latter.get(name, ""))
    if isinstance(desired.options, RuleOptions):
        before = current.options.word("index_comment") if current else ""
        if before != desired.options.index_comment:
            yield _comment("INDEX", index_name(desired), desired.options.index_comment)
