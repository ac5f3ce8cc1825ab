"""The modules behind `SQLite`, each imported when it is first asked for; a check needs few of them.

Must never hold anything but their names. Editors and mypy follow the imports, which never run.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlplumb.engines.sqlite import editing as editing
    from sqlplumb.engines.sqlite import evaluator as evaluator
    from sqlplumb.engines.sqlite import rules as rules
    from sqlplumb.engines.sqlite.alembic import body as body
    from sqlplumb.engines.sqlite.alembic import core as core
    from sqlplumb.engines.sqlite.alembic import outline as outline
    from sqlplumb.engines.sqlite.live import locked_database as locked_database
    from sqlplumb.engines.sqlite.live import restored as restored
    from sqlplumb.engines.sqlite.parse import bodies as bodies
    from sqlplumb.engines.sqlite.parse import expressions as expressions
    from sqlplumb.engines.sqlite.parse import parts as parts
    from sqlplumb.engines.sqlite.plan import guards as guards
    from sqlplumb.engines.sqlite.plan import in_place as in_place
    from sqlplumb.engines.sqlite.plan import losses as losses
    from sqlplumb.engines.sqlite.plan import plan as plan
    from sqlplumb.engines.sqlite.plan import refusals as refusals
    from sqlplumb.engines.sqlite.plan import renames as renames
    from sqlplumb.engines.sqlite.plan import script as script
    from sqlplumb.engines.sqlite.read import hints as hints
    from sqlplumb.engines.sqlite.read import memory as memory
    from sqlplumb.engines.sqlite.read import normalize_for_core as normalize_for_core
    from sqlplumb.engines.sqlite.read import schema_file as schema_file
    from sqlplumb.engines.sqlite.scratch import env_guard as env_guard
    from sqlplumb.engines.sqlite.scratch import executed as executed
    from sqlplumb.engines.sqlite.scratch import moved as moved
    from sqlplumb.engines.sqlite.scratch import queries as queries
    from sqlplumb.engines.sqlite.scratch import scratch as scratch

_HOMES = {
    "sqlplumb.engines.sqlite": ("editing", "evaluator", "rules"),
    "sqlplumb.engines.sqlite.alembic": ("body", "core", "outline"),
    "sqlplumb.engines.sqlite.live": ("locked_database", "restored"),
    "sqlplumb.engines.sqlite.parse": ("bodies", "expressions", "parts"),
    "sqlplumb.engines.sqlite.plan": (
        *("guards", "in_place", "losses", "plan", "refusals", "renames", "script"),
    ),
    "sqlplumb.engines.sqlite.read": ("hints", "memory", "normalize_for_core", "schema_file"),
    "sqlplumb.engines.sqlite.scratch": (*("env_guard", "executed", "moved", "queries", "scratch"),),
}


if not TYPE_CHECKING:  # what is not named above is a mistake that mypy finds

    def __getattr__(name: str) -> ModuleType:
        for home, names in _HOMES.items():
            if name in names:
                return import_module(f"{home}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
