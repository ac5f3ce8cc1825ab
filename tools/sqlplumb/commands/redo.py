"""Find the last revision, to be written anew; refuse where it is somebody's already.

A database that has it, a revision that needs it, the hand of a person in its file: each is a reason
not to. What takes its place is written by `revise`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.commands.databases import find_databases
from sqlplumb.config import Settings
from sqlplumb.engines import Location
from sqlplumb.errors import Problem, Refused, WrongInput
from sqlplumb.proof.ledger import BY_REVISE, entry_of, ledger_file, read_ledger
from sqlplumb.sources.database import from_environment, locate, retry_if_changed
from sqlplumb.sources.positions import new_place
from sqlplumb.sources.scripts import (
    down_revisions,
    needed_revisions,
    resolve_revision,
    revision_ids,
)

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


def last_revision(
    scripts: ScriptDirectory,
    settings: Settings,
    *,
    head: str = "",
    discard_edits: bool,
    database: str = "",
) -> Script:
    """Return the revision at the end of the history, or of the branch that is named; raise what
    speaks against writing it anew."""
    if not scripts.get_heads():
        message = "there is no revision that could be written anew"
        raise WrongInput(Problem(message, "`sqlplumb revise -m MESSAGE` writes the first"))
    head = resolve_revision(scripts, new_place(scripts, head, settings).head)
    script = scripts.get_revision(head)
    assert script is not None
    if len(down_revisions(script)) > 1:
        message = f"revision {head} joins branches: no schema tells what it does"
        raise Refused(Problem(message, "nothing was changed"))
    if label := getattr(script.module, "branch_labels", None):
        message = f"revision {head} begins the branch {' '.join(revision_ids(label))}"
        raise Refused(Problem(message, "nothing was changed: no two revisions may begin it"))
    problems = [
        *_others_that_need_it(head, scripts),
        *([] if discard_edits else _hand_of_a_person(script, scripts, settings)),
        *_databases_that_have_it(head, settings, database),
    ]
    if problems:
        raise Refused(problems)
    return script


def _others_that_need_it(head: str, scripts: ScriptDirectory) -> Iterator[Problem]:
    for script in scripts.walk_revisions():
        if head in needed_revisions(script):
            message = f"revision {script.revision} depends on {head}"
            yield Problem(message, "write a revision behind them: `sqlplumb revise -m MESSAGE`")


def _hand_of_a_person(
    script: Script, scripts: ScriptDirectory, settings: Settings
) -> Iterator[Problem]:
    """What `revise` wrote and nobody touched can be written again; nobody can write the rest."""
    proof = read_ledger(ledger_file(scripts, settings)).get(script.revision)
    if proof and proof.by == BY_REVISE and proof.sha256 == entry_of(script, settings).sha256:
        return
    message = f"{script.path} is not as `sqlplumb revise` wrote it: what was edited would be lost"
    advice = "--discard-edits lets it go; or take what is worth it out of the file first"
    yield Problem(message, advice)


def _databases_that_have_it(head: str, settings: Settings, database: str) -> Iterator[Problem]:
    """Ask every database that is named or configured. A file that is not there has no revision."""
    urls = dict.fromkeys((*find_databases((), settings), *([database] if database else ())))
    for url in urls:
        location = locate(from_environment(url), Path(), settings)
        if location.file and not location.file.is_file():
            continue
        if head in retry_if_changed(partial(_revisions_of, location, settings)):
            message = f"{location.label} has revision {head} already"
            advice = "write a revision behind it: `sqlplumb revise -m MESSAGE`; or, where its rows"
            back = "sqlplumb apply --down -1" if location.engine.applies else "alembic downgrade -1"
            advice += f" are of no use, take it back: `{back}`"
            yield Problem(message, advice)


def _revisions_of(location: Location, settings: Settings) -> tuple[str, ...]:
    with location.open() as live:
        return live.at(settings.version_table)
