"""Say by clause what changes in a view and where its columns come from, and by statement what
changes in a trigger.

The words stand above the two texts, and replace none of them. Must never decide whether two bodies
are equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlplumb.engines import BodyPart, engine
from sqlplumb.engines.core import one_line
from sqlplumb.schema import Schema, Trigger, View
from sqlplumb.understanding.lineage import lineage

_FIRST = " of the first SELECT"
_SHOWN = 90  # characters of a part; all of it stands in the text below
_CONDITIONS = ("WHERE", "HAVING", "WHEN", "ON")


def body_changes(current: View | Trigger, desired: View | Trigger, schema: Schema) -> Iterator[str]:
    """Yield `WHERE gained `active = 1`` and the like; nothing where only blanks or case differ."""
    spoken = engine(schema.engine)
    sides = spoken.clauses(current), spoken.clauses(desired)
    if any(_FIRST in clause for clause in sides[0]) != any(_FIRST in clause for clause in sides[1]):
        # What was a view's only SELECT is the first of several now, or the other way round.
        sides = _with_one_select(sides[0]), _with_one_select(sides[1])
    for clause in dict.fromkeys((*sides[1], *sides[0])):
        yield from _clause_changes(clause, sides[0].get(clause, ()), sides[1].get(clause, ()))


def _with_one_select(
    clauses: Mapping[str, Sequence[BodyPart]],
) -> Mapping[str, Sequence[BodyPart]]:
    return {clause.removesuffix(_FIRST): parts for clause, parts in clauses.items()}


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
    same = _canonicals(current) & _canonicals(desired)
    before, after = _by_key(current, same), _by_key(desired, same)
    gone = [part for key, part in before.items() if key not in after]
    new = [part for key, part in after.items() if key not in before]
    if len(gone) == len(new) == 1:
        yield f"{clause}: {_became(gone[0], new[0])}"
    else:
        yield from (f"{clause} lost {_shown(part)}" for part in gone)
        yield from (f"{clause} gained {_shown(part)}" for part in new)
    for key, part in after.items():
        if key in before and before[key].canonical != part.canonical:
            yield f"{clause}: {_became(before[key], part)}"
    shared = [key for key in before if key in after]
    is_condition = clause.startswith(_CONDITIONS)
    if not is_condition and shared != [key for key in after if key in before]:
        yield f"{clause}: what stays stands in another order"


def _canonicals(parts: Sequence[BodyPart]) -> Counter[str]:
    return Counter(part.canonical for part in parts)


def _by_key(parts: Sequence[BodyPart], same: Counter[str]) -> Mapping[tuple[str, int], BodyPart]:
    """Key each part by its words if they stand on both sides, or else by what it is known by; those
    that have a key in common are numbered."""
    part_by_key: dict[tuple[str, int], BodyPart] = {}
    left, counted = Counter(same), Counter[str]()
    for part in parts:
        is_same = left[part.canonical] > 0
        left[part.canonical] -= is_same
        key = f"= {part.canonical}" if is_same else part.key
        counted[key] += 1
        part_by_key[key, counted[key]] = part
    return part_by_key


def _became(current: BodyPart, desired: BodyPart) -> str:
    """Show both from where they differ, if they are too long to be shown whole."""
    before, after = _one_line(current), _one_line(desired)
    pairs = enumerate(zip(before, after, strict=False))
    start = next((n for n, (a, b) in pairs if a != b), min(len(before), len(after)))
    skipped = start - _SHOWN // 3 if start > _SHOWN // 2 else 0
    return " became ".join(
        _cut(text[skipped:], "…" if skipped else "") if len(text) > _SHOWN else _cut(text)
        for text in (before, after)
    )


def _shown(part: BodyPart) -> str:
    return _cut(_one_line(part))


def _one_line(part: BodyPart) -> str:
    """What stands in quotes keeps its blanks, unless a comment ends its line."""
    line = one_line(part.text)
    return line if "\n" not in line else " ".join(part.text.split())


def _cut(text: str, begins: str = "") -> str:
    return f"`{begins}{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}`"
