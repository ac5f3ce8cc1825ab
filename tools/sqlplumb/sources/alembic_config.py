"""Alembic's configuration with every path in it made absolute.

Alembic starts relative paths from the working folder. Here they start where `AlembicFiles` says,
wherever sqlplumb is called. This module imports Alembic: import it where Alembic is needed, and
nowhere else.
"""

from __future__ import annotations

import os
from pathlib import Path

from alembic.config import Config, PostWriteHookConfig

from sqlplumb.config.alembic_files import AlembicFiles
from sqlplumb.config.env_file import read_env

_OPTIONS_OF_ENV = {
    "version_locations",
    "version_path_separator",
    "path_separator",
    "recursive_version_locations",
}


class ProjectConfig(Config):
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
        self.env_file = Path(location, "env.py")
        self.env_values = read_env(self.env_file, self.get_main_option)
        for name in _OPTIONS_OF_ENV & self.env_values.keys():
            if isinstance(value := self.env_values[name].value, str):
                self.set_main_option(name, value.replace("%", "%%"))
        folders = super().get_prepend_sys_paths_list() or []
        if location == str(ini.parent.resolve()):  # `flask db` runs where the application is
            folders = [*folders, str(files.root)]
        self.folders = tuple(str((self.base / folder).resolve()) for folder in folders)
        self.arguments = {"engine_name": files.database} if files.database else {}

    def _absolute(self, written: str) -> str:
        """Return an absolute path; `package:folder` is a place inside of a package."""
        inside = ":" in written and not Path(written).is_absolute()
        return written if inside else os.path.normpath(self.base / written)

    def get_prepend_sys_paths_list(self) -> list[str] | None:
        return None

    def get_version_locations_list(self) -> list[str] | None:
        locations = super().get_version_locations_list()
        return [self._absolute(location) for location in locations] if locations else locations

    def get_hooks_list(self) -> list[PostWriteHookConfig]:
        return [{"cwd": str(self.base), **hook} for hook in super().get_hooks_list()]
