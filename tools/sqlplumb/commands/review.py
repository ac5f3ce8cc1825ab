"""Tell what a revision is, for the person who must say yes or no to it.

An author's own words are shown only where they say exactly what is or will be in the database: they
come from schema.sql, or from an earlier commit of it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.approvals import read_approvals
from sqlplumb.changes import Create, Rename
from sqlplumb.commands.accepting import compare_accepting
from sqlplumb.commands.branches import BranchProofs
from sqlplumb.commands.log import log_up_to
from sqlplumb.commands.next_steps import Steps
from sqlplumb.commands.pending_rows import MOST, PendingRows
from sqlplumb.commands.prove import (
    ReplayedRevision,
    chosen,
    judge_replayed,
    replay_revision,
)
from sqlplumb.commands.queries import judge_for_revision
from sqlplumb.commands.view_reads import view_reads
from sqlplumb.config import Settings
from sqlplumb.engines import Effect, LiveDatabase, Source
from sqlplumb.engines.statements import as_measured
from sqlplumb.errors import PlumbError
from sqlplumb.lint import Judgement, LintContext, project_rules
from sqlplumb.log import Log
from sqlplumb.progress import each
from sqlplumb.proof import Counted, count_changes, with_row_rules
from sqlplumb.proof.ledger import entry_of, ledger_file, outdated, read_ledger
from sqlplumb.review import Live, Origin, Refusing, Reviewed
from sqlplumb.schema import Object, Ref, Schema
from sqlplumb.sources import open_live, open_schema
from sqlplumb.sources.database import project_engine, retry_if_changed
from sqlplumb.sources.env_run import without_env
from sqlplumb.sources.git_history import find_commit, open_earlier
from sqlplumb.sources.open_replays import OpenReplay, open_replay, replays_before
from sqlplumb.sources.positions import positions_beside
from sqlplumb.sources.replay_cache import are_closed
from sqlplumb.sources.running_alembic import script_folder
from sqlplumb.sources.scripts import (
    all_revisions,
    down_revisions,
    needed_revisions,
    script_directory,
)
from sqlplumb.steps import Plan
from sqlplumb.upgrade import gates

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOptions:
    """`revisions` as they are written; nothing: the last one. `database` is whose rows count; where
    it is asked for what is `pending`, that is reviewed. `origin` is shown as it is given."""

    settings: Settings
    revisions: str = ""
    database: str = ""
    pending: bool = False
    origin: Origin = field(default_factory=Origin)


def commit_of(settings: Settings) -> str:
    """Return the commit of the schema and the history, and whether they differ from it."""
    names = [*settings.schema, *([str(script_folder(settings))] if settings.has_history else [])]
    commit, is_clean = find_commit(settings.root, names)
    return commit if is_clean or not commit else f"{commit}, with changes that are not committed"


def review(options: ReviewOptions) -> Iterator[Reviewed]:
    """Review each revision in turn. A database is asked about the first, and about others as far as
    they are pending there and it is not too large to be copied."""
    settings, database = options.settings, options.database
    scripts, schema = script_directory(settings), open_schema(settings)
    rows = None
    if database:  # what cannot be opened is told before anything takes long
        rows = retry_if_changed(partial(PendingRows, database, scripts, settings))
    if options.pending:
        ahead = retry_if_changed(partial(_pending, database, scripts, settings))
    else:
        last = "heads" if len(scripts.get_heads()) > 1 else "head"
        ahead = chosen(scripts, options.revisions or last)
    for script in each(ahead, "revisions reviewed"):
        is_told = settings.cache or script is ahead[0]  # else all before it runs each time
        log = _log_before(script, scripts, settings) if is_told else None
        reviewed = _review(script, scripts, schema=schema, rows=rows, settings=settings)
        yield replace(reviewed, log=log, origin=options.origin)
        if rows and options.pending and script is not ahead[-1]:
            retry_if_changed(partial(rows.pass_over, script))
            rows = rows if rows.is_known else None
        else:
            rows = None


def _pending(database: str, scripts: ScriptDirectory, settings: Settings) -> Sequence[Script]:
    """Return what a database has not yet; raise Refused where nobody knows that."""
    with open_live(database, settings, Path()) as live:
        history = all_revisions(scripts)
        versions = live.revisions(settings.version_table)
        at = gates.known(
            live.label, versions, tables=live.texts, history=history, settings=settings
        )
    with open_replay(settings, scripts=scripts) as replay:
        return replay.pending(at)


def _log_before(script: Script, scripts: ScriptDirectory, settings: Settings) -> Log | None:
    """Return what earlier revisions changed, where that need not be found out each time."""
    needed = needed_revisions(script)
    return log_up_to(needed, scripts, settings) if are_closed(scripts, needed) else None


def _review(
    script: Script,
    scripts: ScriptDirectory,
    *,
    schema: Source,
    rows: PendingRows | None,
    settings: Settings,
) -> Reviewed:
    position = rows.position_before(script) if rows else ()
    scratch = replays_before(settings, script, scripts, at=position)
    replayed = replay_revision(script.revision, scratch, settings)
    plan = replayed.plan
    known = read_ledger(ledger_file(scripts, settings)).get(script.revision)
    now = entry_of(script, settings)
    is_proved = known is not None and not outdated(script.revision, known, now)
    proofs = BranchProofs(scripts, schema, settings)
    proof = proofs.prove(script)
    if is_proved and not proof.holds:  # it held for these bytes: has the schema gone on?
        without_schema = proofs.prove(script, is_still_last=False)
        proof = without_schema if without_schema.holds else proof
    traces = {trace.statement: trace for trace in proof.traces}
    effects = tuple(
        as_measured(effect, traces.get(effect.statement))
        for effect in project_engine(settings).effects(replayed.statements)
        if effect.on != settings.version_table  # which is Alembic's own
    )
    context = LintContext(settings=settings, rules=project_rules(settings))
    if rows:
        judgement, live = retry_if_changed(
            partial(
                _review_live,
                rows,
                script,
                scratch=scratch,
                replayed=replayed,
                effects=effects,
                context=context,
            )
        )
    else:
        judgement, live = judge_replayed(script, replayed, context), None
    findings, ignored = judgement.findings, judgement.ignored
    before = positions_beside(scripts).get(script.revision) or needed_revisions(script)
    if script.is_head and (queries := judge_for_revision(script, before, settings)):
        findings, ignored = (*findings, *queries.findings), (*ignored, *queries.ignored)
    units = frozenset(change.ref.unit for change in plan.changes)
    objects = schema.read([unit for unit in schema.texts if unit in units]).objects
    places = {ref: fact.place for ref, fact in same(objects, plan.desired).items() if fact.place}
    words_before, words = written(schema, plan, settings)
    proof = replace(proof, under=without_env(settings, proof.under))
    approvals = read_approvals(Path(script.path).read_bytes())
    judged = judge_replayed(script, replayed, context)  # as the gates of apply do, without rows
    steps = Steps(
        script=script,
        scripts=scripts,
        replayed=replayed,
        findings=judged.findings,
        approvals=approvals,
        database=rows.database if rows else "",
        settings=settings,
        one_way=bool(proof.one_way),
        is_proved=is_proved,
    )
    near = replace(plan.desired, objects={fact.ref: fact for fact in replayed.near}, ignored={})
    return Reviewed(
        revision=script.revision,
        message=script.doc,
        file=os.path.relpath(script.path),
        plan=plan,
        back=replayed.back,
        near=near,
        reads=view_reads(near),
        effects=effects,
        findings=findings,
        ignored=ignored,
        proof=with_row_rules(proof, plan),
        places=places,
        written_before=words_before,
        written=words,
        live=live,
        approvals=approvals,
        next_steps=tuple(steps.all()),
        leave=tuple(steps.allowances()),
    )


def _review_live(
    rows: PendingRows,
    script: Script,
    *,
    scratch: OpenReplay,
    replayed: ReplayedRevision,
    effects: Collection[Effect],
    context: LintContext,
) -> tuple[Judgement, Live]:
    """Judge the revision by the rows of a live database, and tell what it would find there."""
    settings, plan = context.settings, replayed.plan
    renames = [change for change in plan.changes if isinstance(change, Rename)]
    with rows.open() as live:
        context = replace(context, count_refused=live.count_refused)
        judgement = judge_replayed(script, replayed, context)
        counted = _count_changed(live, script, rows, scratch=scratch)
        checked = [(check, live.count_refused(check, renames)) for check in plan.row_checks]
        tables = sorted({effect.table for effect in effects if effect.table})
        weights = {table: live.weigh(table) for table in tables}
        with scratch() as replay:  # which stands where the revision begins
            start = replay.source(plan.current.source)
            drift = compare_accepting(live, start, settings)
        return judgement, Live(
            label=live.label,
            waits=rows.waits,
            weights={table: weight for table, weight in weights.items() if weight},
            row_checks=tuple(check for check, rows in checked if not rows.why_not),
            refusing=tuple(
                Refusing(check, rows) for check, rows in checked if rows.count or rows.why_not
            ),
            drift=drift,
            at=rows.at,
            lacks=rows.lacks(script),
            has_run=rows.has_run(script),
            counted=counted,
        )


def _count_changed(
    live: LiveDatabase, script: Script, rows: PendingRows, *, scratch: OpenReplay
) -> Counted:
    """Count the rows whose values a data step changes: run it on a copy in memory, up and down."""
    parents, is_beside = down_revisions(script), bool(rows.position_before(script))
    if not is_beside and {*rows.at} != {*parents}:
        return Counted(why_not="it is not where this revision begins")
    snapshot = live.snapshot(MOST)
    if snapshot is None:
        is_file = live.engine.applies
        return Counted(
            why_not="it is too large for a copy in memory"
            if is_file
            else "rows of a server are not copied"
        )
    return count_changes(
        snapshot, scratch, revision=script.revision, parents=parents, beside=is_beside
    )


Words = Mapping[Ref, str]


def written(schema: Source, plan: Plan, settings: Settings) -> tuple[Words, Words]:
    """Find the author's words for what the revision finds, and for what it leaves."""
    units = {change.ref.unit for change in plan.changes}
    units |= {change.current.ref.unit for change in plan.changes if not isinstance(change, Create)}
    sides = (plan.current, plan.desired)
    words: tuple[dict[Ref, str], dict[Ref, str]] = ({}, {})
    for source in chain((schema,), open_earlier(schema, settings)):
        with suppress(PlumbError):  # what was wrong once is nobody's words
            objects = source.read(units & source.texts.keys()).objects
            for side, known in zip(sides, words, strict=True):
                known |= _words(objects, side) | known
        if all(
            ref in known
            for side, known in zip(sides, words, strict=True)
            for ref in side.objects
            if not ref.inline and ref.unit in units
        ):
            break
    return words


def same(objects: Mapping[Ref, Object], side: Schema) -> Mapping[Ref, Object]:
    return {ref: fact for ref, fact in objects.items() if side.objects.get(ref) == fact}


def _words(objects: Mapping[Ref, Object], side: Schema) -> dict[Ref, str]:
    """Return texts that say the same; a table's text only if all that stands in it is equal."""
    equal = same(objects, side)
    torn = {ref.unit for ref in (*objects, *side.objects) if ref.inline and ref not in equal}
    return {
        ref: fact.text
        for ref, fact in equal.items()
        if not ref.inline and (ref.table or ref.name not in torn)
    }
