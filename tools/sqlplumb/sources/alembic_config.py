"""Alembic's configuration with every path in it made absolute.

Alembic starts relative paths from the working folder, which is where its file lies for whoever
calls `alembic` there. Here they start from the folder of the file, wherever sqlplumb is called.
This module imports Alembic: import it where Alembic is needed, and nowhere else.
"""

from __future__ import annotations

import os
from pathlib import Path

from alembic.config import Config, PostWriteHookConfig

from sqlplumb.config.env_file import read_env

_OPTIONS_OF_ENV = {
    "version_locations",
    "version_path_separator",
    "path_separator",
    "recursive_version_locations",
}


class ProjectConfig(Config):
    """`folders` are what Alembic would put on `sys.path`, which stays as it is; `env_values` are
    what env.py says, as far as that can be read."""

    def __init__(self, root: Path, ini: Path, toml: Path | None) -> None:
        super().__init__(str(ini), toml_file=str(toml) if toml else None)
        self._root = root.resolve()
        if location := self.get_alembic_option("script_location"):
            self.set_main_option("script_location", self._absolute(location).replace("%", "%%"))
        folders = super().get_prepend_sys_paths_list() or []
        self.env_file = Path(self.get_alembic_option("script_location") or "", "env.py")
        self.env_values = read_env(self.env_file, self.get_main_option)
        for name in _OPTIONS_OF_ENV & self.env_values.keys():
            if isinstance(value := self.env_values[name].value, str):
                self.set_main_option(name, value.replace("%", "%%"))
        self.folders = tuple(str((self._root / folder).resolve()) for folder in folders)

    def _absolute(self, written: str) -> str:
        """Return an absolute path; `package:folder` is a place inside of a package."""
        inside = ":" in written and not Path(written).is_absolute()
        return written if inside else os.path.normpath(self._root / written)

    def get_prepend_sys_paths_list(self) -> list[str] | None:
        return None

    def get_version_locations_list(self) -> list[str] | None:
        locations = super().get_version_locations_list()
        return [self._absolute(location) for location in locations] if locations else locations

    def get_hooks_list(self) -> list[PostWriteHookConfig]:
        return [{"cwd": str(self._root), **hook} for hook in super().get_hooks_list()]
