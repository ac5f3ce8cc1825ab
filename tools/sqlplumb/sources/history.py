"""The Alembic history, replayed on a scratch up to one revision.

The project's env.py is not run: it knows the address of a real database, and a check must never be
able to reach one. Revisions run in Alembic's own environment, on a connection of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlplumb.config import Settings
from sqlplumb.engines import ColumnTypes, Scratch, Snapshot, Source
from sqlplumb.errors import DatabaseFailed, PlumbError, WrongInput
from sqlplumb.sources import replayed
from sqlplumb.sources.alembic_files import alembic_config, exclusive_alembic, print_to_stderr
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.operations import OperationLog
from sqlplumb.sources.scripts import (
    bases_of,
    errors_as_problems,
    script_directory,
    target_of,
    unnamed,
    unread,
)

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory
    from sqlalchemy import Connection

    from sqlplumb.sources.alembic_config import ProjectConfig
    from sqlplumb.sources.env_run import EnvRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A scratch on which revisions are run, up and down."""

    label: str
    settings: Settings
    config: ProjectConfig
    scripts: ScriptDirectory
    scratch: Scratch
    types: Callable[[], ColumnTypes] = dict  # of the columns that it begins with
    env: EnvRun | None = None  # runs revisions by the project's own env.py

    def target(self, revision: str) -> str:
        """The revision that is meant; empty where there is none."""
        with self._exclusively():
            return target_of(self.scripts, revision)

    def reach(self, revisions: Sequence[str]) -> None:
        """Bring the scratch, on which nothing ran yet, to where these revisions have run: from the
        nearest state that is known, if there is one."""
        keys = [] if self.env else replayed.keys_of(self.scripts, revisions, self.settings)
        if not keys:
            for one in revisions:
                self.upgrade(one)
            return
        known = replayed.nearest(self.scripts, keys, self.settings)
        is_there = known is not None and known[0] == len(keys) - 1
        self.scratch.restore(
            known[1] if known and is_there else self._reached(revisions, keys, known)
        )

    def _reached(
        self,
        revisions: Sequence[str],
        keys: Sequence[tuple[str, str]],
        known: tuple[int, Snapshot] | None,
    ) -> Snapshot:
        """On a scratch of its own. Where something fails from a state that is known, it is run from
        the beginning, so that no failure depends on what is remembered."""
        with project_engine(self.settings).open_scratch() as scratch:
            if known:
                scratch.restore(known[1])
            try:
                for one in revisions:
                    replace(self, scratch=scratch).upgrade(one)
            except PlumbError:
                if known is None:
                    raise
                return self._reached(revisions, keys, None)
            snapshot = scratch.snapshot()
            if scratch.is_settled():
                before = known[0] + 1 if known else 0
                replayed.keep(
                    self.scripts,
                    revisions,
                    keys[-1][1],
                    snapshot=snapshot,
                    before=before,
                    to_disk=self.settings.cache,
                )
            return snapshot

    def upgrade(self, revision: str, log: OperationLog | None = None) -> None:
        """`log` is told every operation, and its statements by the scratch itself."""
        if log is not None:
            self.scratch.record(log.statements)
        if self.env:
            self.env.migrate(self.scratch, "upgrade", revision, log=log)
        else:
            self._run(revision, self.scripts._upgrade_revs, log)

    def downgrade(self, revision: str) -> None:
        if self.env:
            self.env.migrate(self.scratch, "downgrade", revision)
        else:
            self._run(revision, self.scripts._downgrade_revs)

    def upgrade_on(self, bind: Connection, revision: str, label: str) -> None:
        """This one revision on a connection of somebody else's, in the transaction there."""
        with self._exclusively(label, DatabaseFailed):
            _migrate(self, revision, revisions=self.scripts._upgrade_revs, bind=bind)

    def stamp_on(self, bind: Connection, revision: str, label: str) -> None:
        """Alembic's own row alone, on a connection of somebody else's, in the transaction there."""
        from alembic.runtime.migration import MigrationContext

        options = {"version_table": self.settings.version_table}
        with self._exclusively(label, DatabaseFailed):
            MigrationContext.configure(bind, opts=options).stamp(self.scripts, revision)

    def pending(self, revisions: Sequence[str]) -> tuple[Script, ...]:
        """What leads from these revisions to the end of the history, in the order of running."""
        with self._exclusively():
            target = target_of(self.scripts, "")
            current: Any = tuple(revisions)
            steps: Any = self.scripts._upgrade_revs(target, current) if target else ()
            return tuple(self.scripts.get_revision(step.revision.revision) for step in steps)

    def opened(self, label: str = "") -> Source:
        opened = self.scratch.source(label or self.label)
        opened.passed_over = (
            *unnamed(self.scripts, self.label, self.settings),
            *unread(self.config, self.settings),
        )
        return opened

    def _run(
        self,
        revision: str,
        revisions: Callable[[str, Any], Any],
        log: OperationLog | None = None,
    ) -> None:
        with self._exclusively(), self.scratch.alchemy.connect() as bind:
            _migrate(self, revision, revisions=revisions, bind=bind, log=log)
            bind.commit()

    @contextmanager
    def _exclusively(self, label: str = "", blame: type[PlumbError] = WrongInput) -> Iterator[None]:
        folder = Path(self.config.get_alembic_option("script_location") or ".")
        with (
            exclusive_alembic(self.config.folders),
            errors_as_problems(label or self.label, folder, blame),
        ):
            yield


