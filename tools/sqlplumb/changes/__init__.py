"""Schema x Schema -> Changes. One generic comparison that knows no engine.

Whether two spellings mean the same was settled before, by the engine that read them; which change
is dangerous is judged after. Here equal means `==`, but for a name that only one side has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlplumb.changes.names import counterparts, differing_fields
from sqlplumb.schema import Object, Ref, Schema


@dataclass(frozen=True, slots=True)
class Create:
    desired: Object

    verb = "create"

    @property
    def ref(self) -> Ref:
        return self.desired.ref


@dataclass(frozen=True, slots=True)
class Drop:
    current: Object

    verb = "drop"

    @property
    def ref(self) -> Ref:
        return self.current.ref


@dataclass(frozen=True, slots=True)
class Alter:
    """The two may have different addresses: a constraint's name that only one side has. It is
    known by that name."""

    current: Object
    desired: Object
    fields: tuple[str, ...]

    verb = "alter"

    @property
    def ref(self) -> Ref:
        return self.desired.ref if self.desired.ref.shown else self.current.ref


@dataclass(frozen=True, slots=True)
class Rename:
    """Said by a hint, never guessed. What else differs is an `Alter` of its own, but for an object
    that is made anew under its new name: its `fields` say what differs."""

    current: Object
    desired: Object
    fields: tuple[str, ...] = ()

    verb = "rename"

    @property
    def ref(self) -> Ref:
        return self.desired.ref


Change = Create | Drop | Alter | Rename


def diff(current: Schema, desired: Schema) -> tuple[Change, ...]:
    """What must change in `current` to make it `desired`."""
    changes: list[Change] = []
    found = counterparts(current, desired)
    for ref, present in current.objects.items():
        goal = found.get(ref, ref)
        wanted = desired.objects.get(goal) if goal else None
        if wanted is None:
            changes.append(Drop(present))
        elif present != wanted and (fields := differing_fields(present, wanted)):
            changes.append(Alter(present, wanted, fields))
    known = {found.get(ref, ref) for ref in current.objects}
    changes += [Create(wanted) for ref, wanted in desired.objects.items() if ref not in known]
    return tuple(changes)


def with_renames(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """A drop and a create are one rename where a hint says so."""
    dropped = {change.ref: change for change in changes if isinstance(change, Drop)}
    renamed: dict[Change, Rename] = {}
    for change in changes:
        if isinstance(change, Create) and change.desired.renamed_from:
            former = dropped.get(replace(change.ref, name=change.desired.renamed_from))
            if former:
                fields = differing_fields(former.current, change.desired)
                renamed[change] = Rename(former.current, change.desired, fields)
    gone = {dropped[rename.current.ref] for rename in renamed.values()}
    return tuple(renamed.get(change, change) for change in changes if change not in gone)
