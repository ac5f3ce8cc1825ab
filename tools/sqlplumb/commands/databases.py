"""Which live databases are meant: by name, by folder, from a list, from a query, or as configured.

`apply` opens them. A database that names revisions of another history is refused here, before
anything is begun beside that history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.engines import engine
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.hiding import is_url, without_password
from sqlplumb.sources import open_source
from sqlplumb.sources.database import (
    absolute,
    from_environment,
    locate,
    retry_if_changed,
    scheme_of,
    urls_from_query,
    visible_revisions,
)
from sqlplumb.sources.running_alembic import history_files
from sqlplumb.sources.scripts import has_revision

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

_OURS = (".backup", ".replaced", ".partial")


def databases(
    written: Sequence[str], settings: Settings, queries: Iterable[Sequence[str]] = ()
) -> Sequence[str]:
    """Return the URLs that `find_databases` does; raise where there is none."""
    urls = find_databases(written, settings, queries)
    if not urls:
        advice = "name a URL, or set databases in [tool.sqlplumb]"
        raise WrongInput(Problem("there is no database to apply anything to", advice))
    return urls


def find_databases(
    written: Sequence[str], settings: Settings, queries: Iterable[Sequence[str]] = ()
) -> Sequence[str]:
    """Return the URLs that are named or asked for, or else all that are configured, or else the one
    that Alembic knows; each once."""
    queried = [
        url for where, query in queries for url in urls_from_query(from_environment(where), query)
    ]
    named, base = (*written, *queried), Path()
    if not named:
        named = settings.databases or tuple(_alembic_url(settings))
        base = settings.root if settings.root != Path.cwd() else base
    return list(dict.fromkeys(url for name in named for url in _urls_of(name, base)))


def _alembic_url(settings: Settings) -> Iterator[str]:
    """What Alembic's configuration says; env.py is not run, and a placeholder is no address."""
    if settings.has_history:
        files = history_files(settings)  # Alembic itself takes half a second
        url = files.url()
        if "://" in url and not url.startswith("driver://"):
            yield absolute(url, files.base())


def _urls_of(written: str, base: Path) -> Iterator[str]:
    """Yield the URLs in @FILE, or of each database in a folder that is no backup of ours.

    All of it is relative to where it is written: `base` is empty for the working folder.
    """
    if written.startswith("@"):
        yield from (_relative_to(base, url) for url in _listed(base / written[1:]))
        return
    scheme, slashes, rest = from_environment(written).partition(":///")
    folder = base / rest
    if not (slashes and rest and folder.is_dir()):
        yield _relative_to(base, written)
        return
    url_engine = engine(scheme_of(scheme))
    for file in sorted(folder.iterdir()):
        if file.suffix not in _OURS and file.is_file() and url_engine.is_database(file):
            yield url_engine.url_of(scheme, file)


def _relative_to(base: Path, written: str) -> str:
    return written if base == Path() else absolute(from_environment(written), base)


def _listed(file: Path) -> Iterator[str]:
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        advice = "@FILE names a text file with one URL on each line"
        reason = error.strerror if isinstance(error, OSError) else error
        message = f"{without_password(str(file))} cannot be read: {reason}"
        raise WrongInput(Problem(message, advice)) from error
    for number, line in enumerate(lines, 1):
        url = line.strip()
        if not url or url.startswith("#"):
            continue
        if not is_url(url):
            message = f"{file}:{number}: {without_password(url)!r} is no URL"
            raise WrongInput(Problem(message, "as sqlite:///path; # begins a comment"))
        yield url


def refuse_foreign(
    at: Iterable[str], label: str, *, scripts: ScriptDirectory | None, settings: Settings
) -> None:
    """Raise Refused where a database names a revision that is not of this history."""
    foreign = [
        revision for revision in at if scripts is None or not has_revision(scripts, revision)
    ]
    if foreign:
        where = f"the history in {scripts.dir}" if scripts else "any history here"
        message = f"{label} is at {' and '.join(foreign)}, which is no revision of {where}"
        advice = (
            "let script_location and version_locations in alembic.ini name the folders of its"
            f" revisions; or, if they are gone for good, empty its table {settings.version_table}"
        )
        raise Refused(Problem(message, advice))


def refuse_second_root(database: str, scripts: ScriptDirectory, settings: Settings) -> None:
    """Raise Refused where the database that is named is at a revision of another history.

    Where the history is empty, ask all that the project names: a first revision would be a second
    one for them.
    """
    if database:
        at, label = retry_if_changed(partial(_revisions, database, Path(), settings))
        refuse_foreign(at, label, scripts=scripts, settings=settings)
    if scripts.get_heads():
        return
    for url in _present_databases(settings):
        look = partial(_revisions, url, settings.root, settings, must_see=True)
        at, _ = retry_if_changed(look)
        refuse_foreign(at, without_password(url), scripts=scripts, settings=settings)


def _revisions(
    source: str, base: Path, settings: Settings, *, must_see: bool = False
) -> tuple[tuple[str, ...], str]:
    """Return the revisions that a source names, and the label of the source."""
    with open_source(source, settings, base) as opened:
        is_visible = must_see or visible_revisions(opened, settings)
        return opened.at(settings.version_table) if is_visible else (), opened.label


def _present_databases(settings: Settings) -> Iterator[str]:
    """Yield the databases that the project names, of those that are files and are there."""
    files = history_files(settings)
    for url in dict.fromkeys((*settings.databases, absolute(files.url(), files.base()))):
        try:
            path = locate(url, settings.root, settings).path
        except PlumbError:
            continue  # of the environment, in memory, or of another engine
        if path.is_file():
            yield url
