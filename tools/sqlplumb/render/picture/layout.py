"""Where each box lies and how each edge runs. The only door to the layout engine.

What hangs together is laid out by the engine, in layers from parents to children; the parts are
packed beside each other here. Positions do not depend on anything but the sizes and the links.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlplumb.errors import Problem, WrongInput

GAP = 40.0
_OPTIONS = {
    "direction": "leftright",
    "wrap": {"viewport_aspect": 1.5},
    "tuning": {"wrap": {"max_rows": 12}},
    "spacing": {"layer_gap": 76.0, "node_gap": 34.0, "stub": 26.0, "dummy_gap": 30.0},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """From one box to another, by their numbers, at this height of each."""

    source: int
    target: int
    leaves: float
    arrives: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    spots: tuple[Spot, ...]
    routes: tuple[tuple[Spot, ...], ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Boxes that hang together, laid out; `boxes` and `links` are their numbers in the whole."""

    boxes: Sequence[int]
    links: Sequence[int]
    spots: Sequence[Spot]
    routes: Sequence[Sequence[Spot]]
    size: Size


def has_engine() -> bool:
    from importlib.util import find_spec

    return find_spec("graphlay") is not None


def lay_out(sizes: Sequence[Size], links: Sequence[Link]) -> Layout:
    """Lay out boxes of these sizes; no link may have the same box at both ends."""
    # The lowest number of a box that each box hangs together with, directly or through others.
    lowest = list(range(len(sizes)))
    for link in links:
        low, high = sorted((lowest[link.source], lowest[link.target]))
        lowest = [low if number == high else number for number in lowest]
    groups: dict[int, list[int]] = {}
    for box, number in enumerate(lowest):
        groups.setdefault(number, []).append(box)
    parts = [_part(boxes, sizes, links) for boxes in groups.values()]
    spots: dict[int, Spot] = {}
    routes: dict[int, tuple[Spot, ...]] = {}
    width = height = 0.0
    for part, corner in zip(parts, packed([part.size for part in parts], GAP), strict=True):
        for box, spot in zip(part.boxes, part.spots, strict=True):
            spots[box] = _moved(spot, corner)
        for at, route in zip(part.links, part.routes, strict=True):
            routes[at] = tuple(_moved(point, corner) for point in route)
        width = max(width, corner[0] + part.size[0])
        height = max(height, corner[1] + part.size[1])
    return Layout(
        spots=tuple(spots[at] for at in range(len(sizes))),
        routes=tuple(routes[at] for at in range(len(links))),
        width=width,
        height=height,
    )


def _part(boxes: Sequence[int], sizes: Sequence[Size], links: Sequence[Link]) -> _Part:
    if len(boxes) == 1:
        return _Part(boxes=boxes, links=(), spots=[(0.0, 0.0)], routes=(), size=sizes[boxes[0]])
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
        routes=[[_moved(point, (-left, -top)) for point in route] for route in routes],
        size=(right - left, bottom - top),
    )


def _port(side: str, height: float, size: Size) -> dict[str, Any]:
    """The layout engine counts heights from -1 to 1."""
    return {"offset": {"side": side, "t": 2 * height / size[1] - 1}}


def _moved(spot: Spot, by: Spot) -> Spot:
    return (round(spot[0] + by[0], 1), round(spot[1] + by[1], 1))


WIDER = 1.5
_WIDTHS = (0.8, 1.0, 1.2, 1.45)  # of what a perfect page would have
Size = tuple[float, float]
Spot = tuple[float, float]
_Step = tuple[float, float, float]  # of a skyline: from, to, how low it reaches
_ORDERS: tuple[Callable[[Size], float], ...] = (
    lambda size: -size[1],
    lambda size: -size[0],
    lambda size: -size[0] * size[1],
)


def packed(sizes: Sequence[Size], gap: float) -> list[Spot]:
    """Return the upper left corner of each: of several tries, what can be shown largest."""
    if not sizes:
        return []
    grown = [(width + gap, height + gap) for width, height in sizes]
    perfect = (sum(width * height for width, height in grown) * WIDER) ** 0.5
    widest = max(width for width, _ in grown)
    tries = [
        _placed(sorted(range(len(grown)), key=lambda at: (order(grown[at]), at)), grown, page)
        for page in dict.fromkeys(max(perfect * share, widest) for share in _WIDTHS)
        for order in _ORDERS
    ]
    return min(tries, key=lambda spots: _page_width(spots, grown))


def _page_width(spots: Sequence[Spot], sizes: Sequence[Size]) -> float:
    """Return how wide a page of the wanted shape must be to hold them."""
    ends = [(x + size[0], y + size[1]) for (x, y), size in zip(spots, sizes, strict=True)]
    return max(max(x for x, _ in ends), WIDER * max(y for _, y in ends))


def _placed(order: Sequence[int], sizes: Sequence[Size], page: float) -> list[Spot]:
    """Place each in this order, as far up as it goes, then as far left."""
    skyline: list[_Step] = [(0.0, page, 0.0)]
    spots: dict[int, Spot] = {}
    for at in order:
        width, height = sizes[at]
        y, x = min(
            (max(low for start, end, low in skyline if start < left + width and end > left), left)
            for left, _, _ in skyline
            if left + width <= page + 0.01
        )
        spots[at] = (x, y)
        steps = [(x, x + width, y + height)]
        for start, end, low in skyline:
            if start < x:
                steps.append((start, min(end, x), low))
            if end > x + width:
                steps.append((max(start, x + width), end, low))
        skyline = sorted(steps)
    return [spots[at] for at in range(len(sizes))]
