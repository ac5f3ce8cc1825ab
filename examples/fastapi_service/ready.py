"""Whether the service may start: its database must be what the history of this project makes.

A new database is made from schema.sql, at the end of that history; one that is there is looked at
and never changed here.
"""

from pathlib import Path

from sqlalchemy import Engine, inspect

import sqlplumb
from database_api.setup import initialize_database

CONFIG = Path(__file__).parents[2] / "pyproject.toml"


def make_ready(engine: Engine) -> None:
    """Raises NotPlumb, with what differs, where the service must not start."""
    if not inspect(engine).get_table_names():
        initialize_database(engine)  # one of many starters does it
    sqlplumb.require_plumb(engine, config=CONFIG)
