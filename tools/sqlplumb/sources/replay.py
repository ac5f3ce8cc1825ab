"""Replay the Alembic history on a scratch, up to one revision.

The project's env.py is not run: it knows the address of a real database, and a check must never be
able to reach one. Revisions run in Alembic's own environment, on a connection of ours; only `prove
--env` gives them to env.py, in a process of its own. Must never know what a state is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlplumb.config import Settings
from sqlplumb.engines import ColumnTypes, Scratch, Snapshot, Source
from sqlplumb.errors import DatabaseFailed, PlumbError, WrongInput
from sqlplumb.progress import each
from sqlplumb.sources import replay_cache
from sqlplumb.sources.alembic_internals import (
    downgrade_steps,
    step_down,
    step_up,
    upgrade_steps,
)
from sqlplumb.sources.around import surrounded
from sqlplumb.sources.base import read_base
from sqlplumb.sources.cut_history import is_beginning
from sqlplumb.sources.database import open_scratch
from sqlplumb.sources.metadata import import_metadata
from sqlplumb.sources.operations import OperationLog
from sqlplumb.sources.positions import Position, ends, last_of, resolve_position
from sqlplumb.sources.running_alembic import exclusive_alembic, print_to_stderr
from sqlplumb.sources.scripts import (
    env_problems,
    errors_as_problems,
    has_revision,
    needed_revisions,
    revision_ids,
)

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory
    from sqlalchemy import Connection

    from sqlplumb.sources.alembic_config import ProjectConfig
    from sqlplumb.sources.env_run import EnvRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A scratch on which revisions are run, up and down. `types` are those of the columns that it
    begins with; an `env` runs revisions by the project's own env.py."""

    label: str
    settings: Settings
    config: ProjectConfig
    scripts: ScriptDirectory
    scratch: Scratch
    types: Callable[[], ColumnTypes] = dict
    env: EnvRun | None = None

    def target(self, written: str) -> Position:
        """Return the revisions that are written, or the end of the history; none for base."""
        with self.exclusively():
            return resolve_position(self.scripts, written, self.settings)

    def pending(self, revisions: Sequence[str]) -> tuple[Script, ...]:
        """Return what leads from these revisions to the end, in the order of running."""
        with self.exclusively():
            end = ends(self.scripts, self.settings)
            current = tuple(revisions)
            steps = upgrade_steps(self.scripts, end, current) if end else ()
            ahead = (self.scripts.get_revision(step.revision.revision) for step in steps)
            return tuple(script for script in ahead if script and not is_beginning(script))

    def source(self, label: str = "") -> Source:
        """Return what has been made so far, as a source, without what the settings ignore."""
        source = self.everything(label)
        source.leave_out(self.settings.ignore)
        return source

    def everything(self, label: str = "") -> Source:
        """Return what has been made so far, with what the settings ignore: a proof lets nothing be
        lost."""
        source = self.scratch.source(label or self.label)
        source.leave_out(self.settings.ignore.without_patterns)
        source.passed_over = tuple(
            env_problems(self.scripts, self.config, self.settings, label=self.label)
        )
        return source

    # ----------------------------------------------------------------- on the scratch

    def begin(self) -> None:
        """Let the scratch hold what the first revision finds."""
        if base := read_base(self.settings):
            self.scratch.restore(base.snapshot)

    def reach(self, revisions: Sequence[str]) -> None:
        """Bring the scratch, on which nothing ran yet, to where these revisions have run: from the
        nearest state that is remembered, if there is one."""
        if not revisions:
            return
        if len(revisions) > 1:
            revisions = last_of(self.scripts, revisions)
        keys = [] if self.env else replay_cache.state_keys(self.scripts, revisions, self.settings)
        if not keys:
            self.upgrade_all(revisions)
            return
        nearest = replay_cache.nearest_state(self.scripts, keys, self.settings)
        if nearest and nearest[0] == len(keys) - 1:
            self.scratch.restore(nearest[1])
        else:
            self.scratch.restore(self._run_from(nearest, revisions, keys))

    def _run_from(
        self,
        nearest: tuple[int, Snapshot] | None,
        revisions: Sequence[str],
        keys: Sequence[replay_cache.StateKey],
    ) -> Snapshot:
        """Run what is missing on another scratch, and remember where it led. Where something fails
        from a state that is remembered, all is run from the beginning, so that no failure depends
        on what is remembered."""
        with open_scratch(self.settings) as scratch:
            replay = replace(self, scratch=scratch)
            if nearest:
                scratch.restore(nearest[1])
            else:
                replay.begin()
            try:
                replay.upgrade_all(revisions)
            except PlumbError:
                if nearest is None:
                    raise
                return self._run_from(None, revisions, keys)
            snapshot = scratch.snapshot()
            if scratch.is_settled():
                replay_cache.keep_state(
                    self.scripts,
                    revisions,
                    keys,
                    snapshot=snapshot,
                    before=nearest[0] + 1 if nearest else 0,
                    to_disk=self.settings.cache and not self.settings.around,
                )
            return snapshot

    def upgrade_all(self, revisions: Sequence[str]) -> None:
        """Run what leads to all of these, in the order of Alembic's own."""
        if len(revisions) == 1 or self.env:
            for revision in revisions:
                self.upgrade(revision)
        else:
            self._migrate(", ".join(revisions), lambda _, at: self._steps_up(tuple(revisions), at))

    def upgrade(self, revision: str, log: OperationLog | None = None) -> None:
        """Upgrade the scratch; `log` records every operation, and its statements."""
        if log is not None:
            self.scratch.record(log.statements)
        if self.env:
            self.env.migrate(self.scratch, "upgrade", revision, log=log)
        else:
            self._migrate(revision, self._steps_up, log=log)

    def _steps_up(self, revision: str | Position, current: Any) -> Any:
        """Find the way to a revision, or to several. Alembic goes through the whole history for
        that; what stands on the revision that ran last needs no search."""
        heads = revision_ids(current)
        if len(heads) == 1 and isinstance(revision, str) and has_revision(self.scripts, revision):
            script: Any = self.scripts.get_revision(revision)
            if needed_revisions(script) == heads:
                return [step_up(self.scripts, script)]
        return upgrade_steps(self.scripts, revision, current)

    def downgrade(self, revision: str) -> None:
        if self.env:
            self.env.migrate(self.scratch, "downgrade", revision)
        else:
            self._migrate(revision, partial(downgrade_steps, self.scripts))

    def take_back(self, revision: str, log: OperationLog | None = None) -> None:
        """Run the downgrade of this one revision, which must have run last."""
        if log is not None:
            self.scratch.record(log.statements)
        self._migrate(revision, self._step_back, log=log)

    def heads_written(self) -> tuple[str, ...]:
        """Return the revisions that Alembic has written down on the scratch."""
        from alembic.runtime.migration import MigrationContext

        options = {"version_table": self.settings.version_table}
        with self.scratch.alchemy.connect() as bind:
            return MigrationContext.configure(bind, opts=options).get_current_heads()

    def _step_back(self, revision: str, current: Any) -> Any:
        return [step_down(self.scripts, self.scripts.get_revision(revision))]

    # ----------------------------------------------------------------- on a live database

    def run_on(self, bind: Connection, revision: str, label: str, *, down: bool = False) -> None:
        """Run this one revision, or take it back, on a connection of the caller's, in the
        transaction there."""
        steps_to = self._step_back if down else partial(upgrade_steps, self.scripts)
        with self.exclusively(label, DatabaseFailed):
            self._run_migrations(bind, revision, steps_to)

    def stamp_on(self, bind: Connection, revision: str, label: str) -> None:
        """Write Alembic's own row alone, or several for revisions with commas between them, in the
        transaction that is open there."""
        from alembic.runtime.migration import MigrationContext

        options = {"version_table": self.settings.version_table}
        with self.exclusively(label, DatabaseFailed):
            revisions: Any = tuple(revision.split(","))
            MigrationContext.configure(bind, opts=options).stamp(self.scripts, revisions)

    # ----------------------------------------------------------------- by Alembic

    @contextmanager
    def exclusively(self, label: str = "", blame: type[PlumbError] = WrongInput) -> Iterator[None]:
        folder = Path(self.config.get_alembic_option("script_location") or ".")
        with (
            exclusive_alembic(self.config.folders),
            errors_as_problems(label or self.label, folder, blame),
        ):
            yield

    def _migrate(
        self, target: str, steps_to: Callable[..., Any], log: OperationLog | None = None
    ) -> None:
        with self.exclusively(), self.scratch.alchemy.connect() as bind:
            self._run_migrations(bind, target, steps_to, log=log)
            bind.commit()

    def _run_migrations(
        self,
        bind: Connection,
        target: str,
        steps_to: Callable[..., Any],
        *,
        log: OperationLog | None = None,
    ) -> None:
        """Do what an env.py does. `steps_to` finds what `alembic upgrade` or `downgrade` runs."""
        from alembic.operations import Operations
        from alembic.runtime.environment import EnvironmentContext

        def steps(current: Any, context: Any) -> Any:
            steps = steps_to(target, current)
            for step in steps:
                print_to_stderr(step.revision.module)
            return each(steps, "revisions replayed")

        environment = EnvironmentContext(
            self.config, self.scripts, fn=steps, destination_rev=target
        )
        metadata = self.settings.metadata
        # What is set up may run Alembic for itself, whose `context` is one for a process.
        with surrounded(bind, self.settings), environment:
            environment.configure(
                connection=bind,
                # Its naming convention names what revisions leave unnamed.
                target_metadata=import_metadata(metadata, self.settings) if metadata else None,
                version_table=self.settings.version_table,
            )
            context = environment.get_context()
            with environment.begin_transaction(), Operations.context(context) as op:
                if log is not None:
                    log.watch(op)
                context.run_migrations(**self.config.arguments)
