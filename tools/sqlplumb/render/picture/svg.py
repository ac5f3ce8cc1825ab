"""Write a picture as SVG: real text, colours for light and dark, nothing fetched from anywhere.

It stands alone as a file and inside an HTML page; its ids and classes are its own, so that several
can stand in one page. The same picture is the same text, to the byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import hypot
from types import MappingProxyType

from markupsafe import Markup

from sqlplumb.render.pages import render_page
from sqlplumb.render.picture.arrange import arranged
from sqlplumb.render.picture.packing import Spot
from sqlplumb.render.picture.sizes import LINE, Sized, Text, width
from sqlplumb.render.picture.values import Edge, Mark, Picture
from sqlplumb.render.picture.view import description, title

MARGIN = 24.0
_CORNER = 7.0  # the radius of a corner
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
    href: str
    is_focus: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    kind: str
    state: str
    tooltip: str
    path: str
    ends: str
    rings: str
    mark: Text | None


def svg(
    picture: Picture,
    name: str = "",
    *,
    links: Mapping[str, str] = MappingProxyType({}),
    has_style: bool = True,
) -> Markup:
    """`name` begins the ids; without it they come from the picture itself. `links` are addresses by
    the keys of boxes. A page that has the style of pictures already needs no other."""
    captions = [("caption", title(picture))]
    if picture.is_difference:
        captions = [
            ("caption gone", f"- {picture.current}"),
            ("caption come", f"+ {picture.desired}"),
            ("caption other", "~ on both sides, and not the same"),
        ]
    caption = [
        Text(x=MARGIN, y=MARGIN + LINE * (at + 0.5) - 6, text=text, style=style, width=width(text))
        for at, (style, text) in enumerate(captions)
    ]
    placed = arranged(picture, (MARGIN, MARGIN + LINE * len(caption) + MARGIN / 2))
    # Several edges may begin at one row of the parent: where they differ, its end says neither.
    required: dict[Spot, set[bool]] = {}
    for edge, route in zip(picture.edges, placed.routes, strict=True):
        if not edge.reads:
            required.setdefault(route[0], set()).add(edge.required)
    return render_page(
        "picture.svg",
        name=name or f"picture-{blake2b(repr(picture).encode(), digest_size=5).hexdigest()}",
        title=title(picture),
        description=description(picture),
        caption=caption,
        boxes=[
            _Box(
                sized=size,
                x=round(x, 1),
                y=round(y, 1),
                kind=size.box.kind.replace(" ", "-"),
                state=_STATES[size.box.mark],
                href=links.get(size.box.key, ""),
                is_focus=bool(picture.focus) and size.box.key == picture.focus,
            )
            for size, (x, y) in zip(placed.sizes, placed.spots, strict=True)
        ],
        edges=[
            _reading(edge, route)
            if edge.reads
            else _edge(edge, route, set() if is_far else required[route[0]])
            for edge, route, is_far in zip(picture.edges, placed.routes, placed.far, strict=True)
            if not (edge.reads and is_far)
        ],
        panels=placed.panels,
        width=round(max(placed.end[0], *(text.x + text.width for text in caption)) + MARGIN),
        height=round(placed.end[1] + MARGIN),
        states=_STATES,
        has_style=has_style,
        is_linked=bool(links),
        line_height=LINE,
    )


# Edges as the paths that SVG draws, with the feet and bars that say how many rows there may be.


def _reading(edge: Edge, route: Sequence[Spot]) -> _Edge:
    """An arrow at the view."""
    before, end = route[-2], route[-1]
    back = _towards(end, before, 6.0)
    sides = [_beside(back, before, side) for side in (4.0, -4.0)]
    return _Edge(
        kind="edge reads",
        state=_STATES[edge.mark],
        tooltip=edge.tooltip,
        path=_path(route),
        ends=f"M{_at(sides[0])}L{_at(end)}L{_at(sides[1])}",
        rings="",
        mark=None,
    )


def _edge(edge: Edge, route: Sequence[Spot], required: set[bool]) -> _Edge:
    """`required` is what its edges say of the parent's end; nothing, where that is elsewhere."""
    parent, after_parent, before_child, child = route[0], route[1], route[-2], route[-1]
    bars = (6.0, 10.0) if required == {True} else (6.0,)  # two bars: exactly one parent
    ends = _foot(child, before_child, edge.single)
    ends += "".join(_bar(parent, after_parent, distance) for distance in bars if required)
    rings = _ring(_towards(child, before_child, _FOOT + _RING))  # a parent may have no child
    if required == {False}:  # a child may have no parent
        rings += _ring(_towards(parent, after_parent, 9.5 + _RING))
    mark_at = child[0] - 34 if before_child[0] < child[0] else child[0] + 22
    mark = Text(x=mark_at, y=child[1] - 7, text=edge.mark, style="mark", width=width(edge.mark))
    return _Edge(
        kind="edge",
        state=_STATES[edge.mark],
        tooltip=edge.tooltip,
        path=_path(route),
        ends=ends,
        rings=rings,
        mark=mark if edge.mark else None,
    )


def _path(route: Sequence[Spot]) -> str:
    """Through all the points, with round corners."""
    commands = [f"M{_at(route[0])}"]
    for before, corner, after in zip(route, route[1:], route[2:], strict=False):
        radius = min(_CORNER, _distance(before, corner) / 2, _distance(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        commands.append(f"L{_at(start)}Q{_at(corner)} {_at(end)}")
    return "".join([*commands, f"L{_at(route[-1])}"])


def _foot(end: Spot, before: Spot, single: bool) -> str:
    """At the child's end: a crow's foot for many, a bar for one."""
    if single:
        return _bar(end, before, 7.0)
    apex = _towards(end, before, _FOOT)
    sides = [_beside(end, before, side) for side in (_HALF, -_HALF)]
    return "".join(f"M{_at(apex)}L{_at(side)}" for side in sides)


def _bar(end: Spot, before: Spot, distance: float) -> str:
    middle = _towards(end, before, distance)
    left, right = (_beside(middle, before, side) for side in (_HALF, -_HALF))
    return f"M{_at(left)}L{_at(right)}"


def _ring(centre: Spot) -> str:
    left = (centre[0] - _RING, centre[1])
    halves = (f"a{_RING} {_RING} 0 1 0 {across:g} 0" for across in (2 * _RING, -2 * _RING))
    return f"M{_at(left)}{''.join(halves)}"


def _distance(start: Spot, end: Spot) -> float:
    return hypot(end[0] - start[0], end[1] - start[1])


def _towards(start: Spot, goal: Spot, distance: float) -> Spot:
    length = _distance(start, goal) or 1.0
    return (
        start[0] + (goal[0] - start[0]) / length * distance,
        start[1] + (goal[1] - start[1]) / length * distance,
    )


def _beside(spot: Spot, seen_from: Spot, distance: float) -> Spot:
    length = _distance(spot, seen_from) or 1.0
    x, y = (spot[1] - seen_from[1]) / length, (seen_from[0] - spot[0]) / length
    return (spot[0] + x * distance, spot[1] + y * distance)


def _at(spot: Spot) -> str:
    return f"{round(spot[0], 1):g} {round(spot[1], 1):g}"
