"""Routes as the paths that SVG draws, with the feet and bars that say how many there may be."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from sqlplumb.render.picture.packing import Spot

_ROUND = 7.0
_FOOT = 11.0  # how long a crow's foot is
_HALF = 5.0  # of its width
_RING = 3.5


def path(route: Sequence[Spot]) -> str:
    """Through all the points, with round corners."""
    said = [f"M{_at(route[0])}"]
    for before, corner, after in zip(route, route[1:], route[2:], strict=False):
        radius = min(_ROUND, _far(before, corner) / 2, _far(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        said.append(f"L{_at(start)}Q{_at(corner)} {_at(end)}")
    return "".join([*said, f"L{_at(route[-1])}"])


def foot(route: Sequence[Spot], single: bool) -> str:
    """At the child's end: a crow's foot for many, a bar for one."""
    end, before = route[-1], route[-2]
    if single:
        return _bar(end, before, 7.0)
    apex = _towards(end, before, _FOOT)
    sides = [_beside(end, before, side) for side in (_HALF, -_HALF)]
    return "".join(f"M{_at(apex)}L{_at(side)}" for side in sides)


def bars(route: Sequence[Spot], required: bool) -> str:
    """At the parent's end: two bars for exactly one, a single one where there may be none."""
    first = _bar(route[0], route[1], 6.0)
    return first + _bar(route[0], route[1], 10.0) if required else first


def ring_of_child(route: Sequence[Spot]) -> str:
    """A parent without children is always allowed."""
    return _ring(_towards(route[-1], route[-2], _FOOT + _RING))


def ring_of_parent(route: Sequence[Spot]) -> str:
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
