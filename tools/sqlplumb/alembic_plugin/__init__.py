"""`alembic revision --autogenerate` and `alembic check`, with sqlplumb's comparison.

    context.configure(..., autogenerate_plugins=["alembic.autogenerate.*", "sqlplumb"])

Alembic imports this module wherever sqlplumb is installed, before its own modules are complete, so
nothing may be imported here before a comparison begins. On databases that are not SQLite, Alembic's
own comparison runs as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic.runtime.plugins import Plugin


def setup(plugin: Plugin) -> None:
    from alembic.util import DispatchPriority

    plugin.add_autogenerate_comparator(
        _compare, "autogenerate", qualifier="sqlite", priority=DispatchPriority.FIRST
    )


def _compare(context: Any, upgrade_ops: Any) -> Any:
    """Compare instead of Alembic, whose own comparison does not run."""
    from alembic.util import PriorityDispatchResult

    from sqlplumb.alembic_plugin.compare import compare

    compare(context, upgrade_ops)
    return PriorityDispatchResult.STOP
