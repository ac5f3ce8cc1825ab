"""Foreign keys as edges between boxes, with what they ask of both ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlplumb.render.picture.keys import actions, may_be_null, terms, unique_terms
from sqlplumb.render.picture.units import Unit
from sqlplumb.render.picture.values import Box, Edge
from sqlplumb.render.picture.words import line, several_lines
from sqlplumb.schema import ForeignKey, Index, PrimaryKey, Unique


def edges(units: Sequence[Unit]) -> Iterator[Edge]:
    by_key = {unit.key: unit for unit in units}
    for unit in units:
        for key in unit.of(ForeignKey):
            yield _edge(key, unit, by_key)


def _edge(key: ForeignKey, unit: Unit, units: Mapping[str, Unit]) -> Edge:
    parent = units.get(key.target)
    columns = [column for column in unit.columns if column.ref.name in key.columns]
    return Edge(
        child=unit.key,
        parent=key.target,
        columns=key.columns,
        targets=key.target_columns or (_primary(parent) if parent else ()),
        required=not any(may_be_null(column, unit) for column in columns),
        single=any(parts and set(parts) <= set(key.columns) for parts in _unique(unit)),
        actions=actions(key),
        mark=unit.mark(key),
        said=several_lines(unit.said(key)),
    )


def _unique(unit: Unit) -> Iterator[tuple[str, ...]]:
    yield _primary(unit)
    yield from unique_terms((*unit.of(Unique), *unit.of(Index)))


def _primary(unit: Unit) -> tuple[str, ...]:
    return next((terms(key.columns) for key in unit.of(PrimaryKey)), ())


def missing(boxes: Sequence[Box], found: Sequence[Edge], names: Mapping[str, str]) -> list[Box]:
    """A box for each table that is referred to and is not there: SQLite lets that be."""
    here = {box.key for box in boxes}
    gone = dict.fromkeys(edge.parent for edge in found if edge.parent not in here)
    return [Box(key, "missing", line(names.get(key, key)), label="not here") for key in gone]
