"""Tell what a revision is, for the person who must say yes or no to it.

An author's own words are shown only where they say exactly what is or will be in the database: they
come from schema.sql, or from an earlier commit of it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.changes import Create, Rename
from sqlplumb.changes.comparison import Comparison
from sqlplumb.commands.comparing import compare_sources
from sqlplumb.commands.judging import ReplayedRevision, judge_replayed, replay_revision
from sqlplumb.commands.prove import chosen, goal_of, proved
from sqlplumb.commands.queries import judge_for_revision
from sqlplumb.config import Settings
from sqlplumb.engines import Effect, LiveDatabase, Source, Weight
from sqlplumb.errors import PlumbError
from sqlplumb.lint import Judgement, LintContext, project_rules
from sqlplumb.proof import Counted, counted_on, with_row_rules
from sqlplumb.review import Live, Refusing, Reviewed
from sqlplumb.schema import Object, Ref, Schema
from sqlplumb.sources import open_live, open_schema
from sqlplumb.sources.database import project_engine, retry_if_changed
from sqlplumb.sources.env_run import without_env
from sqlplumb.sources.git_history import open_earlier
from sqlplumb.sources.replay import OpenReplay, replays_before
from sqlplumb.sources.scripts import down_revisions, script_directory
from sqlplumb.steps import Plan

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


_NO_ROWS = "it is no live database"
_MOST = 1 << 26  # bytes of a database that is copied to count its rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOptions:
    """`revisions` as they are written; nothing: the last one. `database` is whose rows count."""

    settings: Settings
    revisions: str = ""
    database: str = ""


def review(options: ReviewOptions) -> Iterator[Reviewed]:
    """Review each revision in turn. A database is asked only about the first."""
    settings = options.settings
    scripts = script_directory(settings)
    schema = open_schema(settings)
    database = options.database
    if database:  # what cannot be opened is told before anything takes long
        retry_if_changed(partial(_opens, database, settings))
    for script in chosen(scripts, options.revisions or "head"):
        yield _reviewed(script, scripts, schema=schema, database=database, settings=settings)
        database = ""


def _opens(database: str, settings: Settings) -> None:
    with open_live(database, settings, Path()):
        pass


def _reviewed(
    script: Script,
    scripts: ScriptDirectory,
    schema: Source,
    database: str,
    settings: Settings,
) -> Reviewed:
    scratch = replays_before(settings, script, scripts)
    done = replay_revision(script.revision, scratch, settings)
    units = frozenset(change.ref.unit for change in done.plan.changes)
    written_objects = schema.read([unit for unit in schema.texts if unit in units]).objects
    words = written(schema, done.plan, settings)
    goal, unheld = goal_of(script, scripts, schema)
    proof = proved(script, scratch, desired=goal, unheld=unheld)
    effects = tuple(project_engine(settings).effects(done.statements))
    own = tuple(one for one in effects if not _is_alembics(one, settings))
    context = LintContext(settings=settings, rules=project_rules(settings))

    def look() -> tuple[Judgement, Live]:
        with open_live(database, settings, Path()) as opened:
            judgement = judge_replayed(
                script, done, replace(context, count_refused=opened.count_refused)
            )
            counted = _counted(
                opened, script, scratch=scratch, version_table=settings.version_table
            )
            return judgement, replace(
                _live(opened, scratch, done=done, effects=own, settings=settings), counted=counted
            )

    judgement, live = (
        retry_if_changed(look) if database else (judge_replayed(script, done, context), None)
    )
    queries = judge_for_revision(settings, down_revisions(script)) if script.is_head else None
    return Reviewed(
        revision=script.revision,
        message=script.doc,
        file=os.path.relpath(script.path),
        plan=done.plan,
        back=done.back,
        near=done.near,
        effects=own,
        findings=(*judgement.findings, *(queries.findings if queries else ())),
        ignored=(*judgement.ignored, *(queries.ignored if queries else ())),
        proof=with_row_rules(replace(proof, under=without_env(settings, proof.under)), done.plan),
        places={
            ref: one.place
            for ref, one in same(written_objects, done.plan.desired).items()
            if one.place
        },
        written_before=words[0],
        written=words[1],
        live=live,
    )


def _is_alembics(effect: Effect, settings: Settings) -> bool:
    """Tell whether this statement only touches Alembic's own table."""
    return settings.version_table in effect.statement.lower() and not effect.table.replace(
        settings.version_table, ""
    )


