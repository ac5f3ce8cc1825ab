"""A scratch database that SQLAlchemy can talk to: what metadata and history are made into."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine


@contextmanager
def scratch_engine() -> Iterator[tuple[sqlite3.Connection, Engine]]:
    """One connection in memory, and an engine that never opens another."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        yield connection, engine
