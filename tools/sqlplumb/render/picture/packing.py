"""Rectangles side by side on a page that is somewhat wider than high. Knows nothing of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

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
    found = [step]
    for one, other, low in skyline:
        if one < start:
            found.append((one, min(other, start), low))
        if other > end:
            found.append((max(one, end), other, low))
    return sorted(found)
