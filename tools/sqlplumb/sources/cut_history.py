"""Cut a history: let it begin at a later revision than its first, as `base_revision` says.

What came before is not replayed, proved or judged, for `base` holds what it made: its tables may be
those of an application that nobody can set up any more, or of another engine. Owns the revision in
whose place the base stands. Must never read the base.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Never

from sqlplumb.config import Settings
from sqlplumb.errors import Problem, WrongInput

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


class _Beginning(ModuleType):
    """The module of the revision at which a history begins: it comes behind none, and never runs,
    for wherever a history begins it has run."""

    depends_on = None
    down_revision = None

    def __init__(self, module: ModuleType) -> None:
        super().__init__(module.__name__)
        own = {"depends_on", "down_revision", "downgrade", "upgrade"}
        vars(self).update({name: it for name, it in vars(module).items() if name not in own})

    def upgrade(self, *_: object) -> Never:
        self._refuse()

    downgrade = upgrade

    def _refuse(self) -> Never:
        revision = vars(self)["revision"]
        message = f"the history begins at {revision}, as base_revision says: nothing runs before it"
        advice = "take base_revision out of the settings, or say `alembic` what to run"
        raise WrongInput(Problem(message, advice))


def begin_history_at(scripts: ScriptDirectory, revision: str) -> None:
    """Take away what had to run before this revision. Raise WrongInput where anything else does not
    come behind it."""
    from alembic.script import Script
    from alembic.script.revision import RevisionMap
    from alembic.util import to_tuple

    everything = {script.revision: script for script in scripts.walk_revisions()}
    advice = "name the id of a revision, in full, behind which all others come"
    if revision not in everything:
        message = f"base_revision = {revision!r}: the history has no such revision"
        raise WrongInput(Problem(message, advice))
    before = {script.revision for script in scripts.iterate_revisions(revision, "base")}
    kept = [script for name, script in everything.items() if name not in before]
    for script in kept:
        needs = {*to_tuple(script.down_revision, ()), *to_tuple(script.dependencies, ())}
        if not needs or needs & (before - {revision}):
            message = f"base_revision = {revision!r}: {script.revision} does not come behind it"
            raise WrongInput(Problem(message, advice))
    first = everything[revision]
    kept.append(Script(_Beginning(first.module), revision, first.path))
    scripts.revision_map = RevisionMap(lambda: kept)


def is_beginning(script: Script) -> bool:
    """Does the base stand in the place of this revision?"""
    return isinstance(script.module, _Beginning)


def advice_for_unknown(settings: Settings) -> str:
    """Return what to ask of a database at a revision that the history does not know."""
    advice = "is this the right database, or an older checkout?"
    if revision := settings.base_revision:
        advice += f" If it is from before {revision}, where the history begins, `alembic upgrade"
        advice += f" {revision}` brings it there"
    return advice
