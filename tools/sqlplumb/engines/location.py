"""Where a database is: its URL, what people may read of it, and the engine that opens it.

Must never print the URL: only the label, which has no password.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.config.ignore import Ignore
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from sqlplumb.engines import Engine
    from sqlplumb.engines.locked import LockedDatabase, Patience
    from sqlplumb.engines.source import LiveDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """`file` is None where the database is on a server. Whoever opens it sees nothing of what is
    to be `ignored`; Alembic's table is in the `version_schema`, where env.py names one."""

    engine: Engine
    url: str = field(repr=False)
    label: str
    file: Path | None = None
    ignored: Ignore = field(default_factory=Ignore)
    version_schema: str = ""

    @property
    def path(self) -> Path:
        """Return the database's file; refuse what is on a server."""
        if self.file is None:
            message = f"{self.label} is on a server, and this needs a database that is a file"
            raise WrongInput(Problem(message, "do it with the tools of that server"))
        return self.file

    def resolved(self) -> Location:
        """Return the same place without symbolic links on the way to it."""
        return replace(self, file=self.path.resolve())

    @contextmanager
    def open(self, wait: float | None = None) -> Iterator[LiveDatabase]:
        with self.engine.open_database(self, wait) as live:
            live.leave_out(self.ignored)
            live.version_schema = self.version_schema
            yield live

    def lock(self) -> AbstractContextManager[LockedDatabase]:
        return self.engine.open_locked(self)

    def recover(self, patience: Patience) -> None:
        self.engine.recover(self, patience)
