"""What a route may ask for: a session that writes, one that reads, or the engine itself.

``scope="function"``: the transaction is committed before the answer is sent.  Without it FastAPI
sends the answer first, and whoever got "201 Created" may find nothing.
"""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection
from sqlalchemy import Connection, Engine

from database_api.sessions import get_db, make_sessionmaker


def engine_of(connection: HTTPConnection) -> Engine:
    """The engine that the application was made with."""
    engine: Engine = connection.app.state.engine
    return engine


TheEngine = Annotated[Engine, Depends(engine_of)]


def writing(engine: TheEngine) -> Iterator[Connection]:
    """A session with the write lock, for routes that change something."""
    yield from get_db(make_sessionmaker(engine))


def reading(engine: TheEngine) -> Iterator[Connection]:
    """A session that waits for nobody, for routes that only look."""
    yield from get_db(make_sessionmaker(engine, write=False))


Writing = Annotated[Connection, Depends(writing, scope="function")]
Reading = Annotated[Connection, Depends(reading, scope="function")]