def _live(
    live: LiveDatabase,
    scratch: OpenReplay,
    done: ReplayedRevision,
    effects: Collection[Effect],
    settings: Settings,
) -> Live:
    renames = [change for change in done.plan.changes if isinstance(change, Rename)]
    seen = [(one, live.count_refused(one, renames)) for one in done.plan.row_checks]
    return Live(
        label=live.label,
        waits=live.waits(),
        weights=_weights(live, {effect.table for effect in effects if effect.table}),
        row_checks=tuple(one for one, rows in seen if not rows.why_not),
        refusing=tuple(Refusing(one, rows) for one, rows in seen if rows.count or rows.why_not),
        drift=_drift(live, scratch, done=done, settings=settings),
        at=live.at(settings.version_table),
    )


def _counted(
    live: LiveDatabase, script: Script, scratch: OpenReplay, version_table: str
) -> Counted:
    """Count the rows whose values a data step changes: run it on a copy in memory, up and down."""
    parents = down_revisions(script)
    if set(live.at(version_table)) != set(parents):
        return Counted(why_not="it is not where this revision begins")
    snapshot = live.snapshot(_MOST)
    if snapshot is None:
        return Counted(why_not="it is too large for a copy in memory")
    return counted_on(snapshot, scratch, revision=script.revision, parents=parents)


def _weights(live: LiveDatabase, tables: Collection[str]) -> Mapping[str, Weight]:
    weighed = {table: live.weigh(table) for table in sorted(tables)}
    return {table: weight for table, weight in weighed.items() if weight}


def _drift(
    live: LiveDatabase, scratch: OpenReplay, done: ReplayedRevision, settings: Settings
) -> Comparison:
    """Compare the database with the schema that the revision begins with."""
    with scratch() as replay:
        start = replay.source(done.plan.current.source)
        return compare_sources(live, start, settings.version_table)


Words = Mapping[Ref, str]


def written(schema: Source, plan: Plan, settings: Settings) -> tuple[Words, Words]:
    """Find the author's words for what the revision finds, and for what it leaves."""
    units = frozenset(_units(plan))
    sides = tuple((side, dict[Ref, str]()) for side in (plan.current, plan.desired))
    for opened in chain((schema,), open_earlier(schema, settings)):
        with suppress(PlumbError):  # what was wrong once is nobody's words
            objects = opened.read(units & opened.texts.keys()).objects
            for side, words in sides:
                words |= _words(objects, side) | words
        if all(_wanted(side, units) <= words.keys() for side, words in sides):
            break
    return sides[0][1], sides[1][1]


def same(objects: Mapping[Ref, Object], side: Schema) -> Mapping[Ref, Object]:
    return {ref: fact for ref, fact in objects.items() if side.objects.get(ref) == fact}


def _units(plan: Plan) -> Iterator[str]:
    """Yield units by the names that they have now and had before."""
    for change in plan.changes:
        yield change.ref.unit
        if not isinstance(change, Create):
            yield change.current.ref.unit


def _wanted(side: Schema, units: Collection[str]) -> set[Ref]:
    return {ref for ref in side.objects if not ref.inline and ref.unit in units}


def _words(objects: Mapping[Ref, Object], side: Schema) -> dict[Ref, str]:
    """Return texts that say the same; a table's text only if all that stands in it is equal."""
    equal = same(objects, side)
    torn = {ref.unit for ref in (*objects, *side.objects) if ref.inline and ref not in equal}
    return {
        ref: fact.text
        for ref, fact in equal.items()
        if not ref.inline and (ref.table or ref.name not in torn)
    }
