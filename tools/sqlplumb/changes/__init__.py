"""Schema x Schema -> Changes: one generic comparison that knows no engine.

The engine that reads a schema decides whether two spellings mean the same, and rules judge later
which change is dangerous. Here equal means `==`, except for a name that only one side has.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

from sqlplumb.changes.names import counterparts, differing_fields
from sqlplumb.schema import Object, Ref, Schema
from sqlplumb.values import dataclass


@dataclass(frozen=True, slots=True)
class Create:
    """An object that only the desired schema has."""

    desired: Object

    verb: ClassVar[Literal["create"]] = "create"

    @property
    def ref(self) -> Ref:
        return self.desired.ref


@dataclass(frozen=True, slots=True)
class Drop:
    """An object that only the current schema has."""

    current: Object

    verb: ClassVar[Literal["drop"]] = "drop"

    @property
    def ref(self) -> Ref:
        return self.current.ref


@dataclass(frozen=True, slots=True)
class Alter:
    """One object whose fields differ.

    The two have different addresses where only one side names a constraint; that name is used.
    """

    current: Object
    desired: Object
    fields: tuple[str, ...]

    verb: ClassVar[Literal["alter"]] = "alter"

    @property
    def ref(self) -> Ref:
        return self.desired.ref if self.desired.ref.shown else self.current.ref


@dataclass(frozen=True, slots=True)
class Rename:
    """A new name that a hint gives, never a guess.

    What else differs is an `Alter` of its own, except for an object that is created again under its
    new name: its `fields` say what differs.
    """

    current: Object
    desired: Object
    fields: tuple[str, ...] = ()

    verb: ClassVar[Literal["rename"]] = "rename"

    @property
    def ref(self) -> Ref:
        return self.desired.ref


Change = Create | Drop | Alter | Rename


def diff(current: Schema, desired: Schema) -> tuple[Change, ...]:
    """Return what must change in `current` to make it `desired`."""
    changes: list[Change] = []
    counterpart_of = counterparts(current, desired)
    for ref, fact in current.objects.items():
        desired_ref = counterpart_of.get(ref, ref)
        desired_fact = desired.objects.get(desired_ref) if desired_ref else None
        if desired_fact is None:
            changes.append(Drop(fact))
        elif fact != desired_fact and (fields := differing_fields(fact, desired_fact)):
            changes.append(Alter(fact, desired_fact, fields))
    paired = {counterpart_of.get(ref, ref) for ref in current.objects}
    changes += [Create(fact) for ref, fact in desired.objects.items() if ref not in paired]
    return tuple(changes)


def with_renames(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Replace a drop and a create by one rename where a hint says so."""
    dropped = {change.ref: change for change in changes if isinstance(change, Drop)}
    renamed: dict[Change, Rename] = {}
    for change in changes:
        if isinstance(change, Create) and change.desired.renamed_from:
            former = dropped.get(replace(change.ref, name=change.desired.renamed_from))
            if former:
                fields = differing_fields(former.current, change.desired)
                renamed[change] = Rename(former.current, change.desired, fields)
    replaced = {dropped[rename.current.ref] for rename in renamed.values()}
    return tuple(renamed.get(change, change) for change in changes if change not in replaced)
