"""Where a database that differs stands in the history: behind, or drifted from what it says it is.

Asked only of what differs: an equal database is not replayed.
"""

from __future__ import annotations

from dataclasses import replace

from sqlplumb.changes.comparison import Standing
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.config import Settings
from sqlplumb.engines import LiveDatabase, Source
from sqlplumb.errors import PlumbError
from sqlplumb.render.comparisons import count_differences
from sqlplumb.sources import from_environment
from sqlplumb.sources.replay import open_replay
from sqlplumb.sources.scripts import has_revision, resolve_revision, script_directory


def standing(mirror: str, opened: Source, settings: Settings) -> Standing | None:
    """None where the history has nothing to say of this mirror, or says that it is at its end."""
    if not settings.has_history:
        return None
    written = from_environment(mirror)
    if written.startswith("history@"):
        return _of_history(written.partition("@")[2], settings)
    if not isinstance(opened, LiveDatabase):
        return None
    at = opened.at(settings.version_table)
    try:
        return _of_database(at, opened, settings)
    except PlumbError as error:
        return Standing(at=at, why=f"what the history makes of that cannot be told: {error}")


def _of_history(revision: str, settings: Settings) -> Standing | None:
    """It is what it is, and goes on."""
    scripts = script_directory(settings)
    at = resolve_revision(scripts, revision)
    with open_replay(settings, scripts=scripts) as replay:
        pending = tuple(one.revision for one in replay.pending((at,) if at else ()))
    return Standing(at=(at,), pending=pending, differences=0) if at and pending else None


def _of_database(at: tuple[str, ...], opened: Source, settings: Settings) -> Standing | None:
    if not at:
        return Standing(why="it names no revision, so nobody knows what it should be")
    scripts = script_directory(settings)
    unknown = [one for one in at if not has_revision(scripts, one)]
    if unknown:
        return Standing(at=at, why=f"the history does not know {' and '.join(unknown)}")
    with open_replay(settings, f"history@{','.join(at)}", scripts) as replay:
        pending = tuple(one.revision for one in replay.pending(at))
        if not pending:
            return None
        replay.reach(at)
        found = compare_sources(opened, replay.source(), settings.version_table)
    # An Alembic of another age made its own table in another way.
    real = tuple(one for one in found.changes if one.ref.unit != settings.version_table)
    return Standing(
        at=at, pending=pending, differences=count_differences(replace(found, changes=real))
    )
