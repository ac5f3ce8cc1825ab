"""How many rows one statement has gone through, while it runs: an estimate, for whoever watches.

SQLite says how many operations its machine has done, and EXPLAIN how many a row takes: as many as
its loops are long. Nothing may depend on what is told here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from sqlalchemy import Engine, event

from sqlplumb.engines.locked import RowsOf
from sqlplumb.engines.sqlite.parse.expressions import verb_and_names
from sqlplumb.progress import Moved, counted

_EVERY = 20_000  # operations between two words: some milliseconds
_JUMPS = ("Next", "Prev", "SorterNext", "VNext", "Goto")
_ENDS = ("Goto", "Init", "InitCoroutine", "Rewind", "Yield")  # jump behind a loop, not in it
_VERBS = ("INSERT", "REPLACE", "UPDATE", "DELETE", "CREATE INDEX")


def operations_per_row(connection: sqlite3.Connection, statement: str) -> int:
    """Add up the lengths of the loops that stand in no other; 0 where there are none. What a row
    jumps over that breaks no rule is left out."""
    if verb_and_names(statement)[0] not in _VERBS:
        return 0
    program = connection.execute(f"EXPLAIN {statement}").fetchall()
    lines = [(address, code, goal) for address, code, _, goal, *_ in program]
    refuses = {address for address, code, _ in lines if code == "Halt"}
    skipped: set[int] = set()
    for address, code, goal in lines:
        if address < goal and goal - 1 in refuses and code not in _ENDS:
            skipped.update(range(address + 1, goal))
    # Every program begins with a jump to its end, and comes back to the second line from there.
    jumps = ((goal, address) for address, code, goal in lines if code in _JUMPS)
    loops = sorted((start, -end) for start, end in jumps if 1 < start < end)
    total, behind = 0, 0
    for start, end in loops:
        if start >= behind:
            total, behind = total + len({*range(start, 1 - end)} - skipped), -end
    return total


@contextmanager
def rows_counted(
    connection: sqlite3.Connection, alchemy: Engine, rows_of: RowsOf
) -> Iterator[None]:
    """Count the rows of statements that SQLAlchemy runs on this connection meanwhile."""
    with ExitStack() as running:

        def begin(_: Any, __: Any, statement: str, *rest: Any) -> None:
            end()
            # What is only shown must end no work: EXPLAIN fails where a statement has parameters.
            with suppress(Exception):
                rows = rows_of(statement)
                if rows and (per_row := operations_per_row(connection, statement)):
                    moved = running.enter_context(counted(rows, "rows", is_estimate=True))
                    ticks = _ticks(moved, rows, _EVERY / per_row)
                    connection.set_progress_handler(ticks, _EVERY)

        def end(*_: Any) -> None:
            connection.set_progress_handler(None, 0)
            running.pop_all().close()

        event.listen(alchemy, "before_cursor_execute", begin)
        event.listen(alchemy, "after_cursor_execute", end)
        try:
            yield
        finally:
            event.remove(alchemy, "before_cursor_execute", begin)
            event.remove(alchemy, "after_cursor_execute", end)
            end()


def _ticks(moved: Moved, rows: int, rows_each: float) -> Callable[[], int]:
    """Return what SQLite calls as it goes; anything but 0 would stop the statement."""
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        moved(min(rows, ticks * rows_each))
        return 0

    return tick
