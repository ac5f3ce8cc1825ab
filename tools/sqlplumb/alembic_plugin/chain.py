"""Let Alembic write a chain of revisions, where one transaction cannot hold what is to be done.

Alembic asks a comparison for the operations of one revision, and then a hook for all revisions that
it shall write; it renders each when it writes it. So the hook remembers where they stand, and the
plan is cut when the first is rendered: `alembic check`, which renders nothing, does not wait for
that. Must never write a file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from alembic.operations import MigrateOperation
from alembic.operations.ops import DowngradeOps, MigrationScript, UpgradeOps
from alembic.util import CommandError, rev_id

from sqlplumb.commands.chain import Link, links_of, numbered
from sqlplumb.config import Settings
from sqlplumb.sources.alembic_internals import mark_to_be_rendered
from sqlplumb.sources.open_replays import replays_from
from sqlplumb.sources.scripts import script_directory
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext

_HOOK = "process_revision_directives"


@dataclass(kw_only=True)
class Chain:
    """A plan with its way back, and the revisions that Alembic is going to write: `operation` makes
    that of one link."""

    plan: Plan
    back: Plan
    revisions: int
    settings: Settings | None
    operation: Callable[[Link], MigrateOperation]
    scripts: list[MigrationScript] = field(default_factory=list)
    _first: MigrateOperation | None = None

    def follow(self, context: MigrationContext) -> None:
        """Remember the revisions that Alembic shows to the hook of env.py."""
        hook = context.opts.get(_HOOK)

        def remember(context: MigrationContext, revision: Any, scripts: Any) -> None:
            if hook:
                hook(context, revision, scripts)
            self.scripts = scripts

        context.opts[_HOOK] = remember

    def first(self) -> MigrateOperation:
        """Return the operation of the first revision; when it is asked for, the others come behind
        it in the list that Alembic is going through."""
        if self._first is None:
            self._first, *others = map(self.operation, self._links())
            script, total = self.scripts[0], len(others) + 1
            message = script.message or ""
            script.message = numbered(message, 1, total)
            for number, operation in enumerate(others, 2):
                self.scripts.append(
                    _behind(self.scripts[-1], operation, numbered(message, number, total))
                )
        return self._first

    def _links(self) -> tuple[Link, ...]:
        is_alone = len(self.scripts) == 1 and len(self.scripts[0].upgrade_ops_list) == 1
        if self.settings is None or not is_alone:
            raise CommandError(
                f"sqlplumb: this takes {self.revisions} revisions, since one transaction cannot"
                f" hold it, and Alembic writes {'one' if is_alone else 'one for several databases'}"
                ": `sqlplumb revise` writes all of them"
            )
        scripts = script_directory(self.settings)
        start = replays_from(self.plan.current, scripts, self.settings)
        return links_of(self.plan, self.back, replays=start)


def _behind(before: MigrationScript, operation: MigrateOperation, message: str) -> MigrationScript:
    back = operation.reverse()
    script = MigrationScript(
        rev_id=rev_id(),
        upgrade_ops=UpgradeOps([operation]),
        downgrade_ops=DowngradeOps([back]),
        message=message,
        head=before.rev_id,
        version_path=before.version_path,
    )
    mark_to_be_rendered(script)  # as all that Alembic shows to the hook
    return script
