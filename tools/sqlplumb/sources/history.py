"""What the history makes of its revisions: its end as a source, one step after the other, and any
state of it; and what it renamed on the way.

Names that change places are the same before and after, and a revision that only moves rows leaves
the schema as it was: only the statements that were run tell of either. Must never know which
database is compared with a state.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.engines import EmptySource, Executed, KnownRenames, Snapshot, Source
from sqlplumb.errors import PlumbError
from sqlplumb.schema import Ref
from sqlplumb.sources import replay_cache
from sqlplumb.sources.database import open_scratch, project_engine, visible_revisions
from sqlplumb.sources.open_replays import open_replay
from sqlplumb.sources.positions import ends, has_an_end
from sqlplumb.sources.replay import Replay
from sqlplumb.sources.scripts import is_revision, needed_revisions, script_directory

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

    from sqlplumb.sources.alembic_config import ProjectConfig


@contextmanager
def open_history(
    revision: str, settings: Settings, scripts: Callable[[], ScriptDirectory] | None = None
) -> Iterator[Source]:
    """Yield what the history makes, up to this revision, or these; without one, up to its end.
    Whoever opens it more than once and hands over the same `scripts` replays no state twice."""
    label = f"history@{revision}" if revision else "history"
    if key := replay_cache.history_key(settings, revision):
        with open_scratch(settings) as scratch:
            if remembered := replay_cache.load_history(key, scratch):
                target, passed_over = remembered
                source = scratch.source(label)
                source.passed_over = passed_over
                source.leave_out(settings.ignore)
                source.known_renames = cache(partial(renames_in_history, settings, target))
                yield source
                return
    with open_replay(settings, label, scripts() if scripts else None) as replay:
        if target := replay.target(revision):
            replay.reach(target)
        source = replay.everything()
        if key and target:
            replay_cache.save_history(
                key,
                replay.scripts,
                target,
                scratch=replay.scratch,
                passed_over=source.passed_over,
            )
        source.leave_out(settings.ignore)
        source.known_renames = cache(partial(renames_in_history, settings, target))
        yield source


# --------------------------------------------------------------------- every revision


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryStep:
    """What the history makes up to one revision; `source` is open until the next step."""

    revision: str
    source: Source
    moves_rows: bool


def history_steps(settings: Settings) -> Iterator[HistoryStep]:
    """Yield every revision in the order of running, and the end of the history where several are.
    As long as each needs the one before it alone, one scratch does for them; on a new one, all that
    comes before runs again."""
    scripts, engine = script_directory(settings), project_engine(settings)
    ahead = list(reversed(list(scripts.walk_revisions())))
    while ahead:
        with open_replay(settings, "the history", scripts) as replay:
            statements: list[str] = []
            replay.scratch.record(statements)
            current = ""
            while ahead and (not current or needed_revisions(ahead[0]) == (current,)):
                current = ahead.pop(0).revision
                statements.clear()
                replay.upgrade(current)
                moves_rows = any(
                    effect.work == "rows" and effect.on != settings.version_table
                    for effect in engine.effects(statements)
                )
                source = replay.source(f"history@{current}")
                yield HistoryStep(revision=current, source=source, moves_rows=moves_rows)
    end = ends(scripts, settings) if has_an_end(scripts, settings) else ()
    if len(end) > 1:
        with open_replay(settings, "the history", scripts) as replay:
            replay.reach(end)
            name = ",".join(end)
            source = replay.source(f"history@{name}")
            yield HistoryStep(revision=name, source=source, moves_rows=False)


# --------------------------------------------------------------------- any state

RevisionPath = tuple[str, ...]  # revisions to which the history is upgraded, one after the other


class RevisionStates:
    """The states of a history, each replayed once, and the scratch on which that is done.

    `snapshots` are the states that are known already, as long as the history is the same."""

    def __init__(
        self, begin: Callable[[], Replay], snapshots: dict[RevisionPath, Snapshot]
    ) -> None:
        self.replay = begin()
        self._begin, self._snapshots = begin, snapshots
        self._current: RevisionPath = ()
        self._is_new = True

    def revision_state(self, path: RevisionPath, name: str) -> Source:
        """Return what the history makes there; read it before another state is asked for."""
        if path or self.replay.settings.base:
            self._move_to(path)
            self._is_new = False
            return self.replay.source(f"history@{name}")
        nothing = EmptySource(project_engine(self.replay.settings))
        nothing.label = f"history@{name}"
        return nothing

    def _move_to(self, path: RevisionPath) -> None:
        if path == self._current:
            return
        if path in self._snapshots:
            self._new_replay().scratch.restore(self._snapshots[path])
        elif not path:
            self._new_replay()
        else:
            if path[:-1]:
                self._move_to(path[:-1])
                self.replay.upgrade(path[-1])
            else:
                self._new_replay().reach(path)
            self._snapshots[path] = self.replay.scratch.snapshot()
        self._current, self._is_new = path, False

    def _new_replay(self) -> Replay:
        """Return a replay whose scratch nobody has read. A scratch that was read holds statements,
        which must not outlive the database that they were prepared for."""
        if not self._is_new:
            self.replay, self._is_new = self._begin(), True
        return self.replay


@contextmanager
def open_states(
    settings: Settings,
    snapshots: dict[RevisionPath, Snapshot],
    scripts: ScriptDirectory | None = None,
    config: ProjectConfig | None = None,
) -> Iterator[RevisionStates]:
    with ExitStack() as stack:

        def begin() -> Replay:
            replay = open_replay(settings, "the history", scripts, config=config)
            return stack.enter_context(replay)

        yield RevisionStates(begin, snapshots)


# --------------------------------------------------------------------- renames

_Name = tuple[str, str]  # a table (empty: the name is a table's own), and a name in it


def renames_in_history(settings: Settings, revisions: Collection[str]) -> KnownRenames:
    """Return all that was renamed up to these revisions, each run once more for it."""
    former_names: dict[_Name, str] = {}
    with open_replay(settings) as replay:
        scripts = replay.scripts
        down = scripts.iterate_revisions(tuple(revisions), "base") if revisions else ()
        for revision in [script.revision for script in down][::-1]:
            statements: list[str] = []
            replay.scratch.record(statements)
            replay.upgrade(revision)
            former_names = _renamed(former_names, replay.scratch.executed(statements))
    renames = {
        (Ref("column" if table else "table", table, name), former)
        for (table, name), former in former_names.items()
    }
    return KnownRenames(frozenset(renames), "all", "the history")


def renames_of_database(database: Source, settings: Settings) -> KnownRenames:
    """Return the renames of the history up to the revision that a database is at. One that no
    history ever changed tells of renames by its texts alone."""
    revisions = visible_revisions(database, settings)
    if not revisions:
        return KnownRenames(knows="nothing" if settings.has_history else "texts", by=database.label)
    try:
        scripts = script_directory(settings)
        if settings.has_history and all(is_revision(scripts, name) for name in revisions):
            return renames_in_history(settings, revisions)
    except PlumbError:
        pass  # whoever needs the history will say what is wrong with it
    return KnownRenames(by=database.label)


def _renamed(former_names: dict[_Name, str], executed: Executed) -> dict[_Name, str]:
    """Return the former names after these moves: what moved takes its former name along, and a name
    that was left has none."""
    tables = _moves({("", new): ("", old) for new, old in executed.tables.items()})
    columns = _moves({(table, new): (table, old) for (table, new), old in executed.columns.items()})
    moves = tables | columns
    new_tables = {old: new for (_, new), (_, old) in tables.items()}
    renamed = {
        (new_tables.get(table, table), name): former
        for (table, name), former in former_names.items()
    }
    moved = {*moves.values()}
    unmoved = {key: former for key, former in renamed.items() if key not in moved}
    return unmoved | {new: old for new, (_, old) in moves.items()}


def _moves(origins: dict[_Name, _Name]) -> dict[_Name, _Name]:
    """Leave out what stayed, and the copies of what stayed."""
    return {new: old for new, old in origins.items() if new != old and origins.get(old) != old}
