"""Alembic's configuration with every path in it made absolute.

Alembic starts relative paths from the working folder. Here they start where `AlembicFiles` says,
wherever sqlplumb is called. This module imports Alembic: import it where Alembic is needed, and
nowhere else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import alembic
from alembic.config import Config
from alembic.util import coerce_resource_to_filename

from sqlplumb.config.alembic_files import AlembicFiles
from sqlplumb.config.env_file import read_env
from sqlplumb.errors import Problem, WrongInput

_OPTIONS_OF_ENV = {
    "version_locations",
    "version_path_separator",
    "path_separator",
    "recursive_version_locations",
}


class _IniConfig(Config):
    """The configuration of an Alembic before 1.16, with the methods that later ones have. It reads
    no TOML, and its ScriptDirectory asks for options of the file, never for these methods."""

    def __init__(self, ini: str, toml_file: str | None, ini_section: str) -> None:
        super().__init__(ini, ini_section=ini_section)
        if toml_file and not Path(ini).is_file():
            message = f"Alembic {alembic.__version__} does not read [tool.alembic] of {toml_file}"
            raise WrongInput(Problem(message, "take Alembic 1.16 or newer, or write alembic.ini"))
        if not self.file_config.has_section(ini_section):  # later ones take it for empty
            self.file_config.add_section(ini_section)

    def get_alembic_option(self, name: str, default: Any = None) -> Any:
        return self.get_main_option(name, default)

    def get_prepend_sys_paths_list(self) -> list[str] | None:
        written = self.get_main_option("prepend_sys_path")
        return re.split(r", *|(?: +)|\:", written) if written else None

    def get_version_locations_list(self) -> list[str] | None:
        written = self.get_main_option("version_locations")
        separators = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}
        separator = separators.get(self.get_main_option("version_path_separator") or "")
        parts = re.split(re.escape(separator) if separator else r", *|(?: +)", written or "")
        return [part.strip() for part in parts if part.strip()] or None

    def set_options(self, locations: list[str] | None, hook_options: Mapping[str, str]) -> None:
        """Write what the methods of ProjectConfig say into the options, which stay in memory."""
        self.remove_main_option("prepend_sys_path")
        if locations:
            folders = [str(coerce_resource_to_filename(location)) for location in locations]
            separator = next(mark for mark in ";: " if mark not in "".join(folders))
            written = separator.join(map(os.path.abspath, folders)).replace("%", "%%")
            self.set_main_option("version_locations", written)
            named = {" ": "space"}.get(separator, separator)
            self.set_main_option("version_path_separator", named)
        hooks = self.get_section("post_write_hooks", {})
        for name in re.split(r", *|(?: +)", hooks.get("hooks", "")):
            for option, value in hook_options.items() if name else ():
                if f"{name}.{option}" not in hooks:
                    written = value.replace("%", "%%")
                    self.set_section_option("post_write_hooks", f"{name}.{option}", written)


if TYPE_CHECKING or hasattr(Config, "get_alembic_option"):
    from alembic.config import Config as _Config
else:
    _Config = _IniConfig


class ProjectConfig(_Config):
    """`folders` are what Alembic would put on `sys.path`, which stays as it is; `env_values` are
    what env.py says, as far as that can be read; `arguments` are what env.py would hand to each
    revision."""

    def __init__(self, files: AlembicFiles) -> None:
        self.files = files
        ini = files.ini or files.file.parent / "alembic.ini"
        toml = str(files.toml) if files.toml else None
        super().__init__(str(ini), toml_file=toml, ini_section=files.section)
        self.base = files.base()
        if location := files.script_location():
            self.set_main_option("script_location", location.replace("%", "%%"))
        folders = super().get_prepend_sys_paths_list() or []
        if location == str(ini.parent.resolve()):  # `flask db` runs where the application is
            folders = [*folders, str(files.root)]
        self.folders = tuple(str((self.base / folder).resolve()) for folder in folders)
        self.env_file = files.env_file(self.folders) or Path(location, "env.py")
        self.env_values = read_env(self.env_file, self.get_main_option)
        for name in _OPTIONS_OF_ENV & self.env_values.keys():
            if isinstance(value := self.env_values[name].value, str):
                self.set_main_option(name, value.replace("%", "%%"))
        self.arguments = {"engine_name": files.database} if files.database else {}
        if isinstance(self, _IniConfig):
            self.set_options(self.get_version_locations_list(), {"cwd": str(self.base)})

    def _absolute(self, written: str) -> str:
        """Return an absolute path; `package:folder` is a place inside of a package."""
        inside = ":" in written and not Path(written).is_absolute()
        return written if inside else os.path.normpath(self.base / written)

    def get_prepend_sys_paths_list(self) -> list[str] | None:
        return None

    def get_version_locations_list(self) -> list[str] | None:
        locations = super().get_version_locations_list()
        return [self._absolute(location) for location in locations] if locations else locations

    def get_hooks_list(self) -> list[Mapping[str, str]]:
        return [{"cwd": str(self.base), **hook} for hook in super().get_hooks_list()]
