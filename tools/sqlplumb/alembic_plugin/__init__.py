"""`alembic revision --autogenerate` and `alembic check`, with sqlplumb's comparison.

    context.configure(..., autogenerate_plugins=["alembic.autogenerate.*", "sqlplumb"])

Alembic imports this module wherever sqlplumb is installed, before its own modules are complete, so
nothing may be imported here before a comparison begins. On databases that sqlplumb does not know,
Alembic's own comparison runs as before. Plugins are loaded since Alembic 1.18; one before it says
nothing of `autogenerate_plugins`, so `sqlplumb check` and `revise` do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic.runtime.plugins import Plugin


_ENGINES = ("sqlite", "postgresql")  # those of sqlplumb.engines, which may not be imported yet


class _Plugins(ModuleType):
    """This module, and a list of this module alone: before 1.20.1, Alembic iterates over what an
    entry point names, and cannot be imported where that is a plain module."""

    def __iter__(self) -> Iterator[ModuleType]:
        yield self


sys.modules[__name__].__class__ = _Plugins


def setup(plugin: Plugin) -> None:
    from alembic.util import DispatchPriority

    for name in _ENGINES:
        plugin.add_autogenerate_comparator(
            _compare, "autogenerate", qualifier=name, priority=DispatchPriority.FIRST
        )


def _compare(context: Any, upgrade_ops: Any) -> Any:
    """Compare instead of Alembic, whose own comparison does not run."""
    from alembic.util import PriorityDispatchResult

    from sqlplumb.alembic_plugin.compare import compare

    compare(context, upgrade_ops)
    return PriorityDispatchResult.STOP
