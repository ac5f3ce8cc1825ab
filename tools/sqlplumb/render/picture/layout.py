"""Where each box lies and how each edge runs. The only door to the layout engine.

What stands together is laid out by the engine, in layers from parents to children. What stands
alone becomes a grid, and all of it is packed here onto a page of the shape of a screen. Positions
do not depend on anything but the sizes, the links and the groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlplumb.errors import Problem, WrongInput
from sqlplumb.render.picture.packing import WIDER, Size, Spot, columns_of, packed

GAP = 32.0
PANEL = 18.0  # around what stands together
_BETWEEN = 22.0  # boxes of the grid
_MOST_COLUMNS = 14
_OPTIONS = {
    "direction": "leftright",
    "spacing": {"layer_gap": 66.0, "node_gap": 24.0, "stub": 26.0, "dummy_gap": 18.0},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """From one box to another, by their numbers, at this height of each."""

    source: int
    target: int
    leaves: float
    arrives: float


@dataclass(frozen=True, slots=True)
class Panel:
    """What lies behind boxes that stand together."""

    corner: Spot
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    spots: tuple[Spot, ...]
    routes: tuple[tuple[Spot, ...], ...]
    panels: tuple[Panel, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Boxes that stand together, laid out; `boxes` and `links` are their numbers in the whole."""

    boxes: Sequence[int]
    links: Sequence[int]
    spots: Sequence[Spot]
    routes: Sequence[Sequence[Spot]]
    size: Size
    panel: float = 0.0  # how far it reaches beyond the boxes


def has_engine() -> bool:
    from importlib.util import find_spec

    return find_spec("graphlay") is not None


def lay_out(
    sizes: Sequence[Size], links: Sequence[Link], groups: Sequence[Sequence[int]]
) -> Layout:
    """Lay out boxes of these sizes; each link has its ends at two boxes of one group."""
    together = [boxes for boxes in groups if len(boxes) > 1]
    alone = [boxes[0] for boxes in groups if len(boxes) == 1]
    panel = PANEL if len(together) > 1 else 0.0
    parts = [_part(boxes, sizes, links, panel=panel) for boxes in together]
    pages = [
        _page([*parts, *grid], sizes, links) for grid in (_grids(alone, sizes) if alone else ([],))
    ]
    return min(pages, key=lambda page: max(page.width, WIDER * page.height))


def _page(parts: Sequence[_Part], sizes: Sequence[Size], links: Sequence[Link]) -> Layout:
    """Put the parts onto one page."""
    spots: dict[int, Spot] = {}
    routes: dict[int, tuple[Spot, ...]] = {}
    panels = []
    width = height = 0.0
    for part, corner in zip(parts, packed([part.size for part in parts], GAP), strict=True):
        inner = _moved(corner, (part.panel, part.panel))
        for box, spot in zip(part.boxes, part.spots, strict=True):
            spots[box] = _moved(spot, inner)
        for at, route in zip(part.links, part.routes, strict=True):
            routes[at] = tuple(_moved(point, inner) for point in route)
        if part.panel:
            panels.append(Panel(corner, part.size))
        width = max(width, corner[0] + part.size[0])
        height = max(height, corner[1] + part.size[1])
    return Layout(
        spots=tuple(spots[at] for at in range(len(sizes))),
        routes=tuple(routes[at] for at in range(len(links))),
        panels=tuple(panels),
        width=width,
        height=height,
    )


def _grids(boxes: Sequence[int], sizes: Sequence[Size]) -> Iterator[list[_Part]]:
    """Yield the boxes that stand alone in columns, for each number of columns that may do."""
    for count in range(1, min(len(boxes), _MOST_COLUMNS) + 1):
        spots, size = columns_of([sizes[box] for box in boxes], count, _BETWEEN)
        yield [_Part(boxes=boxes, links=(), spots=spots, routes=(), size=size)]


def _part(
    boxes: Sequence[int], sizes: Sequence[Size], links: Sequence[Link], *, panel: float
) -> _Part:
    if not has_engine():
        advice = (
            "install it with pip install 'sqlplumb[draw]', or draw with --format mermaid or dot"
        )
        raise WrongInput(Problem("SVG needs a layout engine, and none is installed", advice))
    from graphlay import layout  # an extra, which need not be installed

    inside = [at for at, link in enumerate(links) if link.source in boxes]
    drawn = layout(
        {
            "nodes": [
                {"size": {"width": width, "height": height}}
                for width, height in (sizes[box] for box in boxes)
            ],
            "edges": [
                {
                    "source": boxes.index(link.source),
                    "target": boxes.index(link.target),
                    "source_port": _port("right", link.leaves, sizes[link.source]),
                    "target_port": _port("left", link.arrives, sizes[link.target]),
                }
                for link in (links[at] for at in inside)
            ],
        },
        options=_OPTIONS,
    )
    left, top = drawn.bounds["min"]["x"], drawn.bounds["min"]["y"]
    right, bottom = drawn.bounds["max"]["x"], drawn.bounds["max"]["y"]
    spots = [
        (
            node["center"]["x"] - node["size"]["width"] / 2,
            node["center"]["y"] - node["size"]["height"] / 2,
        )
        for node in drawn.nodes
    ]
    routes = [[(point["x"], point["y"]) for point in edge["points"]] for edge in drawn.edges]
    return _Part(
        boxes=boxes,
        links=inside,
        spots=[_moved(spot, (-left, -top)) for spot in spots],
        routes=[[_moved(point, (-left, -top)) for point in route] for route in forked(routes)],
        size=(right - left + 2 * panel, bottom - top + 2 * panel),
        panel=panel,
    )


def forked(routes: Sequence[Sequence[Spot]]) -> list[Sequence[Spot]]:
    """Let lines that leave one spot turn where one of them does, unless another line is near."""
    found = list(routes)
    turns = [at for at, route in enumerate(routes) if len(route) == 4]
    for first in dict.fromkeys(routes[at][0] for at in turns):
        inside = [at for at in turns if routes[at][0] == first]
        ends = [route[at][1] for route in (routes[at] for at in inside) for at in (0, -1)]
        low, high = min(ends), max(ends)
        near = [
            one[0]
            for route in found
            if route[0] != first
            for one, other in pairwise(route)
            if one[0] == other[0] and min(one[1], other[1]) <= high and max(one[1], other[1]) >= low
        ]
        nearest = min(routes[at][-1][0] for at in inside) - _FOOT
        places = {x for at in inside if (x := routes[at][1][0]) <= nearest}
        x = max((x for x in places if all(abs(x - y) >= _APART for y in near)), default=0.0)
        for at in inside if x else ():
            start, *_, end = routes[at]
            found[at] = (start, (x, start[1]), (x, end[1]), end)
    return found


_APART = 6.0  # of two lines that are not one
_FOOT = 22.0  # before a box, for the end of the line


def _port(side: str, height: float, size: Size) -> dict[str, Any]:
    """The layout engine counts heights from -1 to 1."""
    return {"offset": {"side": side, "t": 2 * height / size[1] - 1}}


def _moved(spot: Spot, by: Spot) -> Spot:
    return (round(spot[0] + by[0], 1), round(spot[1] + by[1], 1))
