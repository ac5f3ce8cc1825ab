"""A picture as SVG: real text, colours for light and dark, nothing fetched from anywhere.

It stands alone as a file and inside an HTML page; its ids and classes are its own, so that several
can stand in one page. The same picture is the same text, to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import hypot

from sqlplumb.render.picture.layout import Link, Spot, lay_out
from sqlplumb.render.picture.sizes import LINE, LOOP, Sized, Text, sized, width
from sqlplumb.render.picture.templates import rendered
from sqlplumb.render.picture.values import Edge, Mark, Picture
from sqlplumb.render.picture.view import description, title

MARGIN = 24.0
_ROUND = 7.0
_FOOT = 11.0  # how long a crow's foot is
_HALF = 5.0  # of its width
_RING = 3.5
_STATES: Mapping[Mark, str] = {"": "same", "+": "created", "-": "dropped", "~": "altered"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    sized: Sized
    x: float
    y: float
    kind: str
    state: str
    is_focus: bool


@dataclass(frozen=True, slots=True, kw_only=True)
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
    remaining = iter(laid.routes)
    routes = []
    for edge in picture.edges:
        parent, spot = boxes[at[edge.parent]], spots[at[edge.parent]]
        if edge.child == edge.parent:
            routes.append(_loop(edge, parent, spot))
        else:
            route = [_moved(point, corner) for point in next(remaining)]
            routes.append(_to_the_box(route, parent, spot))
    return spots, routes, _moved((laid.width, laid.height), corner)


def _moved(spot: Spot, by: Spot) -> Spot:
    return (spot[0] + by[0], spot[1] + by[1])


def _link(edge: Edge, boxes: Sequence[Sized], at: Mapping[str, int]) -> Link:
    parent, child = at[edge.parent], at[edge.child]
    leaves = boxes[parent].height_of(edge.targets)
    return Link(
        source=parent, target=child, leaves=leaves, arrives=boxes[child].height_of(edge.columns)
    )


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
    requirements: dict[Spot, set[bool]] = {}
    for edge, route in zip(edges, routes, strict=True):
        requirements.setdefault(route[0], set()).add(edge.required)
    return [
        _edge(edge, route, requirements[route[0]])
        for edge, route in zip(edges, routes, strict=True)
    ]


def _edge(edge: Edge, route: Sequence[Spot], required: set[bool]) -> _Edge:
    x, y = route[-1]
    beside = x - 34 if route[-2][0] < x else x + 22
    rings = _ring_of_child(route)
    return _Edge(
        state=_STATES[edge.mark],
        said=edge.said,
        path=_path(route),
        ends=_foot(route, edge.single) + _bars(route, required == {True}),
        rings=rings + _ring_of_parent(route) if required == {False} else rings,
        mark=Text(x=beside, y=y - 7, text=edge.mark, style="mark", width=width(edge.mark))
        if edge.mark
        else None,
    )


def _box(one: Sized, spot: Spot, picture: Picture) -> _Box:
    kind = one.box.kind.replace(" ", "-")
    is_focus = bool(picture.focus) and one.box.key == picture.focus
    return _Box(
        sized=one,
        x=round(spot[0], 1),
        y=round(spot[1], 1),
        kind=kind,
        state=_STATES[one.box.mark],
        is_focus=is_focus,
    )


def _caption(picture: Picture) -> list[Text]:
    lines = [("caption", title(picture))]
    if picture.is_difference:
        lines = [("caption gone", f"- {picture.current}"), ("caption come", f"+ {picture.desired}")]
        lines.append(("caption other", "~ on both sides, and not the same"))
    return [
        Text(
            x=MARGIN,
            y=MARGIN + LINE * (number + 0.5) - 6,
            text=text,
            style=style,
            width=width(text),
        )
        for number, (style, text) in enumerate(lines)
    ]


# Edges as the paths that SVG draws, with the feet and bars that say how many rows there may be.


def _path(route: Sequence[Spot]) -> str:
    """Through all the points, with round corners."""
    commands = [f"M{_at(route[0])}"]
    for before, corner, after in zip(route, route[1:], route[2:], strict=False):
        radius = min(_ROUND, _far(before, corner) / 2, _far(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        commands.append(f"L{_at(start)}Q{_at(corner)} {_at(end)}")
    return "".join([*commands, f"L{_at(route[-1])}"])


def _foot(route: Sequence[Spot], single: bool) -> str:
    """At the child's end: a crow's foot for many, a bar for one."""
    end, before = route[-1], route[-2]
    if single:
        return _bar(end, before, 7.0)
    apex = _towards(end, before, _FOOT)
    sides = [_beside(end, before, side) for side in (_HALF, -_HALF)]
    return "".join(f"M{_at(apex)}L{_at(side)}" for side in sides)


def _bars(route: Sequence[Spot], required: bool) -> str:
    """At the parent's end: two bars for exactly one, a single one where there may be none."""
    first = _bar(route[0], route[1], 6.0)
    return first + _bar(route[0], route[1], 10.0) if required else first


def _ring_of_child(route: Sequence[Spot]) -> str:
    """A parent without children is always allowed."""
    return _ring(_towards(route[-1], route[-2], _FOOT + _RING))


def _ring_of_parent(route: Sequence[Spot]) -> str:
    """For a child without a parent."""
    return _ring(_towards(route[0], route[1], 9.5 + _RING))


def _bar(end: Spot, before: Spot, far: float) -> str:
    middle = _towards(end, before, far)
    one, other = (_beside(middle, before, side) for side in (_HALF, -_HALF))
    return f"M{_at(one)}L{_at(other)}"


def _ring(centre: Spot) -> str:
    left = (centre[0] - _RING, centre[1])
    halves = (f"a{_RING} {_RING} 0 1 0 {across:g} 0" for across in (2 * _RING, -2 * _RING))
    return f"M{_at(left)}{''.join(halves)}"


def _far(one: Spot, other: Spot) -> float:
    return hypot(other[0] - one[0], other[1] - one[1])


def _towards(start: Spot, goal: Spot, far: float) -> Spot:
    whole = _far(start, goal) or 1.0
    return (
        start[0] + (goal[0] - start[0]) / whole * far,
        start[1] + (goal[1] - start[1]) / whole * far,
    )


def _beside(spot: Spot, seen_from: Spot, far: float) -> Spot:
    whole = _far(spot, seen_from) or 1.0
    across = (spot[1] - seen_from[1]) / whole, (seen_from[0] - spot[0]) / whole
    return (spot[0] + across[0] * far, spot[1] + across[1] * far)


def _at(spot: Spot) -> str:
    return f"{round(spot[0], 1):g} {round(spot[1], 1):g}"
