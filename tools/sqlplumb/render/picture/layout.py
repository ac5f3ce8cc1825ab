"""Where each box lies and how each edge runs. The only door to the layout engine.

What hangs together is laid out by the engine, in layers from parents to children; the parts are
packed beside each other here. Positions do not depend on anything but the sizes and the links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    """No link may have the same box at both ends."""
    parts = [_part(boxes, sizes, links) for boxes in _components(len(sizes), links)]
    corners = packed([part.size for part in parts], GAP)
    spots: dict[int, Spot] = {}
    routes: dict[int, tuple[Spot, ...]] = {}
    for part, corner in zip(parts, corners, strict=True):
        spots |= {
            box: _moved(spot, corner) for box, spot in zip(part.boxes, part.spots, strict=True)
        }
        for link, route in zip(part.links, part.routes, strict=True):
            routes[link] = tuple(_moved(point, corner) for point in route)
    ends = [
        (x + part.size[0], y + part.size[1]) for part, (x, y) in zip(parts, corners, strict=True)
    ]
    return Layout(
        spots=tuple(spots[at] for at in range(len(sizes))),
        routes=tuple(routes[at] for at in range(len(links))),
        width=max((x for x, _ in ends), default=0),
        height=max((y for _, y in ends), default=0),
    )


def _components(count: int, links: Sequence[Link]) -> list[list[int]]:
    part = list(range(count))  # the lowest number that each hangs together with
    for link in links:
        one, other = sorted((part[link.source], part[link.target]))
        part = [one if each == other else each for each in part]
    found: dict[int, list[int]] = {}
    for box, first in enumerate(part):
        found.setdefault(first, []).append(box)
    return list(found.values())


def _part(boxes: Sequence[int], sizes: Sequence[Size], links: Sequence[Link]) -> _Part:
    if len(boxes) == 1:
        return _Part(boxes=boxes, links=(), spots=[(0.0, 0.0)], routes=(), size=sizes[boxes[0]])
    held = [at for at, link in enumerate(links) if link.source in boxes]
    drawn = _engine()(
        {
            "nodes": [_node(sizes[box]) for box in boxes],
            "edges": [_link(links[at], boxes, sizes) for at in held],
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
    back = (-left, -top)
    return _Part(
        boxes=boxes,
        links=held,
        spots=[_moved(spot, back) for spot in spots],
        routes=[[_moved(point, back) for point in route] for route in routes],
        size=(right - left, bottom - top),
    )


def _engine() -> Any:
    if not has_engine():
        hint = "install it with pip install 'sqlplumb[draw]', or draw with --format mermaid or dot"
        raise WrongInput(Problem("SVG needs a layout engine, and none is installed", hint))
    from graphlay import layout

    return layout


def _node(size: Size) -> dict[str, Any]:
    return {"size": {"width": size[0], "height": size[1]}}


def _link(link: Link, boxes: Sequence[int], sizes: Sequence[Size]) -> dict[str, Any]:
    """The engine counts heights from -1 to 1."""
    return {
        "source": boxes.index(link.source),
        "target": boxes.index(link.target),
        "source_port": _port("right", link.leaves, sizes[link.source]),
        "target_port": _port("left", link.arrives, sizes[link.target]),
    }


def _port(side: str, height: float, size: Size) -> dict[str, Any]:
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
    """The upper left corner of each. Of several tries, the one that can be shown largest."""
    if not sizes:
        return []
    grown = [(width + gap, height + gap) for width, height in sizes]
    return min(_tries(grown), key=lambda spots: _page(spots, grown))


def _tries(sizes: Sequence[Size]) -> Iterator[list[Spot]]:
    perfect = (sum(width * height for width, height in sizes) * WIDER) ** 0.5
    widest = max(width for width, _ in sizes)
    for page in dict.fromkeys(max(perfect * share, widest) for share in _WIDTHS):
        for order in _ORDERS:
            turns = sorted(range(len(sizes)), key=lambda at: (order(sizes[at]), at))
            yield _placed(turns, sizes, page)


def _page(spots: Sequence[Spot], sizes: Sequence[Size]) -> float:
    """How wide a page of the wanted shape must be to hold them."""
    ends = [(x + size[0], y + size[1]) for (x, y), size in zip(spots, sizes, strict=True)]
    return max(max(x for x, _ in ends), WIDER * max(y for _, y in ends))


def _placed(turns: Sequence[int], sizes: Sequence[Size], page: float) -> list[Spot]:
    """Each in its turn, as far up as it goes, then as far left."""
    skyline: list[_Step] = [(0.0, page, 0.0)]
    spots: dict[int, Spot] = {}
    for at in turns:
        width, height = sizes[at]
        y, x = min(_places(skyline, width, page))
        spots[at] = (x, y)
        skyline = _with(skyline, (x, x + width, y + height))
    return [spots[at] for at in range(len(sizes))]


def _places(skyline: Sequence[_Step], width: float, page: float) -> Iterator[tuple[float, float]]:
    """How low, and where, it could stand."""
    for x, _, _ in skyline:
        if x + width <= page + 0.01:
            yield max(low for start, end, low in skyline if start < x + width and end > x), x


def _with(skyline: Sequence[_Step], step: _Step) -> list[_Step]:
    start, end, _ = step
    steps = [step]
    for one, other, low in skyline:
        if one < start:
            steps.append((one, min(other, start), low))
        if other > end:
            steps.append((max(one, end), other, low))
    return sorted(steps)
