"""Open replays: at the beginning of a history, before one of its revisions, or at a schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.engines import ColumnTypes, Snapshot
from sqlplumb.schema import Schema
from sqlplumb.sources.column_types import column_types, types_of_metadata, types_of_operations
from sqlplumb.sources.database import open_scratch, project_engine
from sqlplumb.sources.metadata import import_metadata
from sqlplumb.sources.operations import OperationLog
from sqlplumb.sources.positions import Position
from sqlplumb.sources.replay import Replay
from sqlplumb.sources.running_alembic import alembic_config
from sqlplumb.sources.scripts import needed_revisions, script_directory

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

    from sqlplumb.sources.alembic_config import ProjectConfig
    from sqlplumb.sources.env_run import EnvRun


@contextmanager
def open_replay(
    settings: Settings,
    label: str = "history",
    scripts: ScriptDirectory | None = None,
    *,
    config: ProjectConfig | None = None,
    from_base: bool = True,
) -> Iterator[Replay]:
    """Yield a replay on which nothing has run. `scripts` may hold a revision that the project does
    not have; what runs on another schema than that of a history does not start `from_base`."""
    config = config or alembic_config(settings)
    engine = project_engine(settings)
    config.set_main_option("sqlalchemy.url", f"{engine.name}://")
    with open_scratch(settings) as scratch:
        scripts = scripts or script_directory(settings, config)
        replay = Replay(
            label=label, settings=settings, config=config, scripts=scripts, scratch=scratch
        )
        if from_base:
            replay.begin()
        yield replay


OpenReplay = Callable[[], AbstractContextManager[Replay]]


def replays_at(written: str, settings: Settings) -> OpenReplay:
    """Return what opens a replay that stands at a position of the history."""

    @contextmanager
    def open_there() -> Iterator[Replay]:
        with open_replay(settings) as replay:
            if target := replay.target(written):
                replay.reach(target)
            yield replay

    return open_there


def replays_before(
    settings: Settings,
    script: Script,
    scripts: ScriptDirectory,
    *,
    env: EnvRun | None = None,
    at: Position = (),
) -> OpenReplay:
    """Return what opens a replay that stands just before this revision, again and again: where what
    it needs has run, or at another position. What leads there is run once, or remembered."""
    snapshots: list[Snapshot] = []
    before = at or needed_revisions(script)
    label = f"revision {script.revision}"

    @cache
    def types() -> ColumnTypes:
        """Ask the operations that led there for the types of columns, and the metadata for those of
        others. That is asked for seldom, and costs a replay whose operations are recorded."""
        log = OperationLog()
        if env is None:  # the operations of another process are not seen
            with open_replay(settings, label, scripts) as replay:
                for revision in before:
                    replay.upgrade(revision, log)
        metadata = import_metadata(settings.metadata, settings) if settings.metadata else None
        return column_types(
            types_of_operations(log.operations),
            types_of_metadata(metadata) if metadata is not None else {},
            dialect=project_engine(settings).dialect(),
        )

    @contextmanager
    def open_before() -> Iterator[Replay]:
        with open_replay(settings, label, scripts) as opened:
            replay = replace(opened, types=types, env=env)
            replay.scratch.runs_elsewhere = env is not None
            if snapshots:
                replay.scratch.restore(snapshots[0])
            else:
                if before:
                    replay.reach(before)
                snapshots.append(replay.scratch.snapshot())
            yield replay

    return open_before


def replays_from(schema: Schema, scripts: ScriptDirectory, settings: Settings) -> OpenReplay:
    """Return what opens a replay that stands at this schema, from which a way leads on."""
    script = project_engine(settings).creates(schema)

    @contextmanager
    def open_there() -> Iterator[Replay]:
        with open_replay(settings, "this schema", scripts, from_base=False) as replay:
            replay.scratch.run(script)
            yield replay

    return open_there
