"""Where the project's own code runs: one at a time, with its modules within reach.

Alembic has one `op` for a whole process, so whoever runs revisions waits for whoever does so
already. Nothing of the process is changed: neither its folder, nor its streams, nor `sys.path`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType
from typing import Any

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
            others = [number for number, one in enumerate(sys.meta_path) if one is PathFinder]
            sys.meta_path.insert((others or [len(sys.meta_path)])[0], _ProjectFinder)
    token = _FOLDERS.set((*folders, *_FOLDERS.get()))
    try:
        yield
    finally:
        _FOLDERS.reset(token)


@contextmanager
def at_home(folders: Sequence[str]) -> Iterator[None]:
    """For whatever Alembic does. `folders` are those that it would put on the path."""
    with _ALONE, importing_from(folders):
        yield


def print_to_stderr(module: ModuleType) -> None:
    """What a revision prints is no answer of ours, nor of the application that upgrades itself."""

    def printed(*values: object, **options: Any) -> None:
        print(*values, **{"file": sys.stderr, **options})  # noqa: T201

    module.__dict__.setdefault("print", printed)
