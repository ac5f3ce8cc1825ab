"""The modules behind `PostgreSQL`, each imported when it is first asked for; most need the driver.

Must never hold anything but their names. Editors and mypy follow the imports, which never run.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from sqlplumb.errors import Problem, WrongInput

if TYPE_CHECKING:
    from sqlplumb.engines.postgres import names as names
    from sqlplumb.engines.postgres import rules as rules
    from sqlplumb.engines.postgres import sequences as sequences
    from sqlplumb.engines.postgres.alembic import body as body
    from sqlplumb.engines.postgres.alembic import core as core
    from sqlplumb.engines.postgres.alembic import outline as outline
    from sqlplumb.engines.postgres.alembic import segments as segments
    from sqlplumb.engines.postgres.live import beside as beside
    from sqlplumb.engines.postgres.live import database as live_database
    from sqlplumb.engines.postgres.parse import effects as effects
    from sqlplumb.engines.postgres.parse import hints as hints
    from sqlplumb.engines.postgres.parse import indexes as indexes
    from sqlplumb.engines.postgres.parse import words as words
    from sqlplumb.engines.postgres.plan import graph as graph
    from sqlplumb.engines.postgres.plan import losses as losses
    from sqlplumb.engines.postgres.plan import script as script
    from sqlplumb.engines.postgres.plan import settling as settling
    from sqlplumb.engines.postgres.plan import target as target
    from sqlplumb.engines.postgres.plan.statements import casts as casts
    from sqlplumb.engines.postgres.read import core_words as core_words
    from sqlplumb.engines.postgres.scratch import database as scratch_database
    from sqlplumb.engines.postgres.scratch import env_guard as env_guard
    from sqlplumb.engines.postgres.scratch import renamed as renamed
    from sqlplumb.engines.postgres.scratch import script_source as script_source

__all__ = ("live_database", "scratch_database")  # what has its own name is exported anyway

_PATHS = {
    "beside": "live.beside",
    "body": "alembic.body",
    "casts": "plan.statements.casts",
    "core": "alembic.core",
    "core_words": "read.core_words",
    "effects": "parse.effects",
    "env_guard": "scratch.env_guard",
    "graph": "plan.graph",
    "hints": "parse.hints",
    "indexes": "parse.indexes",
    "live_database": "live.database",
    "losses": "plan.losses",
    "names": "names",
    "outline": "alembic.outline",
    "renamed": "scratch.renamed",
    "scratch_database": "scratch.database",
    "rules": "rules",
    "script": "plan.script",
    "script_source": "scratch.script_source",
    "segments": "alembic.segments",
    "sequences": "sequences",
    "settling": "plan.settling",
    "target": "plan.target",
    "words": "parse.words",
}


if not TYPE_CHECKING:  # what is not named above is a mistake that mypy finds

    def __getattr__(name: str) -> ModuleType:
        if name not in _PATHS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            return import_module(f"sqlplumb.engines.postgres.{_PATHS[name]}")
        except ModuleNotFoundError as error:
            if error.name != "psycopg":
                raise
            message = "the driver of PostgreSQL is not installed"
            raise WrongInput(Problem(message, "pip install 'sqlplumb[postgres]'")) from None
