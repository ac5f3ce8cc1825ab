"""Alembic's own configuration, as Alembic reads it: both files, from the project's folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.sources.home import at_home

if TYPE_CHECKING:
    from alembic.config import Config


def alembic_config(settings: Settings) -> Config:
    from alembic.config import Config

    if not settings.has_history:
        message = f"no alembic.ini in {settings.root}, so there is no history to replay"
        hint = "run it where alembic.ini is, begin one with `sqlplumb init`, or name another source"
        raise WrongInput(Problem(message, hint))
    config = Config(
        str(settings.alembic_ini or settings.root / "alembic.ini"),
        toml_file=str(settings.alembic_toml) if settings.alembic_toml else None,
    )
    with _told_as_configuration(settings), at_home(settings):
        config.get_alembic_option("script_location")  # reads the file, and so finds what is wrong
        config.get_prepend_sys_paths_list()
    return config


def prepended_folders(settings: Settings) -> list[str]:
    """What Alembic would put on the path before it imports anything."""
    if not settings.has_history:
        return []
    with at_home(settings):
        written = alembic_config(settings).get_prepend_sys_paths_list() or []
    return [str((settings.root / folder).resolve()) for folder in written]


def script_folder(settings: Settings) -> Path:
    """Where env.py and the revisions lie, or are to lie."""
    from alembic.util import coerce_resource_to_filename

    config = alembic_config(settings)
    with _told_as_configuration(settings), at_home(settings):
        written = config.get_alembic_option("script_location")
        if not written:
            message = f"Alembic's configuration in {settings.root} names no script_location"
            raise WrongInput(Problem(message, "add `script_location = %(here)s/migrations`"))
        return Path(coerce_resource_to_filename(written)).resolve()


@contextmanager
def _told_as_configuration(settings: Settings) -> Iterator[None]:
    try:
        yield
    except PlumbError:
        raise
    except Exception as error:  # configparser, tomllib, Alembic: each has its own
        message = f"Alembic's configuration in {settings.root} cannot be read: {error}"
        raise WrongInput(
            Problem(message.partition("\n")[0], "`alembic history` says more")
        ) from error
