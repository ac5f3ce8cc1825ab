"""The history put to the proof: each revision with rows, and the end against schema.sql."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlplumb.commands.judging import judge_replayed, replay_rebuild
from sqlplumb.config import Settings
from sqlplumb.engines import Source
from sqlplumb.errors import PlumbError, Problem, WrongInput
from sqlplumb.hiding import without_password
from sqlplumb.lint import LintContext, project_rules
from sqlplumb.lint.rules.lost_in_rebuild import RULE as LOST_IN_REBUILD
from sqlplumb.proof import Failure, Proof, prove_revision
from sqlplumb.proof.ledger import entry_of, ledger_file, read_ledger, update_ledger
from sqlplumb.sources import open_schema
from sqlplumb.sources.env_run import EnvRun, without_env
from sqlplumb.sources.replay import OpenReplay, replays_before
from sqlplumb.sources.scripts import down_revisions, needed_revisions, script_directory
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


def prove(revisions: str, settings: Settings, env: EnvRun | None = None) -> Iterator[Proof]:
    """Prove a revision, a range `first:last`, or the whole history where `revisions` is empty.

    What is proved is recorded beside the history with the bytes of its file. With `env`, env.py
    runs the revisions.
    """
    with env or nullcontext():
        yield from _prove(revisions, settings, env)


def _prove(revisions: str, settings: Settings, env: EnvRun | None) -> Iterator[Proof]:
    scripts = script_directory(settings)
    schema = open_schema(settings)
    file = ledger_file(scripts)
    scripts_chosen = chosen(scripts, revisions)
    under = env.begin() if env else ""
    for script in scripts_chosen:
        desired, unheld = goal_of(script, scripts, schema)
        now = entry_of(script)
        scratch = replays_before(settings, script, scripts=scripts, env=env)
        proof = proved(script, scratch, desired=desired, unheld=unheld)
        lost = lost_in_rebuild(script, scratch, settings)
        under = under if env else without_env(settings, proof.under)
        proof = replace(proof, failures=(*proof.failures, *map(Failure, lost)), under=under)
        if proof.holds:
            update_ledger(file, {script.revision: replace(now, makes=proof.makes)})
        else:
            update_ledger(file, {}, gone=(script.revision,))
        yield proof
    if not revisions:
        current_ids = {script.revision for script in scripts_chosen}
        update_ledger(file, {}, gone=read_ledger(file).keys() - current_ids)


def lost_in_rebuild(script: Script, scratch: OpenReplay, settings: Settings) -> Iterator[str]:
    """Yield what the upgrade drops without naming it, unless an ignore gives a reason."""
    with suppress(PlumbError):  # it cannot be run: the proof says so
        replayed = replay_rebuild(script.revision, scratch, settings)
        if replayed is None:
            return
        context = LintContext(settings=settings, rules=project_rules(settings))
        for finding in judge_replayed(script, replayed, context).findings:
            if finding.name == LOST_IN_REBUILD.name and finding.severity == "error":
                yield f"{finding.message} ({finding.code} {finding.name})"


def goal_of(
    script: Script, scripts: ScriptDirectory, schema: Source
) -> tuple[Source | None, tuple[str, ...]]:
    """Return the schema that the last revision must make, and what cannot be compared."""
    heads = scripts.get_heads()
    if heads == [script.revision]:
        return schema, ()
    if script.revision not in heads:
        return None, ()
    return None, (f"schema.sql: the history has {len(heads)} heads, and ends nowhere",)


def proved(
    script: Script,
    scratch: OpenReplay,
    desired: Source | None,
    unheld: tuple[str, ...] = (),
    plan: Plan | None = None,
) -> Proof:
    """Prove one revision, which may be a draft outside of the project, written from a plan."""
    bases, parents = needed_revisions(script), down_revisions(script)
    proof = prove_revision(
        scratch, script.revision, bases=bases, parents=parents, desired=desired, plan=plan
    )
    return replace(proof, uncovered=(*proof.uncovered, *unheld))


def chosen(scripts: ScriptDirectory, revisions: str) -> list[Script]:
    """Return the revisions that these words name, in the order in which they run."""
    from alembic.util import CommandError

    first, colon, last = revisions.partition(":")
    try:
        if revisions and not colon:
            return _one(scripts, revisions)
        walked = scripts.walk_revisions(first or "base", last or "heads")
        return list(reversed(list(walked)))
    except CommandError as error:
        hint = "`alembic history` lists the revisions"
        reason = (
            str(error) if without_password(revisions) == revisions else without_password(revisions)
        )
        raise WrongInput(Problem(f"no such revision: {reason}", hint)) from error


def _one(scripts: ScriptDirectory, revision: str) -> list[Script]:
    """Before the first there is `base`, and nothing that could be run."""
    script = scripts.get_revision(revision)
    if script is None:
        raise WrongInput(Problem(f"{revision} is no revision", "`alembic history` lists them"))
    return [script]
