"""Read a history without running it: its revisions, what each stands on, who may write there.

One process at a time writes a history. The lock is on the folder itself: a kill releases it, and
nothing is left behind. Where a system cannot lock a folder (Windows, some network drives), nobody
waits."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING

from sqlplumb import limits
from sqlplumb.config import VERSION_TABLE, Settings
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.limits import Stopped
from sqlplumb.places import Place
from sqlplumb.sources.alembic_files import alembic_config, exclusive_alembic
from sqlplumb.sources.database import project_engine

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

    from sqlplumb.sources.alembic_config import ProjectConfig


_WHERE_TO_SAY = {
    "version_locations": "write version_locations in alembic.ini as well: env.py is not run",
    "version_table": 'set version_table = "..." in [tool.sqlplumb]: env.py is not run',
    "version_table_schema": "replay it without, or ask for `prove --env`",
}
_MAY_DIFFER = {
    "version_locations": "there may be other revisions than these",
    "version_table": f"it is taken for {VERSION_TABLE}",
    "version_table_schema": "it is replayed in the main schema",
}
_TARGET_METADATA = re.compile(r"^target_metadata\s*=(?!\s*None\b)", re.MULTILINE)


def script_directory(settings: Settings, config: ProjectConfig | None = None) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    known_config = config or alembic_config(settings)
    folder = Path(known_config.get_alembic_option("script_location") or "migrations")
    with exclusive_alembic(known_config.folders), errors_as_problems("history", folder):
        directory = ScriptDirectory.from_config(known_config)
        heads = (
            directory.get_heads()
        )  # reads the revisions now, while their own modules are in reach
    places = known_config.env_values.get("version_locations")
    if places and not places.is_known and not heads:
        raise WrongInput(_unread("version_locations", known_config, "the history here is empty"))
    return directory


def _unread(name: str, config: ProjectConfig, why: str) -> Problem:
    line = config.env_values[name].line
    message = f"{os.path.relpath(config.env_file)}:{line} sets {name} by its own code; {why}"
    return Problem(message, _WHERE_TO_SAY[name])


def is_revision(written: str, scripts: ScriptDirectory) -> bool:
    """Does the history know it, by its id, the beginning of it, or a word of Alembic's?"""
    from alembic.util import CommandError

    try:
        return written in ("base", "heads") or scripts.get_revision(written) is not None
    except CommandError:
        return False


def named(revisions: str | Sequence[str] | None) -> tuple[str, ...]:
    """Alembic says one revision, several, or none, each in its own way."""
    return (revisions,) if isinstance(revisions, str) else tuple(revisions or ())


def parents_of(script: Script) -> tuple[str, ...]:
    """What a downgrade of it leads to."""
    return named(script.down_revision)


def bases_of(script: Script) -> tuple[str, ...]:
    """What must have run before it: several for a merge, and what it depends on."""
    return tuple(dict.fromkeys((*parents_of(script), *named(script.dependencies))))


def unnamed(scripts: ScriptDirectory, label: str, settings: Settings) -> Iterator[Problem]:
    """A naming convention reaches revisions through env.py, which is not run."""
    env = Path(scripts.dir, "env.py")
    if settings.metadata or not env.is_file():
        return
    if _TARGET_METADATA.search(env.read_text("utf-8", "replace")):
        message = f"{label}: env.py is not run, so no naming convention of its metadata holds"
        yield Problem(message, 'set metadata = "package.module:attribute" in [tool.sqlplumb]')


def unread(config: ProjectConfig, settings: Settings) -> Iterator[Problem]:
    """What env.py says of the history, and as only it can tell."""
    values = config.env_values
    for name, why in _MAY_DIFFER.items():
        value = values.get(name)
        is_set = name == "version_table" and settings.version_table != VERSION_TABLE
        if value and not value.is_known and not is_set:
            yield _unread(name, config, why)
    schema = values.get("version_table_schema")
    main_schema = project_engine(settings).main_schema
    if schema and schema.is_known and schema.value not in (None, main_schema):
        why = "it is replayed in the main schema"
        yield _unread("version_table_schema", config, why)


