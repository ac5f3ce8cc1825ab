"""Where a history lies, where an ini file says so in plain words. Stdlib only.

Whoever can wait for Alembic asks Alembic; anything but the plain case is left to it.
"""

from __future__ import annotations

import configparser
from pathlib import Path

from sqlplumb.config.env_file import read_env
from sqlplumb.config.settings import Settings

_ELSEWHERE = ("version_locations", "recursive_version_locations", "sourceless")


def plain_location(settings: Settings) -> Path | None:
    if settings.alembic_ini is None or settings.alembic_toml is not None:
        return None
    here = settings.alembic_ini.parent.as_posix().replace("%", "%%")
    parser = configparser.ConfigParser({"here": here})
    try:
        parser.read(settings.alembic_ini, "utf-8")
        said = dict(parser.items("alembic"))
    except (configparser.Error, UnicodeDecodeError):
        return None
    written = said.get("script_location", "")
    if not written or ":" in written or any(key in said for key in _ELSEWHERE):
        return None
    folder = settings.root / written
    return None if "version_locations" in read_env(folder / "env.py", said.get) else folder
