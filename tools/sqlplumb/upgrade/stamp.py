"""One row on one live database: at which revision it is. Nothing of what it holds is touched.

The transaction is open when this begins; whoever opened it knows that the schema is what the
revision makes, and rolls back whatever goes wrong.
"""

from __future__ import annotations

from sqlplumb.engines import LockedDatabase
from sqlplumb.errors import Problem, Refused
from sqlplumb.sources.replay import Replay


def stamp(database: LockedDatabase, replay: Replay, revision: str) -> None:
    label, table = database.read().label, replay.settings.version_table
    with database.alchemy.connect() as bind:
        bind.begin()  # Alembic leaves a transaction alone that is open already
        with database.watch() as seen:
            replay.stamp_on(bind, revision, f"{label}: the stamp")
        at, written = database.read().at(table), seen.written | seen.woken
        if at != (revision,) or written - {table}:
            message = f"{label}: Alembic did not write down revision {revision}, and that alone"
            raise Refused(Problem(message, "it was rolled back: the database is as it was"))
        database.commit()
