"""Alembic's own configuration, as Alembic reads it: both files, in the project's folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.sources.home import at_home

if TYPE_CHECKING:
    from sqlplumb.sources.alembic_config import ProjectConfig


def alembic_config(settings: Settings) -> ProjectConfig:
    from sqlplumb.sources.alembic_config import ProjectConfig

    if not settings.has_history:
        message = f"no alembic.ini in {settings.root}, so there is no history to replay"
        hint = "run it where alembic.ini is, begin one with `sqlplumb init`, or name another source"
        raise WrongInput(Problem(message, hint))
    ini = settings.alembic_ini or settings.root / "alembic.ini"
    with _told_as_configuration(settings):
        return ProjectConfig(settings.root, ini, settings.alembic_toml)


def module_folders(settings: Settings) -> tuple[str, ...]:
    """Where the project's own modules lie: where Alembic looks first, and beside the settings."""
    prepended = alembic_config(settings).folders if settings.has_history else ()
    return tuple(dict.fromkeys((*prepended, str(settings.root))))


def script_folder(settings: Settings) -> Path:
    """Where env.py and the revisions lie, or are to lie."""
    from alembic.util import coerce_resource_to_filename

    config = alembic_config(settings)
    with _told_as_configuration(settings), at_home(config.folders):
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
