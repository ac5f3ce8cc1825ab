"""What keeps env.py, which is somebody else's code, to the scratch that it is given.

Owns the protocol alone. It is asked in the child process that runs env.py, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sqlplumb.engines.scratch import Touched


class EnvGuard(Protocol):
    """Watches every connection of this engine in one process.

    `statements` are those that ran on the scratch. `driver_modules` are the modules of drivers that
    may connect, since every connection of theirs is watched.
    """

    statements: list[str]
    driver_modules: frozenset[str]

    def install(self, url: str, tell: Callable[[str], None]) -> None:
        """Watch connections from now on; `tell` hears of what they are denied."""

    def allows_event(self, event: str, arguments: tuple[Any, ...]) -> bool:
        """Does this audit event of Python's open the scratch?"""

    def allows_dialect(self, dialect: Any) -> bool:
        """May this dialect of SQLAlchemy's connect? Where it does, `allows_event` is asked."""

    def touched(self) -> Touched:
        """Return what these statements touched."""

    def session_settings(self) -> str:
        """Return what these statements have set on the connection, in words."""

    def finish(self) -> None:
        """Leave the scratch as another process can take it over."""
