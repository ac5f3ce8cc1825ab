"""Ways through a history: which revisions lead from where a database is to where it shall be.

A target is written as Alembic has it: a revision, the beginning of its id, `+1`, `-1`, `base`, and
with the label of a branch before it `expand@head` or `expand@-1`; or `heads`.
Nothing is run here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlplumb.errors import Problem, WrongInput
from sqlplumb.sources.alembic_internals import downgrade_steps, upgrade_steps
from sqlplumb.sources.cut_history import is_beginning
from sqlplumb.sources.positions import Position, has_run, resolve_position
from sqlplumb.sources.replay import Replay
from sqlplumb.sources.scripts import resolve_revision

if TYPE_CHECKING:
    from alembic.script import Script

_COUNTED = re.compile(r"[+-]\d+\Z")
_RELATIVE = re.compile(r"[+-]\d+\Z|[^@]+@(?:[+-]\d+|base)\Z")  # to where a database is


def revisions_ahead(replay: Replay, at: Sequence[str], target: str) -> tuple[Script, ...]:
    """Return what leads to the target, in the order of running; nothing where it has run."""
    if not target:
        return replay.pending(at)
    with _told(replay, "--to", target):
        goal: str | Position = target
        if not _RELATIVE.match(target):
            goal = resolve_position(replay.scripts, target, replay.settings)
        return _scripts(replay, upgrade_steps, goal=goal, at=at) if goal else ()


def revisions_back(replay: Replay, at: Sequence[str], target: str) -> tuple[Script, ...]:
    """Return what is to be taken back, the last one first; raise where the target has not run."""
    with _told(replay, "--down", target):
        if _COUNTED.match(target) and len(at) > 1:
            message = f"--down {target}: it is at {' and '.join(at)}: which way back is meant?"
            advice = f"say of which branch, by its label or its revision: --down {at[0]}@{target}"
            raise WrongInput(Problem(message, advice))
        if _RELATIVE.match(target):
            goal = target
        else:
            goal = resolve_revision(replay.scripts, target) or "base"
            if goal != "base" and not has_run(replay.scripts, at, goal):
                where = " and ".join(at) or "base"
                message = f"--down {target}: it is at {where}, and {goal} has not run there"
                raise WrongInput(Problem(message, f"`--to {target}` leads there"))
        return _scripts(replay, downgrade_steps, goal=goal, at=at)


def _scripts(
    replay: Replay, steps_to: Callable[..., Any], *, goal: str | Position, at: Sequence[str]
) -> tuple[Script, ...]:
    steps = steps_to(replay.scripts, goal, tuple(at))
    scripts = (replay.scripts.get_revision(step.revision.revision) for step in steps)
    return tuple(script for script in scripts if script and not is_beginning(script))


@contextmanager
def _told(replay: Replay, option: str, target: str) -> Iterator[None]:
    from alembic.util import CommandError

    with replay.exclusively():
        try:
            yield
        except CommandError as error:
            why = "there are not so many revisions" if _COUNTED.match(target) else error
            message = f"{option} {target}: {why}"
            raise WrongInput(Problem(message, "`sqlplumb log` lists the revisions")) from error
