"""Schema x Schema -> Changes. One generic comparison that knows no kinds and no engine.

Whether two spellings mean the same was settled before, by the engine that read them; which change
is dangerous is judged after. Here equal means `==`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlplumb.schema import Object, Ref, Schema, compared_fields


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
    current: Object
    desired: Object
    fields: tuple[str, ...]

    verb = "alter"

    @property
    def ref(self) -> Ref:
        return self.desired.ref


Change = Create | Drop | Alter


def diff(current: Schema, desired: Schema) -> tuple[Change, ...]:
    """What must change in `current` to make it `desired`."""
    changes: list[Change] = []
    for ref, present in current.objects.items():
        wanted = desired.objects.get(ref)
        if wanted is None:
            changes.append(Drop(present))
        elif present != wanted:
            changes.append(Alter(present, wanted, differing_fields(present, wanted)))
    changes += [
        Create(wanted) for ref, wanted in desired.objects.items() if ref not in current.objects
    ]
    return tuple(changes)


def differing_fields(current: Object, desired: Object) -> tuple[str, ...]:
    names = compared_fields(desired)
    return tuple(name for name in names if getattr(current, name) != getattr(desired, name))
