"""The Alembic history, replayed on a scratch up to one revision.

The project's env.py is not run: it knows the address of a real database, and a check must never be
able to reach one. Revisions run in Alembic's own environment, on a connection of ours.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, chdir, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from sqlplumb.config import Settings
from sqlplumb.engines import Fillable, Opened, engine
from sqlplumb.errors import DatabaseFailed, PlumbError, Problem, WrongInput
from sqlplumb.sources.alembic_files import alembic_config

_TARGET_METADATA = re.compile(r"^target_metadata\s*=(?!\s*None\b)", re.MULTILINE)

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import Script, ScriptDirectory
    from sqlalchemy import Connection


@contextmanager
def open_history(revision: str, settings: Settings) -> Iterator[Opened]:
    label = f"history@{revision}" if revision else "history"
    with open_replay(settings, label) as replay:
        if target := replay.target(revision):
            replay.upgrade(target)
        yield replay.opened()


@dataclass(frozen=True, slots=True)
class Replay:
    """A scratch on which revisions are run, up and down."""

    label: str
    settings: Settings
    config: Config
    scripts: ScriptDirectory
    scratch: Fillable

    def target(self, revision: str) -> str:
        """The revision that is meant; empty where there is none."""
        with self._at_home():
            return _target(self.scripts, revision)

    def upgrade(self, revision: str) -> None:
        self._run(revision, self.scripts._upgrade_revs)

    def downgrade(self, revision: str) -> None:
        self._run(revision, self.scripts._downgrade_revs)

    def upgrade_on(self, bind: Connection, revision: str, label: str) -> None:
        """This one revision on a connection of somebody else's, in the transaction there."""
        with self._at_home(label, DatabaseFailed):
            _migrate(self, revision, self.scripts._upgrade_revs, bind)

    def pending(self, known: Sequence[str]) -> tuple[Script, ...]:
        """What leads from these revisions to the end of the history, in the order of running."""
        with self._at_home():
            target = _target(self.scripts, "")
            current: Any = tuple(known)
            steps: Any = self.scripts._upgrade_revs(target, current) if target else ()
            return tuple(self.scripts.get_revision(one.revision.revision) for one in steps)

    def opened(self) -> Opened:
        opened = self.scratch.opened(self.label, "sql")
        unnamed = tuple(_unnamed(self.scripts, self.label, self.settings))
        return replace(opened, passed_over=unnamed)

    def _run(self, revision: str, revisions: Callable[[str, Any], Any]) -> None:
        with self._at_home(), self.scratch.alchemy.connect() as bind:
            _migrate(self, revision, revisions, bind)
            bind.commit()

    @contextmanager
    def _at_home(self, label: str = "", blame: type[PlumbError] = WrongInput) -> Iterator[None]:
        """Alembic reads its paths from where it is started, and so may revisions."""
        folder = Path(self.config.get_alembic_option("script_location") or ".")
        with (
            chdir(self.settings.root),
            redirect_stdout(sys.stderr),
            _told_as_problem(label or self.label, folder, blame),
        ):
            yield


@contextmanager
def open_replay(
    settings: Settings, label: str = "history", scripts: ScriptDirectory | None = None
) -> Iterator[Replay]:
    """Nothing is run yet. `scripts` may hold a revision that the project does not have."""
    config = alembic_config(settings)
    config.set_main_option("sqlalchemy.url", "sqlite://")
    with engine(settings.engine).open_fillable() as scratch:
        found = scripts or script_directory(settings, config)
        yield Replay(label, settings, config, found, scratch)


OpenScratch = Callable[[], AbstractContextManager[Replay]]


def scratches(settings: Settings, script: Script, scripts: ScriptDirectory) -> OpenScratch:
    """Each stands where this revision begins. What led there is replayed once."""
    images: list[bytes] = []

    @contextmanager
    def opened() -> Iterator[Replay]:
        with open_replay(settings, f"revision {script.revision}", scripts) as replay:
            if images:
                replay.scratch.restore(images[0])
            else:
                for base in bases_of(script):
                    replay.upgrade(base)
                images.append(replay.scratch.image())
            yield replay

    return opened


