"""Names that the server chose by itself on both sides, where what they name is the same.

A name that a person wrote counts. The names of constraints, indexes and owned sequences that the
server gives depend on the order in which things were made, and on renames long ago.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace

from sqlplumb.engines.postgres.names import PUBLIC
from sqlplumb.engines.postgres.options import (
    IndexOptions,
    RuleOptions,
    SequenceOptions,
)
from sqlplumb.engines.postgres.plan.statements.rules import index_name, rule_in_full
from sqlplumb.schema import Column, Expr, Object, PrimaryKey, Ref, Schema, with_values

_CHOSEN = re.compile(r".*_(check|key|fkey|excl|pkey|idx|not_null|seq)\d*\Z", re.DOTALL)


def partners(current: Schema, desired: Schema) -> Mapping[Ref, Ref]:
    """Map what has one name here and another there, both of them the server's own."""
    return dict(_pairs(current, desired))


def settle(current: Schema, desired: Schema) -> tuple[Schema, Schema]:
    """Return the current schema with such names as the desired one has them."""
    names = {**partners(current, desired), **dict(_primary_keys(current, desired))}
    if not names:
        return current, desired
    return _renamed(current, {ref: desired.objects[name] for ref, name in names.items()}), desired


def _primary_keys(current: Schema, desired: Schema) -> Iterator[tuple[Ref, Ref]]:
    """A table has one, whatever it is called."""
    for ref, fact in current.objects.items():
        other = desired.objects.get(ref)
        if isinstance(fact, PrimaryKey) and isinstance(other, PrimaryKey):
            what = _what(fact) if fact.name != other.name else None
            if what and what == _what(other):
                yield ref, ref


def _pairs(current: Schema, desired: Schema) -> list[tuple[Ref, Ref]]:
    left: dict[Hashable, list[Ref]] = {}
    for ref, fact in desired.objects.items():
        if ref not in current.objects and (what := _what(fact)):
            left.setdefault(what, []).append(ref)
    if not left:
        return []
    found = []
    for ref, fact in current.objects.items():
        if ref not in desired.objects and (what := _what(fact)) and left.get(what):
            found.append((ref, left[what].pop(0)))
    return found


def _what(fact: Object) -> Hashable:
    """Return what an object is beside its name; None where a person may have named it."""
    options, ref = fact.options, fact.ref
    match = _CHOSEN.match(fact.name if isinstance(fact, PrimaryKey) else ref.name)
    if not match:
        return None
    place = ref.kind, ref.namespace, ref.table
    if isinstance(options, RuleOptions):
        return (*place, match[1], replace(options, parent="", is_local=True, inherited=False))
    if isinstance(options, IndexOptions):
        written = options.definition.replace(f" {ref.name} ON ", " ON ", 1)
        written = written.replace(f' "{ref.name}" ON ', " ON ", 1)
        return (*place, match[1], replace(options, definition=written, parent=""))
    if isinstance(options, SequenceOptions) and options.owned_by:
        return (*place, match[1], options)
    return None


def _renamed(schema: Schema, names: Mapping[Ref, Object]) -> Schema:
    """Return a schema in which these objects are called as the other side calls them."""
    objects: dict[Ref, Object] = {}
    sequences, wholes = dict[str, str](), dict[str, str]()
    for ref, partner in names.items():
        if ref.kind == "sequence":
            sequences[_as_value(ref)] = _as_value(partner.ref)
        elif isinstance(partner.options, RuleOptions | IndexOptions):
            wholes.update(zip(_in_full(schema.objects[ref]), _in_full(partner), strict=True))
    for ref, fact in schema.objects.items():
        if known := names.get(ref):
            fact = _under(fact, known)
        elif sequences and isinstance(fact, Column) and fact.default:
            text = fact.default.canonical
            for former, latter in sequences.items():
                text = text.replace(former, latter)
            if text != fact.default.canonical:
                fact = replace(fact, default=Expr(text, fact.default.text))
        if (whole := fact.options.word("parent")) in wholes:
            fact = with_values(fact, {"parent": wholes[whole]})
        objects[fact.ref] = fact
    return replace(schema, objects=objects)


def _in_full(fact: Object) -> list[str]:
    """Return what a key or an index is called by its parts."""
    is_rule = isinstance(fact.options, RuleOptions)
    return [index_name(fact), *([rule_in_full(fact)] if is_rule else [])]


def _as_value(ref: Ref) -> str:
    return f"'{ref.namespace or PUBLIC}.{ref.name}'::regclass"


def _under(fact: Object, partner: Object) -> Object:
    options, ref = fact.options, partner.ref
    if isinstance(options, IndexOptions):
        for quote in ("", '"'):
            former = f" {quote}{fact.ref.name}{quote} ON "
            options = replace(
                options, definition=options.definition.replace(former, f" {ref.name} ON ", 1)
            )
    if isinstance(fact, PrimaryKey) and isinstance(partner, PrimaryKey):
        return replace(fact, name=partner.name, options=options)
    return replace(fact, ref=ref, options=options)
