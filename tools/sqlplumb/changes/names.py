"""Constraints known by what they are, where a name cannot tell: only one side has it, or neither.

A name that one side has and the other has not is no difference. Two names that differ are one.
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
    """The constraints of one kind in one table that are not the same by their address."""

    current: list[_Rule]
    desired: list[_Rule]


def differing_fields(current: Object, desired: Object) -> tuple[str, ...]:
    """A name that only one of the two has is none of them."""
    return tuple(
        name for name in _unequal(current, desired) if not _is_lone(name, current, desired)
    )


def counterparts(current: Schema, desired: Schema) -> Mapping[Ref, Ref | None]:
    """For each constraint of `current` that `desired` does not hold as it is: the one that it is
    there, or None. What is not listed has its own address."""
    found: dict[Ref, Ref | None] = {}
    for pool in _pools(current, desired).values():
        found |= {fact.ref: None for fact in pool.current}
        found |= {one.ref: other.ref for one, other in _pairs(pool)}
    return found


def named_on_one_side(current: Schema, desired: Schema) -> Iterator[tuple[Object, Object]]:
    """What is the same but for such a name."""
    found = counterparts(current, desired)
    for ref, present in current.objects.items():
        goal = found.get(ref, ref) if found else ref
        wanted = desired.objects.get(goal) if goal else None
        if wanted is None:
            continue
        is_named = bool(ref.shown) == bool(wanted.ref.shown)
        if (is_named and present == wanted) or differing_fields(present, wanted):
            continue
        if any(_unequal(present, wanted)) or not is_named:
            yield present, wanted


def under_names_of(facts: Iterable[Object], desired: Schema) -> Iterator[Object]:
    """These facts; what is the same but for a name has it as `desired` has it."""
    objects = {fact.ref: fact for fact in facts}
    called = {
        present.ref: wanted for present, wanted in named_on_one_side(Schema(objects), desired)
    }
    for ref, fact in objects.items():
        yield _called(fact, called[ref]) if ref in called else fact


def _called(fact: Object, wanted: Object) -> Object:
    said = {name: getattr(wanted, name) for name in _NAME_FIELDS & set(compared_fields(wanted))}
    return replace(fact, ref=wanted.ref, **said)


def _unequal(current: Object, desired: Object) -> Iterator[str]:
    names = compared_fields(desired)
    found = (name for name in names if value_of(current, name) != value_of(desired, name))
    return (name for name in found if name != "default" or not _is_same_default(current, desired))


def _is_same_default(current: Object, desired: Object) -> bool:
    """The same words, which store another value because the column has another type."""
    if not (isinstance(current, Column) and isinstance(desired, Column)):
        return False
    one, other = current.default, desired.default
    return current.type != desired.type and bool(one and other and one.text == other.text)


def _is_lone(name: str, current: Object, desired: Object) -> bool:
    return name in _NAME_FIELDS and not (getattr(current, name) and getattr(desired, name))


def _pools(current: Schema, desired: Schema) -> Mapping[tuple[str, str], _Pool]:
    pools: dict[tuple[str, str], _Pool] = {}
    for ref, fact in current.objects.items():
        if isinstance(fact, _RULES) and desired.objects.get(ref) != fact:
            pools.setdefault((ref.kind, ref.table), _Pool([], [])).current.append(fact)
    for ref, fact in desired.objects.items():
        if isinstance(fact, _RULES) and current.objects.get(ref) != fact:
            pools.setdefault((ref.kind, ref.table), _Pool([], [])).desired.append(fact)
    return pools


def _pairs(pool: _Pool) -> Iterator[tuple[_Rule, _Rule]]:
    """Each constraint once, the surest pairs first."""
    for is_pair in (_has_same_name, _is_same_rule, _is_about_the_same, _has_same_address):
        for one_sided in (False, True):
            for one in tuple(pool.current):
                alike = [
                    other
                    for other in pool.desired
                    if is_pair(one, other) and one_sided == _is_named_on_one_side(one, other)
                ]
                if alike:
                    pool.current.remove(one)
                    pool.desired.remove(alike[0])
                    yield one, alike[0]


def _is_named_on_one_side(one: _Rule, other: _Rule) -> bool:
    return bool(one.ref.shown) != bool(other.ref.shown)


def _has_same_name(one: _Rule, other: _Rule) -> bool:
    return bool(one.ref.shown and other.ref.shown) and one.ref == other.ref


def _is_same_rule(one: _Rule, other: _Rule) -> bool:
    return _lacks_a_name(one, other) and not differing_fields(one, other)


def _is_about_the_same(one: _Rule, other: _Rule) -> bool:
    return _lacks_a_name(one, other) and _subject(one) == _subject(other)


def _has_same_address(one: _Rule, other: _Rule) -> bool:
    return one.ref == other.ref


def _lacks_a_name(one: _Rule, other: _Rule) -> bool:
    return not (one.ref.shown and other.ref.shown)


def _subject(fact: _Rule) -> object:
    match fact:
        case Check():
            return fact.expression
        case ForeignKey():
            return (fact.columns, fact.target)
        case Unique():
            return fact.columns
