"""What is known so far of one database that is changed: a receipt, complete at every moment.

However the work ends, what was done until then can be told: so the receipt is replaced by one that
says more as things happen, and nothing else of an upgrade is changed on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlplumb.engines import Location
from sqlplumb.errors import PlumbError, Problem
from sqlplumb.receipts import Done, Passage, Receipt
from sqlplumb.upgrade.gates import GATES, Gate


class Record:
    def __init__(self, location: Location, began: datetime, recovered: bool = False) -> None:
        self.began = began
        self.receipt = Receipt(
            database=location.label,
            path=location.path,
            outcome="nothing to do",
            began=began.isoformat(timespec="milliseconds"),
            seconds=0.0,
            recovered=recovered,
        )

    def note(self, **known: Any) -> None:
        """Write down fields of the receipt by their names."""
        self.receipt = replace(self.receipt, **known)

    def warn(self, problems: Iterable[Problem]) -> None:
        self.note(warnings=tuple(dict.fromkeys((*self.receipt.warnings, *problems))))

    def add(self, done: Done) -> None:
        self.note(revisions=(*self.receipt.revisions, done))

    @property
    def has_committed(self) -> bool:
        return bool(self.receipt.revisions)

    @contextmanager
    def gate(self, gate: Gate) -> Iterator[list[str]]:
        """Write down how this gate is passed; what is said of it goes into the list."""
        said: list[str] = []
        try:
            yield said
        except PlumbError as error:
            self._pass(Passage(gate.name, "shut", str(error.problems[0])))
            raise
        self._pass(Passage(gate.name, "passed", "; ".join(said)))

    def _pass(self, passage: Passage) -> None:
        self.note(gates=(*self.receipt.gates, passage))

    def forget_backup(self) -> None:
        """Remove it where nothing was committed: the database itself is what was copied."""
        if self.receipt.backup and not self.has_committed:
            self.receipt.backup.path.unlink(missing_ok=True)
            self.note(backup=None)

    def all_gates(self) -> tuple[Passage, ...]:
        """Return every gate, in the order of the list; each counts as it was passed last."""
        known = {one.gate: one for one in self.receipt.gates}
        return tuple(known.get(gate.name, Passage(gate.name, "not reached")) for gate in GATES)
