"""One row on one live database: at which revision it is. Nothing of what it holds is touched.

The lock is held when this begins, and whoever holds it knows that the schema is what the revision
makes.
"""

from __future__ import annotations

from sqlplumb.engines import Held
from sqlplumb.errors import Problem, Refused
from sqlplumb.sources.history import Replay


def stamp(held: Held, replay: Replay, revision: str) -> None:
    label, table = held.opened().label, replay.settings.version_table
    try:
        with held.alchemy.connect() as bind:
            bind.begin()  # Alembic leaves a transaction alone that is open already
            with held.watched(None) as seen:
                replay.stamp_on(bind, revision, f"{label}: the stamp")
            at, written = held.opened().at(table), seen.written | seen.woken
            if at != (revision,) or not written <= _own(table):
                message = f"{label}: Alembic did not write down revision {revision}, and that alone"
                raise Refused(Problem(message, "it was rolled back: the database is as it was"))
            held.commit()
    except BaseException:
        held.roll_back()
        raise


def _own(table: str) -> set[str]:
    """To make a table writes SQLite's list of tables as well."""
    return {table, "sqlite_master"}
