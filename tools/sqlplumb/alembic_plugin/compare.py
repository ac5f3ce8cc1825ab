"""Compare the database that Alembic is connected to with the models or schema.sql.

The outcome is one operation of Alembic's, which is rendered, reversed, compared and run. Must never
write a file: where a revision goes is Alembic's affair.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.autogenerate import renderers
from alembic.operations import MigrateOperation, Operations
from alembic.util import CommandError

from sqlplumb import limits
from sqlplumb.alembic_plugin.chain import Chain
from sqlplumb.alembic_plugin.column_comparison import without_equal_columns
from sqlplumb.alembic_plugin.filters import without_filtered
from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.chain import Link
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.commands.planning import plan_back, plan_of
from sqlplumb.config import Settings, find_settings
from sqlplumb.config.alembic_files import SECTION
from sqlplumb.engines import Engine, Source, engine
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.proof.plan_proof import trial
from sqlplumb.python_text import literal
from sqlplumb.render import words
from sqlplumb.sources import open_schema
from sqlplumb.sources.metadata import open_created
from sqlplumb.stand_ins import standing_in
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.operations.ops import UpgradeOps


def compare(context: AutogenContext, upgrade_ops: UpgradeOps) -> None:
    """Add one operation to `upgrade_ops` if the database differs."""
    db_engine = engine(context.dialect.name)
    version_table = context.migration_context.version_table.lower()
    assert context.connection is not None
    connection = context.connection.connection.dbapi_connection
    url = context.connection.engine.url.render_as_string(hide_password=False)
    try:
        settings = _find_project_settings(context)
        named = settings.stand_ins if settings else None
        with (
            standing_in(named),
            limits.within(limits.DEFAULT),
            db_engine.open_beside("the database", connection, url) as current,
            _open_desired(context, db_engine, settings) as desired,
        ):
            if settings is not None:
                current.leave_out(settings.ignore)
                desired.leave_out(settings.ignore)
            comparison = compare_sources(current, desired, version_table, whole=True, to_plan=True)
            comparison = without_equal_columns(comparison, context)
            comparison = without_filtered(comparison, context)
            if comparison.changes:
                upgrade_ops.ops.append(_operation(comparison, context, settings))
    except PlumbError as error:  # Alembic shows its own errors in one line
        raise _as_alembics(error) from error


def _as_alembics(error: PlumbError) -> CommandError:
    problems = "; ".join(f"{problem}. {problem.advice}" for problem in error.problems)
    return CommandError(f"sqlplumb: {problems}")


@contextmanager
def _open_desired(
    context: AutogenContext, db_engine: Engine, settings: Settings | None
) -> Iterator[Source]:
    """Open schema.sql if this project has settings and it exists, else the models."""
    if settings is not None and _has_schema(settings):
        yield open_schema(settings)
        return
    metadata = context.metadata
    if metadata is None:
        raise CommandError(
            "sqlplumb: env.py passes no target_metadata, and there is no schema.sql to compare with"
        )
    parts: list[Any] = list(metadata) if isinstance(metadata, list | tuple) else [metadata]
    with open_created(parts, "the models", db_engine) as models:
        yield models


def _find_project_settings(context: AutogenContext) -> Settings | None:
    """Return the settings beside the configuration that Alembic runs with.

    Settings of a folder further up are those of another project.
    """
    environment = context.migration_context.environment_context
    if environment is None:
        return None
    config = environment.config
    file = config.config_file_name or config.toml_file_name
    folder = Path(file).resolve().parent if file else Path.cwd().resolve()
    name = context.migration_context.opts["upgrade_token"].removesuffix("upgrades").rstrip("_")
    if config.config_ini_section != SECTION:
        name = config.config_ini_section
    settings = find_settings(folder)
    if settings.names and name not in settings.names:
        message = f"the settings name {' and '.join(settings.names)}, and this database is {name}"
        advice = f"write [tool.sqlplumb.names.{name}], or let env.py name the plugin for the others"
        raise WrongInput(Problem(message, advice))
    if settings.names:
        settings = find_settings(folder, name)
    is_named = settings.alembic is not None and settings.alembic.file.resolve().parent == folder
    is_here = settings.is_configured and (settings.root.resolve() == folder or is_named)
    return settings if is_here else None


def _has_schema(settings: Settings) -> bool:
    return any(match for pattern in settings.schema for match in settings.root.glob(pattern))


def _operation(
    comparison: Comparison, context: AutogenContext, settings: Settings | None
) -> PlumbOp:
    db_engine = engine(comparison.desired.engine)
    up, down = plan_of(comparison), plan_back(comparison)
    changes = tuple(words.deed(change) for change in words.without_inline(comparison.changes))
    whole = _linked(Link(up, down), changes)
    most = max(len(db_engine.segments(plan.steps)) for plan in (up, down))
    if most > 1:
        whole.chain = Chain(
            plan=up,
            back=down,
            revisions=most,
            settings=settings,
            operation=partial(_linked, changes=changes),
        )
        whole.chain.follow(context.migration_context)
    return whole


def _linked(link: Link, changes: tuple[str, ...]) -> PlumbOp:
    """Return the operation of one revision."""
    name = link.plan.desired.engine
    steps = link.plan.steps, link.back.steps
    body = engine(name).revision_body(*steps, style="batch", trial=partial(trial, name))
    forward, back = (
        Direction(source=source, functions=body.below, changes=changes, plan=plan)
        for source, plan in ((body.upgrade, link.plan), (body.downgrade, link.back))
    )
    return PlumbOp(forward, back)


@dataclass(frozen=True, kw_only=True)
class Direction:
    """An upgrade or a downgrade: its source, the functions that it calls, and what it changes."""

    source: str
    functions: tuple[str, ...]
    changes: tuple[str, ...]
    plan: Plan


class PlumbOp(MigrateOperation):
    """All changes as one operation; a class because Alembic dispatches on it. What one revision
    cannot hold is written as a chain."""

    def __init__(self, forward: Direction, back: Direction) -> None:
        self.forward = forward
        self.back = back
        self.chain: Chain | None = None
        self.is_back = False

    def reverse(self) -> PlumbOp:
        reverse = PlumbOp(self.back, self.forward)
        reverse.chain, reverse.is_back = self.chain, not self.is_back
        return reverse

    def written(self) -> Direction:
        """Return what the revision says that is being rendered."""
        if self.chain is None:
            return self.forward
        first = self.chain.first()
        assert isinstance(first, PlumbOp)
        return first.back if self.is_back else first.forward

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("sqlplumb", *self.forward.changes)


@renderers.dispatch_for(PlumbOp)
def _render(context: Any, operation: PlumbOp) -> list[str]:
    """Render without multi-line strings: Alembic indents their lines as well."""
    try:
        forward = operation.written()
    except PlumbError as error:
        raise _as_alembics(error) from error
    context.imports.update(f"\n\n{function.rstrip()}\n" for function in forward.functions)
    lines = ("    " + forward.source).split("\n")
    return ["\n".join(line.removeprefix("    ") for line in _without_multiline_strings(lines))]


def _without_multiline_strings(lines: list[str]) -> list[str]:
    """Split each multi-line string into adjacent strings, which Python concatenates."""
    text = "if True:\n" + "\n".join(lines) + "\n"
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    rendered, end = "", 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING and "\n" in token.string:
            row, column = token.start
            begin = starts[row - 1] + column
            value = literal(token.string).lstrip("\n")
            pieces = [repr(piece) for piece in value.splitlines(keepends=True)]
            rendered += text[end:begin] + ("\n" + " " * column).join(pieces)
            end = begin + len(token.string)
    return (rendered + text[end:]).split("\n")[1:-1]


@Operations.implementation_for(PlumbOp)
def _run(operations: Operations, operation: PlumbOp) -> None:
    plan, bind = operation.forward.plan, operations.get_bind()
    for statement in engine(plan.desired.engine).statements(plan.steps):
        bind.exec_driver_sql(statement)
