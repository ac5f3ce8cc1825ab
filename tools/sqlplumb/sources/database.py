"""Live databases by URL. Owns the URL; how an engine opens one is the engine's affair."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlplumb.config import Settings
from sqlplumb.engines import ENGINES, Engine, Location, engine
from sqlplumb.errors import ChangedMeanwhile, Problem, WrongInput
from sqlplumb.hiding import without_password

T = TypeVar("T")

_DEFAULT = "sqlite:"

LOOKS = 5  # before whoever looks is told that somebody else writes to it all the time


def looked_again(look: Callable[[], T]) -> T:
    """Until what it sees is of one moment."""
    for _ in range(LOOKS - 1):
        with suppress(ChangedMeanwhile):
            return look()
    return look()


def project_engine(settings: Settings) -> Engine:
    """Return the engine of the first database that the settings name by a URL, else of files."""
    named = [one for one in map(_url, settings.databases) if "://" in one]
    return engine(_scheme((*named, _DEFAULT)[0]))


def _url(written: str) -> str:
    is_variable = written.startswith("env:")
    return os.environ.get(written.removeprefix("env:"), "") if is_variable else written


def _scheme(url: str) -> str:
    return url.partition(":")[0].partition("+")[0]


def locate(url: str, base: Path) -> Location:
    """Return where the database of this URL is; relative paths start from `base`."""
    label = without_password(url)
    if "://" not in url:
        raise WrongInput(Problem(f"{label} is no URL", f"a file is written sqlite:///{label}"))
    return engine(_scheme(url)).locate(url, base)


def absolute(url: str, base: Path) -> str:
    """Return the same URL for whoever stands in another folder; what no engine knows stays."""
    name = _scheme(url)
    return engine(name).absolute(url, base) if name in ENGINES else url