def known_to(scripts: ScriptDirectory, revision: str) -> bool:
    """Is there a revision of exactly this id?"""
    from alembic.util import CommandError

    try:
        return bool(scripts.get_revision(revision).revision == revision)
    except CommandError:
        return False


def target_of(scripts: ScriptDirectory, revision: str) -> str:
    """The revision to replay to; empty where there is nothing to replay."""
    if revision == "base":
        return ""
    if revision:
        return _known(scripts, revision)
    heads = scripts.get_heads()
    if len(heads) > 1:
        message = f"the history has {len(heads)} heads: {', '.join(sorted(heads))}"
        hint = "name one, as history@REV, or join them with `alembic merge heads`"
        raise WrongInput(Problem(message, hint))
    return heads[0] if heads else ""


def _known(scripts: ScriptDirectory, revision: str) -> str:
    from alembic.util import CommandError

    try:
        return str(scripts.get_revision(revision).revision)
    except CommandError as error:
        hint = "`alembic history` lists the revisions"
        raise WrongInput(Problem(f"no such revision: {error}", hint)) from error


@contextmanager
def errors_as_problems(
    label: str, folder: Path, blame: type[PlumbError] = WrongInput
) -> Iterator[None]:
    """Revisions are somebody's code: whatever they raise is told with the line that raised it."""
    try:
        yield
    except (PlumbError, KeyboardInterrupt):
        raise
    except Stopped as stop:
        if (place := _place_in(folder, stop)) and DRAFT not in place.file:  # which is gone then
            stop.problem = replace(stop.problem, place=place)
        raise
    except BaseException as error:
        where = _place_in(folder, error)
        failed = "cannot be replayed" if blame is WrongInput else "failed"
        message = f"{label} {failed}: {type(error).__name__}: {error}".partition("\n")[0]
        hint = f"it fails in {where}" if where else "look at it with `alembic history`"
        raise blame(Problem(message, hint)) from error


def _place_in(folder: Path, error: BaseException) -> Place | None:
    """The deepest line of the history itself, from which everything else was called; as a person
    may open it from where the command was given."""
    where = None
    for frame in extract_tb(error.__traceback__):
        if Path(frame.filename).is_relative_to(folder.resolve()):
            where = Place(os.path.relpath(frame.filename), frame.lineno or 1)
    return where


DRAFT = ".sqlplumb-"  # begins the name of a folder in which a revision is written
_HALF_WRITTEN = (f"{DRAFT}*", ".proofs.toml-*")
_PATIENCE = 120.0  # seconds
_TURN = 0.1
_HELD = ContextVar[frozenset[Path]]("folders that are locked", default=frozenset())


def in_silence(words: str) -> None:
    """Nobody hears it."""


@contextmanager
def locked_folder(folder: Path, tell: Callable[[str], None] = in_silence) -> Iterator[None]:
    """`tell` hears of it where another has the folder. Whoever has it already may ask again."""
    folder = folder.resolve()
    if folder in _HELD.get():
        yield
        return
    handle = os.open(folder, os.O_RDONLY) if os.name == "posix" else -1
    try:
        if handle >= 0 and _locked(handle, folder, tell):
            _clear(folder)
        token = _HELD.set(_HELD.get() | {folder})
        try:
            yield
        finally:
            _HELD.reset(token)
    finally:
        if handle >= 0:
            os.close(handle)


def _locked(handle: int, folder: Path, tell: Callable[[str], None]) -> bool:
    import fcntl

    start, name = time.monotonic(), os.path.relpath(folder)
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() - start > _PATIENCE:
                message = f"another sqlplumb has been writing in {name} for {_PATIENCE:g} s"
                hint = "nothing was written; run it again when that one is done"
                raise Refused(Problem(message, hint)) from None
        except OSError:
            return False
        else:
            limits.current().restart()
            return True
        if time.monotonic() - start < _TURN:
            tell(f"another sqlplumb writes in {name}: waiting until it is done")
        time.sleep(_TURN)


def _clear(folder: Path) -> None:
    """Whoever began these has no lock any more, so it was killed."""
    for pattern in _HALF_WRITTEN:
        for path in folder.glob(pattern):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
