"""Names that move: in which order each takes its new one, and which steps aside in a circle.

Names are folded as their engine folds them. Must never know what has them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlplumb.values import dataclass

ASIDE = "_plumb_"


def aside(name: str, taken: Collection[str]) -> str:
    """Return a free name for what another one takes the place of."""
    spare = ASIDE + name
    while spare in taken:
        spare = ASIDE + spare
    return spare


@dataclass(frozen=True, slots=True)
class Move:
    """`current` becomes `desired`; a name set aside on the way has no end of its own."""

    current: str
    desired: str


@dataclass(frozen=True, slots=True)
class Moves:
    """In order. `evicted` hold a name that another one takes and have no name to go to."""

    moves: tuple[Move, ...] = ()
    evicted: tuple[str, ...] = ()


class TwoClaims(Exception):
    """Two hints name one former name."""

    def __init__(self, former: str, names: tuple[str, str]) -> None:
        super().__init__(f"{names[0]} and {names[1]} both say that they were called {former}")


def moves(
    hints: Mapping[str, str],
    current: Collection[str],
    desired: Collection[str],
    *,
    taken: Collection[str] = (),
) -> Moves:
    """`hints` are the former names by the desired ones, without those whose work is done. `taken`
    are more names that none can have on the way."""
    goals: dict[str, str] = {}
    for name, former in hints.items():
        if former in current and former != name:
            if former in goals:
                raise TwoClaims(former, (goals[former], name))
            goals[former] = name
    evicted = tuple(name for name in goals.values() if name in current and name not in goals)
    in_use = set(current) - set(evicted)
    return Moves(tuple(_ordered(goals, in_use, {*current, *desired, *taken})), evicted)


def _ordered(goals: dict[str, str], in_use: set[str], known: set[str]) -> Iterator[Move]:
    """Move each name when its goal is free; in a circle, one of them steps aside."""
    waiting = dict(goals)
    while waiting:
        name = next((name for name in waiting if waiting[name] not in in_use), "")
        if name:
            goal = waiting.pop(name)
        else:
            name = next(iter(waiting))
            goal = aside(name, known)
            waiting[goal] = waiting.pop(name)
        yield Move(name, goal)
        in_use.discard(name)
        in_use.add(goal)
