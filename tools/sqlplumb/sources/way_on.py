"""What to do where a revision does not run: told by what it raised. Must never run one."""

from __future__ import annotations

import re
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from traceback import extract_tb
from types import ModuleType

from sqlplumb.engines import ENGINES

BEGINS = (
    "if something else made that table before the history began, as create_all() does, let `base`"
    " in the settings name what it made: `sqlplumb init --base SOURCE` writes it"
)
_REFUSES = (
    "the revision itself refuses this engine: let it pass over what is not for it"
    " (op.get_bind().dialect.name), let the history begin at the revision of a database that is"
    ' further (`sqlplumb init --base URL`), or leave it out: alembic = "none" in the settings'
)
_SETS_UP = (
    "if the application sets something up before its revisions run, let `around` in the settings"
    ' do so: around = "module:contextmanager"'
)
_CONVENTION = (
    "if a naming convention of the models names it, let the settings name them:"
    ' metadata = "package.module:attribute"'
)
_IMPORTED = (
    "env.py may import it, and is not run: import it in the revision, or let the settings name the"
    ' models that do: metadata = "package.module:attribute"'
)
_FURTHER_DOWN = "the revision makes that table itself: the statement comes behind it"
_NO_SUCH_TABLE = re.compile(r"no such table: (?:\w+\.)?(?P<name>\w+)")
_ENGINES = ("dialect", "mysql", "mariadb", "oracle", "mssql", *ENGINES)


def way_on(error: BaseException | None) -> str:
    """Return what to do; empty where the error itself says all that is known."""
    frames = extract_tb(error.__traceback__) if error else []
    is_missing = type(error).__name__ in ("NoSuchTableError", "UndefinedTable")
    if is_missing or "no such table" in str(error):
        files = (Path(frame.filename) for frame in frames)
        return _FURTHER_DOWN if any(_makes(file, str(error)) for file in files) else BEGINS
    if _is_module_not_imported(error):
        return _IMPORTED
    if str(error).startswith(("Constraint must have a name", "No such constraint")):
        return _CONVENTION
    if frames and _asks_for_engine(Path(frames[-1].filename), str(error)):
        return _REFUSES
    if frames and _is_of_application(Path(frames[-1].filename), error):
        return _SETS_UP
    return ""


def _makes(file: Path, message: str) -> bool:
    """Does a revision in this file make the table that is missed?"""
    missing = _NO_SUCH_TABLE.search(message)
    if not missing or file.parent.name != "versions":
        return False
    made = rf"\bcreate(?:\s+virtual)?(?:\s+|_)table\W+(?:if\s+not\s+exists\W+)?{missing['name']}\b"
    return re.search(made, file.read_text("utf-8", "replace"), re.IGNORECASE) is not None


def _is_module_not_imported(error: BaseException | None) -> bool:
    """Is it a module of a package, which a revision names and nobody has imported?"""
    if not isinstance(error, AttributeError) or not isinstance(error.obj, ModuleType):
        return False
    folders = getattr(error.obj, "__path__", None)
    return bool(folders and PathFinder.find_spec(f"{error.obj.__name__}.{error.name}", folders))


def _is_of_application(raised_in: Path, error: BaseException | None) -> bool:
    """Was it raised by code that a revision called, and that is neither ours, Alembic's,
    SQLAlchemy's nor Python's own?"""
    others = (sys.base_prefix, Path(__file__).parents[1])
    is_of_tools = any(name in raised_in.parts for name in ("alembic", "sqlalchemy", "versions"))
    is_of_tools = is_of_tools or any(raised_in.is_relative_to(folder) for folder in others)
    return not (is_of_tools or isinstance(error, ImportError))


def _asks_for_engine(raised_in: Path, message: str) -> bool:
    """Does the revision, which has raised it itself, speak of engines?"""
    if raised_in.parent.name != "versions" and "revision" not in raised_in.name:
        return False
    words = message.lower()
    return any(name in words for name in _ENGINES) or "dialect" in raised_in.read_text("utf-8")
