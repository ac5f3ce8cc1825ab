"""What a route may ask for: a session that writes, one that reads, or the engine itself.

A test replaces one of them: ``app.dependency_overrides[engine_of] = lambda: engine``.

``scope="function"``: the transaction is committed before the answer is sent.  Without it FastAPI
sends the answer first, and whoever got "201 Created" may find nothing.
"""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.requests import HTTPConnection
from sqlalchemy import Connection, Engine

from database_api.sessions import default_engine, get_db, make_sessionmaker


def engine_of(connection: HTTPConnection) -> Engine:
    """The engine that the application was made with, or the default one."""
    return connection.app.state.engine or default_engine()


def engine_of_app(app: FastAPI) -> Engine:
    """The same when it starts: what a test has put in its place counts here too."""
    other = app.dependency_overrides.get(engine_of)
    return other() if other else app.state.engine or default_engine()


TheEngine = Annotated[Engine, Depends(engine_of)]


def writing(engine: TheEngine) -> Iterator[Connection]:
    """A session with the write lock, for routes that change something."""
    yield from get_db(make_sessionmaker(engine))


def reading(engine: TheEngine) -> Iterator[Connection]:
    """A session that waits for nobody, for routes that only look."""
    yield from get_db(make_sessionmaker(engine, write=False))


Writing = Annotated[Connection, Depends(writing, scope="function")]
Reading = Annotated[Connection, Depends(reading, scope="function")]