def script_directory(settings: Settings, config: Config | None = None) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    folder = Path("migrations")
    with chdir(settings.root), redirect_stdout(sys.stderr), _told_as_problem("history", folder):
        found = ScriptDirectory.from_config(config or alembic_config(settings))
        found.get_heads()  # reads the revisions now, while it is where its paths begin
        return found


def is_revision(written: str, scripts: ScriptDirectory) -> bool:
    """Does the history know it, by its id, the beginning of it, or a word of Alembic's?"""
    from alembic.util import CommandError

    try:
        return written in ("base", "heads") or scripts.get_revision(written) is not None
    except CommandError:
        return False


def named(said: str | Sequence[str] | None) -> tuple[str, ...]:
    """Alembic says one revision, several, or none, each in its own way."""
    return (said,) if isinstance(said, str) else tuple(said or ())


def parents_of(script: Script) -> tuple[str, ...]:
    """What a downgrade of it leads to."""
    return named(script.down_revision)


def bases_of(script: Script) -> tuple[str, ...]:
    """What must have run before it: several for a merge, and what it depends on."""
    return tuple(dict.fromkeys((*parents_of(script), *named(script.dependencies))))


def _unnamed(scripts: ScriptDirectory, label: str, settings: Settings) -> Iterator[Problem]:
    """A naming convention reaches revisions through env.py, which is not run."""
    env = Path(scripts.dir, "env.py")
    if settings.metadata or not env.is_file():
        return
    if _TARGET_METADATA.search(env.read_text("utf-8", "replace")):
        message = f"{label}: env.py is not run, so no naming convention of its metadata holds"
        yield Problem(message, 'set metadata = "package.module:attribute" in [tool.sqlplumb]')


def _target(scripts: ScriptDirectory, revision: str) -> str:
    """The revision to replay to; empty where there is nothing to replay."""
    if revision == "base":
        return ""
    if revision:
        return str(scripts.get_revision(revision).revision)
    heads = scripts.get_heads()
    if len(heads) > 1:
        message = f"the history has {len(heads)} heads: {', '.join(sorted(heads))}"
        hint = "name one, as history@REV, or join them with `alembic merge heads`"
        raise WrongInput(Problem(message, hint))
    return heads[0] if heads else ""


def _migrate(
    replay: Replay, target: str, revisions: Callable[[str, Any], Any], bind: Connection
) -> None:
    from alembic.runtime.environment import EnvironmentContext

    def steps(revision: Any, context: Any) -> Any:
        # What `alembic upgrade` itself hands to its environment; there is no public name for it.
        return revisions(target, revision)

    scripts, settings = replay.scripts, replay.settings
    with EnvironmentContext(
        replay.config, scripts, fn=steps, destination_rev=target
    ) as environment:
        environment.configure(
            connection=bind,
            target_metadata=_naming(settings),
            version_table=settings.version_table,
        )
        with environment.begin_transaction():
            environment.run_migrations()


def _naming(settings: Settings) -> Any:
    """The project's own MetaData: its naming convention names what revisions leave unnamed."""
    if not settings.metadata:
        return None
    from sqlplumb.sources.metadata import import_metadata

    return import_metadata(settings.metadata, settings)


@contextmanager
def _told_as_problem(
    label: str, folder: Path, blame: type[PlumbError] = WrongInput
) -> Iterator[None]:
    """Revisions are somebody's code: whatever they raise is told with the line that raised it."""
    try:
        yield
    except (PlumbError, KeyboardInterrupt):
        raise
    except BaseException as error:
        where = _last_line_in(folder, error)
        failed = "cannot be replayed" if blame is WrongInput else "failed"
        message = f"{label} {failed}: {type(error).__name__}: {error}".partition("\n")[0]
        hint = f"it fails in {where}" if where else "look at it with `alembic history`"
        raise blame(Problem(message, hint)) from error


def _last_line_in(folder: Path, error: BaseException) -> str:
    """The deepest line of the history itself, from which everything else was called."""
    where = ""
    for frame in extract_tb(error.__traceback__):
        file = Path(frame.filename)
        if file.is_relative_to(folder.resolve()):
            where = f"{folder / file.relative_to(folder.resolve())}:{frame.lineno}"
    return where
