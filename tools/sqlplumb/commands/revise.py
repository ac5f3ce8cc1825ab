"""Write the revision that leads from the history to schema.sql, prove it, and then publish it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlplumb import progress
from sqlplumb.commands.branches import BranchProofs
from sqlplumb.commands.chain import Link, links_of, numbered
from sqlplumb.commands.databases import refuse_second_root
from sqlplumb.commands.idle_hints import idle_hints
from sqlplumb.commands.losses import Allowance, allowed, check_rows, weighed
from sqlplumb.commands.planning import decided, measured_for_plan, plan_back, plan_of
from sqlplumb.commands.redo import last_revision
from sqlplumb.commands.swaps import Swaps
from sqlplumb.config import Settings, Style
from sqlplumb.drafts import Draft, open_draft
from sqlplumb.engines import engine
from sqlplumb.errors import PlumbError, Problem, Refused, WrongInput
from sqlplumb.lint import judge_plan
from sqlplumb.lint.rules import not_backward_compatible
from sqlplumb.proof import Proof, refuse_unproved
from sqlplumb.proof.ledger import (
    BY_REVISE,
    LedgerEntry,
    entry_of,
    ledger_file,
    read_ledger,
    update_ledger,
)
from sqlplumb.proof.plan_proof import trial
from sqlplumb.python_layout import docstring
from sqlplumb.render import project
from sqlplumb.sources import open_schema, open_source
from sqlplumb.sources.database import project_engine, retry_if_changed
from sqlplumb.sources.history import open_history
from sqlplumb.sources.history_lock import in_silence, locked_folder
from sqlplumb.sources.open_replays import replays_at
from sqlplumb.sources.positions import has_an_end, new_place, place_of
from sqlplumb.sources.running_alembic import script_folder
from sqlplumb.sources.scripts import all_revisions, revision_ids, script_directory
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory

_PLACE_IN_CHAIN = re.compile(r" \(\d+ of \d+\)\Z")
_WAY = (
    "Nothing was written. Without --database it is, and a statement in the revision may then mend"
    " them: `apply` asks the rows when that is done"
)
REPORT_IT = "If the schema itself is sound, please report it"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseOptions:
    """What a person asks for: a new revision, or (`redo`) one in the place of the last, even where
    that was edited (`discard_edits`)."""

    message: str
    style: Style
    allow: Allowance
    head: str = ""
    depends_on: tuple[str, ...] = ()
    branch_label: str = ""
    rev_id: str = ""
    version: str = ""
    instant: bool = False
    database: str = ""
    swaps: Swaps = ""
    redo: bool = False
    discard_edits: bool = False
    rolling: bool = False  # refuse what the release that runs cannot work with


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`files` are the revisions, in the order in which they run: a plan that one transaction
    cannot hold takes several. There are none where there was nothing to write; `redo` is then the
    revision that could be written anew."""

    files: tuple[tuple[Path, Proof], ...] = ()
    plan: Plan
    passed_over: tuple[Problem, ...] = ()
    redo: str = ""


def revise(
    options: ReviseOptions, settings: Settings, tell: Callable[[str], None] = in_silence
) -> Written:
    """Write one revision at a time: others wait, and then see what was written."""
    with locked_folder(script_folder(settings), tell):
        return _revise(options, settings)


