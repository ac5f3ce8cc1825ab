"""From a schema or a difference to a picture, and from a whole picture to a part of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlplumb.changes import Change
from sqlplumb.render.picture.boxes import box_of, edges, missing
from sqlplumb.render.picture.values import Box, Mark, Picture, drawn_units, line
from sqlplumb.render.words import counted
from sqlplumb.schema import ForeignKey, Schema

MANY = 24  # boxes; of more, only keys and changes are shown
FEW = 6  # boxes; in a difference of more, a box without changes shows only its keys
_DEEDS: dict[Mark, str] = {"": "", "+": " is created", "-": " is dropped", "~": " is altered"}


def picture_of(schema: Schema) -> Picture:
    return _picture(schema, (), "", is_difference=False)


def picture_of_difference(current: str, desired: Schema, changes: Iterable[Change]) -> Picture:
    """Draw `desired`, and with it what is dropped; `current` is the name of the other side."""
    return _picture(desired, tuple(changes), current, is_difference=True)


def _picture(
    schema: Schema, changes: tuple[Change, ...], current: str, is_difference: bool
) -> Picture:
    units = drawn_units(schema, changes)
    boxes = [box_of(unit) for unit in units]
    links = edges(units)
    keys = [key for unit in units for key in unit.unit.of(ForeignKey)]
    names = {key.target: key.shown[0] for key in keys if key.shown}
    return Picture(
        boxes=(*boxes, *missing(boxes, links, names)),
        edges=tuple(links),
        desired=line(schema.source),
        current=line(current),
        is_difference=is_difference,
    )


def focused(picture: Picture, key: str, depth: int = 1) -> Picture:
    """Keep a box, and what is at most `depth` foreign keys away from it in either direction."""
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
        return box
    used = {name for edge in picture.edges for name in edge.columns if edge.child == box.key}
    used |= {name for edge in picture.edges for name in edge.targets if edge.parent == box.key}
    # Keys stay, and what happens to a column and not to the whole box.
    columns = tuple(
        row
        for row in box.columns
        if row.keys or (row.mark and box.mark == "~") or row.column in used
    )
    facts = tuple(fact for fact in box.facts if fact.mark and box.mark == "~")
    more = len(box.columns) - len(columns)
    if more <= 1:  # the line that says so would be as long
        return replace(box, facts=facts)
    return replace(box, columns=columns, facts=facts, more=more)


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
        refers = f" refers to {', '.join(dict.fromkeys(parents))}" if parents else ""
        deed = _DEEDS[box.mark]
        join = ", and" if deed and refers else ""
        sentences.append(f"{box.kind} {box.name}{deed}{join}{refers}.")
    return "\n".join(sentences)
