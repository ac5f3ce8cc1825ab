"""Which live databases are meant: by name, by folder, from a list, from a query, or as configured.

Nothing here opens one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sqlplumb.config import Settings
from sqlplumb.engines import engine
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.sources import from_environment
from sqlplumb.sources.alembic_files import alembic_config
from sqlplumb.sources.database import absolute, scheme_of, urls_from_query

_OURS = (".backup", ".replaced", ".partial")


def databases(
    written: Sequence[str], settings: Settings, queries: Iterable[Sequence[str]] = ()
) -> Sequence[str]:
    """Those that are named or asked for, or else all that are configured, or else the one that
    Alembic knows; each once."""
    listed = [
        url for where, query in queries for url in urls_from_query(from_environment(where), query)
    ]
    named, base = (*written, *listed), Path()
    if not named:
        named = settings.databases or tuple(_alembics(settings))
        base = settings.root if settings.root != Path.cwd() else base
    found = list(dict.fromkeys(url for one in named for url in _meant(one, base)))
    if not found:
        hint = "name a URL, or set databases in [tool.sqlplumb]"
        raise WrongInput(Problem("there is no database to apply anything to", hint))
    return found


def _alembics(settings: Settings) -> Iterator[str]:
    """What its configuration says; env.py is not run, and a placeholder is no address."""
    if settings.has_history:
        url = alembic_config(settings).get_main_option("sqlalchemy.url") or ""
        if "://" in url and not url.startswith("driver://"):
            yield url


def _meant(written: str, base: Path) -> Iterator[str]:
    """@FILE holds URLs, one a line; a folder, whatever is a database and no backup of ours. All of
    it is relative to where it is written: `base` is empty for the working folder."""
    if written.startswith("@"):
        yield from (_from(base, url) for url in _listed(base / written[1:]))
        return
    scheme, slashes, rest = from_environment(written).partition(":///")
    folder = base / rest
    if not (slashes and rest and folder.is_dir()):
        yield _from(base, written)
        return
    of_url = engine(scheme_of(scheme))
    found = [one for one in sorted(folder.iterdir()) if one.suffix not in _OURS and one.is_file()]
    for file in found:
        if of_url.is_database(file):
            yield of_url.url_of(scheme, file)


def _from(base: Path, written: str) -> str:
    return written if base == Path() else absolute(from_environment(written), base)


def _listed(file: Path) -> Iterator[str]:
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        hint = "@FILE names a text file with one URL on each line"
        said = error.strerror if isinstance(error, OSError) else error
        message = f"{without_password(str(file))} cannot be read: {said}"
        raise WrongInput(Problem(message, hint)) from error
    for number, line in enumerate(lines, 1):
        url = line.strip()
        if not url or url.startswith("#"):
            continue
        if "://" not in url and not url.startswith("env:"):
            message = f"{file}:{number}: {without_password(url)!r} is no URL"
            raise WrongInput(Problem(message, "as sqlite:///path; # begins a comment"))
        yield url
