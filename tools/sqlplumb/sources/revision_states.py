"""What the history makes of its revisions, each state of it replayed once.

Owns the scratch on which that is done, and where it stands. Must never know which database is
compared with a state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.engines import EmptySource, Source
from sqlplumb.sources.database import project_engine
from sqlplumb.sources.history import Replay, open_replay

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

    from sqlplumb.engines import Snapshot
    from sqlplumb.sources.alembic_config import ProjectConfig

Path = tuple[str, ...]  # revisions to which the history is upgraded, one after the other


class RevisionStates:
    """`snapshots` are the states that are known already, as long as the history is the same."""

    def __init__(self, begin: Callable[[], Replay], snapshots: dict[Path, Snapshot]) -> None:
        self._begin, self._snapshots = begin, snapshots
        self._stands: Path = ()
        self.replay = begin()

    def revision_state(self, path: Path, name: str) -> Source:
        """Return what the history makes there; read it before another state is asked for."""
        if path:
            self._move_to(path)
            return self.replay.opened(f"history@{name}")
        nothing = EmptySource(project_engine(self.replay.settings))
        nothing.label = f"history@{name}"
        return nothing

    def _move_to(self, path: Path) -> None:
        if path == self._stands:
            return
        if path in self._snapshots:
            self.replay.scratch.restore(self._snapshots[path])
        elif path:
            self._move_to(path[:-1])
            move = self.replay.upgrade if path[:-1] else self._reach  # from nothing: what is known
            move(path[-1])
            self._snapshots[path] = self.replay.scratch.snapshot()
        else:
            self.replay = self._begin()
        self._stands = path

    def _reach(self, revision: str) -> None:
        self.replay.reach((revision,))


@contextmanager
def open_states(
    settings: Settings,
    snapshots: dict[Path, Snapshot],
    scripts: ScriptDirectory | None = None,
    config: ProjectConfig | None = None,
) -> Iterator[RevisionStates]:
    with ExitStack() as stack:

        def begin() -> Replay:
            return stack.enter_context(open_replay(settings, "the history", scripts, config))

        yield RevisionStates(begin, snapshots)
