"""sqlplumb: schema.sql is the plumb line; everything else is measured against it.

    schema  = sqlplumb.read("schema.sql")
    changes = sqlplumb.diff(sqlplumb.read("sqlite:///app.db"), schema)
    plan    = sqlplumb.plan(changes); plan.sql()
    proof   = sqlplumb.prove(plan)

What is here is what may be relied on. It is imported when it is first used, and not before.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sqlplumb.changes import Alter, Create, Drop, Rename
    from sqlplumb.errors import DatabaseFailed, PlumbError, Refused, WrongInput
    from sqlplumb.journeys.proven import prove
    from sqlplumb.journeys.read import diff, plan, read
    from sqlplumb.proof import Proof
    from sqlplumb.schema import Schema

__all__ = [
    "Alter",
    "Create",
    "DatabaseFailed",
    "Drop",
    "PlumbError",
    "Proof",
    "Refused",
    "Rename",
    "Schema",
    "WrongInput",
    "__version__",
    "diff",
    "plan",
    "prove",
    "read",
]

_HOMES = {
    "sqlplumb.changes": ("Alter", "Create", "Drop", "Rename"),
    "sqlplumb.errors": ("DatabaseFailed", "PlumbError", "Refused", "WrongInput"),
    "sqlplumb.journeys.proven": ("prove",),
    "sqlplumb.journeys.read": ("diff", "plan", "read"),
    "sqlplumb.proof": ("Proof",),
    "sqlplumb.schema": ("Schema",),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'sqlplumb' has no attribute {name!r}")
