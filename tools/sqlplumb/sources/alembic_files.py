"""Alembic's own configuration, as Alembic reads it: both files, from the project's folder."""

from __future__ import annotations

from contextlib import chdir
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.errors import Problem, WrongInput

if TYPE_CHECKING:
    from alembic.config import Config


def alembic_config(settings: Settings) -> Config:
    from alembic.config import Config

    if not settings.has_history:
        message = f"no alembic.ini in {settings.root}, so there is no history to replay"
        raise WrongInput(Problem(message, "run it where alembic.ini is, or name another source"))
    return Config(
        str(settings.alembic_ini or settings.root / "alembic.ini"),
        toml_file=str(settings.alembic_toml) if settings.alembic_toml else None,
    )


def prepended_folders(settings: Settings) -> list[str]:
    """What Alembic would put on the path before it imports anything."""
    if not settings.has_history:
        return []
    with chdir(settings.root):
        written = alembic_config(settings).get_prepend_sys_paths_list() or []
    return [str((settings.root / folder).resolve()) for folder in written]
