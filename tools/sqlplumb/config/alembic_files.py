"""Where the files of Alembic are that a project has, and where a path in them starts.

Alembic starts relative paths from the working folder: that of the file for whoever calls `alembic`
there, that of the project for whoever names the file by `-c`. Which of the two is meant is seen by
where env.py is. Stdlib only; the project's code is never run.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.errors import Problem, WrongInput
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from configparser import ConfigParser

SECTION = "alembic"
_NOT_LOOKED_INTO = frozenset(
    "build dist docs env examples node_modules site-packages test tests venv".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlembicFiles:
    """`root` is the folder of the settings. Alembic reads both files where there are two; `section`
    is that of the ini file. A history of several databases (Alembic's template `multidb`) gives its
    revisions the name of one of them: `database`."""

    root: Path
    ini: Path | None = None
    toml: Path | None = None
    section: str = SECTION
    database: str = ""

    @property
    def file(self) -> Path:
        file = self.ini or self.toml
        assert file
        return file

    def named(self, name: str) -> AlembicFiles:
        """Return the same files for `alembic --name`, or for this one of several databases."""
        own = _ini_options(self.ini, name) if self.ini else None
        is_one_of_several = name in self.databases() and "script_location" not in (own or {})
        section, database = (SECTION, name) if is_one_of_several else (name, "")
        return AlembicFiles(
            root=self.root, ini=self.ini, toml=self.toml, section=section, database=database
        )

    def has_section(self) -> bool:
        """Has the ini file the section that is to be read? What pyproject.toml says needs none."""
        has_ini = self.ini is not None and _ini_options(self.ini, self.section) is not None
        return has_ini or (self.toml is not None and self.section == SECTION)

    def databases(self) -> tuple[str, ...]:
        """Return the databases of a history of several: each has a section of the ini file."""
        if self.ini is None:
            return ()
        options = _ini_options(self.ini, self.section) or {}
        names = [name.strip() for name in options.get("databases", "").split(",")]
        return tuple(name for name in names if name and _ini_options(self.ini, name) is not None)

    def options(self) -> Mapping[str, str]:
        """Return the options that are texts."""
        options: dict[str, str] = {}
        if self.toml is not None and self.toml.is_file():
            table = _toml_options(self.toml)
            here = self.toml.resolve().parent.as_posix()
            options |= {
                key: value.replace("%(here)s", here).replace("%%", "%")
                for key, value in table.items()
                if isinstance(value, str)
            }
        if self.ini is not None:
            options |= _ini_options(self.ini, self.section) or {}
        return options

    def url(self) -> str:
        """Return the URL of the database; empty where the ini file names none."""
        section = self.database or self.section
        options = _ini_options(self.ini, section) if self.ini else None
        return (options or {}).get("sqlalchemy.url", "")

    def base(self) -> Path:
        """Return the folder from which relative paths of the file start."""
        written = self.options().get("script_location", "")
        bases = list(dict.fromkeys((self.file.resolve().parent, self.root.resolve())))
        found = [base for base in bases if Path(base, written, "env.py").is_file()]
        if len(found) > 1 and written and not (":" in written or Path(written).is_absolute()):
            folders = " or ".join(os.path.relpath(base / written) for base in found)
            message = f"{os.path.relpath(self.file)}: script_location = {written} may be {folders}"
            raise WrongInput(
                Problem(message, "write it as %(here)s/..., from the folder of the file")
            )
        return (found or bases)[0]

    def script_location(self) -> str:
        """Return the location of env.py, as an absolute path where it is one; empty where nothing
        says it. A file that lies beside env.py need not say it: Flask-Migrate lays it there."""
        written = self.options().get("script_location", "")
        if not written:
            beside = self.file.resolve().parent
            return str(beside) if (beside / "env.py").is_file() else ""
        is_inside = ":" in written and not Path(written).is_absolute()  # package:folder
        return written if is_inside else os.path.normpath(self.base() / written)

    def script_folder(self) -> Path | None:
        """Return the folder of env.py where that is said plainly; None where Alembic must tell."""
        try:
            location = self.script_location()
        except WrongInput:
            return None
        return Path(location) if location and ":" not in Path(location).name else None

    def env_file(self, folders: Sequence[str] = ()) -> Path | None:
        """Return the path of env.py, inside of a package as well: that is looked for where an
        import would look, first in these folders, and is not imported."""
        if folder := self.script_folder():
            return folder / "env.py"
        try:
            package, *inside = self.script_location().split(":")
            own = (self.base(), self.root, self.root / "src")
        except WrongInput:
            return None
        found = _package_folder(package, [*folders, *map(str, own), *sys.path]) if inside else None
        return found.joinpath(*inside, "env.py") if found else None

    def refuse_a_form(self) -> None:
        """Raise WrongInput where the application fills in the location, as str.format does."""
        if "{" in (written := self.options().get("script_location", "")):
            file = os.path.relpath(self.file)
            message = f"{file}: script_location = {written} is filled in by the application"
            advice = "name the folder beside it, where only your own commands read it:"
            advice += ' script_location = "%(here)s/..." in [tool.alembic] of pyproject.toml'
            raise WrongInput(Problem(message, advice))


def _package_folder(name: str, folders: Sequence[str]) -> Path | None:
    """Return the folder of a package that an import would find in these folders."""
    for part in name.split("."):
        spec = PathFinder.find_spec(part, list(folders))
        folders = list(spec.submodule_search_locations or ()) if spec else []
    return Path(folders[0]) if folders else None


def _toml_options(file: Path) -> Mapping[str, object]:
    try:
        options = tomllib.loads(file.read_text("utf-8"))["tool"]["alembic"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongInput(Problem(f"{file} cannot be parsed as TOML: {error}")) from error
    except (KeyError, TypeError):
        return {}
    return options if isinstance(options, dict) else {}


def _ini_options(ini: Path, section: str) -> dict[str, str] | None:
    """Return what stands in this section; None where there is no such section."""
    import configparser  # which a check of a project without one need not import

    try:
        parser = _parsed(ini, ini.read_text("utf-8") if ini.is_file() else "")
        return dict(parser.items(section)) if parser.has_section(section) else None
    except (configparser.Error, UnicodeDecodeError) as error:
        message = f"{os.path.relpath(ini)} cannot be read: {error}".partition("\n")[0]
        raise WrongInput(Problem(message)) from error


@lru_cache(maxsize=8)
def _parsed(ini: Path, text: str) -> ConfigParser:
    """Parse each text once: a command asks for many options."""
    from configparser import ConfigParser

    here = ini.absolute().parent.as_posix().replace("%", "%%")
    parser = ConfigParser({"here": here})
    parser.read_string(text, str(ini))
    return parser


def find_alembic_ini(root: Path) -> list[Path]:
    """Return each alembic.ini in the folders below, where the folder itself has none: one folder
    down, one more in `src`, and one more in a package, where Flask-Migrate's migrations lie. What
    has settings of its own is another project."""
    folders = (*_folders(root), *_folders(root / "src"))
    packages = [each for each in folders if (each / "__init__.py").is_file()]
    inside = (
        each for package in packages if not _is_project(package) for each in _folders(package)
    )
    return sorted(
        folder / "alembic.ini"
        for folder in (*folders, *inside)
        if (folder / "alembic.ini").is_file() and not _is_project(folder)
    )


def find_deep_alembic_ini(root: Path) -> list[Path]:
    """Return each alembic.ini at whatever depth. It costs a walk through the whole tree, and what
    lies deep may be a fixture: only `init` asks, which writes down what was found."""
    found: list[Path] = []
    for written, names, files in os.walk(root):
        folder = Path(written)
        is_other = folder != root and _is_project(folder)
        names[:] = [] if is_other else sorted(filter(_is_looked_into, names))
        if "alembic.ini" in files and not is_other:
            found.append(folder / "alembic.ini")
    return found


def _is_looked_into(name: str) -> bool:
    return not (name.startswith(".") or name in _NOT_LOOKED_INTO)


def _folders(folder: Path) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if _is_looked_into(entry.name) and entry.is_dir():
            yield Path(entry.path)


def _is_project(folder: Path) -> bool:
    files = [folder / name for name in ("pyproject.toml", "alembic.ini")]
    return any(
        file.is_file() and "sqlplumb" in file.read_text("utf-8", "replace") for file in files
    )
