"""Which rows of a table a revision takes, where no known rule tells them from the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlplumb.errors import PlumbError
from sqlplumb.proof.rows import RowsToPut, prepared
from sqlplumb.proof.run import Again, Refusal, Run, down_and_up, up
from sqlplumb.sources.history import OpenScratch

_TRIES = 24
_TRIES_BY_ENV = 8  # each starts several processes


@dataclass(slots=True)
class Takes:
    """Tries of one revision with some rows of one table; halves of what is refused are tried, down
    to single rows."""

    open_scratch: OpenScratch
    run: Run
    rows: RowsToPut
    table: str
    down: bool
    tries: int = field(init=False)
    kept: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tries = _TRIES_BY_ENV if self.run.replay.env else _TRIES

    def some(self) -> tuple[str, int, int]:
        """The condition of the rows that it refuses, how many these are, and of how many; no
        condition where it takes none of them."""
        with self.open_scratch() as replay:
            _, before = prepared(replace(self.run, replay=replay), self.rows)
        found = before.rows.get(self.table)
        if found is None or not found.numbered or len(found.rows) < 2:
            return "", 0, 0
        keys = [key[0] for key in found.rows if isinstance(key, tuple)]
        numbers = [key for key in keys if isinstance(key, int)]
        self._add(numbers[: len(numbers) // 2])
        self._add(numbers[len(numbers) // 2 :])
        where = self._others(self.kept) if self.kept else ""
        return where, len(numbers) - len(self.kept), len(numbers)

    def _add(self, group: Sequence[int]) -> None:
        if not group or self.tries < 1:
            return
        self.tries -= 1
        if self._takes([*self.kept, *group]):
            self.kept += group
        elif len(group) > 1:
            self._add(group[: len(group) // 2])
            self._add(group[len(group) // 2 :])

    def _takes(self, numbers: Sequence[int]) -> bool:
        try:
            with self.open_scratch() as replay:
                run = replace(self.run, replay=replay)
                removed = {**self.rows.removed, self.table: self._others(numbers)}
                _, before = prepared(run, replace(self.rows, removed=removed))
                climbed, after = up(run, before, None)
                if self.down and not climbed.failures:
                    down_and_up(run, before, after)
                return not climbed.failures
        except (Again, Refusal, PlumbError):
            return False

    def _others(self, numbers: Sequence[int]) -> str:
        return f"rowid NOT IN ({', '.join(map(str, numbers))})"
