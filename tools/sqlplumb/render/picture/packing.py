"""Put rectangles onto a page of the shape of a screen, or into columns of a grid.

The same sizes are put into the same places. What the rectangles hold is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Size = tuple[float, float]
Spot = tuple[float, float]
WIDER = 1.5
_WIDTHS = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.45)  # of what a perfect page would have
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


def columns_of(sizes: Sequence[Size], count: int, gap: float) -> tuple[list[Spot], Size]:
    """Put each into the column that is the shortest by now; a column is as wide as it must be."""
    columns: list[list[int]] = [[] for _ in range(count)]
    lows = [0.0] * count
    tops = []
    for at, (_, height) in enumerate(sizes):
        column = min(range(count), key=lambda each: (lows[each], each))
        columns[column].append(at)
        tops.append(lows[column])
        lows[column] += height + gap
    lefts = [0.0] * len(sizes)
    left = 0.0
    for inside in columns:
        for at in inside:
            lefts[at] = left
        left += max(sizes[at][0] for at in inside) + gap
    return list(zip(lefts, tops, strict=True)), (left - gap, max(lows) - gap)