@contextmanager
def open_replay(
    settings: Settings,
    label: str = "history",
    scripts: ScriptDirectory | None = None,
    config: ProjectConfig | None = None,
) -> Iterator[Replay]:
    """Nothing is run yet. `scripts` may hold a revision that the project does not have."""
    config = config or alembic_config(settings)
    engine = project_engine(settings)
    config.set_main_option("sqlalchemy.url", f"{engine.name}://")
    with engine.open_scratch() as scratch:
        directory = scripts or script_directory(settings, config)
        yield Replay(
            label=label, settings=settings, config=config, scripts=directory, scratch=scratch
        )


OpenScratch = Callable[[], AbstractContextManager[Replay]]


def scratches(
    settings: Settings, script: Script, scripts: ScriptDirectory, env: EnvRun | None = None
) -> OpenScratch:
    """Each stands where this revision begins. What led there is replayed once, or remembered."""
    snapshots: list[Snapshot] = []

    @cache
    def types() -> ColumnTypes:
        """They are asked for seldom; who asks pays for a replay whose operations are heard."""
        log = OperationLog()
        if env is None:  # operations in a child are not seen
            with open_replay(settings, f"revision {script.revision}", scripts) as replay:
                for base in bases_of(script):
                    replay.upgrade(base, log)
        return _types(log, settings)

    @contextmanager
    def opened() -> Iterator[Replay]:
        label = f"revision {script.revision}"
        with open_replay(settings, label, scripts) as replay:
            if env is not None:
                replay = replace(replay, env=env)
                replay.scratch.runs_elsewhere = True
            if snapshots:
                replay.scratch.restore(snapshots[0])
            else:
                if bases := bases_of(script):
                    replay.reach(bases)
                snapshots.append(replay.scratch.snapshot())
            yield replace(replay, types=types)

    return opened


def _types(log: OperationLog, settings: Settings) -> ColumnTypes:
    """What the operations that led there say of columns; of others, what the metadata says."""
    from sqlplumb.sources.column_types import column_types, types_of_metadata, types_of_operations

    own = types_of_operations(log.operations)
    metadata = _naming(settings)
    of_metadata = types_of_metadata(metadata) if metadata is not None else {}
    return column_types(own, of_metadata, dialect=project_engine(settings).dialect())


def _migrate(
    replay: Replay,
    target: str,
    revisions: Callable[[str, Any], Any],
    bind: Connection,
    *,
    log: OperationLog | None = None,
) -> None:
    from alembic.operations import Operations
    from alembic.runtime.environment import EnvironmentContext

    def steps(revision: Any, context: Any) -> Any:
        # What `alembic upgrade` itself hands to its environment; there is no public name for it.
        steps_found = revisions(target, revision)
        for one in steps_found:
            print_to_stderr(one.revision.module)
        return steps_found

    scripts, settings = replay.scripts, replay.settings
    with EnvironmentContext(
        replay.config, scripts, fn=steps, destination_rev=target
    ) as environment:
        environment.configure(
            connection=bind,
            target_metadata=_naming(settings),
            version_table=settings.version_table,
        )
        context = environment.get_context()
        with environment.begin_transaction(), Operations.context(context) as op:
            if log is not None:
                log.watch(op)
            context.run_migrations()


def _naming(settings: Settings) -> Any:
    """The project's own MetaData: its naming convention names what revisions leave unnamed."""
    if not settings.metadata:
        return None
    from sqlplumb.sources.metadata import import_metadata

    return import_metadata(settings.metadata, settings)
