"""Where a live database stands on its way: what a person asked for, what has happened so far, and
how it is held against what the history makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from sqlplumb.changes.measure import Measure
from sqlplumb.commands.applying.memory import Memory
from sqlplumb.commands.comparing import measure, without
from sqlplumb.commands.recovered import open_recovered
from sqlplumb.config import ApplySettings, Settings, Verify
from sqlplumb.engines import (
    Copy,
    LiveDatabase,
    Location,
    LockedDatabase,
    Patience,
    Progress,
    Source,
)
from sqlplumb.errors import Problem
from sqlplumb.receipts import Done, Passage, State
from sqlplumb.schema.fingerprint import fingerprint
from sqlplumb.sources.history import Replay
from sqlplumb.upgrade import gates
from sqlplumb.upgrade.gates import passing

SINCE = "what was applied stays; somebody has changed the schema since. Bring it back"


def patience(seconds: float, label: str, tell: Callable[[str], None]) -> Patience:
    """Says once a second how long has been waited."""
    told = [0.0]

    def waiting(waited: float) -> None:
        if waited - told[0] >= 1:
            told[0] = waited
            tell(f"{label}: waiting for the lock, {waited:.0f} s")

    return Patience(seconds, waiting)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for, and `base`, from which it is meant: whoever carries it out may work
    in another folder."""

    settings: Settings
    leave: frozenset[str] = frozenset()
    backup: Path | None = None
    no_backup: bool = False
    wait: float = 30.0
    create: bool = False
    rehearse: bool = False
    progress: Progress = field(default_factory=Progress)
    verify: Verify | None = None
    keep_backups: int | None = None
    memory: Memory = field(default_factory=Memory)
    base: Path = field(default_factory=Path.cwd)

    @property
    def applying(self) -> ApplySettings:
        """As the settings say, unless this person says otherwise."""
        said = self.settings.applying
        kept = said.keep_backups if self.keep_backups is None else self.keep_backups
        return ApplySettings(self.verify or said.verify, kept)

    @property
    def backups(self) -> Path | None:
        """Where they go; None: beside the database."""
        return (self.base / self.backup).resolve() if self.backup else None


@dataclass(slots=True)
class Course:
    """What has happened so far to one database."""

    location: Location
    wish: Wish
    replay: Replay
    patience: Patience
    passages: list[Passage] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    before: State = field(default_factory=State)
    after: State = field(default_factory=State)
    locked: float = 0.0
    recovered: bool = False
    backup: Copy | None = None
    drift: Measure | None = None
    warnings: list[Problem] = field(default_factory=list)

    @property
    def label(self) -> str:
        return self.location.label

    @property
    def path(self) -> Path:
        return self.location.path

    @property
    def table(self) -> str:
        return self.wish.settings.version_table


def looked_into(course: Course) -> AbstractContextManager[LiveDatabase]:
    """Without a lock. A dry run recovers nothing."""
    if course.wish.rehearse:
        return course.location.open(course.patience.left)

    def tell(words: str) -> None:
        course.recovered = True
        course.warnings.append(Problem(words))

    return open_recovered(course.location, course.patience, tell)


def standing(live: LiveDatabase, course: Course) -> tuple[str, ...]:
    """The revisions it is at, held against what the history makes of them."""
    with passing(gates.KNOWN, course.passages) as said:
        known = [one.revision for one in course.replay.scripts.walk_revisions()]
        versions = gates.known(course.label, live.revisions(course.table), live.texts, known)
        said.append(" and ".join(versions) or "base: it is empty")
    course.before = State(versions)
    replay(course, versions, versions)
    with passing(gates.PLUMB, course.passages):
        compare(live, " and ".join(versions) or "base", course)
    return versions


def replay(course: Course, known: tuple[str, ...], targets: Sequence[str]) -> None:
    """The scratch stands there, as everybody's does who comes the same way; it is run once."""
    snapshots = course.wish.memory.snapshots
    if known in snapshots:
        course.replay.scratch.restore(snapshots[known])
        return
    for one in targets:
        course.replay.upgrade(one)
    snapshots[known] = course.replay.scratch.snapshot()


def compare(live: Source, revision: str, course: Course, hint: str = gates.BY_HAND) -> None:
    from sqlplumb.render.text import differences

    desired = course.replay.opened(f"history@{revision}")
    found = measure(live, desired, course.table)
    course.drift = found if found.changes else None
    whose = f"revision {revision}" if revision != "base" else "nothing"
    gates.plumb(course.label, differences(found), whose, hint)


def still_at(database: LockedDatabase, versions: tuple[str, ...], course: Course) -> bool:
    live = database.read()
    if live.at(course.table) != versions:
        return False
    compare(live, " and ".join(versions) or "base", course, SINCE if course.done else gates.BY_HAND)
    return True


def short(live: Source, course: Course) -> str:
    return fingerprint(without(live.read(), course.table))


def forget_backup(course: Course) -> None:
    """Where nothing was committed, the database itself is what was copied."""
    if course.backup and not course.done:
        course.backup.path.unlink(missing_ok=True)
        course.backup = None
