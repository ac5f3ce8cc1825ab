"""Which tables of a large picture stand together: groups that people would draw on one sheet.

Greedy modularity, as Clauset, Newman and Moore have it, with a largest size: what hangs together
more than by chance becomes one group. The same picture gives the same groups. Where anything lies
is not known here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlplumb.render.picture.values import Picture

_SAME_WORD = 0.5  # more, for two tables whose names begin with one word: asset, asset_event
_READS = 0.5  # of what a foreign key weighs
_ROOM = 12  # boxes of a group that takes in what would stand alone otherwise
_LINES = 2  # of a view; what reads more has no place among tables, and its rows tell all
_SMALL = 8  # boxes; among so few, every line can be followed
Groups = Sequence[Sequence[int]]


def whole_groups(picture: Picture) -> Groups:
    """Return all that hangs together, directly or through others, in one group each."""
    grouping = _Grouping(picture)
    while grouping.ties:
        grouping.join(*min(grouping.ties))
    return grouping.sorted()


def groups_of(picture: Picture, most: int) -> Groups:
    """Return the boxes, by their numbers, in groups of at most `most`, or a few more where a box
    would stand alone otherwise; what nothing ties to anything does stand alone."""
    grouping = _Grouping(picture)
    while pair := grouping.best_pair(most):
        grouping.join(*pair)
    for lone in [at for at, inside in grouping.members.items() if len(inside) == 1]:
        if pair := grouping.nearest(lone, max(most, _ROOM)):
            grouping.join(*pair)
    return grouping.sorted()


def _read_by(picture: Picture) -> Mapping[str, int]:
    return Counter(edge.child for edge in picture.edges if edge.reads)


class _Grouping:
    """Groups by the number of one of their boxes, how much each is tied to all, and to another."""

    def __init__(self, picture: Picture) -> None:
        number = {box.key: at for at, box in enumerate(picture.boxes)}
        words = [box.name.lower().partition("_")[0] for box in picture.boxes]
        self.members = {at: [at] for at in range(len(picture.boxes))}
        self.degrees = dict.fromkeys(self.members, 0.0)
        self.ties: dict[tuple[int, int], float] = {}
        crowded = {key for key, count in _read_by(picture).items() if count > _LINES}
        is_small = len(picture.boxes) <= _SMALL
        for edge in picture.edges:
            one, other = sorted((number[edge.child], number[edge.parent]))
            if one == other or (edge.reads and edge.child in crowded and not is_small):
                continue
            tie = _READS if edge.reads else 1.0 + _SAME_WORD * (words[one] == words[other])
            self.ties[one, other] = self.ties.get((one, other), 0.0) + tie
            for at in (one, other):
                self.degrees[at] += tie
        self.whole = sum(self.degrees.values())

    def best_pair(self, most: int) -> tuple[int, int] | None:
        """Return the two groups whose union gains most, or None where no union gains anything."""
        gains = {
            pair: tie - self.degrees[pair[0]] * self.degrees[pair[1]] / self.whole
            for pair, tie in self.ties.items()
            if self._size(*pair) <= most
        }
        best = min(gains, key=lambda pair: (-round(gains[pair], 6), pair), default=None)
        return best if best and gains[best] > 1e-6 else None

    def nearest(self, lone: int, most: int) -> tuple[int, int] | None:
        """Return the pair of this group, if it is one box still, and what ties it most."""
        if len(self.members.get(lone, ())) != 1:
            return None
        near = [pair for pair in self.ties if lone in pair and self._size(*pair) <= most]
        return min(near, key=lambda pair: (-round(self.ties[pair], 6), pair), default=None)

    def sorted(self) -> Groups:
        return sorted(sorted(inside) for inside in self.members.values())

    def _size(self, one: int, other: int) -> int:
        return len(self.members[one]) + len(self.members[other])

    def join(self, one: int, other: int) -> None:
        self.members[one] += self.members.pop(other)
        self.degrees[one] += self.degrees.pop(other)
        ties = self.ties
        self.ties = {}
        for pair, tie in ties.items():
            low, high = sorted(one if at == other else at for at in pair)
            if low != high:
                self.ties[low, high] = self.ties.get((low, high), 0.0) + tie
