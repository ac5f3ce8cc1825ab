"""Which names move, said by hints, and in which order they can: a name must be free to be taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlplumb.engines.sqlite.plan.naming import aside


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
    taken: Collection[str] = (),
) -> Moves:
    """`hints` are the former names by the desired ones, without those whose work is done. `taken`
    are more names that none can have on the way."""
    wanted: dict[str, str] = {}
    for name, said in hints.items():
        if said in current and said != name:
            if said in wanted:
                raise TwoClaims(said, (wanted[said], name))
            wanted[said] = name
    evicted = tuple(name for name in wanted.values() if name in current and name not in wanted)
    left = set(current) - set(evicted)
    return Moves(tuple(_ordered(wanted, left, {*current, *desired, *taken})), evicted)


def _ordered(wanted: dict[str, str], taken: set[str], known: set[str]) -> Iterator[Move]:
    left = dict(wanted)
    while left:
        ready = next((name for name in left if left[name] not in taken), None)
        if ready is None:  # they change places: one steps aside
            name = next(iter(left))
            spare = aside(name, known)
            left[spare] = left.pop(name)
            yield Move(name, spare)
        else:
            name, spare = ready, left.pop(ready)
            yield Move(name, spare)
        taken.discard(name)
        taken.add(spare)
