"""One row on one live database: at which revision it is. Nothing of what it holds is touched.

The lock is held when this begins. The schema is compared under it, and what is not what it must be
gets no row.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlplumb.engines import Held, Opened
from sqlplumb.errors import Problem, Refused
from sqlplumb.sources.history import Replay


def stamp(held: Held, replay: Replay, revision: str, compare: Callable[[Opened], None]) -> None:
    """`compare` raises where the schema is not what this revision makes."""
    label, table = held.opened().label, replay.settings.version_table
    try:
        compare(held.opened())
        with held.alchemy.connect() as bind:
            bind.begin()  # Alembic leaves a transaction alone that is open already
            with held.watched() as written:
                replay.stamp_on(bind, revision, f"{label}: the stamp")
            versions = held.opened().versions
            if (versions and versions(table)) != (revision,) or not written <= _own(table):
                message = f"{label}: Alembic did not write down revision {revision}, and that alone"
                raise Refused(Problem(message, "it was rolled back: the database is as it was"))
            held.commit()
    except BaseException:
        held.roll_back()
        raise


def _own(table: str) -> set[str]:
    """To make a table writes SQLite's list of tables as well."""
    return {table, "sqlite_master"}
