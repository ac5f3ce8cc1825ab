"""A picture as SVG: real text, colours for light and dark, nothing fetched from anywhere.

It stands alone as a file and inside an HTML page; its ids and classes are its own, so that several
can stand in one page. The same picture is the same text, to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from sqlplumb.render.picture import lines
from sqlplumb.render.picture.layout import Link, lay_out
from sqlplumb.render.picture.packing import Spot
from sqlplumb.render.picture.said import description, title
from sqlplumb.render.picture.sizes import LINE, LOOP, Sized, Text, sized, width
from sqlplumb.render.picture.templates import rendered
from sqlplumb.render.picture.values import Edge, Mark, Picture

MARGIN = 24.0
_STATES: Mapping[Mark, str] = {"": "same", "+": "created", "-": "dropped", "~": "altered"}


@dataclass(frozen=True, slots=True)
class _Box:
    sized: Sized
    x: float
    y: float
    kind: str
    state: str
    is_focus: bool


@dataclass(frozen=True, slots=True)
class _Edge:
    state: str
    said: str
    path: str
    ends: str
    rings: str
    mark: Text | None


def svg(picture: Picture, name: str = "") -> str:
    """`name` begins the ids; without it they come from the picture itself."""
    boxes = [sized(box) for box in picture.boxes]
    caption = _caption(picture)
    top = MARGIN + LINE * len(caption) + MARGIN / 2
    spots, routes, size = _laid_out(picture, boxes, (MARGIN, top))
    return rendered(
        "picture.svg.mako",
        "h",
        name=name or f"picture-{blake2b(repr(picture).encode(), digest_size=5).hexdigest()}",
        title=title(picture),
        description=description(picture),
        caption=caption,
        boxes=[_box(one, spot, picture) for one, spot in zip(boxes, spots, strict=True)],
        edges=_edges(picture.edges, routes),
        width=round(max(size[0], *(text.x + text.width for text in caption)) + MARGIN),
        height=round(size[1] + MARGIN),
        states=_STATES,
        line=LINE,
    )


def _laid_out(
    picture: Picture, boxes: Sequence[Sized], corner: Spot
) -> tuple[list[Spot], list[list[Spot]], Spot]:
    """Where each box and each edge is, and where the last of them ends."""
    at = {box.key: number for number, box in enumerate(picture.boxes)}
    looped = {at[edge.child] for edge in picture.edges if edge.child == edge.parent}
    sizes = [
        (one.width + LOOP * (number in looped), one.height) for number, one in enumerate(boxes)
    ]
    through = [edge for edge in picture.edges if edge.child != edge.parent]
    laid = lay_out(sizes, [_link(edge, boxes, at) for edge in through])
    spots = [_moved(spot, corner) for spot in laid.spots]
    found = iter(laid.routes)
    routes = []
    for edge in picture.edges:
        parent = boxes[at[edge.parent]], spots[at[edge.parent]]
        if edge.child == edge.parent:
            routes.append(_loop(edge, *parent))
        else:
            routes.append(_to_the_box([_moved(spot, corner) for spot in next(found)], *parent))
    return spots, routes, _moved((laid.width, laid.height), corner)


def _moved(spot: Spot, by: Spot) -> Spot:
    return (spot[0] + by[0], spot[1] + by[1])


def _link(edge: Edge, boxes: Sequence[Sized], at: Mapping[str, int]) -> Link:
    parent, child = at[edge.parent], at[edge.child]
    leaves = boxes[parent].height_of(edge.targets)
    return Link(parent, child, leaves, boxes[child].height_of(edge.columns))


def _loop(edge: Edge, box: Sized, spot: Spot) -> list[Spot]:
    """A table that refers to itself: out at the parent's row and in again at the child's."""
    right = spot[0] + box.width
    out, back = spot[1] + box.height_of(edge.targets), spot[1] + box.height_of(edge.columns)
    if out == back:
        out = out - 8 if out - 8 > spot[1] else out + 8
    return [(right, out), (right + LOOP, out), (right + LOOP, back), (right, back)]


def _to_the_box(route: list[Spot], parent: Sized, spot: Spot) -> list[Spot]:
    """A box with a loop beside it is wider for the engine than it is."""
    right = round(spot[0] + parent.width, 1)
    start = route[0]
    return [(right, start[1]), *route[1:]] if start[0] > right else route


def _edges(edges: Sequence[Edge], routes: Sequence[Sequence[Spot]]) -> list[_Edge]:
    """Several may begin at one row of the parent: where they differ, its end says neither."""
    asked: dict[Spot, set[bool]] = {}
    for edge, route in zip(edges, routes, strict=True):
        asked.setdefault(route[0], set()).add(edge.required)
    return [_edge(*both, asked[both[1][0]]) for both in zip(edges, routes, strict=True)]


def _edge(edge: Edge, route: Sequence[Spot], required: set[bool]) -> _Edge:
    x, y = route[-1]
    beside = x - 34 if route[-2][0] < x else x + 22
    rings = lines.ring_of_child(route)
    return _Edge(
        _STATES[edge.mark],
        edge.said,
        lines.path(route),
        lines.foot(route, edge.single) + lines.bars(route, required == {True}),
        rings + lines.ring_of_parent(route) if required == {False} else rings,
        Text(beside, y - 7, edge.mark, "mark", width(edge.mark)) if edge.mark else None,
    )


def _box(one: Sized, spot: Spot, picture: Picture) -> _Box:
    kind = one.box.kind.replace(" ", "-")
    is_focus = bool(picture.focus) and one.box.key == picture.focus
    return _Box(one, round(spot[0], 1), round(spot[1], 1), kind, _STATES[one.box.mark], is_focus)


def _caption(picture: Picture) -> list[Text]:
    said = [("caption", title(picture))]
    if picture.is_difference:
        said = [("caption gone", f"- {picture.current}"), ("caption come", f"+ {picture.desired}")]
        said.append(("caption other", "~ on both sides, and not the same"))
    return [
        Text(MARGIN, MARGIN + LINE * (number + 0.5) - 6, text, style, width(text))
        for number, (style, text) in enumerate(said)
    ]
