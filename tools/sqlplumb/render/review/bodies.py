"""Say by clause what changes in a view and where its columns come from, and by statement what
changes in a trigger.

The words stand above the two texts, and replace none of them. Must never decide whether two bodies
are equal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlplumb.engines import BodyPart, engine
from sqlplumb.schema import Schema, Trigger, View
from sqlplumb.understanding.lineage import lineage

_SHOWN = 90  # characters of a part; all of it stands in the text below
_CONDITIONS = ("WHERE", "HAVING", "WHEN", "ON")


def body_changes(current: View | Trigger, desired: View | Trigger, schema: Schema) -> Iterator[str]:
    """Yield `WHERE gained `active = 1`` and the like; nothing where only blanks or case differ."""
    spoken = engine(schema.engine)
    sides = spoken.clauses(current), spoken.clauses(desired)
    for clause in dict.fromkeys((*sides[1], *sides[0])):
        yield from _clause_changes(clause, sides[0].get(clause, ()), sides[1].get(clause, ()))


def column_sources(
    current: View | None, desired: View, *, current_schema: Schema, schema: Schema
) -> Iterator[str]:
    """Yield `amount <- order_lines.quantity, order_lines.price` for each column of a view that
    comes from other columns than before."""
    before = lineage(current.text, _columns(current_schema), schema.engine) if current else {}
    for column, sources in lineage(desired.text, _columns(schema), schema.engine).items():
        if sources and sources != before.get(column):
            yield f"{column} <- {', '.join(sources)}"


def _columns(schema: Schema) -> Mapping[str, Collection[str]]:
    return {name: tuple(unit.columns) for name, unit in schema.tables.items()}


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
