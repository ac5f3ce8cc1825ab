"""A database that names a revision of another history: nothing is begun beside that one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.errors import PlumbError, Problem, Refused
from sqlplumb.hiding import without_password
from sqlplumb.sources import open_source
from sqlplumb.sources.alembic_files import alembic_config
from sqlplumb.sources.database import absolute, locate, retry_if_changed
from sqlplumb.sources.scripts import has_revision

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory


def refuse_foreign(
    at: Iterable[str], label: str, scripts: ScriptDirectory | None, settings: Settings
) -> None:
    """`at` are the revisions that the database names."""
    foreign = [one for one in at if scripts is None or not has_revision(scripts, one)]
    if foreign:
        where = f"the history in {scripts.dir}" if scripts else "any history here"
        message = f"{label} is at {' and '.join(foreign)}, which is no revision of {where}"
        hint = (
            "let script_location and version_locations in alembic.ini name the folders of its"
            f" revisions; or, if they are gone for good, empty its table {settings.version_table}"
        )
        raise Refused(Problem(message, hint))


def refuse_second_root(database: str, scripts: ScriptDirectory, settings: Settings) -> None:
    """The database that is named; and, where the history is empty, all that the project names: a
    first revision would be a second one for them."""
    if database:
        at, label = retry_if_changed(partial(_revisions, database, Path(), settings))
        refuse_foreign(at, label, scripts, settings)
    if scripts.get_heads():
        return
    for url in _databases(settings):
        at, _ = retry_if_changed(partial(_revisions, url, settings.root, settings))
        refuse_foreign(at, without_password(url), scripts, settings)


def _revisions(source: str, base: Path, settings: Settings) -> tuple[tuple[str, ...], str]:
    """Return the revisions that a source names, and the label of the source."""
    with open_source(source, settings, base) as opened:
        return opened.at(settings.version_table), opened.label


def _databases(settings: Settings) -> Iterator[str]:
    """Those of them that are there."""
    from alembic.util import CommandError

    try:
        own = alembic_config(settings).get_main_option("sqlalchemy.url") or ""
    except CommandError:
        own = ""
    for url in dict.fromkeys((*settings.databases, absolute(own, settings.root))):
        try:
            path = locate(url, settings.root).path
        except PlumbError:
            continue  # of the environment, in memory, or of another engine
        if path.is_file():
            yield url
