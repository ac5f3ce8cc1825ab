"""From a picture to places: which boxes stand together, what each says of what stands elsewhere,
and where all of it lies.

A line that would cross the page is not drawn: its row says the name at its other end. How large
groups may be is tried out, and what can be shown largest is taken.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sqlplumb.render.picture.groups import Groups, groups_of, whole_groups
from sqlplumb.render.picture.layout import Layout, Link, Panel, lay_out
from sqlplumb.render.picture.packing import WIDER, Spot
from sqlplumb.render.picture.sizes import LOOP, STUB, Sized, sized
from sqlplumb.render.picture.values import Box, Picture

_SIZES = (14, 10, 7, 5)  # how many boxes a group may have
_WHOLE = 24  # boxes that hang together; more of them are too many for one group
_HUGE = 300  # boxes; of more, one size of groups must do
_FEW = 8  # boxes; among so few, every line can be followed
_AROUND = 180.0  # how much longer a line may be than it must
_PAST = 800.0  # how far to the right it may lead
_NAMED = 0.8  # how much larger a page may be, if all edges are drawn and not named
_LENGTH = 2.0  # and if no line had any length, where it is as long as the page is wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """`routes` are those of the edges, in their order: from the parent to the child, or a stub
    where the edge is `far`. `named` is the share of the foreign keys that are."""

    sizes: Sequence[Sized]
    spots: Sequence[Spot]
    routes: Sequence[Sequence[Spot]]
    far: Sequence[bool]
    named: float
    panels: Sequence[Panel]
    end: Spot


def arranged(picture: Picture, corner: Spot) -> Arranged:
    """Place a picture whose upper left corner is here."""
    count = len(picture.boxes)
    whole = whole_groups(picture)
    tries = [whole] if max(map(len, whole), default=0) <= _WHOLE else []
    if count > _FEW:
        sizes = _SIZES if count <= _HUGE else _SIZES[1:2]
        tries += [groups_of(picture, most) for most in sizes]
    different = {repr(groups): groups for groups in tries}.values()
    return min((_without_detours(picture, groups, corner) for groups in different), key=_cost)


def _cost(found: Arranged) -> float:
    """Tell how small all must be shown to fit a screen, how much of it is named and not drawn, and
    how far the eye must go along the lines."""
    page = max(found.end[0], WIDER * found.end[1])
    length = sum(map(_length, found.routes)) / max(len(found.routes), 1)
    return page * (1 + _NAMED * found.named) * (1 + _LENGTH * length / page)


def _length(route: Sequence[Spot]) -> float:
    return sum(abs(one[0] - other[0]) + abs(one[1] - other[1]) for one, other in pairwise(route))


def _without_detours(picture: Picture, groups: Groups, corner: Spot) -> Arranged:
    """Name what leads to another group, and what no eye would follow."""
    number = {box.key: at for at, box in enumerate(picture.boxes)}
    group = {at: name for name, boxes in enumerate(groups) for at in boxes}
    ends = [(number[edge.parent], number[edge.child]) for edge in picture.edges]
    far = [group[parent] != group[child] for parent, child in ends]
    while True:
        found = _arranged(picture, groups, corner, ends=ends, far=far)
        detours = [
            parent != child and not is_far and _is_detour(route)
            for route, (parent, child), is_far in zip(found.routes, ends, far, strict=True)
        ]
        if len(picture.boxes) <= _FEW or not any(detours):
            return found
        far = [is_far or is_detour for is_far, is_detour in zip(far, detours, strict=True)]


def _is_detour(route: Sequence[Spot]) -> bool:
    """Return whether a line runs back, or around too much, or past too many boxes."""
    start, end = route[0], route[-1]
    length = sum(abs(one[0] - other[0]) + abs(one[1] - other[1]) for one, other in pairwise(route))
    straight = abs(end[0] - start[0]) + abs(end[1] - start[1])
    return start[0] > end[0] or length - straight > _AROUND or end[0] - start[0] > _PAST


def _arranged(
    picture: Picture,
    groups: Groups,
    corner: Spot,
    *,
    ends: Sequence[tuple[int, int]],
    far: Sequence[bool],
) -> Arranged:
    sizes = [sized(box) for box in _telling(picture, far)]
    far_keys = [
        child
        for edge, (_, child), is_far in zip(picture.edges, ends, far, strict=True)
        if is_far and not edge.reads  # the row of a view says the name anyway
    ]
    keys = sum(not edge.reads for edge in picture.edges)
    room = _Room(sizes, ends, frozenset(far_keys))
    layout = lay_out(
        [room.size(at) for at in range(len(sizes))],
        [
            Link(
                source=parent,
                target=child,
                leaves=sizes[parent].height_of(edge.targets),
                arrives=sizes[child].height_of(edge.columns),
            )
            for edge, (parent, child), is_far in zip(picture.edges, ends, far, strict=True)
            if parent != child and not is_far
        ],
        groups,
    )
    spots = [
        _moved(spot, (corner[0] + room.left(at), corner[1])) for at, spot in enumerate(layout.spots)
    ]
    return Arranged(
        sizes=sizes,
        spots=spots,
        routes=list(_routes(picture, layout, corner=corner, sizes=sizes, spots=spots, far=far)),
        far=far,
        named=len(far_keys) / max(keys, 1),
        panels=[Panel(_moved(panel.corner, corner), panel.size) for panel in layout.panels],
        end=_moved((layout.width, layout.height), corner),
    )


class _Room:
    """What a box needs beside it: for a table that refers to itself, and for stubs."""

    def __init__(
        self, sizes: Sequence[Sized], ends: Sequence[tuple[int, int]], stubbed: Collection[int]
    ) -> None:
        self.sizes = sizes
        self.looped = {parent for parent, child in ends if parent == child}
        self.stubbed = stubbed

    def left(self, at: int) -> float:
        return STUB * (at in self.stubbed)

    def size(self, at: int) -> tuple[float, float]:
        size = self.sizes[at]
        return (size.width + LOOP * (at in self.looped) + self.left(at), size.height)


def _telling(picture: Picture, far: Sequence[bool]) -> Iterator[Box]:
    """Yield the boxes; the first row of each foreign key that is not drawn says where it leads."""
    names = {box.key: box.name for box in picture.boxes}
    leads: dict[tuple[str, str], list[str]] = {}
    for edge, is_far in zip(picture.edges, far, strict=True):
        if is_far and not edge.reads:
            leads.setdefault((edge.child, edge.columns[0]), []).append(f"→ {names[edge.parent]}")
    for box in picture.boxes:
        rows = tuple(
            replace(row, notes=(*dict.fromkeys(leads.get((box.key, row.column), ())), *row.notes))
            for row in box.columns
        )
        yield replace(box, columns=rows)


def _routes(
    picture: Picture,
    layout: Layout,
    *,
    corner: Spot,
    sizes: Sequence[Sized],
    spots: Sequence[Spot],
    far: Sequence[bool],
) -> Iterator[list[Spot]]:
    number = {box.key: at for at, box in enumerate(picture.boxes)}
    remaining = iter(layout.routes)
    for edge, is_far in zip(picture.edges, far, strict=True):
        parent, child = number[edge.parent], number[edge.child]
        (left, top), right = spots[child], spots[parent][0] + sizes[parent].width
        arrives = top + sizes[child].height_of(edge.columns)
        if is_far:
            yield [(left - STUB, arrives), (left, arrives)]
        elif parent == child:
            # Out at the parent's row, and in again at the child's.
            leaves = top + sizes[parent].height_of(edge.targets)
            if leaves == arrives:
                leaves = leaves - 8 if leaves - 8 > top else leaves + 8
            beside = right + LOOP
            yield [(right, leaves), (beside, leaves), (beside, arrives), (right, arrives)]
        else:
            route = [_moved(point, corner) for point in next(remaining)]
            # For the layout engine a box is as wide as it is with what stands beside it.
            route[0] = (min(route[0][0], round(right, 1)), route[0][1])
            route[-1] = (max(route[-1][0], round(left, 1)), route[-1][1])
            yield route


def _moved(spot: Spot, by: Spot) -> Spot:
    return (spot[0] + by[0], spot[1] + by[1])
