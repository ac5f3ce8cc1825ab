"""What an application adds to its connections, and no scratch has: collations and functions.

A project names them in its settings; scratches then have something of that name, which compares as
bytes or returns NULL. Owns their names and for whom they hold. No live database ever gets one: what
a stand-in writes into an index would be lies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlplumb.errors import Problem, WrongInput
from sqlplumb.values import dataclass

_FUNCTION = re.compile(r"(\w+)(?:/(\d{1,3}))?")


@dataclass(frozen=True, slots=True)
class StandIns:
    """`functions` are names with a number of arguments; -1 is any number."""

    collations: tuple[str, ...] = ()
    functions: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        functions = [name if count < 0 else f"{name}/{count}" for name, count in self.functions]
        named = []
        for kind, names in (("collation", self.collations), ("function", functions)):
            if names:
                named.append(f"{kind}{'s' if len(names) > 1 else ''} {', '.join(names)}")
        return " and ".join(named)

    def is_named_in(self, message: str) -> bool:
        """Does an error of the engine name one of these?"""
        names = {*self.collations, *(name for name, _ in self.functions)}
        return bool(names.intersection(re.findall(r"\w+", message)))


def read_stand_ins(collations: Iterable[str], functions: Iterable[str], file: str) -> StandIns:
    """Check names as a person writes them: `unicase`, `regexp/2`, `slug` of any arguments."""
    read: list[tuple[str, int]] = []
    for written in functions:
        match = _FUNCTION.fullmatch(written)
        if match is None:
            message = f"{file}: functions {written!r} is no function with a number of arguments"
            raise WrongInput(Problem(message, 'write "regexp/2", or "regexp" for any number'))
        read.append((match[1], int(match[2]) if match[2] else -1))
    return StandIns(tuple(collations), tuple(read))


NONE = StandIns()
_CURRENT = ContextVar[StandIns]("stand-ins", default=NONE)  # frozen


def current() -> StandIns:
    return _CURRENT.get()


def use(stand_ins: StandIns) -> None:
    """Let these stand in until the end of `standing_in` around it."""
    _CURRENT.set(stand_ins)


@contextmanager
def standing_in(stand_ins: StandIns | None = None) -> Iterator[None]:
    """Let these stand in on the scratches of this thread that are opened here."""
    token = _CURRENT.set(stand_ins or NONE)
    try:
        yield
    finally:
        _CURRENT.reset(token)
