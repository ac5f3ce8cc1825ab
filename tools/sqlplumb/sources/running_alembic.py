"""Read Alembic's configuration as Alembic does; run Alembic with the project's modules in reach.

Alembic has one `op` for a whole process, so whoever runs revisions waits for whoever does so
already. Must never change the process: neither its folder, nor its streams, nor `sys.path`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sqlplumb.config import Settings
from sqlplumb.config.alembic_files import AlembicFiles
from sqlplumb.errors import PlumbError, Problem, WrongInput

if TYPE_CHECKING:
    from sqlplumb.sources.alembic_config import ProjectConfig


def alembic_config(settings: Settings) -> ProjectConfig:
    """Read alembic.ini, or what stands for it in pyproject.toml."""
    from sqlplumb.sources.alembic_config import ProjectConfig

    files = history_files(settings)
    with _errors_as_problems(settings):
        return ProjectConfig(files)


def history_files(settings: Settings) -> AlembicFiles:
    """Return the files of Alembic; raise WrongInput where they are not there, or not chosen."""
    settings.require_name()
    files = settings.alembic
    if files is None:
        raise WrongInput(_no_history(settings))
    file, advice = os.path.relpath(files.file), "let `alembic` in [tool.sqlplumb] name the file"
    if not files.file.is_file():
        raise WrongInput(Problem(f"{file}, which the settings name, does not exist", advice))
    with _errors_as_problems(settings):
        missing = "" if files.has_section() else files.section
        databases = () if files.database else files.databases()
        files.refuse_a_form()
    if missing:
        message = f"{file} has no section [{missing}]"
        raise WrongInput(Problem(message, "it is named by `name` in the settings, or by --name"))
    if databases:
        message = f"{file}: it is the history of several databases: {', '.join(databases)}"
        advice = f'say --name {databases[0]}, or set name = "{databases[0]}" in the settings'
        raise WrongInput(Problem(message, advice))
    return files


def _no_history(settings: Settings) -> Problem:
    message = f"no alembic.ini in {settings.root}, so there is no history to replay"
    advice = "run it where alembic.ini is, begin one with `sqlplumb init`, or name another source"
    if settings.histories:
        message = f"{settings.root} has several histories below: {', '.join(settings.histories)}"
        advice = f'choose one: alembic = "{settings.histories[0]}" in [tool.sqlplumb]; or "none"'
    return Problem(message, advice)


def module_folders(settings: Settings) -> tuple[str, ...]:
    """Return the folders of the project's own modules: where Alembic looks, the root, and src."""
    prepended = alembic_config(settings).folders if settings.has_history else ()
    own = [str(folder) for folder in (settings.root, settings.root / "src") if folder.is_dir()]
    return tuple(dict.fromkeys((*prepended, *own)))


def script_folder(settings: Settings) -> Path:
    """Return the folder where env.py and the revisions lie, or are to lie."""
    from alembic.util import coerce_resource_to_filename

    config = alembic_config(settings)
    with _errors_as_problems(settings), exclusive_alembic(config.folders):
        written = config.get_alembic_option("script_location")
        if not written:
            message = f"{os.path.relpath(config.files.file)} names no script_location"
            raise WrongInput(Problem(message, "add `script_location = %(here)s/migrations`"))
        return Path(coerce_resource_to_filename(written)).resolve()


@contextmanager
def _errors_as_problems(settings: Settings) -> Iterator[None]:
    try:
        yield
    except PlumbError:
        raise
    except Exception as error:  # configparser, tomllib, Alembic: each has its own
        message = f"Alembic's configuration in {settings.root} cannot be read: {error}"
        raise WrongInput(
            Problem(message.partition("\n")[0], "`alembic history` says more")
        ) from error


_ALONE = RLock()
_FOLDERS = ContextVar[tuple[str, ...]]("folders of the project", default=())


class _ProjectFinder:
    """Finds modules in the project's folders, for whoever stands in `importing_from` alone. It
    stays on `sys.meta_path`: to take it away again would disturb imports of other threads."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        folders = _FOLDERS.get()
        if path is not None or not folders:
            return None
        return PathFinder.find_spec(name, [*folders, *sys.path])


@contextmanager
def importing_from(folders: Sequence[str]) -> Iterator[None]:
    """Imports look into these folders first, as if `sys.path` began with them; in this thread."""
    with _ALONE:
        if _ProjectFinder not in sys.meta_path:
            finders = sys.meta_path
            place = finders.index(PathFinder) if PathFinder in finders else len(finders)
            finders.insert(place, _ProjectFinder)
    token = _FOLDERS.set((*folders, *_FOLDERS.get()))
    try:
        yield
    finally:
        _FOLDERS.reset(token)


@contextmanager
def exclusive_alembic(folders: Sequence[str]) -> Iterator[None]:
    """Hold this for whatever Alembic does. `folders` are those that it would put on the path."""
    with _ALONE, importing_from(folders):
        yield


def print_to_stderr(module: ModuleType) -> None:
    """Send what a revision prints to standard error: it is no answer of ours, nor of the
    application that upgrades itself."""

    def printed(*values: object, **options: Any) -> None:
        print(*values, **{"file": sys.stderr, **options})  # noqa: T201

    module.__dict__.setdefault("print", printed)
