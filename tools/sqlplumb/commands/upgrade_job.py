"""One database on its way to the end of the history: what is asked for, and what it is held
against.

Values alone; only `record` grows, and it is the receipt. What is done, and in which order, must
never live here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from sqlplumb.commands.comparing import compare_sources, without
from sqlplumb.commands.live import open_recovered
from sqlplumb.commands.pending import HistoryCache
from sqlplumb.config import ApplySettings, Settings, Verify
from sqlplumb.engines import (
    LiveDatabase,
    Location,
    Patience,
    Progress,
    Source,
)
from sqlplumb.errors import Problem
from sqlplumb.schema.schema import fingerprint
from sqlplumb.sources.history import RevisionStates
from sqlplumb.upgrade import Record, gates


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """What a person asks for, and `base`, from which it is meant: whoever carries it out may work
    in another folder."""

    settings: Settings
    allow: frozenset[str] = frozenset()
    backup: Path | None = None
    no_backup: bool = False
    wait: float = 30.0
    create: bool = False
    dry_run: bool = False
    progress: Progress = field(default_factory=Progress)
    verify: Verify | None = None
    keep_backups: int | None = None
    cache: HistoryCache = field(default_factory=HistoryCache)
    base: Path = field(default_factory=Path.cwd)

    @property
    def applying(self) -> ApplySettings:
        """As the settings say, unless this person says otherwise."""
        said = self.settings.apply
        kept = said.keep_backups if self.keep_backups is None else self.keep_backups
        return ApplySettings(self.verify or said.verify, kept)

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
    def table(self) -> str:
        return self.options.settings.version_table

    def tell(self, words: str) -> None:
        self.options.progress.tell(f"{self.label}: {words}")

    def open(self) -> AbstractContextManager[LiveDatabase]:
        """Open it without a lock. A dry run recovers nothing."""
        if self.options.dry_run:
            return self.location.open(self.patience.left)

        def tell(words: str) -> None:
            self.record.note(recovered=True)
            self.record.warn([Problem(words)])

        return open_recovered(self.location, self.patience, tell)

    def compare(
        self, live: Source, path: Sequence[str], name: str = "", hint: str = gates.BY_HAND
    ) -> None:
        """Refuse it unless it is what the history makes on this path."""
        from sqlplumb.render.comparisons import count_differences

        name = name or " and ".join(path) or "base"
        found = compare_sources(live, self.states.revision_state(tuple(path), name), self.table)
        self.record.note(drift=found if found.changes else None)
        whose = f"revision {name}" if path else "nothing"
        gates.plumb(self.label, count_differences(found), whose=whose, advice=hint)

    def fingerprint(self, live: Source) -> str:
        return fingerprint(without(live.read(), self.table))
