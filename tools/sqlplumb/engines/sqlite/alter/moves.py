"""Which names move, said by hints, and in which order they can: a name must be free to be taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlplumb.engines.sqlite.alter.naming import aside

Names = Collection[str]


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


def moves(hints: Mapping[str, str], current: Collection[str], desired: Collection[str]) -> Moves:
    """`hints` are the former names by the desired ones. A hint whose work is done moves nothing."""
    wanted: dict[str, str] = {}
    for name, said in hints.items():
        if said in current and said != name and _is_open(name, hints, current, desired):
            if said in wanted:
                raise TwoClaims(said, (wanted[said], name))
            wanted[said] = name
    evicted = tuple(name for name in wanted.values() if name in current and name not in wanted)
    taken = set(current) - set(evicted)
    return Moves(tuple(_ordered(wanted, taken)), evicted)


def _is_open(name: str, hints: Mapping[str, str], current: Names, desired: Names) -> bool:
    """Is there work to do, for this hint or for one of the chain that it is part of? Names that
    only change places are on both sides before and after: nobody could tell, so that is done."""
    chain = _chain(name, hints)
    return any(
        hints[one] in current and (one not in current or hints[one] not in desired) for one in chain
    )


def _chain(name: str, hints: Mapping[str, str]) -> set[str]:
    """All the hints that pass a name on to each other."""
    found = {name}
    while more := {
        one
        for one, said in hints.items()
        if one not in found and (said in found or one in {hints[known] for known in found})
    }:
        found |= more
    return found


def _ordered(wanted: dict[str, str], taken: set[str]) -> Iterator[Move]:
    left = dict(wanted)
    while left:
        ready = next((name for name in left if left[name] not in taken), None)
        if ready is None:  # they change places: one steps aside
            name = next(iter(left))
            spare = aside(name, taken)
            left[spare] = left.pop(name)
            yield Move(name, spare)
        else:
            name, spare = ready, left.pop(ready)
            yield Move(name, spare)
        taken.discard(name)
        taken.add(spare)
