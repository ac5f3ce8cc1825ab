"""From a schema or a difference to a picture, and from a whole picture to a part of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from sqlplumb.changes import Change
from sqlplumb.render.picture.boxes import box_of, edges, missing
from sqlplumb.render.picture.values import Box, Mark, Picture, Row, drawn_units, line
from sqlplumb.render.words import counted
from sqlplumb.schema import ForeignKey, Schema

Reads = Mapping[str, Collection[str]]
CROWD = 48  # boxes; of more, no key has its type
MANY = 24  # boxes; of more, only keys and changes are shown
SEVERAL = 12  # boxes; of more, no row says what happens on update
FEW = 6  # boxes; in a difference of more, a box without changes shows only its keys
_DEEDS: dict[Mark, str] = {"": "", "+": " is created", "-": " is dropped", "~": " is altered"}


def picture_of(schema: Schema, reads: Reads = MappingProxyType({})) -> Picture:
    """`reads` says which tables and views each view reads itself."""
    return _picture(schema, (), "", reads=reads)


def picture_of_difference(
    current: str,
    desired: Schema,
    changes: Iterable[Change],
    *,
    reads: Reads = MappingProxyType({}),
) -> Picture:
    """Draw `desired`, and with it what is dropped; `current` is the name of the other side."""
    picture = _picture(desired, tuple(changes), current, reads=reads)
    return replace(picture, is_difference=True)


def _picture(schema: Schema, changes: tuple[Change, ...], current: str, *, reads: Reads) -> Picture:
    units = drawn_units(schema, changes)
    shown = {unit.key: unit.head.ref.display for unit in units}
    boxes = [
        box_of(unit, {key: shown[key] for key in shown if key in reads.get(unit.key, ())})
        for unit in units
    ]
    links = edges(units, boxes)
    keys = [key for unit in units for key in unit.unit.of(ForeignKey)]
    names = {key.target: key.shown[0] for key in keys if key.shown}
    return Picture(
        boxes=(*boxes, *missing(boxes, links, names)),
        edges=tuple(links),
        desired=line(schema.source),
        current=line(current),
    )


def focused(picture: Picture, key: str, depth: int = 1) -> Picture:
    """Keep a box, and what is at most `depth` edges away from it in either direction."""
    near = {key}
    for _ in range(depth):
        near |= {
            end
            for edge in picture.edges
            if near & {edge.child, edge.parent}
            for end in (edge.child, edge.parent)
        }
    boxes = tuple(box for box in picture.boxes if box.key in near)
    links = tuple(edge for edge in picture.edges if {edge.child, edge.parent} <= near)
    return replace(picture, boxes=boxes, edges=links, focus=key)


def shortened(picture: Picture) -> Picture:
    """Say less of each table of a large picture, so that the whole can still be read."""
    return replace(picture, boxes=tuple(_shortened(box, picture) for box in picture.boxes))


def _shortened(box: Box, picture: Picture) -> Box:
    size = len(picture.boxes)
    is_aside = picture.is_difference and not box.mark and size > FEW
    if box.key == picture.focus or not (size > MANY or is_aside):
        terse = [replace(row, notes=_without_updates(row)) for row in box.columns]
        return replace(box, columns=tuple(terse)) if size > SEVERAL else box
    used = {name for edge in picture.edges for name in edge.columns if edge.child == box.key}
    used |= {name for edge in picture.edges for name in edge.targets if edge.parent == box.key}
    # Keys stay, and what happens to a column and not to the whole box.
    columns = tuple(
        row
        for row in box.columns
        if row.keys or row.reads or (row.mark and box.mark == "~") or row.column in used
    )
    columns = tuple(_shortened_row(row, size) for row in columns)
    facts = tuple(fact for fact in box.facts if fact.mark and box.mark == "~")
    more = len(box.columns) - len(columns)
    if more <= 1:  # the line that says so would be as long
        rows = tuple(_shortened_row(row, size) for row in box.columns)
        return replace(box, columns=rows, facts=facts)
    return replace(box, columns=columns, facts=facts, more=more)


def _without_updates(row: Row) -> tuple[str, ...]:
    """Keep what happens on delete, for keys are hardly ever updated."""
    notes = (
        note.partition("on update ")[0].rstrip() if note.startswith("on ") else note
        for note in row.notes
    )
    return tuple(filter(None, notes))


def _shortened_row(row: Row, size: int) -> Row:
    """Leave out what makes a box wide; what changes is told in full."""
    if row.mark:
        return row
    type_ = row.type if size <= CROWD else ""
    return replace(row, type=type_, notes=tuple({*row.notes} & {"null"}))


def title(picture: Picture) -> str:
    """`schema.sql: 14 tables, 2 views`."""
    kinds = [box.kind for box in picture.boxes]
    parts = [counted(kinds.count(kind), kind) for kind in dict.fromkeys(kinds) if kind != "missing"]
    contents = ", ".join(parts) or "nothing in it"
    subject = picture.desired
    if picture.is_difference:
        subject = f"what makes {picture.current} into {picture.desired}"
    focus = next((box.name for box in picture.boxes if box.key == picture.focus), "")
    return f"{subject}{f' around {focus}' if focus else ''}: {contents}"


def description(picture: Picture) -> str:
    """Tell the picture in sentences, for those who cannot see it."""
    names = {box.key: box.name for box in picture.boxes}
    sentences = []
    for box in picture.boxes:
        parents = [names[edge.parent] for edge in picture.edges if edge.child == box.key]
        verb = "reads" if box.kind == "view" else "refers to"
        refers = f" {verb} {', '.join(dict.fromkeys(parents))}" if parents else ""
        deed = _DEEDS[box.mark]
        join = ", and" if deed and refers else ""
        sentences.append(f"{box.kind} {box.name}{deed}{join}{refers}.")
    return "\n".join(sentences)
