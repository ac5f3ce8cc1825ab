"""Read and write the URLs of SQLite databases, as SQLAlchemy does. Must never open one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from sqlplumb.engines.location import Location
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.hiding import without_password

if TYPE_CHECKING:
    from sqlplumb.engines import Engine


def locate(engine: Engine, url: str, base: Path) -> Location:
    """Return the file that a URL names, as SQLAlchemy reads it; `?options` are for drivers."""
    label, rest = without_password(url), url.partition("://")[2]
    path = rest.removeprefix("/").partition("?")[0]
    if path.startswith("file:"):  # SQLite itself reads %3F as a question mark
        path = unquote(path.removeprefix("file:").partition("#")[0])
    if path in ("", ":memory:"):
        message = f"{label}: a database in memory is empty for everyone but its maker"
        raise WrongInput(Problem(message, "name a file, or write empty"))
    if not rest.startswith("/"):
        raise WrongInput(Problem(f"{label}: a host has no meaning here", "write three slashes"))
    return Location(engine=engine, url=url, label=label, file=base / path)


def absolute(url: str, base: Path) -> str:
    """Return a URL that holds in every folder; what is no file stays as it is."""
    start, separator, rest = url.partition(":///")
    path, question, options = rest.partition("?")
    is_uri = path.startswith("file:")
    path = unquote(path.removeprefix("file:")) if is_uri else path
    if not separator or path in ("", ":memory:"):
        return url
    full = str((base / path).resolve())
    return f"{start}{separator}{f'file:{quote(full)}' if is_uri else full}{question}{options}"


def url_of(scheme: str, file: Path) -> str:
    """Return the URL of a file; a question mark in its name would begin the options."""
    if "?" in str(file):
        return f"{scheme}:///file:{quote(str(file))}?uri=true"
    return f"{scheme}:///{file}"
