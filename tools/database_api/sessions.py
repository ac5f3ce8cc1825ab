"""Sessions: one connection in one transaction, which ends by itself.

This module owns the one engine that an application shares, made when it is first asked for.  It
knows no table.  What SQLAlchemy's ORM calls a session is here the Connection itself; services
take a factory, never a global session:

    with factory() as session:      # commits at the end, rolls back on an exception, closes
        session.execute(...)
"""

import inspect
import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection, Engine

from database_api.engine import make_engine
from database_api.errors import NoDatabase

SessionFactory = Callable[[], AbstractContextManager[Connection]]


def make_sessionmaker(engine: Engine, *, write: bool = True) -> SessionFactory:
    """A factory of sessions; with ``write=False`` of such as never wait for a writer."""
    return engine.execution_options(write=write).begin


@dataclass(frozen=True, slots=True)
class _Default:
    engine: Engine
    factory: SessionFactory


_lock = Lock()
_default: _Default | None = None


def default_engine() -> Engine:
    """The engine for DATABASE_URL, which is read when this is first called, and only then."""
    return _shared().engine


def get_session_factory() -> SessionFactory:
    """The factory over the default engine: the same one on every call, and in every thread."""
    return _shared().factory


def default_session_factory() -> AbstractContextManager[Connection]:
    """A session of the default engine; by itself a factory, for whoever wants one by name."""
    return get_session_factory()()


def forget_default() -> None:
    """Closes the default engine, so that the next call reads DATABASE_URL anew. For tests."""
    global _default
    with _lock:
        known, _default = _default, None
    if known:
        known.engine.dispose()


def _after_fork() -> None:
    """A connection of SQLite must not be used by two processes: each child has its own engine."""
    global _default, _lock
    _lock = Lock()  # a thread that is not here any more may have held it
    known, _default = _default, None
    if known:
        known.engine.dispose(close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def get_db(session_factory: SessionFactory | None = None) -> Generator[Connection, None, None]:
    """A session for dependency injection; an exception thrown in rolls it back.

    With FastAPI write ``Depends(get_db, scope="function")``: otherwise the answer is sent before
    the transaction is committed, and says 200 even if that then fails.
    """
    with (session_factory or get_session_factory())() as session:
        yield session


# A framework that reads signatures would let whoever sends a request choose the factory.
setattr(get_db, "__signature__", inspect.Signature())  # noqa: B010 - not declared on functions


def _shared() -> _Default:
    global _default
    with _lock:
        if _default is None:
            engine = make_engine(_url())
            _default = _Default(engine, make_sessionmaker(engine))
        return _default


def _url() -> str:
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        raise NoDatabase("DATABASE_URL is not set: write DATABASE_URL=sqlite:///path/to/app.db")
    return url
