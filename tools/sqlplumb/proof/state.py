"""All that a scratch holds at one moment, and two moments held against each other as schemas."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlplumb.changes import diff
from sqlplumb.engines import Rows, Scratch, Source, engine
from sqlplumb.schema import Ref, Schema


@dataclass(frozen=True, slots=True)
class State:
    """`texts` are those of the units that `schema` holds the facts of."""

    schema: Schema
    texts: Mapping[str, frozenset[str]]
    rows: Mapping[str, Rows]
    counters: Mapping[str, int]
    unsound: Sequence[str]  # what the engine complains of


def state_of(
    opened: Source,
    scratch: Scratch,
    known: State | None = None,
    unread: Collection[str] = (),
) -> State:
    """What has the same text as in a state that is known, has the same facts, unless what another
    unit holds decides what a body says."""
    steady = (
        known if known and not (known.schema.quotes_in_bodies or opened.quotes_in_bodies) else None
    )
    same = {u for u, text in opened.texts.items() if steady and steady.texts.get(u) == text}
    kept = [f for f in steady.schema.objects.values() if f.ref.unit in same] if steady else []
    same.update(unread)
    read = opened.read_units([unit for unit in opened.texts if unit not in same])
    schema = opened.schema((*kept, *read))
    return State(schema, opened.texts, scratch.rows(), scratch.counters(), scratch.unsound())


def complaints(before: State, after: State) -> Iterator[str]:
    """What the engine did not say before: some schemas let in what it complains of."""
    yield from (one for one in after.unsound if one not in before.unsound)


def differing(schema: Schema, desired: Schema) -> Iterator[Ref]:
    """What is not what it should be."""
    for change in diff(*engine(desired.engine).settle(schema, desired)):
        yield change.ref


def unlike(current: Source, desired: Source) -> tuple[Schema, Schema]:
    """Both sides of what has not the same text."""
    units = current.texts.keys() | desired.texts.keys()
    if not (current.quotes_in_bodies or desired.quotes_in_bodies):
        units = {one for one in units if current.texts.get(one) != desired.texts.get(one)}
    return current.read(units), desired.read(units)


def kind(schema: Schema, table: str, column: str) -> tuple[object, ...]:
    """What decides which values a column holds."""
    unit = schema.unit(table)
    fact = unit.columns[column]
    keeps_all = fact.type == "any" and unit.options.flag("strict")
    return (fact.type, fact.generated, keeps_all)
