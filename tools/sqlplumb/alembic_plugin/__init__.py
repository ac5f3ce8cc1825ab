"""`alembic revision --autogenerate` and `alembic check`, seeing what sqlplumb sees.

    context.configure(..., autogenerate_plugins=["alembic.autogenerate.*", "sqlplumb"])

Alembic imports this module wherever sqlplumb is installed, before its own is complete: nothing is
imported here until it is asked to compare. On databases that are not SQLite, Alembic's own
comparison goes on as ever.
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
    """In the place of Alembic's own comparison, which is not run."""
    from alembic.util import PriorityDispatchResult

    from sqlplumb.alembic_plugin.compare import compare

    compare(context, upgrade_ops)
    return PriorityDispatchResult.STOP
