"""Say by clause what changes in a view, and by statement what changes in a trigger.

The words stand above the two texts, and replace none of them. Must never decide whether two bodies
are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlplumb.engines import BodyPart, engine
from sqlplumb.schema import Schema, Trigger, View

_SHOWN = 90  # characters of a part; all of it stands in the text below
_CONDITIONS = ("WHERE", "HAVING", "WHEN", "ON")


def body_changes(current: View | Trigger, desired: View | Trigger, schema: Schema) -> Iterator[str]:
    """Yield `WHERE gained `active = 1`` and the like; nothing where only blanks or case differ."""
    spoken = engine(schema.engine)
    sides = spoken.clauses(current), spoken.clauses(desired)
    for clause in dict.fromkeys((*sides[0], *sides[1])):
        yield from _clause_changes(clause, sides[0].get(clause, ()), sides[1].get(clause, ()))


def _clause_changes(
    clause: str, current: Sequence[BodyPart], desired: Sequence[BodyPart]
) -> Iterator[str]:
    before, after = _by_key(current), _by_key(desired)
    gone = [part for key, part in before.items() if key not in after]
    new = [part for key, part in after.items() if key not in before]
    if len(gone) == len(new) == 1:
        yield f"{clause}: {_shown(gone[0])} became {_shown(new[0])}"
    else:
        yield from (f"{clause} lost {_shown(part)}" for part in gone)
        yield from (f"{clause} gained {_shown(part)}" for part in new)
    for key, part in after.items():
        if key in before and before[key].canonical != part.canonical:
            yield f"{clause}: {_shown(before[key])} became {_shown(part)}"
    shared = [key for key in before if key in after]
    is_condition = clause.startswith(_CONDITIONS)
    if not is_condition and shared != [key for key in after if key in before]:
        yield f"{clause}: what stays stands in another order"


def _by_key(parts: Sequence[BodyPart]) -> Mapping[str, BodyPart]:
    """Two parts of one key, as two columns of one name, are told apart by their words."""
    found: dict[str, BodyPart] = {}
    for part in parts:
        found[part.key if part.key not in found else f"{part.key} {part.canonical}"] = part
    return found


def _shown(part: BodyPart) -> str:
    text = " ".join(part.text.split())
    return f"`{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}`"
