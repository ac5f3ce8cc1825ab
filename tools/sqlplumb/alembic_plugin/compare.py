"""The database that Alembic is connected to, against the models or schema.sql, as one operation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.util import CommandError

from sqlplumb import limits
from sqlplumb.alembic_plugin.filters import without_filtered
from sqlplumb.alembic_plugin.operation import PlumbOp, Said
from sqlplumb.changes.measure import Measure
from sqlplumb.commands.comparing import measure
from sqlplumb.commands.planning import plan_back, plan_of
from sqlplumb.config import Settings, find_settings
from sqlplumb.engines import Source, engine
from sqlplumb.errors import PlumbError
from sqlplumb.proof.trial import trial
from sqlplumb.render import revision, words
from sqlplumb.sources import open_schema
from sqlplumb.sources.metadata import open_created

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.operations.ops import UpgradeOps

_ENGINE = engine("sqlite")


def compare(context: AutogenContext, upgrade_ops: UpgradeOps) -> None:
    try:
        with limits.within(limits.DEFAULT):
            found = _measured(context)
            if found.changes:
                upgrade_ops.ops.append(_operation(found))
    except PlumbError as error:  # Alembic tells its own errors in one line
        said = "; ".join(f"{one}. {one.hint}" for one in error.problems)
        raise CommandError(f"sqlplumb: {said}") from error


def _measured(context: AutogenContext) -> Measure:
    assert context.connection is not None
    raw = context.connection.connection.dbapi_connection
    current = _ENGINE.open_connection("the database", raw)
    with _desired(context) as desired:
        version_table = context.migration_context.version_table.lower()
        found = measure(current, desired, version_table, whole=True)
    return without_filtered(found, context)


@contextmanager
def _desired(context: AutogenContext) -> Iterator[Source]:
    """schema.sql where this very project has settings for it; else the models, as Alembic means
    it, and as its programming interface is told."""
    settings = _settings(context)
    if settings is not None:
        yield open_schema(settings)
        return
    metadata = context.metadata
    if metadata is None:
        raise CommandError("sqlplumb: env.py gives no target_metadata, and there is no schema.sql")
    both: list[Any] = list(metadata) if isinstance(metadata, list | tuple) else [metadata]
    with open_created(both, "the models", _ENGINE) as opened:
        yield opened


def _settings(context: AutogenContext) -> Settings | None:
    """Those beside the configuration that Alembic runs with, if their schema is there."""
    environment = context.migration_context.environment_context
    if environment is None:
        return None
    config = environment.config
    file = config.config_file_name or config.toml_file_name
    folder = Path(file).resolve().parent if file else Path.cwd().resolve()
    settings = find_settings(folder)
    is_own = settings.is_configured and settings.root.resolve() == folder
    found = (match for one in settings.schema for match in folder.glob(one))
    return settings if is_own and any(found) else None


def _operation(found: Measure) -> PlumbOp:
    up, down = plan_of(found), plan_back(found)
    sides = [(plan, _ENGINE.frame(plan.steps)) for plan in (up, down)]
    body = revision.body(sides[0], sides[1], "batch", partial(trial, _ENGINE.name))
    said = tuple(words.deed(one) for one in words.without_inline(found.changes))
    return PlumbOp(
        Said(body.upgrade, body.below, said, up),
        Said(body.downgrade, body.below, said, down),
    )
