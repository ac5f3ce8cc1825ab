"""Sort steps: a step that gives a state comes before those that need it; else the order is kept.

A circle is a mistake in what the steps declare. It is raised with its path, never repaired.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from sqlplumb.steps.step import Step


class CircularNeeds(Exception):
    """The steps need each other in a circle."""

    def __init__(self, path: Sequence[Step]) -> None:
        path_text = " -> ".join(f"{step.verb} {step.ref}" for step in path)
        super().__init__(f"these steps need each other: {path_text}")
        self.path = path


def in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps sorted by their needs; steps that are ready keep their order."""
    givers: dict[str, list[int]] = {}
    for index, step in enumerate(steps):
        for state in step.gives:
            givers.setdefault(state, []).append(index)
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for index, step in enumerate(steps):
        before = {giver for state in step.needs for giver in givers.get(state, ())}
        sorter.add(index, *(before - {index}))
    return tuple(steps[index] for index in _sorted(sorter, steps))


def _sorted(sorter: TopologicalSorter[int], steps: Sequence[Step]) -> list[int]:
    try:
        sorter.prepare()
    except CycleError as error:
        raise CircularNeeds([steps[index] for index in error.args[1]]) from error
    ordered: list[int] = []
    ready = list(sorter.get_ready())
    heapq.heapify(ready)
    while ready:
        ordered.append(heapq.heappop(ready))
        sorter.done(ordered[-1])
        for index in sorter.get_ready():
            heapq.heappush(ready, index)
    return ordered
