"""From the history to schema.sql: a revision, written, proved, and only then in the history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlplumb.commands.losses import Leave, allowed, looked_at, weighed
from sqlplumb.commands.planning import decided, measured_for_plan, plan_back, plan_of
from sqlplumb.commands.prove import proved
from sqlplumb.commands.stamped import refuse_second_root
from sqlplumb.commands.swaps import Swaps
from sqlplumb.config import Settings, Style
from sqlplumb.drafts import Draft, open_draft
from sqlplumb.engines import Source, engine
from sqlplumb.errors import Problem
from sqlplumb.proof import Proof, refuse_unproved
from sqlplumb.proof.kept import Kept, file_of, keep, kept_of, read_kept
from sqlplumb.proof.trials import trial
from sqlplumb.python_layout import docstring
from sqlplumb.render import revision
from sqlplumb.sources import open_schema, open_source
from sqlplumb.sources.alembic_files import script_folder
from sqlplumb.sources.database import project_engine, retry_if_changed
from sqlplumb.sources.history import open_history, scratches
from sqlplumb.sources.scripts import in_silence, locked_folder, script_directory
from sqlplumb.steps import Plan

REPORT_IT = "If the schema itself is sound, please report it"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseOptions:
    """What a person asks for."""

    message: str
    style: Style
    allow: Leave
    head: str = ""
    rev_id: str = ""
    version: str = ""
    instant: bool = False
    database: str = ""
    swaps: Swaps = ""


@dataclass(frozen=True, slots=True)
class Written:
    """`path` is None where there was nothing to write."""

    path: Path | None
    plan: Plan
    proof: Proof | None = None
    passed_over: tuple[Problem, ...] = ()


def revise(
    options: ReviseOptions, settings: Settings, tell: Callable[[str], None] = in_silence
) -> Written:
    """Of several at once one writes while the others wait, and then see what it wrote."""
    with locked_folder(script_folder(settings), tell):
        return _revised(options, settings)


def _revised(options: ReviseOptions, settings: Settings) -> Written:
    schema = open_schema(settings)
    refuse_second_root(options.database, script_directory(settings), settings)
    with open_history(options.head, settings) as history:
        table = settings.version_table
        found = decided(measured_for_plan(history, schema, table, swaps=options.swaps))
    target = project_engine(settings).target(options.version, options.instant)
    plan = plan_of(found, target)
    unseen = _looked_at(plan, options, settings)
    if not plan.steps:
        return Written(None, plan, passed_over=(*found.passed_over, *found.done))
    said = said_of(plan, plan_back(found, target), options.style, options.message)
    with open_draft(settings, *revision.template(options.style)) as draft:
        name = draft.write(docstring(options.message), options.head, options.rev_id, said)
        proof = _proved(settings, draft, name, (plan, schema))
        kept = replace(kept_of(draft.scripts.get_revision(name)), makes=proof.makes)
        _keep(name, kept, settings)  # first: who is killed now leaves no revision without a proof
        path = draft.publish(name)
        return Written(path, plan, proof, (*found.passed_over, *found.done, *unseen))


def _keep(name: str, kept: Kept, settings: Settings) -> None:
    """Lines of revisions that are not there are what a kill left, or somebody took them away."""
    scripts = script_directory(settings)
    file, known = file_of(scripts), {one.revision for one in scripts.walk_revisions()}
    keep(file, {name: kept}, gone=read_kept(file).keys() - known - {name})


def said_of(plan: Plan, back: Plan, style: Style, message: str) -> dict[str, Any]:
    """What the template of this style is told."""
    name = plan.desired.engine
    body = engine(name).revision_body(
        plan.steps, back.steps, style=style, trial=partial(trial, name)
    )
    return revision.template_words(message, plan, body)


def _looked_at(plan: Plan, options: ReviseOptions, settings: Settings) -> tuple[Problem, ...]:
    """What is written tells what may be, whatever the rows of one database are."""
    if not options.database:
        weighing, doubts = weighed(plan, None)
        allowed(weighing, options.allow)
        return doubts

    def look() -> tuple[Problem, ...]:
        with open_source(options.database, settings, Path()) as opened:
            weighing, doubts = weighed(plan, opened)
            allowed(weighing, options.allow)
            return (*doubts, *looked_at(plan, opened))

    return retry_if_changed(look)


def _proved(settings: Settings, draft: Draft, name: str, made: tuple[Plan, Source]) -> Proof:
    script, (plan, desired) = draft.scripts.get_revision(name), made
    proof = proved(script, scratches(settings, script, draft.scripts), desired, plan=plan)
    refuse_unproved(proof, "nothing was written", REPORT_IT)
    return proof
