"""A pending revision, and what is known of it before it runs on a live database.

What one process knows of a history is kept for the next database: nothing about a database is, and
nothing about a history whose files were touched meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlplumb.changes import Rename
from sqlplumb.commands.judging import ReplayedRevision, judge_replayed, replay_revision
from sqlplumb.config import Settings
from sqlplumb.config.env_file import plain_location
from sqlplumb.engines import Effect, Named
from sqlplumb.lint import Finding, LintContext, at_or_above, project_rules
from sqlplumb.proof.ledger import entry_of
from sqlplumb.schema import Schema
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.replay import replays_before
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

    from sqlplumb.engines import Snapshot
    from sqlplumb.sources.alembic_config import ProjectConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRevision:
    """`ran` is what it did on a scratch, `effects` what its statements do; `failing` are the
    findings at or above the failing severity that no comment ignores."""

    script: Script
    ran: ReplayedRevision
    effects: tuple[Effect, ...]
    failing: tuple[Finding, ...]

    @property
    def revision(self) -> str:
        return self.script.revision

    @property
    def writes(self) -> frozenset[str]:
        """The tables whose rows it goes through to write them."""
        return frozenset(
            one.table for one in self.effects if one.table and one.work in ("rows", "rebuild")
        )

    @property
    def names(self) -> frozenset[str] | None:
        """The tables that it changes, whether it writes rows of them or not; None: nobody looked,
        for the database was empty."""
        if not self.ran.statements:
            return None
        named = (one.table for one in self.effects if one.table)
        return frozenset((*named, *(one.ref.unit for one in self.ran.plan.changes)))

    @property
    def renamed(self) -> dict[str, str]:
        """The tables that have another name now, by the one they had."""
        found = (one for one in self.ran.plan.changes if isinstance(one, Rename))
        return {one.current.ref.name: one.ref.name for one in found if not one.ref.table}


def as_pending(script: Script, done: ReplayedRevision, settings: Settings) -> PendingRevision:
    """Judge it by what it did on a scratch."""
    context = LintContext(settings=settings, rules=project_rules(settings))
    found = judge_replayed(script, done, context).findings
    return PendingRevision(
        script=script,
        ran=done,
        effects=tuple(project_engine(settings).effects(done.statements)),
        failing=tuple(at_or_above(found, settings.lint.fail)),
    )


def unjudged_revision(script: Script, settings: Settings) -> PendingRevision:
    """For a database that holds nothing: nothing can be lost there, and nobody must wait."""
    engine = project_engine(settings)
    nothing = Schema({}, engine=engine.name)
    plan = Plan(current=nothing, desired=nothing, changes=(), steps=(), target=engine.target())
    done = ReplayedRevision(plan=plan, back=plan, statements=(), named=Named())
    return PendingRevision(script=script, ran=done, effects=(), failing=())


@dataclass(slots=True, kw_only=True)
class HistoryCache:
    """Revisions that were judged, by id and bytes; what the history makes, by how it is made."""

    judged: dict[str, PendingRevision] = field(default_factory=dict)
    snapshots: dict[tuple[str, ...], Snapshot] = field(default_factory=dict)
    config: ProjectConfig | None = None
    scripts: ScriptDirectory | None = None

    def judge(
        self, script: Script, scripts: ScriptDirectory, settings: Settings
    ) -> PendingRevision:
        """Run it on a scratch once, however many databases wait for it; by its bytes, should they
        change meanwhile."""
        name = f"{script.revision} {entry_of(script).sha256}"
        if name not in self.judged:
            replays = replays_before(settings, script, scripts)
            done = replay_revision(script.revision, replays, settings)
            self.judged[name] = as_pending(script, done, settings)
        return self.judged[name]


_CACHES: dict[tuple[object, ...], HistoryCache] = {}


def cache_of(settings: Settings) -> HistoryCache:
    """Return what this process knows of the history as its files are now."""
    folder = plain_location(settings.root, settings.alembic_ini, settings.alembic_toml)
    if folder is None:
        return HistoryCache()
    files = sorted((folder / "versions").glob("*.py"))
    stamps = tuple((one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in files)
    key = (repr(settings), stamps)
    if key not in _CACHES:
        _CACHES.clear()  # the last one is what counts
    return _CACHES.setdefault(key, HistoryCache())
