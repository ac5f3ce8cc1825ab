"""Pair the constraints of two schemas by what they are, where not both of them have a name.

A name that only one side has is no difference. Two names that differ are a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Object,
    Ref,
    Schema,
    Unique,
    compared_fields,
    value_of,
)

_NAME_FIELDS = frozenset(("name", "not_null_name", "default_name"))
_Rule = Unique | ForeignKey | Check
_RULES = (Unique, ForeignKey, Check)


class _Pool(NamedTuple):
    """The constraints of one kind in one table whose addresses do not pair them."""

    current: list[_Rule]
    desired: list[_Rule]


def differing_fields(current: Object, desired: Object) -> tuple[str, ...]:
    """Return the fields that differ, without a name that only one of the two has."""
    names = tuple(
        name
        for name in _unequal_fields(current, desired)
        if name not in _NAME_FIELDS or (getattr(current, name) and getattr(desired, name))
    )
    parts = tuple(name for name in names if name != desired.options.summary)
    return parts or names


def counterparts(current: Schema, desired: Schema) -> Mapping[Ref, Ref | None]:
    """Return, for each constraint of `current` that `desired` does not hold, the one it is there.

    The value is None where `desired` has no such constraint. An object that is not in the mapping
    has the same address on both sides.
    """
    pools: dict[tuple[str, str], _Pool] = {}
    for ref, fact in current.objects.items():
        if isinstance(fact, _RULES) and desired.objects.get(ref) != fact:
            pools.setdefault((ref.kind, ref.table), _Pool([], [])).current.append(fact)
    for ref, fact in desired.objects.items():
        if isinstance(fact, _RULES) and current.objects.get(ref) != fact:
            pools.setdefault((ref.kind, ref.table), _Pool([], [])).desired.append(fact)
    counterpart_of: dict[Ref, Ref | None] = {}
    for pool in pools.values():
        counterpart_of |= {fact.ref: None for fact in pool.current}
        counterpart_of |= {fact.ref: desired_fact.ref for fact, desired_fact in _pairs(pool)}
    return counterpart_of


def named_on_one_side(current: Schema, desired: Schema) -> Iterator[tuple[Object, Object]]:
    """Return the pairs that differ only in a name that one side has."""
    counterpart_of = counterparts(current, desired)
    for ref, fact in current.objects.items():
        desired_ref = counterpart_of.get(ref, ref) if counterpart_of else ref
        desired_fact = desired.objects.get(desired_ref) if desired_ref else None
        if desired_fact is None:
            continue
        is_named_alike = bool(ref.shown) == bool(desired_fact.ref.shown)
        if (is_named_alike and fact == desired_fact) or differing_fields(fact, desired_fact):
            continue
        if any(_unequal_fields(fact, desired_fact)) or not is_named_alike:
            yield fact, desired_fact


def under_names_of(facts: Iterable[Object], desired: Schema) -> Iterator[Object]:
    """Return these facts with the names of `desired`, where they differ only in a name."""
    objects = {fact.ref: fact for fact in facts}
    pairs = named_on_one_side(Schema(objects, engine=desired.engine), desired)
    namesakes = {fact.ref: desired_fact for fact, desired_fact in pairs}
    for ref, fact in objects.items():
        if namesake := namesakes.get(ref):
            fields = _NAME_FIELDS & set(compared_fields(namesake))
            names = {name: getattr(namesake, name) for name in fields}
            yield replace(fact, ref=namesake.ref, **names)
        else:
            yield fact


def _unequal_fields(current: Object, desired: Object) -> Iterator[str]:
    names = dict.fromkeys((*compared_fields(desired), *compared_fields(current)))
    for name in names:
        is_equal = value_of(current, name) == value_of(desired, name)
        if not is_equal and not (name == "default" and _has_same_default_text(current, desired)):
            yield name


def _has_same_default_text(current: Object, desired: Object) -> bool:
    """Compare the text of defaults that store different values only because the types differ."""
    if not (isinstance(current, Column) and isinstance(desired, Column)):
        return False
    if current.type == desired.type or not (current.default and desired.default):
        return False
    return current.default.text == desired.default.text


def _pairs(pool: _Pool) -> Iterator[tuple[_Rule, _Rule]]:
    """Pair each constraint once, the surest pairs first."""
    for is_pair in (_has_same_name, _has_same_fields, _has_same_subject, _has_same_address):
        for one_sided in (False, True):
            for rule in tuple(pool.current):
                candidates = (
                    other
                    for other in pool.desired
                    if is_pair(rule, other)
                    and one_sided == (bool(rule.ref.shown) != bool(other.ref.shown))
                )
                if partner := next(candidates, None):
                    pool.current.remove(rule)
                    pool.desired.remove(partner)
                    yield rule, partner


def _are_both_named(current: _Rule, desired: _Rule) -> bool:
    return bool(current.ref.shown and desired.ref.shown)


def _has_same_name(current: _Rule, desired: _Rule) -> bool:
    return _are_both_named(current, desired) and current.ref == desired.ref


def _has_same_fields(current: _Rule, desired: _Rule) -> bool:
    return not _are_both_named(current, desired) and not differing_fields(current, desired)


def _has_same_subject(current: _Rule, desired: _Rule) -> bool:
    return not _are_both_named(current, desired) and _subject(current) == _subject(desired)


def _has_same_address(current: _Rule, desired: _Rule) -> bool:
    return current.ref == desired.ref


def _subject(rule: _Rule) -> object:
    match rule:
        case Check():
            return rule.expression
        case ForeignKey():
            return (rule.columns, rule.target)
        case Unique():
            return rule.columns
