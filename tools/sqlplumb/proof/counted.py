"""One revision on a copy of a database that somebody uses: how many of its rows it changes."""

from __future__ import annotations

from sqlplumb.engines import Snapshot
from sqlplumb.errors import PlumbError
from sqlplumb.proof.proof import Counted
from sqlplumb.proof.run import Again, Refusal, Run, down_and_up, state, up
from sqlplumb.proof.state import State
from sqlplumb.proof.values import with_way_back
from sqlplumb.sources.history import OpenScratch


def counted_on(
    snapshot: Snapshot, open_scratch: OpenScratch, revision: str, parents: tuple[str, ...]
) -> Counted:
    """Up, and down again, with the rows that are there; why not, where they do not let it."""
    try:
        with open_scratch() as replay:
            replay.scratch.restore(snapshot)
            run = Run(replay, revision, parents, parents)
            before = state(run)
            climbed, after = up(run, before, None)
            if climbed.failures:
                return Counted(why_not=str(climbed.failures[0]), fails=True)
            back = _back(run, before, after) if climbed.changes else None
            ends = (before, back)
            return Counted(tuple(with_way_back(climbed.changes, climbed.changes, ends)))
    except Refusal as refusal:
        return Counted(why_not=str(refusal), fails=True)
    except (Again, PlumbError) as error:
        return Counted(why_not=str(error) or "its own code refuses them")


def _back(run: Run, before: State, after: State) -> State | None:
    try:
        return down_and_up(run, before, after).back
    except (Again, Refusal):
        return None
