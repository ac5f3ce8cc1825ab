"""Names that the server chose by itself on both sides, where what they name is the same.

A name that a person wrote counts. The names of constraints, indexes and owned sequences that the
server gives depend on the order in which things were made, and on renames long ago.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import replace

from sqlplumb.engines.postgres.options import IndexOptions, RuleOptions, SequenceOptions
from sqlplumb.schema import Column, Expr, Object, PrimaryKey, Ref, Schema

_CHOSEN = re.compile(r"[a-z0-9_$]*?_(check|key|fkey|excl|pkey|idx|not_null|seq)\d*\Z")
_AUTO = re.compile(r"(check|key|fkey|excl|pkey|idx|seq)\d*\Z")


def partners(current: Schema, desired: Schema) -> Mapping[Ref, Ref]:
    """Map what has one name here and another there, both of them the server's own."""
    return dict(_pairs(current, desired))


def settle(current: Schema, desired: Schema) -> tuple[Schema, Schema]:
    """Return the current schema with such names as the desired one has them."""
    names = partners(current, desired)
    return (_renamed(current, names), desired) if names else (current, desired)


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
    match = _CHOSEN.match(fact.ref.name)
    if not match:
        return None
    options, ref = fact.options, fact.ref
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


def _renamed(schema: Schema, names: Mapping[Ref, Ref]) -> Schema:
    objects: dict[Ref, Object] = {}
    sequences = {
        f"'{ref.namespace or 'public'}.{ref.name}'::regclass": (
            f"'{partner.namespace or 'public'}.{partner.name}'::regclass"
        )
        for ref, partner in names.items()
        if ref.kind == "sequence"
    }
    for ref, fact in schema.objects.items():
        if partner := names.get(ref):
            fact = _under(fact, partner)
        elif sequences and isinstance(fact, Column) and fact.default:
            text = fact.default.canonical
            for former, latter in sequences.items():
                text = text.replace(former, latter)
            if text != fact.default.canonical:
                fact = replace(fact, default=Expr(text, fact.default.text))
        objects[fact.ref] = fact
    return replace(schema, objects=objects)


def _under(fact: Object, ref: Ref) -> Object:
    options = fact.options
    if isinstance(options, IndexOptions):
        for quote in ("", '"'):
            former = f" {quote}{fact.ref.name}{quote} ON "
            options = replace(
                options, definition=options.definition.replace(former, f" {ref.name} ON ", 1)
            )
    if isinstance(fact, PrimaryKey):
        return replace(fact, ref=ref, name=ref.name, options=options)
    return replace(fact, ref=ref, options=options)
