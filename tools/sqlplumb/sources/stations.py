"""The history at each of its revisions, from the first to the last, and what each does to rows.

A revision that only moves rows leaves the schema as it was: who looks at schemas alone cannot tell
whether it has run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.engines import Source
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.history import Replay, open_replay
from sqlplumb.sources.scripts import bases_of, script_directory

if TYPE_CHECKING:
    from alembic.script import Script


@dataclass(frozen=True, slots=True)
class Station:
    """What the history makes of one revision; it is open until the next one is asked for."""

    revision: str
    bases: tuple[str, ...]
    opened: Source
    moves_rows: bool


def stations(settings: Settings) -> Iterator[Station]:
    """As long as each comes behind the one before it, one scratch does for them."""
    scripts = script_directory(settings)
    ahead = list(reversed(list(scripts.walk_revisions())))
    while ahead:
        with open_replay(settings, "the history", scripts) as replay:
            said: list[str] = []
            replay.scratch.record(said)
            at = ""
            while ahead and (not at or bases_of(ahead[0]) == (at,)):
                said.clear()
                station = _station(ahead.pop(0), replay, said)
                at = station.revision
                yield station


def _station(script: Script, replay: Replay, said: list[str]) -> Station:
    """Where it begins a scratch, all that came before it runs with it: rather one move too many."""
    replay.upgrade(script.revision)
    effects = project_engine(replay.settings).effects(said)
    own = replay.settings.version_table
    moves = any(one.work == "rows" and own not in one.statement.lower() for one in effects)
    opened = replay.opened(f"history@{script.revision}")
    return Station(script.revision, bases_of(script), opened, moves)
