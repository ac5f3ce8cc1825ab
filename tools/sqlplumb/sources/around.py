"""What an application must set up while its revisions run: the context manager that `around` names.

It is called with the connection on which they run, a scratch's or a live database's, and may read
there. Must never hide an error of a revision.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from sqlplumb.config import Settings
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.limits import Stopped
from sqlplumb.sources.metadata import import_attribute

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ADVICE = "it must be a context manager that takes the connection on which revisions run"


@contextmanager
def surrounded(connection: Connection, settings: Settings) -> Iterator[None]:
    """Enter what the settings name. What it has written on a scratch is rolled back."""
    written = settings.around
    if not written:
        yield
        return
    manager: Any = import_attribute(written, settings)
    is_live, is_done = connection.in_transaction(), False
    if not is_live:
        connection.exec_driver_sql("BEGIN")
    with ExitStack() as stack:
        try:
            stack.enter_context(manager(connection))
        except (PlumbError, KeyboardInterrupt, Stopped):
            raise
        except BaseException as error:  # whatever somebody's code raises
            reason = f"{type(error).__name__}: {error}".partition("\n")[0]
            raise WrongInput(Problem(f"around = {written!r} failed: {reason}", _ADVICE)) from error
        if not is_live:
            connection.rollback()
        yield
        is_done = True
    if not is_done:
        message = f"around = {written!r} took an error of a revision for its own, and hid it"
        raise WrongInput(Problem(message, "let it raise what is raised inside of it"))
