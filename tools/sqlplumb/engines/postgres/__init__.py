"""PostgreSQL: everything we know about it. `PostgreSQL` is the door, and the only name the rest
may use.

Each method asks a room below: `parse` reads the text of statements, `server` makes databases of our
own, `read` makes facts of a catalog, `live` opens a database with rows that count, `scratch` loads
files. They are imported when they are first asked for, since all of them need the driver. What is
not offered yet is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from sqlplumb.engines.location import Location
from sqlplumb.engines.source import LiveDatabase, Source
from sqlplumb.errors import Problem, Refused, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.schema import Schema

if TYPE_CHECKING:
    from sqlplumb.changes import Change
    from sqlplumb.engines import Engine
    from sqlplumb.findings import Rule


class PostgreSQL:
    name = "postgresql"
    title = "PostgreSQL"
    main_schema = "public"
    session_settings: tuple[str, ...] = ("search_path", "session_replication_role")

    def locate(self, url: str, base: Path) -> Location:
        return Location(engine=self._door, url=url, label=without_password(url))

    def absolute(self, url: str, base: Path) -> str:
        return url

    def is_database(self, file: Path) -> bool:
        """A server keeps no database in one file."""
        return False

    def open_script(
        self,
        label: str,
        files: Mapping[str, str],
        *,
        rows_allowed: bool = False,
        scratch: str = "",
        use_cache: bool = True,
    ) -> Source:
        return _room("scratch.script_source").open_script(  # type: ignore[no-any-return]
            self._door,
            label,
            files,
            rows_allowed=rows_allowed,
            scratch=scratch,
            use_cache=use_cache,
        )

    def open_database(
        self, location: Location, wait: float | None = None
    ) -> AbstractContextManager[LiveDatabase]:
        return _room("live.database").open_database(location, wait)  # type: ignore[no-any-return]

    def renames(self, current: Schema, desired: Schema) -> tuple[Schema, tuple[Change, ...]]:
        return current, ()

    def settle(self, current: Schema, desired: Schema) -> tuple[Schema, Schema]:
        return current, desired

    def loses_data(self, change: Change) -> bool:
        """Until it is known better, whatever is dropped or changed may take values along."""
        return change.verb in ("drop", "alter")

    def rules(self) -> tuple[Rule, ...]:
        return ()

    @property
    def _door(self) -> Engine:
        found: Any = self  # it offers what it offers; __getattr__ refuses the rest with words
        return found  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        message = f"sqlplumb only compares PostgreSQL databases so far: no `{name}`"
        raise Refused(Problem(message, "name two databases: sqlplumb diff URL URL"))


def _room(name: str) -> ModuleType:
    """Import a module behind the door, all of which need the driver."""
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        message = "the driver of PostgreSQL is not installed"
        raise WrongInput(Problem(message, "pip install 'sqlplumb[postgres]'")) from None
