"""Everything an upgrade of one database works with: options, history, pending revisions, receipt.

Values alone; only `record` grows, and it is the receipt. What is done, and in which order, must
never live here. What one process knows of a history is kept for the next database: nothing about a
database is, and nothing about a history whose files were touched meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.changes import Rename
from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.accepting import compare_accepting
from sqlplumb.commands.branches import proved
from sqlplumb.commands.comparing import without
from sqlplumb.commands.prove import ReplayedRevision, judge_replayed, replay_revision
from sqlplumb.commands.standing import open_recovered
from sqlplumb.config import ApplySettings, Settings, Verify
from sqlplumb.config.env_file import plain_location
from sqlplumb.engines import Effect, LiveDatabase, Location, Named, Patience, Progress, Source
from sqlplumb.errors import Problem
from sqlplumb.lint import Finding, LintContext, at_or_above, project_rules
from sqlplumb.proof import refuse_unproved
from sqlplumb.proof.ledger import entry_of
from sqlplumb.render.comparisons import count_differences
from sqlplumb.render.words import accepted, expired
from sqlplumb.schema import Schema
from sqlplumb.schema.schema import fingerprint
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.history import RevisionStates
from sqlplumb.sources.open_replays import replays_before
from sqlplumb.sources.positions import Position
from sqlplumb.steps import Plan
from sqlplumb.upgrade import Record, gates

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

    from sqlplumb.engines import Snapshot
    from sqlplumb.sources.alembic_config import ProjectConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRevision:
    """`replayed` is what it did on a scratch, `effects` what its statements do; `failing` are the
    findings at or above the failing severity that no comment ignores. Where it is taken back
    (`down`), all of this is of its downgrade, which `deletes` rows of these tables; `notes` say
    what comes back."""

    script: Script
    replayed: ReplayedRevision
    effects: tuple[Effect, ...]
    failing: tuple[Finding, ...]
    down: bool = False
    deletes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def revision(self) -> str:
        return self.script.revision

    @property
    def writes(self) -> frozenset[str]:
        """The tables whose rows it goes through to write them."""
        return frozenset(
            effect.table
            for effect in self.effects
            if effect.table and effect.work in ("rows", "rebuild")
        )

    @property
    def names(self) -> frozenset[str] | None:
        """The tables that it changes, whether it writes rows of them or not; None: nobody looked,
        for the database was empty."""
        if not self.replayed.statements:
            return None
        named = (effect.table for effect in self.effects if effect.table)
        return frozenset((*named, *(change.ref.unit for change in self.replayed.plan.changes)))

    @property
    def renamed(self) -> dict[str, str]:
        """The tables that have another name now, by the one they had."""
        changes = self.replayed.plan.changes
        renames = [change for change in changes if isinstance(change, Rename)]
        return {
            rename.current.ref.name: rename.ref.name for rename in renames if not rename.ref.table
        }


def as_pending(script: Script, replayed: ReplayedRevision, settings: Settings) -> PendingRevision:
    """Judge a revision by what it did on a scratch."""
    context = LintContext(settings=settings, rules=project_rules(settings))
    findings = judge_replayed(script, replayed, context).findings
    return PendingRevision(
        script=script,
        replayed=replayed,
        effects=tuple(project_engine(settings).effects(replayed.statements)),
        failing=tuple(at_or_above(findings, settings.lint.fail)),
    )


def unjudged_revision(script: Script, settings: Settings) -> PendingRevision:
    """For a database that holds nothing: nothing can be lost there, and nobody must wait."""
    engine = project_engine(settings)
    nothing = Schema({}, engine=engine.name)
    plan = Plan(current=nothing, desired=nothing, changes=(), steps=(), target=engine.target())
    replayed = ReplayedRevision(plan=plan, back=plan, statements=(), named=Named())
    return PendingRevision(script=script, replayed=replayed, effects=(), failing=())


@dataclass(slots=True, kw_only=True)
class HistoryCache:
    """Revisions that were judged, by id and bytes; what the history makes, by how it is made."""

    judged: dict[str, PendingRevision] = field(default_factory=dict)
    snapshots: dict[tuple[str, ...], Snapshot] = field(default_factory=dict)
    config: ProjectConfig | None = None
    scripts: ScriptDirectory | None = None

    def judge(
        self,
        script: Script,
        scripts: ScriptDirectory,
        settings: Settings,
        *,
        beside: Position = (),
    ) -> PendingRevision:
        """Run a revision on a scratch once, however many databases wait for it, and judge it: where
        what it needs has run, or also what is `beside` it; there it is proved once more.

        Its bytes are part of the key, should they change meanwhile.
        """
        key = f"{script.revision} {entry_of(script, settings).sha256} {beside}"
        if key not in self.judged:
            scratch = replays_before(settings, script, scripts, at=beside)
            if beside:
                proof = proved(script, scratch, None, beside=True)
                where = f"where {' and '.join(beside)} ran before it; nothing was changed"
                refuse_unproved(proof, where)
            replayed = replay_revision(script.revision, scratch, settings)
            self.judged[key] = as_pending(script, replayed, settings)
        return self.judged[key]


_CACHES: dict[tuple[object, ...], HistoryCache] = {}


def cache_of(settings: Settings) -> HistoryCache:
    """Return what this process knows of the history as its files are now."""
    folder = plain_location(settings.alembic)
    if folder is None:
        return HistoryCache()
    files = sorted((folder / "versions").glob("*.py"))
    stamps = tuple((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    key = (repr(settings), stamps)
    if key not in _CACHES:
        _CACHES.clear()  # the last one is what counts
    return _CACHES.setdefault(key, HistoryCache())


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """What a person asks for, and `base`, from which it is meant: whoever carries it out may work
    in another folder. It goes `to` a revision, or `down` to one; else to the end of the history."""

    settings: Settings
    to: str = ""
    down: str = ""
    allow: frozenset[str] = frozenset()
    backup: Path | None = None
    no_backup: bool = False
    wait: float = 30.0
    create: bool = False
    dry_run: bool = False
    progress: Progress = field(default_factory=Progress)
    verify: Verify | None = None
    keep: int | None = None
    cache: HistoryCache = field(default_factory=HistoryCache)
    base: Path = field(default_factory=Path.cwd)

    @property
    def applying(self) -> ApplySettings:
        """As the settings say, unless this person says otherwise."""
        configured = self.settings.apply
        keep = configured.keep if self.keep is None else self.keep
        return replace(configured, verify=self.verify or configured.verify, keep=keep)

    @property
    def backup_folder(self) -> Path | None:
        """Where backups go; None: beside the database."""
        return (self.base / self.backup).resolve() if self.backup else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """One database, what a person asks for, what the history makes, and what is known so far."""

    location: Location
    options: ApplyOptions
    states: RevisionStates
    patience: Patience
    record: Record

    @property
    def label(self) -> str:
        return self.location.label

    @property
    def version_table(self) -> str:
        return self.options.settings.version_table

    def tell(self, words: str) -> None:
        self.options.progress.tell(f"{self.label}: {words}")

    def open(self) -> AbstractContextManager[LiveDatabase]:
        """Open it without a lock. A dry run recovers nothing."""
        if self.options.dry_run:
            return self.location.open(self.patience.remaining)

        def tell(words: str) -> None:
            self.record.note(recovered=True)
            self.record.warn([Problem(words)])

        return open_recovered(self.location, self.patience, tell)

    def compare(
        self, live: Source, path: Sequence[str], *, name: str = "", advice: str = gates.BY_HAND
    ) -> Comparison:
        """Refuse the database unless it is what the history makes on this path."""
        name = name or " and ".join(path) or "base"
        desired = self.states.revision_state(tuple(path), name)
        comparison = compare_accepting(live, desired, self.options.settings)
        self.record.note(drift=comparison if comparison.changes else None)
        told = (*map(accepted, comparison.accepted), *map(expired, comparison.expired))
        self.record.warn(Problem(f"{self.label}: {words}") for words in told)
        whose = f"revision {name}" if path else self.options.settings.base or "nothing"
        gates.plumb(self.label, count_differences(comparison), whose=whose, advice=advice)
        return comparison

    def fingerprint(self, live: Source) -> str:
        return fingerprint(without(live.read(to_plan=True).whole, self.version_table))
