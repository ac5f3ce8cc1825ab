"""Names of Alembic and SQLAlchemy that they do not promise, and names that only some versions have.

All of them stand here, each with a test in tests/test_versions.py that says which one went. Nothing
else may use a private name of theirs. Alembic and SQLAlchemy are imported when a name is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.operations import Operations
    from alembic.operations.ops import MigrationScript
    from alembic.runtime.migration import MigrationContext
    from alembic.script import Script, ScriptDirectory
    from sqlalchemy import Dialect
    from sqlalchemy.engine.mock import MockConnection

_TYPES = ("sqlalchemy.sql.", "sqlalchemy.dialects.")  # modules of types
PLUGINS_SINCE = "1.18"  # the first Alembic that loads plugins


def has_plugins() -> bool:
    """Does this Alembic load plugins? One that does not ignores `autogenerate_plugins`."""
    return find_spec("alembic.runtime.plugins") is not None


def mark_to_be_rendered(script: MigrationScript) -> None:
    """Let Alembic render the operations of a revision that it writes."""
    script._needs_render = True


# --------------------------------------------------------------------- the way between revisions


def upgrade_steps(scripts: ScriptDirectory, target: Any, current: Any) -> list[Any]:
    """Return what `alembic upgrade` runs, in order. Alembic has no public name for it."""
    return list(scripts._upgrade_revs(target, current))


def downgrade_steps(scripts: ScriptDirectory, target: str, current: Any) -> list[Any]:
    """Return what `alembic downgrade` runs, in order."""
    return list(scripts._downgrade_revs(target, current))


def step_up(scripts: ScriptDirectory, script: Script) -> Any:
    """Return the step that runs this one revision."""
    from alembic.runtime.migration import MigrationStep

    return MigrationStep.upgrade_from_script(scripts.revision_map, script)


def step_down(scripts: ScriptDirectory, script: Script) -> Any:
    """Return the step that takes this one revision back."""
    from alembic.runtime.migration import MigrationStep

    return MigrationStep.downgrade_from_script(scripts.revision_map, script)


def scripts_like(
    history: ScriptDirectory, folder: Path, locations: Sequence[str]
) -> ScriptDirectory:
    """Return a history in other folders, with the options of this one. What runs after a revision
    is written is called `hooks` since Alembic 1.16."""
    from alembic.script import ScriptDirectory

    named = "hooks" if hasattr(history, "hooks") else "hook_config"
    options: dict[str, Any] = {named: getattr(history, named)}
    return ScriptDirectory(
        str(folder),
        file_template=history.file_template,
        truncate_slug_length=history.truncate_slug_length,
        version_locations=list(locations),
        output_encoding=history.output_encoding,
        timezone=history.timezone,
        recursive_version_locations=history.recursive_version_locations,
        messaging_opts={"quiet": True},
        **options,
    )


# --------------------------------------------------------------------- operations as they run


def operations_of_module() -> Operations:
    """Return what the functions of `alembic.op` call while revisions run."""
    from alembic import op

    operations: Operations = vars(op)["_proxy"]
    return operations


def commits_each_revision(context: MigrationContext) -> bool:
    return bool(context._transaction_per_migration)


def batch_of(operations: Any) -> Any:
    """Return what `batch_alter_table` collects: it has `table_name`, `reflect_args`, `table_args`,
    `table_kwargs` and `flush`."""
    return operations.impl


def has_filters(context: AutogenContext) -> bool:
    """Does env.py pass `include_object` or `include_name`?"""
    return bool(context._object_filters or context._name_filters)


# --------------------------------------------------------------------- SQLAlchemy


def mock_connection(dialect: Dialect, execute: Callable[..., Any]) -> MockConnection:
    """Return a connection that gives each statement to `execute`, of a dialect that has learned the
    version of its engine. `create_mock_engine` would make a dialect of its own."""
    from sqlalchemy.engine.mock import MockConnection

    return MockConnection(dialect, execute)


def listeners(target: Any, event: str) -> Iterator[Any]:
    """Yield who listens to this event of an engine, a MetaData or a Table; SQLAlchemy's own types,
    as Enum and Boolean, are left out."""
    for listener in getattr(target.dispatch, event):
        inside = getattr(listener, "func", listener)  # of a partial
        method = getattr(getattr(inside, "target", None), getattr(inside, "name", ""), inside)
        function = getattr(method, "__func__", None)
        if not str(getattr(function, "__module__", "")).startswith(_TYPES):
            yield listener


def who_opens(alchemy: Any) -> Iterator[Any]:
    """Yield who listens to connections that an engine opens, but for SQLAlchemy's own look at the
    first one."""
    for event in ("connect", "first_connect", "checkout"):
        for listener in getattr(alchemy.pool.dispatch, event):
            if not str(getattr(listener, "__module__", "")).startswith("sqlalchemy."):
                yield listener
