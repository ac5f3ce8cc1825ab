"""The rows that each of several pending revisions would find.

The first finds those of the database itself. For those behind it, a copy of the database is asked,
in memory, on which the earlier ones have run. Nothing is written to the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.engines import LiveDatabase, Snapshot
from sqlplumb.errors import PlumbError
from sqlplumb.sources import open_live
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.open_replays import open_replay
from sqlplumb.sources.positions import Position, ancestors, has_run, last_of
from sqlplumb.sources.replay import Replay
from sqlplumb.sources.scripts import needed_revisions

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

MOST = 1 << 26  # bytes of a database that is copied


class PendingRows:
    """A database and, once revisions have been passed, a copy of it. It `is_known` until a copy
    cannot be made, or a revision fails on it."""

    def __init__(self, database: str, scripts: ScriptDirectory, settings: Settings) -> None:
        self.database, self.scripts, self.settings = database, scripts, settings
        self.is_known = True
        self._copy: Snapshot | None = None
        with open_live(database, settings, Path()) as live:
            self.label, at = live.label, live.at(settings.version_table)
            self.waits = live.waits()
        self._is_new = bool(settings.base) and not at
        self.at = at or settings.begins_at

    @contextmanager
    def open(self) -> Iterator[LiveDatabase]:
        if self._copy is None:
            with open_live(self.database, self.settings, Path()) as live:
                yield live
            return
        with self._open_copy(self._copy) as replay, replay.scratch.alchemy.connect() as bind:
            engine = project_engine(self.settings)
            live = engine.open_connection(self.label, bind.connection.driver_connection)
            live.leave_out(self.settings.ignore)
            yield live

    def position_before(self, script: Script) -> Position:
        """Return the revisions that it is at where that is more than this revision needs, and all
        of that; nothing where the revision begins somewhere else."""
        run, needed = (
            ancestors(self.scripts, some) for some in (self.at, needed_revisions(script))
        )
        is_next = needed.keys() < run.keys() and script.revision not in run
        return last_of(self.scripts, self.at) if is_next else ()

    def has_run(self, script: Script) -> bool:
        return has_run(self.scripts, self.at, script.revision)

    def lacks(self, script: Script) -> bool:
        """Must others run before this revision?"""
        needed = ancestors(self.scripts, needed_revisions(script))
        return bool(needed.keys() - ancestors(self.scripts, self.at).keys())

    def pass_over(self, script: Script) -> None:
        """Let it be as this revision leaves it."""
        try:
            snapshot = self._copy or self._snapshot()
            if snapshot is None:
                self.is_known = False
                return
            with self._open_copy(snapshot) as replay:
                replay.upgrade(script.revision)
                self._copy, self.at = replay.scratch.snapshot(), replay.heads_written()
                self._is_new = False
        except PlumbError:
            self.is_known = False

    def _snapshot(self) -> Snapshot | None:
        with open_live(self.database, self.settings, Path()) as live:
            return live.snapshot(MOST)

    @contextmanager
    def _open_copy(self, snapshot: Snapshot) -> Iterator[Replay]:
        with open_replay(self.settings, self.label, self.scripts) as replay:
            if not self._is_new:  # else it begins where the history does
                replay.scratch.restore(snapshot)
            yield replay
