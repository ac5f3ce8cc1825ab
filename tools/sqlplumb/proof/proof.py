"""The outcome of a proof. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proof:
    """What was run and what came of it.

    `failures` are what should not be; `losses` are what the revision takes away and says so;
    `uncovered` is what the proof could not try; `notes` are what is another and loses nothing; so
    many tables were `left_alone`, which it neither names nor reaches from those that it names.
    `makes` is the wording of what it leads to.
    """

    revision: str
    tables: int = 0
    rows: int = 0
    failures: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    uncovered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_alone: int = 0
    makes: str = ""

    @property
    def holds(self) -> bool:
        return not self.failures
