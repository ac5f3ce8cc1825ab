"""The history put to the proof: each revision with rows, and the end against schema.sql."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import chdir
from functools import partial
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.proof import Proof, prove_revision
from sqlplumb.sources import open_schema
from sqlplumb.sources.history import open_replay, script_directory

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


def prove(wanted: str, settings: Settings) -> Iterator[Proof]:
    """`wanted` is a revision, or two with a colon between, or nothing: the whole history."""
    scripts = script_directory(settings)
    desired = open_schema(settings).read()
    heads = set(scripts.get_heads())
    for script in _chosen(scripts, wanted, settings):
        scratch = partial(open_replay, settings, f"revision {script.revision}", scripts)
        bases = bases_of(script)
        is_end = script.revision in heads and len(heads) == 1
        parents = parents_of(script)
        goal = desired if is_end else None
        yield prove_revision(scratch, script.revision, bases, parents, goal)


def parents_of(script: Script) -> tuple[str, ...]:
    """What a downgrade of it leads to."""
    return _names(script.down_revision)


def bases_of(script: Script) -> tuple[str, ...]:
    """What must have run before it: several for a merge, and what it depends on."""
    said = (*_names(script.down_revision), *_names(script.dependencies))
    return tuple(dict.fromkeys(said))


def _names(said: str | Sequence[str] | None) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said or ())


def _chosen(scripts: ScriptDirectory, wanted: str, settings: Settings) -> list[Script]:
    from alembic.util import CommandError

    first, colon, last = wanted.partition(":")
    try:
        with chdir(settings.root):
            if wanted and not colon:
                return [scripts.get_revision(wanted)]
            found = scripts.walk_revisions(first or "base", last or "heads")
            return list(reversed(list(found)))
    except CommandError as error:
        hint = "`alembic history` lists the revisions"
        raise WrongInput(Problem(f"no such revision: {error}", hint)) from error
