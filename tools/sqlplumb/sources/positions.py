"""Positions in a history: where it ends, and what has run at a position.

A position is a set of revisions, as Alembic's table holds them: one, or one of each branch. A
history with several heads ends at all of them where they are meant, and nowhere where two people
began from one revision. Must never run a revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlplumb.config import Settings
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.sources.scripts import down_revisions, needed_revisions, resolve_revision

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

Position = tuple[str, ...]

_MEANT = (
    "if each is meant, give it a branch label of its own, or set several_heads = true in the"
    " settings"
)
_JOIN = "join them with `alembic merge heads`"


def ancestors(scripts: ScriptDirectory, revisions: Iterable[str]) -> dict[str, Script]:
    """Return these revisions and all that must have run before them, by id."""
    found: dict[str, Script] = {}
    waiting = [*revisions]
    while waiting:
        script = scripts.get_revision(waiting.pop())
        if script is not None and script.revision not in found:
            found[script.revision] = script
            waiting += needed_revisions(script)
    return found


def has_run(scripts: ScriptDirectory, at: Iterable[str], revision: str) -> bool:
    """Has a revision run on a database that is at these?"""
    return revision in ancestors(scripts, at)


def last_of(scripts: ScriptDirectory, revisions: Iterable[str]) -> Position:
    """Return those of these revisions that none of the others needs."""
    found = [scripts.get_revision(written) for written in revisions]
    known = {script.revision for script in found if script}
    below = ancestors(scripts, known)
    needed = {name for script in below.values() for name in _needs(scripts, script)}
    return tuple(sorted(known - needed))


def _needs(scripts: ScriptDirectory, script: Script) -> set[str]:
    """A dependency may be written as the label of a branch."""
    found = (scripts.get_revision(written) for written in needed_revisions(script))
    return {needed.revision for needed in found if needed}


def heads_of(scripts: ScriptDirectory, without: str = "") -> Position:
    """Return the heads, as if this last revision were not there."""
    return tuple(sorted({*scripts.get_heads()} - {without}))


def ends(scripts: ScriptDirectory, settings: Settings) -> Position:
    """Return where the history ends: at its head; at all of them where they are meant, without
    those on which another one depends. Raise WrongInput where nobody said that they are."""
    heads = heads_of(scripts)
    if has_an_end(scripts, settings):
        return last_of(scripts, heads)
    message = f"the history has {len(heads)} heads: {_shown(scripts, heads)}"
    advice = f"name one, as history@REV; or {_JOIN}; or, {_MEANT}"
    raise WrongInput(Problem(message, advice))


def has_an_end(scripts: ScriptDirectory, settings: Settings, without: str = "") -> bool:
    """Does it end in one way, which schema.sql can be? Several heads are meant where the settings
    say so, and where each has a label of a branch that no other has. Two people who began from one
    revision share all labels, or have none."""
    last = last_of(scripts, heads_of(scripts, without))
    if settings.several_heads or len(last) < 2:
        return True
    labels = [_labels(scripts, head) for head in last]
    return all(
        each.difference(*(other for other in labels if other is not each)) for each in labels
    )


def _labels(scripts: ScriptDirectory, head: str) -> set[str]:
    """Return the labels of all below it: Alembic tells a revision that was just written of none."""
    below = scripts.iterate_revisions(head, "base")
    return {label for script in below for label in script.branch_labels}


def _shown(scripts: ScriptDirectory, heads: Sequence[str]) -> str:
    words = ((head, ", ".join(sorted(_labels(scripts, head)))) for head in heads)
    return ", ".join(f"{head} ({labels})" if labels else head for head, labels in words)


def resolve_position(scripts: ScriptDirectory, written: str, settings: Settings) -> Position:
    """Return the revisions that are written: one, several with commas between them, or `heads`; the
    end of the history where none is; nothing for base, and for a history without revisions."""
    if not written:
        return ends(scripts, settings)
    if written == "heads":
        return last_of(scripts, scripts.get_heads())
    found = [resolve_revision(scripts, word) for word in written.split(",")]
    return last_of(scripts, filter(None, found))


# --------------------------------------------------------------------- branches


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlace:
    """A new revision comes on this `head`, and begins with what the history makes at `begins`, as a
    source writes it; `others` are the heads that it is not on."""

    head: str
    begins: str
    others: Position = ()


def new_place(
    scripts: ScriptDirectory, written: str, settings: Settings, *, is_branch: bool = False
) -> NewPlace:
    """Return the place that is written, or else the end of a history that has one head. What begins
    a branch comes beside all that the others made, wherever it begins."""
    heads = heads_of(scripts)
    if len(heads) > 1 and not written:
        message = f"the history has {len(heads)} heads: {_shown(scripts, heads)}"
        advice = f"say on which one it comes, as --head {heads[0]}; or {_JOIN}"
        raise WrongInput(Problem(message, advice))
    if not written or not heads:
        return NewPlace(head=written or "head", begins=written)
    on = resolve_revision(scripts, written)
    is_branch = is_branch or len(heads) > 1 or not on
    begins = "" if is_branch and has_an_end(scripts, settings) else on or "base"
    others = tuple(head for head in heads if head != on)
    return NewPlace(head=written, begins=begins, others=others)


def place_of(scripts: ScriptDirectory, last: Script, settings: Settings) -> NewPlace:
    """Return the place of this last revision, as if it were not there."""
    head = (*down_revisions(last), "base")[0]
    if not has_an_end(scripts, settings):
        return NewPlace(head=head, begins=head)
    names = (script.revision for script in scripts.walk_revisions())
    before = last_of(scripts, (name for name in names if name != last.revision))
    return NewPlace(head=head, begins=",".join(before) or "base")


def positions_beside(scripts: ScriptDirectory, without: str = "") -> Mapping[str, Position]:
    """Return, by revision, the position at which everything has run that may run before it; none
    where that is what it needs. This last revision is taken for one that is not there.

    Of a revision that nothing needs, that is all the rest: it may be the last to run. Of others, it
    is what `alembic upgrade heads` runs before them.
    """
    found: dict[str, Position] = {}
    walked = scripts.walk_revisions()
    running = [script for script in walked if script.revision != without][::-1]
    tips = set[str]()
    for script in running:
        needs = _needs(scripts, script)
        if not tips <= needs:
            found[script.revision] = tuple(sorted(tips))
        tips = (tips - needs) | {script.revision}
    for last in tips if len(tips) > 1 else ():
        others = (script.revision for script in running if script.revision != last)
        found[last] = last_of(scripts, others)
    return found


def positions_ahead(
    scripts: ScriptDirectory, ahead: Iterable[Script], at: Iterable[str]
) -> Iterator[tuple[Script, Position]]:
    """Yield each of these, which run one after the other from there, with the position at which it
    does, where that is more than what it needs."""
    run = {*ancestors(scripts, at)}
    for script in ahead:
        yield script, _more_than_needed(scripts, script, run)
        run.add(script.revision)


def positions_back(
    scripts: ScriptDirectory, back: Iterable[Script], at: Iterable[str]
) -> Iterator[tuple[Script, Position]]:
    """Yield each of these, which are taken back one after the other from there, with the position
    to which that leads, where that is more than what it needs."""
    run = {*ancestors(scripts, at)}
    for script in back:
        run.discard(script.revision)
        yield script, _more_than_needed(scripts, script, run)


def _more_than_needed(scripts: ScriptDirectory, script: Script, run: set[str]) -> Position:
    is_all_needed = run <= ancestors(scripts, needed_revisions(script)).keys()
    return () if is_all_needed else last_of(scripts, run)
