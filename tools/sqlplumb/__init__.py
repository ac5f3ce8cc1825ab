"""sqlplumb: schema.sql is the plumb line; everything else is measured against it.

    schema  = sqlplumb.read("schema.sql")
    changes = sqlplumb.diff(sqlplumb.read("sqlite:///app.db"), schema)

What is here is what may be relied on. It is imported when it is first used, and not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["__version__", "diff", "read"]

if TYPE_CHECKING:
    from sqlplumb.journeys.read import diff, read


def __getattr__(name: str) -> object:
    if name in ("diff", "read"):
        from sqlplumb.journeys import read as journey

        return getattr(journey, name)
    raise AttributeError(f"module 'sqlplumb' has no attribute {name!r}")