def _revise(options: ReviseOptions, settings: Settings) -> Written:
    schema, scripts = open_schema(settings), script_directory(settings)
    former = None
    if options.redo:
        former = last_revision(
            scripts,
            settings,
            head=options.head,
            discard_edits=options.discard_edits,
            database=options.database,
        )
        options = replace(
            options,
            message=options.message or _PLACE_IN_CHAIN.sub("", former.doc),
            depends_on=options.depends_on or revision_ids(former.dependencies),
        )
        place = place_of(scripts, former, settings)
    else:
        is_branch = bool(options.branch_label)
        place = new_place(scripts, options.head, settings, is_branch=is_branch)
    refuse_second_root(options.database, scripts, settings)
    with open_history(place.begins, settings) as history:
        comparison = measured_for_plan(history, schema, settings.version_table, swaps=options.swaps)
    comparison = decided(comparison)
    target = project_engine(settings).target(options.version, options.instant)
    plan = plan_of(comparison, target)
    warnings = _check_plan(plan, options, settings)
    passed_over = (*comparison.passed_over, *comparison.done, *idle_hints(plan))
    if former and not plan.steps:
        message = f"schema.sql asks for nothing that {former.path} could do"
        raise Refused(Problem(message, "remove the file by hand, if no revision is needed"))
    if breaks := _breaks_running(plan, settings):
        if options.rolling:
            raise Refused(breaks)
        passed_over = (*passed_over, *breaks)
    if not plan.steps:
        redo = _could_be_redone(scripts, options, settings)
        return Written(plan=plan, passed_over=passed_over, redo=redo)
    back = plan_back(comparison, target)
    links = links_of(plan, back, replays=replays_at(place.begins, settings))
    template, template_name = project.template(options.style)
    with open_draft(settings, template, template_name) as draft:
        beside = bool(former or options.branch_label)
        chain = _write(links, draft, options, head=place.head, beside=beside)
        without = former.revision if former else ""
        if not (former or has_an_end(draft.scripts, settings)) and has_an_end(scripts, settings):
            message = "the history would have one head more, and nothing says that it is meant"
            raise WrongInput(Problem(message, "name its branch: --branch-label LABEL"))
        branches = BranchProofs(draft.scripts, schema, settings, without=without)
        with progress.step("proving it"):
            proofs = [
                branches.prove(script, link.plan) for script, link in zip(chain, links, strict=True)
            ]
        outcome = "nothing was written"
        if place.others and not options.depends_on:
            others = " or ".join(place.others)
            outcome += f"; if it needs what another branch made, say so: --depends-on {others}"
        for proof in proofs:
            refuse_unproved(proof, outcome, REPORT_IT)
        # First: who is killed now leaves no revision without a proof.
        entries = {
            script.revision: replace(entry_of(script, settings), makes=proof.makes, by=BY_REVISE)
            for script, proof in zip(chain, proofs, strict=True)
        }
        _record_proofs(entries, settings)
        paths = draft.publish(chain, Path(former.path).resolve() if former else None)
    if former:
        update_ledger(ledger_file(scripts, settings), {}, gone=(former.revision,))
    files = tuple(zip(paths, proofs, strict=True))
    return Written(files=files, plan=plan, passed_over=(*passed_over, *warnings))


def _write(
    links: Sequence[Link], draft: Draft, options: ReviseOptions, *, head: str, beside: bool
) -> list[Script]:
    """Write a chain of revisions, of which the last one has the id that somebody chose."""
    chain: list[Script] = []
    for number, link in enumerate(links, 1):
        is_first, is_last = number == 1, number == len(links)
        name = draft.write(
            docstring(numbered(options.message, number, len(links))),
            head if is_first else chain[-1].revision,
            options.rev_id if is_last else "",
            values=template_values(link.plan, link.back, style=options.style),
            beside=beside and is_first,
            depends_on=options.depends_on if is_first else (),
            branch_label=options.branch_label if is_first else "",
        )
        chain.append(draft.scripts.get_revision(name))
    return chain


def _could_be_redone(scripts: ScriptDirectory, options: ReviseOptions, settings: Settings) -> str:
    """Return the last revision, where no database has it yet: a hint that changes is no difference
    of schemas, and is followed when that is written anew."""
    try:
        script = last_revision(
            scripts, settings, head=options.head, discard_edits=False, database=options.database
        )
    except PlumbError:
        return ""
    return script.revision


def _breaks_running(plan: Plan, settings: Settings) -> list[Problem]:
    """Return what the release that runs cannot work with, where the settings care for it."""
    if not settings.lint.rolling:
        return []
    findings = judge_plan(plan, settings.lint, [not_backward_compatible.RULE])
    return [
        Problem(f"{found.code} {found.message}", found.instead, place=found.place)
        for found in findings
    ]


def _check_plan(plan: Plan, options: ReviseOptions, settings: Settings) -> tuple[Problem, ...]:
    """Refuse losses and rules that rows break; the revision is the same for every database."""
    if not options.database:
        weighing, doubts = weighed(plan, None)
        allowed(weighing, options.allow)
        return doubts

    def look() -> tuple[Problem, ...]:
        with open_source(options.database, settings, Path()) as source:
            weighing, doubts = weighed(plan, source)
            allowed(weighing, options.allow)
            return (*doubts, *check_rows(plan, source, _WAY))

    return retry_if_changed(look)


def template_values(plan: Plan, back: Plan, *, style: Style) -> dict[str, Any]:
    """Return the values that the template of this style takes."""
    name = plan.desired.engine
    body = engine(name).revision_body(
        plan.steps, back.steps, style=style, trial=partial(trial, name)
    )
    return project.template_words(plan, body)


def _record_proofs(entries: Mapping[str, LedgerEntry], settings: Settings) -> None:
    """Record proofs, and drop the entries of revisions that are gone."""
    scripts = script_directory(settings)
    file = ledger_file(scripts, settings)
    revisions = set(all_revisions(scripts))
    update_ledger(file, entries, gone=read_ledger(file).keys() - revisions - entries.keys())
