"""sqlplumb: schema.sql is the plumb line; everything else is measured against it.

    schema  = sqlplumb.read("schema.sql")
    changes = sqlplumb.diff(sqlplumb.read("sqlite:///app.db"), schema)
    plan    = sqlplumb.plan(changes); plan.sql()
    proof   = sqlplumb.prove(plan)
    receipt = sqlplumb.apply("sqlite:///app.db")           # when an application starts; or
    sqlplumb.require_plumb("sqlite:///app.db")             # raises NotPlumb
    sqlplumb.adopt("sqlite:///app.db")                     # what create_all() made, if it is plumb
    receipts = sqlplumb.apply_fleet(urls, jobs=4)          # or executor=, whichever you have

What is here is what may be relied on. It is imported when it is first used, and not before.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sqlplumb.changes import Alter, Create, Drop, Rename
    from sqlplumb.commands.api import diff, plan, prove, read
    from sqlplumb.commands.startup import adopt, apply, apply_fleet, require_plumb
    from sqlplumb.errors import DatabaseFailed, NotPlumb, PlumbError, Refused, WrongInput
    from sqlplumb.proof import Proof
    from sqlplumb.receipts import Adoption, Receipt
    from sqlplumb.schema import Schema

__all__ = [
    "Adoption",
    "Alter",
    "Create",
    "DatabaseFailed",
    "Drop",
    "NotPlumb",
    "PlumbError",
    "Proof",
    "Receipt",
    "Refused",
    "Rename",
    "Schema",
    "WrongInput",
    "__version__",
    "adopt",
    "apply",
    "apply_fleet",
    "diff",
    "plan",
    "prove",
    "read",
    "require_plumb",
]

_HOMES = {
    "sqlplumb.changes": ("Alter", "Create", "Drop", "Rename"),
    "sqlplumb.errors": ("DatabaseFailed", "NotPlumb", "PlumbError", "Refused", "WrongInput"),
    "sqlplumb.commands.api": ("diff", "plan", "prove", "read"),
    "sqlplumb.commands.startup": ("adopt", "apply", "apply_fleet", "require_plumb"),
    "sqlplumb.proof": ("Proof",),
    "sqlplumb.receipts": ("Adoption", "Receipt"),
    "sqlplumb.schema": ("Schema",),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'sqlplumb' has no attribute {name!r}")
