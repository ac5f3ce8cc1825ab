"""Which names move, said by hints, and in which order they can: a name must be free to be taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlplumb.engines.sqlite.alter.naming import aside


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


def moves(hints: Mapping[str, str], current: Collection[str], desired: Collection[str]) -> Moves:
    """`hints` are the former names by the desired ones. A hint whose work is done moves nothing."""
    wanted = {
        said: name
        for name, said in hints.items()
        if said in current and said != name and _is_open(name, said, hints, current, desired)
    }
    evicted = tuple(name for name in wanted.values() if name in current and name not in wanted)
    taken = set(current) - set(evicted)
    return Moves(tuple(_ordered(wanted, taken)), evicted)


def _is_open(
    name: str,
    said: str,
    hints: Mapping[str, str],
    current: Collection[str],
    desired: Collection[str],
) -> bool:
    """Both names on both sides: the work was done before, unless they change places."""
    return name not in current or said not in desired or said in hints


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
